"""What of a person leaves with tables of Postgres: at standard nothing."""

from pathlib import Path

import pytest

from tests.postgres.server import Server
from tests.store.warehouse.marked import MARK, marked_nights
from ucsync.model import Secret, Tier
from ucsync.store.postgres import connected, export_tables
from ucsync.store.postgres_rows import shape_of
from ucsync.store.postgres_tables import Mark
from ucsync.store.warehouse import open_warehouse


def telling(server: Server, path: Path) -> set[str]:
    """The tables in which the mark can be read, when all views are exported."""
    with open_warehouse(path) as warehouse, connected(Secret(server.conninfo)) as database:
        about = warehouse.about
        mark = Mark(merchant=about.merchant, tier=about.tier, snapshot=about.snapshot)
        found = {view.name.rpartition(".")[2]: view for view in warehouse.views}
        views = [shape_of(warehouse.connection, view.name, view.purpose) for view in found.values()]
        counts = export_tables(database, warehouse.connection, views, mark, schema="shop", force=True)
        told = set()
        for view, count in zip(views, counts, strict=True):
            with database.cursor() as cursor, cursor.copy(f"COPY shop.{view.table} TO STDOUT") as copy:
                text = b"".join(map(bytes, copy)).lower()
            assert text.count(b"\n") == count.rows
            told |= {view.table} if MARK.encode() in text else set()
        return told


@pytest.mark.parametrize("tier", [Tier.STANDARD, Tier.HIGH])
def test_at_standard_no_table_tells_a_person(server: Server, tmp_path: Path, tier: Tier) -> None:
    nights = marked_nights(tmp_path)
    try:
        found = telling(server, nights.build(tier))
    finally:
        with server.connect() as owner:
            owner.execute("DROP SCHEMA IF EXISTS shop CASCADE")
    least = {"customers", "customer_history", "billing_addresses", "uc_customers"}
    assert found >= least if tier is Tier.HIGH else found == set()
