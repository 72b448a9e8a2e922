"""What a view is in Postgres: the types of its columns, and its rows in the text format of COPY.

The lines are made by DuckDB, escaped and whole, and handed on as bytes: a row costs nothing in Python.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from ucsync.model import Guarded, Misused, StorageFailed
from ucsync.store.export_cells import NESTED, is_text, quoted, text_cell

#: Rows that are sent at a time.
BATCH_ROWS: Final = 2_048

#: Bytes of a name in Postgres; a longer one would be cut without a word.
NAME_BYTES_MAX: Final = 63

_OID: Final = "customer_profile_oid"
_SHOWN: Final = 5

_TYPES: Final = {
    "boolean": "boolean", "tinyint": "smallint", "utinyint": "smallint", "smallint": "smallint",
    "usmallint": "integer", "integer": "integer", "uinteger": "bigint", "bigint": "bigint",
    "ubigint": "numeric", "hugeint": "numeric", "uhugeint": "numeric", "float": "real",
    "double": "double precision", "varchar": "text", "enum": "text", "date": "date", "time": "time",
    "timestamp": "timestamp", "timestamp with time zone": "timestamptz", "uuid": "uuid", "blob": "bytea",
    "null": "text",
}  # fmt: skip

# COPY's text format: a tab ends a cell, a line feed a row, `\N` is null, a backslash escapes.
_ESCAPED: Final = (
    r"replace(replace(replace(replace({}, '\', '\\'), chr(9), '\t'), chr(10), '\n'), chr(13), '\r')"
)
_NUL_WITHIN: Final = r"(^|[^\\])(\\\\)*\\u0000"
_NUL: Final = "chr(0)"


class NulFound(Exception):
    """A text holds the character NUL, which Postgres cannot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A view, and the table that it becomes.

    Attributes:
        view: as people name it.
        purpose: in one line; "" where it says none.
        relation: its name in DuckDB, quoted.
        table: the name of the table, unquoted.
        columns: their names and types in DuckDB.
    """

    view: str
    purpose: str
    relation: str
    table: str
    columns: tuple[tuple[str, Any], ...]

    def declared(self) -> str:
        """The columns as Postgres declares them.

        Raises:
            Misused: it has no exact type for one, or a name is too long.
        """
        for name in (self.table, *(name for name, _ in self.columns)):
            check_name(name)
        return ", ".join(f"{quoted(name)} {_type_of(name, kind)}" for name, kind in self.columns)

    def text(self, kind: Any) -> bool:
        """Whether values of this type may hold what somebody has typed."""
        return is_text(kind) or kind.id in NESTED


def shape_of(connection: duckdb.DuckDBPyConnection, view: str, purpose: str) -> Shape:
    """A view that is there; its name may have a schema before it."""
    relation = ".".join(map(quoted, view.split(".")))
    found = connection.table(relation)
    columns = tuple(zip(found.columns, found.types, strict=True))
    return Shape(
        view=view, purpose=purpose, relation=relation, table=view.rpartition(".")[2], columns=columns
    )


def check_name(name: str) -> None:
    """Whether Postgres can have something of this name. Raises Misused."""
    if not 0 < len(name.encode()) <= NAME_BYTES_MAX or "\0" in name:
        raise Misused(f"export: Postgres cannot have a name of more than {NAME_BYTES_MAX} bytes, or of none")


def lines(
    connection: duckdb.DuckDBPyConnection, shape: Shape, *, replace_nul: bool
) -> Iterator[tuple[int, int, bytes]]:
    """All rows, some at a time: how many, in how many of them NUL was replaced, and their lines.

    Args:
        replace_nul: put U+FFFD where a text holds NUL.

    Raises:
        NulFound: not `replace_nul`, and one does; rows before may have been given.
        StorageFailed: DuckDB cannot go on.
    """
    try:
        reader = connection.sql(_query(shape, replace_nul=replace_nul)).to_arrow_reader(BATCH_ROWS)
        with closing(reader):  # else the connection answers no other query
            for batch in reader:
                told, nul = batch.columns
                if nul.true_count and not replace_nul:
                    raise NulFound
                yield len(told), nul.true_count, _bytes_of(told)
    except (duckdb.Error, OSError) as fault:  # its text may hold values
        raise StorageFailed(f"exporting: {type(fault).__name__} of DuckDB") from None


def nul_found(connection: duckdb.DuckDBPyConnection, shape: Shape) -> Guarded:
    """The error that names the columns and the customers."""
    has_oid = _OID in dict(shape.columns)
    told = []
    for name, kind in shape.columns:
        if not shape.text(kind):
            continue
        who = f"min({_OID}, {_SHOWN})" if has_oid else "[]"
        held = _holds_nul(text_cell(quoted(name), kind), kind)
        query = f"SELECT count(*), {who} FROM {shape.relation} WHERE {held}"  # noqa: S608 - names that are there
        [(count, oids)] = connection.sql(query).fetchall()
        if count:
            whom = ", ".join(map(str, oids))
            told.append(f"column {name} in {count:,} rows{f', of customers {whom}' if whom else ''}")
    failure = Guarded(
        f"view {shape.view} holds the character NUL, which Postgres cannot: {'; '.join(told)}; "
        "nothing was exported"
    )
    failure.mend = "mend them at the server, or say --replace-nul to have U+FFFD in its place"
    return failure


def _query(shape: Shape, *, replace_nul: bool) -> str:
    def replaced(text: str) -> str:
        return f"replace({text}, {_NUL}, '\ufffd')" if replace_nul else text

    cells, told, held = [], [], ["false"]
    for number, (name, kind) in enumerate(shape.columns):
        cell = f"c{number}"
        cells.append(f"{text_cell(quoted(name), kind, replaced)} AS {cell}")
        typed = shape.text(kind) or kind.id in ("varchar", "blob")
        told.append(f"coalesce({_ESCAPED.format(cell) if typed else cell}, '\\N')")
        if shape.text(kind):
            if replace_nul:
                cells.append(f"{text_cell(quoted(name), kind)} AS {cell}_as_it_is")
            held.append(f"coalesce({_holds_nul(f'{cell}_as_it_is' if replace_nul else cell, kind)}, false)")
    line = ", chr(9), ".join(told)
    return (
        f"SELECT concat({line}, chr(10)) AS line, {' OR '.join(held)} AS nul "  # noqa: S608 - names, quoted
        f"FROM (SELECT {', '.join(cells)} FROM {shape.relation})"
    )


def _holds_nul(text: str, kind: Any) -> str:
    if kind.id not in NESTED:
        return f"contains({text}, {_NUL})"
    return f"(contains({text}, '\\u0000') AND regexp_matches({text}, '{_NUL_WITHIN}'))"


def _type_of(name: str, kind: Any) -> str:
    if kind.id in NESTED:
        return "jsonb"
    if kind.id == "decimal":
        held = dict(kind.children)
        return f"numeric({held['precision']}, {held['scale']})"
    if str(kind) == "JSON":
        return "json"
    if kind.id not in _TYPES:
        raise Misused(f"export: column {name} is of the type {kind}, which Postgres has no exact form for")
    return _TYPES[kind.id]


def _bytes_of(column: Any) -> bytes:
    """Texts one after the other, as they lie in memory."""
    _, places, held = column.buffers()
    if held is None or not len(column):
        return b""
    width = 8 if str(column.type) == "large_string" else 4
    ends = memoryview(places).cast("B").cast("q" if width == 8 else "i")
    start, end = ends[column.offset], ends[column.offset + len(column)]
    return bytes(memoryview(held)[start:end])
