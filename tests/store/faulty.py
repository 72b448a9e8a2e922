"""A file system that fails or dies at any one operation, for every test of durable things.

`FaultyFiles(DiskFiles(), at=3, how=How.DIE_AFTER)` does what it is told until the third change, and then
dies of it: `Killed` is raised, and whatever clean-up runs on the way out changes nothing any more, as
if the process were gone. Given `die=kill_this_process` it really is. `trials` goes through all of it.
"""

import errno
import os
import signal
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from io import FileIO
from pathlib import Path
from typing import BinaryIO, TypeVar

from ucsync.model import StorageFailed
from ucsync.store.files import DiskFiles, Files

T = TypeVar("T")


class How(Enum):
    """What happens at the operation."""

    KILL = "dies before it"
    DIE_AFTER = "dies after it"
    SHORT = "dies in the middle of it: half of what is written arrives"
    ENOSPC = "the disk is full from there on: half of it arrives, then an error; removing still works"
    EIO = "an error, once"


#: After these nothing is done any more; after the others the process goes on with an error.
DEADLY = (How.KILL, How.DIE_AFTER, How.SHORT)

#: What a full disk refuses.
_GROWING = {"create", "write", "sync", "make_folder", "link"}


class Killed(BaseException):
    """The process is no more."""


def kill_this_process() -> None:
    """As `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def _raise_killed() -> None:
    raise Killed


class FaultyFiles:
    """Files that count what is done to them, and fail at one of it.

    Attributes:
        operations: `(operation, file name)` of each change so far, the one that failed included.
    """

    def __init__(
        self,
        inner: Files,
        at: int = 0,
        how: How = How.KILL,
        die: Callable[[], None] = _raise_killed,
    ) -> None:
        """`at` counts from 1; 0 never comes, so that this only records."""
        self._inner = inner
        self._at = at
        self._how = how
        self._die = die
        self._dead = False
        self._names: dict[int, str] = {}
        self.operations: list[tuple[str, str]] = []

    def create(self, path: Path) -> BinaryIO:
        file = self._change("create", path.name, lambda: self._inner.create(path))
        self._names[id(file)] = path.name
        return file

    def write(self, file: BinaryIO, data: bytes | memoryview) -> None:
        half = memoryview(data).cast("B")[: memoryview(data).nbytes // 2]
        self._change(
            "write",
            self._names[id(file)],
            lambda: self._inner.write(file, data),
            lambda: self._inner.write(file, half),
        )

    def sync(self, file: BinaryIO) -> None:
        name = self._names.get(id(file)) or Path(file.name).name  # another library may have made it
        self._change("sync", name, lambda: self._inner.sync(file))

    def sync_folder(self, folder: Path) -> None:
        self._change("sync_folder", folder.name, lambda: self._inner.sync_folder(folder))

    def make_folder(self, folder: Path) -> None:
        self._change("make_folder", folder.name, lambda: self._inner.make_folder(folder))

    def rename(self, path: Path, target: Path) -> None:
        self._change("rename", target.name, lambda: self._inner.rename(path, target))

    def exchange(self, path: Path, target: Path) -> bool:
        return self._change("exchange", target.name, lambda: self._inner.exchange(path, target))

    def link(self, path: Path, target: Path) -> None:
        self._change("link", target.name, lambda: self._inner.link(path, target))

    def remove(self, path: Path) -> None:
        self._change("remove", path.name, lambda: self._inner.remove(path))

    def remove_folder(self, folder: Path) -> None:
        self._change("remove_folder", folder.name, lambda: self._inner.remove_folder(folder))

    def _change(
        self, operation: str, name: str, act: Callable[[], T], half: Callable[[], None] | None = None
    ) -> T:
        if self._dead:
            raise Killed
        self.operations.append((operation, name))
        now = len(self.operations)
        if self._how is How.ENOSPC and 0 < self._at <= now and operation in _GROWING:
            self._do(half)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if now != self._at or self._how is How.ENOSPC:
            return act()
        if self._how is How.EIO:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        if self._how is How.DIE_AFTER:
            done = act()
            if isinstance(done, FileIO):  # as the end of a process would
                done.close()
        if self._how is How.SHORT:
            self._do(half)
        self._dead = True
        self._die()
        raise Killed

    @staticmethod
    def _do(act: Callable[[], None] | None) -> None:
        if act is not None:
            act()


class QuickFiles(DiskFiles):
    """The disk without its fsyncs, for tests of what a killed process leaves: that is in the page cache."""

    def sync(self, file: BinaryIO) -> None:
        """Nothing."""

    def sync_folder(self, folder: Path) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Trial:
    """An action that met one fault.

    Attributes:
        folder: in which it ran, as it was left.
        how, at: the fault.
        ended: None when the action came to its end, else what it raised.
    """

    folder: Path
    how: How
    at: int
    ended: BaseException | None


def trials(
    action: Callable[[Files, Path], object],
    folder: Path,
    prepare: Callable[[Path], object] = lambda _: None,
    *,
    in_turn: bool = False,
) -> Iterator[Trial]:
    """Every fault at every operation of `action`, each in a folder of its own.

    Args:
        action: what is tried; it is first run soundly, to count its operations.
        folder: in which the folders are made.
        prepare: what is there before.
        in_turn: one fault at each operation, another at the next; for what takes long.
    """
    recorder = FaultyFiles(QuickFiles())
    prepare(folder / "sound")
    action(recorder, folder / "sound")
    assert recorder.operations, "nothing to fail at"
    for how in How:
        for at in range(1, len(recorder.operations) + 1):
            if in_turn and list(How)[at % len(How)] is not how:
                continue
            place = folder / f"{how.name}-{at}"
            prepare(place)
            try:
                action(FaultyFiles(QuickFiles(), at, how), place)
            except (Killed, StorageFailed) as ended:
                yield Trial(place, how, at, ended)
            else:
                yield Trial(place, how, at, None)


def died(action: Callable[[], object]) -> bool:
    """Whether `action`, run in a process of its own, was killed; it must not raise."""
    child = os.fork()
    if child == 0:
        try:
            action()
        except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as pytest
            traceback.print_exc()
            os._exit(2)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    assert os.WEXITSTATUS(status) == 0, "the child failed: see its traceback"
    return False
