"""Some customers of a snapshot, to be compared with what the server has of them now."""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

import pyarrow as pa

from ucsync.model import Receipt
from ucsync.store.decoding import Decoder, StagedBody
from ucsync.store.lake import Lake
from ucsync.store.parts import is_part, read_part
from ucsync.store.schema import CUSTOMER, OBSERVED_AT, OID, SCAN

#: Columns that tell of the reading, not of the customer.
_OURS = frozenset({OBSERVED_AT, SCAN})


class Sample:
    """Rows of a snapshot, spread evenly over it.

    Args:
        lake, receipt: the snapshot.
        count: how many, all when there are not so many.
        start: turns the choice: another number, other rows.
        omit: top-level fields that are not stored.

    Attributes:
        oids: the customers, ascending.

    Raises:
        StorageFailed: a part is missing or damaged.
    """

    def __init__(self, lake: Lake, receipt: Receipt, count: int, *, start: int, omit: frozenset[str]) -> None:
        self._decoder = Decoder(receipt.scan, omit=omit)
        rows = _rows_at(lake, receipt, _spread(receipt.rows, count, start))
        self.oids: list[int] = rows[OID].to_pylist()
        self._rows = dict(zip(self.oids, (rows.slice(place, 1) for place in range(len(rows))), strict=True))

    def differing(self, oid: int, body: bytes, observed_at: datetime) -> list[str]:
        """The fields in which the lake and the server do not agree.

        Args:
            oid: one of `oids`.
            body: a page that holds this customer, as the server has it.
            observed_at: when it came.
        """
        decoded = self._decoder.decode([StagedBody(1, body, observed_at)])
        if decoded.asides:
            return [f"cannot be stored: {aside.reason}" for aside in decoded.asides]
        held, there = self._rows[oid], decoded.rows
        return [name for name in CUSTOMER.names if name not in _OURS and not held[name].equals(there[name])]


def _spread(rows: int, count: int, start: int) -> list[int]:
    """`count` different numbers below `rows`, ascending."""
    count = min(rows, count)
    return sorted((start + place * rows // count) % rows for place in range(count))


def _rows_at(lake: Lake, receipt: Receipt, positions: Sequence[int]) -> Any:
    parts = [entry for entry in receipt.files if is_part(entry)]
    starts = [0, *accumulate(part.rows for part in parts)]
    taken = [CUSTOMER.empty_table()]
    for part, start in zip(parts, starts, strict=False):
        wanted = [position - start for position in positions if 0 <= position - start < part.rows]
        if wanted:
            taken.append(read_part(lake.path_of(receipt.snapshot), part).take(wanted))
    return pa.concat_tables(taken)
