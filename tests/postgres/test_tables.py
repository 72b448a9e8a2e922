"""Views become tables of Postgres: exact, all at once, and without taking what is not ours."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import duckdb
import psycopg
import pytest

from tests.postgres.server import PASSWORD, Server
from tests.postgres.sources import MARK, NEWER, VALUES, rows_of, shapes, source
from ucsync.model import Busy, DatabaseRefused, Guarded, Misused, Secret, Tier
from ucsync.store.postgres import Filled, connected, export_tables, place_of
from ucsync.store.postgres_tables import Mark


@pytest.fixture
def database(server: Server) -> Iterator[Any]:
    with connected(Secret(server.conninfo)) as opened:
        yield opened
        opened.execute("DROP SCHEMA IF EXISTS shop CASCADE")


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with source() as connection:
        yield connection


def put(
    database: Any, warehouse: duckdb.DuckDBPyConnection, *views: str, mark: Mark = MARK, **more: Any
) -> list[int]:
    """Export views; how many rows each has."""
    made = shapes(warehouse, *views)
    return [of.rows for of in export_tables(database, warehouse, made, mark, schema="shop", **more)]


def test_every_value_is_the_same_in_postgres(database: Any, warehouse: duckdb.DuckDBPyConnection) -> None:
    assert put(database, warehouse, "kinds") == [2]
    columns = database.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
        "WHERE attrelid = 'shop.kinds'::regclass AND attnum > 0 ORDER BY attnum"
    ).fetchall()
    assert columns == [(name, kind) for name, (_, kind, _) in VALUES.items()]
    shown = ", ".join(f'"{name}"::text' for name in VALUES)
    with database.transaction():
        database.execute("SET LOCAL TimeZone = 'UTC'")
        full, empty = database.execute(f"SELECT {shown} FROM shop.kinds ORDER BY yes").fetchall()  # noqa: S608  (names from above)
    assert set(empty) == {None}
    wanted = {name: told for name, (_, _, told) in VALUES.items()}
    wanted["text"] = "tab\tline\n\r\\N \\. \\\\ \\t '\\\""
    assert dict(zip(VALUES, full, strict=True)) == wanted


def test_rows_are_all_there_and_the_table_says_where_from(
    database: Any, warehouse: duckdb.DuckDBPyConnection
) -> None:
    seen: list[tuple[str, int]] = []
    counts = put(database, warehouse, "dw.many", "people", watch=lambda view, rows: seen.append((view, rows)))
    assert counts == [5_000, 3]
    assert (seen[0], seen[-2], seen[-1]) == (("dw.many", 2_048), ("dw.many", 5_000), ("people", 3))
    query = "SELECT count(*), sum(customer_profile_oid), count(DISTINCT name) FROM shop.many"
    assert database.execute(query).fetchone() == (5_000, 5_000 * 4_999 // 2, 5_000)
    told = database.execute("SELECT obj_description('shop.people'::regclass)").fetchone()
    assert told == (
        'One row a thing; it\'s "quoted". Written by ucsync: merchant shop, tier standard, '
        "snapshot 20261122T031500Z-9f3c21aa.",
    )
    assert place_of(database, "shop", "people").startswith("postgresql:///")
    assert PASSWORD not in place_of(database, "shop", "people")


def test_a_view_without_rows_is_a_table_without_rows(
    database: Any, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute("DELETE FROM people")
    assert put(database, warehouse, "people") == [0]
    assert rows_of(database, "shop.people") == []


def test_nul_is_an_error_that_names_column_and_customers_unless_it_may_be_replaced(
    database: Any, warehouse: duckdb.DuckDBPyConnection
) -> None:
    put(database, warehouse, "people")
    warehouse.execute("UPDATE people SET name = 'A' || chr(0) || 'nn' WHERE customer_profile_oid = 1")
    warehouse.execute("UPDATE people SET tags = ['x', chr(0) || chr(0)] WHERE customer_profile_oid >= 2")
    before = rows_of(database, "shop.people")
    with pytest.raises(Guarded) as stopped:
        put(database, warehouse, "people", mark=NEWER)
    assert str(stopped.value) == (
        "view people holds the character NUL, which Postgres cannot: column name in 1 rows, of customers 1; "
        "column tags in 2 rows, of customers 2, 3; nothing was exported"
    )
    assert "--replace-nul" in stopped.value.mend
    assert rows_of(database, "shop.people") == before
    told = export_tables(
        database, warehouse, shapes(warehouse, "kinds", "people"), NEWER, schema="shop", replace_nul=True
    )
    assert told == [Filled(rows=2, replaced=0), Filled(rows=3, replaced=3)]
    found = database.execute("SELECT name, tags FROM shop.people ORDER BY 1").fetchall()
    assert found == [("A\ufffdnn", ["a"]), ("Bob", ["x", "\ufffd\ufffd"]), (None, ["x", "\ufffd\ufffd"])]


def test_a_type_without_an_exact_form_is_refused_by_name(
    database: Any, warehouse: duckdb.DuckDBPyConnection
) -> None:
    warehouse.execute("CREATE VIEW odd AS SELECT INTERVAL 1 DAY AS span")
    with pytest.raises(Misused, match="column span is of the type INTERVAL"):
        put(database, warehouse, "odd")
    warehouse.execute(f"CREATE VIEW wide AS SELECT 1 AS {'x' * 64}")
    with pytest.raises(Misused, match="a name of more than 63 bytes"):
        put(database, warehouse, "wide")
    assert database.execute("SELECT to_regnamespace('shop')").fetchone() == (None,)


def test_the_new_table_has_the_owner_and_the_grants_of_the_old_one(
    database: Any, warehouse: duckdb.DuckDBPyConnection
) -> None:
    put(database, warehouse, "people")
    database.execute('DROP ROLE IF EXISTS analyst, "o\'dd", keeper')
    for role in ("analyst", '"o\'dd"', "keeper"):
        database.execute(f"CREATE ROLE {role}")
    database.execute('GRANT SELECT ON shop.people TO analyst, "o\'dd"')
    database.execute("GRANT UPDATE ON shop.people TO analyst WITH GRANT OPTION")
    database.execute("ALTER TABLE shop.people OWNER TO keeper")
    # what a new table of this schema would give to everybody, this one does not
    database.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO PUBLIC")
    wanted = database.execute("SELECT relacl::text, oid FROM pg_class WHERE relname = 'people'").fetchone()
    warehouse.execute("ALTER TABLE people ADD COLUMN more INTEGER DEFAULT 7")
    put(database, warehouse, "people", mark=NEWER)
    found = database.execute("SELECT relacl::text, oid FROM pg_class WHERE relname = 'people'").fetchone()
    assert sorted(found[0]) == sorted(wanted[0])
    assert found[1] != wanted[1]
    assert database.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'people'").fetchone() == (
        "keeper",
    )
    assert database.execute("SELECT sum(more) FROM shop.people").fetchone() == (21,)
    assert "20261123T031500Z" in str(
        database.execute("SELECT obj_description('shop.people'::regclass)").fetchone()
    )
    database.execute("DROP SCHEMA shop CASCADE")
    database.execute('DROP ROLE analyst, "o\'dd", keeper')


@pytest.mark.parametrize(
    "carried",
    [
        "CREATE INDEX by_name ON shop.people (name)",
        "CREATE VIEW shop.names AS SELECT name FROM shop.people",
        "CREATE POLICY p ON shop.people USING (true)",
        "ALTER TABLE shop.people ENABLE ROW LEVEL SECURITY",
        "GRANT SELECT (name) ON shop.people TO PUBLIC",
        "CREATE STATISTICS shop.s ON customer_profile_oid, name FROM shop.people",
    ],
)
def test_a_table_that_carries_more_is_filled_anew_where_it_is(
    database: Any, warehouse: duckdb.DuckDBPyConnection, carried: str
) -> None:
    put(database, warehouse, "people")
    database.execute(carried)
    (before,) = database.execute("SELECT 'shop.people'::regclass::oid").fetchone()
    warehouse.execute("UPDATE people SET name = 'Cleo' WHERE customer_profile_oid = 1")
    assert put(database, warehouse, "people", mark=NEWER) == [3]
    assert database.execute("SELECT 'shop.people'::regclass::oid").fetchone() == (before,)
    names = database.execute("SELECT name FROM shop.people ORDER BY 1").fetchall()
    assert names == [("Bob",), ("Cleo",), (None,)]
    tables = database.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'shop'").fetchone()
    assert tables == (1,)
    warehouse.execute("ALTER TABLE people DROP COLUMN tags")
    with pytest.raises(Guarded, match="the view has other columns now"):
        put(database, warehouse, "people", mark=NEWER, force=True)
    assert len(rows_of(database, "shop.people")) == 3


def test_a_reader_who_does_not_end_is_not_waited_for_for_ever(
    server: Server, database: Any, warehouse: duckdb.DuckDBPyConnection
) -> None:
    put(database, warehouse, "people")
    (before,) = database.execute("SELECT 'shop.people'::regclass::oid").fetchone()
    with server.connect() as reader, reader.transaction():
        seen = rows_of(reader, "shop.people")
        warehouse.execute("DELETE FROM people")
        assert put(database, warehouse, "people", mark=NEWER, wait_ms=1) == [0]
        assert rows_of(database, "shop.people") == []
        assert seen
    assert database.execute("SELECT 'shop.people'::regclass::oid").fetchone() == (before,)


def test_what_is_not_ours_is_replaced_only_when_that_is_asked_for(
    database: Any, warehouse: duckdb.DuckDBPyConnection
) -> None:
    database.execute("CREATE SCHEMA shop")
    database.execute("CREATE TABLE shop.people (mine TEXT)")
    with pytest.raises(Guarded, match=r"shop\.people was not written by ucsync; nothing was exported"):
        put(database, warehouse, "kinds", "people")
    assert database.execute("SELECT to_regclass('shop.kinds'), count(*) FROM shop.people").fetchone() == (
        None,
        0,
    )
    put(database, warehouse, "people", force=True)
    with pytest.raises(Guarded, match=r"holds the customers of shop; nothing"):
        put(database, warehouse, "people", mark=replace(MARK, merchant="other"))
    with pytest.raises(Guarded, match="whoever may read it would see the tier medium"):
        put(database, warehouse, "people", mark=replace(MARK, tier=Tier.MEDIUM))
    put(database, warehouse, "people", mark=replace(MARK, tier=Tier.MEDIUM), force=True)
    put(database, warehouse, "people")
    database.execute("DROP TABLE shop.people")
    database.execute("CREATE VIEW shop.people AS SELECT 1 AS one")
    with pytest.raises(Guarded, match="is no plain table; it is never replaced"):
        put(database, warehouse, "people", force=True)


def test_two_exports_at_once_do_not_meet(
    server: Server, database: Any, warehouse: duckdb.DuckDBPyConnection
) -> None:
    def other(view: str, rows: int) -> None:
        with connected(Secret(server.conninfo)) as second, source() as again, pytest.raises(Busy):
            put(second, again, "people")

    assert put(database, warehouse, "people", watch=other) == [3]


def test_another_encoding_is_refused(server: Server, warehouse: duckdb.DuckDBPyConnection) -> None:
    with server.connect() as owner:
        owner.execute("CREATE DATABASE old ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    conninfo = server.conninfo.replace("dbname=postgres", "dbname=old")
    with connected(Secret(conninfo)) as database, pytest.raises(Misused, match="encoding SQL_ASCII"):
        put(database, warehouse, "people")
    with server.connect() as owner:
        owner.execute("DROP DATABASE old")


def test_who_may_not_write_is_told_so_and_no_password_is_shown(
    server: Server, database: Any, warehouse: duckdb.DuckDBPyConnection
) -> None:
    database.execute(f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'")
    conninfo = server.conninfo.replace("user=owner", "user=reader")
    with connected(Secret(conninfo)) as theirs, pytest.raises(DatabaseRefused, match="permission denied"):
        put(theirs, warehouse, "people")
    database.execute("DROP ROLE reader")
    for wrong in (
        server.conninfo.replace(PASSWORD, "wrong-password"),
        server.conninfo.replace("user=owner", "user=nobody"),
        server.conninfo.replace("host=/", "host=/nowhere/"),
    ):
        with pytest.raises(DatabaseRefused) as refused, connected(Secret(wrong)):
            pass
        assert PASSWORD not in str(refused.value)
        assert "wrong-password" not in str(refused.value)
    with pytest.raises(Misused) as misused, connected(Secret(f"passwrod {PASSWORD}")):
        pass
    assert PASSWORD not in str(misused.value)


def test_an_error_of_postgres_shows_no_value(database: Any, warehouse: duckdb.DuckDBPyConnection) -> None:
    warehouse.execute(
        'CREATE TABLE bad AS SELECT (\'{"name":"Ann", "at":\' || i || \'}\') ::JSON AS of FROM range(2) r(i)'
    )
    put(database, warehouse, "bad")
    database.execute("ALTER TABLE shop.bad ADD CONSTRAINT c CHECK ((of->>'at')::int < 0) NOT VALID")
    with pytest.raises(DatabaseRefused) as refused:
        put(database, warehouse, "bad", mark=NEWER)
    assert "CheckViolation" in str(refused.value)
    assert "Ann" not in str(refused.value)
    assert len(rows_of(database, "shop.bad")) == 2
    assert json.loads(rows_of(database, "shop.bad")[0][0][1:-1].replace('""', '"')[1:-1])["name"] == "Ann"


def test_psycopg_says_itself_that_a_connection_is_autocommitting(database: "psycopg.Connection[Any]") -> None:
    assert database.autocommit
