"""The quota's arithmetic against models that count everything anew."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.model import ConfigurationInvalid
from ucsync.plan.quota import (
    DEFAULT_LIMITS,
    SECOND_US,
    Allowance,
    Lane,
    Past,
    Reserves,
    Rules,
    forecast_us,
    in_force,
    leaves_us,
    next_us,
    unnamed_wait_s,
    used,
)

HOUR = Allowance(1000, 3600)
limits = st.builds(Allowance, st.integers(1, 6), st.integers(1, 9))
instants = st.lists(st.integers(0, 30 * SECOND_US), max_size=20).map(sorted)


def past_of(answered_us: list[int], unanswered: int = 0) -> Past:
    return Past(unanswered, lambda nth: answered_us[-nth] if nth <= len(answered_us) else None)


@given(limits, instants, st.integers(0, 3), st.integers(0, 10 * SECOND_US))
def test_a_request_leaves_as_soon_as_the_window_has_room_and_not_before(
    limit: Allowance, answered_us: list[int], unanswered: int, later_us: int
) -> None:
    now_us = max(answered_us, default=0) + later_us

    def held(at_us: int) -> int:
        return sum(at_us < then + limit.window_us for then in answered_us) + unanswered

    leaves = leaves_us(limit, limit.requests, past_of(answered_us, unanswered), now_us)
    assert held(now_us) == used(limit, answered_us, unanswered, now_us)
    assert (leaves == now_us) is (held(now_us) < limit.requests)
    if unanswered < limit.requests:
        assert held(leaves) < limit.requests
        assert leaves == now_us or held(leaves - 1) >= limit.requests


def test_a_window_is_kept_a_little_longer_than_the_servers_clock_may_say() -> None:
    assert HOUR.window_us == 3603.6 * SECOND_US


def test_a_push_may_use_all_and_the_others_leave_their_reserve() -> None:
    reserves = Reserves()
    assert [reserves.permitted(HOUR, lane) for lane in Lane] == [1000, 950, 800]
    assert [Reserves(0, 0.5).permitted(HOUR, lane) for lane in Lane] == [1000, 1000, 500]


@given(limits, st.floats(0, 1, exclude_max=True), st.sampled_from(Lane))
def test_every_lane_may_use_something_and_no_more_than_there_is(
    limit: Allowance, share: float, lane: Lane
) -> None:
    assert 1 <= Reserves(share, share).permitted(limit, lane) <= limit.requests


@pytest.mark.parametrize("figures", [(0, 3600), (-1, 5), (5, 0), (1, 10**9), (10**10, 5)])
def test_a_limit_that_is_none_is_refused(figures: tuple[int, int]) -> None:
    with pytest.raises(ConfigurationInvalid, match="no limit"):
        Allowance(*figures)


@pytest.mark.parametrize("shares", [(1.0, 0.2), (0.05, -0.1), (float("nan"), 0.2)])
def test_a_reserve_that_is_no_share_is_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(ConfigurationInvalid, match="reserves"):
        Reserves(*shares)


def test_of_configured_and_learned_limits_the_smaller_holds() -> None:
    learned = [Allowance(500, 3600), Allowance(20_000, 86_400), Allowance(5, 1)]
    assert in_force(DEFAULT_LIMITS, learned) == (Allowance(5, 1), Allowance(500, 3600), DEFAULT_LIMITS[1])
    assert in_force((), ()) == ()


def test_the_limit_that_is_named_is_the_one_that_holds_up_longest() -> None:
    rules = Rules((Allowance(1, 2), Allowance(2, 9), Allowance(5, 9)))
    answered_us = [SECOND_US, 3 * SECOND_US]
    assert next_us(rules, Lane.PUSH, past_of(answered_us), 4 * SECOND_US) == (
        10_009_000, Allowance(2, 9),
    )  # fmt: skip
    assert next_us(rules, Lane.PUSH, past_of([]), 7) == (7, None)
    assert next_us(Rules(()), Lane.PUSH, past_of(answered_us), 7) == (7, None)
    strained = Rules((Allowance(5, 9),), strained=(Allowance(3, 9),))
    assert next_us(strained, Lane.PUSH, past_of([SECOND_US]), SECOND_US) == (4_003_000, Allowance(3, 9))
    assert next_us(strained, Lane.PUSH, past_of([], 1), 7) == (3_003_007, Allowance(3, 9))
    assert next_us(strained, Lane.PUSH, past_of([]), 7) == (7, None)


@given(
    st.lists(limits, max_size=2).map(lambda found: in_force(found, ())),
    instants,
    st.sampled_from(Lane),
    st.integers(0, 25),
    st.integers(0, 2 * SECOND_US),
)
def test_a_forecast_is_what_sending_would_take(
    found: tuple[Allowance, ...], answered_us: list[int], lane: Lane, requests: int, each_us: int
) -> None:
    rules, now_us = Rules(found, Reserves(0.3, 0.6)), max(answered_us, default=0)
    times, ends_us = list(answered_us), now_us
    for _ in range(requests):
        leaves, _ = next_us(rules, lane, past_of(times), ends_us)
        ends_us = leaves + each_us
        times.append(ends_us)
    assert forecast_us(requests, rules, lane, answered_us, now_us, each_us) == ends_us


def test_a_day_and_a_bit_of_requests_ends_on_the_second_day() -> None:
    hours = forecast_us(10_001, Rules(), Lane.PUSH, [], 0, SECOND_US // 2) / SECOND_US / 3600
    assert 24 < hours < 24.1
    hours = forecast_us(2000, Rules(), Lane.PUSH, [], 0, SECOND_US // 2) / SECOND_US / 3600
    assert 1 < hours < 1.2


def test_a_refusal_without_a_wait_is_waited_out_longer_and_longer_and_never_beyond_its_window() -> None:
    waits = [unnamed_wait_s(HOUR, refusals) for refusals in range(1, 9)]
    assert waits[:3] == [3.6, 36, 360]
    assert waits[-1] == 3600
    assert all(before <= after for before, after in pairwise(waits))
    assert unnamed_wait_s(HOUR, 10**9) == 3600
