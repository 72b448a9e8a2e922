"""The end of a scan: what it proves, what it may remove, and its publication."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from ucsync.flow.course import Course
from ucsync.flow.scan import Scan
from ucsync.flow.workplace import Workplace
from ucsync.model import (
    ASIDE_MAX,
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
    await _check_whose(place, course, parent)
    carried = await _read_again(scan, parent)
    seen = in_order(course.listed())
    doubts = tuple(_doubts(place, course, parent, full=full))
    proof, reasons = conclude(course.reports(), len(seen), doubts, caught_up=course.caught_up)
    deletes: list[int] = []
    if full and parent is not None and proof is Proof.PROVEN:
        deletes, reasons = await _deletes(place, scan, parent, seen, accepted)
        proof = Proof.UNPROVEN if reasons else proof
    draft = _draft(place, scan, parent, proof, reasons)
    draft = replace(draft, aside=tuple(sorted(carried - set(deletes))))
    receipt = await publish_in_thread(place, scan, parent, draft, deletes)
    remember(place.database, place.merchant, _APPLICATION, place.application, place.clock.now())
    return receipt


async def _check_whose(place: Workplace, course: Course, parent: Receipt | None) -> None:
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


def _doubts(place: Workplace, course: Course, parent: Receipt | None, *, full: bool) -> Iterator[str]:
    """What no walk over pages can see."""
    if not course.clock_told:
        yield "the server does not tell its clock"
    if course.clock_odd:
        yield "the server's clock is before the watermark: it is wrong now, or was then"
    if course.nameless:
        yield f"{course.nameless} rows do not tell whose they are"
    if (place.settings.query or {}).get("query_target") == "cache":
        yield "the query reads a cache, which may be behind"
    if not full and _base(place, course, parent) is None:
        yield "no full scan that it could stand on is proven"


def _base(place: Workplace, course: Course, parent: Receipt | None) -> Receipt | None:
    """The parent, if its proven full scan is one that this snapshot, too, can stand on."""
    if parent is None or course.clock_odd or len(parent.aside) >= ASIDE_MAX:
        return None
    alike = (parent.fingerprint, parent.schema) == (place.fingerprint, SCHEMA_ID)
    return parent if alike and parent.full_at is not None else None


async def publish_in_thread(
    place: Workplace, scan: Scan, parent: Receipt | None, draft: Receipt, gone: Sequence[int],
) -> Receipt:  # fmt: skip
    """Publish what a scan has staged; other merchants' requests go on meanwhile."""
    reading = Reading(scan.staged, scan.course.oids, decoder_of(place, draft.scan), gone)
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
    if place.settings.query is not None:
        return missing, ()
    if len(missing) > CONFIRM_MAX:
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
    place: Workplace, scan: Scan, parent: Receipt | None, proof: Proof, reasons: tuple[str, ...]
) -> Receipt:
    """The receipt without what only publishing can fill in."""
    course, header = scan.course, scan.staged.header
    assert course.started_at is not None  # noqa: S101  (a scan that has ended has had a page)
    assert course.watermark is not None  # noqa: S101  (likewise)
    full, proven = header.kind is ScanKind.FULL, proof is Proof.PROVEN
    watermark = course.watermark
    if parent is not None and not proven:
        watermark = parent.watermark  # what was missed has to be asked for again
    base = _base(place, course, parent)
    reports = course.reports()
    return Receipt(
        snapshot="",
        parent=header.parent,
        merchant=place.merchant,
        merchant_id=course.merchant_id or (parent.merchant_id if parent else None),
        kind=header.kind,
        scan=header.scan,
        proof=proof,
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
        full_snapshot="" if full and proven else base.full_snapshot if base else None,
        full_at=course.started_at if full and proven else base.full_at if base else None,
        fingerprint=place.fingerprint,
        schema=SCHEMA_ID,
        version=place.version,
        passes=reports,
        files=(),
    )
