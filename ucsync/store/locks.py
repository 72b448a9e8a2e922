"""Run locks: one run at a time for an application and for a merchant.

The operating system's own file locks, so that they are free the moment their holder is gone, however
it went. The files stay: removing one would let two runs hold the "same" lock.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ucsync.model import Busy
from ucsync.store.files import PRIVATE_FILE, DiskFiles, storage
from ucsync.store.lasting import make_lasting


@contextmanager
def hold(folder: Path, names: Iterable[str]) -> Iterator[None]:
    """Hold every lock of these names, or none.

    Args:
        folder: `<state>/locks`; made where it is missing.
        names: each stands for what only one run may use at a time, in letters that a file name may
            have. They are taken in sorted order and never waited for.

    Raises:
        Busy: another run, or another part of this one, holds one of them; the text names it.
        StorageFailed: the disk refuses, or knows no locks.
    """
    with ExitStack() as held:
        for name in sorted(set(names)):
            held.enter_context(_lock(folder, name))
        yield


def is_held(folder: Path, name: str) -> bool:
    """Whether a run, or another part of this one, holds the lock of this name just now.

    The lock is tried and let go at once: whoever else tries it in that very moment finds it held.

    Raises:
        StorageFailed: the disk refuses, or knows no locks.
    """
    try:
        with _lock(folder, name):
            return False
    except Busy:
        return True


@contextmanager
def _lock(folder: Path, name: str) -> Iterator[None]:
    # no soft lock: a file that merely exists outlives a kill
    lock = FileLock(folder / f"{name}.lock", mode=PRIVATE_FILE, fallback_to_soft=False)
    with storage("locking"):
        make_lasting(DiskFiles(), folder)  # else what comes to be in it could go with its name
        try:
            lock.acquire(blocking=False)
        except Timeout:  # an OSError, but no fault of the disk
            raise Busy(f"another run holds {name}; no request was sent") from None
    try:
        yield
    finally:
        lock.release()
