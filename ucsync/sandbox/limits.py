"""How many requests an application may make: leaky buckets or sliding windows, exact (fact sheet §2.8).

Time is counted in whole microseconds and quantities in whole units, so nothing drifts and the wait that
is announced is the wait that is needed. A clock that is moved back frees nothing, and what passes from
there on counts; moved forward, it frees what the time passed would have freed.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from ucsync.sandbox.settings import Limit

_MICROSECONDS: Final = 1_000_000


class Meter(Protocol):
    """One limit and what has been used of it."""

    limit: Limit

    def wait_us(self, now_us: int) -> int:
        """Microseconds until one more request fits; 0 when it fits now."""
        ...

    def add(self, now_us: int) -> int:
        """Use up one, full or not. Returns the mark by which it can be given back."""
        ...

    def give_back(self, mark: int) -> None:
        """Undo one `add`."""
        ...


class LeakyBucket:
    """Each request pours in one unit, `requests` of them fit, and it runs empty in `seconds`."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        # One request is as many drops as the bucket needs microseconds to empty, and `requests` drops
        # leak in one microsecond: all figures are whole.
        self._request = limit.seconds * _MICROSECONDS
        self._capacity = limit.requests * self._request
        self._level = 0
        self._seen_us: int | None = None

    def wait_us(self, now_us: int) -> int:
        """Microseconds until one more request fits."""
        self._leak(now_us)
        over = self._level + self._request - self._capacity
        return max(0, -(-over // self.limit.requests))

    def add(self, now_us: int) -> int:
        """Pour one in; what does not fit runs over the edge."""
        self._leak(now_us)
        self._level = min(self._capacity, self._level + self._request)
        return 0

    def give_back(self, mark: int) -> None:
        """Take one out, as far as it has not leaked."""
        self._level = max(0, self._level - self._request)

    def _leak(self, now_us: int) -> None:
        passed = 0 if self._seen_us is None else max(0, now_us - self._seen_us)
        self._seen_us = now_us
        self._level = max(0, self._level - passed * self.limit.requests)


class SlidingWindow:
    """At most `requests` in any stretch of `seconds`; a request leaves the window after exactly that."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._length_us = limit.seconds * _MICROSECONDS
        # Only the newest `requests` can stand in the way of the next one.
        self._taken: deque[int] = deque(maxlen=limit.requests)
        self._seen_us: int | None = None
        self._own_us = 0  # time by this window's own count, which never goes back

    def wait_us(self, now_us: int) -> int:
        """Microseconds until the oldest of a full window leaves it."""
        self._advance(now_us)
        if len(self._taken) < self.limit.requests:
            return 0
        return self._taken[0] + self._length_us - self._own_us

    def add(self, now_us: int) -> int:
        """Put one in, as the newest."""
        self._advance(now_us)
        self._taken.append(self._own_us)
        return self._own_us

    def give_back(self, mark: int) -> None:
        """Take that one out, if it has not left."""
        if mark in self._taken:
            self._taken.remove(mark)

    def _advance(self, now_us: int) -> None:
        if self._seen_us is not None:
            self._own_us += max(0, now_us - self._seen_us)
        self._seen_us = now_us
        while self._taken and self._taken[0] + self._length_us <= self._own_us:
            self._taken.popleft()


@dataclass(frozen=True, slots=True)
class Grant:
    """What one request used up: a mark for each limit, in their order."""

    marks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Exceeded:
    """The limit that refused, and the seconds until one slot of it is free.

    Where several refuse, it is the one that does so longest.
    """

    limit: Limit
    wait_s: float


class Quota:
    """Every limit of one application, which grant together or not at all."""

    def __init__(self, limits: Sequence[Limit], *, sliding_window: bool) -> None:
        kind: type[SlidingWindow | LeakyBucket] = SlidingWindow if sliding_window else LeakyBucket
        self._meters: tuple[Meter, ...] = tuple(kind(limit) for limit in limits)

    def take(self, now_s: float) -> Grant | Exceeded:
        """One request at `now_s` (epoch seconds): granted by all limits, or refused and nothing used."""
        return self.exceeded(now_s) or self.charge(now_s)

    def exceeded(self, now_s: float) -> Exceeded | None:
        """What would refuse a request at `now_s`; nothing is used."""
        now_us = _microseconds(now_s)
        waits = [(meter.wait_us(now_us), meter) for meter in self._meters]
        longest = max(waits, key=lambda wait: wait[0], default=None)
        if longest is None or longest[0] == 0:
            return None
        return Exceeded(longest[1].limit, longest[0] / _MICROSECONDS)

    def charge(self, now_s: float) -> Grant:
        """Use up one of each limit, full or not: what a refused request costs under `refused-counts`."""
        now_us = _microseconds(now_s)
        return Grant(tuple(meter.add(now_us) for meter in self._meters))

    def give_back(self, grant: Grant) -> None:
        """Undo a grant: the request turns out not to count."""
        for meter, mark in zip(self._meters, grant.marks, strict=True):
            meter.give_back(mark)


def _microseconds(seconds: float) -> int:
    """A float holds today's epoch seconds to a quarter of a microsecond, so this loses nothing."""
    return round(seconds * _MICROSECONDS)
