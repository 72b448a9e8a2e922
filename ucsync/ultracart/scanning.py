"""A walk over a list by offset that notices when rows move under it: a state machine without I/O.

Offset paging loses rows: one customer deleted ahead of the offset moves all that follow, and a live one
is skipped without any error. So pages overlap, and a page counts only if it joins the one before:

- ordered by `customer_profile_oid`, which never changes, a page joins when its first oid is not above
  the last one seen. Every row between two joined pages is then on one of them, whatever was deleted,
  inserted or changed meanwhile. One shared row is enough for that; more of them only save the way back
  when customers go, so there are more for a while after some have gone;
- in any other order a page joins when it holds one of the last rows of the page before, unchanged. Rows
  that did not move keep their places relative to each other; rows that moved were modified, and a
  catch-up (the list again, `_since` the start) has them.

A page that does not join is stepped back from, further each time; at offset 0 every page joins. What the
server echoes has to agree with what was asked; `next_offset` is not needed, and where the server could
go on for ever there is a bound. Where pages cannot be joined at all the walk goes on plainly to the end
and says so.

A part of the list is walked over in the same way, by oid alone: it begins anywhere, and what it covers
is told by the oids that it met, not by offsets.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ucsync.model import AnswerUnusable, Pass, PassReport
from ucsync.ultracart.claims import ascends, contradiction, goes_by_email, is_end
from ucsync.ultracart.listing import Listing
from ucsync.ultracart.parts import Covered, Part

BY_OID: Final = "customer_profile_oid"
BY_EMAIL: Final = "email"

#: What to sort by, best first; None is the server's own order.
SORTS: Final[tuple[str | None, ...]] = (BY_OID, BY_EMAIL, None)
#: Those that may come to the order of the oids.
OID_SORTS: Final[tuple[str | None, ...]] = (BY_OID, None)

#: Page sizes to fall back to when a larger one is refused.
LIMITS: Final = (100, 50, 20, 10)

#: What stands in an array of oids for a row that has none.
NO_OID: Final = -1

#: Rows that a page shares with the one before.
OVERLAP_ROWS: Final = 4
#: By oid, unless customers have gone not long ago.
OVERLAP_BY_OID_ROWS: Final = 1
#: So many pages in a row without that count as quiet. What the longer overlap costs in them is what one way
#: back costs, so that whatever happens the walk costs at most twice what it would, had it known before.
QUIET_PAGES: Final = 80
#: How often a page that contradicts what was asked is asked for.
REPEATS_MAX: Final = 3
#: Pages in a row with nothing new, though the server says there is more.
STANDSTILLS_MAX: Final = 5
#: Pages after which it is first looked whether the same rows come round and round.
ROUNDS_FROM_PAGES: Final = 20
#: So many times the server's own total, or the customers that there are, is beyond belief.
BEYOND_TOTAL: Final = 3
#: Repairs beyond which joining is given up: when they also outnumber the pages that joined, or when so
#: many in a row have led to nothing new.
REPAIRS_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Ask:
    """The next page to ask for."""

    offset: int
    limit: int
    sort: str | None


class Walk:
    """One walk over one list.

    Feed it what comes of each `ask`: `accept` a page, or `refuse` a 400. It is a fold over pages: the
    same pages in the same order lead to the same state, which is how a killed scan goes on.

    Args:
        walk: which pass of a scan it is.
        limit: rows to ask for.
        sorts: what to sort by, best first; the first may be what was learned before.
        part: what to read of the list, None for all of it; `sorts` must be `OID_SORTS` in some order.

    Attributes:
        ask: the next page, None at the end.
        settled: the last way to ask that the server took, None before the first page.
        unordered: a part was asked for, and the server has no order by oid; then there is no next page.
    """

    def __init__(
        self, walk: Pass, limit: int, sorts: Sequence[str | None] = SORTS, part: Part | None = None
    ) -> None:
        self._walk, self._part, self.unordered = walk, part, False
        sizes = [limit, *(smaller for smaller in (LIMITS[0], LIMITS[-1]) if smaller < limit)]
        start = part.start if part is not None else 0
        self._candidates = [Ask(start, size, sort) for size in sizes for sort in sorts]
        self._oids = array("q")
        self._pages = self._rows = self._repairs = 0
        self._total_first: int | None = None
        self._limit, self._quiet = limit, QUIET_PAGES
        self._look_round_at = ROUNDS_FROM_PAGES * limit
        self._odd: dict[str, None] = {}
        self.settled: Ask | None = None
        self._begin(self._candidates[0])

    def _begin(self, ask: Ask) -> None:
        """At the first page, in this order."""
        self.ask: Ask | None = ask
        self._sort = ask.sort
        self._last: Listing | None = None
        self._last_oid = (self._part and self._part.after) or 0
        self._first: tuple[int, int | None] | None = None
        self._distinct = self._joined = self._led_on = self._end = self._furthest = 0
        self._back = self._fruitless = self._turned_back = self._standstills = self._repeats = 0
        self._past_end: int | None = None
        self._ascending, self._unjoined, self._ended = True, False, False

    @property
    def in_one_page(self) -> bool:
        """Whether the whole list was one answer, and so of one moment."""
        return self.ask is None and self._joined == 1

    @property
    def by_oid(self) -> bool:
        """Whether the order that was found is that of the oids, which never change."""
        return self._ascending and self._sort in (BY_OID, None)

    @property
    def covered(self) -> Covered:
        """What a walk over a part has come to."""
        start, first = self._first or (0, None)
        return Covered(start, self._end, first, self._last_oid if self._distinct else None, self._ended)

    def accept(self, ask: Ask, page: Listing) -> bool:
        """Take a page.

        Args:
            ask: what was asked; on resuming it may differ from `self.ask`, and then holds.
            page: what came.

        Returns:
            whether the page is to be kept; one that contradicts what was asked is asked for again.

        Raises:
            AnswerUnusable: it has contradicted what was asked too often, or goes on for ever.
        """
        fault = contradiction(page, ask.offset, ask.limit)
        if fault is not None:
            self._repeats += 1
            if self._repeats >= REPEATS_MAX:
                raise _unusable(fault)
            return False
        self._take_stock(ask, page)
        if self._refutes(ask.sort, page):
            self._restart(ask)
        elif self._unjoined or self._joins(ask, page):
            self._go_on(ask, page)
        else:
            self._step_back(ask, page)
        return True

    def refuse(self, ask: Ask, about: str | None) -> bool:
        """Take a 400.

        Args:
            ask: what was asked.
            about: "sort", "limit" or "offset" when the server's words name one of them, else None.

        Returns:
            whether there is another way to ask; else the refusal stands.
        """
        if self._joined == 0 and ask.offset and about not in ("sort", "limit"):
            self.ask = self._earlier(ask, about)
            return True
        if self._joined == 0 or (about == "sort" and ask.offset == 0):
            self._candidates = [one for one in self._candidates if not _as_bad(one, ask, about)]
            if self._candidates:
                self._begin(self._candidates[0])
            return bool(self._candidates)
        if about == "limit" or ask.offset == 0:
            lower = next((size for size in LIMITS if size < ask.limit), None)
            self.ask = ask if lower is None else Ask(ask.offset, lower, ask.sort)
            return lower is not None
        # past the end, perhaps, of a list that has become shorter; offset 0 is past no end
        self._turned_back += 1
        self._past_end = ask.offset
        self.ask = self._further_back(ask, 0)
        return self._turned_back <= REPAIRS_MAX

    def report(self) -> PassReport:
        """What the walk has come to."""
        return PassReport(
            walk=self._walk,
            order=self._sort,
            limit=self._limit,
            pages=self._pages,
            rows=self._rows,
            distinct=self._distinct if self.by_oid else len(set(self._oids)),
            repairs=self._repairs,
            total_first=self._total_first if self._part is None else None,
            total_last=self._total_last if self._part is None else None,
            reasons=tuple(self._reasons()),
        )

    @property
    def _total_last(self) -> int | None:
        return self._last.total if self._last is not None else self._total_first

    def _reasons(self) -> Iterator[str]:
        if self.ask is not None:
            yield f"the {self._walk.value} pass has not reached the end"
        if self._unjoined:
            yield f"the pages of the {self._walk.value} pass do not join: rows moved too much meanwhile"
        elif self.unordered:
            yield "the server has no order by oid"
        elif self._sort is None and not self._ascending and not self.in_one_page:
            yield "the server takes no sort, and nothing tells that its own order stays"
        total = self._last.total if self._last is not None else None
        if self._ended and total is None and self._part is not None and self._part.lacks(self._last_oid):
            yield "the list ended before customers who were there before"
        if self._ended and total not in (None, self._end):
            yield f"the {self._walk.value} pass ended at {self._end}, though the server counted {total}"
        yield from (f"in the {self._walk.value} pass {oddity}" for oddity in self._odd)

    def _take_stock(self, ask: Ask, page: Listing) -> None:
        if self._pages == 0:
            self._total_first = page.total
        self._pages += 1
        self._rows += len(page.rows)
        self._repeats = 0
        self._sort, self.settled = ask.sort, ask
        if ask.sort != BY_OID:
            self._oids.extend(page.oids)
            self._look_round()

    def _look_round(self) -> None:
        """In an order that tells nothing the same rows could come for ever."""
        if len(self._oids) < self._look_round_at:
            return
        self._look_round_at = 2 * len(self._oids)
        distinct = len(set(self._oids))
        if len(self._oids) > BEYOND_TOTAL * (distinct + self._limit):
            raise _unusable(f"it repeats the same {distinct} customers over and over")

    def _refutes(self, sort: str | None, page: Listing) -> bool:
        """Whether the page shows that it is not in the order that was asked for, or needed."""
        if sort == BY_OID or self._part is not None:
            return not ascends(page)
        return sort == BY_EMAIL and not goes_by_email(page)

    def _restart(self, ask: Ask) -> None:
        """The page is not in the order that was asked for: that sort is ignored."""
        self._candidates = [one for one in self._candidates if one.sort != ask.sort]
        if not self._candidates and self._part is not None:
            self.ask, self.unordered = None, True
            return
        self._candidates = self._candidates or [Ask(0, ask.limit, None)]
        self._begin(Ask(self._candidates[0].offset, ask.limit, self._candidates[0].sort))

    def _joins(self, ask: Ask, page: Listing) -> bool:
        if ask.offset == 0:
            return True
        if self._last is None:
            return self._part is not None and self._part.may_begin_with(page)
        if ask.sort == BY_OID:
            return bool(page.oids) and page.oids[0] <= self._last_oid
        tail = self._last.rows[-OVERLAP_ROWS:]
        return any(row.oid is not None and row in tail for row in page.rows)

    def _step_back(self, ask: Ask, page: Listing) -> None:
        self._repairs += 1
        self._fruitless += 1
        self._quiet = 0
        self._past_end = self._past_end if page.rows else ask.offset
        before, now = self._last.total if self._last else None, page.total
        shrunk = before - now if before is not None and now is not None else 0
        if self._last is None and not page.rows and now is not None:
            shrunk = ask.offset - now + ask.limit // 2
        self.ask = self._further_back(ask, shrunk)
        self._unjoined = self._repairs > max(REPAIRS_MAX, self._joined) or self._fruitless > REPAIRS_MAX

    def _earlier(self, ask: Ask, about: str | None) -> Ask:
        """Where to look when the first page of a part is refused: it may begin behind the end. If nothing
        says so, the start of the list tells the place from the way of asking."""
        return Ask(0, ask.limit, ask.sort) if about is None else self._further_back(ask, 0)

    def _further_back(self, ask: Ask, shrunk: int) -> Ask:
        """A quarter of a page first, so that most of the page is new; twice as far each time."""
        self._back = max(2 * self._back, ask.limit // 4, OVERLAP_ROWS)
        return Ask(max(0, ask.offset - max(self._back, shrunk + OVERLAP_ROWS)), ask.limit, ask.sort)

    def _go_on(self, ask: Ask, page: Listing) -> None:
        if self._first is None:
            self._first = ask.offset, page.oids[0] if page.oids else None
            self._end, self._furthest = ask.offset, self._part.start if self._part is not None else 0
            self._fruitless = self._turned_back = 0
        end, new = ask.offset + len(page.rows), self._adds(page)
        self._ascending = self._ascending and ascends(page)
        self._joined += 1
        self._back = 0
        leap = end - self._furthest
        again = self._crosses_again(ask, end)
        self._quiet = 0 if self._shifted(ask, page) else self._quiet + 1
        self._standstills = 0 if new else self._standstills + (not again)
        if new:
            self._past_end = None
            if leap > 0:
                self._fruitless = self._turned_back = 0
        self._ended = is_end(page, end, new=new, under_way=new or again or leap > OVERLAP_ROWS)
        self._note_oddities(page, repeats=not new and leap > OVERLAP_ROWS)
        self._end, self._furthest = end, max(self._furthest, end)
        self._last = page
        is_covered = self._part is not None and self._part.is_covered(self._last_oid, self._led_on)
        if self._ended or is_covered:
            self._limit = min(self._limit, ask.limit)
            self.ask = None
            return
        if self._standstills >= STANDSTILLS_MAX:
            raise _unusable("it says that there is more, but repeats the same rows")
        if page.total is not None and end > BEYOND_TOTAL * (page.total + ask.limit):
            raise _unusable(f"it goes on at {end}, but counts {page.total} in all")
        self._limit = min(ask.limit, page.limit or ask.limit, len(page.rows))
        self.ask = Ask(end - self._overlap(page), ask.limit, ask.sort)

    def _shifted(self, ask: Ask, page: Listing) -> bool:
        """Whether rows before a page have gone, or come, since the page before, as its first row shows."""
        shared, before = self._end - ask.offset, self._last.rows if self._last is not None else []
        return 0 < shared <= len(before) and bool(page.rows) and page.rows[0].oid != before[-shared].oid

    def _overlap(self, page: Listing) -> int:
        """Rows of a page that the next one begins with again; fewer of a page that is very small."""
        few = self._sort == BY_OID and self._quiet >= QUIET_PAGES
        return min(OVERLAP_BY_OID_ROWS if few else OVERLAP_ROWS, len(page.rows) // 2)

    def _crosses_again(self, ask: Ask, end: int) -> bool:
        """Whether a page is on ground that a step back makes the walk cross once more, so that it need not
        have anything new. Told by the offset, which a scan that is gone on with has, too."""
        stepped_back = self._last is not None and ask.offset < self._end - self._overlap(self._last)
        known = end <= self._furthest and end != self._past_end
        return known and (stepped_back or end > self._end)

    def _note_oddities(self, page: Listing, *, repeats: bool) -> None:
        """What no honest list does, though it can be followed to its end."""
        if repeats:
            self._odd["a page that should have been new repeated rows"] = None
        if len(set(page.oids)) < len(page.oids):
            self._odd["a page held a customer twice"] = None
        if self._ended and page.more:
            self._odd["the server said that there was more after all that it counted"] = None

    def _adds(self, page: Listing) -> bool:
        """Whether the page goes further than the walk has come; counts the rows above the last oid."""
        above = len({oid for oid in page.oids if oid > self._last_oid})
        self._distinct += above
        self._led_on += above > 0
        self._last_oid = max(page.oids) if above else self._last_oid
        if self._sort == BY_OID:
            return above > 0
        before = self._last.rows if self._last is not None else []
        return bool(page.rows) and page.rows[-1:] != before[-1:]


def _as_bad(one: Ask, refused: Ask, about: str | None) -> bool:
    """Whether what was wrong with one way to ask is wrong with another, too."""
    if about == "sort":
        return one.sort == refused.sort
    if about == "limit":
        return one.limit >= refused.limit
    return (one.limit, one.sort) == (refused.limit, refused.sort)


def _unusable(text: str) -> AnswerUnusable:
    return AnswerUnusable("getCustomers", f"paging answer unusable: {text}", status=200)
