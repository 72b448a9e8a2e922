"""Refused logins: three within the hour, then none is sent; of each address apart, and whatever dies."""

import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.books import quick_folder
from tests.store.faulty import QuickFiles, trials
from ucsync.model import Busy, LoginRefused, Outcome, StorageFailed
from ucsync.store.files import Files
from ucsync.store.locks import hold
from ucsync.store.logins import REFUSED_MAX, WITHIN, Logins

AT = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
JO = "jo@post.example"


def logins(folder: Path, files: Files | None = None) -> Logins:
    return Logins(files or QuickFiles(), folder / "state" / "logins", "shop")


def refuse(book: Logins, times: int, email: str = JO, at: datetime = AT) -> None:
    for minute in range(times):
        book.begin(email, at + timedelta(minutes=minute))


def test_after_three_refusals_within_the_hour_no_login_is_sent(tmp_path: Path) -> None:
    book = logins(tmp_path)
    refuse(book, REFUSED_MAX)
    with pytest.raises(LoginRefused) as caught:
        book.begin(JO, AT + timedelta(minutes=59, seconds=59))
    assert "it may be tried again at 2026-11-22 04:15:00 UTC" in str(caught.value)
    assert (caught.value.exit_code, caught.value.outcome) == (77, Outcome.NOT_SENT)
    book.begin(JO, AT + WITHIN)
    with pytest.raises(LoginRefused, match="again at 2026-11-22 04:16:00"):
        book.begin(JO, AT + WITHIN)


def test_an_address_is_the_same_in_any_case_and_others_are_not_meant(tmp_path: Path) -> None:
    book = logins(tmp_path)
    refuse(book, REFUSED_MAX)
    with pytest.raises(LoginRefused):
        book.begin(f"  {JO.upper()} ", AT)
    book.begin("jo@post.example.net", AT)
    assert book.key_of(JO.title()) == book.key_of(JO) != book.key_of("jo@post.example.net")


def test_a_login_that_was_taken_clears_what_was_before(tmp_path: Path) -> None:
    book = logins(tmp_path)
    refuse(book, REFUSED_MAX)
    book.clear(JO)
    refuse(book, REFUSED_MAX)
    with pytest.raises(LoginRefused):
        book.begin(JO, AT)


def test_what_was_not_refused_is_taken_back(tmp_path: Path) -> None:
    book = logins(tmp_path)
    for _ in range(10):
        book.begin(JO, AT)
        book.withdraw(JO, AT)
    refuse(book, REFUSED_MAX)
    book.withdraw(JO, AT - timedelta(seconds=1))  # nobody noted it
    with pytest.raises(LoginRefused):
        book.begin(JO, AT)


def test_a_refusal_that_nobody_had_noted_counts(tmp_path: Path) -> None:
    book = logins(tmp_path)
    for _ in range(REFUSED_MAX):
        book.refused(JO, AT)
    with pytest.raises(LoginRefused):
        book.begin(JO, AT)


def test_a_clock_that_is_set_back_forgives_nothing_and_one_set_back_far_locks_nobody_out(
    tmp_path: Path,
) -> None:
    book = logins(tmp_path)
    refuse(book, REFUSED_MAX)
    with pytest.raises(LoginRefused):
        book.begin(JO, AT - timedelta(minutes=30))
    book.begin(JO, AT - timedelta(hours=2))


def test_the_file_is_private_small_and_names_nobody(tmp_path: Path) -> None:
    book = logins(tmp_path)
    for number in range(50):
        refuse(book, 1, f"customer-{number}@post.example", AT + timedelta(minutes=2 * number))
    path = tmp_path / "state" / "logins" / "shop.json"
    text = path.read_text(encoding="utf-8")
    assert "post.example" not in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert 0 < len(json.loads(text)["refused"]) <= 30  # those of the last hour
    assert path.stat().st_size < 5000


def test_two_states_have_no_digest_in_common(tmp_path: Path) -> None:
    one, other = logins(tmp_path / "one"), logins(tmp_path / "other")
    assert one.key_of(JO) != other.key_of(JO)
    assert re.fullmatch("[0-9a-f]{64}", one.key_of(JO))
    assert one.key_of(JO) == logins(tmp_path / "one").key_of(JO)


def test_two_merchants_do_not_count_for_one_another(tmp_path: Path) -> None:
    refuse(logins(tmp_path), REFUSED_MAX)
    Logins(QuickFiles(), tmp_path / "state" / "logins", "other").begin(JO, AT)


def test_a_damaged_file_is_no_empty_one(tmp_path: Path) -> None:
    book = logins(tmp_path)
    refuse(book, 1)
    path = tmp_path / "state" / "logins" / "shop.json"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(StorageFailed, match="damaged") as caught:
        book.begin(JO, AT)
    assert str(path) in caught.value.mend


def test_however_it_ends_a_login_that_may_be_sent_is_counted(tmp_path: Path) -> None:
    def prepare(folder: Path) -> None:
        refuse(logins(folder), REFUSED_MAX - 1)

    def action(files: Files, folder: Path) -> None:
        logins(folder, files).begin(JO, AT)

    for trial in trials(action, tmp_path, prepare):
        book = logins(trial.folder)
        if trial.ended is None:  # it may be sent now
            with pytest.raises(LoginRefused):
                book.begin(JO, AT)
        else:
            try:  # two or three: never fewer than before, never damaged
                book.begin(JO, AT)
            except LoginRefused:
                continue
            with pytest.raises(LoginRefused):
                book.begin(JO, AT)


def test_runs_at_the_same_time_do_not_lose_one_anothers_refusals(tmp_path: Path) -> None:
    def begin(number: int) -> bool:
        while True:
            try:
                logins(tmp_path).begin(f"{number % 4}@post.example", AT)
            except Busy:
                continue
            except LoginRefused:
                return False
            return True

    logins(tmp_path).key_of(JO)
    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(begin, range(32)))
    assert sum(sent) == 4 * REFUSED_MAX


def test_whoever_finds_it_locked_is_told_at_once(tmp_path: Path) -> None:
    book = logins(tmp_path)
    with hold(tmp_path / "state" / "logins", ["shop"]), pytest.raises(Busy):
        book.begin(JO, AT)


@given(st.lists(st.tuples(st.sampled_from(["refused", "taken", "lost"]), st.integers(0, 40)), max_size=20))
def test_no_hour_has_more_than_three_refusals_since_the_last_success(steps: list[tuple[str, int]]) -> None:
    with quick_folder() as folder:
        book, now, refusals = logins(folder), AT, list[datetime]()
        for outcome, minutes in steps:
            now += timedelta(minutes=minutes)
            recent = [at for at in refusals if now - at < WITHIN]
            try:
                book.begin(JO, now)
            except LoginRefused:
                assert len(recent) >= REFUSED_MAX
                continue
            assert len(recent) < REFUSED_MAX
            if outcome == "refused":
                refusals.append(now)
            elif outcome == "taken":
                book.clear(JO)
                refusals.clear()
            else:
                book.withdraw(JO, now)
