"""One request in flight per application, however many ask at once."""

import asyncio

import pytest

from tests.house import WAYS, House, in_memory, small
from ucsync import ClientSettings
from ucsync.sandbox import Limit

PRODUCTION_LIMITS = (Limit(1000, 3600), Limit(10_000, 86_400))


@pytest.mark.parametrize("way", WAYS)
def test_a_thousand_callers_make_one_request_at_a_time_and_no_429(way: str) -> None:
    async def scenario(house: House) -> None:
        customers = await asyncio.gather(
            *(house.client.get_customer(1_000_001 + n % 30) for n in range(1000))
        )
        assert [row["customer_profile_oid"] for row in customers] == [1_000_001 + n % 30 for n in range(1000)]
        counters = house.sandbox.counters
        assert counters.requests == 1000
        assert counters.in_flight_most == 1
        assert counters.too_many.total() == 0

    WAYS[way](scenario, small(limits=PRODUCTION_LIMITS, latency_s=0.002))


def test_an_account_with_another_agreement_may_have_more_in_flight() -> None:
    async def scenario(house: House) -> None:
        await asyncio.gather(*(house.client.get_customer(1_000_001) for _ in range(40)))
        assert house.sandbox.counters.in_flight_most == 4
        assert house.sandbox.counters.too_many.total() == 0

    client = ClientSettings(requests_per_s=None, in_flight_max=4)
    in_memory(scenario, small(in_flight_max=4, latency_s=0.1), client)


def test_a_server_that_allows_fewer_than_the_client_takes_is_seen_and_survived() -> None:
    async def scenario(house: House) -> None:
        await asyncio.gather(*(house.client.get_customer(1_000_001) for _ in range(4)))
        assert house.sandbox.counters.too_many["concurrency"] > 0
        assert house.sandbox.counters.answered[200] == 4

    client = ClientSettings(requests_per_s=None, in_flight_max=2)
    in_memory(scenario, small(latency_s=0.1), client)


def test_the_pace_is_kept_within_a_second() -> None:
    """By the real clock, because asyncio-throttle reads it; nothing here waits longer than it must."""

    async def scenario(house: House) -> float:
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        for _ in range(41):
            await house.client.get_customer(1_000_001)
        return loop.time() - started_s

    took_s = WAYS["sockets"](scenario, small(), ClientSettings(requests_per_s=20))
    assert took_s >= 2.0


def test_the_sandbox_as_it_comes_notices_two_requests_at_once() -> None:
    async def scenario(house: House) -> None:
        await asyncio.gather(*(house.client.get_customer(1_000_001) for _ in range(2)))
        assert house.sandbox.counters.too_many["concurrency"] > 0

    for run in WAYS.values():
        run(scenario, small(), ClientSettings(requests_per_s=None, in_flight_max=2, pause_after_loss_s=0))
