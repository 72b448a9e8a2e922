"""Plain operations on files, for the test of the shim itself: what the warmed process does."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from tests.shim.operations import Detail, How, Kind, Shim, read_log


def work(folder: Path) -> None:
    """One operation of each kind, relative to another folder where Python lets it be."""
    (folder / "a").mkdir()
    with (folder / "a" / "file").open("wb", buffering=0) as file:
        file.write(b"one")
        os.pwrite(file.fileno(), b"two", 3)
        os.fsync(file.fileno())
    os.chdir(folder)
    Path("a/file").replace("a/new")
    descriptor = os.open("a", os.O_RDONLY)
    os.fsync(descriptor)
    os.link("a/new", "second")
    with Path("second").open("r+b") as file:
        file.truncate(2)
    Path("second").chmod(0o640)
    Path("second").write_bytes(b"")
    os.unlink("new", dir_fd=descriptor)
    os.close(descriptor)
    Path("second").unlink()
    Path("second").unlink(missing_ok=True)  # nothing is there: no operation
    Path("a").rmdir()


def seen(folder: str) -> list[str]:
    """The kinds of what the shim sees of it."""
    place = _place(folder)
    with Shim().watching(place, Path(folder) / "log", detail=Detail.NAMES):
        work(place)
    return [one.kind.name for one in read_log(Path(folder) / "log", place)]


def killed(folder: str, fates: list[tuple[int, int]]) -> list[str]:
    """What is in the file when it meets each of these fates."""
    found = []
    for how, at in fates:
        place = _place(folder)
        child = os.fork()
        if child == 0:
            with Shim().watching(place, Path(folder) / "log", How(how), at):
                work(place)
            os._exit(0)
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
        found.append((place / "a" / "file").read_text())
    return found


def refused(folder: str, how: int) -> list[str]:
    """What becomes of a write, the same again, and others, at a fault in the first."""
    place = _place(folder)
    (place / "old").touch()
    descriptor = os.open(place / "file", os.O_WRONLY | os.O_CREAT)

    def write() -> str:
        return f"{os.write(descriptor, b'four')} of 4"

    def made(act: Callable[[], object], done: str) -> Callable[[], str]:
        def do() -> str:
            act()
            return done

        return do

    acts = [
        write, write, made((place / "more").mkdir, "made"),
        made(lambda: (place / "third").hardlink_to(place / "old"), "linked"),
        made((place / "new").touch, "made"), made((place / "old").unlink, "removed"),
    ]  # fmt: skip
    with Shim().watching(place, Path(folder) / "log", How(how), 1):
        return [_told(act) for act in acts]


def elsewhere(folder: str) -> list[str]:
    """What it sees of operations beside the folder."""
    place = _place(folder)
    beside = place.with_name(f"{place.name}-beside")
    beside.mkdir()
    with Shim().watching(place, Path(folder) / "log", How.FAIL, 1, Detail.NAMES):
        work(beside)
    os.chdir("/")
    return [Kind(one.kind).name for one in read_log(Path(folder) / "log", place)]


def _place(folder: str) -> Path:
    place = Path(folder) / f"place-{len(list(Path(folder).iterdir()))}"
    place.mkdir()
    return place


def _told(act: Callable[[], str]) -> str:
    try:
        return act()
    except OSError as fault:
        return errno.errorcode[fault.errno or 0]
