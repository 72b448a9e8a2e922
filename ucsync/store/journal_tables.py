"""The tables of a journal, and how those of an older format are taken over."""

import sqlite3
from typing import Final

from ucsync.model.pushes import StepState
from ucsync.store.summed import Table

_STATES: Final = ", ".join(f"'{state.value}'" for state in StepState)
TABLES: Final = (
    Table(  # how many transactions there were; the redo log tells it otherwise
        "stand", ("one INTEGER NOT NULL CHECK (one = 1)", "number INTEGER NOT NULL"), rowid=True
    ),
    Table(
        "push",
        (
            "one INTEGER NOT NULL CHECK (one = 1)",
            "id TEXT NOT NULL",
            "digest TEXT NOT NULL",
            "header BLOB NOT NULL",
            "begun TEXT NOT NULL",
            "sha256 TEXT NOT NULL",
        ),
        rowid=True,
    ),
    Table(
        "steps",
        (
            "number INTEGER NOT NULL",
            "step BLOB NOT NULL",
            "action TEXT NOT NULL",
            "oid INTEGER",
            "absorbed INTEGER",
            "mark TEXT NOT NULL",
        ),
        rowid=True,
    ),
    Table("rests", ("number INTEGER NOT NULL", "rests_on INTEGER NOT NULL"), keys=2),
    Table(
        "outcomes",
        (
            "number INTEGER NOT NULL",
            f"state TEXT NOT NULL CHECK (state IN ({_STATES}))",
            "attempts INTEGER NOT NULL",
            "sent TEXT",
            "settled TEXT",
            "reason TEXT NOT NULL",
            "transient INTEGER NOT NULL",
            "oid INTEGER",
            "because INTEGER",
            "landing TEXT",
            "snapshot TEXT",
        ),
        rowid=True,
    ),
    Table("bodies", ("number INTEGER NOT NULL", "body BLOB NOT NULL"), rowid=True),
    Table(
        "answers",
        (
            "number INTEGER NOT NULL",
            "oid INTEGER NOT NULL",
            "observed TEXT NOT NULL",
            "document BLOB NOT NULL",
        ),
        rowid=True,
    ),
    Table(
        "archives",
        ("number INTEGER NOT NULL", "oid INTEGER NOT NULL", "at TEXT NOT NULL", "document BLOB NOT NULL"),
        keys=2,
        rowid=True,
    ),
    Table("notes", ("key TEXT NOT NULL", "value BLOB NOT NULL")),
)
_INDEXES: Final = (
    "CREATE INDEX steps_of_customer ON steps (oid)",
    "CREATE INDEX resting ON rests (rests_on)",
    "CREATE INDEX outcomes_by_state ON outcomes (state, number)",
)
STATEMENTS: Final = (*(table.statement for table in TABLES), *_INDEXES)


def make_tables(connection: sqlite3.Connection) -> None:
    """Empty ones, within a transaction of the caller's."""
    for statement in STATEMENTS:
        connection.execute(statement)
    connection.execute("INSERT INTO stand VALUES (1, 0)")


def take_over(connection: sqlite3.Connection) -> None:
    """Make tables of format 1 into these, within a transaction of the caller's."""
    for index in ("steps_of_customer", "resting", "outcomes_by_state"):
        connection.execute(f"DROP INDEX {index}")
    old = TABLES[1:]
    for table in old:
        connection.execute(f"ALTER TABLE {table.name} RENAME TO old_{table.name}")
    make_tables(connection)
    for table in old:
        connection.execute(f"INSERT INTO {table.name} SELECT * FROM old_{table.name}")  # noqa: S608  (names of ours)
        connection.execute(f"DROP TABLE old_{table.name}")


#: As format 1 had them.
OLD_STATEMENTS: Final = (
    "CREATE TABLE push (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, digest TEXT NOT NULL,"
    " header BLOB NOT NULL, begun TEXT NOT NULL, sha256 TEXT NOT NULL)",
    "CREATE TABLE steps (number INTEGER PRIMARY KEY, step BLOB NOT NULL, action TEXT NOT NULL,"
    " oid INTEGER, absorbed INTEGER, mark TEXT NOT NULL)",
    "CREATE TABLE rests (number INTEGER NOT NULL, rests_on INTEGER NOT NULL,"
    " PRIMARY KEY (number, rests_on)) WITHOUT ROWID",
    f"CREATE TABLE outcomes (number INTEGER PRIMARY KEY, state TEXT NOT NULL CHECK (state IN ({_STATES})),"
    " attempts INTEGER NOT NULL, sent TEXT, settled TEXT, reason TEXT NOT NULL,"
    " transient INTEGER NOT NULL, oid INTEGER, because INTEGER, landing TEXT, snapshot TEXT)",
    "CREATE TABLE bodies (number INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    "CREATE TABLE answers (number INTEGER PRIMARY KEY, oid INTEGER NOT NULL, observed TEXT NOT NULL,"
    " document BLOB NOT NULL)",
    "CREATE TABLE archives (number INTEGER NOT NULL, oid INTEGER NOT NULL, at TEXT NOT NULL,"
    " document BLOB NOT NULL, PRIMARY KEY (number, oid))",
    "CREATE TABLE notes (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID",
    *_INDEXES,
)
