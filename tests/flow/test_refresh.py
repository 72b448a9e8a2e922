"""A refresh: what changed, and nothing more, for those who go on from it at once."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.house import House, in_memory, small
from tests.lakes import Noting, Shop
from ucsync.flow import Stop
from ucsync.model import Misused, ScanKind, Stopped


def test_a_refresh_reads_what_changed_even_when_a_full_scan_is_due(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path)
        await shop.sync()
        await asyncio.sleep(40 * 86_400)
        oid = next(iter(house.sandbox.merchant.oids()))
        house.sandbox.merchant.update(oid, {"business_notes": "called"})
        refreshed = (await shop.sync(refresh=True)).receipt
        assert (refreshed.kind, refreshed.updated, refreshed.requests) == (ScanKind.INCREMENTAL, 1, 1)
        assert (await shop.sync()).receipt.kind is ScanKind.FULL

    in_memory(scenario, small(450))


def test_a_refresh_of_nothing_or_of_another_configuration_says_to_sync_first(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path)
        with pytest.raises(Misused, match="there is no snapshot yet; run `ucsync sync shop` first"):
            await shop.sync(refresh=True)
        await shop.sync()
        sent = house.client.requests_sent
        other = replace(shop, fingerprint="another")
        with pytest.raises(Misused, match="has changed; run `ucsync sync shop` first"):
            await other.sync(refresh=True)
        assert house.client.requests_sent == sent

    in_memory(scenario, small(30))


def test_a_refresh_leaves_a_full_scan_that_is_half_done_as_it_is(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path)
        await shop.sync()
        await asyncio.sleep(3600)
        stop = Stop()
        with pytest.raises(Stopped):
            await shop.sync(Noting(lambda progress: stop.ask()), stop, full=True)
        with pytest.raises(Misused, match="a scan of everything is half done; run `ucsync sync shop` first"):
            await shop.sync(refresh=True)
        went_on = await shop.sync()
        assert went_on.why == "going on with the scan that was left half done"

    in_memory(scenario, small(450))


def test_a_refresh_goes_on_with_its_like(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path), house.sandbox.merchant
        await shop.sync()
        await asyncio.sleep(3600)
        for oid in list(merchant.oids()):
            merchant.update(oid, {"business_notes": "called"})
        stop = Stop()
        with pytest.raises(Stopped):
            await shop.sync(Noting(lambda progress: stop.ask()), stop)
        result = await shop.sync(refresh=True)
        assert result.why == "going on with the scan that was left half done"
        assert shop.disagreements() == []

    in_memory(scenario, small(450))
