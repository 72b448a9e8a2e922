"""Change sets: the files in which a CRM says what it wants changed, as rows of text.

CSV, TSV, NDJSON and Parquet, or what a query makes of one of them or of a DuckDB database. Whatever the
file's own types are, a cell is text, by its digits, or a list of texts; what it means is decided by those
who have a mapping. Cells are personal data: no text of a fault shows one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from io import BufferedReader
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ucsync.model import InputUnusable, Misused
from ucsync.store.csv_rows import TAB, check_names, read_csv
from ucsync.store.ndjson_rows import read_ndjson
from ucsync.store.selecting import only_selects

ROWS_MAX: Final = 5_000_000
BYTES_MAX: Final = 2**31

#: The name under which a query sees the rows of a file.
VIEW: Final = "changes"
_DATABASES: Final = (".duckdb", ".ddb")
_SPREADSHEETS: Final = (".xls", ".xlsx", ".xlsm", ".ods", ".numbers")
_CONFIG: Final[dict[str, str | bool | int | float | list[str]]] = {
    "TimeZone": "UTC",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "python_enable_replacements": False,
}
_QUOTED: Final = re.compile(r"""["'].*["']""")
_OF_THE_QUERY: Final = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """The rows of a change set, all in memory.

    Attributes:
        columns: their names, each once.
        rows: how many.
        sha256: of the file, and of the query where there is one: the same rows have the same.
    """

    columns: tuple[str, ...]
    rows: int
    sha256: str
    _table: Any = field(repr=False)

    def cells(
        self, positions: Sequence[int], columns: Sequence[str] | None = None
    ) -> list[dict[str, str | list[str] | None]]:
        """Rows by the names of their columns.

        Args:
            positions: of the rows, from 0, in the order wanted.
            columns: those that are needed; None for all.
        """
        names = list(self.columns if columns is None else columns)
        chosen = self._table.select(names).take(pa.array(positions, pa.int64()))
        values = [_plain(column) for column in chosen.columns]
        return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]

    def column(self, name: str) -> Any:
        """One column as an Arrow array in chunks: of text, or of lists of texts."""
        return self._table[name]


def _plain(column: Any) -> list[Any]:
    held: list[Any] = column.to_pylist()
    if pa.types.is_list(column.type):  # null among names says nothing
        return [cell and [name for name in cell if name is not None] for cell in held]
    return held


def open_change_set(path: Path, sql: str | None) -> ChangeSet:
    """Read a change set.

    Args:
        path: of a .csv, .tsv, .ndjson, .jsonl or .parquet file, or with `sql` of a .duckdb database.
        sql: one statement that selects the rows; it sees a file as the view `changes`, a database's
            tables by their own names.

    Raises:
        InputUnusable: it cannot be read as what it is named; with the line where that is known.
        Misused: the query is none that selects, or DuckDB refuses it.
    """
    suffix = path.suffix.lower()
    reader = _READERS.get(suffix)
    if suffix in _DATABASES and sql is None:
        raise InputUnusable(f"{path}: a database; say with --sql which rows are the changes")
    if reader is None and suffix not in _DATABASES:
        known = ", ".join((*_READERS, *_DATABASES))
        mend = "save it as CSV in UTF-8" if suffix in _SPREADSHEETS else f"its name ends in none of {known}"
        raise InputUnusable(f"{path}: no kind of file that is read here; {mend}")
    with _naming(path), path.open("rb") as file:
        if path.stat().st_size > BYTES_MAX:
            raise InputUnusable(f"larger than {BYTES_MAX} bytes; split it")
        digest = file_digest(file, "sha256").hexdigest()
        file.seek(0)
        table: Any = reader(file) if reader else None
        if sql is not None:
            digest = sha256(f"{digest}\n{sql}".encode()).hexdigest()
            table = _asked(path, table, sql)
        check_names(table.column_names)
        if len(table) > ROWS_MAX:
            raise InputUnusable(f"more than {ROWS_MAX} rows; split it")
        return ChangeSet(tuple(table.column_names), len(table), digest, _all_text(table))


def _csv(file: BufferedReader) -> Any:
    return read_csv(file, None)


def _tsv(file: BufferedReader) -> Any:
    return read_csv(file, TAB)


def _parquet(file: BufferedReader) -> Any:
    try:
        return pq.ParquetFile(file).read()
    except (pa.ArrowException, OSError) as fault:
        raise InputUnusable(f"not Parquet, or damaged ({type(fault).__name__})") from None


_READERS: Final[dict[str, Callable[[BufferedReader], Any]]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".ndjson": read_ndjson,
    ".jsonl": read_ndjson,
    ".parquet": _parquet,
}


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Puts the file's name before what is wrong with it."""
    try:
        yield
    except InputUnusable as fault:
        raise InputUnusable(f"{path}: {fault}") from None
    except (OSError, ValueError) as fault:  # ValueError: a path that holds NUL
        reason = getattr(fault, "strerror", None) or type(fault).__name__
        raise InputUnusable(f"{path}: cannot be read ({reason})") from None


def _all_text(table: Any) -> Any:
    """The same table with each cell as text or as a list of texts."""
    columns = [_as_text(name, column) for name, column in zip(table.column_names, table.columns, strict=True)]
    return pa.table(columns, names=table.column_names).combine_chunks()


def _as_text(name: str, column: Any) -> Any:
    kind = column.type
    if pa.types.is_floating(kind):
        column = pc.if_else(pc.is_nan(column), None, column)  # as pandas writes what is missing
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    of_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    within = kind.value_type if of_list else kind
    if pa.types.is_nested(within) or pa.types.is_binary(within) or pa.types.is_large_binary(within):
        mend = "leave it out, or take it apart, by a query with --sql"
        raise InputUnusable(f"column {name!r} holds {kind}, which is neither text nor a number; {mend}")
    try:
        return column.cast(pa.list_(pa.string()) if of_list else pa.string())
    except pa.ArrowException:
        raise InputUnusable(f"column {name!r} holds {kind}, which cannot be read as text") from None


def _asked(path: Path, table: Any, sql: str) -> Any:
    """What a query finds."""
    database = ":memory:" if table is not None else str(path)
    with _asking(), duckdb.connect(database, read_only=table is None, config=_CONFIG) as connection:
        if table is not None:
            connection.register(VIEW, table)
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or not only_selects(connection, statements[0]):
            raise Misused("--sql: one statement, and one that selects")
        found = connection.sql(statements[0].query)
        check_names(found.columns)
        return found.limit(ROWS_MAX + 1).to_arrow_table()


@contextmanager
def _asking() -> Iterator[None]:
    """What DuckDB says, without the values that it may quote."""
    try:
        yield
    except duckdb.IOException:
        raise InputUnusable("not a DuckDB database, or another program has it open") from None
    except (duckdb.Error, pa.ArrowException) as fault:
        words = " ".join(str(fault).partition("\n\nLINE")[0].split())
        shown = words if isinstance(fault, _OF_THE_QUERY) else _QUOTED.sub("'…'", words)
        raise Misused(f"--sql: {shown}") from None
