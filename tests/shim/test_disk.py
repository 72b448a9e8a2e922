"""The disk in memory forgets at a power loss what POSIX lets it forget, and nothing else."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.shim.disk import Disk, Tree, lay_out, tree_of
from tests.shim.losses import all_legal, some_legal
from tests.shim.operations import Kind, Operation


def op(
    kind: Kind, path: str, second: str = "", *, inode: int = 0, data: bytes = b"", at: int = 0
) -> Operation:
    """As the log would have it."""
    length = len(data) or at
    return Operation(kind, False, path, second, inode, at, length, data)


def disk_of(tmp_path: Path, *operations: Operation, **files: bytes) -> Disk:
    """A disk with folders `a` and `b` and these files in `a`, after some operations."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    for name, data in files.items():
        (tmp_path / "a" / name).write_bytes(data)
    disk = Disk(tmp_path)
    for one in operations:
        disk.do(one)
    return disk


def files_in(trees: Iterator[Tree]) -> set[tuple[tuple[str, bytes], ...]]:
    """The files of each state."""
    return {tuple((name, data) for name, data in tree.items() if data is not None) for tree in trees}


NEW = (op(Kind.CREATE, "a/new", inode=1), op(Kind.WRITE, "a/new", inode=1, data=b"text"))


def test_a_file_that_was_not_synced_is_there_or_not_with_all_half_zeros_or_nothing_in_it(
    tmp_path: Path,
) -> None:
    found = files_in(all_legal(disk_of(tmp_path, *NEW)))
    contents = {b"text", b"te", b"\0\0\0\0", b""}
    assert found == {(), *((("a/new", one),) for one in contents)}


def test_a_sync_of_the_file_keeps_its_contents_and_not_its_name(tmp_path: Path) -> None:
    found = files_in(all_legal(disk_of(tmp_path, *NEW, op(Kind.SYNC, "a/new", inode=1))))
    assert found == {(), (("a/new", b"text"),)}


def test_a_sync_of_the_folder_keeps_its_name_and_not_its_contents(tmp_path: Path) -> None:
    found = files_in(all_legal(disk_of(tmp_path, *NEW, op(Kind.SYNC_FOLDER, "a"))))
    assert found == {(("a/new", one),) for one in (b"text", b"te", b"\0\0\0\0", b"")}


def test_a_rename_is_done_or_not_until_the_folder_of_the_new_name_is_synced(tmp_path: Path) -> None:
    moved = disk_of(tmp_path, op(Kind.RENAME, "a/old", "b/new"), old=b"x")
    assert files_in(all_legal(moved)) == {(("a/old", b"x"),), (("b/new", b"x"),)}
    moved.do(op(Kind.SYNC_FOLDER, "b"))
    assert files_in(all_legal(moved)) == {(("b/new", b"x"),)}


def test_a_sync_of_the_folder_of_the_old_name_alone_promises_nothing_of_the_new_one(tmp_path: Path) -> None:
    moved = disk_of(tmp_path, op(Kind.RENAME, "a/old", "b/new"), op(Kind.SYNC_FOLDER, "a"), old=b"x")
    assert files_in(all_legal(moved)) == {(), (("b/new", b"x"),)}


def test_a_rename_over_a_file_leaves_one_of_the_two(tmp_path: Path) -> None:
    replaced = disk_of(tmp_path, op(Kind.RENAME, "a/next", "a/now"), now=b"1", next=b"2")
    assert files_in(all_legal(replaced)) == {(("a/next", b"2"), ("a/now", b"1")), (("a/now", b"2"),)}


def test_a_removed_file_may_be_back_and_a_folder_takes_what_is_in_it_along(tmp_path: Path) -> None:
    gone = disk_of(tmp_path, op(Kind.UNLINK, "a/old"), op(Kind.RMDIR, "a"), old=b"x")
    assert files_in(all_legal(gone)) == {(), (("a/old", b"x"),)}
    assert {"a" in tree for tree in all_legal(gone)} == {True, False}


def test_what_was_settled_does_not_come_back(tmp_path: Path) -> None:
    """A file made in `a`, moved to `b`, and that synced: it is not in `a` any more, whatever is lost."""
    moved = disk_of(tmp_path, *NEW, op(Kind.RENAME, "a/new", "b/new"), op(Kind.SYNC_FOLDER, "b"))
    assert all("a/new" not in tree and "b/new" in tree for tree in all_legal(moved))


def test_a_second_name_outlives_the_first(tmp_path: Path) -> None:
    both = op(Kind.LINK, "a/old", "b/old"), op(Kind.SYNC_FOLDER, "b")
    linked = disk_of(tmp_path, *both, op(Kind.UNLINK, "a/old"), old=b"x")
    assert files_in(all_legal(linked)) == {(("b/old", b"x"),), (("a/old", b"x"), ("b/old", b"x"))}


def test_what_is_cut_and_written_again_may_stop_anywhere(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "log").write_bytes(b"long")
    disk = Disk(tmp_path)
    inode = (tmp_path / "a" / "log").stat().st_ino
    disk.do(op(Kind.EMPTY, "a/log", inode=inode))
    disk.do(op(Kind.WRITE, "a/log", inode=inode, data=b"new", at=1))
    assert {tree["a/log"] for tree in all_legal(disk)} == {b"long", b"\0n", b"\0\0\0\0", b"\0new"}


@pytest.mark.parametrize("legal", [all_legal, some_legal])
def test_a_state_can_be_laid_out_and_read_again(
    tmp_path: Path, legal: Callable[[Disk], Iterator[Tree]]
) -> None:
    (tmp_path / "disk").mkdir()
    trees = list(legal(disk_of(tmp_path / "disk", *NEW, old=b"x")))
    assert len(trees) > 4
    for number, tree in enumerate(trees):
        lay_out(tree, tmp_path / str(number))
        assert tree_of(tmp_path / str(number)) == tree
