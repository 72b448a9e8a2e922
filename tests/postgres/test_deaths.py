"""Whatever dies while tables are exported, here or there: the old ones stand, or the new ones are whole."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.postgres.mortal import AT_THE_END, IN_COPY, VIEWS
from tests.postgres.server import Server
from tests.postgres.sources import MARK, NEWER, digest_of, shapes, source, write_warehouse
from tests.ward import Ended, Ward
from ucsync.model import DatabaseRefused, Secret
from ucsync.store.postgres import connected, export_tables


@pytest.fixture
def before(server: Server) -> Iterator[dict[str, Any]]:
    """Tables that were exported, of rows that are no more in the warehouse."""
    with source() as old, connected(Secret(server.conninfo)) as database:
        old.execute("UPDATE people SET name = 'Old'")
        export_tables(database, old, shapes(old, *VIEWS), MARK, schema="shop")
    yield seen(server)
    with server.connect() as owner:
        owner.execute("DROP SCHEMA shop CASCADE")


def seen(server: Server) -> dict[str, Any]:
    """All that is in the schema: tables, their comments and rows."""
    with server.connect() as owner:
        tables = owner.execute(
            "SELECT relname, obj_description(oid) FROM pg_class "
            "WHERE relnamespace = 'shop'::regnamespace ORDER BY 1"
        ).fetchall()
        return {name: (comment, digest_of(owner, f'shop."{name}"')) for name, comment in tables}


def test_killed_at_any_statement_the_old_tables_stand(
    ward: Ward, server: Server, before: dict[str, Any], tmp_path: Path
) -> None:
    warehouse = tmp_path / "warehouse.duckdb"
    write_warehouse(warehouse)

    def export(*at: int) -> Ended:
        return ward.start("tests.postgres.mortal:export", str(warehouse), server.conninfo, *at).end()

    counted = export(0)
    assert counted.code == 0, counted.err
    statements, after = json.loads(counted.out), seen(server)
    assert set(after) == set(before) == {"people", "many"}
    assert after["people"] != before["people"]
    assert statements > 12
    with source() as old, connected(Secret(server.conninfo)) as database:
        old.execute("UPDATE people SET name = 'Old'")
        export_tables(database, old, shapes(old, *VIEWS), MARK, schema="shop")
    for at in (*range(1, statements + 1), IN_COPY):
        assert export(at).code == -signal.SIGKILL, at
        assert seen(server) == before, at
    assert export(AT_THE_END, statements).code == -signal.SIGKILL
    assert seen(server) == before
    assert export(0).code == 0
    assert seen(server) == after


@pytest.mark.parametrize("fatal", ["many", "people"])
def test_when_the_server_dies_half_way_the_old_tables_stand(
    server: Server, before: dict[str, Any], fatal: str
) -> None:
    def kill(view: str, rows: int) -> None:
        if view.endswith(fatal):
            server.kill()

    with source() as new, pytest.raises(DatabaseRefused), connected(Secret(server.conninfo)) as database:
        export_tables(database, new, shapes(new, *VIEWS), NEWER, schema="shop", watch=kill)
    server.restart()
    assert seen(server) == before
    with source() as new, connected(Secret(server.conninfo)) as database:
        filled = export_tables(database, new, shapes(new, *VIEWS), NEWER, schema="shop")
        assert [of.rows for of in filled] == [3, 5_000]
    assert NEWER.snapshot in seen(server)["many"][0]


def test_a_session_that_is_ended_by_its_server_changes_nothing(
    server: Server, before: dict[str, Any]
) -> None:
    def end(view: str, rows: int) -> None:
        with server.connect() as owner:
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'ucsync export'"
            )

    with (
        source() as new,
        pytest.raises(DatabaseRefused, match="exporting to Postgres:"),
        connected(Secret(server.conninfo)) as database,
    ):
        export_tables(database, new, shapes(new, *VIEWS), NEWER, schema="shop", watch=end)
    assert seen(server) == before
