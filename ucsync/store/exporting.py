"""A snapshot's full state, or any other rows, as one file for other tools: Parquet, CSV or lines of JSON."""

from collections.abc import Callable
from enum import Enum
from pathlib import Path
from typing import Any, Final

import duckdb

from ucsync.model import StorageFailed
from ucsync.store.export_cells import csv_cell, json_cell, parquet_cell, quoted
from ucsync.store.lake import CUSTOMERS, Lake
from ucsync.store.lasting import damaged
from ucsync.store.querying import NO_BAR
from ucsync.store.schema import CUSTOMER
from ucsync.store.written import Deed, Written


class ExportKind(Enum):
    """What kind of file."""

    PARQUET = "parquet"
    CSV = "csv"
    NDJSON = "ndjson"


#: Rows are written in their order, and so those of several threads would gather in memory: at 400,000
#: customers 5.6 GB, and no sooner (measured).
ONE_THREAD: Final = 1

#: Nothing is fetched, and nothing is written but the file itself: spilled rows would be personal data.
SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "TimeZone": "UTC",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "preserve_insertion_order": True,
    "threads": ONE_THREAD,
}
_OPTIONS: Final = {
    ExportKind.PARQUET: "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 20480",
    ExportKind.CSV: "FORMAT csv, HEADER true",
    ExportKind.NDJSON: "FORMAT json",
}
_CELLS: Final[dict[ExportKind, Callable[[str, Any], str]]] = {
    ExportKind.PARQUET: parquet_cell,
    ExportKind.CSV: csv_cell,
    ExportKind.NDJSON: json_cell,
}


def export(
    lake: Lake,
    snapshot: str,
    target: Path,
    kind: ExportKind,
    *,
    written: Written,
    deed: Deed,
    force: bool = False,
) -> None:
    """Write the full state of a snapshot to one file, in the order of `customer_profile_oid`.

    Its cells are those of `copy_rows`; what the lake keeps as JSON text stays text in JSON (`_extras`,
    orders, quotes), so that no reader rounds it by accident. The file is as `Written.writing` makes it.

    Args:
        lake: that has it.
        snapshot: its id.
        target: the file to write; its folder must exist.
        kind: of file.
        written: where it is registered.
        deed: what is told of it there.
        force: replace a file that is there.

    Raises:
        Guarded: there is a file, and not `force`.
        Misused: its folder is not there.
        StorageFailed: the snapshot has no full state (any more), or the disk refuses; what was at
            `target` is as it was.
    """
    if not lake.has_rows(snapshot):
        mend = "`ucsync snapshots list` says which snapshots have their full state"
        raise damaged(f"snapshot {snapshot} is not there, or its full state was pruned", mend)
    parts = sorted((lake.path_of(snapshot) / CUSTOMERS).glob("*.parquet"))
    with written.writing(target, deed, replace=force) as (partial, _), duckdb.connect(config=SETTINGS) as db:
        db.execute(NO_BAR)
        rows = db.read_parquet(list(map(str, parts))) if parts else db.from_arrow(CUSTOMER.empty_table())
        rows.create_view("customers")
        copy_rows(db, "customers", partial, kind)


def copy_rows(connection: duckdb.DuckDBPyConnection, relation: str, target: Path, kind: ExportKind) -> int:
    """Write all rows of a table or view into a file that is there already, empty.

    Digits are kept: decimals are never floats. In CSV and JSON instants are RFC 3339 in UTC. In CSV
    nested values are JSON text, an empty text is `""` and a missing one is nothing, and a text that a
    spreadsheet would take for a formula has an apostrophe before it.

    Args:
        connection: to DuckDB, in UTC.
        relation: its name, quoted where it must be.
        target: the file.
        kind: of file.

    Returns:
        How many there are.

    Raises:
        Misused: a column is of a type that the format has no exact form for.
        StorageFailed: DuckDB fails.
    """
    cell = _CELLS[kind]
    try:
        found = connection.table(relation)
        columns = ", ".join(
            f"{cell(quoted(name), type_)} AS {quoted(name)}"
            for name, type_ in zip(found.columns, found.types, strict=True)
        )
        name = str(target).replace("'", "''")
        told = connection.execute(
            f"COPY (SELECT {columns} FROM {relation}) TO '{name}' "  # noqa: S608 - names that are there, quoted
            f"({_OPTIONS[kind]}, USE_TMP_FILE false)"
        ).fetchone()
    except duckdb.Error as fault:  # its text may hold values
        raise StorageFailed(
            f"exporting: {type(fault).__name__}; is the disk full, or the memory too small?"
        ) from None
    return int(told[0]) if told else 0
