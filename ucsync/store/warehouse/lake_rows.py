"""The lake's own rows while a warehouse is built: clear, so in memory's catalog `lake` and never in a file.

Rows of older versions are brought to today's columns: those they lack are null, those that there are no
more are left out.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ucsync.model import FileEntry, Receipt
from ucsync.store.changes import CHANGES
from ucsync.store.changes import SCHEMA as CHANGES_SCHEMA
from ucsync.store.files import storage
from ucsync.store.lake import Lake
from ucsync.store.lasting import damaged
from ucsync.store.merges import MERGES
from ucsync.store.merges import SCHEMA as MERGES_SCHEMA
from ucsync.store.parts import is_part
from ucsync.store.schema import CUSTOMER, SCHEMA_ID
from ucsync.store.warehouse.casting import brought, quoted, type_in
from ucsync.store.warehouse.line import Stop

_SNAPSHOT: Final = "parse_path(filename)[-2] AS snapshot"
_VERIFY: Final = "`ucsync snapshots verify` says what is damaged"
_LINE: Final = pa.schema(
    [("place", pa.int32()), ("snapshot", pa.string()), ("held_from", pa.timestamp("us", "UTC"))]
)


def show_lake(connection: duckdb.DuckDBPyConnection, lake: Lake, line: Sequence[Stop]) -> None:
    """Attach the catalog `lake`, with views of what the snapshots of the line hold.

    `customers` has the current full state, `first` that of the line's first snapshot but for the parts that
    never changed, `changes` what the others changed, with `_op` and `snapshot`; `merges` has the merges,
    with `snapshot`; `line` the snapshots with their place and `held_from`.

    Raises:
        StorageFailed: a file is not there.
    """
    receipts = [stop.receipt for stop in line]
    connection.execute("ATTACH ':memory:' AS lake")
    places = [
        {"place": place, "snapshot": stop.receipt.snapshot, "held_from": stop.held_from}
        for place, stop in enumerate(line)
    ]
    connection.from_arrow(pa.Table.from_pylist(places, _LINE)).create("lake.main.line")
    current = [entry for entry in receipts[-1].files if is_part(entry)]
    still_there = {entry.sha256 for entry in current}
    first = [entry for entry in receipts[0].files if is_part(entry) and entry.sha256 not in still_there]
    _show_rows(connection, lake, receipts[-1], "customers", current)
    _show_rows(connection, lake, receipts[0], "first", first)
    _show_changes(connection, lake, receipts[1:])
    _show_merges(connection, lake, receipts)


def _show_rows(
    connection: duckdb.DuckDBPyConnection, lake: Lake, receipt: Receipt, name: str, parts: Sequence[FileEntry]
) -> None:
    if parts:
        paths = [_file(lake, receipt, entry.path) for entry in parts]
        rows = _reading(paths, receipt.schema, CUSTOMER)
        connection.execute(f"CREATE VIEW lake.{name} AS SELECT {rows}")
    else:
        connection.from_arrow(CUSTOMER.empty_table()).create(f"lake.main.{name}")


def _show_changes(connection: duckdb.DuckDBPyConnection, lake: Lake, receipts: Sequence[Receipt]) -> None:
    readings = []
    for schema_id, alike in groupby(receipts, lambda receipt: receipt.schema):
        paths = [path for receipt in alike for path in _named(lake, receipt, CHANGES)]
        if paths:
            readings.append(f"SELECT {_SNAPSHOT}, {_reading(paths, schema_id, CHANGES_SCHEMA)}")
    if readings:
        connection.execute(f"CREATE VIEW lake.changes AS {' UNION ALL '.join(readings)}")
    else:
        empty = CHANGES_SCHEMA.insert(0, pa.field("snapshot", pa.string())).empty_table()
        connection.from_arrow(empty).create("lake.main.changes")


def _show_merges(connection: duckdb.DuckDBPyConnection, lake: Lake, receipts: Sequence[Receipt]) -> None:
    paths = [path for receipt in receipts for path in _named(lake, receipt, MERGES)]
    if paths:
        columns = ", ".join(MERGES_SCHEMA.names)
        connection.execute(
            f"CREATE VIEW lake.merges AS SELECT {columns}, {_SNAPSHOT} FROM {_parquet(paths)}"  # noqa: S608 - own names, quoted paths
        )
    else:
        empty = MERGES_SCHEMA.append(pa.field("snapshot", pa.string())).empty_table()
        connection.from_arrow(empty).create("lake.main.merges")


def _named(lake: Lake, receipt: Receipt, name: str) -> list[Path]:
    return [_file(lake, receipt, entry.path) for entry in receipt.files if entry.path == name]


def _file(lake: Lake, receipt: Receipt, path: str) -> Path:
    found = lake.path_of(receipt.snapshot) / path
    if not found.is_file():
        raise damaged(f"{path} of snapshot {receipt.snapshot} is not there", _VERIFY)
    return found


def _reading(paths: Sequence[Path], schema_id: str, wanted: Any) -> str:
    """The columns and the files of a SELECT, all of one schema, as today's columns."""
    if schema_id == SCHEMA_ID:
        return f"{', '.join(map(quoted, wanted.names))} FROM {_parquet(paths)}"
    with storage("reading the columns of an old snapshot"):
        held = pq.read_schema(paths[0])
    columns = ", ".join(
        f"{brought(quoted(field.name), type_in(held, field.name), field.type)} AS {quoted(field.name)}"
        for field in wanted
    )
    return f"{columns} FROM {_parquet(paths)}"


def _parquet(paths: Sequence[Path]) -> str:
    quoted = (str(path).replace("'", "''") for path in paths)
    return "read_parquet([" + ", ".join(f"'{path}'" for path in quoted) + "])"
