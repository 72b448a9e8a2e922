"""Backfills: years of customers read window by window, over days, beside the nightly runs."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum


class By(Enum):
    """What the windows of a backfill are cut by."""

    OID = "oid"
    MODIFIED = "modified"
    SIGNUP = "signup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A part of the customers that is read, proven and published by itself.

    Attributes:
        number: from 1, in the order in which they are read.
        by: what the bounds are.
        low, high: oids, or seconds since 1970; `low` belongs to it, `high` does not; None for no bound.
            Of a window by oid only the side from which it goes on is known before it is read.
        offset: by oid: where its first page begins in the list ordered by oid; else 0.
        pages: by oid and oldest first: it ends after so many pages; else None.
    """

    number: int
    by: By
    low: int | None
    high: int | None
    offset: int = 0
    pages: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRead:
    """What reading a window has come to.

    Attributes:
        low, high: what it covers, as in `Window`; None for no bound.
        offset: by oid: where the next window may begin to look; else 0.
        rows: different customers on its pages.
        limit: rows a page at the end; the server may have lowered it.
        is_last: by oid: whether the list has nothing beyond it.
    """

    low: int | None
    high: int | None
    offset: int
    rows: int
    limit: int
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """How far a backfill is; part of every receipt while it is under way, so that the lake alone is
    enough to go on.

    Windows are consecutive, so what is covered is one stretch: from where it began to `reached`.

    Attributes:
        backfill: its id, `20261122T031500Z-9f3c21aa`.
        by: what its windows are cut by.
        newest_first: the order of the windows.
        low, high: what was asked for, as in `Window`; both None for everything.
        started_at: the server's clock before its first window, ours when it told none; whatever changes from
            there on is in the stream of changes.
        fingerprint, schema: of what its pages hold and of the columns, as in a receipt.
        total: customers that the server counted at the beginning, all of them; None when it told none.
        on_nothing: whether the lake was empty when it began.
        reached: where the next window goes on; None before the first one, and at the end where there
            is no bound.
        offset: by oid: where to look for it in the list; else 0.
        windows: how many are published.
        rows: customers on their pages.
        requests: sent for them.
        deleted: customers that were found gone.
        span_s: by time: seconds that the last window was long; else 0.
        window_rows: customers on the pages of the last window.
        doubts: why it is not proven, one line each; empty while all windows are.
        finished: whether the last window is published.
    """

    backfill: str
    by: By
    newest_first: bool
    low: int | None
    high: int | None
    started_at: datetime
    fingerprint: str
    schema: str
    total: int | None
    on_nothing: bool
    reached: int | None = None
    offset: int = 0
    windows: int = 0
    rows: int = 0
    requests: int = 0
    deleted: int = 0
    span_s: int = 0
    window_rows: int = 0
    doubts: tuple[str, ...] = ()
    finished: bool = False

    @property
    def whole(self) -> bool:
        """Whether every customer was asked for."""
        return self.low is None and self.high is None

    @property
    def concludes(self) -> bool:
        """Whether it is as good as a full scan, once what changed since it began has been read, too."""
        looked = self.by is By.OID or self.on_nothing
        return self.finished and self.whole and not self.doubts and looked

    @property
    def holds(self) -> bool:
        """Whether a lake that stands on it needs no full scan: it goes on, or only a part was asked for."""
        return not self.finished or self.concludes or not self.whole

    @property
    def lacks(self) -> str:
        """Why a lake that stands on nothing else is not complete."""
        if not self.finished:
            of_all = "" if self.total is None else f" of about {self.total}"
            return f"a backfill is under way: {self.rows}{of_all} customers are there"
        if self.doubts:
            return f"the backfill is not proven: {self.doubts[0]}"
        if not self.whole:
            return "only a part of the customers was asked for by the backfill"
        if not self.concludes:
            return "the backfill was by time, so nobody has looked who was deleted"
        return "what changed since the backfill began has still to be read"
