"""A backfill pauses: for the night, for quota, for a server that is away; and loses nothing by it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.flow.backfill.yard import Log, Yard, in_yard
from ucsync.flow import Stop
from ucsync.flow.backfill.run import FAILURES_MAX
from ucsync.model import ApplicationDisabled, Busy, Misused, QuotaSpent, ServerFault, Stopped
from ucsync.plan import Allowance
from ucsync.sandbox.settings import Limit
from ucsync.store import last_runs

#: Two windows of 4 pages, one request before them and one after them.
CUSTOMERS = 73
SMALL: dict[str, Any] = {"page_size": 10}
REQUESTS = 10
HOUR_S = 3600.0


def now_s() -> float:
    return asyncio.get_running_loop().time()


def limits(requests: int, seconds: int = 3600) -> dict[str, Any]:
    """The same at the server and in the configuration."""
    sync = {**SMALL, "requests_per_hour": requests, "requests_per_day": 0}
    return {"sync": sync, "limits": (Limit(requests, seconds),)}


async def check_complete(yard: Yard, requests: int = REQUESTS) -> None:
    assert yard.disagreements() == []
    assert yard.receipt.full_at is not None
    assert yard.receipt.backfill is None
    assert yard.requests == requests
    assert dict(yard.sandbox.counters.too_many) == {}
    assert yard.sandbox.counters.in_flight_most == 1


def test_at_the_time_to_pause_it_ends_and_the_next_run_refetches_nothing() -> None:
    async def scenario(yard: Yard) -> None:
        until = yard.world.clock.now() + timedelta(seconds=7.5)
        paused = await yard.backfill(until=until)
        assert (paused.exit_code, paused.paused_until, now_s()) == (76, None, 8)
        assert paused.line.startswith("backfill paused: 37 customers in 1 windows")
        with pytest.raises(Misused, match="had come before it began"):
            await yard.with_lake("fresh").backfill(until=until)
        done = await yard.backfill()
        assert done.notes[0] == "3 pages of window 2 were there already"
        assert paused.requests + done.requests == REQUESTS
        assert (paused.exit_code, done.exit_code) == (76, 0)
        await check_complete(yard)
        with yard.state() as state:
            ends = [(run.kind, run.exit_code, run.requests) for run in last_runs(state)]
        assert ends == [("backfill", 0, 2), ("backfill", 2, 0), ("backfill", 76, 8)]

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_it_waits_for_quota_and_keeps_nobody_out_meanwhile() -> None:
    async def scenario(yard: Yard) -> None:
        backfill = asyncio.ensure_future(yard.backfill(watcher=(log := Log())))
        for _ in range(2):
            await asyncio.sleep(1000)  # by then its share of the hour is spent
            before_s = now_s()
            night = await yard.sync()
            assert (night.requests, now_s() - before_s) == (1, 1.0)
        done = await backfill
        assert (done.exit_code, log.turns) == (0, 0)
        assert log.waits > 0
        assert HOUR_S < done.seconds < 1.02 * HOUR_S
        assert done.requests == REQUESTS - 1, "the last nightly run has read all that was left"
        await check_complete(yard, REQUESTS + 1)

    in_yard(scenario, CUSTOMERS, **limits(11))


def test_told_not_to_wait_it_ends_and_says_when_to_go_on() -> None:
    async def scenario(yard: Yard) -> None:
        runs = 0
        while (result := await yard.backfill(on_quota="stop")).exit_code == 76:
            runs += 1
            assert result.paused_until is not None
            with pytest.raises(QuotaSpent):
                await yard.with_lake("fresh").backfill(on_quota="stop")
            await asyncio.sleep((result.paused_until - yard.world.clock.now()).total_seconds())
        assert (result.exit_code, runs) == (0, 1)
        await check_complete(yard)

    in_yard(scenario, CUSTOMERS, **limits(8))


def test_a_pause_that_would_last_beyond_the_time_to_pause_is_the_end_of_the_run() -> None:
    async def scenario(yard: Yard) -> None:
        until = yard.world.clock.now() + timedelta(minutes=50)
        result = await yard.backfill(until=until)
        assert result.exit_code == 76
        assert now_s() < 60

    in_yard(scenario, CUSTOMERS, **limits(8))


def test_its_own_budget_holds_across_runs_and_for_nobody_else() -> None:
    async def scenario(yard: Yard) -> None:
        budget = Allowance(6, 3600)
        first = await yard.backfill(budget=budget, on_quota="stop")
        assert (first.requests, first.exit_code) == (6, 76)
        again = await yard.backfill(budget=budget, on_quota="stop")
        assert (again.requests, again.paused_until) == (0, first.paused_until)
        assert (await yard.sync()).requests == 1
        done = await yard.backfill(budget=budget)
        assert HOUR_S < done.seconds + 10 < 1.02 * HOUR_S
        assert done.exit_code == 0
        await check_complete(yard, REQUESTS + 1)

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_asked_to_stop_it_keeps_its_pages_even_while_it_waits() -> None:
    async def scenario(yard: Yard) -> None:
        for after_s in (3.4, 1000.0):
            stop = Stop()
            asyncio.get_running_loop().call_later(after_s, stop.ask, 143)
            before_s = now_s()
            with pytest.raises(Stopped) as stopped:
                await yard.backfill(stop=stop)
            assert stopped.value.exit_code == 143
            assert now_s() - before_s <= after_s + 1
        assert (await yard.backfill()).exit_code == 0
        await check_complete(yard)

    in_yard(scenario, CUSTOMERS, **limits(8))


def test_a_server_that_is_away_for_hours_is_waited_for() -> None:
    async def scenario(yard: Yard) -> None:
        def rise() -> None:
            yard.sandbox.faults = {}

        def fall(pages: int) -> None:
            if pages == 6:
                yard.sandbox.faults = {"503-html": 1.0}
                asyncio.get_running_loop().call_later(3 * HOUR_S, rise)

        done = await yard.backfill(watcher=(log := Log(fall)))
        assert done.exit_code == 0
        assert 3 * HOUR_S < done.seconds < 4.2 * HOUR_S
        assert log.outages == ["ServerFault in getCustomers, status 503"] * len(log.outages)
        assert 5 <= len(log.outages) <= 8
        assert yard.disagreements() == []

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_a_server_that_never_comes_back_is_given_up() -> None:
    async def scenario(yard: Yard) -> None:
        with pytest.raises(ServerFault):
            await yard.backfill(watcher=(log := Log()))
        assert len(log.outages) == FAILURES_MAX - 1
        assert now_s() > 7 * HOUR_S
        before_s = now_s()
        with pytest.raises(ServerFault):
            await yard.backfill(on_quota="stop")
        assert now_s() - before_s < 0.1 * HOUR_S

    in_yard(scenario, CUSTOMERS, sync=SMALL, faults={"500": 1.0})


def test_a_key_that_is_refused_is_said_at_once() -> None:
    async def scenario(yard: Yard) -> None:
        def switch_off(pages: int) -> None:
            yard.sandbox.disabled = pages >= 5

        with pytest.raises(ApplicationDisabled):
            await yard.backfill(watcher=Log(switch_off))
        assert now_s() < 10
        yard.sandbox.disabled = False
        assert (await yard.backfill()).exit_code == 0
        assert yard.disagreements() == []

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_a_second_backfill_is_refused_and_the_first_one_goes_on() -> None:
    async def scenario(yard: Yard) -> None:
        first = asyncio.ensure_future(yard.backfill())
        await asyncio.sleep(5)
        with pytest.raises(Busy, match="another run holds backfill-") as busy:
            await yard.backfill()
        assert busy.value.exit_code == 75
        assert (await first).exit_code == 0
        await check_complete(yard)

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_connections_that_break_now_and_then_cost_a_repetition_and_nothing_else() -> None:
    async def scenario(yard: Yard) -> None:
        assert (await yard.backfill()).exit_code == 0
        assert yard.disagreements() == []

    faults = {"500": 0.1, "reset": 0.1, "truncate": 0.05, "garbage": 0.05, "html": 0.05, "429": 0.05}
    in_yard(scenario, CUSTOMERS, sync=SMALL, faults=faults)
