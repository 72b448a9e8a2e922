"""A full scan that takes more than a day's quota: nobody is surprised by it, and a backfill is offered."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from tests.house import House, in_memory, small
from tests.lakes import Shop
from tests.store.faulty import QuickFiles
from ucsync.flow.forecast import Prospect, forecast_sync
from ucsync.flow.ledger import Ledger
from ucsync.model import Guarded, ScanKind
from ucsync.plan import Allowance, Basis, Lane, Reserves, Rules
from ucsync.store import SCHEMA_ID

CUSTOMERS = 60
#: For two pages of ten an hour with what is left to others: 48 a day, but by the other limit 5.
RULES = Rules((Allowance(4, 3600), Allowance(10, 86_400)), Reserves(0.5, 0.5))
OFFER = (
    r"60 customers take at least 6 requests, more than the 5 a day permits: run `ucsync backfill shop` "
    r"\(it works beside the nightly runs\), or `ucsync sync shop --full` to read it in one go"
)


def limited(house: House, folder: Path, rules: Rules = RULES) -> Shop:
    """A shop whose limits are told, and not kept."""
    return Shop(house, folder, files=QuickFiles(), rules=rules).with_settings(page_size=10)


def forecast(shop: Shop, **more: object) -> tuple[str, ...]:
    """The notes of a forecast."""
    ledger = Ledger(None, shop.rules, Lane.NIGHTLY, shop.house.clock)
    prospect = Prospect(
        merchant="shop", settings=shop.settings, basis=Basis(shop.fingerprint, SCHEMA_ID), version="1",
        half_done=None, ledger=ledger, notes=(),
    )  # fmt: skip
    wanted = {"full": False, "customers": None, **more}
    found = forecast_sync(prospect, shop.lake, now=shop.house.clock.now(), **wanted)  # type: ignore[arg-type]  # of these two
    return found.notes


def test_a_first_sync_stops_after_one_page_and_never_asks_twice(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = limited(house, tmp_path)
        for _ in range(3):
            with pytest.raises(Guarded, match=OFFER):
                await shop.sync()
            assert house.client.requests_sent == 1
        done = await shop.sync(full=True)
        assert done.receipt.rows == CUSTOMERS
        assert done.requests <= 8

    in_memory(scenario, small(CUSTOMERS))


def test_one_that_fits_into_a_day_is_begun_as_ever(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        rules = Rules((Allowance(12, 86_400),), Reserves(0.5, 0.5))  # 6, and the overlap is not counted
        assert (await limited(house, tmp_path, rules).sync()).receipt.kind is ScanKind.FULL

    in_memory(scenario, small(CUSTOMERS))


def test_the_calendar_alone_never_begins_one(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = limited(house, tmp_path)
        await shop.sync(full=True)
        for _ in range(3):
            await asyncio.sleep(timedelta(days=8).total_seconds())
            night = await shop.sync()
            assert (night.receipt.kind, night.exit_code) == (ScanKind.INCREMENTAL, 0)
            assert night.why == "a full scan is due, but takes more than a day's quota"
            assert [note for note in night.notes if "ucsync backfill" in note]
        assert (await shop.sync(full=True)).receipt.kind is ScanKind.FULL

    in_memory(scenario, small(CUSTOMERS))


def test_another_configuration_is_a_persons_decision(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = limited(house, tmp_path)
        await shop.sync(full=True)
        shop.fingerprint = "f" * 16
        requests = house.client.requests_sent
        with pytest.raises(Guarded, match=f"configuration of what is read has changed, and {OFFER}"):
            await shop.sync()
        assert house.client.requests_sent == requests
        assert (await shop.sync(full=True)).receipt.kind is ScanKind.FULL

    in_memory(scenario, small(CUSTOMERS))


def test_plan_sync_says_the_same(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = limited(house, tmp_path)
        assert forecast(shop) == ()
        assert forecast(shop, customers=50) == ()
        assert forecast(shop, customers=CUSTOMERS, full=True) == ()
        assert "`ucsync backfill shop`" in forecast(shop, customers=CUSTOMERS)[0]
        await shop.sync(full=True)
        assert forecast(shop) == ()
        await asyncio.sleep(timedelta(days=8).total_seconds())
        assert "`ucsync backfill shop`" in forecast(shop)[0]
        assert forecast(shop, full=True) == ()

    in_memory(scenario, small(CUSTOMERS))


def test_reconciling_does_not_read_everything_either(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = limited(house, tmp_path)
        await shop.sync(full=True)
        for oid in list(house.sandbox.merchant.oids())[::3]:
            house.sandbox.merchant.delete(oid)
        with pytest.raises(Guarded, match="only reading everything tells who is missing; 60 customers take"):
            await shop.reconcile(accept_deletes=CUSTOMERS)

    in_memory(scenario, small(CUSTOMERS))
