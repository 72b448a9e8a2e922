"""The plan of a snapshot's full state: which stretch of oids is merged with which old part."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ucsync.model import FileEntry
from ucsync.store.parts import int64_view
from ucsync.store.selection import Selection

#: Above every oid.
END: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """The customers with an oid above `low` up to `high`.

    Attributes:
        part: the old part that holds them, None where there is none.
        whole: whether this is the only stretch of its part.
        touched: whether anything was read or is to be removed in it.
    """

    low: int
    high: int
    part: FileEntry | None
    whole: bool
    touched: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """What decides it: the old parts in order, what was read, what goes, how large parts should be."""

    parts: Sequence[FileEntry]
    selection: Selection
    gone: Any
    rows_part: int

    def stretches(self) -> Iterator[Stretch]:
        """Ascending, without gaps from the first oid to the last.

        A part owns what lies between the one before it and its own last row; the last part, while it
        is not full, all that follows. Where much was read a part has several stretches, so that none
        is longer than two parts.
        """
        low = 0
        for part in self.parts:
            filling = part is self.parts[-1] and part.rows < self.rows_part
            high = END if filling else part.oid_last or END
            yield from self._cut(low, high, part)
            low = high
        if self.selection.count(low, END):
            yield from self._cut(low, END, None)

    def _cut(self, low: int, high: int, part: FileEntry | None) -> Iterator[Stretch]:
        view = int64_view(self.selection.oids)
        first, after = bisect_right(view, low), bisect_right(view, high)
        longest = 2 * self.rows_part if part else self.rows_part
        if after - first <= longest:
            touched = after > first or len(between(self.gone, low, high)) > 0
            yield Stretch(low, high, part, whole=True, touched=touched)
            return
        for index in range(first + self.rows_part, after, self.rows_part):
            yield Stretch(low, view[index - 1], part, whole=False, touched=True)
            low = view[index - 1]
        yield Stretch(low, high, part, whole=False, touched=True)


def between(oids: Any, low: int, high: int) -> Any:
    """Those above `low` up to `high`, of an ascending int64 array."""
    view = int64_view(oids)
    first = bisect_right(view, low)
    return oids.slice(first, bisect_right(view, high) - first)
