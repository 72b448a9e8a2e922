"""The file system as an argument: the few operations that durable things are made of.

Every change to a lake or to staging goes through `Files`, so that a test can count the operations,
fail any of them or die at it. What the operating system refuses becomes `StorageFailed`.
"""

import ctypes
import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from ucsync.model import StorageFailed

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700

_NO_LINKS: Final = {errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EXDEV}
_NO_EXCHANGE: Final = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EPERM}
#: renameat2(2): relative to the working directory, and the flag RENAME_EXCHANGE.
_HERE: Final = -100
_EXCHANGE: Final = 2
_LIBC: Final = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
_RENAMEAT2: Final = getattr(_LIBC, "renameat2", None)


class Files(Protocol):
    """What is done to files; each operation may fail with an OSError, and only then."""

    def create(self, path: Path) -> BinaryIO:
        """A new file for writing, readable by its owner only. FileExistsError when there is one."""
        ...

    def write(self, file: BinaryIO, data: bytes | memoryview) -> None:
        """All of `data`."""
        ...

    def sync(self, file: BinaryIO) -> None:
        """Onto the disk, contents and length."""
        ...

    def sync_folder(self, folder: Path) -> None:
        """The names in a folder onto the disk."""
        ...

    def make_folder(self, folder: Path) -> None:
        """A new folder, parents included; none when there is one."""
        ...

    def rename(self, path: Path, target: Path) -> None:
        """In one step; a file at `target` is replaced."""
        ...

    def exchange(self, path: Path, target: Path) -> bool:
        """Two folders get each other's names in one step; False where the file system has no such step, and
        nothing was done."""
        ...

    def link(self, path: Path, target: Path) -> None:
        """A second name for the same file."""
        ...

    def remove(self, path: Path) -> None:
        """A file, or nothing where there is none."""
        ...

    def remove_folder(self, folder: Path) -> None:
        """An empty folder."""
        ...


class DiskFiles:
    """The operating system's."""

    def create(self, path: Path) -> BinaryIO:
        """See `Files`."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        return os.fdopen(descriptor, "wb", buffering=0)

    def write(self, file: BinaryIO, data: bytes | memoryview) -> None:
        """See `Files`; an unbuffered file may take less than it is given at a time."""
        left = memoryview(data).cast("B")
        while left:
            left = left[file.write(left) :]

    def sync(self, file: BinaryIO) -> None:
        """See `Files`."""
        os.fsync(file.fileno())

    def sync_folder(self, folder: Path) -> None:
        """See `Files`."""
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_folder(self, folder: Path) -> None:
        """See `Files`."""
        missing = [one for one in (folder, *folder.parents) if not one.exists()]
        for one in reversed(missing):  # `mkdir` gives parents another mode
            one.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)

    def rename(self, path: Path, target: Path) -> None:
        """See `Files`."""
        path.replace(target)

    def exchange(self, path: Path, target: Path) -> bool:
        """See `Files`; Linux has such a step, which Python does not offer."""
        if _RENAMEAT2 is None:
            return False
        names = (_HERE, os.fsencode(path), _HERE, os.fsencode(target), _EXCHANGE)
        if _RENAMEAT2(*names) == 0:
            return True
        fault = ctypes.get_errno()
        if fault in _NO_EXCHANGE:
            return False
        raise OSError(fault, os.strerror(fault))

    def link(self, path: Path, target: Path) -> None:
        """See `Files`; where the file system has no more links to give, a copy."""
        try:
            os.link(path, target)
        except OSError as fault:
            if fault.errno not in _NO_LINKS:
                raise
            with self.create(target) as copy:
                self.write(copy, path.read_bytes())
                self.sync(copy)

    def remove(self, path: Path) -> None:
        """See `Files`."""
        path.unlink(missing_ok=True)

    def remove_folder(self, folder: Path) -> None:
        """See `Files`."""
        folder.rmdir()


def open_for_appending(path: Path) -> BinaryIO:
    """A file that is made when there is none, readable by its owner only; processes that write to it at the
    same time do so one after the other. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE_FILE)
    return os.fdopen(descriptor, "ab", buffering=0)


@contextmanager
def storage(what: str) -> Iterator[None]:
    """Turns what the operating system says into `StorageFailed`.

    Args:
        what: was being done, e.g. "staging a page"; shown, so no personal data and no full path.
    """
    try:
        yield
    except OSError as fault:
        raise StorageFailed(f"{what}: {fault.strerror or type(fault).__name__}") from None
