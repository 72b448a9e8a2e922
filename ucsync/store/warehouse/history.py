"""The tables of a warehouse that stand for the lake: customers, what they were before, what snapshots did.

A version of a customer begins with the snapshot that brought it, and ends with the one that brought the
next or saw them gone. What lies between two snapshots nobody saw.
"""

from typing import Final

import duckdb

from ucsync.store.schema import CUSTOMER
from ucsync.store.warehouse.casting import quoted
from ucsync.store.warehouse.projecting import Shown
from ucsync.store.warehouse.views import LAKE_SQL, explain, sql_files

#: Made in this order, each from the file of its name; what begins with `lake.` is not in the warehouse.
_FROM_FILES: Final = {
    "receipts": "TABLE",
    "changes": "TABLE",
    "merges": "TABLE",
    "lake.versions": "TABLE",
    "lake.current": "VIEW",
    "lake.closed": "VIEW",
}
#: What is shown of the clear rows of a view: the table, its view, and what stands beside the customer.
_SHOWN: Final = (
    ("customers", "lake.current", ("_valid_from", "_op", "_snapshot")),
    ("history", "lake.closed", ("valid_from", "valid_to", "op", "ended_by", "snapshot")),
)

_PURPOSES: Final = {
    "customers": "One row a customer, as the current snapshot has them, as far as the tier shows them.",
    "history": "One row a version of a customer that is no more; customer_history has the current ones, too.",
}


def build_history(connection: duckdb.DuckDBPyConnection, shown: Shown) -> None:
    """Make the tables from the catalog `lake`, each with its purpose."""
    files = {file.name: file for file in sql_files(LAKE_SQL)}
    for name, kind in _FROM_FILES.items():
        file = files[name.removeprefix("lake.")]
        connection.execute(f"CREATE {kind} {name} AS {file.text}")
        explain(connection, kind, name, file.purpose)
    for table, view, beside in _SHOWN:
        shown_columns = shown.columns(CUSTOMER, "held").items()
        columns = ", ".join(f"{value} AS {quoted(name)}" for name, value in shown_columns)
        connection.execute(
            f"CREATE TABLE {table} AS SELECT {columns}, {', '.join(beside)} FROM {view} AS held"  # noqa: S608 - names of ours
        )
        explain(connection, "TABLE", table, _PURPOSES[table])
