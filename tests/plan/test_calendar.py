"""The days of a backfill: as the quota would grant its requests, with the nightly runs first."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.model import By
from ucsync.plan.backfill_costs import backfill_cost
from ucsync.plan.calendar import DAYS_MAX, REQUESTS_MAX, Calendar, Night, Standing, calendar
from ucsync.plan.quota import SECOND_US, Allowance, Lane, Reserves, Rules, forecast_us, in_force

DEEP = bool(os.environ.get("UCSYNC_DEEP"))
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

limits = st.builds(Allowance, st.integers(1, 6), st.integers(1, 9))
rules = st.lists(limits, max_size=2).map(lambda found: Rules(in_force(found, ()), Reserves(0.3, 0.6)))


def nights(requests: int) -> Iterator[Night]:
    at = NOON.replace(hour=3) + DAY
    while True:
        yield Night(at, requests)
        at += DAY


def played(requests: int, standing: Standing | None = None, nightly: int = 0) -> Calendar:
    standing = standing or Standing(now=NOON, rules=Rules())
    return calendar(requests, standing, nights(nightly) if nightly else iter(()), 1.0)


def us(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


@given(rules, st.lists(st.integers(0, 20), max_size=9).map(sorted), st.integers(0, 25))
def test_without_nightly_runs_it_is_what_the_quota_foretells(
    found: Rules, past_s: list[int], requests: int
) -> None:
    answered = [NOON - timedelta(seconds=20 - second) for second in past_s]
    told = calendar(requests, Standing(now=NOON, rules=found, answered=answered), iter(()), 0.5)
    ends_us = forecast_us(
        requests, found, Lane.BACKFILL, [us(at) for at in answered], us(NOON), SECOND_US // 2
    )
    assert told.ends_at is not None
    assert us(told.ends_at) == ends_us
    assert sum(day.backfill for day in told.days) == requests


@given(
    rules, limits, st.integers(0, 30), st.lists(st.tuples(st.integers(0, 90), st.integers(0, 9)), max_size=4)
)
def test_no_limit_is_ever_exceeded_and_every_request_is_told(
    found: Rules, budget: Allowance, requests: int, runs: list[tuple[int, int]]
) -> None:
    begun = [Night(NOON + timedelta(seconds=second), count) for second, count in sorted(runs)]
    seen: list[tuple[int, bool]] = []  # when each was answered, and whether it was the backfill's

    def told_of(count: int) -> Calendar:
        return calendar(count, Standing(now=NOON, rules=found, budget=budget), iter(begun), 1.0)

    before = 0
    for count in range(1, requests + 1):  # one more request changes nothing of those before it
        told = told_of(count)
        assert told.ends_at is not None
        nightly = sum(day.nightly for day in told.days)
        seen += [(us(told.ends_at) - SECOND_US * later, False) for later in range(nightly - before, 0, -1)]
        seen.append((us(told.ends_at), True))
        before = nightly
    own = [at_us for at_us, is_own in seen if is_own]
    assert all(later - at >= SECOND_US for at, later in pairwise(own))
    for at, later in zip(own, own[budget.requests :], strict=False):
        assert later - at >= budget.window_us
    for limit, permitted in found.permitted(Lane.BACKFILL):
        for at, later in zip(own, own[permitted:], strict=False):
            assert later - at >= limit.window_us


def test_two_million_customers_take_a_day_and_a_bit() -> None:
    told = played(10_553, nightly=109)
    assert [(day.day.isoformat(), day.backfill, day.nightly) for day in told.days] == [
        ("2026-11-22", 8000, 0), ("2026-11-23", 2553, 109),
    ]  # fmt: skip
    assert told.ends_at is not None
    assert timedelta(hours=27) < told.ends_at - NOON < timedelta(hours=27.5)


def test_a_nightly_run_takes_from_what_the_backfill_may_use_and_goes_first() -> None:
    alone, beside = played(24_000), played(24_000, nightly=1000)
    assert alone.ends_at is not None
    assert beside.ends_at is not None
    assert [day.nightly for day in beside.days[1:4]] == [1000] * 3
    assert 6990 <= beside.days[2].backfill <= 7010
    assert 7990 <= alone.days[1].backfill <= 8010
    assert beside.ends_at > alone.ends_at


def test_a_budget_holds_beside_the_limits() -> None:
    told = played(20_000, Standing(now=NOON, rules=Rules(), budget=Allowance(6000, 86_400)), nightly=100)
    assert [day.backfill for day in told.days] == [6000, 6000, 6000, 2000]
    own = tuple(NOON - timedelta(hours=1) for _ in range(6000))
    spent = Standing(now=NOON, rules=Rules(), answered=own, budget=Allowance(6000, 86_400), own=own)
    told = played(1, spent)
    assert told.ends_at is not None
    assert timedelta(hours=23) < told.ends_at - NOON < timedelta(hours=23.1)


def test_requests_of_before_count() -> None:
    answered = tuple(NOON - timedelta(minutes=30) for _ in range(800))
    told = played(1, Standing(now=NOON, rules=Rules(), answered=answered))
    assert told.ends_at is not None
    assert timedelta(minutes=30) < told.ends_at - NOON < timedelta(minutes=31)


def test_days_without_a_request_are_days_too() -> None:
    told = played(3, Standing(now=NOON, rules=Rules((Allowance(1, 3 * 86_400),))))
    assert [day.backfill for day in told.days] == [1, 0, 0, 1, 0, 0, 1]


def test_what_takes_years_ends_the_calendar_and_not_the_machine() -> None:
    told = played(10**9, Standing(now=NOON, rules=Rules((Allowance(1, 86_400),))), nightly=2)
    assert told.ends_at is None
    assert DAYS_MAX <= len(told.days) <= DAYS_MAX + 3


@pytest.mark.skipif(not DEEP, reason="plays half a million requests through")
def test_what_is_too_much_to_be_played_through_has_no_end() -> None:
    assert played(REQUESTS_MAX + 1, Standing(now=NOON, rules=Rules(()))).ends_at is None


def test_nightly_runs_that_are_longer_than_a_day_leave_the_backfill_its_turn() -> None:
    told = played(40, Standing(now=NOON, rules=Rules((Allowance(20, 86_400),))), nightly=30)
    assert told.ends_at is not None
    assert sum(day.backfill for day in told.days) == 40


def test_a_backfill_by_oid_costs_hardly_more_than_its_pages() -> None:
    found = backfill_cost(2_100_000, 200, By.OID, window_pages=200, is_begun=False, closing=109)
    assert (found.floor, found.windows, found.pages, found.likely) == (10_500, 53, 10_553, 10_663)
    assert found.pages <= 1.02 * found.floor
    small = backfill_cost(0, 200, By.OID, window_pages=200, is_begun=True, closing=0)
    assert (small.windows, small.likely) == (1, 1)


def test_windows_by_time_cost_some_more() -> None:
    found = backfill_cost(100_000, 200, By.SIGNUP, window_pages=200, is_begun=True, closing=5)
    assert 500 < found.pages < 525
    assert (found.before, found.after) == (0, 7)
