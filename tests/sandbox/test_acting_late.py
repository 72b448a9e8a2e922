"""The fault `late`: the connection breaks at once, the server acts when nobody expects it any more."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.house import WAYS, House, in_memory, small
from tests.sandbox.lab import ALL, lab, until
from ucsync.model import ConnectionLost, Outcome

#: Short, as in one of the two ways it is real time.
LATE_S = 0.3


async def send_late(house: House, oid: int, changes: dict[str, Any]) -> None:
    """An update that meets the fault."""
    house.sandbox.faults = {"late": 1.0}
    with pytest.raises(ConnectionLost) as caught:
        await house.client.call("updateCustomer", {"customer_profile_oid": oid}, None, changes)
    house.sandbox.faults = {}
    assert caught.value.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("way", WAYS)
def test_a_late_request_is_given_up_first_and_acted_on_afterwards(way: str) -> None:
    async def scenario(house: House) -> None:
        merchant, counters = house.sandbox.merchant, house.sandbox.counters
        oid = next(merchant.oids())
        await send_late(house, oid, {"terms": "Net 90"})
        assert (counters.faults, counters.unanswered, counters.acting_later) == ({"late": 1}, 1, 1)
        assert (merchant.truth(oid) or {}).get("terms") != "Net 90"
        await house.clock.sleep(2 * LATE_S)
        assert (merchant.truth(oid) or {})["terms"] == "Net 90"
        assert counters.acting_later == 0
        assert counters.answered == {}

    WAYS[way](scenario, small(late_s=LATE_S))


def test_a_late_request_acts_exactly_when_it_is_due() -> None:
    async def scenario(house: House) -> None:
        merchant = house.sandbox.merchant
        oid = next(merchant.oids())
        await send_late(house, oid, {"terms": "Net 90"})
        await house.clock.sleep(29.9)
        assert (merchant.truth(oid) or {}).get("terms") != "Net 90"
        await house.clock.sleep(0.2)
        assert (merchant.truth(oid) or {})["terms"] == "Net 90"

    in_memory(scenario, small(latency_s=0.0))


def test_others_are_answered_meanwhile_and_what_they_wrote_is_overwritten() -> None:
    """Which is why an answer that was lost is not to be read back at once."""

    async def scenario(house: House) -> None:
        merchant = house.sandbox.merchant
        oid = next(merchant.oids())
        await send_late(house, oid, {"terms": "Net 90"})
        answer = await house.client.update_customer(oid, {"terms": "Net 10"})
        assert answer["terms"] == "Net 10"
        assert house.sandbox.counters.in_flight_most == 1
        await house.clock.sleep(60)
        assert (merchant.truth(oid) or {})["terms"] == "Net 90"

    in_memory(scenario)


def test_a_late_request_that_has_become_impossible_changes_nothing() -> None:
    async def scenario(house: House) -> None:
        merchant = house.sandbox.merchant
        oid, other, *_ = merchant.oids()
        await send_late(house, oid, {"terms": "Net 90"})
        merchant.merge(other, oid)
        before = merchant.truth(other)
        await house.clock.sleep(60)
        assert (merchant.truth(oid), merchant.truth(other)) == (None, before)
        assert house.sandbox.counters.acting_later == 0

    in_memory(scenario)


async def test_a_late_request_costs_quota_and_is_in_no_bodys_way_over_sockets() -> None:
    async with lab(faults={"late": 1.0}) as here:
        with pytest.raises((aiohttp.ServerDisconnectedError, ConnectionError)):
            await here.ask(ALL, "POST", json={"email": "n@x"})
        assert here.counted["faults"] == {"late": 1}
        assert (here.counted["answered"], here.counted["unanswered"]) == ({}, 1)
        assert (here.counted["in_flight"], here.counted["acting_later"]) == (0, 1)
        assert here.clock.slept_s == [30.0]
        here.sandbox.faults = {}
        assert (await here.ask(f"{ALL}?_limit=1"))[0] == 200
        assert here.sandbox.merchant.count() == 30
        here.clock.wake.set()
        await until(lambda: here.counted["acting_later"] == 0)
        assert here.sandbox.merchant.count() == 31


async def test_what_was_to_act_late_does_not_hold_up_the_end_and_never_acts() -> None:
    async with lab(faults={"late": 1.0}) as here:
        with pytest.raises((aiohttp.ServerDisconnectedError, ConnectionError)):
            await here.ask(ALL, "POST", json={"email": "n@x"})
        await here.runner.cleanup()
        here.clock.wake.set()
        await asyncio.sleep(0)
        assert here.counted["acting_later"] == 0
        assert here.sandbox.merchant.count() == 30


async def test_the_counter_of_what_is_still_to_act_survives_a_reset() -> None:
    async with lab(faults={"late": 1.0}) as here:
        with pytest.raises((aiohttp.ServerDisconnectedError, ConnectionError)):
            await here.ask(ALL, "POST", json={"email": "n@x"})
        here.sandbox.counters.reset()
        assert (here.counted["faults"], here.counted["acting_later"]) == ({}, 1)
