"""The SQL of a warehouse: a `.sql` file each view or table, made in the order of who needs whom."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from importlib.resources import files as resources
from typing import Final

import duckdb

#: Of tables that are made from the lake's clear rows.
LAKE_SQL: Final = "lake_sql"
#: Of views, and of tables that are made from those.
VIEW_SQL: Final = "sql"

#: The second line of a file whose rows are stored, and who alone may read the lake's clear rows.
_STORED: Final = "-- table"
_LAKE: Final = re.compile(r"\blake\.")
_READ: Final = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)", re.IGNORECASE)
#: The customers as they were at an instant.
_AT: Final = """
CREATE MACRO customers_at(instant) AS TABLE
SELECT * EXCLUDE (valid_from, valid_to, op, ended_by, snapshot) FROM customer_history
WHERE valid_from <= instant AND (valid_to > instant OR valid_to IS NULL)
"""


@dataclass(frozen=True, slots=True)
class ViewFile:
    """One file.

    Attributes:
        name: of the view, as of the file.
        purpose: what a row of it is.
        stored: whether it becomes a table.
        text: its SQL.
    """

    name: str
    purpose: str
    stored: bool
    text: str


def sql_files(folder: str) -> Sequence[ViewFile]:
    """All files of a folder, by name."""
    found = []
    for file in resources("ucsync.store.warehouse").joinpath(folder).iterdir():
        purpose, _, rest = file.read_text(encoding="utf-8").partition("\n")
        stored = rest.partition("\n")[0] == _STORED
        found.append(ViewFile(file.name.removesuffix(".sql"), purpose.removeprefix("-- "), stored, rest))
    return sorted(found, key=lambda file: file.name)


def explain(connection: duckdb.DuckDBPyConnection, kind: str, name: str, purpose: str) -> None:
    """Tell in the file what a row is.

    Args:
        kind: TABLE or VIEW.
    """
    text = purpose.replace("'", "''")
    connection.execute(f"COMMENT ON {kind} {name} IS '{text}'")


def build_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make them all, and the macro `customers_at`; the tables that they read are there."""
    for view in view_files():
        kind = "TABLE" if view.stored else "VIEW"
        connection.execute(f"CREATE {kind} {view.name} AS {view.text}")
        explain(connection, kind, view.name, view.purpose)
    connection.execute(_AT)


def view_files() -> Sequence[ViewFile]:
    """The views; each stands after those that it reads: that it has after FROM or JOIN.

    Raises:
        ValueError: one that is not stored reads the lake, which is not there any more when it is used.
    """
    files = {file.name: file for file in sql_files(VIEW_SQL)}
    for file in files.values():
        if not file.stored and _LAKE.search(file.text):
            raise ValueError(f"{file.name} reads the lake and is not stored")
    reads = {name: set(_READ.findall(file.text)) & files.keys() - {name} for name, file in files.items()}
    return [files[name] for name in TopologicalSorter(reads).static_order()]
