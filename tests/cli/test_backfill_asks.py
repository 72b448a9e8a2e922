"""What is asked of a backfill in words: understood as meant, or refused in one line with its mend."""

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.samples import MIDNIGHT
from ucsync.flow.backfill.asking import (
    budget_of,
    check_same,
    moments,
    range_in_words,
    time_of_day,
    wishes_of,
)
from ucsync.model import Backfill, By, Misused
from ucsync.plan import Allowance

BERLIN = ZoneInfo("Europe/Berlin")


def test_dates_are_days_in_utc_and_oids_are_oids() -> None:
    found = wishes_of(MIDNIGHT, by="modified", since="2024-01-01", before="2024-07-01")
    assert found.by is By.MODIFIED
    assert found.low == datetime(2024, 1, 1, tzinfo=UTC).timestamp()
    assert found.high == datetime(2024, 7, 1, tzinfo=UTC).timestamp()
    found = wishes_of(MIDNIGHT, since="1000015", before="20240101")
    assert (found.by, found.low, found.high) == (None, 1_000_015, 20_240_101)


@given(st.dates(date(1970, 1, 1), date(2026, 11, 21)))
def test_every_day_of_the_past_can_be_asked_for_and_reads_as_it_was_typed(day: date) -> None:
    found = wishes_of(MIDNIGHT, by="signup", since=day.isoformat())
    assert range_in_words(By.SIGNUP, found.low, None) == f"from {day}"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"since": "2024-01-01"}, "--from 2024-01-01: a date; say --by modified or --by signup"),
        ({"by": "oid", "before": "2024-01-01"}, "a date, and --by oid cuts by oids; say --by modified or"),
        (
            {"by": "signup", "since": "2024-02-30"},
            "--from 2024-02-30: no such day; write one like 2024-01-31",
        ),
        ({"by": "signup", "since": "1.2.2024"}, "--from 1.2.2024: no date; write one like 2024-01-31"),
        ({"by": "modified", "before": "20240101"}, "--to 20240101: no date; write one like"),
        ({"by": "signup", "since": "1969-12-31"}, "before 1970; leave --from out"),
        ({"by": "signup", "since": "2027-01-01"}, "nothing lies there yet; write a day that has begun"),
        ({"by": "signup", "since": "2024-02-01", "before": "2024-01-01"}, "nothing lies between them"),
        ({"by": "signup", "since": "2024-02-01", "before": "2024-02-01"}, "nothing lies between them"),
        ({"since": "12", "before": "12"}, "nothing lies between them; --to is the first that is not read"),
        ({"since": "0"}, "no oid of a customer; write a whole number above 0"),
        ({"since": "-5"}, "no oid of a customer"),
        ({"since": "٣"}, "no oid of a customer"),
        ({"since": "9" * 500}, "no oid of a customer"),
        ({"by": "weekday"}, "--by weekday: write one of oid, modified, signup"),
        ({"until": "25:00"}, "--until 25:00: no time of day; write one from 00:00 to 23:59, e.g. 06:00"),
        ({"until": "6"}, "--until 6: no time of day"),
        ({"until": "06:60\x1b[2J"}, r"--until 06:60\?\[2J: no time of day"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_mend(asked: dict[str, str], said: str) -> None:
    with pytest.raises(Misused, match=said) as caught:
        wishes_of(MIDNIGHT, **asked)  # type: ignore[arg-type]  # what a person types is text
    assert caught.value.exit_code == 2
    assert len(str(caught.value)) < 200
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("6000/day", Allowance(6000, 86_400)),
        ("1/hour", Allowance(1, 3600)),
        ("0500/day", Allowance(500, 86_400)),
    ],
)
def test_a_budget_is_so_many_requests_an_hour_or_a_day(text: str, meant: Allowance) -> None:
    assert budget_of(text) == meant


@pytest.mark.parametrize(
    "text", ["", "0/day", "5/week", "6000", "6000/Day", "-1/day", "1.5/day", "6000 / day", "9999999999/day"]
)
def test_a_budget_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(
        Misused, match=rf"--budget {re.escape(text)}: write how many .* e.g. --budget 6000/day"
    ):
        budget_of(text)


@pytest.mark.parametrize(
    ("text", "now", "next_at"),
    [
        ("06:00", "2026-11-22T04:59+00:00", "2026-11-22T05:00+00:00"),
        ("06:00", "2026-11-22T05:00+00:00", "2026-11-23T05:00+00:00"),
        ("6:00", "2026-11-22T23:30+00:00", "2026-11-23T05:00+00:00"),  # 00:30 of the next day in Berlin
        ("00:00", "2026-11-22T22:59+00:00", "2026-11-22T23:00+00:00"),
        ("02:30", "2027-03-28T00:00+00:00", "2027-03-28T01:30+00:00"),  # the clocks go from 02:00 to 03:00
        ("02:30", "2026-10-25T00:00+00:00", "2026-10-25T00:30+00:00"),  # there are two, the first is meant
        ("02:30", "2026-10-25T00:45+00:00", "2026-10-26T01:30+00:00"),
    ],
)
def test_a_time_of_day_is_the_next_such_moment_on_the_wall(text: str, now: str, next_at: str) -> None:
    at = time_of_day("--until", text)
    assert next(moments(at, datetime.fromisoformat(now), BERLIN)) == datetime.fromisoformat(next_at)


@given(st.times(), st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))
def test_the_moments_to_come_are_one_a_day(at: time, now: datetime) -> None:
    found = list(islice(moments(at.replace(second=0, microsecond=0), now, BERLIN), 5))
    assert timedelta() < found[0] - now <= timedelta(hours=25)
    assert all(timedelta(hours=23) <= later - one <= timedelta(hours=25) for one, later in pairwise(found))


def test_the_machines_own_clock_is_meant_by_until() -> None:
    found = wishes_of(MIDNIGHT, until="06:00").until
    assert found is not None
    local = found.astimezone()
    assert (local.hour, local.minute) == (6, 0)
    assert timedelta() < found - MIDNIGHT <= timedelta(hours=25)


UNDER_WAY = Backfill(
    backfill="20261122T000000Z-0000000b", by=By.SIGNUP, newest_first=True, low=86_400, high=None,
    started_at=MIDNIGHT, fingerprint="f" * 16, schema="5" * 16, total=1000, on_nothing=True, windows=3,
    rows=600,
)  # fmt: skip


@pytest.mark.parametrize("asked", [{}, {"by": "signup"}, {"by": "signup", "since": "1970-01-02"}])
def test_one_under_way_is_gone_on_with_when_nothing_else_is_asked_for(asked: dict[str, str]) -> None:
    check_same(UNDER_WAY, wishes_of(MIDNIGHT, **asked))  # type: ignore[arg-type]  # what a person types is text


@pytest.mark.parametrize(
    "asked",
    [{"by": "oid"}, {"by": "signup", "since": "1970-01-03"}, {"by": "signup", "before": "2020-01-01"},
     {"oldest_first": True}],
)  # fmt: skip
def test_one_that_was_begun_otherwise_is_not_mixed_up_with(asked: dict[str, object]) -> None:
    said = (
        "a backfill by signup, newest first, from 1970-01-02, is under way: 600 customers are there"
        "; go on with it without .*, or forget it with --restart"
    )
    with pytest.raises(Misused, match=said):
        check_same(UNDER_WAY, wishes_of(MIDNIGHT, **asked))  # type: ignore[arg-type]  # of several kinds
