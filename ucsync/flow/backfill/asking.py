"""What a person asks of a backfill, in words: dates, oids, a budget, a time of day."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from ucsync.flow.backfill.backfill_result import WINDOW_PAGES, BackfillWishes
from ucsync.model import Backfill, By, Misused
from ucsync.plan.quota import REQUESTS_MAX, Allowance

_WINDOWS_S: Final = {"hour": 3600, "day": 86_400}
_EPOCH_DAY: Final = date(1970, 1, 1)
_OID_MAX: Final = 2**63 - 1
_DIGITS_MAX: Final = 19
_SHOWN_MAX: Final = 40

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER: Final = re.compile(rf"\d{{1,{_DIGITS_MAX}}}", re.ASCII)
_BUDGET: Final = re.compile(r"(\d{1,10})/(hour|day)", re.ASCII)
_TIME_OF_DAY: Final = re.compile(r"(\d{1,2}):(\d\d)", re.ASCII)


def wishes_of(
    now: datetime,
    *,
    by: str | None = None,
    since: str | None = None,
    before: str | None = None,
    until: str | None = None,
    oldest_first: bool = False,
    window_pages: int = WINDOW_PAGES,
    accept_deletes: int | None = None,
    restart: bool = False,
    if_needed: bool = False,
) -> BackfillWishes:
    """What is asked for in words, as values.

    Args:
        now: our clock.
        by: `oid`, `modified` or `signup`.
        since, before: `--from` and `--to`: dates in UTC, or oids.
        until: a time of day by the machine's clock on the wall; the next such moment is meant.
        oldest_first, window_pages, accept_deletes, restart, if_needed: as they are.

    Raises:
        Misused: one of them cannot be understood, or nothing lies between `since` and `before`.
    """
    if by is not None and by not in (one.value for one in By):
        raise Misused(f"--by {_shown(by)}: write one of {', '.join(one.value for one in By)}")
    cut = None if by is None else By(by)
    low, high = _bounds_of(cut, since, before, now)
    ends = None if until is None else next(moments(time_of_day("--until", until), now, None))
    return BackfillWishes(
        by=cut,
        low=low,
        high=high,
        oldest_first=oldest_first,
        window_pages=window_pages,
        accept_deletes=accept_deletes,
        restart=restart,
        if_needed=if_needed,
        until=ends,
    )


def check_same(under_way: Backfill, wishes: BackfillWishes) -> None:
    """A backfill is gone on with as it was begun; what is not said is as it was.

    Raises:
        Misused: something else is asked for.
    """
    differs = (
        wishes.by not in (None, under_way.by)
        or wishes.low not in (None, under_way.low)
        or wishes.high not in (None, under_way.high)
        or (wishes.oldest_first and under_way.newest_first)
    )
    if differs:
        order = "newest" if under_way.newest_first else "oldest"
        asked = range_in_words(under_way.by, under_way.low, under_way.high)
        part = f", {asked}" if asked else ""
        raise Misused(
            f"a backfill by {under_way.by.value}, {order} first{part}, is under way:"
            f" {under_way.rows} customers are there; go on with it without"
            " --by, --from, --to and --oldest-first, or forget it with --restart"
        )


def range_in_words(by: By, low: int | None, high: int | None) -> str:
    """What a backfill was asked for, e.g. `from 2024-01-01 to 2024-07-01`; what has no bound is left out."""
    ends = (("from", low), ("to", high))
    return " ".join(f"{word} {_bound_in_words(by, bound)}" for word, bound in ends if bound is not None)


def _bound_in_words(by: By, bound: int) -> str:
    if by is By.OID:
        return str(bound)
    at = datetime.fromtimestamp(bound, UTC)
    return f"{at:%Y-%m-%d}" if at.time() == time() else f"{at:%Y-%m-%d %H:%M:%S} UTC"


def budget_of(text: str) -> Allowance:
    """What `--budget` means: `6000/day`, `500/hour`.

    Raises:
        Misused: it cannot be understood.
    """
    found = _BUDGET.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= REQUESTS_MAX:
        raise Misused(
            f"--budget {_shown(text)}: write how many requests an hour or a day, at least one,"
            " e.g. --budget 6000/day"
        )
    return Allowance(int(found[1]), _WINDOWS_S[found[2]])


def time_of_day(option: str, text: str) -> time:
    """What `HH:MM` means.

    Args:
        option: where it stands, for the error.

    Raises:
        Misused: no such time.
    """
    found = _TIME_OF_DAY.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise Misused(f"{option} {_shown(text)}: no time of day; write one from 00:00 to 23:59, e.g. 06:00")
    return time(int(found[1]), int(found[2]))


def moments(at: time, now: datetime, zone: tzinfo | None) -> Iterator[datetime]:
    """The instants to come at which a clock on the wall shows a time, one a day.

    Args:
        at: the time. On a day that leaves it out it comes as much later as the clocks are put forward; on
            a day that has it twice, it is the first of the two.
        now: our clock; they are later than this.
        zone: of the clock on the wall; None for the machine's.
    """
    day = now.astimezone(zone).date()
    while True:
        shown = datetime.combine(day, at)
        # of an instant without a zone, `astimezone` takes the machine's
        moment = (shown if zone is None else shown.replace(tzinfo=zone)).astimezone(UTC)
        if moment > now:
            yield moment
        day += timedelta(days=1)


def _bounds_of(
    by: By | None, since: str | None, before: str | None, now: datetime
) -> tuple[int | None, int | None]:
    low = None if since is None else _bound("--from", since, by)
    high = None if before is None else _bound("--to", before, by)
    if low is not None and high is not None and low >= high:
        raise Misused(
            f"--from {_shown(since)} --to {_shown(before)}: nothing lies between them; --to is the first"
            " that is not read, so it has to be the later one"
        )
    if low is not None and by in (By.MODIFIED, By.SIGNUP) and low > now.timestamp():
        raise Misused(f"--from {_shown(since)}: nothing lies there yet; write a day that has begun")
    return low, high


def _bound(option: str, text: str, by: By | None) -> int:
    if by in (None, By.OID):
        return _oid(option, text, by)
    if not _DATE.fullmatch(text):
        raise Misused(f"{option} {_shown(text)}: no date; write one like 2024-01-31, or say --by oid")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Misused(f"{option} {text}: no such day; write one like 2024-01-31") from None
    if day < _EPOCH_DAY:
        raise Misused(f"{option} {text}: before 1970; leave {option} out to begin with the oldest")
    return (day - _EPOCH_DAY).days * _WINDOWS_S["day"]


def _oid(option: str, text: str, by: By | None) -> int:
    if _NUMBER.fullmatch(text) and 1 <= int(text) <= _OID_MAX:
        return int(text)
    if _DATE.match(text):
        told = "" if by is None else f", and --by {by.value} cuts by oids"
        raise Misused(f"{option} {_shown(text)}: a date{told}; say --by modified or --by signup")
    raise Misused(
        f"{option} {_shown(text)}: no oid of a customer; write a whole number above 0, or a date with"
        " --by modified or --by signup"
    )


def _shown(text: str | None) -> str:
    """What was typed, tame and short: it may be anything."""
    tame = "".join(one if one.isprintable() else "?" for one in text or "")
    return tame if len(tame) <= _SHOWN_MAX else f"{tame[:_SHOWN_MAX]}…"
