"""The tables of the state, and how those of an older format are taken over."""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

from ucsync.store.redo import Put, Stand
from ucsync.store.summed import Table

#: Where the database stands; the redo log tells it otherwise.
STATE: Final = Table(
    "state",
    ("one INTEGER NOT NULL CHECK (one = 1)", "edition INTEGER NOT NULL", "number INTEGER NOT NULL"),
)
TABLES: Final = (
    Table(
        "quota_books",
        (
            "application TEXT NOT NULL",
            "own_us INTEGER NOT NULL",
            "seen_us INTEGER NOT NULL",
            "shut_until_us INTEGER NOT NULL",
            "answers INTEGER NOT NULL",
            "tickets INTEGER NOT NULL",
            "unknown_us INTEGER NOT NULL",
        ),
    ),
    Table(
        "quota_answered",
        ("application TEXT NOT NULL", "number INTEGER NOT NULL", "at_us INTEGER NOT NULL"),
        keys=2,
    ),
    Table(
        "quota_unanswered",
        ("application TEXT NOT NULL", "ticket INTEGER NOT NULL", "latest_us INTEGER NOT NULL"),
        keys=2,
    ),
    Table(
        "quota_learned",
        (
            "application TEXT NOT NULL",
            "seconds INTEGER NOT NULL",
            "requests INTEGER NOT NULL",
            "at_us INTEGER NOT NULL",
        ),
        keys=2,
    ),
    Table(  # an instant before which it is not known what was spent, of any application
        "quota_unknown",
        ("one INTEGER NOT NULL CHECK (one = 1)", "before_us INTEGER NOT NULL"),
    ),
    Table(  # what the user has still to be told
        "notices",
        ("one INTEGER NOT NULL CHECK (one = 1)", "text TEXT NOT NULL"),
    ),
    Table(
        "memory",
        ("merchant TEXT NOT NULL", "key TEXT NOT NULL", "value TEXT NOT NULL", "at TEXT NOT NULL"),
        keys=2,
    ),
    Table(
        "runs",
        (
            "number INTEGER NOT NULL",
            "merchant TEXT NOT NULL",
            "kind TEXT NOT NULL",
            "started TEXT NOT NULL",
            "ended TEXT",
            "exit_code INTEGER",
            "requests INTEGER",
            "snapshot TEXT",
            "result TEXT",
        ),
    ),
)
KEYS: Final = {table.name: table.keys for table in TABLES}
STATEMENTS: Final = frozenset(table.statement for table in (STATE, *TABLES))

PUTS: Final = {
    table.name: f"INSERT OR REPLACE INTO {table.name} VALUES ({', '.join('?' * len(table.columns))})"  # noqa: S608  (names of ours)
    for table in (STATE, *TABLES)
}
DROPS: Final = {
    table.name: f"DELETE FROM {table.name} WHERE "  # noqa: S608  (likewise)
    + " AND ".join(f"{name} = ?" for name in table.names[: table.keys])
    for table in TABLES
}

#: What format 1 lacks: a column of its books.
_NEW_COLUMNS: Final = {"quota_books": ", 0"}


def make_tables(connection: sqlite3.Connection, stand: Stand, rows: Iterable[Put] = ()) -> None:
    """With these rows, within a transaction of the caller's."""
    for statement in sorted(STATEMENTS):
        connection.execute(statement)
    for put in (Put(STATE.name, (1, stand.edition, stand.number)), *rows):
        connection.execute(PUTS[put.table], put.row)


def rows_of(connection: sqlite3.Connection) -> Iterator[Put]:
    """All that the redo log has to tell."""
    for table in TABLES:
        query = f"SELECT {', '.join(table.names)} FROM {table.name}"  # noqa: S608  (names of ours)
        for row in connection.execute(query):
            yield Put(table.name, row)


def take_over(connection: sqlite3.Connection, stand: Stand) -> None:
    """Make tables of format 1 into these, within a transaction of the caller's."""
    old = [table for table in TABLES if f"CREATE TABLE {table.name} " in " ".join(OLD_STATEMENTS)]
    for table in old:
        connection.execute(f"ALTER TABLE {table.name} RENAME TO old_{table.name}")
    make_tables(connection, stand)
    for table in old:
        new = _NEW_COLUMNS.get(table.name, "")
        connection.execute(f"INSERT INTO {table.name} SELECT *{new} FROM old_{table.name}")  # noqa: S608  (likewise)
        connection.execute(f"DROP TABLE old_{table.name}")


#: As format 1 had them.
OLD_STATEMENTS: Final = frozenset(
    {
        "CREATE TABLE quota_books (application TEXT PRIMARY KEY, own_us INTEGER NOT NULL,"
        " seen_us INTEGER NOT NULL, shut_until_us INTEGER NOT NULL, answers INTEGER NOT NULL,"
        " tickets INTEGER NOT NULL) WITHOUT ROWID",
        "CREATE TABLE quota_answered (application TEXT NOT NULL, number INTEGER NOT NULL,"
        " at_us INTEGER NOT NULL, PRIMARY KEY (application, number)) WITHOUT ROWID",
        "CREATE TABLE quota_unanswered (application TEXT NOT NULL, ticket INTEGER NOT NULL,"
        " latest_us INTEGER NOT NULL, PRIMARY KEY (application, ticket)) WITHOUT ROWID",
        "CREATE TABLE quota_learned (application TEXT NOT NULL, seconds INTEGER NOT NULL,"
        " requests INTEGER NOT NULL, at_us INTEGER NOT NULL, PRIMARY KEY (application, seconds))"
        " WITHOUT ROWID",
        "CREATE TABLE memory (merchant TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
        " at TEXT NOT NULL, PRIMARY KEY (merchant, key)) WITHOUT ROWID",
        "CREATE TABLE runs (number INTEGER PRIMARY KEY AUTOINCREMENT, merchant TEXT NOT NULL,"
        " kind TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, exit_code INTEGER, requests INTEGER,"
        " snapshot TEXT, result TEXT)",
    }
)
