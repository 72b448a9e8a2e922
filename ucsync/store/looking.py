"""State looked at while a run may be using it: nothing is locked, written or mended."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec

from ucsync.model import ScanHeader
from ucsync.store.database import BUSY_S, FILE_NAME, Database
from ucsync.store.files import storage

_HEADER: Final = "scan.json"
_TABLES: Final = {"runs", "quota_books", "quota_answered", "quota_unanswered", "quota_learned"}


@dataclass(frozen=True, slots=True)
class HalfDone:
    """A scan in staging: under way, or left so by a run that ended.

    Attributes:
        header: what it is.
        pages: files of pages there are; the last one may be torn.
    """

    header: ScanHeader
    pages: int


class _HeaderFile(msgspec.Struct, frozen=True):
    header: ScanHeader


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
    if not path.exists():
        yield None, None
        return
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        try:
            tables = _copied(path, memory)
            fault = None if not tables or tables >= _TABLES else "its tables are not all there"
        except (sqlite3.Error, UnicodeDecodeError) as failure:
            tables, fault = set(), getattr(failure, "sqlite_errorname", None) or type(failure).__name__
        if fault is not None:
            yield None, f"{FILE_NAME} cannot be read ({fault}); a run that finds it damaged makes it anew"
        else:
            yield Database(memory, None) if tables else None, None


def _copied(path: Path, memory: sqlite3.Connection) -> set[str]:
    """The names of the tables copied. Raises sqlite3.Error."""
    with closing(sqlite3.connect(read_only_address(path), uri=True, timeout=BUSY_S)) as source:
        source.backup(memory)
    if memory.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
        raise sqlite3.DatabaseError
    return {name for (name,) in memory.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def half_done(folder: Path) -> HalfDone | None:
    """The newest scan in a merchant's staging folder whose header can be read, None when there is none.

    Raises:
        StorageFailed: the folder cannot be read.
    """
    with storage("looking at staging"):
        scans = sorted(folder.iterdir(), reverse=True) if folder.exists() else []
        for scan in scans:
            try:
                held = msgspec.json.decode((scan / _HEADER).read_bytes(), type=_HeaderFile)
                return HalfDone(held.header, sum(1 for _ in scan.glob("*.json.zst")))
            except (FileNotFoundError, NotADirectoryError, msgspec.MsgspecError, UnicodeDecodeError):
                continue  # torn, or gone while it was looked at: no scan that a run would go on with
    return None


def read_only_address(path: Path) -> str:
    """Of a SQLite file, so that opening it changes nothing, not even files beside it."""
    # A log beside the file means that somebody has it open, or has died, and reading takes SQLite's own
    # way. Without one nobody is writing, and "immutable" keeps SQLite from making files to coordinate by.
    at_rest = not path.with_name(f"{path.name}-wal").exists()
    return f"file:{quote(str(path))}?mode=ro{'&immutable=1' if at_rest else ''}"
