"""No attempt leaves without a grant, and waiting for one costs neither attempts nor time to repeat."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp import web

from tests.net.scripted import CUSTOMER, KEY, ONE, ScriptedServer, broken, error
from ucsync import ClientSettings, Secret, SimpleKey, UltraCart
from ucsync.model import (
    ConnectionLost,
    InvalidRequest,
    QuotaSpent,
    RateLimited,
    ServerFault,
    StorageFailed,
    UcsyncError,
)
from ucsync.model.errors import CallFailed
from ucsync.net import AiohttpTransport
from ucsync.plan import RetryPolicy
from ucsync.plan.quota import Grant, Wait
from ucsync.testing import START, MemoryServer, VirtualClock, run_virtual

FAILURE_500 = error("Internal error.  Please contact UltraCart Support.", 500)
LIMITED = error("rate of 1000 per 3600 second(s) exceeded.", 429, Retry_After="3000")


@dataclass
class ScriptedBudget:
    """Makes the n-th asker wait as the n-th figure says, then grants; keeps what it was told."""

    waits: list[float] = field(default_factory=list)
    refuses: UcsyncError | None = None
    keeps_waits: bool = True
    granted: int = 0
    settled: list[tuple[int, type[CallFailed] | None]] = field(default_factory=list)

    def take(self) -> Grant | Wait:
        if self.waits:
            seconds = self.waits.pop(0)
            return Wait(seconds, START + timedelta(seconds=seconds), None)
        if self.refuses is not None:
            raise self.refuses
        self.granted += 1
        return Grant(self.granted)

    def settle(self, grant: Grant, failure: CallFailed | None) -> None:
        self.settled.append((grant.ticket, None if failure is None else type(failure)))


@asynccontextmanager
async def client_of(
    server: ScriptedServer, budget: ScriptedBudget, settings: ClientSettings | None = None
) -> AsyncIterator[UltraCart]:
    settings = settings or ClientSettings(requests_per_s=None)
    credential = SimpleKey(Secret(KEY))
    async with MemoryServer(server.application()) as memory:
        transport = AiohttpTransport("http://localhost", credential, settings, connector=memory.connector())
        async with UltraCart(
            credential, transport=transport, settings=settings, clock=VirtualClock(), budget=budget,
            chance=lambda: 0.5,
        ) as client:  # fmt: skip
            yield client


def test_every_attempt_has_a_grant_of_its_own_and_settles_it_with_what_came_of_it() -> None:
    async def main() -> None:
        server, budget = ScriptedServer(FAILURE_500, broken, ONE), ScriptedBudget()
        async with client_of(server, budget) as client:
            assert await client.get_customer(7) == CUSTOMER
            await client.get_customer(7)
            assert client.requests_sent == len(server.seen) == budget.granted == 4
        assert budget.settled == [(1, ServerFault), (2, ConnectionLost), (3, None), (4, None)]

    run_virtual(main())


def test_waiting_for_quota_is_neither_an_attempt_nor_time_to_repeat() -> None:
    async def main() -> None:
        server = ScriptedServer(FAILURE_500, FAILURE_500, ONE)
        budget = ScriptedBudget([50_000.0, 300.0])
        async with client_of(server, budget) as client:
            budget.waits += [7.0] * 20  # asked again and again
            assert await client.get_customer(7) == CUSTOMER
            assert asyncio.get_running_loop().time() >= 50_440
        assert len(server.seen) == 3

    run_virtual(main())


def test_time_to_repeat_is_still_bounded_when_quota_was_waited_for() -> None:
    async def main() -> None:
        server = ScriptedServer(error("down", 503, Retry_After="200"))
        budget = ScriptedBudget([50_000.0])
        async with client_of(server, budget) as client:
            with pytest.raises(ServerFault):
                await client.get_customer(7)
            assert 50_200 <= asyncio.get_running_loop().time() <= 50_202
        assert len(server.seen) == 2

    run_virtual(main())


def test_a_wait_that_the_budget_keeps_is_not_waited_by_the_client_too() -> None:
    async def main() -> None:
        server, budget = ScriptedServer(LIMITED, ONE), ScriptedBudget()
        async with client_of(server, budget) as client:
            task = asyncio.create_task(client.get_customer(7))
            await asyncio.sleep(0.2)
            budget.waits.append(3000.0)  # as a book does that has heard the server
            assert await task == CUSTOMER
            assert asyncio.get_running_loop().time() == pytest.approx(3000.5, abs=0.1)
        assert budget.settled == [(1, RateLimited), (2, None)]

    run_virtual(main())


def test_a_server_that_always_refuses_is_asked_a_few_times_and_no_more() -> None:
    async def main() -> None:
        server, budget = ScriptedServer(LIMITED), ScriptedBudget()
        async with client_of(server, budget) as client:
            with pytest.raises(RateLimited) as caught:
                await client.delete_customer(7)
            assert caught.value.wait_s == 3000
        assert len(server.seen) == budget.granted == RetryPolicy().attempts_max

    run_virtual(main())


@pytest.mark.parametrize(
    "refusal", [QuotaSpent("used up", until=START), StorageFailed("the disk is full")], ids=["quota", "disk"]
)
def test_without_a_grant_nothing_is_sent_and_the_caller_is_told_why(refusal: UcsyncError) -> None:
    async def main() -> None:
        server, budget = ScriptedServer(ONE), ScriptedBudget(refuses=refusal)
        async with client_of(server, budget) as client:
            with pytest.raises(type(refusal)):
                await client.get_customer(7)
            assert client.requests_sent == len(server.seen) == 0
            budget.refuses = None
            assert await client.get_customer(7) == CUSTOMER

    run_virtual(main())


def test_who_gives_up_while_waiting_for_quota_has_taken_nothing() -> None:
    async def main() -> None:
        server, budget = ScriptedServer(ONE), ScriptedBudget([500.0])
        async with client_of(server, budget) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(100):
                    await client.get_customer(7)
            assert (budget.granted, budget.settled, server.seen) == (0, [], [])

    run_virtual(main())


def test_who_waits_for_quota_is_let_go_when_the_client_is_left() -> None:
    async def main() -> None:
        server, budget = ScriptedServer(ONE), ScriptedBudget([500.0])
        async with client_of(server, budget) as client:
            waiting = asyncio.create_task(client.get_customer(7))
            await asyncio.sleep(1)
        with pytest.raises(InvalidRequest, match="left"):
            await waiting
        assert asyncio.get_running_loop().time() < 2
        assert (budget.granted, server.seen) == (0, [])

    run_virtual(main())


def test_a_request_that_was_given_up_on_under_way_stays_open_because_it_may_count() -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(10)
        return await ONE(request)

    async def main() -> None:
        server, budget = ScriptedServer(slow), ScriptedBudget()
        async with client_of(server, budget) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await client.get_customer(7)
        assert (budget.granted, budget.settled) == (1, [])

    run_virtual(main())


def test_a_pause_that_the_server_wants_is_kept_before_a_grant_is_taken() -> None:
    """A grant in hand while waiting would count as a request under way."""

    async def main() -> None:
        server, budget = ScriptedServer(error("down", 503, Retry_After="60"), ONE), ScriptedBudget()
        async with client_of(server, budget) as client:
            task = asyncio.create_task(client.get_customer(7))
            await asyncio.sleep(30)
            assert budget.granted == len(budget.settled) == 1
            await task

    run_virtual(main())
