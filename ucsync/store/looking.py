"""State looked at while a run may be using it: nothing is locked, written or mended."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ucsync.model import ScanHeader, StorageFailed
from ucsync.store.database import Database
from ucsync.store.files import storage
from ucsync.store.redo import RedoLog
from ucsync.store.staging import header_of
from ucsync.store.state_file import BUSY_S, FILE_NAME


@dataclass(frozen=True, slots=True)
class HalfDone:
    """A scan in staging: under way, or left so by a run that ended.

    Attributes:
        header: what it is.
        pages: files of pages there are; the last one may be torn.
    """

    header: ScanHeader
    pages: int


@contextmanager
def copy_of_database(folder: Path) -> Iterator[tuple[Database | None, str | None]]:
    """The database of a state folder as it is now, copied into memory: what is done to that stays there.

    Args:
        folder: the state.

    Returns:
        The copy, None when there is no database or it cannot be read; and what is wrong with it, in one
        line, None for nothing.
    """
    path = folder / FILE_NAME
    told = RedoLog(path).read()
    if not path.exists() and not told.anything:
        yield None, None
        return
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        database, fault = None, None
        try:
            with closing(sqlite3.connect(read_only_address(path), uri=True, timeout=BUSY_S)) as source:
                source.backup(memory)
            database = Database.of_copy(memory, told)
        except (sqlite3.Error, UnicodeDecodeError) as failure:
            name = getattr(failure, "sqlite_errorname", None) or type(failure).__name__
            fault = f"{FILE_NAME} cannot be read ({name}); a run that finds it damaged makes it anew"
        except StorageFailed as failure:
            fault = str(failure)
        yield database, fault


def half_done(folder: Path) -> HalfDone | None:
    """The newest scan in a merchant's staging folder whose header can be read, None when there is none.

    Raises:
        StorageFailed: the folder cannot be read.
    """
    with storage("looking at staging"):
        scans = sorted(folder.iterdir(), reverse=True) if folder.exists() else []
        for scan in scans:  # one that is torn, or gone while it was looked at, is none to go on with
            header = header_of(scan)
            if header is not None:
                return HalfDone(header, sum(1 for _ in scan.glob("*.json.zst")))
    return None


def read_only_address(path: Path) -> str:
    """Of a SQLite file, so that opening it changes nothing, not even files beside it."""
    # A log beside the file means that somebody has it open, or has died, and reading takes SQLite's own
    # way. Without one nobody is writing, and "immutable" keeps SQLite from making files to coordinate by.
    at_rest = not path.with_name(f"{path.name}-wal").exists()
    return f"file:{quote(str(path))}?mode=ro{'&immutable=1' if at_rest else ''}"
