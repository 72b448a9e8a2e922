"""Read your writes: what the server answered to a push becomes a snapshot, without another sync.

The answers are safe in the journal, so this may end anywhere and be run again. In this order: (1) the
journal notes which outcomes go into the snapshot of which scan, (2) the lake publishes it, all or
nothing, (3) the journal notes that it did. A death between 2 and 3 is told by the lake having that scan.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Final

from ucsync.flow.conclusion import decoder_of
from ucsync.flow.workplace import Workplace
from ucsync.model import Receipt, ScanKind
from ucsync.model.pushes import Action, StepState
from ucsync.plan import unfit
from ucsync.store import SCHEMA_ID, Reading, Watch, publish
from ucsync.store.answers import AnswerPages, News, observed_in
from ucsync.store.journal import Journal
from ucsync.store.landings import Landed
from ucsync.store.merges import Merge

_DONE: Final = (StepState.LANDED, StepState.ALREADY)


async def publish_landed(place: Workplace, journal: Journal) -> Receipt | None:
    """Publish what the outcomes of a push say of customers and the lake does not know yet.

    The new snapshot takes over from the one before when it asks again (the watermark), what is proven and
    the newest full scan: a push reads nobody else's customers. Customers who were deleted or absorbed are
    removed, and merges are recorded. An answer that is older than what the lake has is left out.

    A wish to stop does not end it: it takes seconds, and asks the server for nothing.

    Returns:
        The snapshot's receipt; None when there is nothing to publish, or no snapshot of this configuration
        to build on, or a scan of everything is half done, which a new snapshot would make worthless: then
        the outcomes wait in the journal until `ucsync sync` has made a snapshot.

    Raises:
        StorageFailed: the lake or the journal cannot be written, or is damaged; call it again.
    """
    place.lake.recover()
    parent = place.lake.current()
    if parent is None or (parent.fingerprint, parent.schema) != (place.fingerprint, SCHEMA_ID):
        return None
    receipts = place.lake.receipts()
    _end_interrupted(journal, receipts)
    settled = journal.landings.unpublished()
    if not settled or _is_full_scan_half_done(place, parent):
        return None
    found = _found(place, journal, settled, parent, receipts)
    scan = _scan_id(journal, parent, place.clock.now())
    journal.landings.begin(scan, [one.number for one in settled])
    receipt = None
    if found.pages.count or found.gone or found.merges:
        draft = _draft(place, parent, scan, found)
        reading = Reading(
            found.pages, found.pages.oids, decoder_of(place, scan), found.gone, found.merges, found.gone_at
        )
        watch = Watch(now=place.clock.now)
        work = partial(publish, place.lake, reading, draft, files=place.files, parent=parent, watch=watch)
        receipt = await asyncio.to_thread(work)
    journal.landings.end((receipt or parent).snapshot)
    return receipt


async def publish_left_behind(place: Workplace) -> list[Receipt]:
    """The same for every push of the merchant that died before it had published what it did.

    Raises:
        StorageFailed: as `publish_landed`.
    """
    receipts = []
    for push_id in place.pushes.unpublished():
        with place.pushes.open(push_id) as journal:
            receipts.append(await publish_landed(place, journal))
    return [receipt for receipt in receipts if receipt is not None]


def _is_full_scan_half_done(place: Workplace, parent: Receipt) -> bool:
    """Whether there is one that a sync would go on with."""
    staged = place.staging.open_scan()
    if staged is None or staged.header.kind is not ScanKind.FULL:
        return False
    return unfit(staged.header, parent, place.origin, full=False) is None


@dataclass(frozen=True, slots=True)
class _Found:
    """What there is to publish: answers, customers who are there no more and since when, merges."""

    pages: AnswerPages
    gone: Sequence[int]
    gone_at: datetime | None
    merges: Sequence[Merge]


def _scan_id(journal: Journal, parent: Receipt, now: datetime) -> str:
    """As scans have one; no other push's, and no other snapshot's."""
    seed = f"{journal.id} {parent.snapshot} {now.isoformat()}".encode()
    return f"{now:%Y%m%dT%H%M%SZ}-{sha256(seed).hexdigest()[:8]}"


def _end_interrupted(journal: Journal, receipts: Sequence[Receipt]) -> None:
    """Note what a run that died had published already."""
    scan = journal.landings.begun
    for receipt in reversed(receipts):
        if scan is not None and receipt.scan == scan:
            journal.landings.end(receipt.snapshot)
            return


def _found(
    place: Workplace,
    journal: Journal,
    settled: Sequence[Landed],
    parent: Receipt,
    receipts: Sequence[Receipt],
) -> _Found:
    merges = [
        Merge(one.absorbed, one.oid, one.settled_at, journal.id)
        for one in settled
        if one.action is Action.MERGE and one.state is StepState.LANDED and one.absorbed and one.oid
    ]
    gone = {
        oid: one.settled_at
        for one in settled
        if one.state in _DONE
        and (oid := one.oid if one.action is Action.DELETE else one.absorbed) is not None
    }
    answers = [
        (one, News(one.number, one.answered, one.observed_at))
        for one in settled
        if one.answered is not None and one.observed_at is not None
    ]
    there = observed_in(place.lake, parent, {news.oid for _, news in answers})
    full_at, scanned_at = _scanned(parent, receipts)
    new = {
        news.oid
        for one, news in answers
        if one.action is Action.INSERT and _is_news(news.observed_at, scanned_at)
    }
    news = [
        news
        for _, news in answers
        if _is_news(news.observed_at, there.get(news.oid), full_at) and (news.oid in there or news.oid in new)
    ]
    return _Found(AnswerPages(news, journal.answered), sorted(gone), max(gone.values(), default=None), merges)


def _scanned(parent: Receipt, receipts: Iterable[Receipt]) -> tuple[datetime | None, datetime | None]:
    """When the newest scan was done that has read everybody, and the newest that would have seen a new one.

    By our own clock, which is also that of answers. None of them ran while something was sent.
    """
    full = [one.finished_at for one in receipts if one.snapshot == parent.full_snapshot]
    own = (ScanKind.PUSH, ScanKind.WINDOW)  # they have not asked who is new
    scans = (one for one in receipts if one.kind not in own and one.sound_so_far)
    return max(full, default=None), max((one.finished_at for one in scans), default=None)


def _is_news(observed_at: datetime, *known: datetime | None) -> bool:
    """Whether nothing that the lake knows is newer; of one instant, the answer came after the scan."""
    return all(at is None or observed_at >= at for at in known)


def _draft(place: Workplace, parent: Receipt, scan: str, found: _Found) -> Receipt:
    """The receipt without what only publishing can fill in.

    When it began stays the parent's, too: everybody else is known as of then.
    """
    known_now = {oid for page in found.pages.oids for oid in page}.union(found.gone)
    return replace(
        parent,
        snapshot="",
        parent=parent.snapshot,
        kind=ScanKind.PUSH,
        scan=scan,
        finished_at=place.clock.now(),
        version=place.version,
        requests=0,
        requests_floor=0,
        passes=(),
        aside=tuple(oid for oid in parent.aside if oid not in known_now),
    )
