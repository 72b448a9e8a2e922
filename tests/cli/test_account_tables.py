"""Commands on a lake with exports of accounts: they find them, rebuild what is older, and verify them."""

import csv
import io
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import OID, ORDERS, Portal, Shop
from tests.store.faulty import QuickFiles
from tests.store.lake_accounts import put, rows_of
from ucsync.store.account_lake import ACCOUNTS, TABLES, remove_accounts


@pytest.fixture
def place(shop: Shop) -> Shop:
    """A shop with the export of one customer's account."""
    put(shop.lake, OID, rows_of(OID, orders=3))
    return shop


def test_sql_has_views_of_them_and_says_how_to_get_them_where_there_are_none(place: Shop) -> None:
    done = place.run("sql", "SELECT count(*) AS n FROM orders JOIN customers USING (customer_profile_oid)")
    assert (done.code, done.out.split()) == (0, ["n", "3"])
    listed = place.run("sql", typed=".tables\n").out
    assert all(f"\n{table} " in f"\n{listed}" for table in TABLES)
    remove_accounts(QuickFiles(), place.lake, [OID])
    done = place.run("sql", "SELECT count(*) AS n FROM orders")
    assert done.code == 2
    assert "there is no orders in the lake yet; `ucsync account export --into-lake` brings" in done.err
    assert "orders" not in place.run("sql", typed=".tables\n").out


def exported(shop: Shop, folder: Path) -> list[dict[str, str]]:
    """The orders, as a spreadsheet gets them."""
    target = folder / "orders.csv"
    done = shop.run("export", "orders", "--to", "csv", "--out", str(target), "--force")
    assert done.code == 0, done.err
    return list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8"))))


def test_an_export_of_orders_is_never_older_than_the_accounts_in_the_lake(shop: Shop, tmp_path: Path) -> None:
    assert shop.run("warehouse", "build").code == 0
    assert exported(shop, tmp_path) == []
    heading = (tmp_path / "orders.csv").read_text(encoding="utf-8").split(",")
    assert {"customer_profile_oid", "orderId", "email_hash", "total"} <= set(heading)
    put(shop.lake, OID, rows_of(OID, orders=2))
    stale = "an export of an account has come into the lake since, or gone"
    shown = shop.run("warehouse", "show", "--json")
    assert (shown.code, shown.told["stale"]) == (3, stale)
    assert stale in shop.run("sql", "--warehouse", "FROM orders").err
    rows = exported(shop, tmp_path)
    assert [row["orderId"] for row in rows] == [f"DEMO-{OID}-{number}" for number in range(2)]
    assert "email" not in rows[0]
    assert rows[0]["email_hash"]
    assert shop.run("warehouse", "show").code == 0
    remove_accounts(QuickFiles(), shop.lake, [OID])
    assert exported(shop, tmp_path) == []


def test_verify_looks_at_every_byte_of_them(place: Shop) -> None:
    put(place.lake, OID + 1)
    done = place.run("snapshots", "verify")
    assert done.code == 0
    assert "2 account exports: as they were published" in done.out
    path = place.lake / ACCOUNTS / str(OID) / "cases.parquet"
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(data)
    done = place.run("snapshots", "verify", "--json")
    assert (done.code, done.told["faults"], done.told["accounts"]) == (74, [], 2)
    fault = f"accounts/{OID}/cases.parquet: not the bytes that were written"
    assert done.told["account_faults"] == [fault]
    said = place.run("snapshots", "verify").out
    assert "is as it was published" in said
    assert f"2 account exports: DAMAGED\n  {fault}" in said
    older = place.snapshots()[0].name
    done = place.run("snapshots", "verify", older, "--json")  # an older snapshot knew nothing of them
    assert (done.code, done.told["accounts"], done.told["account_faults"]) == (0, 0, [])


def test_a_forgotten_customers_orders_are_in_nothing_that_is_built_anew(place: Shop, tmp_path: Path) -> None:
    put(place.lake, OID + 1, rows_of(OID + 1, orders=1))
    assert len(exported(place, tmp_path)) == 4
    told = place.run("forget", "demo", str(OID), "--dry-run", "--json").told
    assert told["would"]["accounts"] == [f"accounts/{OID}"]
    done = place.run("forget", "demo", str(OID), "--confirm", told["confirm"], "--json")
    assert done.code == 0, done.told
    assert done.told["erased"]["accounts"] == [f"accounts/{OID}"]
    assert done.told["rebuilt"] == ["warehouse.duckdb"]
    assert not (tmp_path / "orders.csv").exists()  # it was registered
    assert [row["customer_profile_oid"] for row in exported(place, tmp_path)] == [str(OID + 1)]
    assert place.run("snapshots", "verify").code == 0


def test_an_account_is_exported_asked_and_forgotten_with_its_archive(portal: Portal) -> None:
    assert portal.run("sync").code == 0
    done = portal.account("--into-lake", "--zip")
    assert done.code == 0, done.err
    query = "SELECT count(*) AS n FROM orders JOIN customers USING (customer_profile_oid, email)"
    assert portal.run("sql", query).out.split() == ["n", str(ORDERS)]
    assert portal.run("snapshots", "verify").code == 0
    places = [str(path) for path in (*portal.jo.rglob("*"), portal.folder / "jo.zip") if path.is_file()]
    assert len(places) > 20
    told = portal.run("forget", str(OID), "--dry-run", "--json").told
    assert told["would"]["accounts"] == [f"accounts/{OID}"]
    assert sorted(told["would"]["written"]) == sorted(places)
    done = portal.run("forget", str(OID), "--confirm", told["confirm"], "--json")
    assert (done.code, done.told["proof"]["found_in"]) == (0, {})
    assert sorted(done.told["erased"]["written"]) == sorted(places)
    assert list(portal.jo.iterdir()) == []
    before = portal.sent()
    refused = portal.account("--into-lake", "--force")
    assert (refused.code, portal.sent()) == (4, before)
    assert "was forgotten" in refused.err
    assert not (portal.lake / ACCOUNTS / str(OID)).exists()


def test_doctor_status_and_sync_pass_by_them(place: Shop) -> None:
    (place.lake / ACCOUNTS / ".7.new").mkdir()
    for words in (("status",), ("doctor",), ("snapshots", "list"), ("snapshots", "prune"), ("sync",)):
        done = place.run(*words)
        assert done.code == 0, (words, done.out, done.err)
    orders = place.lake / ACCOUNTS / str(OID) / "orders.parquet"
    orders.chmod(0o644)
    for folder in list(orders.parents)[:4]:  # up to that of all lakes
        folder.chmod(0o711)
    assert "any user of this machine can read" in place.run("doctor").out
    shutil.rmtree(place.lake / ACCOUNTS)
    assert place.run("doctor").code == 0
