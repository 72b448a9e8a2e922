"""`ucsync warehouse`, and SQL that asks the warehouse."""

import shutil
import stat
from pathlib import Path

import duckdb
import pytest

from tests.cli.conftest import CUSTOMERS, Shop
from ucsync.app import read_config, written_of
from ucsync.model import Tier
from ucsync.store import hold
from ucsync.warehousing import fresh_warehouse

COUNT = CUSTOMERS + 1


@pytest.fixture(scope="module")
def built(synced: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """With a warehouse; for tests that leave it as it is."""
    folder = tmp_path_factory.mktemp("built") / "shop"
    shutil.copytree(synced.folder, folder)
    shop = Shop(folder, synced.url)
    assert shop.run("warehouse", "build", key=None).code == 0
    return shop


def copy(shop: Shop, tmp_path: Path) -> Shop:
    shutil.copytree(shop.folder, tmp_path / "copy")
    return Shop(tmp_path / "copy", shop.url)


def test_it_is_built_without_key_or_server_and_says_what_it_has(synced: Shop, tmp_path: Path) -> None:
    shop = copy(synced, tmp_path)
    requests = shop.requests()
    told = shop.run("warehouse", "build", "demo", "--json", key=None).told
    path = shop.lake / "warehouse.duckdb"
    assert (told["path"], told["tier"], told["hashing"]) == (str(path), "standard", "hmac-sha256")
    assert (told["customers"], told["snapshot"]) == (COUNT, shop.snapshots()[-1].name)
    assert told["bytes"] == path.stat().st_size
    assert shop.requests() == requests
    assert stat.S_IMODE((shop.folder / "state" / "privacy" / "demo.key").stat().st_mode) == 0o600
    in_words = shop.run("warehouse", "show", key=None)
    assert in_words.code == 0
    assert in_words.out.startswith("demo: of the current snapshot\n")
    assert f"customers {COUNT:,} One row a customer" in " ".join(in_words.out.split())


def test_whoever_has_duckdb_can_read_it(built: Shop) -> None:
    with duckdb.connect(built.lake / "warehouse.duckdb", read_only=True) as connection:
        assert connection.sql("SELECT count(*) FROM customers").fetchall() == [(COUNT,)]
        assert connection.sql("SELECT count(*) FROM ultracart_dw.uc_customers").fetchall() == [(COUNT,)]


def test_the_configuration_says_what_is_shown_where_nothing_else_is_asked_for(
    synced: Shop, tmp_path: Path
) -> None:
    shop = copy(synced, tmp_path)
    shop.configure('warehouse.tier = "medium"\nwarehouse.hashing = "sha256-base64"')
    told = shop.run("warehouse", "build", "--json", key=None).told
    assert (told["tier"], told["hashing"]) == ("medium", "sha256-base64")
    assert told["path"] == str(shop.lake / "warehouse-medium.duckdb")
    told = shop.run("warehouse", "build", "--tier", "high", "--hashing", "hmac-sha256", "--json").told
    assert (told["tier"], told["hashing"]) == ("high", "hmac-sha256")
    assert shop.run("warehouse", "show", "--tier", "high").code == 3  # it hashes otherwise than configured


def test_another_file_is_written_and_registered_and_nothing_else_is_overwritten(
    synced: Shop, tmp_path: Path
) -> None:
    shop = copy(synced, tmp_path)
    out = tmp_path / "analysts.duckdb"
    for _ in range(2):
        assert shop.run("warehouse", "build", "--tier", "medium", "--out", str(out), key=None).code == 0
    (entry,) = written_of(read_config(shop.folder / "ucsync.toml"), "demo").entries()
    assert (entry.place, entry.deed.tier) == (str(out), Tier.MEDIUM)
    assert not (shop.lake / "warehouse-medium.duckdb").exists()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    other = tmp_path / "notes.txt"
    other.write_text("not to be lost")
    done = shop.run("warehouse", "build", "--out", str(other), key=None)
    assert (done.code, other.read_text()) == (4, "not to be lost")
    assert "no warehouse" in done.err


def test_one_that_is_not_of_the_current_snapshot_is_told_and_made_anew_for_who_needs_it(
    built: Shop, tmp_path: Path
) -> None:
    shop = copy(built, tmp_path)
    config = read_config(shop.folder / "ucsync.toml")
    path = shop.lake / "warehouse.duckdb"
    same = path.stat().st_ino
    assert fresh_warehouse(config, "demo") == path
    assert path.stat().st_ino == same
    (shop.lake / "CURRENT").write_text(f"{shop.snapshots()[0].name}\n")
    shown = shop.run("warehouse", "show", "--json", key=None)
    assert (shown.code, shown.told["exit_code"]) == (3, 3)
    assert shown.told["stale"].startswith(f"it is of snapshot {shop.snapshots()[1].name}")
    asked = shop.run("sql", "--warehouse", "SELECT count(*) AS n FROM customers", key=None)
    assert (asked.code, asked.out) == (0, f"n\n{COUNT}\n")
    assert asked.err.startswith("the warehouse is to be built anew: it is of snapshot")
    fresh_warehouse(config, "demo")
    assert shop.run("sql", "--warehouse", "SELECT count(*) AS n FROM customers", key=None).err == ""


def test_where_nothing_was_built_or_read_it_is_told(synced: Shop, tmp_path: Path) -> None:
    shop = copy(synced, tmp_path)
    for arguments in (("warehouse", "show"), ("sql", "--warehouse", "SELECT 1")):
        done = shop.run(*arguments, key=None)
        assert done.code == 2
        assert "`ucsync warehouse build demo` makes it" in done.err
    shutil.rmtree(shop.lake)
    done = shop.run("warehouse", "build", key=None)
    assert done.code == 2
    assert "there is no snapshot yet" in done.err


def test_one_build_of_a_merchant_at_a_time(built: Shop) -> None:
    with hold(built.lake, ["warehouse"]):
        done = built.run("warehouse", "build", key=None)
    assert done.code == 75


def test_sql_asks_the_warehouse_and_reaches_nothing_else(built: Shop, tmp_path: Path) -> None:
    answered = built.run(
        "sql", "--warehouse", "--json", "SELECT count(*) AS n FROM customer_history", key=None
    )
    assert answered.told["rows"][0]["n"] > COUNT
    assert built.run("sql", "--tier", "high", "SELECT 1", key=None).code == 2
    outside = tmp_path / "secret.csv"
    outside.write_text("a\n1\n")
    for query in (f"FROM '{outside}'", "DROP TABLE customers", f"ATTACH '{outside}'", "FROM glob('/*')"):
        done = built.run("sql", "--warehouse", query, key=None)
        assert (done.code, done.out) == (2, ""), query
