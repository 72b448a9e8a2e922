"""The state that outlives a run: one SQLite file, `<state>/ucsync.db`.

Every change is one transaction, on the disk when it returns (WAL, synchronous=FULL), and processes take
turns. The file is ours to lose: whatever is in it can be had again for requests. So a damaged one is
set aside under another name and made anew.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from ucsync.model import StorageFailed
from ucsync.store.files import PRIVATE_FILE, Files, storage

FILE_NAME: Final = "ucsync.db"
LOCK_NAME: Final = "ucsync.db.lock"

#: How long one process waits for another's transaction, which takes milliseconds.
BUSY_S: Final = 5.0

_VERSION: Final = 1
#: Both numbers are in the header of the file; where they disagree it is damaged, not newer.
_APPLICATION: Final = 0x75630000  # "uc"
_SCHEMA: Final = (
    "CREATE TABLE quota_books (application TEXT PRIMARY KEY, own_us INTEGER NOT NULL,"
    " seen_us INTEGER NOT NULL, shut_until_us INTEGER NOT NULL, answers INTEGER NOT NULL,"
    " tickets INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE quota_answered (application TEXT NOT NULL, number INTEGER NOT NULL,"
    " at_us INTEGER NOT NULL, PRIMARY KEY (application, number)) WITHOUT ROWID",
    "CREATE TABLE quota_unanswered (application TEXT NOT NULL, ticket INTEGER NOT NULL,"
    " latest_us INTEGER NOT NULL, PRIMARY KEY (application, ticket)) WITHOUT ROWID",
    "CREATE TABLE quota_learned (application TEXT NOT NULL, seconds INTEGER NOT NULL,"
    " requests INTEGER NOT NULL, at_us INTEGER NOT NULL, PRIMARY KEY (application, seconds)) WITHOUT ROWID",
    "CREATE TABLE memory (merchant TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
    " at TEXT NOT NULL, PRIMARY KEY (merchant, key)) WITHOUT ROWID",
    "CREATE TABLE runs (number INTEGER PRIMARY KEY AUTOINCREMENT, merchant TEXT NOT NULL,"
    " kind TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, exit_code INTEGER, requests INTEGER,"
    " snapshot TEXT, result TEXT)",
)
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_PAGE_BYTES_MIN: Final = 512
#: While opening, only fixed statements are run: one that is refused, or a format that cannot be
#: written in a file of our own, means damage as well.
_DAMAGE_ON_OPENING: Final = {*_DAMAGE, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY}


class _DamagedError(Exception):
    """What is in the file is not what was written."""


class Database:
    """The open file; used by the thread that opened it. A context manager that closes it.

    Attributes:
        notice: a line for the user when the file was damaged and made anew, else None.
    """

    def __init__(self, connection: sqlite3.Connection, notice: str | None) -> None:
        self._connection = connection
        self.notice = notice

    @classmethod
    def open(cls, files: Files, folder: Path, now: datetime) -> Self:
        """The database in a state folder, made when there is none.

        Args:
            files: makes and renames.
            folder: made, too, when there is none.
            now: becomes part of the name under which a damaged file is set aside.

        Raises:
            StorageFailed: the disk does not take it, a newer ucsync wrote it, or another process has
                held it for `BUSY_S`.
        """
        path, lock = folder / FILE_NAME, folder / "locks" / LOCK_NAME
        with storage("opening the state"):
            files.make_folder(lock.parent)
        with _speaking("opening the state"), _alone(lock):
            try:
                return cls(_opened(files, path), None)
            except _DamagedError:
                aside = _set_aside(files, path, now)
            notice = f"{FILE_NAME} was damaged: it is now {aside}, and a new one was begun"
            return cls(_opened(files, path), notice)

    @contextmanager
    def transaction(self, what: str) -> Iterator[sqlite3.Connection]:
        """All changes inside, or none; nobody else reads or writes between them.

        Args:
            what: is being done, for the error.

        Raises:
            StorageFailed: it could not be, and was not.
        """
        with _speaking(what):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def rows(self, what: str, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """What a query yields. Raises StorageFailed."""
        with _speaking(what):
            return self._connection.execute(query, values).fetchall()

    def close(self) -> None:
        """Give the file up."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Only one process at a time; the lock is SQLite's own on an empty database, so a kill frees it."""
    with closing(sqlite3.connect(lock, timeout=BUSY_S, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        yield


def _opened(files: Files, path: Path) -> sqlite3.Connection:
    """Raises _DamagedError, StorageFailed, sqlite3.Error."""
    with storage("opening the state"):
        if path.exists():
            path.chmod(PRIVATE_FILE)
        else:
            files.create(path).close()  # SQLite would make it readable by all; -wal and -shm copy its mode
            files.sync_folder(path.parent)
        if 0 < path.stat().st_size < _PAGE_BYTES_MIN:  # SQLite would take it for an empty one
            raise _DamagedError
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    connection.text_factory = _text
    try:
        with _damage_told_apart():
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            _check(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _text(stored: bytes) -> str:
    """A damaged text is one that nobody understands, not an error of the whole file."""
    return stored.decode(errors="replace")


def _check(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    empty = connection.execute("SELECT count(*) = 0 FROM sqlite_master").fetchone()[0]
    if empty and version == application == 0:
        _make_tables(connection)
    elif application != _APPLICATION + version:
        raise _DamagedError
    elif version != _VERSION:
        raise StorageFailed(f"{FILE_NAME} was written by another version of ucsync: use that one, or move it")
    elif not _is_sound(connection):
        raise _DamagedError


def _make_tables(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statement in (
        *_SCHEMA,
        f"PRAGMA user_version={_VERSION}",
        f"PRAGMA application_id={_APPLICATION + _VERSION}",
        "COMMIT",
    ):
        connection.execute(statement)


def _is_sound(connection: sqlite3.Connection) -> bool:
    connection.execute(f"PRAGMA user_version={_VERSION}")  # fails when the format cannot be written
    if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
        return False
    tables = connection.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%'").fetchall()
    return set(tables) == {(statement,) for statement in _SCHEMA}


def _set_aside(files: Files, path: Path, now: datetime) -> str:
    """The file's new name. The log goes first: it must never meet a new file."""
    name = f"{path.name}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    with storage("setting a damaged state aside"):
        for ending in ("-wal", "-shm", ""):
            there = path.with_name(path.name + ending)
            if there.exists():
                files.rename(there, path.with_name(name + ending))
        files.sync_folder(path.parent)
    return name


@contextmanager
def _damage_told_apart() -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as fault:
        if _code(fault) & 0xFF in _DAMAGE_ON_OPENING:
            raise _DamagedError from None
        raise
    except UnicodeDecodeError:  # SQLite's message quotes what it found
        raise _DamagedError from None


@contextmanager
def _speaking(what: str) -> Iterator[None]:
    """Turns what SQLite says into `StorageFailed`; a wrong use of it stays a bug of ours."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except (sqlite3.Error, UnicodeDecodeError) as fault:
        name = getattr(fault, "sqlite_errorname", None) or type(fault).__name__
        raise StorageFailed(f"{what}: {FILE_NAME}: {name}{_MENDS.get(_code(fault) & 0xFF, '')}") from None


def _code(fault: Exception) -> int:
    return int(getattr(fault, "sqlite_errorcode", 0))


_MEND_DAMAGE: Final = "; run again, and it is set aside and made anew"
_MENDS: Final = {
    **dict.fromkeys(_DAMAGE, _MEND_DAMAGE),
    sqlite3.SQLITE_BUSY: "; another process holds it",
    sqlite3.SQLITE_FULL: "; the disk is full",
}
