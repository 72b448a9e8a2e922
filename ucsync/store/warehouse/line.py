"""The line of snapshots that history is told from: each the parent of the next, up to the current one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ucsync.model import Receipt
from ucsync.store.lake import Lake


@dataclass(frozen=True, slots=True)
class Stop:
    """A snapshot of the line.

    Attributes:
        receipt: of it.
        held_from: from when on its state held: when it was finished, or a microsecond after the one before
            where a clock was set back.
    """

    receipt: Receipt
    held_from: datetime


def line_to(lake: Lake, receipts: Sequence[Receipt], current: Receipt) -> list[Stop]:
    """The snapshots from the oldest one whose full state is there up to the current one, without a gap.

    Args:
        lake: that has them.
        receipts: of all snapshots.
        current: the receipt of the last one.
    """
    known = {receipt.snapshot: receipt for receipt in receipts}
    back = [current]
    while (before := known.pop(back[-1].parent or "", None)) is not None:  # popped: a ring would not end
        back.append(before)
    while not lake.has_rows(back[-1].snapshot) and len(back) > 1:
        back.pop()
    line: list[Stop] = []
    for receipt in reversed(back):
        held_from = receipt.finished_at
        if line:
            held_from = max(held_from, line[-1].held_from + timedelta(microseconds=1))
        line.append(Stop(receipt, held_from))
    return line
