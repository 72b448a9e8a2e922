"""Customers in order, kept so that a page of a million costs no more than a page of ten."""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, Protocol

_OID_BITS: Final = 31  # an oid is a positive int32, which leaves room for instants until 2106
_OID_MASK: Final = (1 << _OID_BITS) - 1

#: The key of a customer that has no such instant: before every instant there is.
NO_INSTANT: Final = -1


class Listing(Protocol):
    """Oids in some order, of which a stretch can be had cheaply."""

    def __len__(self) -> int: ...

    def page(self, offset: int, limit: int) -> Sequence[int]:
        """At most `limit` oids from the zero-based `offset`; none past the end."""
        ...


class OidOrder:
    """Live oids ascending: the range that was there at the start, less some, plus some above it."""

    def __init__(self, born: range) -> None:
        self._born = born
        self._gone = array("q")
        self._added = array("q")

    def __len__(self) -> int:
        return len(self._born) - len(self._gone) + len(self._added)

    def __contains__(self, oid: int) -> bool:
        if oid in self._born:
            return not _held(self._gone, oid)
        return _held(self._added, oid)

    def __iter__(self) -> Iterator[int]:
        gone = set(self._gone)
        born = (oid for oid in self._born if oid not in gone) if gone else iter(self._born)
        return chain(born, self._added)

    def add(self, oid: int) -> None:
        """An oid above every one there ever was."""
        self._added.append(oid)

    def remove(self, oid: int) -> None:
        """A live oid goes for good."""
        if oid in self._born:
            insort(self._gone, oid)
        else:
            del self._added[bisect_left(self._added, oid)]

    def page(self, offset: int, limit: int) -> Sequence[int]:
        return [self._at(rank) for rank in range(offset, min(offset + limit, len(self)))]

    def page_descending(self, offset: int, limit: int) -> Sequence[int]:
        """The same from the other end."""
        last = len(self) - 1
        return [self._at(last - rank) for rank in range(offset, min(offset + limit, last + 1))]

    def _at(self, rank: int) -> int:
        born_live = len(self._born) - len(self._gone)
        if rank >= born_live:
            return self._added[rank - born_live]
        # how many were there before the i-th that is gone: the number of those not above `rank`
        gone_before = bisect_right(range(len(self._gone)), rank, key=self._live_before_gone)
        return self._born.start + rank + gone_before

    def _live_before_gone(self, position: int) -> int:
        return self._gone[position] - self._born.start - position


class Backwards:
    """Live oids descending."""

    def __init__(self, order: OidOrder) -> None:
        self._order = order

    def __len__(self) -> int:
        return len(self._order)

    def page(self, offset: int, limit: int) -> Sequence[int]:
        return self._order.page_descending(offset, limit)


class InstantOrder:
    """Customers by an instant of theirs, then by oid; each is eight bytes."""

    def __init__(self, keyed: Iterable[tuple[int, int]]) -> None:
        """`keyed` holds (epoch seconds or NO_INSTANT, oid) in any order."""
        self._packed = array("q", sorted(array("q", (_pack(key, oid) for key, oid in keyed))))

    def __len__(self) -> int:
        return len(self._packed)

    def add(self, key: int, oid: int) -> None:
        insort(self._packed, _pack(key, oid))

    def remove(self, key: int, oid: int) -> None:
        del self._packed[bisect_left(self._packed, _pack(key, oid))]

    def between(self, low: int | None, high: int | None) -> tuple[int, int]:
        """The positions of the keys from `low` to `high`, both included; None is no bound."""
        first = 0 if low is None else bisect_left(self._packed, _pack(low, 0))
        end = len(self._packed) if high is None else bisect_left(self._packed, _pack(high + 1, 0))
        return first, max(first, end)

    def oids(self, first: int, end: int) -> Iterator[int]:
        """The oids at the positions from `first` up to `end`."""
        return (packed & _OID_MASK for packed in memoryview(self._packed)[first:end].tolist())

    def positions_from_newest(self, rank: int, count: int, first: int, end: int) -> Iterator[int]:
        """The positions of `count` customers, newest first; those of one instant by oid ascending."""
        for place in range(rank, min(rank + count, end - first)):
            position = end - 1 - place
            key = self._packed[position] >> _OID_BITS
            group_first = max(first, bisect_left(self._packed, _pack(key, 0)))
            group_end = min(end, bisect_left(self._packed, _pack(key + 1, 0)))
            yield group_first + group_end - 1 - position

    def oid_at(self, position: int) -> int:
        return self._packed[position] & _OID_MASK


class Stretch:
    """The customers of a window of instants, in the order of these instants."""

    def __init__(self, order: InstantOrder, low: int | None, high: int | None, newest_first: bool) -> None:
        self._order = order
        self._first, self._end = order.between(low, high)
        self._newest_first = newest_first

    def __len__(self) -> int:
        return self._end - self._first

    def page(self, offset: int, limit: int) -> Sequence[int]:
        order, first, end = self._order, self._first, self._end
        if self._newest_first:
            places = order.positions_from_newest(offset, limit, first, end)
            return [order.oid_at(place) for place in places]
        start = min(first + offset, end)
        return list(order.oids(start, min(start + limit, end)))


class TextOrder:
    """Customers by a text of theirs, then by oid; only the oids are held, the texts are asked for."""

    def __init__(self, oids: Iterable[int], text: Callable[[int], str]) -> None:
        self._key: Callable[[int], tuple[str, int]] = lambda oid: (text(oid), oid)
        # `oids` ascend and sorting is stable, so those of one text stay ascending
        self._oids = array("q", sorted(oids, key=text))

    def __len__(self) -> int:
        return len(self._oids)

    def add(self, oid: int) -> None:
        insort(self._oids, oid, key=self._key)

    def remove(self, oid: int) -> None:
        """To be called while `text` still gives what it gave when the oid was added."""
        del self._oids[bisect_left(self._oids, self._key(oid), key=self._key)]

    def page(self, offset: int, limit: int) -> Sequence[int]:
        return self._oids[offset : offset + limit]


class Fixed:
    """A list found by looking at every customer."""

    def __init__(self, oids: Iterable[int]) -> None:
        self._oids = array("q", oids)

    def __len__(self) -> int:
        return len(self._oids)

    def page(self, offset: int, limit: int) -> Sequence[int]:
        return self._oids[offset : offset + limit]


def _pack(key: int, oid: int) -> int:
    return (key << _OID_BITS) | oid


def _held(ascending: "array[int]", oid: int) -> bool:
    place = bisect_left(ascending, oid)
    return place < len(ascending) and ascending[place] == oid
