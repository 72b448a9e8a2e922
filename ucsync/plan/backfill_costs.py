"""What a backfill will cost in requests, before one is sent."""

from dataclasses import dataclass
from typing import Final

from ucsync.model import By
from ucsync.plan.costs import OVERLAP_ROWS
from ucsync.plan.scans import requests_floor

#: Windows by time are as long as it takes to find customers enough; until the length is found, and where
#: the oldest customers end, some are nearly empty.
_SPARSE_WINDOWS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillCost:
    """Requests of a backfill, if customers are left in peace and every request is answered.

    Attributes:
        customers: rows to read.
        windows: about how many; by oid it is known.
        floor: the least that reading so many takes.
        before: requests before the first page.
        pages: requests for pages, and for counts before windows.
        after: requests when the last window is there: what changed since the last sync, and counts.
    """

    customers: int
    windows: int
    floor: int
    before: int
    pages: int
    after: int

    @property
    def likely(self) -> int:
        """All requests."""
        return self.before + self.pages + self.after


def backfill_cost(
    customers: int, page_size: int, by: By, *, window_pages: int, is_begun: bool, closing: int
) -> BackfillCost:
    """Of reading so many customers.

    Args:
        customers: that are left to read.
        page_size: rows a page.
        by: what windows are cut by.
        window_pages: about so many pages each.
        is_begun: whether the request for the server's count is behind it.
        closing: requests for what changed since the sync before its end.
    """
    onward = -(-max(0, customers - page_size) // max(1, page_size - OVERLAP_ROWS))
    pages, first, last = 1 + onward, 1, 0
    windows = -(-pages // window_pages)
    if by is not By.OID:  # each is counted before, and begins with a page of its own; all at last
        windows, first, last = windows + (1 if is_begun else _SPARSE_WINDOWS), 2, 2
        pages += 2 * windows - 1
    return BackfillCost(
        customers=customers,
        windows=windows,
        floor=requests_floor(customers, page_size),
        before=0 if is_begun else first,
        pages=pages,
        after=closing + last,
    )
