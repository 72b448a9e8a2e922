"""A backfill over a list that changes, window by window: without wires, staging or publishing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import pairwise
from random import Random
from typing import Any

from tests.ultracart.moving_list import Server
from ucsync.flow.course import Course
from ucsync.model import Backfill, By, ScanHeader, ScanKind, Window, WindowRead
from ucsync.plan import conclude
from ucsync.plan.windows import advanced, cut, filters_of, next_window, windows_left
from ucsync.ultracart.listing import Listing, RowKey
from ucsync.ultracart.scanning import Ask

NOW = datetime(2026, 3, 1, tzinfo=UTC)

#: Whom the filters of a window leave.
Among = Callable[[Mapping[str, datetime]], Callable[[RowKey], bool] | None]

BEGUN = Backfill(
    backfill="20260301T000000Z-00000000", by=By.OID, newest_first=True, low=None, high=None, started_at=NOW,
    fingerprint="f", schema="s", total=None, on_nothing=True,
)  # fmt: skip


@dataclass
class Piece:
    """A window that was read.

    Attributes:
        window, read: which, and what it came to.
        seen: the oids on its pages.
        stayed: who was there all the while.
        reasons: why it is not proven.
    """

    window: Window
    read: WindowRead
    seen: set[int]
    stayed: set[int]
    reasons: tuple[str, ...]

    @property
    def hidden(self) -> set[int]:
        """Who belongs to it, was there all the while and is on none of its pages."""
        low, high = self.read.low or 0, self.read.high
        return {oid for oid in self.stayed if low <= oid and (high is None or oid < high)} - self.seen


@dataclass
class Reader:
    """A backfill over a list, without wires, staging or publishing.

    Args:
        server: what is read.
        limit, pages: rows a page, pages a window.
        killed: chance at each page that the process dies, and the next one has only the pages.
        told: whether a refusal says what it is about.
        among: whom filters leave; None for all.
    """

    server: Server
    limit: int = 20
    pages: int = 4
    killed: float = 0
    told: bool = True
    among: Among = lambda filters: None
    seed: int = 0
    counted: int = 0
    pieces: list[Piece] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)  # noqa: S311  (a test's deaths)

    @property
    def seen(self) -> set[int]:
        """On any page."""
        return set().union(*(piece.seen for piece in self.pieces))

    @property
    def proven(self) -> bool:
        return not any(piece.reasons for piece in self.pieces)

    def through(self, backfill: Backfill, windows_max: int = 500) -> Backfill:
        """To the end; each window's cost and what is left are checked on the way."""
        while (window := self._next(backfill)) is not None:
            assert window.number == backfill.windows + 1 <= windows_max
            assert windows_left(backfill, limit=self.limit, pages=self.pages) != 0
            asked = len(self.server.asked)
            course = self._read(window)
            if course.unordered:
                assert course.reports()[0].reasons == ("the server has no order by oid",)
                return backfill
            requests = len(self.server.asked) - asked
            backfill = advanced(backfill, window, course.window_read, requests=requests, deleted=0, doubts=())
        assert backfill.finished
        assert windows_left(backfill, limit=self.limit, pages=self.pages) == 0
        return backfill

    def _next(self, backfill: Backfill) -> Window | None:
        window = next_window(backfill, limit=self.limit, pages=self.pages, now=NOW)
        while window is not None and window.by is not By.OID:
            found = self._count(filters_of(window))
            less = cut(window, backfill, found, limit=self.limit, pages=self.pages, now=NOW)
            if less is None:
                break
            window = less
        return window

    def _count(self, filters: Mapping[str, datetime]) -> int | None:
        self.counted += 1
        count = len(list(filter(self.among(filters), self.server.rows.values())))
        return self.server.counts(count) if self.server.says_total else None

    def _read(self, window: Window) -> Course:
        """One window, by as many processes as it takes."""
        before, taken = set(self.server.rows), list[tuple[Ask, Listing]]()
        course = self._course(window)
        while (step := course.step()) is not None:
            page = self.server.answer(step.ask, self.among(step.filters))
            if isinstance(page, str):
                assert course.refuse(step.ask, page if self.told else None), "no other way to ask"
            elif course.accept(step.ask, page, NOW):
                taken.append((step.ask, page))
            if self._chance.random() < self.killed:
                course = self._course(window)
                for ask, staged in taken:
                    assert course.step() is not None
                    assert course.accept(ask, staged, NOW)
        if not course.unordered:
            seen = set(course.listed())
            stayed = before & set(self.server.rows)
            _, reasons = conclude(course.reports(), len(seen), (), caught_up=course.caught_up)
            self.pieces.append(Piece(window, course.window_read, seen, stayed, reasons))
        return course

    def _course(self, window: Window) -> Course:
        header = ScanHeader(
            scan="", kind=ScanKind.WINDOW, parent=None, since=None, fingerprint="", version="", window=window
        )
        return Course(header, self.limit, 300, None, None)


def begun(server: Server, **more: Any) -> Backfill:
    """Of all customers, as the server counts them."""
    total = server.counts(len(server.rows)) if server.says_total else None
    return replace(BEGUN, total=total, **more)


def check_chain(pieces: list[Piece], *, newest_first: bool) -> None:
    """Each window begins where the one before ended, and the outer ones have no bound."""
    ordered = pieces if newest_first else pieces[::-1]
    assert (ordered[0].read.high, ordered[-1].read.low) == (None, None)
    for newer, older in pairwise(ordered):
        assert older.read.high == newer.read.low
        low, high = newer.read.low, newer.read.high
        assert low is None or high is None or low < high
