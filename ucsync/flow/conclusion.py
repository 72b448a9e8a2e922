"""The end of a scan: what it proves, what it may remove, and its publication."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from ucsync.flow.course import Course
from ucsync.flow.scan import Scan
from ucsync.flow.standing import NOTHING, Standing
from ucsync.flow.workplace import Workplace
from ucsync.model import (
    AnswerUnusable,
    BadRequest,
    Proof,
    Receipt,
    ScanKind,
    ServerFault,
    Stopped,
)
from ucsync.plan import CONFIRM_MAX, conclude, guard_deletes, requests_floor
from ucsync.store import (
    SCHEMA_ID,
    Decoder,
    Reading,
    Watch,
    in_order,
    missing_from,
    publish,
    recall,
    remember,
)
from ucsync.ultracart.scanning import Ask

_APPLICATION: Final = "application"


async def conclude_and_publish(
    place: Workplace, scan: Scan, parent: Receipt | None, accepted: int | None
) -> Receipt:
    """Say what a scan that has ended proves, decide on deletions, and publish.

    Args:
        accepted: so many customers may vanish; None for what the configuration permits.

    Raises:
        Guarded, Stopped, CallFailed, StorageFailed: nothing was published.
    """
    course, full = scan.course, scan.staged.header.kind is ScanKind.FULL
    await check_whose(place, course, parent)
    carried = await _read_again(scan, parent)
    seen = in_order(course.listed())
    before = Standing.before(place, parent, clock_odd=course.clock_odd)
    doubts = (*_doubts(course), *doubts_of_rows(place, course))
    if not full and before.is_nothing:
        doubts = (*doubts, NOTHING)
    proof, reasons = conclude(course.reports(), len(seen), doubts, caught_up=course.caught_up)
    deletes: list[int] = []
    if full and parent is not None and proof is Proof.PROVEN:
        deletes, reasons = await _deletes(place, scan, parent, seen, accepted)
    draft = _draft(place, scan, parent, before, reasons)
    draft = replace(draft, aside=tuple(sorted(carried - set(deletes))))
    receipt = await publish_in_thread(place, scan, parent, draft, deletes)
    note_whose(place)
    return receipt


async def check_whose(place: Workplace, course: Course, parent: Receipt | None) -> None:
    """Pages without a customer do not tell whose they are: when the key is not the one that was used
    before, it is asked for one customer.

    Raises:
        Guarded: the key belongs to another merchant than the lake.
    """
    if parent is None or parent.merchant_id is None or course.merchant_id is not None:
        return
    known = recall(place.database, place.merchant, _APPLICATION)
    if known is None or known.value != place.application:
        page, _ = await place.stop.unless(place.lister.page(Ask(0, 1, None), None))
        course.check_whose(page)


def note_whose(place: Workplace) -> None:
    """Remember that the key is the one whose customers are in the lake."""
    remember(place.database, place.merchant, _APPLICATION, place.application, place.clock.now())


async def _read_again(scan: Scan, parent: Receipt | None) -> set[int]:
    """Read singly, if they are few, the customers whose newest version could not be decoded before.

    Returns:
        Those of them that are on no page of this scan, and so still have an old version in the lake.
    """
    seen = {oid for page in scan.course.oids for oid in page} if parent and parent.aside else set()
    open_ones = [oid for oid in (parent.aside if parent else ()) if oid not in seen]
    left = set(open_ones)
    for oid in open_ones[:CONFIRM_MAX]:
        with suppress(BadRequest, AnswerUnusable, ServerFault):
            if not await scan.is_gone(oid):
                left.discard(oid)
    return left


def _doubts(course: Course) -> Iterator[str]:
    """What no walk over pages can see: of the stream of changes."""
    if not course.clock_told:
        yield "the server does not tell its clock"
    if course.clock_odd:
        yield "the server's clock is before the watermark: it is wrong now, or was then"


def doubts_of_rows(place: Workplace, course: Course) -> Iterator[str]:
    """The same, of the rows that were read."""
    if course.nameless:
        yield f"{course.nameless} rows do not tell whose they are"
    if (place.settings.query or {}).get("query_target") == "cache":
        yield "the query reads a cache, which may be behind"


async def publish_in_thread(
    place: Workplace, scan: Scan, parent: Receipt | None, draft: Receipt, gone: Sequence[int],
    passed_over: Iterable[int] = (),
) -> Receipt:  # fmt: skip
    """Publish what a scan has staged; other merchants' requests go on meanwhile."""
    decoder = decoder_of(place, draft.scan)
    reading = Reading(scan.staged, scan.course.oids, decoder, gone, passed_over=passed_over)
    watch = Watch(now=place.clock.now, on_rows=place.watcher.on_rows, stop=lambda: place.stop.asked)
    work = partial(publish, place.lake, reading, draft, files=place.files, parent=parent, watch=watch)
    try:
        return await asyncio.to_thread(work)
    except Stopped:
        place.stop.check()  # with the exit code of what has asked for it
        raise


def decoder_of(place: Workplace, scan: str) -> Decoder:
    """For the pages of a scan, or of what stands in for one: of the fields that the merchant keeps."""
    omit = frozenset[str]() if place.settings.tax_ids else frozenset({"tax_id"})
    return Decoder(scan, omit=omit)


async def _deletes(
    place: Workplace, scan: Scan, parent: Receipt, seen: Any, accepted: int | None
) -> tuple[list[int], tuple[str, ...]]:
    """The customers to remove, and why the scan is not proven after all.

    A few are read one by one to make sure. With a query of the configuration, one that is there has
    only ceased to match, and goes from the lake all the same.
    """
    missing = list(missing_from(place.lake.path_of(parent.snapshot), parent.files, seen))
    guard_deletes(len(missing), parent.rows, place.settings, accepted, place.merchant)
    return await settle_missing(place, scan, missing, singly=len(missing) <= CONFIRM_MAX)


async def settle_missing(
    place: Workplace, scan: Scan, missing: Sequence[int], *, singly: bool
) -> tuple[list[int], tuple[str, ...]]:
    """Which of the customers who were on no page are to be removed, and what speaks against the scan.

    Args:
        singly: whether each of them is read to make sure.

    Raises:
        Stopped, Unauthorised, ConnectionLost, QuotaSpent …: nothing is known.
    """
    if place.settings.query is not None:
        return list(missing), ()
    if not singly:
        there = scan.alive.intersection(missing)
        return [oid for oid in missing if oid not in there], _on_no_page(len(there))
    gone, alive, unclear = await confirm(scan, missing)
    doubt = (f"whether {unclear} customers are gone could not be confirmed",) if unclear else ()
    return gone, (*_on_no_page(alive), *doubt)


def _on_no_page(alive: int) -> tuple[str, ...]:
    return (f"{alive} customers that are there were on no page",) if alive else ()


async def confirm(scan: Scan, missing: Sequence[int]) -> tuple[list[int], int, int]:
    """Read customers one by one.

    Returns:
        Those that are gone, how many are there, and of how many the server says neither.

    Raises:
        Stopped, Unauthorised, ConnectionLost, QuotaSpent …: nothing is known.
    """
    gone, alive, unclear = [], 0, 0
    for oid in missing:
        try:
            is_gone = await scan.is_gone(oid)
        except (BadRequest, AnswerUnusable, ServerFault):
            unclear += 1
            continue
        alive += not is_gone
        gone += [oid] if is_gone else []
    return gone, alive, unclear


def _draft(
    place: Workplace, scan: Scan, parent: Receipt | None, before: Standing, reasons: tuple[str, ...]
) -> Receipt:
    """The receipt without what only publishing can fill in.

    Args:
        before: what the parent leaves to it.
        reasons: why its own scan is not proven; empty when it is.
    """
    course, header = scan.course, scan.staged.header
    assert course.started_at is not None  # noqa: S101  (a scan that has ended has had a page)
    assert course.watermark is not None  # noqa: S101  (likewise)
    watermark, standing = course.watermark, before
    if parent is not None and reasons:
        watermark = parent.watermark  # what was missed has to be asked for again
    elif not reasons:
        full = header.kind is ScanKind.FULL
        standing = before.after_full(course.started_at) if full else before.after_changes()
    reasons = (*reasons, *standing.lacks)
    reports = course.reports()
    return Receipt(
        snapshot="",
        parent=header.parent,
        merchant=place.merchant,
        merchant_id=course.merchant_id or (parent.merchant_id if parent else None),
        kind=header.kind,
        scan=header.scan,
        proof=Proof.UNPROVEN if reasons else Proof.PROVEN,
        reasons=reasons,
        watermark=watermark,
        started_at=course.started_at,
        finished_at=place.clock.now(),
        rows=0,
        inserted=0,
        updated=0,
        deleted=0,
        unchanged=0,
        quarantined=0,
        requests=scan.requests,
        requests_floor=requests_floor(reports[0].distinct, reports[0].limit),
        full_snapshot=standing.full_snapshot,
        full_at=standing.full_at,
        fingerprint=place.fingerprint,
        schema=SCHEMA_ID,
        version=place.version,
        passes=reports,
        files=(),
        backfill=standing.backfill,
    )
