"""The end of a scan: what it proves, what it may remove, and its publication."""

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from ucsync.flow.course import Course
from ucsync.flow.scan import Scan
from ucsync.flow.workplace import Workplace
from ucsync.model import Guarded, Proof, Receipt, ScanKind
from ucsync.plan import CONFIRM_MAX, conclude, guard_deletes, requests_floor
from ucsync.store import SCHEMA_ID, Decoder, Reading, Watch, in_order, missing_from, publish
from ucsync.ultracart.scanning import NO_OID


async def conclude_and_publish(
    place: Workplace, scan: Scan, parent: Receipt | None, accepted: int | None
) -> Receipt:
    """Say what a scan that has ended proves, decide on deletions, and publish.

    Args:
        accepted: so many customers may vanish; None for what the configuration permits.

    Raises:
        Guarded, Stopped, CallFailed, StorageFailed: nothing was published.
    """
    course, header = scan.course, scan.staged.header
    _same_merchant(place, course, parent)
    seen = in_order([oid for page in course.oids for oid in page if oid != NO_OID])
    doubts = tuple(_doubts(place, course))
    proof, reasons = conclude(course.reports(), len(seen), doubts, caught_up=course.caught_up)
    full = header.kind is ScanKind.FULL
    deletes: list[int] = []
    if full and parent is not None and proof is Proof.PROVEN:
        deletes, alive = await _deletes(place, scan, parent, seen, accepted)
        if alive:
            proof = Proof.UNPROVEN
            reasons = (f"{alive} customers that are there were on no page",)
    draft = _draft(place, scan, parent, proof, reasons)
    return await publish_in_thread(place, scan, parent, draft, deletes)


def _doubts(place: Workplace, course: Course) -> Iterator[str]:
    """What no walk over pages can see."""
    if not course.clock_told:
        yield "the server does not tell its clock"
    if (place.settings.query or {}).get("query_target") == "cache":
        yield "the query reads a cache, which may be behind"


async def publish_in_thread(
    place: Workplace, scan: Scan, parent: Receipt | None, draft: Receipt, gone: Sequence[int],
) -> Receipt:  # fmt: skip
    """Publish what a scan has staged; other merchants' requests go on meanwhile."""
    omit = frozenset[str]() if place.settings.tax_ids else frozenset({"tax_id"})
    decoder = Decoder(draft.scan, omit=omit)
    reading = Reading(scan.staged, scan.course.oids, decoder, gone)
    watch = Watch(now=place.clock.now, on_rows=place.watcher.on_rows, stop=lambda: place.stop.asked)
    work = partial(publish, place.lake, reading, draft, files=place.files, parent=parent, watch=watch)
    return await asyncio.to_thread(work)


async def _deletes(
    place: Workplace, scan: Scan, parent: Receipt, seen: Any, accepted: int | None
) -> tuple[list[int], int]:
    """The customers to remove, and how many that seemed missing are there after all.

    A few are read one by one to make sure. With a query of the configuration, one that is there has
    only ceased to match, and goes from the lake all the same.
    """
    missing = list(missing_from(place.lake.path_of(parent.snapshot), parent.files, seen))
    guard_deletes(len(missing), parent.rows, place.settings, accepted, place.merchant)
    if len(missing) > CONFIRM_MAX or place.settings.query is not None:
        return missing, 0
    gone = [oid for oid in missing if await scan.is_gone(oid)]
    return gone, len(missing) - len(gone)


def _same_merchant(place: Workplace, course: Course, parent: Receipt | None) -> None:
    known = parent.merchant_id if parent else None
    if known is not None and course.merchant_id not in (None, known):
        raise Guarded(
            f"{place.merchant}: the key belongs to UltraCart merchant {course.merchant_id}, the lake holds "
            f"{known}; nothing was published. Mend the key, or give this merchant another name in the "
            "configuration"
        )


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
    same = parent is not None and (parent.fingerprint, parent.schema) == (place.fingerprint, SCHEMA_ID)
    stands_on = parent if same else None  # a full scan of another configuration is none of this one
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
        full_snapshot="" if full and proven else stands_on.full_snapshot if stands_on else None,
        full_at=course.started_at if full and proven else stands_on.full_at if stands_on else None,
        fingerprint=place.fingerprint,
        schema=SCHEMA_ID,
        version=place.version,
        passes=reports,
        files=(),
    )
