"""Tells how far a backfill is, page by page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ucsync.flow.backfill.outlook import Outlook, usual_night
from ucsync.flow.progress import BackfillProgress, Progress, Watcher
from ucsync.flow.workplace import Workplace
from ucsync.model import Backfill, Window
from ucsync.plan.backfill_costs import backfill_cost
from ucsync.plan.windows import SHARED_ROWS, rows_of, windows_left

#: Seconds between two forecasts of the end: each plays through all the requests that are left.
FORECAST_EVERY_S: Final = 600.0


@dataclass(frozen=True, slots=True)
class _Reading:
    """The window under way: which, whose, how many windows are left with it, what these cost, and what they
    share the quota with."""

    window: Window
    backfill: Backfill
    place: Workplace
    left: int | None
    requests: int
    outlook: Outlook


class Meter(Watcher):
    """The watcher of a backfill's stints: makes of a window's progress that of the whole.

    Args:
        inner: is told.

    Attributes:
        pages: staged by this run, of whatever scan.
    """

    def __init__(self, inner: Watcher) -> None:
        self.pages = 0
        self._inner = inner
        self._reading: _Reading | None = None
        self._ends_at: datetime | None = None
        self._forecast_s = float("-inf")

    def read(self, place: Workplace, backfill: Backfill, window: Window, limit: int, pages: int) -> None:
        """A window is read from here on.

        Args:
            place: of the stint.
            backfill: as far as it is without it.
            window: the one.
            limit, pages: rows a page, and about so many of these a window.
        """
        left = windows_left(backfill, limit=limit, pages=pages)
        rows = (left or 0) * (rows_of(pages, limit) - SHARED_ROWS)
        if backfill.total is not None and backfill.whole:
            rows = max(0, backfill.total - backfill.rows)
        receipts, now = place.lake.receipts(), place.clock.now()
        habit = usual_night(receipts, backfill.total or backfill.rows, limit, now=now)
        cost = backfill_cost(
            rows, limit, backfill.by, window_pages=pages, is_begun=True, closing=habit.requests
        )
        outlook = Outlook(place.ledger, habit)
        self._reading = _Reading(window, backfill, place, left, cost.likely, outlook)

    def close(self) -> None:
        """No window is read any more."""
        self._reading = None

    def on_scan(self, progress: Progress) -> None:
        """See `Watcher`."""
        self.pages += 1
        now = self._reading
        if now is None:
            self._inner.on_scan(progress)
            return
        told, total = now.backfill, now.backfill.total if now.backfill.whole else None
        customers = told.rows + progress.customers  # some of them were on the page before, too
        self._inner.on_backfill(
            BackfillProgress(
                window=now.window.number,
                windows=None if now.left is None else now.window.number - 1 + now.left,
                customers=customers if total is None else min(customers, total),
                total=total,
                requests=told.requests + progress.requests,
                ends_at=self._forecast(now, progress),
            )
        )

    def on_rows(self, rows: int) -> None:
        """See `Watcher`."""
        self._inner.on_rows(rows)

    def on_wait(self, until: datetime) -> None:
        """See `Watcher`."""
        self._inner.on_wait(until)

    def on_turn(self) -> None:
        """See `Watcher`."""
        self._inner.on_turn()

    def on_outage(self, until: datetime, why: str) -> None:
        """See `Watcher`."""
        self._inner.on_outage(until, why)

    def _forecast(self, now: _Reading, progress: Progress) -> datetime | None:
        """Now and then: it is a look into the book."""
        clock = now.place.clock
        if now.left is not None and clock.monotonic() - self._forecast_s >= FORECAST_EVERY_S:
            left = max(1, now.requests - progress.pages)
            self._ends_at = now.outlook.play(left, clock.now()).ends_at
            self._forecast_s = clock.monotonic()
        return None if now.left is None else self._ends_at
