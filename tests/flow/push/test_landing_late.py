"""Answers that are published late: what a sync has read in the meantime is not undone by them."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.flow.push.by_hand import begun, delete, land, send, update
from tests.flow.push.handmade import Counter, at_the_counter, cashback, insert
from tests.flow.push.test_landing import opened
from tests.house import House, in_memory, small
from tests.lakes import Noting
from ucsync.flow import Stop
from ucsync.model import Stopped
from ucsync.model.pushes import StepState


def test_an_edit_that_put_the_old_value_back_and_was_read_since_is_not_lost(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        old = (house.sandbox.merchant.truth(oids[0]) or {}).get("website_url")
        with begun(shop, [update(oids[0], website_url="https://pushed.example")]) as journal:
            await send(shop, journal)
            house.sandbox.merchant.update(oids[0], {"website_url": old})
            await asyncio.sleep(3600)
            await shop.sync()  # it finds the row as it was, so that row stays the older one
            await asyncio.sleep(3600)
            await land(shop, journal)
            await asyncio.sleep(3600)
            await shop.sync()
            assert shop.disagreements() == []
            assert await land(shop, journal) is None

    in_memory(scenario, small(20))


def test_a_scan_of_everything_that_is_half_done_is_not_thrown_away_for_it(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        with begun(shop, [update(oids[0], website_url="https://a.example"), delete(oids[1])]) as journal:
            await send(shop, journal)
            await asyncio.sleep(3600)
            stop = Stop()
            with pytest.raises(Stopped):
                await shop.sync(Noting(lambda progress: stop.ask()), stop, full=True)
            assert await land(shop, journal) is None
            went_on = await shop.sync()
            assert went_on.why == "going on with the scan that was left half done"
            assert shop.disagreements() == []
            await land(shop, journal)
            assert shop.disagreements() == []

    in_memory(scenario, small(450))


@pytest.mark.parametrize("quirks", [(), ("insert-unmodified",)], ids=["plain", "insert-unmodified"])
def test_what_is_given_to_somebody_new_is_in_the_lake_with_them(
    tmp_path: Path, quirks: tuple[str, ...]
) -> None:
    async def scenario(counter: Counter) -> None:
        given = replace(cashback(0, "5.00"), oid=None, rests_on=(1,))
        plan = counter.plan(insert("new@example.com", terms="Net 30"), given)
        result = await counter.apply(plan)
        assert result.counts[StepState.LANDED] == 2
        assert "internal_gift_certificate" in counter.known(max(counter.oids))["loyalty"]
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path, quirks=frozenset(quirks))
