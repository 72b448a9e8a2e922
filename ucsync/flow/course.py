"""The course of a scan: a main pass, then catch-ups for what changed while it read.

A fold over pages, like the walks that it is made of: feed it the pages that a killed scan has staged,
and it stands where that scan stood.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from ucsync.model import By, Guarded, Pass, PassReport, ScanHeader, Window, WindowRead
from ucsync.plan.windows import SHARED_ROWS, filters_of
from ucsync.ultracart.listing import Listing
from ucsync.ultracart.parts import Part
from ucsync.ultracart.scanning import NO_OID, OID_SORTS, SORTS, Ask, Walk

#: Catch-ups after which it is said that customers change too fast.
CATCH_UPS_MAX: Final = 5
#: A window is looked at again at most so many times.
SECOND_LOOKS_MAX: Final = 2
#: The least lag: instants are told to the second, and the start of a window may be exclusive.
LAG_LEAST_S: Final = 2


@dataclass(frozen=True, slots=True)
class Learned:
    """What was found out about a server before: the sort it takes and the page size."""

    sort: str | None
    limit: int


@dataclass(frozen=True, slots=True)
class Step:
    """The next page to ask for; `filters` are more than those of the configuration."""

    walk: Pass
    ask: Ask
    since: datetime | None
    filters: Mapping[str, datetime] = field(default_factory=dict)


class Course:
    """Where a scan is, and what it has seen.

    A window of a backfill has no catch-up for what changes meanwhile: the incremental scans read that. One
    by time is looked at again, `_since` its start, only where its pages do not hold as many customers as the
    server counts: who changed meanwhile may have come to it behind the reader, or has moved past.

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
        part = None if header.window is None else _part_of(header.window)
        sorts = SORTS if part is None else OID_SORTS
        first = (learned.sort,) if learned is not None and part is None and learned.sort in sorts else ()
        self._sorts = (*first, *(sort for sort in sorts if sort not in first))
        self._filters = {} if header.window is None else filters_of(header.window)
        self._walks: list[Walk] = [Walk(Pass.MAIN, self._limit, self._sorts, part)]
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
        """Whether nothing that stayed can have slipped through, once there is no next step; of a window
        this is about those who did not change meanwhile."""
        last = self._walks[-1]
        return self._header.window is not None or last.by_oid or last.in_one_page

    @property
    def unordered(self) -> bool:
        """Whether the window is one by oid, and the server has no order by oid: it cannot be read."""
        return self._walks[0].unordered

    @property
    def window_read(self) -> WindowRead:
        """What reading the window came to, once there is no next step; only of a scan that has one."""
        window, seen = self._header.window, set(self.listed())
        assert window is not None  # noqa: S101  (the caller has made it a scan of a window)
        limit = _rows_a_page(self.oids) or self.learned.limit
        if window.by is not By.OID:
            return WindowRead(
                low=window.low, high=window.high, offset=0, rows=len(seen), limit=limit, is_last=False
            )
        low, high, offset, is_last = self._stretch(window)
        rows = sum(1 for oid in seen if (low is None or low <= oid) and (high is None or oid < high))
        return WindowRead(low=low, high=high, offset=offset, rows=rows, limit=limit, is_last=is_last)

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
        walk = Pass.MAIN if len(self._walks) == 1 else Pass.CATCH_UP
        return Step(walk, ask, self._since[-1], self._filters)

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

    def _stretch(self, window: Window) -> tuple[int | None, int | None, int, bool]:
        """Of a window by oid that was read: its bounds, where the next one may begin to look, and whether
        the list has nothing beyond it."""
        covered = self._walks[0].covered
        if window.pages is None:  # towards the smaller oids
            at_0 = covered.start == 0
            return (None if at_0 else covered.first), window.high, covered.start, at_0
        last, end = covered.last, max(0, covered.end - SHARED_ROWS)
        if window.high is not None and last is not None and last >= window.high:
            return window.low, window.high, end, covered.ended
        return window.low, (None if covered.ended or last is None else last + 1), end, covered.ended

    def _wants_catch_up(self) -> bool:
        last, passes = self._walks[-1], len(self._walks)
        if self._header.window is not None:
            counted = self._walks[0].report().total_last
            is_short = counted is not None and len(set(self.listed())) < counted
            return is_short and not last.in_one_page and passes <= SECOND_LOOKS_MAX
        if passes == 1:
            return not last.in_one_page
        return not self.caught_up and passes <= CATCH_UPS_MAX


def _part_of(window: Window) -> Part | None:
    """What a window by oid is in the list; None for one by time, which is a list of its own."""
    if window.by is not By.OID:
        return None
    joins = window.pages is not None and window.low is not None
    after = window.low - 1 if joins and window.low is not None else None
    return Part(window.offset, after, window.high, window.pages)


def _rows_a_page(pages: Sequence[Sequence[int]]) -> int:
    """The rows of the largest page after which others came, as the server may have lowered what was asked
    for; 0 where none did: the end of a list tells nothing of that."""
    return max((len(one) for one, after in pairwise(pages) if not set(after) <= set(one)), default=0)
