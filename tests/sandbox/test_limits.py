"""Limits against a model that remembers every request and counts anew each time."""

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.sandbox.limits import Exceeded, Grant, LeakyBucket, Quota, SlidingWindow
from ucsync.sandbox.settings import Limit

SECOND = 1_000_000

limits = st.builds(Limit, st.integers(1, 5), st.integers(1, 7))
#: Microseconds between two requests: whole fractions of the limits, off by one, and anything.
steps = st.lists(
    st.one_of(
        st.integers(0, 8 * SECOND), st.integers(0, 40).map(lambda tenths: tenths * SECOND // 10), st.just(1)
    ),
    max_size=40,
)


@dataclass
class Remembered:
    """Every granted request, in microseconds."""

    limit: Limit
    granted: list[int] = field(default_factory=list)

    def window_wait(self, now: int) -> int:
        length = self.limit.seconds * SECOND
        inside = sorted(then for then in self.granted if then > now - length)
        surplus = len(inside) - self.limit.requests
        return 0 if surplus < 0 else inside[surplus] + length - now

    def bucket_wait(self, now: int) -> int:
        rate = Fraction(self.limit.requests, self.limit.seconds * SECOND)
        level, seen = Fraction(0), 0
        for then in self.granted:
            level, seen = max(Fraction(0), level - (then - seen) * rate) + 1, then
        level = max(Fraction(0), level - (now - seen) * rate)
        return max(0, ceil((level + 1 - self.limit.requests) / rate))


@given(limits, steps)
def test_a_sliding_window_never_lets_more_through_than_any_stretch_may_hold(
    limit: Limit, waits: list[int]
) -> None:
    window, model, now = SlidingWindow(limit), Remembered(limit), 0
    for wait in waits:
        now += wait
        assert window.wait_us(now) == model.window_wait(now)
        if window.wait_us(now) == 0:
            window.add(now)
            model.granted.append(now)


@given(limits, steps)
def test_a_leaky_bucket_leaks_exactly(limit: Limit, waits: list[int]) -> None:
    bucket, model, now = LeakyBucket(limit), Remembered(limit), 0
    for wait in waits:
        now += wait
        assert bucket.wait_us(now) == model.bucket_wait(now)
        if bucket.wait_us(now) == 0:
            bucket.add(now)
            model.granted.append(now)


@given(st.lists(limits, max_size=3), st.booleans(), steps)
def test_all_limits_grant_together_and_the_wait_that_is_named_is_enough(
    several: list[Limit], sliding: bool, waits: list[int]
) -> None:
    quota = Quota(several, sliding_window=sliding)
    apart = [Quota([limit], sliding_window=sliding) for limit in several]
    now_us = 1_700_000_000 * SECOND
    for wait in waits:
        now_us += wait
        taken = quota.take(now_us / SECOND)
        if isinstance(taken, Exceeded):
            assert taken.limit in several
            assert taken.wait_s > 0
            now_us += round(taken.wait_s * SECOND)
            taken = quota.take(now_us / SECOND)
        assert isinstance(taken, Grant)
        assert all(isinstance(one.take(now_us / SECOND), Grant) for one in apart)


@given(limits, st.booleans(), st.lists(st.integers(-9 * SECOND, 9 * SECOND), max_size=40))
def test_a_clock_that_is_moved_back_and_forth_never_locks_anybody_out(
    limit: Limit, sliding: bool, moves: list[int]
) -> None:
    quota, now_us = Quota([limit], sliding_window=sliding), 1_700_000_000 * SECOND
    for move in moves:
        now_us += move
        taken = quota.take(now_us / SECOND)
        assert isinstance(taken, Grant) or 0 < taken.wait_s <= limit.seconds


@pytest.mark.parametrize("sliding", [False, True])
def test_a_clock_that_is_moved_back_frees_nothing(sliding: bool) -> None:
    quota = Quota([Limit(1, 10)], sliding_window=sliding)
    assert isinstance(quota.take(1000.0), Grant)
    assert quota.take(500.0) == Exceeded(Limit(1, 10), 10.0)
    assert quota.take(505.0) == Exceeded(Limit(1, 10), 5.0)
    assert isinstance(quota.take(510.0), Grant)


@pytest.mark.parametrize("sliding", [False, True])
def test_a_slot_that_is_given_back_is_free_again(sliding: bool) -> None:
    quota = Quota([Limit(2, 10)], sliding_window=sliding)
    first, second = quota.take(0.0), quota.take(1.0)
    assert isinstance(first, Grant)
    assert isinstance(second, Grant)
    quota.give_back(second)
    assert isinstance(quota.take(1.0), Grant)
    assert isinstance(quota.take(1.0), Exceeded)


@pytest.mark.parametrize("sliding", [False, True])
def test_a_refused_request_that_is_charged_puts_the_next_one_off(sliding: bool) -> None:
    quota = Quota([Limit(1, 10)], sliding_window=sliding)
    quota.take(0.0)
    quota.charge(5.0)
    assert quota.take(10.0) == Exceeded(Limit(1, 10), 5.0)


def test_the_limit_that_refuses_longest_is_named() -> None:
    quota = Quota([Limit(1, 10), Limit(1, 100)], sliding_window=False)
    quota.take(0.0)
    assert quota.take(1.0) == Exceeded(Limit(1, 100), 99.0)
    assert quota.take(50.0) == Exceeded(Limit(1, 100), 50.0)


def test_without_limits_everything_is_granted() -> None:
    quota = Quota([], sliding_window=False)
    assert all(quota.take(0.0) == Grant() for _ in range(5))


@pytest.mark.parametrize("sliding", [False, True])
def test_a_request_that_one_limit_refuses_uses_up_nothing_of_another(sliding: bool) -> None:
    quota = Quota([Limit(1, 10), Limit(3, 1000)], sliding_window=sliding)
    quota.take(0.0)
    assert all(isinstance(quota.take(1.0), Exceeded) for _ in range(9))
    assert isinstance(quota.take(10.0), Grant)
    assert isinstance(quota.take(20.0), Grant)
