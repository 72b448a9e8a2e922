"""Find what is missing by counting: a window that holds fewer customers than the lake is cut in two.

Counting costs one request a window, whatever it holds, and the other half's count follows from the
whole's. So few deletions among many customers are found in few requests, and many in many: the price
is known before, and beyond that of a full scan there is no point.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from math import ceil, log2


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask the server about a window of sign-up instants.

    Attributes:
        start_s, end_s: its bounds in epoch seconds; no customer of the lake signed up just then, so it
            does not matter whether the server takes them as part of it.
        rows: how many of the lake's customers are in it.
        oids: whether the oids in it are wanted; else only how many there are.
    """

    start_s: int
    end_s: int
    rows: int
    oids: bool


Narrowing = Generator[Question, int | frozenset[int], list[int]]


def narrow(seconds: Sequence[int], oids: Sequence[int], page_size: int) -> Narrowing:
    """Ask until every missing customer is known.

    Args:
        seconds: sign-up instants of the lake's customers in epoch seconds, ascending.
        oids: theirs, in the same order.
        page_size: up to so many are read rather than counted.

    Yields:
        What to ask; send back the count, or the oids.

    Returns:
        The oids that the server has no more, as far as counts show.
    """
    if not seconds:
        return []
    whole = yield _question(seconds, 0, len(seconds), oids=False)
    return (yield from _within(seconds, oids, page_size, 0, len(seconds), whole))


def price(rows: int, missing: int, page_size: int) -> int:
    """At most so many requests for `missing` deletions among `rows`, the reading of each one included."""
    depth = ceil(log2(max(1, rows / page_size)))
    return missing * (depth + 2)


def _within(
    seconds: Sequence[int], oids: Sequence[int], page_size: int, low: int, high: int,
    there: int | frozenset[int],
) -> Narrowing:  # fmt: skip
    assert isinstance(there, int)  # noqa: S101  (a count was asked for)
    if there >= high - low:
        return []
    cut = None if high - low <= page_size else _cut(seconds, low, high)
    if cut is None:
        present = yield _question(seconds, low, high, oids=True)
        assert isinstance(present, frozenset)  # noqa: S101  (oids were asked for)
        return [oid for oid in oids[low:high] if oid not in present]
    left = yield _question(seconds, low, cut, oids=False)
    assert isinstance(left, int)  # noqa: S101  (a count was asked for)
    found = yield from _within(seconds, oids, page_size, low, cut, left)
    return found + (yield from _within(seconds, oids, page_size, cut, high, there - left))


def _question(seconds: Sequence[int], low: int, high: int, *, oids: bool) -> Question:
    return Question(seconds[low] - 1 if low == 0 else _bound(seconds, low),
                    seconds[-1] + 1 if high == len(seconds) else _bound(seconds, high),
                    high - low, oids)  # fmt: skip


def _bound(seconds: Sequence[int], cut: int) -> int:
    return seconds[cut - 1] + 1


def _cut(seconds: Sequence[int], low: int, high: int) -> int | None:
    """The place nearest the middle where nobody signed up for two seconds, None when there is none."""
    middle = (low + high) // 2
    for away in range(high - low):
        for cut in (middle - away, middle + away):
            if low < cut < high and seconds[cut] - seconds[cut - 1] >= 2:
                return cut
    return None
