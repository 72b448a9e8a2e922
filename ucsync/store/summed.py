"""Tables whose rows carry a checksum: what is not as it was written is known when it is read.

SQLite guards its log by checksums, but not its pages. So each row has a column `sum` that SQLite computes
from the others at every insert and update (a stored generated column), which no statement can forget.
"""

import sqlite3
from dataclasses import dataclass
from typing import Final
from zlib import crc32

_FUNCTION: Final = "row_sum"


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: its name.
        columns: as in CREATE TABLE, each with its name first; the first `keys` are the primary key.
        keys: how many.
        rowid: whether SQLite numbers its rows; else they lie in the order of the key.
    """

    name: str
    columns: tuple[str, ...]
    keys: int = 1
    rowid: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns, but for `sum`."""
        return tuple(column.partition(" ")[0] for column in self.columns)

    @property
    def statement(self) -> str:
        """That makes it, as it then stands in the schema."""
        key = f"PRIMARY KEY ({', '.join(self.names[: self.keys])})"
        total = f"sum INTEGER NOT NULL GENERATED ALWAYS AS ({self._sum}) STORED"
        end = "" if self.rowid else " WITHOUT ROWID"
        return f"CREATE TABLE {self.name} ({', '.join((*self.columns, total, key))}){end}"

    @property
    def _sum(self) -> str:
        return f"{_FUNCTION}('{self.name}', {', '.join(self.names)})"

    def is_sound(self, connection: sqlite3.Connection) -> bool:
        """Whether every row is as it was written. Raises sqlite3.Error."""
        query = f"SELECT 1 FROM {self.name} WHERE sum IS NOT {self._sum} LIMIT 1"  # noqa: S608  (names of ours)
        return connection.execute(query).fetchone() is None


def teach_sums(connection: sqlite3.Connection) -> None:
    """Let a connection compute what it needs to write to such tables, and to check them."""
    connection.create_function(_FUNCTION, -1, _row_sum, deterministic=True)
    connection.execute("PRAGMA trusted_schema=ON")  # some builds of SQLite let no table use our functions


def _row_sum(*values: object) -> int:
    told = [crc32(one).to_bytes(4, "little") if type(one) is bytes else one for one in values]
    return crc32(repr(told).encode())
