"""Whom later snapshots have touched: of them the lake knows newer than a page that came before.

No clock decides that. A page notes which snapshot was the current one when it came; what a snapshot
built on that one has learned, it has learned later.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from ucsync.model import Receipt
from ucsync.store.changes import CHANGES
from ucsync.store.lake import Lake
from ucsync.store.merges import ABSORBED, MERGES
from ucsync.store.parts import read_columns
from ucsync.store.schema import OID

#: In which column these files of a snapshot name customers.
_COLUMNS: Final = {CHANGES: OID, MERGES: ABSORBED}


def is_built_on(lake: Lake, current: Receipt, bases: Iterable[str | None]) -> bool:
    """Whether the current snapshot is each of these, or built on it step by step.

    It is not where the lake was set back meanwhile, or where history is missing from it. Raises
    StorageFailed when the lake cannot be read.
    """
    return _descent(lake, current, bases) is not None


def touched_since(
    lake: Lake, current: Receipt, bases: Iterable[str | None]
) -> Mapping[str | None, AbstractSet[int]] | None:
    """For each of these snapshots whom later ones have touched, up to the current one.

    That is who was inserted, updated, deleted or merged away, or set aside because the newest that there
    is of them could not be decoded.

    Who was read again and is the same as before, to the server's own stamp of the last change, is not.

    Returns:
        None when the current snapshot is not built on one of them; see `is_built_on`.

    Raises:
        StorageFailed: the lake cannot be read, or changes are missing or damaged.
    """
    wanted = set(bases)
    receipts = _descent(lake, current, wanted)
    if receipts is None:
        return None
    found: dict[str | None, AbstractSet[int]] = {}
    later: set[int] = set()
    for receipt in receipts:
        if receipt.snapshot in wanted:
            found[receipt.snapshot] = frozenset(later)
        if len(found) < len(wanted):
            later |= _touched(lake, receipt)
    return found


def superseded(
    pages: Sequence[Sequence[int]], bases: Sequence[str | None], later: Mapping[str | None, AbstractSet[int]]
) -> set[int]:
    """The customers of whom the lake has newer rows than the last page that they are on.

    Args:
        pages: the oids on each page, in the order in which the pages came.
        bases: of each page the snapshot that was current then.
        later: from `touched_since`.
    """
    found: set[int] = set()
    for oids, base in zip(pages, bases, strict=True):
        newer = later[base] & set(oids)
        found.difference_update(oids)
        found |= newer
    return found


def _descent(lake: Lake, current: Receipt, bases: Iterable[str | None]) -> list[Receipt] | None:
    """From the current one back to the oldest of these, that one included; None when one is not met."""
    wanted = set(bases)
    if wanted <= {current.snapshot}:
        return [current]
    receipts = {receipt.snapshot: receipt for receipt in lake.receipts()}
    found: list[Receipt] = []
    receipt: Receipt | None = current
    while receipt is not None and wanted:
        found.append(receipt)
        wanted.discard(receipt.snapshot)
        receipt = receipts.get(receipt.parent or "")
    return None if wanted else found


def _touched(lake: Lake, receipt: Receipt) -> set[int]:
    oids = set(receipt.aside)
    for entry in receipt.files:
        if entry.path in _COLUMNS and entry.rows:
            name = _COLUMNS[entry.path]
            oids.update(read_columns(lake.path_of(receipt.snapshot), entry, [name]).column(name).to_pylist())
    return oids
