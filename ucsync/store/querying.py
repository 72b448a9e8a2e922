"""SQL over the current snapshot, by DuckDB in memory: the views of `sql/*.sql`, and nothing else.

The only files in reach are the Parquet files that the views read, and the only statements are those
that select. What a query finds is personal data: it goes to the caller and nowhere else. The views of
orders and cases are there where an account was exported into the lake.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from importlib.resources import files as resources
from itertools import chain
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ucsync.model import Misused, Receipt, UcsyncError
from ucsync.store.account_lake import TABLES as OF_ACCOUNTS
from ucsync.store.account_lake import LakeAccount, accounts_in
from ucsync.store.changes import CHANGES
from ucsync.store.changes import SCHEMA as CHANGES_SCHEMA
from ucsync.store.lake import Lake
from ucsync.store.lasting import damaged
from ucsync.store.merges import MERGES
from ucsync.store.merges import SCHEMA as MERGES_SCHEMA
from ucsync.store.parts import is_part
from ucsync.store.selecting import only_selects

#: Rows of an answer that are in memory at a time.
BATCH_ROWS: Final = 1000

#: Nothing is fetched, nothing of what is read is written, and no name of a query means a Python variable.
SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "TimeZone": "UTC",
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "python_enable_replacements": False,
}
#: DuckDB would draw on stdout when something takes more than two seconds; no option of `connect`.
NO_BAR: Final = "SET enable_progress_bar = false"
_VERIFY: Final = "`ucsync snapshots verify` says what is damaged"
_LEFT_OUT: Final = ("passes", "files", "aside", "backfill", "rewritten")  # of a receipt: what is no column
_INSTANT: Final = pa.timestamp("us", "UTC")
#: Files that snapshots add to, with their columns.
_HISTORY: Final = {CHANGES: CHANGES_SCHEMA, MERGES: MERGES_SCHEMA}
_COUNTS: Final = {"rows", "inserted", "updated", "deleted", "unchanged", "quarantined", "requests",
                  "requests_floor", "suppressed"}  # fmt: skip
_INSTANTS: Final = {"watermark", "started_at", "finished_at", "full_at"}


@dataclass(frozen=True, slots=True)
class View:
    """A view: its name, what a row of it is, and its SQL."""

    name: str
    purpose: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query finds.

    Attributes:
        columns: their names, each once.
        numeric: for each column whether it holds numbers.
        rows: to be read once; the cells as text, None for null.
    """

    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: Iterator[list[str | None]]


class Tables:
    """A merchant's customers as tables; see `open_tables`.

    Attributes:
        views: what there is.
        notes: what else a person should know of them, one line each.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        views: Sequence[View],
        catalog: str = "memory",
        notes: Sequence[str] = (),
    ) -> None:
        self._connection = connection
        self._catalog = catalog
        self.views = views
        self.notes = notes

    @contextmanager
    def ask(self, query: str, *, as_json: bool = False) -> Iterator[Answer | None]:
        """Run one statement; its rows can be read until the context is left.

        Args:
            query: SQL that selects; DESCRIBE, SUMMARIZE and SHOW TABLES do so, too.
            as_json: cells are JSON values, else text as a person reads it, nested values as JSON.

        Returns:
            The answer, None when the text holds no statement.

        Raises:
            Misused: not one statement that selects, or one that DuckDB refuses, here or while its rows
                are read.
            StorageFailed: a file of the lake is damaged, likewise.
        """
        with _speaking(), self._connection.cursor() as cursor:
            cursor.execute(f"USE {self._catalog}")  # else it would be where every connection begins
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            statements = cursor.extract_statements(query)
            if len(statements) > 1:
                raise Misused("sql: one statement at a time")
            if not all(only_selects(cursor, statement) for statement in statements):
                raise Misused("sql: only statements that select; the lake is never changed by SQL")
            yield _answer(cursor.sql(statements[0].query), as_json=as_json) if statements else None


@contextmanager
def open_tables(lake: Lake, receipts: Sequence[Receipt], current: Receipt) -> Iterator[Tables]:
    """The views over a merchant's snapshots.

    Args:
        lake: that has them.
        receipts: of all snapshots, oldest first.
        current: the receipt of the one whose full state is shown.

    Raises:
        StorageFailed: its full state is not there.
    """
    parts = [lake.path_of(current.snapshot) / entry.path for entry in current.files if is_part(entry)]
    if not parts or not all(part.is_file() for part in parts):
        raise damaged(f"the full state of snapshot {current.snapshot} is not all there", _VERIFY)
    history = {name: _all_of(lake, receipts, name) for name in _HISTORY}
    with duckdb.connect(config=SETTINGS) as connection:
        with _opening():
            connection.execute(NO_BAR)
            connection.execute("CREATE SCHEMA stored")
            connection.execute(f"CREATE VIEW stored.customers AS FROM {_reading(parts)}")
            for name, paths in history.items():
                _create_history(connection, name, paths)
            connection.from_arrow(receipts_table(receipts)).create("stored.receipts")
            accounts, notes = _create_accounts(connection, lake)
            found = [view for view in _views() if accounts or view.name not in OF_ACCOUNTS]
            for view in found:
                connection.execute(f"CREATE VIEW {view.name} AS {view.text}")
            allowed = [*parts, *chain.from_iterable(history.values()), *accounts]
            connection.execute(f"SET allowed_paths = {list_of(allowed)}")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET lock_configuration = true")
        yield Tables(connection, found, notes=notes)


def _all_of(lake: Lake, receipts: Sequence[Receipt], name: str) -> list[Path]:
    """The files of this name in all snapshots."""
    paths = (
        lake.path_of(receipt.snapshot) / entry.path
        for receipt in receipts
        for entry in receipt.files
        if entry.path == name
    )
    return [path for path in paths if path.is_file()]


def _create_history(connection: duckdb.DuckDBPyConnection, name: str, paths: Sequence[Path]) -> None:
    """What the files of all snapshots hold together, with the name of the file that each row is in."""
    stored = f"stored.{name.removesuffix('.parquet')}"
    if paths:
        reading = _reading(paths, "filename = true, union_by_name = true")
        connection.execute(f"CREATE VIEW {stored} AS FROM {reading}")
    else:
        named = _HISTORY[name].append(pa.field("filename", pa.string()))
        connection.from_arrow(named.empty_table()).create(stored)


def _create_accounts(connection: duckdb.DuckDBPyConnection, lake: Lake) -> tuple[list[Path], list[str]]:
    """What the exports of accounts hold together: their files, and what is to be said of others. One that
    cannot be read hides nothing of the rest."""
    held = accounts_in(lake.folder)
    sound, bad = list(held.sound), len(held.damaged)
    try:
        _show_accounts(connection, sound)
    except duckdb.Error:
        whole = [account for account in sound if _is_readable(account)]
        bad += len(sound) - len(whole)
        sound = whole
        _show_accounts(connection, sound)
    which = "export of an account is" if bad == 1 else "exports of accounts are"
    notes = [f"{bad} {which} damaged and left out; {_VERIFY}"] if bad else []
    return [account.path_of(table) for account in sound for table in OF_ACCOUNTS], notes


def _show_accounts(connection: duckdb.DuckDBPyConnection, accounts: Sequence[LakeAccount]) -> None:
    for table in OF_ACCOUNTS if accounts else ():
        reading = _reading([account.path_of(table) for account in accounts], "union_by_name = true")
        connection.execute(f"CREATE OR REPLACE VIEW stored.{table} AS FROM {reading}")


def _is_readable(account: LakeAccount) -> bool:
    try:
        for table in OF_ACCOUNTS:
            pq.read_metadata(account.path_of(table))
    except (pa.ArrowException, OSError):
        return False
    return True


def _views() -> list[View]:
    """All of them, in order of their names."""
    found = []
    for file in resources("ucsync.store").joinpath("sql").iterdir():
        text = file.read_text(encoding="utf-8")
        purpose = text.partition("\n")[0].removeprefix("-- ")
        found.append(View(file.name.removesuffix(".sql"), purpose, text))
    return sorted(found, key=lambda view: view.name)


def _answer(found: duckdb.DuckDBPyRelation, *, as_json: bool) -> Answer:
    kinds = [kind.id for kind in found.types]
    cell = _json_cell if as_json else _text_cell
    shown = ", ".join(f"{cell(f'#{number}', kind)} AS c{number}" for number, kind in enumerate(kinds, 1))
    reader = found.project(shown).to_arrow_reader(BATCH_ROWS)
    numeric = tuple(kind in _NUMERIC for kind in kinds)
    return Answer(_each_once(found.columns), numeric, _rows(reader))


def _rows(reader: Any) -> Iterator[list[str | None]]:
    try:
        for batch in reader:
            yield from (list(row) for row in zip(*(column.to_pylist() for column in batch), strict=True))
    except (pa.ArrowException, OSError) as fault:  # DuckDB's, on its way through Arrow
        raise _failure(fault) from None
    finally:
        with suppress(pa.ArrowException, OSError):
            reader.close()


_NUMERIC: Final = {
    "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint",
    "uhugeint", "float", "double", "decimal",
}  # fmt: skip
_ABOUT_THE_QUERY: Final = (
    duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException, duckdb.PermissionException,
    duckdb.SyntaxException,
)  # fmt: skip
#: How DuckDB begins; readers of Parquet within it speak otherwise.
_KIND: Final = re.compile(r"[A-Za-z ]+ Error: ")
_QUOTED: Final = re.compile(r"""["'].*["']""")
_NO_TABLE: Final = re.compile(r"Table with name (\w+) does not exist")
_INTO_LAKE: Final = "`ucsync account export --into-lake` brings a customer's orders and cases"
_NESTED: Final = {"struct", "list", "array", "map", "union"}


def _text_cell(value: str, kind: str) -> str:
    if kind in _NESTED:
        return f"to_json({value})::VARCHAR"
    if kind == "timestamp with time zone":
        return f"strftime({value}, '%Y-%m-%dT%H:%M:%S.%fZ')"
    return f"{value}::VARCHAR"


def _json_cell(value: str, kind: str) -> str:
    """Digits as they are; what JSON has no number for is text."""
    text = _text_cell(value, kind)
    if kind in _NESTED or kind == "boolean":
        return text
    if kind in ("float", "double"):
        return f"CASE WHEN isfinite({value}) THEN {text} ELSE to_json({text})::VARCHAR END"
    return text if kind in _NUMERIC else f"to_json({text})::VARCHAR"


def _each_once(names: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    told = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        told.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return tuple(told)


def receipts_table(receipts: Sequence[Receipt]) -> Any:
    """Receipts as an Arrow table, in their order, without what is no column."""
    names = [field.name for field in fields(Receipt) if field.name not in _LEFT_OUT]
    schema = pa.schema([(name, _type_of(name)) for name in names])
    return pa.Table.from_pylist(
        [{name: _plain(receipt, name) for name in names} for receipt in receipts], schema
    )


def _type_of(name: str) -> Any:
    if name == "reasons":
        return pa.list_(pa.string())
    return pa.int64() if name in _COUNTS else _INSTANT if name in _INSTANTS else pa.string()


def _plain(receipt: Receipt, name: str) -> object:
    held = getattr(receipt, name)
    return held.value if name in ("kind", "proof") else held


def _reading(paths: Sequence[Path], options: str = "") -> str:
    return f"read_parquet({list_of(paths)}{', ' if options else ''}{options})"


def list_of(paths: Sequence[Path]) -> str:
    """Paths as a list in SQL."""
    quoted = (str(path).replace("'", "''") for path in paths)
    return "[" + ", ".join(f"'{path}'" for path in quoted) + "]"


@contextmanager
def _opening() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as fault:
        raise damaged(f"opening the snapshot for SQL: {type(fault).__name__}", _VERIFY) from None


@contextmanager
def _speaking() -> Iterator[None]:
    """What DuckDB says in one line: to the person whose query it was."""
    try:
        yield
    except duckdb.Error as fault:
        raise _failure(fault) from None


def _failure(fault: Exception) -> UcsyncError:
    """What DuckDB says, itself or by Arrow: of the query, or of a file that cannot be read."""
    told = str(fault)
    if (named := _NO_TABLE.search(told)) and named[1].lower() in OF_ACCOUNTS:
        return Misused(f"sql: there is no {named[1]} in the lake yet; {_INTO_LAKE}")
    about_a_file = isinstance(fault, duckdb.IOException) or ".parquet" in told or not _KIND.match(told)
    if about_a_file and not isinstance(fault, _ABOUT_THE_QUERY):
        return damaged("sql: a file of the lake cannot be read", _VERIFY)
    return Misused(f"sql: {_first_words(fault)}")


def _first_words(fault: Exception) -> str:
    """In one line, without the drawing of the query; where it is about data, values are masked."""
    words = " ".join(str(fault).partition("\n\nLINE")[0].split())
    return words if isinstance(fault, _ABOUT_THE_QUERY) else _QUOTED.sub("'…'", words)
