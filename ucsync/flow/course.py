"""The course of a scan: a main pass, then catch-ups for what changed while it read.

A fold over pages, like the walks that it is made of: feed it the pages that a killed scan has staged,
and it stands where that scan stood.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ucsync.model import Pass, PassReport, ScanHeader
from ucsync.ultracart.listing import Listing
from ucsync.ultracart.scanning import NO_OID, SORTS, Ask, Walk

#: Catch-ups after which it is said that customers change too fast.
CATCH_UPS_MAX: Final = 5
#: The least lag: instants are told to the second, and the start of a window may be exclusive.
LAG_LEAST_S: Final = 2


@dataclass(frozen=True, slots=True)
class Learned:
    """What was found out about a server before: the sort it takes and the page size."""

    sort: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Step:
    """The next page to ask for."""

    walk: Pass
    ask: Ask
    since: datetime | None


class Course:
    """Where a scan is, and what it has seen.

    Args:
        header: of the scan.
        page_size: rows to ask for.
        lag_s: seconds by which every catch-up reaches back behind its predecessor's start.
        learned: of an earlier scan, None for none.

    Attributes:
        oids: of each page, in the order in which they were staged: its rows' oids.
        started_at: the server's clock at the first page, ours when it told none; None before it.
        clock_told: whether the server told its clock.
        merchant_id: the vendor's id of the merchant, None until a customer has told it.
    """

    def __init__(self, header: ScanHeader, page_size: int, lag_s: float, learned: Learned | None) -> None:
        self._header = header
        self._lag = timedelta(seconds=max(lag_s, LAG_LEAST_S))
        known = learned is not None and learned.limit <= page_size
        self._limit = learned.limit if learned is not None and known else page_size
        first = (learned.sort,) if learned is not None else ()
        self._sorts = (*first, *(sort for sort in SORTS if sort not in first))
        self._walks: list[Walk] = [Walk(Pass.MAIN, self._limit, self._sorts)]
        self._since = [header.since]
        self._starts: list[datetime] = []
        self.oids: list[array[int]] = []
        self.started_at: datetime | None = None
        self.clock_told = False
        self.merchant_id: str | None = None

    @property
    def watermark(self) -> datetime | None:
        """From which the next incremental scan has to ask; None before the first page."""
        return None if self.started_at is None else self.started_at - self._lag

    @property
    def learned(self) -> Learned:
        """What this scan found out about the server."""
        settled = self._walks[0].settled
        return (
            Learned(self._sorts[0], self._limit) if settled is None else Learned(settled.sort, settled.limit)
        )

    @property
    def caught_up(self) -> bool:
        """Whether nothing that stayed can have slipped through, once there is no next step."""
        return self._walks[-1].by_oid or self._walks[-1].in_one_page

    def step(self) -> Step | None:
        """What to ask for next, None at the end."""
        ask = self._walks[-1].ask
        if ask is None and self._wants_catch_up():
            self._since.append(self._starts[-1] - self._lag)
            found = self.learned
            self._walks.append(Walk(Pass.CATCH_UP, found.limit, (found.sort,)))
            ask = self._walks[-1].ask
        if ask is None:
            return None
        return Step(Pass.MAIN if len(self._walks) == 1 else Pass.CATCH_UP, ask, self._since[-1])

    def accept(self, ask: Ask, page: Listing, observed_at: datetime) -> bool:
        """Take a page of the walk that `step` named; see `Walk.accept`."""
        walk = self._walks[-1]
        kept = walk.accept(ask, page)
        if kept:
            self._note(page, observed_at)
        return kept

    def refuse(self, ask: Ask, about: str | None) -> bool:
        """Take a 400; see `Walk.refuse`."""
        return self._walks[-1].refuse(ask, about)

    def add(self, oids: "array[int]") -> None:
        """Take a page that is no part of a walk."""
        self.oids.append(oids)

    def reports(self) -> tuple[PassReport, ...]:
        """How each walk went."""
        return tuple(walk.report() for walk in self._walks)

    def _note(self, page: Listing, observed_at: datetime) -> None:
        told = page.server_time
        if len(self._starts) < len(self._walks):
            self._starts.append(told or observed_at)
        if self.started_at is None:
            self.started_at, self.clock_told = told or observed_at, told is not None
        if self.merchant_id is None:
            self.merchant_id = next(_merchant_ids(page), None)
        self.oids.append(array("q", (NO_OID if oid is None else oid for oid in page.oid_or_none)))

    def _wants_catch_up(self) -> bool:
        last = self._walks[-1]
        if len(self._walks) == 1:
            return not last.in_one_page
        return not self.caught_up and len(self._walks) <= CATCH_UPS_MAX


def _merchant_ids(page: Listing) -> Iterator[str]:
    return (row.merchant_id for row in page.rows if isinstance(row.merchant_id, str))
