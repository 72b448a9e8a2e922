"""Whether a snapshot holds what it should, row by row and field by field."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pyarrow as pa

from ucsync.model import Receipt
from ucsync.store.decoding import Decoder, StagedBody
from ucsync.store.lake import Lake
from ucsync.store.merging import merge, oids_of, ordered
from ucsync.store.parts import is_part, read_part
from ucsync.store.schema import CUSTOMER


def disagreeing(lake: Lake, receipt: Receipt, bodies: Iterable[bytes], *, omit: frozenset[str]) -> list[int]:
    """The customers that are only in the snapshot, only on the pages, or not the same; ascending.

    Args:
        lake, receipt: the snapshot, which is read whole.
        bodies: pages that hold every customer once, as a server answers.
        omit: fields that are not stored.

    Raises:
        StorageFailed: a part is damaged.
    """
    folder = lake.path_of(receipt.snapshot)
    parts = [read_part(folder, entry) for entry in filter(is_part, receipt.files)]
    found = pa.concat_tables([CUSTOMER.empty_table(), *parts])
    epoch = datetime.fromtimestamp(0, UTC)
    staged = [StagedBody(number, body, epoch) for number, body in enumerate(bodies, 1)]
    decoded = Decoder("", omit=omit).decode(staged)
    expected = ordered(decoded.rows)
    merged = merge(found, expected, pa.array([], pa.int64()))
    surplus = set(oids_of(found).to_pylist()) - set(oids_of(expected).to_pylist())
    apart = [*oids_of(merged.inserted).to_pylist(), *oids_of(merged.updated).to_pylist()]
    return sorted([*surplus, *apart, *(aside.oid or 0 for aside in decoded.asides)])
