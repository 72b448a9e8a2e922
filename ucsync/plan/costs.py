"""What a scan will cost in requests, before one is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ucsync.model import Receipt, ScanKind
from ucsync.plan.scans import requests_floor

#: Rows of each page that were on the page before, too, while all pages join and the server sorts by oid
#: (`ucsync.ultracart.scanning` joins pages by them).
OVERLAP_ROWS: Final = 1
#: A merchant without a history of changes: so many customers of a hundred, a night.
CHANGED_PERCENT: Final = 1
#: Incremental scans whose changes are averaged.
NIGHTS: Final = 7
#: Shown for a first sync, while the number of customers is not known.
SIZES: Final = (10_000, 100_000, 1_000_000)

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cost:
    """Requests of a scan.

    Attributes:
        customers: rows to read.
        floor: the least that reading so many takes.
        likely: with the overlap of pages and the catch-up, if customers are left in peace and every
            request is answered.
    """

    customers: int
    floor: int
    likely: int


def cost(customers: int, page_size: int) -> Cost:
    """Of reading so many customers, `page_size` a page."""
    floor = requests_floor(customers, page_size)
    if floor == 1:
        return Cost(customers, 1, 1)  # one page is one moment: nothing to catch up on
    onward = -(-(customers - page_size) // max(1, page_size - OVERLAP_ROWS))
    return Cost(customers, floor, 1 + onward + 1)


def likely_changes(receipts: Sequence[Receipt], rows: int) -> int:
    """How many customers an incremental scan will read.

    Scans that asked for much less time than the others do not count: a push refreshes the lake many times
    a day, and that says little of a night.

    Args:
        receipts: of earlier scans, oldest first.
        rows: customers there are.
    """
    before = [None, *receipts]
    scans = [
        (one.started_at - (last or one).started_at, one)
        for last, one in zip(before, receipts, strict=False)
        if one.kind is ScanKind.INCREMENTAL and one.passes
    ]
    recent = [span for span, one in scans if one.started_at >= scans[-1][1].started_at - NIGHTS * _DAY]
    usual = min(_DAY, max(recent, default=_DAY)) / 2
    read = [one.passes[0].rows for span, one in scans if span >= usual][-NIGHTS:]
    return -(-sum(read) // len(read)) if read else -(-rows * CHANGED_PERCENT // 100)
