"""Customers read again: what differs from the lake, and what only changed since."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from tests.house import House, in_memory, small
from tests.lakes import Shop
from ucsync.flow.sampling import SampleResult, read_sample
from ucsync.flow.snapshots import Verification
from ucsync.flow.stopping import Stop
from ucsync.model import Stopped


async def sample(shop: Shop, count: int, stop: Stop | None = None) -> SampleResult:
    with shop.database() as database:
        return await read_sample(shop.place(database, stop=stop), shop.receipt, count)


def code_of(found: SampleResult) -> int:
    whole = Verification(merchant="shop", snapshot="", files=0, bytes=0, faults=())
    return whole.with_sample(found).exit_code


def test_what_was_not_touched_agrees_in_every_field_for_a_request_each(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path)
        await shop.sync()
        before = house.client.requests_sent
        found = await sample(shop, 12)
        assert (found.read, found.same, code_of(found)) == (12, 12, 0)
        assert house.client.requests_sent - before == 12
        assert (await sample(shop, 1000)).same == 30
        assert (await sample(shop, 0)).read == 0

    in_memory(scenario, small(30))


def test_what_changed_since_is_no_fault_and_what_is_gone_is_named(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path), house.sandbox.merchant
        await shop.sync()
        await asyncio.sleep(60)
        oids = list(merchant.oids())
        merchant.update(oids[3], {"business_notes": "called"})
        merchant.delete(oids[5])
        found = await sample(shop, 30)
        assert (found.same, found.changed, found.gone, found.differing) == (28, 1, (oids[5],), ())
        assert code_of(found) == 0

    in_memory(scenario, small(30))


def test_rows_that_the_server_has_otherwise_are_named_with_their_fields(tmp_path: Path) -> None:
    async def first(house: House) -> None:
        await Shop(house, tmp_path).sync()

    async def other(house: House) -> None:
        found = await sample(Shop(house, tmp_path), 30)
        assert (found.same, found.changed, len(found.differing)) == (0, 0, 30)
        assert all("email" in fields and "_observed_at" not in fields for _, fields in found.differing)
        assert code_of(found) == 3
        assert "@" not in str(found.document())

    in_memory(first, small(30, seed=1))
    in_memory(other, small(30, seed=2))  # the same oids, other people


def test_rows_come_from_all_over_the_snapshot(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path), house.sandbox.merchant
        await shop.sync()
        for oid in list(merchant.oids()):
            merchant.delete(oid)
        gone = (await sample(shop, 3)).gone
        assert [second - first for first, second in pairwise(gone)] == [100, 100]

    in_memory(scenario, small(300))


def test_it_can_be_stopped(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, stop = Shop(house, tmp_path), Stop()
        await shop.sync()
        stop.ask()
        with pytest.raises(Stopped):
            await sample(shop, 3, stop)

    in_memory(scenario, small(30))
