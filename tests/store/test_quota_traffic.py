"""No request too many and hardly one too few, whichever way the server counts."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.books import quick_folder
from tests.store.traffic import Traffic
from ucsync.plan.quota import Lane

DEEP = bool(os.environ.get("UCSYNC_DEEP"))
DEFAULT = ((1000, 3600), (10_000, 86_400))


def test_days_of_requests_of_two_runs_with_kills_are_never_refused_and_use_the_quota() -> None:
    requests = 100_000 if DEEP else 29_500
    with quick_folder() as folder:
        traffic = Traffic(folder, DEFAULT, (Lane.PUSH, Lane.NIGHTLY), seed=11, kill_rate=0.0005)
        traffic.play(requests)
    assert traffic.refused == 0
    assert traffic.kills > 0.0003 * requests
    assert traffic.counted / traffic.permitted() >= 0.98
    assert traffic.asked < 1.3 * traffic.counted  # nobody spins


@pytest.mark.parametrize(("lane", "share"), [(Lane.NIGHTLY, 0.95), (Lane.BACKFILL, 0.80)])
def test_a_lane_on_its_own_uses_what_it_may(lane: Lane, share: float) -> None:
    with quick_folder() as folder:
        traffic = Traffic(folder, ((1000, 3600),), (lane, lane), seed=3)
        traffic.play(round(share * 1000) * (10 if DEEP else 4))  # so many windows full
    assert traffic.refused == 0
    assert 0.98 * share <= traffic.counted / traffic.permitted() <= 1.01 * share


@given(
    limits=st.lists(st.tuples(st.integers(1, 8), st.integers(1, 60)), min_size=1, max_size=3),
    lanes=st.lists(st.sampled_from(Lane), min_size=1, max_size=3),
    longest_s=st.floats(0, 100),
    kill_rate=st.sampled_from([0.0, 0.1]),
    seed=st.integers(0, 2**32),
)
def test_no_server_ever_refuses_whatever_the_limits_and_however_long_answers_take(
    limits: list[tuple[int, int]], lanes: list[Lane], longest_s: float, kill_rate: float, seed: int
) -> None:
    with quick_folder() as folder:
        traffic = Traffic(folder, tuple(limits), tuple(lanes), seed, (0.0, longest_s), kill_rate)
        traffic.play(60)
    assert traffic.refused == 0


@pytest.mark.skipif(not DEEP, reason="takes a minute; UCSYNC_DEEP asks for it")
@pytest.mark.parametrize("seed", range(5))
def test_the_same_holds_for_every_seed(seed: int) -> None:
    with quick_folder() as folder:
        traffic = Traffic(folder, DEFAULT, (Lane.PUSH,) * 3, seed, (0.05, 2.5), kill_rate=0.002)
        traffic.play(100_000)
    assert traffic.refused == 0
    assert traffic.counted / traffic.permitted() >= 0.98
