"""The quota's arithmetic: which limits hold, what each lane may use, when the next request may leave.

A limit is kept as a sliding window: never more than `requests` in any stretch of `seconds`. That is
right for a server that counts by a sliding window, and for one with a leaky bucket of the same figures,
which permits at least as much (fact sheet §2.8 does not say enough to choose).

When the server counts a request is not known, only that it does so between its grant and its answer. So
a request occupies its slot until a window's length after its answer, and a new one is taken to be
counted at its grant. Proof that this never exceeds a window: take any window at the server, and of the
requests counted in it the one that was granted last. All others were granted before it, and each was
answered less than a window's length before that grant, else it would not share a window with it. So the
grant saw them all, and with it they are no more than the limit.

Instants are whole microseconds of the quota book's own time, which never goes back.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from ucsync.model import ConfigurationInvalid

SECOND_US: Final = 1_000_000

#: Limits of more are no limits that a server means, and would hold a run up for good.
REQUESTS_MAX: Final = 1_000_000_000
SECONDS_MAX: Final = 31 * 86_400

#: Windows are kept longer by this part, because the server's clock does not run exactly like ours.
_MARGIN_PARTS: Final = 1000


@dataclass(frozen=True, slots=True, order=True)
class Allowance:
    """So many requests in so many seconds.

    Raises:
        ConfigurationInvalid: the figures are outside 1 to `REQUESTS_MAX` and 1 to `SECONDS_MAX`.
    """

    requests: int
    seconds: int

    def __post_init__(self) -> None:
        if not (1 <= self.requests <= REQUESTS_MAX and 1 <= self.seconds <= SECONDS_MAX):
            raise ConfigurationInvalid(f"no limit: {self.requests} requests in {self.seconds} seconds")

    @property
    def window_us(self) -> int:
        """How long after its answer a request occupies its slot."""
        return self.seconds * (SECOND_US + SECOND_US // _MARGIN_PARTS)

    @property
    def slot_us(self) -> int:
        """In this time one slot of a full window or bucket gets free on average, rounded up."""
        return -(-self.window_us // self.requests)


#: What UltraCart grants an application (fact sheet §2.8).
DEFAULT_LIMITS: Final = (Allowance(1000, 3600), Allowance(10_000, 86_400))


class Lane(Enum):
    """What a request is for; the earlier lane goes first when the quota gets short."""

    PUSH = "push"
    NIGHTLY = "nightly"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class Reserves:
    """The share of each limit, 0 to below 1, that a lane leaves to the lanes before it.

    Raises:
        ConfigurationInvalid: a share is none.
    """

    nightly: float = 0.05
    backfill: float = 0.20

    def __post_init__(self) -> None:
        if not (0 <= self.nightly < 1 and 0 <= self.backfill < 1):
            raise ConfigurationInvalid("quota reserves are shares from 0 to below 1")

    def permitted(self, limit: Allowance, lane: Lane) -> int:
        """How many requests within a limit's window may be there after one of this lane; at least 1."""
        shares = {Lane.PUSH: 0.0, Lane.NIGHTLY: self.nightly, Lane.BACKFILL: self.backfill}
        return max(1, limit.requests - int(limit.requests * shares[lane]))


@dataclass(frozen=True, slots=True)
class Rules:
    """The limits in force, and what the lanes leave of them.

    Attributes:
        limits: all hold at once.
        reserves: see there.
        strained: limits, as the server named them, by which it refused a request less than a window
            ago. Somebody else uses the key, too, and what is free is not known. So their slots are taken
            one by one, no faster than they get free on average.
    """

    limits: tuple[Allowance, ...] = DEFAULT_LIMITS
    reserves: Reserves = field(default_factory=Reserves)
    strained: tuple[Allowance, ...] = ()

    def permitted(self, lane: Lane) -> list[tuple[Allowance, int]]:
        """Each limit with what a lane may use of it."""
        return [(limit, self.reserves.permitted(limit, lane)) for limit in self.limits]


@dataclass(frozen=True, slots=True)
class Past:
    """Requests as far as they matter to the next one.

    Attributes:
        unanswered: how many are under way, or may be.
        newest: instant of the n-th newest answer (1 is the newest), None when there are fewer.
    """

    unanswered: int
    newest: Callable[[int], int | None]


@dataclass(frozen=True, slots=True)
class Grant:
    """One request may leave now; to be settled when it was answered."""

    ticket: int


@dataclass(frozen=True, slots=True)
class Wait:
    """No request may leave yet.

    Attributes:
        seconds: until it is worth asking again.
        until: the same as an instant.
        limit: what is used up, or None when the server has asked to be left alone.
    """

    seconds: float
    until: datetime
    limit: Allowance | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What is used of one limit.

    Attributes:
        limit: which.
        used: requests that occupy a slot now.
        permitted: what the lane asked for may use.
        free_at: when the next request of that lane may leave as far as this limit goes.
    """

    limit: Allowance
    used: int
    permitted: int
    free_at: datetime


def in_force(configured: Iterable[Allowance], learned: Iterable[Allowance]) -> tuple[Allowance, ...]:
    """The limits that hold: of each window's length the smallest, the shortest window first."""
    smallest: dict[int, Allowance] = {}
    for limit in (*configured, *learned):
        smallest[limit.seconds] = min(limit, smallest.get(limit.seconds, limit))
    return tuple(smallest[seconds] for seconds in sorted(smallest))


def leaves_us(limit: Allowance, permitted: int, past: Past, now_us: int) -> int:
    """The earliest instant at which a limit lets one more request leave; `now_us` when it does so now.

    While requests that are not answered use it all up, it is only a lower bound: the instant at which
    one would leave the window if it were answered now.
    """
    left = permitted - past.unanswered
    if left < 1:
        return now_us + limit.window_us
    answered_us = past.newest(left)
    if answered_us is None:
        return now_us
    return max(now_us, min(answered_us, now_us) + limit.window_us)


def next_us(rules: Rules, lane: Lane, past: Past, now_us: int) -> tuple[int, Allowance | None]:
    """When the next request may leave, and the limit that holds it up longest (None: it may now)."""
    latest: tuple[int, Allowance | None] = (now_us, None)
    for limit, permitted in rules.permitted(lane):
        leaves = leaves_us(limit, permitted, past, now_us)
        if leaves > latest[0]:
            latest = (leaves, limit)
    newest_us = now_us if past.unanswered else past.newest(1)
    if newest_us is None:
        return latest
    for limit in rules.strained:
        leaves = min(newest_us, now_us) + limit.slot_us
        if leaves > latest[0]:
            latest = (leaves, limit)
    return latest


def forecast_us(
    requests: int, rules: Rules, lane: Lane, answered_us: Sequence[int], now_us: int, each_us: int
) -> int:
    """When the last of so many requests is answered, if nobody else sends any: no limit is strained.

    Args:
        requests: how many are to be sent, one after the other.
        rules: the limits.
        lane: theirs.
        answered_us: the instants of past answers, ascending.
        now_us: when the first may leave; what is not answered yet counts as answered now.
        each_us: a request takes so long.
    """
    times = list(answered_us)
    bounds = [(permitted, limit.window_us) for limit, permitted in rules.permitted(lane)]
    free_us = now_us
    for _ in range(requests):
        for permitted, window_us in bounds:
            if permitted <= len(times):
                free_us = max(free_us, times[-permitted] + window_us)
        free_us += each_us
        times.append(free_us)
    return free_us


def used(limit: Allowance, answered_us: Sequence[int], unanswered: int, now_us: int) -> int:
    """Requests that occupy a slot of a limit; `answered_us` is ascending."""
    return len(answered_us) - bisect_right(answered_us, now_us - limit.window_us) + unanswered


def unnamed_wait_s(limit: Allowance, refusals: int) -> float:
    """How long to leave a server alone that refused by a limit and did not say for how long.

    The time in which one slot gets free on average, ten times as long after each further refusal, and
    never longer than the limit's own window, after which a slot must be free.

    Args:
        limit: the one that the server named.
        refusals: how many there were in a row, from 1.
    """
    return min(limit.seconds, limit.seconds / limit.requests * 10.0 ** min(refusals - 1, 12))
