"""One stretch of customers: what was there, what was read, what is to be removed."""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from ucsync.store.comparing import differing
from ucsync.store.parts import int64_view
from ucsync.store.schema import OBSERVED_AT, OID, SCAN

#: Columns that say how a row came, not what the customer is.
_HOW: Final = frozenset({OBSERVED_AT, SCAN})


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a stretch; every table is of the schema CUSTOMER and ordered by oid.

    Attributes:
        rows: the state after it.
        inserted, updated: as they are now.
        deleted: as they were last.
        unchanged: how many rows were read and equal what was there.
    """

    rows: Any
    inserted: Any
    updated: Any
    deleted: Any
    unchanged: int

    @property
    def changed(self) -> bool:
        """Whether the state is another one than before."""
        return any(table.num_rows for table in (self.inserted, self.updated, self.deleted))


def merge(old: Any, read: Any, gone: Any) -> Merged:
    """Bring what was read into what was there.

    A row that was read and equals the one there, but for when and by which scan it was observed, is no
    change: the old one stays as it was.

    Args:
        old, read: tables of the schema CUSTOMER, ordered by oid, each oid once.
        gone: oids to remove, an int64 array; those that are not there are passed over, and none of them
            is in `read`.
    """
    if not old.num_rows:
        nothing = old.slice(0, 0)
        return Merged(read, inserted=read, updated=nothing, deleted=nothing, unchanged=0)
    there = oids_of(old)
    place = pc.index_in(oids_of(read), value_set=there)
    known = read.filter(place.is_valid())
    differs = differing(old.take(place.drop_null()), known, leave_out=_HOW)
    updated, inserted = known.filter(differs), read.filter(place.is_null())
    removed = pc.is_in(there, value_set=gone)
    return Merged(
        rows=_replaced(old, removed, updated, inserted),
        inserted=inserted,
        updated=updated,
        deleted=old.filter(removed),
        unchanged=known.num_rows - updated.num_rows,
    )


def oids_of(rows: Any) -> Any:
    """Its oids as an int64 array."""
    return rows.column(OID).combine_chunks().cast(pa.int64())


def between_rows(rows: Any, low: int, high: int) -> Any:
    """The rows with an oid above `low` up to `high`, of a table ordered by oid."""
    view = int64_view(oids_of(rows))
    first = bisect_right(view, low)
    return rows.slice(first, bisect_right(view, high) - first)


def ordered(rows: Any) -> Any:
    """The rows ordered by oid; the same table when they are."""
    oids = oids_of(rows)
    if len(oids) < 2 or pc.all(pc.less(oids[:-1], oids[1:])).as_py():
        return rows
    return rows.take(pc.array_sort_indices(oids))


def _replaced(old: Any, removed: Any, updated: Any, inserted: Any) -> Any:
    replaced = pc.is_in(oids_of(old), value_set=oids_of(updated))
    leaves = pc.or_(removed, replaced)
    if not inserted.num_rows and not pc.any(leaves).as_py():
        return old
    # The rows are moved once, by index: they are wide.
    every = pa.concat_tables([old, updated, inserted])
    stays = pa.concat_arrays([pc.invert(leaves), pa.repeat(True, updated.num_rows + inserted.num_rows)])
    order = pc.array_sort_indices(oids_of(every))
    return every.take(order.filter(stays.take(order)))
