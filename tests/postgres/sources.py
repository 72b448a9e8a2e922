"""Relations with values of every type, and with many rows, as an export is given them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from ucsync.model import Tier
from ucsync.store.exporting import SETTINGS
from ucsync.store.postgres_rows import Shape, shape_of
from ucsync.store.postgres_tables import Mark

MARK: Final = Mark(merchant="shop", tier=Tier.STANDARD, snapshot="20261122T031500Z-9f3c21aa")
NEWER: Final = Mark(merchant="shop", tier=Tier.STANDARD, snapshot="20261123T031500Z-0f3c21aa")

#: Each a name, the expression of a value in DuckDB, and what Postgres has to say it is.
VALUES: Final = {
    "yes": ("true", "boolean", "true"),
    "tiny": ("(-128)::TINYINT", "smallint", "-128"),
    "whole": ("2147483647::INTEGER", "integer", "2147483647"),
    "long": ("(-9223372036854775808)::BIGINT", "bigint", "-9223372036854775808"),
    "unsigned": ("18446744073709551615::UBIGINT", "numeric", "18446744073709551615"),
    "vast": (
        "170141183460469231731687303715884105727::HUGEINT", "numeric",
        "170141183460469231731687303715884105727",
    ),
    "money": (
        "12345678901234567890123456789.123456789::DECIMAL(38, 9)", "numeric(38,9)",
        "12345678901234567890123456789.123456789",
    ),
    "price": ("99.90::DECIMAL(9, 2)", "numeric(9,2)", "99.90"),
    "real": ("0.1::DOUBLE + 0.2::DOUBLE", "double precision", "0.30000000000000004"),
    "none": ("'nan'::DOUBLE", "double precision", "NaN"),
    "endless": ("'-inf'::DOUBLE", "double precision", "-Infinity"),
    "text": (r"'tab' || chr(9) || 'line' || chr(10) || chr(13) || '\N \. \\ \t ''\"'", "text", None),
    "empty": ("''", "text", ""),
    "missing": ("NULL::VARCHAR", "text", None),
    "backslash": (r"'\N'", "text", r"\N"),
    "end": (r"'\.'", "text", r"\."),
    "script": ("'Zoë 北京 🙂 ' || chr(8232)", "text", "Zoë 北京 🙂 \u2028"),
    "day": ("DATE '2026-11-22'", "date", "2026-11-22"),
    "clock": ("TIME '03:15:00.25'", "time without time zone", "03:15:00.25"),
    "at": (
        "TIMESTAMPTZ '2026-11-22 04:15:00.250001+01'", "timestamp with time zone",
        "2026-11-22 03:15:00.250001+00",
    ),
    "naive": ("TIMESTAMP '1969-12-31 23:59:59.999999'", "timestamp without time zone",
              "1969-12-31 23:59:59.999999"),
    "kind": ("'b'::ENUM('a', 'b')", "text", "b"),
    "id": ("'0f2b0f0e-6f0c-4c0a-9c0d-0123456789ab'::UUID", "uuid", "0f2b0f0e-6f0c-4c0a-9c0d-0123456789ab"),
    "raw": (r"'\x00\xFF'::BLOB", "bytea", r"\x00ff"),
    "json": ("'{\"a\":1.10,\"a\":2}'::JSON", "json", '{"a":1.10,"a":2}'),
    "nested": (
        "{'total': 0.100000000::DECIMAL(38, 9), 'at': TIMESTAMPTZ '2026-11-22 03:15:00+00', "
        "'rows': [{'text': 'a\"b\\' || chr(10), 'of': NULL}, NULL], 'nan': 'nan'::DOUBLE, 'none': []}",
        "jsonb",
        '{"at": "2026-11-22T03:15:00.000000Z", "nan": "nan", "none": [], "rows": [{"of": null, "text": '
        '"a\\"b\\\\\\n"}, null], "total": 0.100000000}',
    ),
    "texts": ("['', NULL, '\\u0000 is not NUL']", "jsonb", '["", null, "\\\\u0000 is not NUL"]'),
    "no_list": ("NULL::INTEGER[]", "jsonb", None),
}  # fmt: skip


@contextmanager
def source() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse in memory: `kinds` with a row of `VALUES`, one of nulls; `many`; `people`."""
    with duckdb.connect(config=SETTINGS) as connection:
        told = ", ".join(f'{of} AS "{name}"' for name, (of, _, _) in VALUES.items())
        connection.execute(f"CREATE TABLE kinds AS SELECT {told}")
        nulls = ", ".join(f'NULL AS "{name}"' for name in VALUES)
        connection.execute(f"INSERT INTO kinds SELECT {nulls}")
        connection.execute("CREATE SCHEMA dw")
        connection.execute(
            "CREATE VIEW dw.many AS SELECT i AS customer_profile_oid, 'name ' || i AS name, [i, i] AS pair "
            "FROM range(5000) r(i)"
        )
        connection.execute("CREATE TABLE people (customer_profile_oid INTEGER, name VARCHAR, tags VARCHAR[])")
        connection.execute("INSERT INTO people VALUES (1, 'Ann', ['a']), (2, 'Bob', []), (3, NULL, NULL)")
        yield connection


def shapes(connection: duckdb.DuckDBPyConnection, *views: str) -> list[Shape]:
    """Of these views, each with a purpose."""
    return [shape_of(connection, view, 'One row a thing; it\'s "quoted".') for view in views]


def rows_of(database: Any, table: str) -> list[tuple[Any, ...]]:
    """All of a table, its columns as text."""
    found: list[tuple[Any, ...]] = database.execute(f"SELECT t::text FROM {table} t ORDER BY 1").fetchall()  # noqa: S608  (a name from a test)
    return found


def digest_of(database: Any, table: str) -> tuple[int, str]:
    """How many rows a table has, and what tells them from others."""
    query = (
        f"SELECT count(*), md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM {table} t"  # noqa: S608  (a name from a test)
    )
    count, digest = database.execute(query).fetchone()
    return count, digest


def write_warehouse(path: Path) -> None:
    """The same in a file, for a process of its own."""
    with source() as connection:
        connection.execute(f"ATTACH '{path}' AS file")
        connection.execute("COPY FROM DATABASE memory TO file")
