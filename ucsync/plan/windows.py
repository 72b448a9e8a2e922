"""The windows of a backfill: where each begins and ends, how far all of them are, without I/O.

Windows are consecutive and cover one stretch, so what is done is told by one bound: `reached`.

By oid a window is a stretch of the list in that order. Only the bound from which it goes on is known
before it is read; where it begins to look is an offset, which rows that go meanwhile can only make too
high, and never wrong: what a window covers is told by the oids on its pages. Two that follow each other
share one row, as two pages do.

By time a window is a pair of instants, in seconds since 1970. Its length follows the number of customers
found in the one before.
"""

from collections.abc import Generator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from ucsync.model import Backfill, By, ScanHeader, ScanKind, Window, WindowRead
from ucsync.plan.scans import ScanOrigin

#: Rows that a window shares with its neighbour, and a page with the one before.
SHARED_ROWS: Final = 1
#: What the first window by time is long.
SPAN_FIRST_S: Final = 30 * 86_400
#: The shortest window by time.
SPAN_LEAST_S: Final = 3600
#: How many times longer than the last one a window by time may be.
GROWTH_MAX: Final = 4
#: UltraCart is younger: what lies before is one window.
OLDEST_S: Final = int(datetime(1995, 1, 1, tzinfo=UTC).timestamp())
#: A window that holds so many times as many customers as were meant is cut.
TOO_MANY: Final = 2
#: So many doubts are kept.
DOUBTS_MAX: Final = 20

_FILTERS: Final = {By.MODIFIED: "last_modified_dts", By.SIGNUP: "signup_dts"}


def rows_of(pages: int, limit: int) -> int:
    """How many different rows so many pages of `limit` rows hold."""
    each = max(limit - SHARED_ROWS, 1)
    return SHARED_ROWS + max(pages, 1) * each


def next_window(backfill: Backfill, *, limit: int, pages: int, now: datetime) -> Window | None:
    """The first one, or the one after those that are published.

    Args:
        limit: rows a page.
        pages: about so many a window.
        now: our clock.

    Returns:
        None when there is none left.
    """
    if backfill.finished:
        return None
    if backfill.by is By.OID:
        return _by_oid(backfill, limit, pages)
    span_s = _span(backfill, limit * pages)
    return _older(backfill, span_s, now) if backfill.newest_first else _newer(backfill, span_s, now)


def cut(
    window: Window, backfill: Backfill, found: int | None, *, limit: int, pages: int, now: datetime
) -> Window | None:
    """A shorter window by time in place of one that holds far more customers than a window should.

    Args:
        window: not read yet.
        found: how many customers the server counts in it; None when it does not tell.
        limit, pages, now: as for `next_window`.

    Returns:
        None when it is good as it is.
    """
    target = limit * pages
    if window.by is By.OID or found is None or found <= TOO_MANY * target:
        return None
    start, end = _bounds(window, int(now.timestamp()))
    span_s = max(SPAN_LEAST_S, (end - start) * target // found)
    if span_s >= end - start:
        return None
    if backfill.newest_first:
        return replace(window, low=end - span_s)
    return replace(window, high=start + span_s)


def advanced(
    backfill: Backfill, window: Window, read: WindowRead, *, requests: int, deleted: int,
    doubts: tuple[str, ...],
) -> Backfill:  # fmt: skip
    """How far a backfill is once a window is published.

    Args:
        window: the one that was read.
        read: what that came to.
        requests: sent for it.
        deleted: customers found gone.
        doubts: why it is not proven; empty when it is.
    """
    reached, wanted = (read.low, backfill.low) if backfill.newest_first else (read.high, backfill.high)
    ended = reached is None or (wanted is not None and _is_beyond(backfill, reached, wanted))
    start, end = _bounds(window, int(backfill.started_at.timestamp()))
    return replace(
        backfill,
        reached=reached,
        offset=read.offset,
        windows=window.number,
        rows=backfill.rows + read.rows,
        requests=backfill.requests + requests,
        deleted=backfill.deleted + deleted,
        span_s=0 if window.by is By.OID else max(1, end - start),
        window_rows=read.rows,
        doubts=tuple(dict.fromkeys((*backfill.doubts, *doubts)))[:DOUBTS_MAX],
        finished=ended or read.is_last,
    )


def unfit_window(header: ScanHeader, backfill: Backfill, own: ScanOrigin) -> str | None:
    """Why a half-read window cannot be gone on with, in words for a person; None when it can.

    Args:
        header: of its scan.
        backfill: how far the backfill is.
        own: of a scan that would begin now.
    """
    if header.kind is not ScanKind.WINDOW or header.window is None:
        return "it is no window of a backfill"
    if header.version != own.version:
        return f"it was begun by version {header.version} of ucsync, this is {own.version}"
    if header.fingerprint != own.fingerprint:
        return "the configuration of what is read has changed since"
    if own.application is not None and header.application != own.application:
        return "it was begun with another key"
    if header.backfill != backfill.backfill:
        return "it belongs to another backfill"
    if header.window.number != backfill.windows + 1 or backfill.finished:
        return f"{backfill.windows} windows are published, it is number {header.window.number}"
    return None


def windows_left(backfill: Backfill, *, limit: int, pages: int) -> int | None:
    """About how many windows are still to be read; None when that cannot be told.

    By oid it is told from places in the list, by time from the customers who are not read yet.
    """
    if backfill.finished:
        return 0
    if backfill.by is not By.OID:
        left = None if backfill.total is None or not backfill.whole else backfill.total - backfill.rows
    elif backfill.newest_first:
        left = backfill.total if backfill.reached is None else backfill.offset
    else:
        left = None if backfill.total is None else backfill.total - backfill.offset
    return None if left is None else max(1, -(-left // (rows_of(pages, limit) - SHARED_ROWS)))


def filters_of(window: Window) -> dict[str, datetime]:
    """What narrows the list of customers down to a window; nothing for one by oid.

    It begins a second early, as whether the server takes a bound as part of a window is not known.
    """
    name = _FILTERS.get(window.by)
    filters = {}
    if name is not None and window.low is not None:
        filters[f"{name}_start"] = datetime.fromtimestamp(window.low - 1, UTC)
    if name is not None and window.high is not None:
        filters[f"{name}_end"] = datetime.fromtimestamp(window.high, UTC)
    return filters


#: Filters that match no customer where each of them counts.
NOBODY: Final[Mapping[By, Mapping[str, datetime]]] = {
    by: {
        f"{name}_start": datetime.fromtimestamp(OLDEST_S - 2 * SPAN_FIRST_S, UTC),
        f"{name}_end": datetime.fromtimestamp(OLDEST_S - SPAN_FIRST_S, UTC),
    }
    for by, name in _FILTERS.items()
}


def find_offset(oid: int, low: int, high: int) -> Generator[int, int | None, int]:
    """Find by halving the first row of the list ordered by oid that is not below `oid`.

    Args:
        oid: sought.
        low, high: it is known to be at one of these offsets or between them.

    Yields:
        An offset; send back the oid of the row there, None when there is no row.

    Returns:
        Its offset; `high` when all rows before that are below `oid`.
    """
    while low < high:
        middle = (low + high) // 2
        found = yield middle
        if found is None or found >= oid:
            high = middle
        else:
            low = middle + 1
    return low


def _by_oid(backfill: Backfill, limit: int, pages: int) -> Window:
    number, reached, offset = backfill.windows + 1, backfill.reached, backfill.offset
    if not backfill.newest_first:
        return Window(number=number, by=By.OID, low=reached, high=backfill.high, offset=offset, pages=pages)
    begin = backfill.total or 0 if reached is None else offset + SHARED_ROWS
    start = max(0, begin - rows_of(pages, limit))
    return Window(number=number, by=By.OID, low=None, high=reached, offset=start)


def _older(backfill: Backfill, span_s: int, now: datetime) -> Window:
    """The next window by time towards the past."""
    high = backfill.high if backfill.windows == 0 else backfill.reached
    low: int | None = (int(now.timestamp()) if high is None else high) - span_s
    if backfill.low is not None:
        low = max(backfill.low, low or 0)
    elif low is not None and low < OLDEST_S:
        low = None
    return Window(number=backfill.windows + 1, by=backfill.by, low=low, high=high)


def _newer(backfill: Backfill, span_s: int, now: datetime) -> Window:
    """The next window by time towards the present."""
    low = backfill.low if backfill.windows == 0 else backfill.reached
    high: int | None = (OLDEST_S if low is None else low) + span_s
    if backfill.high is not None:
        high = min(backfill.high, high or 0)
    elif high is not None and high > now.timestamp():
        high = None
    return Window(number=backfill.windows + 1, by=backfill.by, low=low, high=high)


def _span(backfill: Backfill, target: int) -> int:
    """Seconds: the last window's, in the proportion of customers wanted to customers found."""
    if backfill.windows == 0:
        return SPAN_FIRST_S
    most = GROWTH_MAX * backfill.span_s
    meant = backfill.span_s * target // max(1, backfill.window_rows)
    return max(SPAN_LEAST_S, min(most, meant))


def _bounds(window: Window, now_s: int) -> tuple[int, int]:
    """From when to when; one without bounds ends now, or begins when UltraCart did."""
    end = now_s if window.high is None else window.high
    return min(OLDEST_S, end) if window.low is None else window.low, end


def _is_beyond(backfill: Backfill, reached: int, wanted: int) -> bool:
    return reached <= wanted if backfill.newest_first else reached >= wanted
