"""`ucsync export`: views of the warehouse as files and as tables, whole, exact and for their owner only."""

import csv
import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import CUSTOMERS, Shop
from tests.postgres.server import PASSWORD, Server, commands
from ucsync.app import read_config, written_of
from ucsync.model import Tier
from ucsync.store import hold
from ucsync.store.written import Entry, Standing, Wrote

COUNT = CUSTOMERS + 1


@pytest.fixture(scope="module")
def built(synced: Shop, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """With the warehouse that all of these tests read."""
    folder = tmp_path_factory.mktemp("built") / "shop"
    shutil.copytree(synced.folder, folder)
    shop = Shop(folder, synced.url)
    assert shop.run("warehouse", "build").code == 0
    return shop


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    bin_ = commands()
    if bin_ is None:
        pytest.skip("there is no Postgres server (Debian: postgresql)")
    with Server(bin_) as started:
        yield started


def registered(shop: Shop) -> dict[str, Entry]:
    """What the register has, by the place."""
    entries = written_of(read_config(shop.folder / "ucsync.toml"), "demo").entries()
    return {entry.place: entry for entry in entries}


@pytest.mark.parametrize("option", [("--dsn-env", "DATABASE"), ("--replace-nul",)])
def test_what_is_about_postgres_is_refused_for_files(
    built: Shop, tmp_path: Path, option: tuple[str, ...]
) -> None:
    out = tmp_path / "tags.csv"
    assert built.run("export", "tags", "--out", str(out), *option, key=None).code == 2
    assert not out.exists()


@pytest.mark.parametrize("kind", ["parquet", "csv", "ndjson"])
def test_a_view_goes_into_a_file_of_each_kind(built: Shop, tmp_path: Path, kind: str) -> None:
    out = tmp_path / f"out.{kind}"
    done = built.run("export", "customers", "demo", "--out", str(out), "--json", key=None)
    told = done.told
    assert (told["tier"], told["to"], told["exit_code"]) == ("standard", kind, 0)
    assert told["views"] == [{"view": "customers", "rows": COUNT, "place": str(out), "replaced": 0}]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [out.name]
    if kind == "parquet":
        assert pq.read_metadata(out).num_rows == COUNT
    elif kind == "csv":
        with out.open(encoding="utf-8", newline="") as file:
            assert sum(1 for _ in csv.DictReader(file)) == COUNT
    else:
        lines = out.read_text(encoding="utf-8").splitlines()
        assert [json.loads(line)["customer_profile_oid"] for line in lines[:2]] == [1_000_001, 1_000_002]
        assert len(lines) == COUNT
    entry = registered(built)[str(out)]
    assert (entry.deed.what, entry.deed.of, entry.deed.tier) == (Wrote.EXPORT, "customers", Tier.STANDARD)
    assert entry.standing() is Standing.SAME


def test_every_view_goes_into_a_folder_and_is_what_the_warehouse_has(built: Shop, tmp_path: Path) -> None:
    told = built.run("export", "--all", "--to", "parquet", "--out", str(tmp_path), "--json").told
    names = {one["view"] for one in told["views"]}
    assert {"customers", "tags", "customer_history", "receipts", "warehouse"} <= names
    assert "ultracart_dw.uc_customers" in names
    assert len(list(tmp_path.iterdir())) == len(names)
    with duckdb.connect(built.lake / "warehouse.duckdb", read_only=True) as warehouse:
        for one in told["views"]:
            (count,) = warehouse.sql(f"SELECT count(*) FROM {one['view']}").fetchall()[0]  # noqa: S608  (names of views)
            assert pq.read_metadata(one["place"]).num_rows == one["rows"] == count, one


def test_a_file_that_is_there_and_a_view_that_is_not(built: Shop, tmp_path: Path) -> None:
    out = tmp_path / "tags.csv"
    out.write_text("mine", encoding="utf-8")
    done = built.run("export", "tags", "--out", str(out))
    assert (done.code, done.err.count("say --force")) == (4, 1)
    done = built.run("export", "--all", "--to", "csv", "--out", str(tmp_path))
    assert (done.code, [path.name for path in tmp_path.iterdir()]) == (4, ["tags.csv"])
    assert out.read_text(encoding="utf-8") == "mine"
    assert str(out) not in registered(built)
    assert built.run("export", "tags", "--out", str(out), "--force").code == 0
    assert out.read_text(encoding="utf-8") != "mine"
    done = built.run("export", "nowhere", "--to", "csv")
    assert (done.code, "there is no view nowhere; there are" in done.err) == (2, True)
    done = built.run("export", "tags", "--out", str(tmp_path / "no" / "tags.csv"))
    assert (done.code, "there is no folder" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tags",), "say --to"),
        ((), "say --to"),
        (("--to", "csv"), "name a view, or say --all"),
        (("tags", "demo", "more", "--to", "csv"), "at most a view and a merchant"),
        (("tags", "--to", "postgres", "--out", "x.csv"), "name a --schema"),
        (("tags", "--to", "postgres", "--dsn-env", "NO_SUCH_VARIABLE"), "has no NO_SUCH_VARIABLE"),
    ],
)
def test_what_cannot_be_meant_is_said(built: Shop, words: tuple[str, ...], said: str) -> None:
    done = built.run("export", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_one_export_of_a_merchant_at_a_time(built: Shop, tmp_path: Path) -> None:
    with hold(built.folder / "state" / "locks", ["export-demo"]):
        done = built.run("export", "tags", "--out", str(tmp_path / "tags.csv"))
    assert (done.code, list(tmp_path.iterdir())) == (75, [])


def test_a_warehouse_that_is_not_of_the_newest_snapshot_is_built_first(shop: Shop, tmp_path: Path) -> None:
    assert not (shop.lake / "warehouse.duckdb").exists()
    told = shop.run("export", "warehouse", "--out", str(tmp_path / "w.ndjson"), "--json").told
    row = json.loads((tmp_path / "w.ndjson").read_text(encoding="utf-8"))
    assert (row["snapshot"], row["tier"]) == (shop.snapshots()[-1].name, "standard")
    assert told["snapshot"] == row["snapshot"]
    told = shop.run(
        "export", "customers", "--tier", "medium", "--out", str(tmp_path / "m.csv"), "--json"
    ).told
    assert told["tier"] == "medium"
    assert registered(shop)[str(tmp_path / "m.csv")].deed.tier is Tier.MEDIUM


def test_a_snapshot_export_is_registered_too(built: Shop, tmp_path: Path) -> None:
    out = tmp_path / "snapshot.parquet"
    assert built.run("snapshots", "export", str(out)).code == 0
    entry = registered(built)[str(out)]
    assert (entry.deed.what, entry.deed.tier) == (Wrote.SNAPSHOT, Tier.HIGH)
    assert entry.deed.of == built.snapshots()[-1].name


def test_views_become_tables_without_a_password_in_sight(
    built: Shop, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHERE", server.conninfo)
    for _ in range(2):  # the second takes the place of the first
        done = built.run("export", "--all", "--to", "postgres", "--dsn-env", "WHERE", "--json")
        assert done.code == 0, done.err
    assert PASSWORD not in done.out + done.err
    with server.connect() as owner:
        for one in done.told["views"]:
            table = one["place"].rpartition("/")[2]
            count = owner.execute(f'SELECT count(*) FROM ucsync."{table}"').fetchone()  # noqa: S608  (names of views)
            assert count == (one["rows"],)
            assert registered(built)[one["place"]].standing() is Standing.UNSEEN
        tables = owner.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'ucsync'").fetchone()
        assert tables == (len(done.told["views"]),)
        told = owner.execute("SELECT obj_description('ucsync.customers'::regclass)").fetchone()
        assert told is not None
        assert f"merchant demo, tier standard, snapshot {done.told['snapshot']}." in told[0]
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    done = built.run("export", "tags", "--to", "postgres")
    assert done.code == 0, done.err
    assert PASSWORD not in "".join(
        path.read_text() for path in (built.folder / "state" / "written").rglob("*.json")
    )


def test_a_database_that_is_not_there_is_said(
    built: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHERE", f"host={tmp_path} password={PASSWORD}")
    done = built.run("export", "tags", "--to", "postgres", "--dsn-env", "WHERE")
    assert (done.code, done.out) == (69, "")
    assert "connecting to Postgres" in done.err
    assert PASSWORD not in done.err
    assert "PGPASSWORD" not in os.environ


def test_without_psycopg_it_is_said_how_to_get_it(built: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as where it is not installed
    done = built.run("export", "tags", "--to", "postgres")
    assert (done.code, done.out) == (78, "")
    assert "pip install 'ucsync[postgres]'" in done.err
