"""The tables of a warehouse that stand for exports of accounts: orders and cases, as the tier shows them.

They are there, with all their columns, where no account was exported, too: a tool that reads them goes on
reading. One row comes from one export; whose account was never exported has none.
"""

from dataclasses import replace
from typing import Any, Final

import duckdb

from ucsync.store.account_archive.columns import TABLES as SCHEMAS
from ucsync.store.account_lake import TABLES, Accounts, accounts_in
from ucsync.store.lake import Lake
from ucsync.store.lasting import damaged
from ucsync.store.querying import list_of
from ucsync.store.warehouse.account_privacy import ACCOUNT_RULES
from ucsync.store.warehouse.casting import brought, quoted, type_in
from ucsync.store.warehouse.projecting import Shown
from ucsync.store.warehouse.views import explain

_PURPOSES: Final = {
    "orders": "One row an order of a customer whose account was exported into the lake, as they see it.",
    "order_items": "One row an item of such an order, by its position there.",
    "cases": "One row a case that such a customer has opened about an order.",
    "case_messages": "One row a message of such a case, by its position there.",
}
_VERIFY: Final = (
    "`ucsync account export --into-lake` brings it anew; `ucsync snapshots verify` names what is damaged"
)


def build_accounts(connection: duckdb.DuckDBPyConnection, lake: Lake, shown: Shown) -> None:
    """Make the tables, each with its purpose; the clear rows are in the catalog `lake` alone.

    Raises:
        StorageFailed: an export is damaged.
    """
    held = accounts_in(lake.folder)
    if held.damaged:
        raise damaged(f"the export of an account, {held.damaged[0]}, is damaged", _VERIFY)
    for table in TABLES:
        _show(connection, table, held)
        columns = replace(shown, rules=ACCOUNT_RULES[table]).columns(SCHEMAS[table], "held").items()
        told = ", ".join(f"{value} AS {quoted(name)}" for name, value in columns)
        connection.execute(
            f"CREATE TABLE {table} AS SELECT {told} FROM lake.of_accounts_{table} AS held"  # noqa: S608 - names of ours
        )
        explain(connection, "TABLE", table, _PURPOSES[table])


def _show(connection: duckdb.DuckDBPyConnection, table: str, held: Accounts) -> None:
    """All rows of a table, in today's columns."""
    name, wanted = f"lake.main.of_accounts_{table}", SCHEMAS[table]
    if not held.sound:
        connection.from_arrow(wanted.empty_table()).create(name)
        return
    paths = list_of([account.path_of(table) for account in held.sound])
    reading = f"read_parquet({paths}, union_by_name = true)"
    there: Any = connection.sql(f"FROM {reading} LIMIT 0").to_arrow_table().schema
    columns = ", ".join(
        f"{brought(quoted(field.name), type_in(there, field.name), field.type)} AS {quoted(field.name)}"
        for field in wanted
    )
    connection.execute(f"CREATE VIEW {name} AS SELECT {columns} FROM {reading}")  # noqa: S608 - own names, quoted paths
