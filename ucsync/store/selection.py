"""Which occurrence of each customer counts, when pages overlap and are read again: the latest page's."""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ucsync.store.parts import int64_view


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a scan is to be published; rows are counted through all pages, from 0.

    Attributes:
        oids: the customers, ascending and each once: an int64 array.
        starts: the first row of each page, and after the last page the number of rows.
        wins: a byte for each row: 1 when it is the one to publish of its customer, else 0.
        known: for each row its oid, below 1 where it has none; an int64 array.
    """

    oids: Any
    starts: Sequence[int]
    wins: bytes
    known: Any

    @property
    def pages(self) -> range:
        """Their numbers."""
        return range(1, len(self.starts))

    def rows_of(self, page: int) -> slice:
        """Where the rows of a page are among all."""
        return slice(self.starts[page - 1], self.starts[page])

    def least(self, page: int) -> int:
        """The least oid on a page, 0 when no row has one."""
        oids = int64_view(self.known)[self.rows_of(page)]
        least = min(oids, default=0)
        return least if least > 0 else min((oid for oid in oids if oid > 0), default=0)

    def winners(self, page: int) -> int:
        """How many rows of a page are to be published."""
        where = self.rows_of(page)
        return self.wins.count(1, where.start, where.stop)

    def count(self, low: int, high: int) -> int:
        """How many customers have an oid above `low` up to `high`."""
        view = int64_view(self.oids)
        return bisect_right(view, high) - bisect_right(view, low)


def select(oids: Sequence[Sequence[int]], left_out: Any) -> Selection:
    """Choose the rows to publish.

    Args:
        oids: of each page, row by row, below 1 where a row has none; the last occurrence of an oid wins.
        left_out: an int64 array of oids that are not published, read or not.
    """
    every = array("q")
    starts = [0]
    for page in oids:
        every.extend(page)
        starts.append(len(every))
    known = pa.Array.from_buffers(pa.int64(), len(every), [None, pa.py_buffer(every)])
    order = pc.array_sort_indices(known)  # stable: of one oid, the later occurrence stands later
    ascending = known.take(order)
    last = _is_last(ascending)
    chosen = pc.and_(last, pc.greater(ascending, 0))
    if len(left_out):
        chosen = pc.and_(chosen, pc.invert(pc.is_in(ascending, value_set=left_out)))
    wins = bytearray(b"\1") * len(every)
    for row in order.filter(pc.invert(chosen)).to_pylist():
        wins[row] = 0
    return Selection(ascending.filter(chosen), starts, bytes(wins), known)


def _is_last(ascending: Any) -> Any:
    """For each of these whether the next one is another."""
    if not len(ascending):
        return pa.array([], pa.bool_())
    changes = pc.not_equal(ascending[:-1], ascending[1:])
    return pa.concat_arrays([changes, pa.array([True])])
