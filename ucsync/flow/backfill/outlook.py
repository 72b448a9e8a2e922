"""The nightly runs beside a backfill, and how its days go with them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from ucsync.flow.backfill.asking import moments
from ucsync.flow.ledger import REQUEST_S, Ledger
from ucsync.model import Receipt, ScanKind
from ucsync.plan.calendar import Calendar, Night, calendar
from ucsync.plan.costs import cost, likely_changes

#: When nobody knows when the nightly run is.
NIGHT_ASSUMED: Final = time(3, 15)

#: Syncs within the same hour of so many days of the newest ones are a habit.
_HABIT_NIGHTS_MIN: Final = 2
_RECENT: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Habit:
    """The nightly runs to come.

    Attributes:
        at: the time of day.
        requests: of each.
        zone: of that time, None for the machine's.
        known_from: where that time is from.
    """

    at: time
    requests: int
    zone: tzinfo | None
    known_from: str

    def nights(self, now: datetime) -> Iterator[Night]:
        """Those after an instant."""
        return (Night(at, self.requests) for at in moments(self.at, now, self.zone))

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {"at": f"{self.at:%H:%M}", "requests": self.requests, "known_from": self.known_from}


def usual_night(
    receipts: Sequence[Receipt],
    customers: int,
    page_size: int,
    *,
    now: datetime,
    zone: tzinfo | None = None,
    at: time | None = None,
) -> Habit:
    """When the nightly runs to come begin and what each costs, by those so far.

    Args:
        receipts: oldest first.
        customers: that the server has, about.
        page_size: rows a page.
        now: our clock.
        zone: of the times; None for the machine's.
        at: when they begin, where somebody says so.
    """
    requests = cost(likely_changes(receipts, customers), page_size).likely
    if at is not None:
        return Habit(at, requests, zone, "as you say")
    begun = [
        one.started_at.astimezone(zone)
        for one in receipts
        if one.kind in (ScanKind.FULL, ScanKind.INCREMENTAL) and one.started_at >= now - _RECENT
    ]
    hours = Counter(hour for hour, _ in {(one.hour, one.date()) for one in begun})
    nights = max(hours.values(), default=0)
    if nights < _HABIT_NIGHTS_MIN:
        return Habit(NIGHT_ASSUMED, requests, zone, "assumed; say --nightly-at")
    newest = next(one for one in reversed(begun) if hours[one.hour] == nights)
    return Habit(newest.time().replace(second=0, microsecond=0), requests, zone, "as in the nights before")


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a backfill has to share the quota with.

    Attributes:
        ledger: the quota, of its lane.
        habit: the runs that go first, None when there are none.
    """

    ledger: Ledger
    habit: Habit | None

    def play(self, requests: int, now: datetime) -> Calendar:
        """How the days go until so many requests are answered; some microseconds of work for each of them."""
        nights: Iterator[Night] = iter(()) if self.habit is None else self.habit.nights(now)
        return calendar(requests, self.ledger.standing(), nights, REQUEST_S)
