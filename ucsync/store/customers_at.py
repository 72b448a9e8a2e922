"""Single customers of a snapshot, as Python values."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from ucsync.model import FileEntry, Receipt
from ucsync.store.lake import Lake
from ucsync.store.parts import is_part, read_customers
from ucsync.store.schema import EXTRAS, MODEL, NEVER_STORED, OBSERVED_AT, OID

_ALL: Final = tuple(name for name in MODEL.fields if name not in NEVER_STORED)


class CustomersAt:
    """Rows of a snapshot by oid. One part is in memory at a time, checked against its receipt.

    Args:
        lake, receipt: the snapshot.
        columns: names of the customer's fields that are wanted besides its oid, and besides what no
            column holds; None for all of them.
    """

    def __init__(self, lake: Lake, receipt: Receipt, columns: Sequence[str] | None) -> None:
        wanted = _ALL if columns is None else columns
        self._folder = lake.path_of(receipt.snapshot)
        self._entries = [entry for entry in receipt.files if is_part(entry) and entry.rows]
        self._lasts = [entry.oid_last or 0 for entry in self._entries]
        self._columns = tuple(dict.fromkeys([OID, OBSERVED_AT, EXTRAS, *wanted]))
        self._at: FileEntry | None = None
        self._rows: Any = None
        self._oids: Sequence[int] = ()

    def read(self, oids_ascending: Sequence[int]) -> dict[int, tuple[dict[str, Any], datetime]]:
        """Customers, as `record_of` takes them, and when each was read from the server.

        Each part is read once as long as oids ascend from call to call, too. Some 500 to 1,000 at a time are
        quick and take little memory.

        Args:
            oids_ascending: whose rows; those that are not there are left out of what is returned.

        Raises:
            StorageFailed: a part is missing or damaged.
        """
        found: dict[int, tuple[dict[str, Any], datetime]] = {}
        for entry, oids in self._by_part(oids_ascending):
            self._turn_to(entry)
            for row in self._rows.take(self._places(oids)).to_pylist():
                found[row[OID]] = (row, row.pop(OBSERVED_AT))
        return found

    def _by_part(self, oids: Sequence[int]) -> Iterator[tuple[FileEntry, Sequence[int]]]:
        """The parts whose stretch has any of these, with them."""
        start = 0
        while start < len(oids):
            number = bisect_left(self._lasts, oids[start])
            if number == len(self._entries):
                return
            end = bisect_right(oids, self._lasts[number], lo=start)
            yield self._entries[number], oids[start:end]
            start = end

    def _turn_to(self, entry: FileEntry) -> None:
        if entry is not self._at:
            self._at, self._rows, self._oids = None, None, ()  # the one before is let go first
            self._rows = read_customers(self._folder, entry, self._columns).combine_chunks()
            self._at, self._oids = entry, self._rows.column(OID).to_pylist()

    def _places(self, oids: Sequence[int]) -> Any:
        places: list[int] = []
        place = 0
        for oid in oids:
            place = bisect_left(self._oids, oid, lo=place)
            if place < len(self._oids) and self._oids[place] == oid:
                places.append(place)
        return pa.array(places, pa.int64())
