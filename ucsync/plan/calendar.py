"""The days of a long run beside the nightly ones: how many requests of each, and when it is done.

The quota is played through request by request as the quota book would grant them, with the nightly runs
going first when their time comes. Instants are whole microseconds since 1970.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from ucsync.plan.quota import SECOND_US, Allowance, Lane, Rules

#: A calendar that is longer serves nobody, and nobody knows the limits of then.
DAYS_MAX: Final = 366
#: Requests that are played through at most; those of a hundred million customers.
REQUESTS_MAX: Final = 500_000

_DAY_US: Final = 86_400 * SECOND_US
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Night:
    """A nightly run to come: when it begins and how many requests it sends."""

    at: datetime
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The quota as it stands.

    Attributes:
        now: the instant; nothing leaves before.
        rules: the limits in force.
        answered: instants of the answers that still count, ascending.
        budget: a limit of the backfill's own, None for none.
        own: instants of its answers that count there, ascending.
    """

    now: datetime
    rules: Rules
    answered: Sequence[datetime] = ()
    budget: Allowance | None = None
    own: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Day:
    """What is answered on one day, by UTC.

    Attributes:
        day: which.
        backfill: requests of the backfill.
        nightly: requests of the nightly runs.
    """

    day: date
    backfill: int
    nightly: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a backfill goes.

    Attributes:
        days: from today to the last one, those with no request included.
        ends_at: when its last request is answered; None when that is beyond what is played through.
    """

    days: tuple[Day, ...]
    ends_at: datetime | None


def calendar(requests: int, standing: Standing, nights: Iterator[Night], each_s: float) -> Calendar:
    """Play a backfill through.

    Args:
        requests: of the backfill, sent one after the other in its lane.
        standing: the quota as it stands. No limit is taken to be strained, and nobody else sends any.
        nights: the nightly runs to come, in order; as many as are asked for. They wait for quota, too.
        each_s: a request takes so long.
    """
    play = _Play(standing, each_s)
    night = next(nights, None)
    last_us = play.free_us + DAYS_MAX * _DAY_US
    left = min(requests, REQUESTS_MAX)
    while left and play.free_us <= last_us:
        leaves_us = play.leaves_us(Lane.BACKFILL)
        if night is not None and _us(night.at) <= leaves_us:
            play.wait_until(_us(night.at))
            for _ in range(night.requests):
                play.send(Lane.NIGHTLY, play.leaves_us(Lane.NIGHTLY))
            night = next(nights, None)
            while night is not None and _us(night.at) < play.free_us:  # one that comes meanwhile is let go
                night = next(nights, None)
        elif leaves_us > last_us:
            break  # nothing more before the days to be played through are over
        else:
            play.send(Lane.BACKFILL, leaves_us)
            left -= 1
    is_done = not left and requests <= REQUESTS_MAX
    return Calendar(tuple(play.days()), _instant(play.free_us) if is_done else None)


class _Play:
    """The requests so far, and what the limits make of them.

    Attributes:
        free_us: when the next request may leave as far as the one before it goes.
    """

    def __init__(self, standing: Standing, each_s: float) -> None:
        self.free_us = self._began_us = _us(standing.now)
        self._each_us = round(each_s * SECOND_US)
        self._answered = [*map(_us, standing.answered)]
        self._own = [*map(_us, standing.own)]
        self._bounds = {
            lane: [(permitted, limit.window_us) for limit, permitted in standing.rules.permitted(lane)]
            for lane in (Lane.NIGHTLY, Lane.BACKFILL)
        }
        self._budget = standing.budget
        self._sent: dict[date, dict[Lane, int]] = {}

    def leaves_us(self, lane: Lane) -> int:
        """When the next request of a lane may leave."""
        at_us = self.free_us
        for permitted, window_us in self._bounds[lane]:
            if permitted <= len(self._answered):
                at_us = max(at_us, self._answered[-permitted] + window_us)
        budget = self._budget if lane is Lane.BACKFILL else None
        if budget is not None and budget.requests <= len(self._own):
            at_us = max(at_us, self._own[-budget.requests] + budget.window_us)
        return at_us

    def wait_until(self, at_us: int) -> None:
        """Nothing leaves before."""
        self.free_us = max(self.free_us, at_us)

    def send(self, lane: Lane, at_us: int) -> None:
        """One request leaves, and is answered."""
        self.free_us = at_us + self._each_us
        self._answered.append(self.free_us)
        if lane is Lane.BACKFILL:
            self._own.append(self.free_us)
        sent = self._sent.setdefault(_day(self.free_us), dict.fromkeys(self._bounds, 0))
        sent[lane] += 1

    def days(self) -> Iterator[Day]:
        """From the first to the last."""
        day, none = _day(self._began_us), dict.fromkeys(self._bounds, 0)
        last = max(self._sent, default=day)
        while day <= last:
            sent = self._sent.get(day, none)
            yield Day(day, sent[Lane.BACKFILL], sent[Lane.NIGHTLY])
            day += timedelta(days=1)


def _day(at_us: int) -> date:
    return _instant(at_us).date()


def _instant(at_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at_us)


def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)
