"""The quota book against a book that remembers every request, and against clocks, kills and neighbours."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.books import START, HandClock, book_of, open_database, quick_folder
from ucsync.plan.quota import Allowance, Grant, Lane, Wait
from ucsync.store.database import Database
from ucsync.store.quota_book import LEARNED_DAYS, QuotaBook

HOUR_S = 3603.6  # with the margin


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as found:
        yield found


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    with open_database(folder) as found:
        yield found


def spend(book: QuotaBook, clock: HandClock, requests: int, each_s: float = 0.0) -> None:
    """Send so many, which must all be granted."""
    for _ in range(requests):
        grant = book.try_take(Lane.PUSH)
        assert isinstance(grant, Grant)
        clock.move(each_s)
        book.settle(grant)


def wait_of(book: QuotaBook, lane: Lane = Lane.PUSH) -> float:
    """How long it says to wait; 0 when it grants, and then that is given back."""
    taken = book.try_take(lane)
    if isinstance(taken, Wait):
        return taken.seconds
    book.give_back(taken)
    return 0.0


small_limits = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 9)), min_size=1, max_size=2)
steps = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 20), st.sampled_from(["send", "lose", "wait"])), max_size=40
)


@given(small_limits, steps)
def test_the_book_grants_exactly_what_a_perfect_memory_would(
    limits: list[tuple[int, int]], walk: list[tuple[int, int, str]]
) -> None:
    smallest = {seconds: min(n for n, other in limits if other == seconds) for _, seconds in limits}
    clock = HandClock()
    answered: list[float] = []
    with quick_folder() as folder, open_database(folder) as database:
        book = book_of(database, clock, *limits)
        for pause, took, what in walk:
            clock.move(pause / 10)
            now_s = clock.monotonic()
            free_s = now_s
            for seconds, requests in smallest.items():
                if len(answered) >= requests:
                    free_s = max(free_s, answered[-requests] + seconds * 1.001)
            taken = book.try_take(Lane.PUSH)
            if isinstance(taken, Wait):
                assert free_s - now_s == pytest.approx(taken.seconds, abs=1e-5)
                assert taken.until == clock.now() + timedelta(seconds=taken.seconds)
                if what == "wait":
                    clock.move(taken.seconds)
                    assert wait_of(book) == 0
                continue
            assert free_s <= now_s + 1e-5
            if what == "lose":
                book.give_back(taken)
                continue
            clock.move(took / 10)
            book.settle(taken)
            answered.append(clock.monotonic())


def test_what_was_spent_is_known_after_a_restart(folder: Path, clock: HandClock) -> None:
    with open_database(folder) as database:
        spend(book_of(database, clock, (5, 3600)), clock, 5)
    with open_database(folder) as database:
        assert wait_of(book_of(database, clock, (5, 3600))) == HOUR_S


def test_two_runs_share_one_quota(folder: Path, clock: HandClock) -> None:
    with open_database(folder) as one, open_database(folder) as other:
        books = [book_of(database, clock, (5, 3600)) for database in (one, other)]
        for book in (*books, *books, books[0]):
            spend(book, clock, 1)
        assert [wait_of(book) for book in books] == [HOUR_S, HOUR_S]


def test_applications_have_a_quota_each(database: Database, clock: HandClock) -> None:
    spend(book_of(database, clock, (5, 3600)), clock, 5)
    assert wait_of(book_of(database, clock, (5, 3600), application="other")) == 0


def test_a_request_under_way_takes_a_slot(database: Database, clock: HandClock) -> None:
    book = book_of(database, clock, (1, 3600))
    grant = book.try_take(Lane.PUSH)
    assert isinstance(grant, Grant)
    assert wait_of(book) == HOUR_S
    clock.move(10)
    book.settle(grant)
    assert wait_of(book) == HOUR_S  # its slot is free a window after its answer, not after its start


def test_a_request_whose_run_was_killed_counts_as_answered_as_late_as_it_can_be(
    folder: Path, clock: HandClock
) -> None:
    with open_database(folder) as database:
        assert isinstance(book_of(database, clock, (1, 3600)).try_take(Lane.PUSH), Grant)
    with open_database(folder) as database:
        book = book_of(database, clock, (1, 3600))
        clock.move(8 * 60)
        assert wait_of(book) == pytest.approx(120 + HOUR_S - 8 * 60)


def test_an_answer_that_came_too_late_counts_from_when_it_came(database: Database, clock: HandClock) -> None:
    book = book_of(database, clock, (1, 3600))
    grant = book.try_take(Lane.PUSH)
    assert isinstance(grant, Grant)
    clock.move(1800)  # the machine slept
    assert wait_of(book) > 0
    book.settle(grant)
    assert wait_of(book) == HOUR_S


def test_a_request_that_found_no_server_costs_nothing(database: Database, clock: HandClock) -> None:
    book = book_of(database, clock, (1, 3600))
    for _ in range(5):
        grant = book.try_take(Lane.PUSH)
        assert isinstance(grant, Grant)
        book.give_back(grant)


def test_a_clock_that_is_set_back_frees_nothing_and_what_passes_from_there_on_counts(
    database: Database, clock: HandClock
) -> None:
    book = book_of(database, clock, (5, 3600))
    spend(book, clock, 5)
    clock.move(600)
    assert wait_of(book) == HOUR_S - 600
    clock.move(-86_400)
    assert wait_of(book) == HOUR_S - 600
    clock.move(600)
    taken = book.try_take(Lane.PUSH)
    assert isinstance(taken, Wait)
    assert taken.seconds == HOUR_S - 1200
    assert taken.until == clock.now() + timedelta(seconds=taken.seconds)


def test_a_clock_that_was_a_year_ahead_does_not_hold_anything_up_for_a_year(
    database: Database, clock: HandClock
) -> None:
    clock.move(365 * 86_400)
    book = book_of(database, clock, (5, 3600))
    spend(book, clock, 5)
    clock.move(-365 * 86_400)
    assert wait_of(book) == HOUR_S


def test_a_clock_that_is_set_forward_frees_what_that_time_would_have(
    database: Database, clock: HandClock
) -> None:
    book = book_of(database, clock, (5, 3600))
    spend(book, clock, 5)
    clock.move(HOUR_S)
    spend(book, clock, 5)


def test_a_limit_that_the_server_named_holds_from_then_on_for_all(folder: Path, clock: HandClock) -> None:
    with open_database(folder) as one, open_database(folder) as other:
        book = book_of(one, clock, (10, 3600))
        spend(book, clock, 3)
        assert book.learn(3, 3600)
        assert book.learn(100, 86_400)
        for database in (one, other):
            assert wait_of(book_of(database, clock, (10, 3600))) == HOUR_S
        limits = [spent.limit for spent in book_of(other, clock, (10, 3600)).spent(Lane.PUSH)]
        assert limits == [Allowance(3, 3600), Allowance(100, 86_400)]


def test_a_larger_limit_than_configured_is_not_used(database: Database, clock: HandClock) -> None:
    book = book_of(database, clock, (2, 3600))
    assert book.learn(1000, 3600)
    clock.move(HOUR_S)
    spend(book, clock, 2)
    assert wait_of(book) == HOUR_S


def test_after_a_refusal_slots_are_taken_one_by_one_for_the_length_of_the_window(
    database: Database, clock: HandClock
) -> None:
    book = book_of(database, clock, (100, 3600))
    spend(book, clock, 1)
    book.learn(100, 3600)  # somebody else has used the other ninety-nine
    for _ in range(5):
        assert wait_of(book) == 36.036
        clock.move(36.036)
        spend(book, clock, 1)
    clock.move(HOUR_S)
    spend(book, clock, 100)


@pytest.mark.parametrize("named", [(0, 3600), (1000, 0), (1, 999_999_999)])
def test_a_limit_that_would_hold_everything_up_is_not_believed(
    database: Database, clock: HandClock, named: tuple[int, int]
) -> None:
    book = book_of(database, clock)
    assert not book.learn(*named)
    spend(book, clock, 20)


def test_a_learned_limit_is_tried_anew_after_a_month(database: Database, clock: HandClock) -> None:
    book = book_of(database, clock, (10, 3600))
    book.learn(1, 3600)
    clock.move(LEARNED_DAYS * 86_400 - 1)
    assert [spent.permitted for spent in book.spent(Lane.PUSH)] == [1]
    clock.move(2)
    assert [spent.permitted for spent in book.spent(Lane.PUSH)] == [10]


def test_a_wait_that_the_server_asked_for_is_kept_by_all_and_after_a_restart(
    folder: Path, clock: HandClock
) -> None:
    with open_database(folder) as one, open_database(folder) as other:
        book_of(one, clock).shut(600)
        book_of(one, clock).shut(60)  # a shorter one does not end it
        taken = book_of(other, clock).try_take(Lane.PUSH)
        assert isinstance(taken, Wait)
        assert (taken.seconds, taken.limit) == (600, None)
    with open_database(folder) as database:
        clock.move(599.5)
        assert wait_of(book_of(database, clock)) == 0.5
        clock.move(0.5)
        assert wait_of(book_of(database, clock)) == 0
        book_of(database, clock).shut(10**9)
        assert wait_of(book_of(database, clock)) == 86_400


def test_a_nightly_run_leaves_room_for_pushes_and_a_backfill_for_both(
    database: Database, clock: HandClock
) -> None:
    book = book_of(database, clock, (20, 3600))
    spend(book, clock, 16)
    assert [wait_of(book, lane) for lane in Lane] == [0, 0, HOUR_S]
    spend(book, clock, 3)
    assert [wait_of(book, lane) for lane in Lane] == [0, HOUR_S, HOUR_S]
    spend(book, clock, 1)
    assert [wait_of(book, lane) for lane in Lane] == [HOUR_S] * 3


def test_what_is_spent_and_when_more_is_free_can_be_asked(database: Database, clock: HandClock) -> None:
    book = book_of(database, clock, (20, 3600), (1000, 86_400))
    spend(book, clock, 19, each_s=1)
    assert isinstance(book.try_take(Lane.PUSH), Grant)
    hour, day = book.spent(Lane.NIGHTLY)
    assert (hour.used, hour.permitted, hour.limit) == (20, 19, Allowance(20, 3600))
    assert hour.free_at == START + timedelta(seconds=2 + HOUR_S)  # the second has left, one is under way
    assert (day.used, day.permitted, day.free_at) == (20, 950, clock.now())


def test_a_forecast_counts_what_was_spent_before(database: Database, clock: HandClock) -> None:
    book = book_of(database, clock, (20, 3600))
    assert book.forecast(20, Lane.PUSH, 1.0) == START + timedelta(seconds=20)
    spend(book, clock, 10)
    assert book.forecast(20, Lane.PUSH, 1.0) == START + timedelta(seconds=HOUR_S + 10)
    book.shut(7200)
    assert book.forecast(1, Lane.PUSH, 1.0) == START + timedelta(seconds=7201)


def test_what_no_limit_asks_for_any_more_is_dropped(database: Database, clock: HandClock) -> None:
    book = book_of(database, clock, (100, 60))
    for _ in range(60):
        spend(book, clock, 20)
        clock.move(7200)
    [(kept,)] = database.rows("counting", "SELECT count(*) FROM quota_answered")
    assert 240 <= kept <= 240 + 256 + 20


TAKING = """
import sys
from pathlib import Path
from tests.store.books import HandClock, book_of, open_database
from ucsync.plan.quota import Grant, Lane
book = book_of(open_database(Path(sys.argv[1])), HandClock(), (100, 3600))
granted = 0
while isinstance(grant := book.try_take(Lane.PUSH), Grant):
    granted += 1
    book.settle(grant)
print(granted)
"""
DYING = """
import os, signal, sys
from pathlib import Path
from tests.store.books import HandClock, book_of, open_database
from ucsync.plan.quota import Lane
book_of(open_database(Path(sys.argv[1])), HandClock(), (1, 3600)).try_take(Lane.PUSH)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_processes_at_once_get_together_what_the_limit_grants_from_the_first_opening_on(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", TAKING, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    granted = [int(process.communicate(timeout=60)[0]) for process in running]
    assert sum(granted) == 100


def test_a_grant_is_on_the_disk_before_its_request_leaves(tmp_path: Path, clock: HandClock) -> None:
    ended = subprocess.run([sys.executable, "-c", DYING, str(tmp_path)], timeout=60, check=False)
    assert ended.returncode == -signal.SIGKILL
    with open_database(tmp_path) as database:
        assert wait_of(book_of(database, clock, (1, 3600))) > 0
