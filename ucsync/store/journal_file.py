"""The file of a journal: one SQLite database a push, made whole under its name, never made anew.

What is in it cannot be had again: it alone tells which requests a server may have had. So a damaged one
is an error, and stays as it is. The steps of the plan are in it as they were, under a digest; what
became of each is on the disk when a transaction returns (WAL, synchronous=FULL). Each row has a checksum
(`summed`), and a redo log beside it knows how many transactions there were (`redo`): a journal that has
lost one would send again what was sent.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import msgspec
import pyarrow as pa

from ucsync.model import StorageFailed
from ucsync.model.pushes import PlanHeader, Step
from ucsync.store.files import PRIVATE_FILE, Files, storage
from ucsync.store.journal_tables import OLD_STATEMENTS, STATEMENTS, TABLES, make_tables, take_over
from ucsync.store.lasting import damaged
from ucsync.store.looking import read_only_address
from ucsync.store.redo import RedoLog, Stand, Told
from ucsync.store.state_file import BUSY_S
from ucsync.store.summed import teach_sums

_VERSION: Final = 2
_OLD_VERSION: Final = 1
_APPLICATION: Final = 0x75700000  # "up"
_STAND: Final = "SELECT number FROM stand"
_HEAD: Final = "SELECT id, digest, header, begun FROM push"
_NEVER_CHANGES: Final = (
    _HEAD,
    "SELECT number, step, action, oid, absorbed, mark FROM steps ORDER BY number",
    "SELECT number, rests_on FROM rests ORDER BY number, rests_on",
)
_MEND: Final = (
    "restore it from a backup; without it nothing tells which requests of this push the server has had, "
    "so look there before the same is sent again"
)
_ZSTD: Final = pa.Codec("zstd", compression_level=3)
_PAGE_BYTES_MIN: Final = 512
_BEGINNING: Final = "beginning a push"
_DAMAGE: Final = {
    sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_ERROR,  # only fixed statements are run: one that is refused means that its table is gone
}  # fmt: skip
_WORDS: Final = {
    sqlite3.SQLITE_BUSY: "; another process holds it",
    sqlite3.SQLITE_FULL: "; the disk is full",
}

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_STEPS: Final = msgspec.json.Decoder(Step, float_hook=Decimal)
_HEADERS: Final = msgspec.json.Decoder(PlanHeader, float_hook=Decimal)


@dataclass(frozen=True, slots=True)
class Begun:
    """What a journal was begun with.

    Attributes:
        id: of the push.
        header, digest: of its plan.
        at: when.
    """

    id: str
    header: PlanHeader
    digest: str
    at: datetime


class JournalFile:
    """The open file; see `Journal`. It may be handed from thread to thread.

    Attributes:
        connection: to run statements on, within a transaction.
    """

    def __init__(self, connection: sqlite3.Connection, name: str, log: RedoLog | None) -> None:
        """`log` has the number of each transaction; None for a copy in memory."""
        self.connection = connection
        self._name = name
        self._log = log

    def rows(self, what: str, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """What a query yields. Raises StorageFailed."""
        with speaking(what, self._name):
            return self.connection.execute(query, values).fetchall()

    @contextmanager
    def transaction(self, what: str) -> Iterator[sqlite3.Connection]:
        """All changes inside, or none; on the disk at its end. Raises StorageFailed."""
        with speaking(what, self._name):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("UPDATE stand SET number = number + 1")
                (stand,) = self.connection.execute(_STAND).fetchall()
                self.connection.execute("COMMIT")
            finally:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
        if self._log is not None:
            self._log.append(Stand(0, *stand))

    def scrub(self, what: str) -> None:
        """Leave nothing of what was deleted, neither in the file nor in SQLite's log. Raises StorageFailed,
        also when somebody is looking at it just now."""
        with speaking(what, self._name):
            self.connection.execute("PRAGMA temp_store=MEMORY")  # else a copy lies on the disk meanwhile
            self.connection.execute("VACUUM")
            busy, *_ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise StorageFailed(f"{what}: somebody is looking at {self._name}; run it again")

    def close(self) -> None:
        """Give it up."""
        self.connection.close()
        if self._log is not None:
            self._log.close()


def create(files: Files, path: Path, begun: Begun, steps: Iterable[Step]) -> None:
    """A new journal; it has its name when it is whole and on the disk.

    Args:
        files: makes it and gives it its name.
        path: of the journal, in a folder that exists.
        begun: what it is of.
        steps: of the plan, in the order of sending.

    Raises:
        StorageFailed: the disk refuses; there is no journal.
        InputUnusable: the plan's file turns out to be damaged; there is none either.
    """
    building = path.with_suffix(".building")
    with storage(_BEGINNING):
        files.remove(building)
        with files.create(building) as file:  # SQLite would make it readable by all
            with (
                speaking(_BEGINNING, path.name),
                closing(sqlite3.connect(building, isolation_level=None)) as made,
            ):
                made.execute("PRAGMA journal_mode=OFF")
                made.execute("PRAGMA synchronous=OFF")  # it is synced as a whole, before it has its name
                _fill(made, begun, steps)
            files.sync(file)
        files.rename(building, path)
        files.sync_folder(path.parent)


def open_journal(path: Path) -> tuple[JournalFile, Begun]:
    """The file, every page of it checked, and the plan's steps against their digest.

    Raises:
        StorageFailed: it is damaged, another version wrote it, or the disk refuses.
    """
    with storage("opening a journal"):
        path.chmod(PRIVATE_FILE)
        if path.stat().st_size < _PAGE_BYTES_MIN:  # SQLite would take it for an empty one, and write
            raise damaged(f"the journal {path.name} is damaged", _MEND)
    log = RedoLog(path)
    told = log.read()
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    connection.text_factory = _text
    try:
        with speaking("opening a journal", path.name):
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            return JournalFile(connection, path.name, log), _checked(connection, path, told)
    except BaseException:
        connection.close()
        raise


@contextmanager
def copy_of_journal(path: Path) -> Iterator[tuple[JournalFile, Begun]]:
    """The same as it is now, copied into memory, while a run may be using it: nothing is locked or changed.

    Raises:
        StorageFailed: as `open_journal`.
    """
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as memory:
        memory.text_factory = _text
        with speaking("looking at a journal", path.name):
            told = RedoLog(path).read()
            with closing(_look(path)) as source:
                source.backup(memory)
            begun = _checked(memory, path, told)
        yield JournalFile(memory, path.name, None), begun


def asked(path: Path, query: str, values: tuple[object, ...], *, known: bool) -> list[tuple[Any, ...]]:
    """What a query of a journal yields, which a run may be using; nothing is changed.

    Args:
        path: of the journal.
        query, values: as SQLite has them.
        known: it need not be looked through, because it was before.

    Raises:
        StorageFailed: as `open_journal`.
    """
    with speaking("looking at a journal", path.name):
        told = None if known else RedoLog(path).read()
        with closing(_look(path)) as connection:
            connection.text_factory = _text
            if told is not None:
                _looked_through(connection, path, told)
            return connection.execute(query, values).fetchall()


def _look(path: Path) -> sqlite3.Connection:
    """A connection that changes nothing, not even files beside it. Raises sqlite3.Error."""
    return sqlite3.connect(read_only_address(path), uri=True, timeout=BUSY_S)


@contextmanager
def speaking(what: str, name: str) -> Iterator[None]:
    """Turns what SQLite says into `StorageFailed`; a wrong use of it stays a bug of ours.

    Args:
        what: is being done.
        name: of the journal's file.
    """
    try:
        yield
    except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
        raise
    except (sqlite3.Error, UnicodeDecodeError) as fault:
        code = int(getattr(fault, "sqlite_errorcode", 0)) & 0xFF
        told = getattr(fault, "sqlite_errorname", None) or type(fault).__name__
        if code in _DAMAGE or isinstance(fault, UnicodeDecodeError):  # SQLite's message quotes what it found
            raise damaged(f"{what}: the journal {name} is damaged ({told})", _MEND) from None
        raise StorageFailed(f"{what}: {name}: {told}{_WORDS.get(code, '')}") from None


def decoded(step: bytes) -> Step:
    """A step as it stands in the file, which was checked when it was opened."""
    held: Step = _STEPS.decode(step)
    return held


def encoded(step: Step) -> bytes:
    """A step as it stands in the file."""
    return _ENCODER.encode(step)


def reseal(connection: sqlite3.Connection) -> None:
    """Take what is in it for what never changes, within a transaction. Raises sqlite3.Error."""
    connection.execute("UPDATE push SET sha256 = ?", (_digest(connection),))


def packed(document: bytes) -> bytes:
    """JSON as it came, made small, under a checksum."""
    squeezed: bytes = _ZSTD.compress(document, asbytes=True)
    length = len(document).to_bytes(4, "little")
    return crc32(length + squeezed).to_bytes(4, "little") + length + squeezed


def unpacked(held: bytes) -> bytes:
    """What was `packed`.

    Raises:
        StorageFailed: it is damaged.
    """
    if len(held) < 2 * 4 or crc32(held[4:]) != int.from_bytes(held[:4], "little"):
        raise damaged("a document in a journal is damaged", _MEND)
    body: bytes = _ZSTD.decompress(held[8:], int.from_bytes(held[4:8], "little"), asbytes=True)
    return body


def instant(at: datetime) -> str:
    """As it stands in the file: of one width, so that the order of texts is that of time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def read_instant(text: str) -> datetime:
    """What `instant` wrote.

    Raises:
        StorageFailed: it is not as it was written.
    """
    try:
        return datetime.fromisoformat(text)
    except (ValueError, TypeError):
        raise damaged("an instant in a journal is damaged", _MEND) from None


def _text(stored: bytes) -> str:
    """A damaged text is one that nobody understands, not an error without a name."""
    return stored.decode(errors="replace")


def _fill(made: sqlite3.Connection, begun: Begun, steps: Iterable[Step]) -> None:
    """All of it in one transaction."""
    teach_sums(made)
    made.execute("BEGIN")
    make_tables(made)
    for step in steps:
        made.execute(
            "INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?)",
            (step.number, encoded(step), step.action.value, step.oid, step.absorbed, step.mark),
        )
        made.executemany("INSERT INTO rests VALUES (?, ?)", ((step.number, on) for on in set(step.rests_on)))
    made.execute(
        "INSERT INTO outcomes (number, state, attempts, reason, transient)"
        " SELECT number, 'waiting', 0, '', 0 FROM steps"
    )
    made.execute(
        "INSERT INTO push VALUES (1, ?, ?, ?, ?, '')",
        (begun.id, begun.digest, _ENCODER.encode(begun.header), instant(begun.at)),
    )
    reseal(made)
    _name(made)
    made.execute("COMMIT")


def _name(connection: sqlite3.Connection) -> None:
    """By its format."""
    connection.execute(f"PRAGMA user_version={_VERSION}")
    connection.execute(f"PRAGMA application_id={_APPLICATION + _VERSION}")


def _digest(connection: sqlite3.Connection) -> str:
    """Of all that never changes."""
    digest = sha256()
    for query in _NEVER_CHANGES:
        for row in connection.execute(query):
            digest.update(repr(row).encode())
    return digest.hexdigest()


def _checked(connection: sqlite3.Connection, path: Path, told: Told) -> Begun:
    """What the journal was begun with; one of format 1 is taken over.

    Raises:
        StorageFailed, sqlite3.Error: it is not as it was left.
    """
    if _looked_through(connection, path, told) == _OLD_VERSION:
        connection.execute("BEGIN IMMEDIATE")
        take_over(connection)
        _name(connection)
        connection.execute("COMMIT")
    push_id, digest, header, at = connection.execute(_HEAD).fetchone()
    try:
        begun = Begun(push_id, _HEADERS.decode(header), digest, read_instant(at))
    except (msgspec.MsgspecError, UnicodeDecodeError, ArithmeticError, TypeError):
        raise damaged(f"the journal {path.name} is damaged: its head", _MEND) from None
    if begun.id != path.stem:
        raise damaged(f"the journal {path.name} is that of another push", _MEND)
    return begun


def _looked_through(connection: sqlite3.Connection, path: Path, told: Told) -> int:
    """The format of a journal in which everything is as it was left; nothing is changed.

    Raises:
        StorageFailed, sqlite3.Error: it is not.
    """
    teach_sums(connection)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application == _APPLICATION + version and version not in (_OLD_VERSION, _VERSION):
        raise StorageFailed(f"the journal {path.name} was written by another version of ucsync: use that one")
    if application != _APPLICATION + version or not _is_whole(connection, version, told):
        raise damaged(f"the journal {path.name} is damaged", _MEND)
    return int(version)


def _is_whole(connection: sqlite3.Connection, version: int, told: Told) -> bool:
    if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
        return False
    made = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    expected = STATEMENTS if version == _VERSION else OLD_STATEMENTS
    if len(made) != len(expected) or {statement for (statement,) in made} != set(expected):
        return False
    if version == _VERSION and not all(table.is_sound(connection) for table in TABLES):
        return False
    stand = connection.execute(_STAND).fetchall() if version == _VERSION else [(0,)]
    if len(stand) != 1 or stand[0][0] < told.stand.number:  # transactions are missing
        return False
    if connection.execute("SELECT sha256 FROM push").fetchall() != [(_digest(connection),)]:
        return False
    strangers = "SELECT number FROM steps EXCEPT SELECT number FROM outcomes"
    return connection.execute(strangers).fetchall() == []
