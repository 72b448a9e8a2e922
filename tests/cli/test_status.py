"""`ucsync status`: how a merchant stands, seen without disturbing anything."""

import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import CUSTOMERS, Shop, listing
from ucsync.flow.status import Status, status
from ucsync.model import ScanHeader, ScanKind
from ucsync.plan import SyncSettings
from ucsync.store import DiskFiles, Lake, Staging, hold
from ucsync.store.summed import teach_sums


def test_it_shows_freshness_proof_receipts_runs_and_quota(synced: Shop) -> None:
    done = synced.run("status", "--json")
    told = done.told
    assert done.code == told["exit_code"] == 0
    assert (told["merchant"], told["proof"], told["rows"]) == ("demo", "proven", CUSTOMERS + 1)
    assert 0 <= told["age_h"] < 0.1
    assert [one["kind"] for one in told["receipts"]] == ["incremental", "full"]
    assert [(run["kind"], run["exit_code"]) for run in told["runs"]] == [("sync", 0), ("sync", 0)]
    assert [(one["requests"], one["permitted"]) for one in told["quota"]] == [(1000, 950), (10_000, 9500)]
    spent = sum(one["requests"] for one in told["receipts"])
    assert [one["used"] for one in told["quota"]] == [spent, spent]
    assert told["half_done"] is None


def test_it_speaks_to_people(synced: Shop) -> None:
    said = synced.run("status").out
    assert said.startswith("demo: fresh, ")
    for words in ("proof      proven", "1,000 an hour: ", "incremental", "exit code 0", f"{CUSTOMERS + 1}"):
        assert words in said


def test_it_sends_nothing_locks_nothing_and_writes_nothing(shop: Shop) -> None:
    before, seen = listing(shop.folder), shop.requests()
    with hold(shop.folder / "state" / "locks", ["merchant-demo"]), hold(shop.lake, ["run"]):
        assert shop.run("status").code == 0
    assert listing(shop.folder) == before
    assert shop.requests() == seen


def test_it_works_while_a_run_has_the_database_open(shop: Shop) -> None:
    with closing(sqlite3.connect(shop.folder / "state" / "ucsync.db", isolation_level=None)) as writer:
        teach_sums(writer)
        writer.execute("BEGIN IMMEDIATE")
        begun = "9, 'demo', 'sync', '2026-11-22T12:00:00+00:00', NULL, NULL, NULL, NULL, NULL"
        writer.execute(f"INSERT INTO runs VALUES ({begun})")  # noqa: S608  (a constant)
        told = shop.run("status", "--json").told
        assert len(told["runs"]) == 2
        writer.execute("COMMIT")
        told = shop.run("status", "--json").told
    assert told["runs"][0]["exit_code"] is None
    assert "under way, or killed" in shop.run("status").out


def test_without_a_snapshot_it_is_stale_and_says_what_to_do(synced: Shop, tmp_path: Path) -> None:
    empty = Shop(tmp_path, synced.url)
    empty.configure()
    done = empty.run("status")
    assert done.code == 3
    assert "demo: no snapshot yet; `ucsync sync` makes one" in done.out
    assert "1,000 an hour: 0 used, 950 left" in done.out
    assert list(tmp_path.iterdir()) == [tmp_path / "ucsync.toml"]


def test_without_its_key_a_merchant_is_shown_without_quota(synced: Shop) -> None:
    done = synced.run("status", "--json", key=None)
    assert done.code == 0
    assert done.told["quota"] is None
    assert done.told["notes"] == ["quota not known: merchants.demo.key_env: no key there"]


def test_several_merchants_are_shown_and_the_worst_counts(shop: Shop) -> None:
    text = (shop.folder / "ucsync.toml").read_text(encoding="utf-8")
    (shop.folder / "ucsync.toml").write_text(text + text.replace("demo", "other", 1), encoding="utf-8")
    done = shop.run("status", "--json")
    assert done.code == done.told["exit_code"] == 3
    assert [one["merchant"] for one in done.told["results"]] == ["demo", "other"]
    assert shop.run("status", "demo").code == 0
    assert shop.run("status", "nobody").code == 78


def test_damage_to_the_lake_is_said(shop: Shop) -> None:
    (part,) = (shop.snapshots()[-1] / "customers").iterdir()
    part.unlink()
    done = shop.run("status")
    assert done.code == 74
    assert "customers/part-00000.parquet: missing" in done.out
    (shop.lake / "CURRENT").write_text("nonsense")
    done = shop.run("status")
    assert done.code == 74
    assert "the file CURRENT of the lake is damaged" in done.out


@pytest.mark.parametrize("content", [b"no database", os.urandom(8192)], ids=["text", "noise"])
def test_a_damaged_state_is_said_and_left_alone(shop: Shop, content: bytes) -> None:
    path = shop.folder / "state" / "ucsync.db"
    path.write_bytes(content)
    before = listing(shop.folder)
    done = shop.run("status")
    assert done.code == 0
    assert "note       ucsync.db cannot be read" in done.out
    assert listing(shop.folder) == before


def test_a_state_without_anything_in_it_is_as_good_as_none(shop: Shop) -> None:
    (shop.folder / "state" / "ucsync.db").write_bytes(b"")
    done = shop.run("status")
    assert done.code == 0
    assert "1,000 an hour: 0 used, 950 left" in done.out


def test_a_scan_left_half_done_is_shown(shop: Shop) -> None:
    scan = shop.folder / "state" / "staging" / "demo" / "20261122T000000Z-0000000a"
    header = ScanHeader(
        scan=scan.name, kind=ScanKind.FULL, parent=None, since=None, fingerprint="f", version="0"
    )
    Staging(DiskFiles(), scan.parent).begin(header)
    (scan / "000001.json.zst").write_bytes(b"")
    done = shop.run("status", "--json")
    assert done.told["half_done"] == {"scan": scan.name, "kind": "full", "pages": 1}
    assert "half done  full scan 20261122T000000Z-0000000a, 1 page" in shop.run("status").out


def test_a_torn_header_in_staging_is_no_scan(shop: Shop) -> None:
    scan = shop.folder / "state" / "staging" / "demo" / "20261122T000000Z-0000000a"
    scan.mkdir(parents=True)
    (scan / "scan.json").write_text('{"format":1,"hea')
    assert shop.run("status", "--json").told["half_done"] is None


@pytest.mark.parametrize(("hours", "code"), [(25.9, 0), (26.1, 3)])
def test_a_lake_gets_stale_after_so_many_hours(synced: Shop, hours: float, code: int) -> None:
    found = _after(synced, hours)
    assert found.exit_code == code
    assert found.stale == bool(code)


def _after(shop: Shop, hours: float) -> Status:
    lake = Lake(DiskFiles(), shop.lake)
    current = lake.current()
    assert current is not None
    nowhere = shop.folder / "nowhere"
    return status(
        "demo", lake, nowhere, nowhere, SyncSettings(expansions=()), None, None,
        now=current.finished_at + timedelta(hours=hours), notes=(),
    )  # fmt: skip
