"""A snapshot's full state as one file for other tools: Parquet, CSV or lines of JSON."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ucsync.model import Guarded, StorageFailed
from ucsync.store.files import Files, storage
from ucsync.store.lake import CUSTOMERS, Lake
from ucsync.store.lasting import damaged
from ucsync.store.schema import CUSTOMER


class ExportKind(Enum):
    """What kind of file."""

    PARQUET = "parquet"
    CSV = "csv"
    NDJSON = "ndjson"


#: Nothing is fetched, and nothing is written but the file itself: spilled rows would be personal data.
_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "TimeZone": "UTC",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "preserve_insertion_order": True,
}
_OPTIONS: Final = {
    ExportKind.PARQUET: "FORMAT parquet, COMPRESSION zstd",
    ExportKind.CSV: "FORMAT csv, HEADER true",
    ExportKind.NDJSON: "FORMAT json, TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%fZ'",
}
_INSTANT: Final = "strftime({}, '%Y-%m-%dT%H:%M:%S.%fZ')"
#: What a spreadsheet takes for the beginning of a formula.
_FORMULA: Final = r"'^[=+\-@\t\r\n]'"


def export(
    files: Files, lake: Lake, snapshot: str, target: Path, kind: ExportKind, *, force: bool = False
) -> None:
    """Write the full state of a snapshot to one file, in the order of `customer_profile_oid`.

    Digits are kept: decimals are never floats. In CSV and JSON instants are RFC 3339 in UTC, and what
    the lake keeps as JSON text stays text in JSON (`_extras`, orders, quotes), so that no reader rounds
    it by accident. In CSV nested values are JSON text, and a text that a spreadsheet would take for a
    formula has an apostrophe before it.

    The file is readable by its owner only. It appears under its name in one step, when all of it is on
    the disk; a name beside it, `.<name>.partial`, may be left by a death and is replaced the next time.

    Args:
        files: to write with.
        lake: that has it.
        snapshot: its id.
        target: the file to write; its folder must exist.
        kind: of file.
        force: replace a file that is there.

    Raises:
        Guarded: there is a file, and not `force`.
        StorageFailed: the snapshot has no full state (any more), or the disk refuses; what was at
            `target` is as it was.
    """
    if target.exists() and not force:
        raise Guarded("export: the target exists already; it is replaced only when that is asked for")
    if not lake.has_rows(snapshot):
        mend = "`ucsync snapshots list` says which snapshots have their full state"
        raise damaged(f"snapshot {snapshot} is not there, or its full state was pruned", mend)
    partial = target.with_name(f".{target.name}.partial")
    with storage("exporting a snapshot"):
        files.remove(partial)
        with _removed_unless_done(files, partial), files.create(partial) as file:
            _copy(sorted((lake.path_of(snapshot) / CUSTOMERS).glob("*.parquet")), partial, kind)
            files.sync(file)
            files.rename(partial, target)
        files.sync_folder(target.parent)


@contextmanager
def _removed_unless_done(files: Files, path: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(OSError):  # the first fault is the one to tell
            files.remove(path)
        raise


def _copy(parts: list[Path], target: Path, kind: ExportKind) -> None:
    schema = pq.read_schema(parts[0]) if parts else CUSTOMER
    with duckdb.connect(config=_SETTINGS) as connection:
        if parts:
            rows = connection.read_parquet([str(part) for part in parts])
        else:
            rows = connection.from_arrow(schema.empty_table())
        columns = ", ".join(_column(field, kind) for field in schema)
        name = str(target).replace("'", "''")
        try:
            rows.query(
                "customers",
                f"COPY (SELECT {columns} FROM customers) TO '{name}' "  # noqa: S608 - names from the schema, quoted
                f"({_OPTIONS[kind]}, USE_TMP_FILE false)",
            )
        except duckdb.Error as fault:  # its text may hold values
            raise StorageFailed(f"exporting a snapshot: {type(fault).__name__}; is the disk full?") from None


def _column(field: Any, kind: ExportKind) -> str:
    name = _quoted(field.name)
    return f"{_csv_cell(name, field.type)} AS {name}" if kind is ExportKind.CSV else name


def _csv_cell(value: str, type_: Any) -> str:
    if pa.types.is_nested(type_):
        return f"to_json({_with_instants_as_text(value, type_, 0)})::VARCHAR"
    if pa.types.is_string(type_):
        return f"CASE WHEN regexp_matches({value}, {_FORMULA}) THEN '''' || {value} ELSE {value} END"
    return _with_instants_as_text(value, type_, 0)


def _with_instants_as_text(value: str, type_: Any, depth: int) -> str:
    """An expression for the same value, in which every instant is RFC 3339."""
    if pa.types.is_timestamp(type_):
        return _INSTANT.format(value)
    if pa.types.is_list(type_):
        item = f"item_{depth}"
        inner = _with_instants_as_text(item, type_.value_type, depth + 1)
        return value if inner == item else f"list_transform({value}, lambda {item}: {inner})"
    if pa.types.is_struct(type_):
        return _struct(value, type_, lambda field, of: _with_instants_as_text(field, of, depth))
    return value


def _struct(value: str, type_: Any, convert: Callable[[str, Any], str]) -> str:
    fields = {_quoted(field.name): field.type for field in type_}
    converted = {name: convert(f"{value}.{name}", of) for name, of in fields.items()}
    if all(inner == f"{value}.{name}" for name, inner in converted.items()):
        return value
    packed = ", ".join(f"{name} := {inner}" for name, inner in converted.items())
    return f"CASE WHEN {value} IS NULL THEN NULL ELSE struct_pack({packed}) END"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
