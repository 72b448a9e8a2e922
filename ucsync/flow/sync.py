"""Bring a merchant's lake up to date: decide, scan, conclude, publish."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from ucsync.flow.conclusion import conclude_and_publish
from ucsync.flow.course import Course, Learned
from ucsync.flow.scan import Scan
from ucsync.flow.workplace import Workplace, header_of, pruned
from ucsync.model import Guarded, Misused, Receipt, ScanKind
from ucsync.plan import Basis, Decision, decide, unfit
from ucsync.plan.scans import offer
from ucsync.store import SCHEMA_ID, StagedScan, recall, remember
from ucsync.ultracart import LIMIT_MAX
from ucsync.ultracart.scanning import SORTS

_LEARNED: Final = "listing"

#: Who is half forgotten is imported by nobody, but may be there still.
UNFINISHED: Final = "`ucsync forget` has not ended: run it again, without naming anybody"

#: What was learned of a server is tried anew after so long: it may take more by then.
LEARNED_FOR: Final = timedelta(days=30)

#: What changed since the newest page of a scan that is gone on with is read at once when that is so old.
OLD_AFTER: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user asks of this run.

    Attributes:
        full: read everything, whatever the calendar says.
        accept_deletes: so many customers may vanish; None for what the configuration permits.
        restart: forget a scan that is half done.
        refresh: only what changed, for those who go on from it at once; a scan of everything is not begun
            and not gone on with.
    """

    full: bool = False
    accept_deletes: int | None = None
    restart: bool = False
    refresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """What a run came to.

    Attributes:
        why: of the kind of scan.
        notes: what had to be set right, or was put off, one line each.
        seconds: from start to publication.
        receipt: of the snapshot.
        path: of the snapshot's folder.
    """

    merchant: str
    why: str
    notes: tuple[str, ...]
    seconds: float
    receipt: Receipt
    path: str

    @property
    def exit_code(self) -> int:
        """0, or 3 when the snapshot is not proven or rows were set aside.

        That a backfill has not brought in the rest yet does not count.
        """
        told = self.receipt
        return 0 if told.sound_so_far and not told.quarantined and not told.aside else 3

    @property
    def requests(self) -> int:
        """Sent for the scan."""
        return self.receipt.requests

    @property
    def snapshot(self) -> str:
        """Id of what was published."""
        return self.receipt.snapshot

    @property
    def line(self) -> str:
        """The outcome in one line."""
        return _line_of(self.receipt)

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        told = self.receipt
        return {
            "merchant": self.merchant,
            "kind": told.kind.value,
            "why": self.why,
            "proof": told.proof.value,
            "reasons": list(told.reasons),
            "snapshot": told.snapshot,
            "path": self.path,
            "rows": told.rows,
            "inserted": told.inserted,
            "updated": told.updated,
            "deleted": told.deleted,
            "unchanged": told.unchanged,
            "quarantined": told.quarantined,
            "aside": len(told.aside),
            "suppressed": told.suppressed,
            "requests": told.requests,
            "requests_floor": told.requests_floor,
            "watermark": told.watermark.isoformat(),
            "notes": list(self.notes),
            "seconds": round(self.seconds, 3),
            "exit_code": self.exit_code,
        }


async def sync(place: Workplace, wishes: Wishes) -> SyncResult:
    """One run for one merchant.

    Raises:
        Guarded: more customers are missing than may go without a person's word; or the key belongs to
            another merchant than the lake; or reading everything, which nobody has asked for, takes more
            requests than a day permits.
        Misused: a refresh is asked for, and only reading everything would do.
        Stopped, CallFailed, QuotaSpent, StorageFailed: nothing was published; what was read is kept,
            and the next run goes on with it.
    """
    started_s = place.clock.monotonic()
    notice = place.database.take_notice()
    notes = [notice] if notice else []
    parent = _recovered(place, notes)
    staged = _half_done(place, parent, wishes, notes)
    is_old = staged is not None and _is_old(place, staged)
    if staged is None:
        decision = _decided(place, parent, wishes, notes)
        staged = place.staging.begin(header_of(place, decision.kind, parent))
        why = decision.why
    else:
        why = "going on with the scan that was left half done"
        notes.append(f"{staged.count} pages of scan {staged.header.scan} were there already")
    check = None if wishes.full or _is_alike(place, parent) else partial(_check_size, place)
    scan = Scan(place, staged, course_of(place, staged, parent), check=check)
    await scan.read()
    receipt = await conclude_and_publish(place, scan, parent, wishes.accept_deletes)
    notes.extend(forgotten_in_words(receipt))
    if receipt.sound_so_far:  # else it may be what went wrong
        keep_learned(place, scan.course)
    staged.discard()
    if is_old:  # who changed since may be on none of its pages
        refreshed = await sync(place, Wishes(accept_deletes=wishes.accept_deletes, refresh=True))
        notes += [f"{_line_of(receipt)}; then what changed since its pages came", *refreshed.notes]
        receipt = refreshed.receipt
    if not wishes.refresh:  # a refresh is part of other work, which may rest on an older snapshot
        notes.extend(pruned(place))
    seconds = place.clock.monotonic() - started_s
    path = str(place.lake.path_of(receipt.snapshot))
    return SyncResult(
        merchant=place.merchant, why=why, notes=tuple(notes), seconds=seconds, receipt=receipt, path=path
    )


def _recovered(place: Workplace, notes: list[str]) -> Receipt | None:
    """The current snapshot, once what a killed run left is set right."""
    mended = place.lake.recover()
    if mended is not None:
        notes.append(mended)
    if place.lake.suppression().unfinished:
        notes.append(UNFINISHED)
    return place.lake.current()


def _half_done(
    place: Workplace, parent: Receipt | None, wishes: Wishes, notes: list[str]
) -> StagedScan | None:
    """The scan that an earlier run left, if it can be gone on with; else it is discarded, and said."""
    staged = place.staging.open_scan()
    notes.extend(place.staging.mended)
    if staged is None:
        return None
    why = unfit(staged.header, parent, place.origin, full=wishes.full)
    why = "a restart was asked for" if wishes.restart else why
    if why is None:
        if wishes.refresh and staged.header.kind is ScanKind.FULL:
            raise _sync_first(place, "a scan of everything is half done")
        return staged
    if not (parent is not None and parent.scan == staged.header.scan):  # else it is published already
        notes.append(f"discarded {staged.count} pages of scan {staged.header.scan}: {why}")
    staged.discard()
    return None


def forgotten_in_words(told: Receipt) -> list[str]:
    """A line for the user, if somebody was left out of a snapshot."""
    if not told.suppressed:
        return []
    whom = "1 customer who was" if told.suppressed == 1 else f"{told.suppressed} customers who were"
    return [f"left out {whom} forgotten; the server still has them"]


def _line_of(told: Receipt) -> str:
    return (
        f"{told.kind.value} scan {told.proof.value}: {told.rows} rows, {told.inserted} inserted, "
        f"{told.updated} updated, {told.deleted} deleted, {told.quarantined} set aside"
    )


def _is_old(place: Workplace, staged: StagedScan) -> bool:
    """Whether the pages of a scan are those of a run long before this one."""
    return staged.count > 0 and place.clock.now() - staged.note(staged.count).observed_at > OLD_AFTER


def _decided(place: Workplace, parent: Receipt | None, wishes: Wishes, notes: list[str]) -> Decision:
    day_max = place.ledger.a_day()
    decision = decide(
        parent,
        Basis(place.fingerprint, SCHEMA_ID),
        place.settings,
        place.clock.now(),
        full=wishes.full,
        finish=place.ledger.finished_at,
        day_max=day_max,
        refresh=wishes.refresh,
    )
    if wishes.refresh and decision.kind is ScanKind.FULL:
        raise _sync_first(place, decision.why)
    if decision.too_large and parent is not None:
        told = offer(place.merchant, parent.rows, place.settings.page_size, day_max)
        if decision.kind is ScanKind.FULL:
            raise Guarded(f"{place.merchant}: {decision.why}, and {told}")
        notes.append(f"a full scan is due; {told}")
    return decision


def _is_alike(place: Workplace, parent: Receipt | None) -> bool:
    """Whether there is a snapshot that goes on being brought up to date until everything is read anew."""
    return parent is not None and (parent.fingerprint, parent.schema) == (place.fingerprint, SCHEMA_ID)


def _check_size(place: Workplace, scan: Scan) -> None:
    """Once the first page has told how many customers there are.

    Raises:
        Guarded: to read them all takes more requests than a day permits. The page is kept.
    """
    if scan.staged.header.kind is ScanKind.FULL and scan.staged.count == 1 and scan.total is not None:
        told = offer(place.merchant, scan.total, scan.course.learned.limit, place.ledger.a_day())
        if told is not None:
            raise Guarded(f"{place.merchant}: {told}")


def _sync_first(place: Workplace, why: str) -> Misused:
    return Misused(f"{place.merchant}: {why}; run `ucsync sync {place.merchant}` first")


def keep_learned(place: Workplace, course: Course) -> None:
    """For the next scan: what this one has found out about the server."""
    remember(place.database, place.merchant, _LEARNED, asdict(course.learned), place.clock.now())


def course_of(place: Workplace, staged: StagedScan, parent: Receipt | None) -> Course:
    """From the start; what was learned of the server before shortens the way."""
    known = recall(place.database, place.merchant, _LEARNED)
    recent = known is not None and place.clock.now() - known.at < LEARNED_FOR
    whose = parent.merchant_id if parent else None
    learned = _learned(known.value) if known is not None and recent else None
    return Course(staged.header, place.settings.page_size, place.settings.lag_s, learned, whose)


def _learned(held: Any) -> Learned | None:
    """A hint that cannot be one is none."""
    if not isinstance(held, dict) or held.get("sort") not in SORTS:
        return None
    limit = held.get("limit")
    return Learned(held["sort"], limit) if type(limit) is int and 1 <= limit <= LIMIT_MAX else None
