"""The redo log beside a database: each transaction once more, as a line of text.

SQLite drops, without a word, whatever follows a damaged place in its log; and a file that was cut to
nothing is an empty database to it. The redo log tells: it knows the number of the last transaction. And
what it has whole, a damaged database is made anew from.

A line is appended once its transaction is on the disk, and before anybody acts on it. It is not synced:
where a death or a power loss takes lines away, the log lags, and is made anew from the database. It never
runs ahead, so a database that is behind it has lost something.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final
from zlib import crc32

import msgspec

from ucsync.store.files import Files, open_for_appending, storage
from ucsync.store.lasting import write_lasting

SUFFIX: Final = "-redo"

_FORMAT: Final = 1
#: It is made anew when it is longer than twice what that comes to, and this.
_SPARE_BYTES: Final = 200_000


@dataclass(frozen=True, slots=True)
class Put:
    """A row that is there now, in place of one of its key."""

    table: str
    row: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Drop:
    """A row that is there no more."""

    table: str
    key: tuple[Any, ...]


@dataclass(frozen=True, slots=True, order=True)
class Stand:
    """How far a database is.

    Attributes:
        edition: which database; one that is made anew has a greater one.
        number: transactions so far.
    """

    edition: int
    number: int


@dataclass(frozen=True, slots=True)
class _Line:
    """`is_all`: nothing was there before; `changes` is JSON, a list of lists: whether it was put, the table,
    then the row or its key."""

    stand: Stand
    is_all: bool
    changes: bytes


_NOTHING: Final = Stand(0, 0)
_CHANGES: Final = msgspec.json.Decoder(list[list[Any]])
_ENCODE: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Told:
    """What a redo log says.

    Attributes:
        stand: of its last line that can be read; (0, 0) for none.
        whole: whether it has every transaction from its beginning on.
        lines: those that can be read and are of one edition, in order.
    """

    stand: Stand
    whole: bool
    lines: tuple[_Line, ...]

    @property
    def anything(self) -> bool:
        """Whether there was a transaction, or at least a database."""
        return self.stand != _NOTHING

    def rows(self, keys: Mapping[str, int]) -> list[Put]:
        """All rows as they are after the last transaction.

        Args:
            keys: of each table, how many of its columns, the first ones, are its key.
        """
        found: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = {table: {} for table in keys}
        for line in self.lines:
            for is_put, table, *values in _CHANGES.decode(line.changes):
                key = tuple(values[: keys[table]])
                if is_put:
                    found[table][key] = tuple(values)
                else:
                    found[table].pop(key, None)
        return [Put(table, row) for table, held in found.items() for row in held.values()]


class RedoLog:
    """The log of one database.

    Args:
        database: its path; the log's is the same with `SUFFIX`.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + SUFFIX)
        self._file: BinaryIO | None = None
        self._inode = 0
        self._base_bytes = 0

    def read(self) -> Told:
        """What it says; to be asked before the database is, which may be ahead of it but not behind.

        Raises:
            StorageFailed: the disk refuses.
        """
        with storage("reading the redo log"):
            content = self._path.read_bytes() if self._path.exists() else b""
        *texts, torn = content.split(b"\n")
        lines = [line for line in map(_line, texts) if line is not None]
        if not lines:
            return Told(_NOTHING, False, ())
        last = max(line.stand for line in lines)
        own = sorted(
            (one for one in lines if one.stand.edition == last.edition), key=lambda one: one.stand.number
        )
        first, numbers = own[0], {line.stand.number for line in own}
        gapless = len(numbers) == last.number - first.stand.number + 1
        whole = first.is_all and gapless and len(lines) == len(texts) and not torn
        return Told(last, whole, tuple(own))

    def append(self, stand: Stand, changes: Iterable[Put | Drop] = ()) -> bool:
        """One more transaction, which is on the disk.

        Returns:
            Whether the log is so long by now that it should be begun anew.
        """
        line = _text(stand, changes)
        with suppress(OSError):  # it lags then, and is begun anew by whoever opens the database next
            file = self._opened()
            file.write(line)
            return file.tell() > 2 * self._base_bytes + _SPARE_BYTES
        return False

    def begin(self, files: Files, stand: Stand, rows: Iterable[Put]) -> None:
        """Begin it anew; meanwhile the database must stand still.

        Args:
            files: writes it.
            stand: of the database.
            rows: all of its rows.

        Raises:
            StorageFailed: the disk refuses; the log is as it was.
        """
        text = _text(stand, rows, is_all=True)
        made = self._path.with_name(f"{self._path.name}.next")
        with storage("writing the redo log"):
            files.remove(made)
            write_lasting(files, made, text)
            files.rename(made, self._path)
            files.sync_folder(self._path.parent)
        self._base_bytes = len(text)

    def close(self) -> None:
        """Give it up."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> BinaryIO:
        """Another process may have put a new file in place of the one that was open."""
        with suppress(FileNotFoundError):
            if self._file is not None and self._path.stat().st_ino == self._inode:
                return self._file
        self.close()
        self._file = open_for_appending(self._path)
        self._inode = self._path.stat().st_ino
        return self._file


def _text(stand: Stand, changes: Iterable[Put | Drop], *, is_all: bool = False) -> bytes:
    listed = [
        [1, one.table, *one.row] if isinstance(one, Put) else [0, one.table, *one.key] for one in changes
    ]
    told = b"%d %d %d %d %s" % (_FORMAT, stand.edition, stand.number, is_all, _ENCODE(listed))
    return b"%08x %s\n" % (crc32(told), told)


def _line(text: bytes) -> _Line | None:
    """None when it is torn, damaged or of another format."""
    crc, _, told = text.partition(b" ")
    if crc != b"%08x" % crc32(told):
        return None
    form, _, rest = told.partition(b" ")
    if form != b"%d" % _FORMAT:
        return None
    edition, number, is_all, changes = rest.split(b" ", 3)
    return _Line(Stand(int(edition), int(number)), is_all == b"1", changes)
