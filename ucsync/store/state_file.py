"""The file of the state: opened and looked through, set aside, made anew."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from ucsync.model import StorageFailed
from ucsync.store.files import PRIVATE_FILE, Files, storage
from ucsync.store.redo import Put, RedoLog, Stand, Told
from ucsync.store.state_tables import (
    KEYS,
    OLD_STATEMENTS,
    STATE,
    STATEMENTS,
    TABLES,
    make_tables,
    rows_of,
    take_over,
)
from ucsync.store.summed import teach_sums

FILE_NAME: Final = "ucsync.db"
LOCK_NAME: Final = "ucsync.db.lock"

#: How long one process waits for another's transaction, which takes milliseconds.
BUSY_S: Final = 5.0

_VERSION: Final = 2
_OLD_VERSION: Final = 1
#: Both numbers are in the header of the file; where they disagree it is damaged, not newer.
_APPLICATION: Final = 0x75630000  # "uc"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAMAGE: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_PAGE_BYTES_MIN: Final = 512
#: While opening, only fixed statements are run: one that is refused, or a format that cannot be
#: written in a file of our own, means damage as well.
_DAMAGE_ON_OPENING: Final = {*_DAMAGE, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY}


class _DamagedError(Exception):
    """What is in the file is not what was written."""


def open_state(files: Files, path: Path, now: datetime) -> sqlite3.Connection:
    """The database at a path, made when there is none, and made anew when it is damaged.

    Whatever dies in between: a new redo log is there before anything is set aside, and so the next opening
    knows that the database is damaged or gone.

    Args:
        files: makes and renames.
        path: in a folder that exists.
        now: tells databases apart.

    Raises:
        StorageFailed, sqlite3.Error: the disk does not take it, or another version of ucsync wrote it.
    """
    log = RedoLog(path)
    told = log.read()
    try:
        connection = _opened(files, path, told, now)
    except _DamagedError:
        told = _make_anew(files, path, log, told, now)
        try:
            connection = _opened(files, path, told, now)
        except _DamagedError:
            raise StorageFailed(f"{FILE_NAME}: the disk does not keep what is written to it") from None
    if not told.whole or told.stand != stand_of(connection):
        try:
            begin_log(connection, log, files)
        except BaseException:
            connection.close()
            raise
    return connection


def begin_log(connection: sqlite3.Connection, log: RedoLog, files: Files) -> None:
    """Begin the redo log anew, while nobody changes anything. Raises StorageFailed, sqlite3.Error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        log.begin(files, stand_of(connection), rows_of(connection))
    finally:
        connection.execute("ROLLBACK")


def check_copy(connection: sqlite3.Connection, told: Told) -> None:
    """Look through a copy in memory; one of format 1 is taken over there.

    Args:
        connection: to it.
        told: what the redo log said before it was copied.

    Raises:
        sqlite3.Error: it is damaged.
        StorageFailed: another version of ucsync wrote it.
    """
    _prepare(connection)
    try:
        _check(connection, told, _EPOCH)
    except _DamagedError:
        raise sqlite3.DatabaseError from None


def stand_of(connection: sqlite3.Connection) -> Stand:
    """Where it stands. Raises sqlite3.Error."""
    (row,) = connection.execute("SELECT edition, number FROM state").fetchall()
    return Stand(*row)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Only one process at a time; the lock is SQLite's own on an empty database, so a kill frees it."""
    with closing(sqlite3.connect(lock, timeout=BUSY_S, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        yield


def _opened(files: Files, path: Path, told: Told, now: datetime) -> sqlite3.Connection:
    """Raises _DamagedError, StorageFailed, sqlite3.Error."""
    with storage("opening the state"):
        if path.exists():
            path.chmod(PRIVATE_FILE)
        elif told.anything:
            raise _DamagedError
        else:
            _create(files, path)
        size = path.stat().st_size
        if size < _PAGE_BYTES_MIN and (size or told.anything):  # SQLite would take it for an empty one
            raise _DamagedError
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        with _damage_told_apart():
            _prepare(connection)
            _make_lasting(connection)
            _check(connection, told, now)
    except BaseException:
        connection.close()
        raise
    return connection


def _made(files: Files, path: Path, stand: Stand, rows: Iterable[Put]) -> Path:
    """A new one, whole and on the disk, that has not its name yet."""
    made = path.with_name(f"{path.name}.next")
    with storage("opening the state"):
        files.remove(made)
        with files.create(made) as file:
            with closing(sqlite3.connect(made, isolation_level=None)) as connection:
                connection.execute("PRAGMA journal_mode=OFF")
                connection.execute("PRAGMA synchronous=OFF")  # it is synced as a whole
                _prepare(connection)
                _write(connection, partial(make_tables, connection, stand, rows))
            files.sync(file)
    return made


def _create(files: Files, path: Path) -> None:
    files.create(path).close()  # SQLite would make it readable by all; -wal and -shm copy its mode
    files.sync_folder(path.parent)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.text_factory = _text
    teach_sums(connection)


def _make_lasting(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _text(stored: bytes) -> str:
    """A damaged text is one that nobody understands, not an error of the whole file."""
    return stored.decode(errors="replace")


def _check(connection: sqlite3.Connection, told: Told, now: datetime) -> None:
    """Make the tables in an empty file, those of format 1 into ours; else look at every page and row.

    Raises:
        _DamagedError, sqlite3.Error: something is not as it was written, or missing.
        StorageFailed: another version wrote it.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    empty = connection.execute("SELECT count(*) = 0 FROM sqlite_master").fetchone()[0]
    made = Stand(_epoch_us(now), 0)
    if empty and version == application == 0:
        _claim(not told.anything)
        _write(connection, partial(make_tables, connection, made))
        return
    _claim(application == _APPLICATION + version)
    if version == _OLD_VERSION:
        _claim(not told.anything and _is_sound(connection, version, OLD_STATEMENTS))
        _write(connection, partial(take_over, connection, made))
    elif version != _VERSION:
        raise StorageFailed(f"{FILE_NAME} was written by another version of ucsync: use that one, or move it")
    else:
        _claim(_is_sound(connection, version, STATEMENTS))
        _claim(all(table.is_sound(connection) for table in (STATE, *TABLES)))
        _claim(connection.execute("SELECT count(*) FROM state").fetchone() == (1,))
        _claim(stand_of(connection) >= told.stand)


def _claim(sound: bool) -> None:
    if not sound:
        raise _DamagedError


def _write(connection: sqlite3.Connection, make: Callable[[], None]) -> None:
    """Tables of today's format, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    make()
    connection.execute(f"PRAGMA user_version={_VERSION}")
    connection.execute(f"PRAGMA application_id={_APPLICATION + _VERSION}")
    connection.execute("COMMIT")


def _is_sound(connection: sqlite3.Connection, version: int, statements: frozenset[str]) -> bool:
    connection.execute(f"PRAGMA user_version={version}")  # fails when the format cannot be written
    if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
        return False
    tables = connection.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%'").fetchall()
    return len(tables) == len(statements) and {statement for (statement,) in tables} == statements


def _make_anew(files: Files, path: Path, log: RedoLog, told: Told, now: datetime) -> Told:
    """From the redo log, or with nothing in it; what the redo log says then."""
    aside = path.with_name(f"{path.name}.damaged-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    was = f"damaged and is now {aside.name}" if path.exists() else "gone"
    notice = f"{FILE_NAME} was {was}: a new one was {_MADE if told.whole else _BEGUN}"
    unknown = Put("quota_unknown", (1, _epoch_us(now)))
    rows = [*(told.rows(KEYS) if told.whole else [unknown]), Put("notices", (1, notice))]
    stand = Stand(max(_epoch_us(now), told.stand.edition + 1), 0)
    log.begin(files, stand, rows)
    made = _made(files, path, stand, rows)
    with storage("setting a damaged state aside"):
        for ending in ("-wal", "-shm", ""):  # SQLite's log first: it must never meet a new file
            held = path.with_name(path.name + ending)
            if held.exists():
                files.rename(held, aside.with_name(aside.name + ending))
        files.sync_folder(path.parent)  # else a power loss may bring the old log back to the new file
        files.rename(made, path)
        files.sync_folder(path.parent)
    return Told(stand, True, ())


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
def speaking(what: str) -> Iterator[None]:
    """Turns what SQLite says into `StorageFailed`; a wrong use of it stays a bug of ours."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise
    except (sqlite3.Error, UnicodeDecodeError) as fault:
        name = getattr(fault, "sqlite_errorname", None) or type(fault).__name__
        raise StorageFailed(f"{what}: {FILE_NAME}: {name}{_MENDS.get(_code(fault) & 0xFF, '')}") from None


def _epoch_us(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _code(fault: Exception) -> int:
    return int(getattr(fault, "sqlite_errorcode", 0))


_MADE: Final = "made of its redo log, and nothing is lost"
_BEGUN: Final = (
    "begun; what was spent of the quota is not known, so until an hour or a day has passed, as its limits "
    "have it, all of it counts as spent"
)
_MEND_DAMAGE: Final = "; run again, and it is set aside and made anew"
_MENDS: Final = {
    **dict.fromkeys(_DAMAGE, _MEND_DAMAGE),
    sqlite3.SQLITE_BUSY: "; another process holds it",
    sqlite3.SQLITE_FULL: "; the disk is full",
}
