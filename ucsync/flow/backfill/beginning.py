"""The beginning of a backfill: what there is, where to start, and the snapshot that says it has begun."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ucsync.flow.backfill.backfill_result import BackfillWishes
from ucsync.flow.backfill.publication import publish_beginning
from ucsync.flow.backfill.sizing import offset_of
from ucsync.flow.course import LAG_LEAST_S
from ucsync.flow.listing import Beginning, complaint
from ucsync.flow.workplace import Workplace
from ucsync.model import Backfill, BadRequest, By, Guarded, Misused, Receipt
from ucsync.plan.windows import NOBODY
from ucsync.store import SCHEMA_ID
from ucsync.ultracart.claims import ascends
from ucsync.ultracart.scanning import BY_OID, Ask

#: So many rows tell whether a list is in order.
_SOME: Final = 20

Note = Callable[[str], None]


async def begin(
    place: Workplace, parent: Receipt | None, wishes: BackfillWishes, note: Note
) -> tuple[Receipt, Backfill]:
    """Begin a new one: from here on its progress is in the lake.

    Args:
        parent: the current snapshot, None when there is none.
        note: is told what the user should know.

    Raises:
        Guarded: the server has no order by oid, and that was asked for; or the key is another merchant's.
        Misused: the server cannot select by what was asked for.
        StintOver, Stopped, CallFailed, QuotaSpent, StorageFailed: nothing was published.
    """
    before = place.lister.requests_sent
    found = await place.stop.unless(place.lister.begin())
    now = place.clock.now()
    by = wishes.by or By.OID
    newest_first = not wishes.oldest_first
    if by is By.OID and newest_first and found.total is None:
        note("the server does not count its customers: the oldest come first")
        newest_first = False
    backfill = Backfill(
        backfill=_id(place.merchant, now),
        by=by,
        newest_first=newest_first,
        low=wishes.low,
        high=wishes.high,
        started_at=found.server_time or now,
        fingerprint=place.fingerprint,
        schema=SCHEMA_ID,
        total=found.total,
        on_nothing=parent is None or parent.rows == 0,
    )
    backfill = await _located(place, backfill) if by is By.OID else await _checked(place, backfill)
    backfill = replace(backfill, requests=place.lister.requests_sent - before)
    return await _published(place, parent, backfill, found)


async def instead(
    place: Workplace, parent: Receipt, backfill: Backfill, wishes: BackfillWishes, note: Note
) -> tuple[Receipt, Backfill]:
    """The server has no order by oid: begin anew by time, as far as nobody has asked for oids.

    What changed since the first beginning is in the stream of changes, so that one still counts.

    Raises:
        as `begin`.
    """
    if wishes.by is By.OID or not backfill.whole:
        raise _no_order(place)
    note("the server has no order by oid: the windows are cut by time of change")
    before = place.lister.requests_sent
    anew = replace(
        backfill, backfill=_id(place.merchant, place.clock.now()), by=By.MODIFIED,
        newest_first=not wishes.oldest_first, reached=None, offset=0, windows=0, rows=0, window_rows=0,
        doubts=(),
    )  # fmt: skip
    anew = await _checked(place, anew)
    anew = replace(anew, requests=backfill.requests + place.lister.requests_sent - before)
    return await _published(place, parent, anew, Beginning(backfill.total, None, parent.merchant_id))


async def _published(
    place: Workplace, parent: Receipt | None, backfill: Backfill, found: Beginning
) -> tuple[Receipt, Backfill]:
    lag = timedelta(seconds=max(place.settings.lag_s, LAG_LEAST_S))
    now = place.clock.now()
    watermark = min(found.server_time or now, now) - lag
    receipt = await publish_beginning(place, parent, backfill, watermark, found.merchant_id)
    return receipt, backfill


async def _located(place: Workplace, backfill: Backfill) -> Backfill:
    """Where in the list a backfill by oid begins that has bounds.

    Looking for a place in a list that is not in that order would find one, and a wrong one: so some rows
    are looked at first.
    """
    if backfill.whole:
        return backfill
    try:
        some = await place.stop.unless(place.lister.oids(Ask(0, _SOME, BY_OID), {}))
        if not ascends(some):
            raise _no_order(place)
        bound = backfill.high if backfill.newest_first else backfill.low
        if bound is None:
            return backfill
        if backfill.total is None:
            raise Misused(
                f"{place.merchant}: the server does not count its customers, so the place of an oid cannot"
                " be found; say --by modified or --by signup"
            )
        found = await offset_of(place, bound, 0, backfill.total)
    except BadRequest as refusal:
        if complaint(refusal) != "sort":
            raise
        raise _no_order(place) from None
    back = 0 if backfill.newest_first else 1
    return replace(backfill, reached=bound, offset=max(0, found - back))


async def _checked(place: Workplace, backfill: Backfill) -> Backfill:
    """Whether the server selects customers by the instants that the windows are cut by."""
    name = backfill.by.value
    if any(key in (place.settings.query or {}) for key in NOBODY[backfill.by]):
        raise Misused(
            f"{place.merchant}: the query of the configuration has its own bounds there; say --by oid"
        )
    if await place.stop.unless(place.lister.count(NOBODY[backfill.by])):
        raise Guarded(f"{place.merchant}: the server does not select customers by {name}; say --by oid")
    return backfill


def _no_order(place: Workplace) -> Guarded:
    return Guarded(
        f"{place.merchant}: the server does not list customers in the order of their oids; say --by modified"
    )


def _id(merchant: str, now: datetime) -> str:
    seed = f"{merchant} backfill {now.isoformat()}".encode()
    return f"{now:%Y%m%dT%H%M%SZ}-{hashlib.sha256(seed).hexdigest()[:8]}"
