"""The state that outlives a run: one SQLite file, `<state>/ucsync.db`.

Every change is one transaction, on the disk when it returns (WAL, synchronous=FULL), and processes take
turns. Each row has a checksum (`summed`), and each transaction is told once more in a redo log beside it
(`redo`). So whatever of the file is not as it was written is known when it is opened: then it is set aside
under another name, and made anew from the redo log. When that is damaged, too, the file is begun anew: what
else is in it can be had again for requests, but nobody knows what was spent of the quota, and so all of it
counts as spent.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from ucsync.model import StorageFailed
from ucsync.store.files import Files, storage
from ucsync.store.lasting import make_lasting
from ucsync.store.redo import Drop, Put, RedoLog, Stand, Told
from ucsync.store.state_file import FILE_NAME as FILE_NAME  # for those who look at the file
from ucsync.store.state_file import (
    LOCK_NAME,
    alone,
    begin_log,
    check_copy,
    open_state,
    speaking,
)
from ucsync.store.state_tables import DROPS, PUTS


class Transaction:
    """Rows that are read and changed together."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.changes: list[Put | Drop] = []

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a query yields."""
        return self._connection.execute(query, values).fetchall()

    def row(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """The first row that a query yields, None for none."""
        found: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return found

    def put(self, table: str, *row: object) -> None:
        """A row, in place of one of its key."""
        self._connection.execute(PUTS[table], row)
        self.changes.append(Put(table, row))

    def drop(self, table: str, *key: object) -> None:
        """A row, or nothing where there is none of this key."""
        self._connection.execute(DROPS[table], key)
        self.changes.append(Drop(table, key))


class Database:
    """The open file; used by the thread that opened it. A context manager that closes it.

    Attributes:
        notice: what the user has still to be told: that the file was damaged and made anew, maybe by a run
            that could not tell it; None for nothing.
    """

    def __init__(self, connection: sqlite3.Connection, files: Files | None, path: Path | None) -> None:
        """`path` is that of the file, beside which `files` writes a redo log; None for a copy in memory."""
        self._connection = connection
        self._files = files
        self._path = path
        self._inode = 0 if path is None else path.stat().st_ino
        self._log = None if path is None else RedoLog(path)
        self.notice = _notice_in(connection)

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
            make_lasting(files, lock.parent)  # else what was spent could go with the folder's name
        with speaking("opening the state"), alone(lock):
            connection = open_state(files, path, now)
            return cls(connection, files, path)

    @classmethod
    def of_copy(cls, connection: sqlite3.Connection, told: Told) -> Self:
        """One in memory: what is done to it stays there. Raises as `check_copy`."""
        check_copy(connection, told)
        return cls(connection, None, None)

    @contextmanager
    def transaction(self, what: str) -> Iterator[Transaction]:
        """All changes inside, or none; nobody else reads or writes between them.

        Args:
            what: is being done, for the error.

        Raises:
            StorageFailed: it could not be, and was not.
        """
        with speaking(what):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._check_place(what)
                inner = Transaction(self._connection)
                yield inner
                stand = self._advanced() if inner.changes else None
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            if stand is not None and self._log is not None and self._log.append(stand, inner.changes):
                self._shorten(self._log)

    def rows(self, what: str, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """What a query yields. Raises StorageFailed."""
        with speaking(what):
            return self._connection.execute(query, values).fetchall()

    def take_notice(self) -> str | None:
        """The notice, for who tells it to the user now; once. Raises StorageFailed."""
        taken, self.notice = self.notice, None
        if taken is not None:
            with self.transaction("noting what was told") as transaction:
                transaction.drop("notices", 1)
        return taken

    def close(self) -> None:
        """Give the file up."""
        self._connection.close()
        if self._log is not None:
            self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_place(self, what: str) -> None:
        """What is written to a file that was set aside is forgotten."""
        if self._path is None:
            return
        try:
            still = self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            still = False
        if not still:
            raise StorageFailed(f"{what}: {FILE_NAME} was set aside meanwhile by another run; run again")

    def _advanced(self) -> Stand:
        query = "UPDATE state SET number = number + 1 RETURNING edition, number"
        ((edition, number),) = self._connection.execute(query).fetchall()
        return Stand(edition, number)

    def _shorten(self, log: RedoLog) -> None:
        if self._files is not None:
            with suppress(StorageFailed), speaking("shortening the redo log"):  # then it stays long
                begin_log(self._connection, log, self._files)


def _notice_in(connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT text FROM notices").fetchone()
    return None if row is None else str(row[0])
