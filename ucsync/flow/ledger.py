"""The quota as it stands, looked at without spending, waiting or writing."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ucsync.model import Clock
from ucsync.plan import Lane, Rules, Wait
from ucsync.plan import Spent as Spent  # part of what is told here
from ucsync.plan.calendar import Standing
from ucsync.plan.quota import SECOND_US, forecast_us
from ucsync.store import QuotaBook

#: A request takes so long, sent one after the other; a guess that forecasts rest on.
REQUEST_S: Final = 1.0

_DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Ledger:
    """An application's quota, for one lane.

    Attributes:
        book: in a copy of the state, which may be written to; None while nothing was ever spent.
        rules: the limits as configured.
        lane: whose part of them counts.
        clock: ours.
        own: of a backfill with a limit of its own; None for none.
    """

    book: QuotaBook | None
    rules: Rules
    lane: Lane
    clock: Clock
    own: "Ledger | None" = None

    def spent(self) -> tuple[Spent, ...]:
        """Of each limit in force."""
        own = () if self.own is None else self.own.spent()
        if self.book is not None:
            return (*self.book.spent(self.lane), *own)
        now, permitted = self.clock.now(), self.rules.permitted(self.lane)
        return (*(Spent(limit, 0, most, now) for limit, most in permitted), *own)

    def left(self) -> int | None:
        """Requests that may be sent without waiting; None when nothing limits them."""
        return min((max(0, spent.permitted - spent.used) for spent in self.spent()), default=None)

    def a_day(self) -> int | None:
        """Requests that the limits permit a day at the most; None when nothing limits them."""
        day = ((spent.permitted, spent.limit.seconds) for spent in self.spent())
        return min((permitted * _DAY_S // seconds for permitted, seconds in day), default=None)

    def next_at(self) -> datetime:
        """When the next request may leave, a wait that the server has asked for included."""
        taken = self.book.try_take(self.lane) if self.book is not None else None  # of a copy
        return taken.until if isinstance(taken, Wait) else self.clock.now()

    def finished_at(self, requests: int) -> datetime:
        """When the last of so many requests is answered, if a run begins now and nobody else sends any."""
        now = self.clock.now()
        if self.book is not None:
            found = self.book.forecast(requests, self.lane, REQUEST_S)
        else:
            took_us = forecast_us(requests, self.rules, self.lane, (), 0, round(REQUEST_S * SECOND_US))
            found = now + timedelta(microseconds=took_us)
        return found if self.own is None else max(found, self.own.finished_at(requests))

    def standing(self) -> Standing:
        """All that a calendar of the days to come has to know."""
        if self.book is not None:
            found = self.book.standing()
        else:
            found = Standing(now=self.clock.now(), rules=self.rules)
        if self.own is None:
            return found
        own = self.own.standing()
        return replace(found, budget=own.rules.limits[0], own=own.answered)


def spent_document(spent: Spent) -> dict[str, object]:
    """As JSON."""
    return {
        "requests": spent.limit.requests,
        "seconds": spent.limit.seconds,
        "used": spent.used,
        "permitted": spent.permitted,
        "free_at": spent.free_at.isoformat(),
    }
