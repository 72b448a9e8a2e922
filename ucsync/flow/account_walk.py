"""Reading a list page by page while it may change: which page comes next, and whether the reading is proven.

Proven is what adds up: every page was read, the server's count is the same on all of them, no row came twice,
and there are as many different rows as it counts. An order that is placed meanwhile moves all those before it
by one, so that one is read twice, and the count has changed: then the list is read again.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from ucsync.store.account_archive import Kept, read_value
from ucsync.ultracart.my_account.answers import AccountAnswer

#: By which rows of a list are told apart; of several names the first that a row has.
KEYS: Final = {
    "getOrders": ("orderId",),
    "getNotReviewedYet": ("itemId",),
    "getReviews": ("reviewOid", "itemId"),
    "getWishlist": ("wishlistOid",),
}

#: A million rows; a server that never ends is left there.
PAGES_MAX: Final = 100_000
#: So many pages one after the other, and the list is left: not read, or with nothing new on them.
_FAILED_MAX: Final = 3
_STALE_MAX: Final = 3


def id_of(value: Any) -> str | None:
    """Of a text or a number by which something is told apart; None of anything else, and of blanks."""
    if type(value) is int:
        return f"{value}"
    return value if isinstance(value, str) and value.strip() else None


def key_of(row: Any, names: tuple[str, ...]) -> str | None:
    """Of a row of a list; None where it has none."""
    if not isinstance(row, dict):
        return None
    return next((found for name in names if (found := id_of(row.get(name))) is not None), None)


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a list.

    Attributes:
        rows: on it.
        keys: of each row, None where it has none.
        total: rows of the list, as the server counted; None when it did not.
        pages: of the list, likewise.
        kept: the answer; None of one that is only looked at.
    """

    rows: list[Any] = field(repr=False)
    keys: tuple[str | None, ...] = field(repr=False)
    total: int | None
    pages: int | None
    kept: Kept | None = None

    def shows_the_same(self, other: "Page") -> bool:
        """Whether both have the same rows in the same order, of as many."""
        return (self.keys, self.total) == (other.keys, other.total)


def page_of(kept: Kept) -> Page:
    """A kept answer as a page of its list."""
    paging = kept.asked.paging
    told = (None, None) if paging is None else (paging.total_records, paging.total_pages)
    return _page(kept.asked.operation, kept.body, told, kept)


def page_seen(answer: AccountAnswer) -> Page:
    """The same of an answer that is not kept."""
    paging = answer.paging
    told = (None, None) if paging is None else (paging.total_records, paging.total_pages)
    return _page(answer.operation.operation_id, answer.raw, told, None)


def _page(operation: str, body: bytes, told: tuple[int | None, int | None], kept: Kept | None) -> Page:
    value = read_value(body)
    rows = value if isinstance(value, list) else []
    return Page(rows, tuple(key_of(row, KEYS[operation]) for row in rows), *told, kept)


class Walk:
    """One reading of a list, from its first page to its last.

    Attributes:
        pages: by their numbers, from 1.
    """

    def __init__(self) -> None:
        self.pages: dict[int, Page] = {}
        self._failed: set[int] = set()
        self._next = 1
        self._newest: Page | None = None
        self._empty_at = PAGES_MAX
        self._seen: set[str] = set()
        self._stale = 0

    def accept(self, number: int, page: Page) -> None:
        """The page of this number came."""
        self.pages[number] = self._newest = page
        if not page.rows:
            self._empty_at = min(self._empty_at, number)
        fresh = None in page.keys or not self._seen.issuperset(page.keys)
        self._stale = 0 if fresh else self._stale + 1
        self._seen.update(key for key in page.keys if key is not None)

    def fail(self, number: int) -> None:
        """The page of this number cannot be read."""
        self._failed.add(number)

    def next(self) -> int | None:
        """The number of the page to ask for; None at the end."""
        while self._next in self.pages or self._next in self._failed:
            self._next += 1
        return None if self._next > self._end() else self._next

    @property
    def total(self) -> int | None:
        """By the newest page."""
        return None if self._newest is None else self._newest.total

    @property
    def failed(self) -> bool:
        """Whether a page of it cannot be read."""
        return bool(self._failed)

    @property
    def rows(self) -> int:
        """So far; what came twice counts twice."""
        return sum(len(page.rows) for page in self.pages.values())

    def in_order(self) -> list[Page]:
        """Its pages by their numbers."""
        return [self.pages[number] for number in sorted(self.pages)]

    def shape(self) -> list[tuple[tuple[str | None, ...], int | None]]:
        """What the server has shown, to be compared with another reading's."""
        return [(page.keys, page.total) for page in self.in_order()]

    def doubts(self) -> list[str]:
        """Why it is not proven to be whole, in words; nothing when it is."""
        keys = [key for page in self.pages.values() for key in page.keys]
        named = {key for key in keys if key is not None}
        nameless, twice = keys.count(None), len([key for key in keys if key is not None]) - len(named)
        totals = [page.total for page in self.pages.values()]
        doubts = [f"page {number} could not be read" for number in sorted(self._failed)]
        if None in totals or not totals:
            doubts.append("the server does not say how many there are")
        elif len(set(totals)) > 1:
            doubts.append(f"the server counted {totals[0]} at first and {totals[-1]} in the end")
        if twice:
            doubts.append(f"{twice} came twice")
        if nameless:
            doubts.append(f"{nameless} have no id")
        if totals and totals[-1] is not None and len(named) + nameless != totals[-1]:
            doubts.append(f"{len(named) + nameless} different ones of {totals[-1]} came")
        return doubts

    def _end(self) -> int:
        """The number of the last page, as far as that is known now."""
        told = None if self._newest is None else self._newest.pages
        if self._failed and (1 in self._failed or told is None or self._fails_on()):
            return 0
        if self._stale >= (1 if told is None else _STALE_MAX):
            return 0  # nothing new comes any more: the server does not turn pages
        return min(self._empty_at, PAGES_MAX if told is None else max(1, told))

    def _fails_on(self) -> bool:
        """Whether the newest ones failed, one after the other."""
        last = max(self._failed)
        return all(number in self._failed for number in range(last, last - _FAILED_MAX, -1))
