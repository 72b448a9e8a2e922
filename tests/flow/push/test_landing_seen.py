"""What a push publishes is no scan: freshness, prices and the list of snapshots take it for what it is."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tests.flow.push.by_hand import delete, pushed, update
from tests.house import House, in_memory, small
from tests.lakes import NAME, Shop
from tests.store.samples import DRAFT, MIDNIGHT, REPORT
from ucsync.flow.forecast import Forecast, Prospect, forecast_sync
from ucsync.flow.snapshots import list_snapshots, verify_snapshot
from ucsync.flow.status import Status, status
from ucsync.model import Receipt, ScanKind
from ucsync.plan import Basis
from ucsync.plan.costs import likely_changes
from ucsync.store import SCHEMA_ID


def status_of(shop: Shop) -> Status:
    """As the command shows it."""
    staging = shop.folder / "state" / "staging" / NAME
    now = shop.house.clock.now()
    return status(NAME, shop.lake, staging, staging, shop.settings, None, None, now=now, notes=())


def forecast_of(shop: Shop) -> Forecast:
    """Of the next sync."""
    basis = Basis(shop.fingerprint, SCHEMA_ID)
    prospect = Prospect(
        merchant=NAME, settings=shop.settings, basis=basis, version="1", half_done=None, ledger=None, notes=()
    )
    return forecast_sync(prospect, shop.lake, now=shop.house.clock.now(), full=False, customers=200)


def with_a_push(tmp_path: Path, scenario: Callable[[Shop], Awaitable[None]], **sandbox: object) -> None:
    """Two nights after a scan of everything, a push."""

    async def main(house: House) -> None:
        shop = Shop(house, tmp_path)
        await shop.sync()
        await asyncio.sleep(2 * 86_400)
        oids = list(house.sandbox.merchant.oids())
        await pushed(shop, update(oids[0], website_url="https://a.example"), delete(oids[1]))
        await scenario(shop)

    in_memory(main, small(40, **sandbox))


def test_a_push_does_not_make_a_stale_lake_fresh(tmp_path: Path) -> None:
    async def scenario(shop: Shop) -> None:
        found = status_of(shop)
        assert found.current is not None
        assert found.current.kind is ScanKind.PUSH
        assert found.stale
        assert found.age_h is not None
        assert timedelta(hours=found.age_h) >= timedelta(days=2)
        await shop.sync()
        assert not status_of(shop).stale

    with_a_push(tmp_path, scenario)


def test_a_push_does_not_change_what_the_next_sync_is_said_to_cost(tmp_path: Path) -> None:
    async def scenario(shop: Shop) -> None:
        before, after = shop.lake.receipts()
        assert min(one.limit for one in before.passes) < shop.settings.page_size
        (case,) = forecast_of(shop).cases
        assert case.cost.floor == 200 // min(one.limit for one in before.passes)
        assert likely_changes([before, after], 100) == likely_changes([before], 100)

    with_a_push(tmp_path, scenario, quirks=frozenset({"limit-cap-100"}))


def test_its_snapshot_is_listed_and_sound(tmp_path: Path) -> None:
    async def scenario(shop: Shop) -> None:
        found = list_snapshots(NAME, shop.lake)
        assert [one.receipt.kind for one in found.snapshots] == [ScanKind.FULL, ScanKind.PUSH]
        assert verify_snapshot(NAME, shop.lake, None).exit_code == 0

    with_a_push(tmp_path, scenario)


def test_a_night_is_not_expected_to_be_like_the_refreshes_of_a_push() -> None:
    def scan(hours: float, rows: int) -> Receipt:
        at = MIDNIGHT + timedelta(hours=hours)
        passes = (replace(REPORT, rows=rows),)
        return replace(DRAFT, kind=ScanKind.INCREMENTAL, started_at=at, finished_at=at, passes=passes)

    nights = [scan(24 * night, 1000 + night) for night in range(1, 6)]
    refreshes = [scan(24 * 5 + 8 + number / 2, 3) for number in range(20)]
    pushes = [replace(one, kind=ScanKind.PUSH, passes=()) for one in refreshes]
    beside = [one for pair in zip(refreshes, pushes, strict=True) for one in pair]
    alone = likely_changes([DRAFT, *nights], 5000)
    assert likely_changes([DRAFT, *nights, *beside], 5000) == alone
    hourly = [scan(hour, 40) for hour in range(1, 100)]
    assert likely_changes([DRAFT, *hourly], 5000) == 40
