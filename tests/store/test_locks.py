"""Run locks: one holder, no waiting, and free when the holder is gone."""

import stat
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable

import pytest

from ucsync.model import Busy, StorageFailed
from ucsync.store.locks import hold

#: Takes the locks that it is told and says so; then waits to be killed, or to be let go.
OTHER_RUN = """
import sys
from pathlib import Path
from ucsync.model import Busy
from ucsync.store.locks import hold
try:
    with hold(Path(sys.argv[1]), sys.argv[2:]):
        print("held", flush=True)
        sys.stdin.read()
except Busy as busy:
    print(busy.exit_code, flush=True)
"""


def another_run(folder: Path, *names: str) -> Popen[bytes]:
    return Popen([executable, "-c", OTHER_RUN, folder, *names], stdin=PIPE, stdout=PIPE)


def said(run: Popen[bytes]) -> bytes:
    assert run.stdout is not None
    return run.stdout.readline()


def test_a_second_run_is_told_at_once_who_is_in_the_way(tmp_path: Path) -> None:
    with hold(tmp_path, ["app", "shop"]):
        with (
            pytest.raises(Busy, match="another run holds shop; no request was sent") as busy,
            hold(tmp_path, ["shop"]),
        ):
            pass
        assert busy.value.exit_code == 75
    with hold(tmp_path, ["shop"]):
        pass


def test_either_all_names_are_held_or_none(tmp_path: Path) -> None:
    with hold(tmp_path, ["b"]):
        with pytest.raises(Busy, match="holds b"), hold(tmp_path, ["a", "b", "c"]):
            pass
        with hold(tmp_path, ["a", "c"]):
            pass


def test_a_name_twice_is_one_lock_and_an_error_inside_frees_it(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="inside"), hold(tmp_path, ["a", "a"]):
        raise OSError("inside")
    with hold(tmp_path, ["a"]):
        pass


def test_a_lock_holds_between_processes_and_is_freed_by_kill_9(tmp_path: Path) -> None:
    with ExitStack() as ended:
        first = ended.enter_context(another_run(tmp_path, "shop"))
        assert said(first) == b"held\n"
        with pytest.raises(Busy), hold(tmp_path, ["shop"]):
            pass
        second = ended.enter_context(another_run(tmp_path, "other", "shop"))
        assert said(second) == b"75\n"
        first.kill()
        first.wait()
        with hold(tmp_path, ["shop"]):
            third = ended.enter_context(another_run(tmp_path, "shop"))
            assert said(third) == b"75\n"


def test_locks_are_private_and_say_what_the_disk_refuses(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "locks"
    with hold(folder, ["a"]):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "a.lock").stat().st_mode) == 0o600
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match="locking"), hold(tmp_path / "file", ["a"]):
        pass
