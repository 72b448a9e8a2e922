"""Publish what a backfill has read: how far it is becomes known in one step with the customers themselves.

Between two pages of a window anybody else may publish. So of customers whom a later snapshot has touched
the page's row is passed over, and nobody is removed of whom the lake has learned since the window began.
"""

import asyncio
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from ucsync.flow.conclusion import (
    check_whose,
    decoder_of,
    doubts_of_rows,
    note_whose,
    publish_in_thread,
    settle_missing,
)
from ucsync.flow.scan import Scan
from ucsync.flow.standing import Standing, carried
from ucsync.flow.workplace import Workplace, header_of
from ucsync.model import Backfill, By, Guarded, Proof, Receipt, ScanKind, Window, WindowRead
from ucsync.plan import CONFIRM_MAX, conclude, guard_deletes, requests_floor, unfit
from ucsync.plan.windows import advanced
from ucsync.store import SCHEMA_ID, Reading, StagedScan, Watch, in_order, missing_from, publish
from ucsync.store.answers import AnswerPages
from ucsync.store.lasting import damaged
from ucsync.store.matching import oids_there
from ucsync.store.touched import is_built_on, superseded, touched_since

_WITHOUT: Final = {By.SIGNUP: "some have no date of sign-up", By.MODIFIED: "some have no date of change"}
_UNCOUNTABLE: Final = "the server does not count its customers, so some may be in no window of time"
_SET_BACK: Final = "the lake was set back to an older snapshot while it was read"


def check_no_full_scan(place: Workplace) -> list[str]:
    """A scan of everything that a sync would go on with, and a window that is published, exclude each
    other: its pages would be worth nothing. One of a single page is discarded; a line for the user, if so.

    Raises:
        Guarded: there is one of more pages.
        StorageFailed: staging cannot be read.
    """
    staged = place.staging.open_scan()
    if staged is None or staged.header.kind is not ScanKind.FULL:
        return []
    if unfit(staged.header, place.lake.current(), place.origin, full=False) is not None:
        return []
    if staged.count > 1:
        raise Guarded(
            f"{place.merchant}: a full scan is half done: {staged.count} pages are there; go on with "
            f"`ucsync sync {place.merchant}`, or drop it with `--restart`"
        )
    staged.discard()
    return [f"discarded the first page of a full scan, {staged.header.scan}"]


def set_back(place: Workplace, staged: StagedScan, parent: Receipt) -> str | None:
    """Why staged pages of a window cannot be used, in words for a person; None when they can.

    Where the lake was set back, nobody can tell what of it is newer than they are.

    Raises:
        StorageFailed: the lake or a page cannot be read.
    """
    bases = {staged.note(number).base for number in range(1, staged.count + 1)}
    return None if is_built_on(place.lake, parent, bases) else _SET_BACK


async def publish_beginning(
    place: Workplace,
    parent: Receipt | None,
    backfill: Backfill,
    watermark: datetime | None,
    merchant_id: str | None,
) -> Receipt:
    """Publish a snapshot that changes nothing, and says that a backfill has begun.

    Args:
        parent: the current snapshot; None when there is none.
        backfill: with the requests that it has cost so far.
        watermark: from which changes are to be asked for, where there is no snapshot yet.
        merchant_id: of the vendor; None when no customer has told it.

    Raises:
        Guarded: the key belongs to another merchant than the lake.
        StorageFailed: the disk refuses; nothing was published.
    """
    _check_merchant(parent, merchant_id)
    scan = header_of(place, ScanKind.WINDOW, parent).scan
    standing = replace(Standing.before(place, parent), backfill=backfill)
    draft = _first_draft(place, backfill, watermark) if parent is None else parent
    draft = replace(
        _draft(place, draft, standing, scan),
        parent=None if parent is None else parent.snapshot,
        merchant_id=merchant_id or draft.merchant_id,
        requests=backfill.requests,
        requests_floor=backfill.requests,
    )
    nobody = AnswerPages((), lambda _: None)
    reading = Reading(nobody, nobody.oids, decoder_of(place, scan), gone_at=place.clock.now())
    watch = Watch(now=place.clock.now)
    work = partial(publish, place.lake, reading, draft, files=place.files, parent=parent, watch=watch)
    receipt = await asyncio.to_thread(work)
    note_whose(place)
    return receipt


async def publish_window(
    place: Workplace,
    scan: Scan,
    parent: Receipt,
    backfill: Backfill,
    window: Window,
    accepted: int | None,
    requests: int = 0,
    counted: int | None = None,
) -> Receipt:
    """Say what a window that has been read to its end proves, remove who is gone, and publish.

    Args:
        scan: of the window.
        parent: the current snapshot.
        backfill: how far it was before.
        accepted: so many customers may vanish in all; None for what the configuration permits.
        requests: sent for the window beside those of the scan.
        counted: customers that the server counts, to compare with those who will be there; None for
            windows after which others come, and where it is not known, which at the end of a whole
            backfill by time is a doubt.

    Returns:
        The receipt; its `backfill` is how far it is now.

    Raises:
        Guarded: more customers are missing than may go; or the key belongs to another merchant.
        Stopped, CallFailed, QuotaSpent, StorageFailed: nothing was published, and the pages are kept.
    """
    course = scan.course
    await check_whose(place, course, parent)
    later = await asyncio.to_thread(_touched_since, place, scan, parent)
    gone, reasons = await _concluded(place, scan, parent, backfill, later, accepted)
    if counted is not None:
        reasons += await asyncio.to_thread(_uncounted, place, scan, parent, window, counted)
    passed_over = superseded(course.oids, scan.bases, later)
    sent, deleted = scan.requests + requests, len(gone)
    doubts = tuple(f"window {window.number}: {reason}" for reason in reasons)
    now = advanced(backfill, window, course.window_read, requests=sent, deleted=deleted, doubts=doubts)
    if counted is None and now.finished and now.whole and window.by is not By.OID and not now.doubts:
        now = replace(now, doubts=(_UNCOUNTABLE,))
    standing = replace(Standing.before(place, parent), backfill=now)
    known_now = {oid for oids in course.oids for oid in oids}.difference(passed_over).union(gone)
    report = course.reports()[0]
    draft = replace(
        _draft(place, parent, standing, scan.staged.header.scan),
        parent=parent.snapshot,
        merchant_id=course.merchant_id or parent.merchant_id,
        requests=sent,
        requests_floor=requests_floor(report.distinct, report.limit),
        passes=course.reports(),
        aside=tuple(oid for oid in parent.aside if oid not in known_now),
    )
    receipt = await publish_in_thread(place, scan, parent, draft, gone, passed_over)
    note_whose(place)
    return receipt


async def _concluded(
    place: Workplace,
    scan: Scan,
    parent: Receipt,
    backfill: Backfill,
    later: Mapping[str | None, AbstractSet[int]],
    accepted: int | None,
) -> tuple[list[int], tuple[str, ...]]:
    """Who is gone, and why the window is not proven; nobody is, and no reason, where it tells nothing."""
    course, seen = scan.course, in_order(scan.course.listed())
    doubts = tuple(doubts_of_rows(place, course))
    proof, reasons = conclude(course.reports(), len(seen), doubts, caught_up=course.caught_up)
    if proof is not Proof.PROVEN or backfill.by is not By.OID:
        return [], reasons
    read, touched = course.window_read, later[scan.bases[0]]
    missing = await asyncio.to_thread(_missing, place, parent, read, seen, touched)
    removed, rows = backfill.deleted + len(missing), parent.rows + backfill.deleted
    guard_deletes(removed, rows, place.settings, accepted, place.merchant, "backfill")
    return await settle_missing(place, scan, missing, singly=removed <= CONFIRM_MAX)


def _check_merchant(parent: Receipt | None, found: str | None) -> None:
    """As `Course.check_whose`, before there is a scan."""
    held = parent.merchant_id if parent is not None else None
    if held is not None and found not in (None, held):
        raise Guarded(
            f"the key belongs to UltraCart merchant {found}, what was read before to {held}; nothing "
            "was published. Mend the key, or give this merchant another name in the configuration"
        )


def _touched_since(place: Workplace, scan: Scan, parent: Receipt) -> Mapping[str | None, AbstractSet[int]]:
    """For each snapshot on which pages rest whom later ones have touched."""
    found = touched_since(place.lake, parent, {*scan.bases, parent.snapshot})
    if found is None:
        raise damaged(_SET_BACK, "run it again, and the window is read anew")
    return found


def _missing(
    place: Workplace, parent: Receipt, read: WindowRead, seen: Any, touched: AbstractSet[int]
) -> list[int]:
    """The customers of the lake within a window who are on none of its pages; not those of whom a snapshot
    has learned since the first page came."""
    folder = place.lake.path_of(parent.snapshot)
    found = missing_from(folder, parent.files, seen, read.low, read.high)
    return [oid for oid in found if oid not in touched]


def _uncounted(
    place: Workplace, scan: Scan, parent: Receipt, window: Window, counted: int
) -> tuple[str, ...]:
    """What speaks for customers who are in no window.

    Who was forgotten counts as there: how many of them the server still has nobody knows.
    """
    forgotten = place.lake.suppression()
    known = {oid for oids in scan.course.oids for oid in oids if oid > 0}.union(parent.aside)
    known -= forgotten.covers(known)
    will_be = parent.rows + len(known) - len(oids_there(place.lake, parent, known))
    if counted <= will_be + forgotten.customers:
        return ()
    return (f"the server counts {counted} customers, {will_be} are there: {_WITHOUT[window.by]}",)


def _draft(place: Workplace, before: Receipt, standing: Standing, scan: str) -> Receipt:
    """The receipt of a snapshot that adds to another, without what only publishing can fill in.

    When it began stays the other's, too: everybody else is known as of then.
    """
    proof, reasons = carried(before, standing)
    return replace(
        before,
        snapshot="",
        kind=ScanKind.WINDOW,
        scan=scan,
        proof=proof,
        reasons=reasons,
        finished_at=place.clock.now(),
        full_snapshot=standing.full_snapshot,
        full_at=standing.full_at,
        fingerprint=place.fingerprint,
        version=place.version,
        passes=(),
        backfill=standing.backfill,
    )


def _first_draft(place: Workplace, backfill: Backfill, watermark: datetime | None) -> Receipt:
    """Stands for the snapshot before the first one."""
    if watermark is None:
        raise ValueError("without a snapshot somebody has to say from when changes are asked for")
    return Receipt(
        snapshot="", parent=None, merchant=place.merchant, merchant_id=None, kind=ScanKind.WINDOW, scan="",
        proof=Proof.UNPROVEN, reasons=(), watermark=watermark, started_at=backfill.started_at,
        finished_at=backfill.started_at, rows=0, inserted=0, updated=0, deleted=0, unchanged=0,
        quarantined=0, requests=0, requests_floor=0, full_snapshot=None, full_at=None,
        fingerprint=place.fingerprint, schema=SCHEMA_ID, version=place.version, passes=(), files=(),
    )  # fmt: skip
