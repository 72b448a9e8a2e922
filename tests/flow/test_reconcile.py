"""Deletions found by counting, against the sandbox."""

import asyncio
from pathlib import Path

import pytest

from tests.house import House, in_memory, small
from tests.lakes import Shop
from ucsync.model import Guarded, InvalidRequest, ScanKind

MANY = 600
PLAIN = {"expansions": (), "page_size": 20}


def test_a_few_deletions_are_found_for_less_than_a_full_scan(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path).with_settings(**PLAIN), house.sandbox.merchant
        await shop.sync()
        await asyncio.sleep(3600)
        oids = list(merchant.oids())
        merchant.delete(oids[17])
        merchant.delete(oids[400])
        merchant.merge(oids[100], oids[599])
        result = await shop.reconcile()
        assert result.price is not None
        assert (result.deleted, result.price.missing, result.receipt.kind) == (3, 3, ScanKind.RECONCILE)
        assert result.requests <= result.price.requests_max + result.synced.requests + 1
        assert result.requests < result.price.full_scan
        assert shop.disagreements() == []
        assert result.receipt.watermark == result.synced.receipt.watermark

    in_memory(scenario, small(MANY))


def test_nothing_missing_costs_one_request_more_than_the_sync(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path).with_settings(**PLAIN)
        await shop.sync()
        await asyncio.sleep(3600)
        result = await shop.reconcile()
        assert (result.deleted, result.requests) == (0, result.synced.requests + 1)
        assert result.receipt.snapshot == result.synced.receipt.snapshot

    in_memory(scenario, small(MANY))


def test_where_a_full_scan_is_cheaper_it_is_done_instead(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path).with_settings(**PLAIN), house.sandbox.merchant
        await shop.sync()
        await asyncio.sleep(3600)
        for oid in list(merchant.oids())[::10]:
            merchant.delete(oid)
        result = await shop.reconcile()
        assert result.synced.receipt.kind is ScanKind.FULL
        assert result.synced.receipt.deleted == 40
        assert shop.disagreements() == []

    in_memory(scenario, small(400))


def test_a_mass_deletion_stops_before_anything_is_spent_on_it(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path).with_settings(**PLAIN), house.sandbox.merchant
        await shop.sync()
        await asyncio.sleep(3600)
        for oid in list(merchant.oids())[:100]:
            merchant.delete(oid)
        sent = house.client.requests_sent
        with pytest.raises(Guarded, match="100 of 600"):
            await shop.reconcile()
        assert house.client.requests_sent - sent == 2  # the sync, and one count

    in_memory(scenario, small(MANY))


def test_a_server_without_totals_cannot_be_counted(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path).with_settings(**PLAIN)
        await shop.sync()
        await asyncio.sleep(3600)
        with pytest.raises(InvalidRequest, match="ucsync sync --full"):
            await shop.reconcile()

    in_memory(scenario, small(300, quirks=frozenset({"no-total"})))


@pytest.mark.parametrize(
    "quirk",
    ["windows-exclusive", "windows-start-exclusive", "timestamps-z", "sort-email-only", "limit-cap-100"],
)
def test_what_is_not_known_of_the_server_does_not_matter(tmp_path: Path, quirk: str) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path).with_settings(**PLAIN), house.sandbox.merchant
        await shop.sync()
        await asyncio.sleep(3600)
        merchant.delete(list(merchant.oids())[250])
        assert (await shop.reconcile()).deleted == 1

    in_memory(scenario, small(MANY, quirks=frozenset({quirk})))
