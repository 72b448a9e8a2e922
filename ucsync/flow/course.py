"""The course of a scan: a main pass, then catch-ups for what changed while it read.

A fold over pages, like the walks that it is made of: feed it the pages that a killed scan has staged,
and it stands where that scan stood.
"""

from array import array
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ucsync.model import Guarded, Pass, PassReport, ScanHeader
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
        whose: the vendor's id of the merchant that the lake holds, None when it is not known.

    Attributes:
        oids: of each page, in the order in which they were staged: its rows' oids.
        started_at: the server's clock at the first page, ours when it told none; None before it.
        clock_told: whether the server told its clock.
        clock_odd: whether it told a time before the watermark that is asked from.
        nameless: rows that do not tell whose they are.
        merchant_id: the vendor's id of the merchant, None until a customer has told it.
    """

    def __init__(
        self, header: ScanHeader, page_size: int, lag_s: float, learned: Learned | None,
        whose: str | None,
    ) -> None:  # fmt: skip
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
        self._singles: set[int] = set()
        self.started_at: datetime | None = None
        self.clock_told = False
        self.clock_odd = False
        self.nameless = 0
        self.merchant_id: str | None = None
        self._whose = whose
        self._earliest: datetime | None = None

    @property
    def watermark(self) -> datetime | None:
        """From which the next incremental scan has to ask; None before the first page.

        Of all that servers' clocks and ours said since the first page the earliest counts: one that ran
        ahead for a moment would leave changes behind.
        """
        return None if self._earliest is None else self._earliest - self._lag

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
        """Take a page of the walk that `step` named; see `Walk.accept`.

        Raises:
            Guarded: it holds another merchant's customers.
        """
        self.check_whose(page)
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
        self._singles.add(len(self.oids))
        self.oids.append(oids)

    def listed(self) -> list[int]:
        """The oids on the pages of all walks; who was only read singly is not among them."""
        walked = (page for number, page in enumerate(self.oids) if number not in self._singles)
        return [oid for page in walked for oid in page if oid != NO_OID]

    def reports(self) -> tuple[PassReport, ...]:
        """How each walk went."""
        return tuple(walk.report() for walk in self._walks)

    def _note(self, page: Listing, observed_at: datetime) -> None:
        told = page.server_time
        instant = min(told or observed_at, observed_at)
        if len(self._starts) < len(self._walks):
            self._starts.append(min([instant, *self._starts[:1]]) if told is None else instant)
        if self.started_at is None:
            self.started_at, self.clock_told = told or observed_at, told is not None
        self._earliest = min(self._earliest or instant, instant)
        since = self._header.since
        self.clock_odd = self.clock_odd or (told is not None and since is not None and told < since)
        self.nameless += page.oid_or_none.count(None)
        oids = [NO_OID if oid is None else oid for oid in page.oid_or_none] if self.nameless else page.oids
        self.oids.append(array("q", oids))

    def check_whose(self, page: Listing) -> None:
        """Raises Guarded when a page holds customers of another merchant than the lake, or than the pages
        before it."""
        for found in sorted({row.merchant_id for row in page.rows if type(row.merchant_id) is str}):
            self.merchant_id = self.merchant_id or found
            if found != self.merchant_id or self._whose not in (None, found):
                held = self._whose or self.merchant_id
                raise Guarded(
                    f"the key belongs to UltraCart merchant {found}, what was read before to {held}; nothing "
                    "was published. Mend the key, or give this merchant another name in the configuration"
                )

    def _wants_catch_up(self) -> bool:
        last = self._walks[-1]
        if len(self._walks) == 1:
            return not last.in_one_page
        return not self.caught_up and len(self._walks) <= CATCH_UPS_MAX
