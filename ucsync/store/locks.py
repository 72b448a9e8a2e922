"""Run locks: one run at a time for an application and for a merchant.

The operating system's own file locks, so that they are free the moment their holder is gone, however
it went. The files stay: removing one would let two runs hold the "same" lock.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ucsync.model import Busy
from ucsync.store.files import PRIVATE_FILE, PRIVATE_FOLDER, storage


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


@contextmanager
def _lock(folder: Path, name: str) -> Iterator[None]:
    # no soft lock: a file that merely exists outlives a kill
    lock = FileLock(folder / f"{name}.lock", mode=PRIVATE_FILE, fallback_to_soft=False)
    with storage("locking"):
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        try:
            lock.acquire(blocking=False)
        except Timeout:  # an OSError, but no fault of the disk
            raise Busy(f"another run holds {name}; no request was sent") from None
    try:
        yield
    finally:
        lock.release()
