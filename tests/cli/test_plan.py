"""`ucsync plan sync`: what a sync will cost, before a request."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import CUSTOMERS, Shop, listing
from tests.store.samples import DRAFT, REPORT
from tests.ward import Ward
from ucsync.flow.ledger import Ledger
from ucsync.model import ScanHeader, ScanKind
from ucsync.net import SystemClock
from ucsync.plan import Lane, Rules, costs
from ucsync.plan.costs import cost, likely_changes
from ucsync.store import DiskFiles, Staging
from ucsync.ultracart.scanning import OVERLAP_BY_OID_ROWS


def test_the_next_sync_is_told_with_its_reason_and_cost(synced: Shop) -> None:
    seen = synced.requests()
    told = synced.run("plan", "sync", "--json").told
    assert (told["kind"], told["why"], told["customers_known_from"]) == (
        "incremental", "only what changed", "by what changed in the nights before",
    )  # fmt: skip
    (case,) = told["cases"]
    assert (case["customers"], case["requests"], case["requests_floor"]) == (6, 1, 1)
    assert synced.requests() == seen


def test_a_plan_writes_nothing(shop: Shop) -> None:
    before = listing(shop.folder)
    assert shop.run("plan", "sync", "--full").code == 0
    assert listing(shop.folder) == before


def test_a_full_sync_is_forecast_to_the_request(ward: Ward, shop: Shop) -> None:
    (case,) = shop.run("plan", "sync", "--full", "--json").told["cases"]
    done = ward.done("sync", "--full", "--json", folder=shop.folder, DEMO_KEY="sandbox-key")
    assert done.code == 0
    assert f'"requests": {case["requests"]},' in done.out
    assert f'"requests_floor": {case["requests_floor"]},' in done.out
    assert case["customers"] == CUSTOMERS + 1


def test_a_first_sync_says_that_the_number_is_not_known_and_shows_examples(
    synced: Shop, tmp_path: Path
) -> None:
    first = Shop(tmp_path, synced.url)
    first.configure()
    done = first.run("plan", "sync")
    assert done.code == 0
    assert "full scan (there is no snapshot yet)" in done.out
    assert "not known without a request; say --customers N" in done.out
    for size in ("10,000", "100,000", "1,000,000"):
        assert size in done.out
    (case,) = first.run("plan", "sync", "--customers", "250000", "--json").told["cases"]
    assert (case["customers"], case["requests_floor"]) == (250_000, 1250)
    assert list(tmp_path.iterdir()) == [tmp_path / "ucsync.toml"]


def test_the_end_waits_for_the_quota(synced: Shop) -> None:
    (small,) = synced.run("plan", "sync", "--customers", "100000", "--json").told["cases"]
    (large,) = synced.run("plan", "sync", "--customers", "1000000", "--json").told["cases"]
    assert small["seconds"] < 1000
    assert large["requests"] > 5 * 950  # five hours have their share used up, the sixth begins
    assert 5 * 3600 < large["seconds"] < 6 * 3600


def test_a_scan_left_half_done_shortens_the_next(shop: Shop) -> None:
    told = shop.run("plan", "sync", "--full", "--json").told
    current = (shop.lake / "CURRENT").read_text().strip()
    receipt = shop.run("snapshots", "show", "--json").told
    scan = shop.folder / "state" / "staging" / "demo" / "20991122T000000Z-0000000a"
    header = ScanHeader(
        scan=scan.name, kind=ScanKind.FULL, parent=current, since=None,
        fingerprint=receipt["fingerprint"], version=receipt["version"],
    )  # fmt: skip
    begun = Staging(DiskFiles(), scan.parent).begin(header)
    (scan / "000001.json.zst").write_bytes(b"")
    after = shop.run("plan", "sync", "--json").told
    assert (after["kind"], after["pages_there"]) == ("full", 1)
    assert after["cases"][0]["requests"] == told["cases"][0]["requests"] - 1
    begun.discard()
    Staging(DiskFiles(), scan.parent).begin(replace(header, fingerprint="another"))
    assert shop.run("plan", "sync", "--json").told["pages_there"] == 0


def test_without_a_key_the_cost_is_told_and_the_end_is_not(synced: Shop) -> None:
    done = synced.run("plan", "sync", "--full", key=None)
    assert done.code == 0
    assert "quota not known" in done.out
    (case,) = synced.run("plan", "sync", "--full", "--json", key=None).told["cases"]
    assert (case["ends_at"], case["requests"] > 0) == (None, True)


@pytest.mark.parametrize(
    ("customers", "floor", "likely"),
    [(0, 1, 1), (1, 1, 1), (200, 1, 1), (201, 2, 3), (399, 2, 3), (400, 2, 4), (1_000_000, 5000, 5027)],
)
def test_costs_are_pages_with_overlap_and_a_catch_up(customers: int, floor: int, likely: int) -> None:
    found = cost(customers, 200)
    assert (found.floor, found.likely) == (floor, likely)


def test_the_overlap_is_the_one_of_the_scan() -> None:
    assert costs.OVERLAP_ROWS == OVERLAP_BY_OID_ROWS


def test_changes_are_expected_as_in_the_nights_before() -> None:
    nights = [
        replace(DRAFT, kind=ScanKind.INCREMENTAL, passes=(replace(REPORT, rows=rows),)) for rows in (10, 21)
    ]
    assert likely_changes([DRAFT, *nights], 5000) == 16
    assert likely_changes([DRAFT], 5000) == 50


def test_a_quota_never_used_is_all_there() -> None:
    clock = SystemClock()
    ledger = Ledger(None, Rules(), Lane.NIGHTLY, clock)
    before = datetime.now(UTC)
    assert ledger.left() == 950
    assert ledger.next_at() - before < timedelta(seconds=5)
    assert timedelta(seconds=99) < ledger.finished_at(100) - before < timedelta(seconds=110)
    assert ledger.finished_at(951) - before > timedelta(hours=1)
