"""Views of a warehouse as tables of a Postgres database: all of them new, or all as they were.

One transaction makes the tables, fills them and lets them take the places of the old ones. Whatever dies
before it is committed, here or there, the old tables stand and nothing of the new ones is left.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import duckdb

from ucsync.model import Busy, ConfigurationInvalid, DatabaseRefused, Misused, Secret
from ucsync.store.export_cells import quoted
from ucsync.store.postgres_rows import NulFound, Shape, check_name, lines, nul_found
from ucsync.store.postgres_tables import Mark, Standing, look, take_place

#: Seconds until a server that does not answer is given up.
_CONNECT_S: Final = 20

#: How long the place of a table is waited for before the table is filled where it is.
_WAIT_MS: Final = 10_000

#: What makes every session the same, whatever the server is set to. No policy may hide rows from a DELETE.
_SESSION: Final = (
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; "
    "SET LOCAL search_path = pg_catalog; SET LOCAL standard_conforming_strings = on; "
    "SET LOCAL row_security = off; SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL TimeZone = 'UTC'; "
    "SET LOCAL lock_timeout = "
)
_TURN: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('ucsync export ' || %s, 0))"
_SCHEMA: Final = "SELECT to_regnamespace(%s) IS NOT NULL"
_BUILDING: Final = ".new"

#: Classes of errors (SQLSTATE) that are about the database and not about a value.
_TOLD: Final = {"08", "0A", "28", "2B", "3D", "3F", "40", "42", "53", "54", "55", "57"}
_PLACE: Final = re.compile(r"COPY \S+, line (\d+)(?:, column (\w+))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What a table has: its rows, and in how many of them NUL was replaced."""

    rows: int
    replaced: int


@contextmanager
def connected(conninfo: Secret | None) -> Iterator[Any]:
    """A connection to Postgres, by psycopg.

    Args:
        conninfo: what libpq takes; None to go by its own environment (PGHOST, PGPASSFILE …).

    Raises:
        ConfigurationInvalid: psycopg is not installed.
        Misused: `conninfo` cannot be understood.
        DatabaseRefused: the server cannot be reached, or does not take us.
    """
    if not find_spec("psycopg"):
        raise ConfigurationInvalid("psycopg is not installed; `pip install 'ucsync[postgres]'` brings it")
    psycopg = import_module("psycopg")
    given = "" if conninfo is None else conninfo.reveal()
    try:
        told = import_module("psycopg.conninfo").conninfo_to_dict(given)
    except psycopg.ProgrammingError:  # its text may hold the password
        raise Misused("what should say which database is neither a URI nor `key=value` pairs") from None
    told.setdefault("connect_timeout", _CONNECT_S)
    told.setdefault("application_name", "ucsync export")
    with _speaking("connecting to Postgres"):
        database = psycopg.connect(**told, client_encoding="utf8", autocommit=True)
    with database:
        yield database


def place_of(database: Any, schema: str, table: str) -> str:
    """Where a table is, without user or password."""
    info = database.info
    return f"postgresql://{info.host}:{info.port}/{info.dbname}/{schema}/{table}"


def export_tables(
    database: Any,
    source: duckdb.DuckDBPyConnection,
    shapes: Sequence[Shape],
    mark: Mark,
    *,
    schema: str,
    force: bool = False,
    replace_nul: bool = False,
    wait_ms: int = _WAIT_MS,
    watch: Callable[[str, int], None] = lambda view, rows: None,
) -> list[Filled]:
    """Make a table of each view, in one transaction.

    Args:
        database: as `connected` gives it, or another connection of psycopg's that commits by itself.
        source: the warehouse.
        shapes: of the views.
        mark: what the tables tell of where they come from.
        schema: in which they are; made where it is missing.
        force: replace tables that ucsync has not written, or of another merchant or a lower tier.
        replace_nul: put U+FFFD in the place of NUL.
        wait_ms: how long to wait for somebody who reads or changes a table.
        watch: told the view under way, and how many of its rows are sent.

    Returns:
        What each table has now.

    Raises:
        Guarded: a table may not be replaced, or a text holds NUL.
        Busy: another export into this schema is under way.
        Misused: a column is of a type that Postgres has no exact form for.
        DatabaseRefused: Postgres refuses, or is gone.
        StorageFailed: the warehouse cannot be read.
    """
    check_name(schema)
    ready = False
    with _speaking("exporting to Postgres", lambda: ready):
        try:
            with database.transaction():
                database.execute(f"{_SESSION}{wait_ms:d}")
                standing = _begin(database, schema, shapes, mark, force=force)
                counts = []
                for shape in shapes:
                    with_nul = shape
                    counts.append(_fill(database, source, schema, shape, watch, replace_nul=replace_nul))
                for shape, old in zip(shapes, standing, strict=True):
                    take_place(database, schema, shape, f"{shape.table}{_BUILDING}", old, mark)
                ready = True
        except NulFound:
            raise nul_found(source, with_nul) from None
    return counts


def _begin(
    database: Any, schema: str, shapes: Sequence[Shape], mark: Mark, *, force: bool
) -> list[Standing | None]:
    encoding = database.execute("SHOW server_encoding").fetchone()[0]
    if encoding != "UTF8":
        raise Misused(f"export: the database has the encoding {encoding}; it has to be UTF8")
    if not database.execute(_TURN, (schema,)).fetchone()[0]:
        raise Busy(f"another export into the schema {schema} is under way")
    if not database.execute(_SCHEMA, (quoted(schema),)).fetchone()[0]:
        database.execute(f"CREATE SCHEMA {quoted(schema)}")
    standing = [look(database, schema, shape, mark, force=force) for shape in shapes]
    for shape in shapes:
        check_name(f"{shape.table}{_BUILDING}")
        database.execute(f"CREATE TABLE {_building(schema, shape)} ({shape.declared()})")
    return standing


def _fill(
    database: Any,
    source: duckdb.DuckDBPyConnection,
    schema: str,
    shape: Shape,
    watch: Callable[[str, int], None],
    *,
    replace_nul: bool,
) -> Filled:
    count, replaced, building = 0, 0, _building(schema, shape)
    with database.cursor() as cursor:
        with cursor.copy(f"COPY {building} FROM STDIN") as copy:
            for rows, nul, data in lines(source, shape, replace_nul=replace_nul):
                copy.write(data)
                count, replaced = count + rows, replaced + nul
                watch(shape.view, count)
        if cursor.rowcount != count:
            raise DatabaseRefused(f"Postgres has taken {cursor.rowcount:,} of {count:,} rows of {shape.view}")
    database.execute(f"ANALYZE {building}")
    return Filled(rows=count, replaced=replaced)


def _building(schema: str, shape: Shape) -> str:
    return f"{quoted(schema)}.{quoted(f'{shape.table}{_BUILDING}')}"


@contextmanager
def _speaking(what: str, committing: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """What Postgres says, in one line and without values."""
    psycopg = import_module("psycopg")
    try:
        yield
    except psycopg.Error as fault:
        if committing() and not fault.sqlstate:
            told = "the connection broke while all was committed: the old tables stand, or the new ones"
        else:
            told = _in_words(fault)
        raise DatabaseRefused(f"{what}: {told}") from None


def _in_words(fault: Any) -> str:
    if not fault.sqlstate:  # of the connection, without a value
        return " ".join(str(fault).splitlines()[0].split()) if str(fault) else type(fault).__name__
    words = f" ({fault.diag.message_primary})" if fault.sqlstate[:2] in _TOLD else ""
    found = _PLACE.search(fault.diag.context or "")
    column = f", column {found[2]}" if found and found[2] else ""
    place = f" in row {found[1]}{column}" if found else ""
    return f"{type(fault).__name__}{words}{place}"
