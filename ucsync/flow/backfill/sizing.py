"""Requests of a window beside those for its pages: where it had better end, and whether it was all."""

from dataclasses import replace

from ucsync.flow.workplace import Workplace
from ucsync.model import Backfill, BadRequest, By, Receipt, Window, WindowRead
from ucsync.plan.windows import advanced, cut, filters_of, find_offset


async def narrowed(place: Workplace, backfill: Backfill, window: Window, limit: int, pages: int) -> Window:
    """A window that holds about as many customers as a window should, and none that nobody asked for.

    Args:
        window: the next one, not read yet.
        limit, pages: rows a page, and about so many of these a window.

    Raises:
        StintOver, Stopped, CallFailed, QuotaSpent: it is not known.
    """
    if window.by is By.OID:
        return await _above(place, backfill, window)
    while True:
        found = await place.stop.unless(place.lister.count(filters_of(window)))
        less = cut(window, backfill, found, limit=limit, pages=pages, now=place.clock.now())
        if less is None:
            return window
        window = less


async def counted_at_the_end(
    place: Workplace, parent: Receipt, backfill: Backfill, window: Window, read: WindowRead
) -> int | None:
    """How many customers the server has who should be in the lake with the last window by time, at least.

    Who is new since the changes were last read is left out; so is, where windows are cut by time of change,
    who has changed since then: they may have moved from a window to come into one that was read.

    Returns:
        None where others come after that window, where not all were asked for, and where the server does
        not count.

    Raises:
        StintOver, Stopped, CallFailed, QuotaSpent: it is not known.
    """
    if window.by is By.OID or not backfill.whole:
        return None
    if not advanced(backfill, window, read, requests=0, deleted=0, doubts=()).finished:
        return None
    counts = [await place.stop.unless(place.lister.count({}))]
    for by in dict.fromkeys((By.SIGNUP, window.by)):
        recent = filters_of(replace(window, by=by, low=int(parent.watermark.timestamp()), high=None))
        counts.append(await place.stop.unless(place.lister.count(recent)))
    known = [count for count in counts if count is not None]
    return 2 * known[0] - sum(known) if len(known) == len(counts) else None


async def _above(place: Workplace, backfill: Backfill, window: Window) -> Window:
    """One by oid, newest first, that would begin far below the lowest oid asked for, begins there."""
    if backfill.low is None or not backfill.newest_first or not window.offset:
        return window
    try:
        oid = await place.stop.unless(place.lister.oid_at(window.offset))
    except BadRequest:  # reading it will tell whether the server has no such order, or what else is wrong
        return window
    if oid is None or oid >= backfill.low:
        return window
    found = await offset_of(place, backfill.low, window.offset, backfill.offset or backfill.total or 0)
    return replace(window, offset=max(0, found - 1))


async def offset_of(place: Workplace, oid: int, low: int, high: int) -> int:
    """Where the first customer whose oid is not below `oid` is in the list ordered by oid.

    Args:
        low, high: it is at one of these offsets, or between them.

    Raises:
        BadRequest: the server takes no such order.
        StintOver, Stopped, CallFailed, QuotaSpent: it is not known.
    """
    search = find_offset(oid, low, high)
    try:
        offset = next(search)
        while True:
            offset = search.send(await place.stop.unless(place.lister.oid_at(offset)))
    except StopIteration as found:
        return int(found.value)
