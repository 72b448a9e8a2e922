"""The retry policy as arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from ucsync.model import AnswerUnusable, BadRequest, ConnectionLost, Outcome, RateLimited, ServerFault
from ucsync.plan import RetryPolicy

POLICY = RetryPolicy()
UNKNOWN = ConnectionLost("x", "", outcome=Outcome.UNKNOWN)
NOT_SENT = ConnectionLost("x", "", outcome=Outcome.NOT_SENT)
CHANCES = st.floats(0, 1, exclude_max=True)


def limited(wait_s: float | None) -> RateLimited:
    failure = RateLimited("x", "", status=429)
    failure.wait_s = wait_s
    return failure


def test_a_write_is_repeated_only_when_nothing_happened() -> None:
    assert POLICY.may_repeat(NOT_SENT, safe=False)
    assert POLICY.may_repeat(limited(None), safe=False)
    assert not POLICY.may_repeat(UNKNOWN, safe=False)
    assert not POLICY.may_repeat(ServerFault("x", "", status=503), safe=False)
    assert not POLICY.may_repeat(AnswerUnusable("x", "", status=200, passing=True), safe=False)


def test_a_refusal_is_never_repeated() -> None:
    assert not POLICY.may_repeat(BadRequest("x", "", status=400), safe=True)


@given(attempt=st.integers(1, 10_000), chance=CHANCES)
def test_jitter_is_full_and_bounded(attempt: int, chance: float) -> None:
    assert 0 <= POLICY.wait_s(UNKNOWN, attempt, chance) <= POLICY.wait_max_s
    assert POLICY.wait_s(UNKNOWN, attempt, 0.0) == 0


@given(wait_s=st.floats(0, 86_400), chance=CHANCES, attempt=st.integers(1, 50))
def test_the_servers_wait_is_the_least(wait_s: float, chance: float, attempt: int) -> None:
    assert POLICY.wait_s(limited(wait_s), attempt, chance) >= wait_s


@given(elapsed_s=st.floats(0, 1000), wait_s=st.floats(0, 1000), attempt=st.integers(1, 9))
def test_an_end_comes_by_count_or_by_time(elapsed_s: float, wait_s: float, attempt: int) -> None:
    ends = POLICY.ends(attempt, elapsed_s, wait_s)
    assert ends == (attempt >= 5 or elapsed_s + wait_s > 300)
