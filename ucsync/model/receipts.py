"""Receipts: what a scan read, whether it is proven complete, and what was published of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ucsync.model.backfills import Backfill
from ucsync.model.scans import Pass, Proof, ScanKind

#: A receipt names so many customers that are set aside; with more of them the next scan is a full one.
ASIDE_MAX: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class PassReport:
    """How one walk over a list went.

    Attributes:
        walk: which.
        order: the `_sort` that was in force, None for the server's own order.
        limit: rows a page at the end; the server may have lowered it.
        pages: answers used.
        rows: rows on them, overlaps included.
        distinct: different customers among those.
        repairs: pages that did not join their predecessor and were stepped back from.
        total_first, total_last: the server's `total_records` on the first and the last page.
        reasons: why it is not proven; empty when it is.
    """

    walk: Pass
    order: str | None
    limit: int
    pages: int
    rows: int
    distinct: int
    repairs: int
    total_first: int | None
    total_last: int | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One file of a snapshot; `path` is relative to it, oids are those of a part's first and last row."""

    path: str
    bytes: int
    sha256: str
    rows: int
    oid_first: int | None = None
    oid_last: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """That a snapshot is not as it was published: people were taken out of it.

    Attributes:
        at: when last.
        times: how often.
        digest: SHA-256, in hex, of the receipt's text with this digest left empty. The id of the snapshot
            stays what it was, and is that of its contents no more.
    """

    at: datetime
    times: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The evidence beside a snapshot's data, published with it in one step.

    Attributes:
        snapshot: the id of the folder.
        parent: id of the snapshot before, None for the first.
        merchant: name of the configuration's section.
        merchant_id: UltraCart's own id of the merchant, as its customers carry it; None when they do not.
        kind, scan: what was read.
        proof, reasons: `proven`, or why not.
        watermark: from which the next incremental scan asks.
        started_at: the server's clock at the scan's first page, ours when it told none.
        finished_at: our clock when the snapshot was complete.
        rows: in the full state.
        inserted, updated, deleted: rows that changed against the parent; in a first snapshot all are
            inserted.
        unchanged: rows that were read and equal what was there.
        quarantined: rows that could not be decoded; the version before them, if any, stays.
        aside: oids of customers whose newest version could not be decoded, and is in no later snapshot
            either; at most `ASIDE_MAX` of them.
        backfill: how far a backfill is, until a proven scan has drawn its conclusion; None without one.
        requests: sent for this scan, repetitions included.
        requests_floor: the least that reading the same rows could have cost.
        full_snapshot, full_at: the newest proven full scan up to here and its start; None when there is none.
        fingerprint: as in `ScanHeader`.
        schema: fingerprint of the columns.
        version: of ucsync.
        passes: how each walk went.
        files: every file but the receipt, with its digest.
        suppressed: customers who were read and left out, because they were forgotten.
        rewritten: None for a snapshot that is as it was published. In one that is not, `rows`, counts and
            files are without those who were forgotten; but what was pruned before stays listed as it was.
    """

    snapshot: str
    parent: str | None
    merchant: str
    merchant_id: str | None
    kind: ScanKind
    scan: str
    proof: Proof
    reasons: tuple[str, ...]
    watermark: datetime
    started_at: datetime
    finished_at: datetime
    rows: int
    inserted: int
    updated: int
    deleted: int
    unchanged: int
    quarantined: int
    requests: int
    requests_floor: int
    full_snapshot: str | None
    full_at: datetime | None
    fingerprint: str
    schema: str
    version: str
    passes: tuple[PassReport, ...]
    files: tuple[FileEntry, ...]
    aside: tuple[int, ...] = ()
    backfill: Backfill | None = None
    suppressed: int = 0
    rewritten: Rewritten | None = None

    @property
    def is_partial(self) -> bool:
        """Whether customers may be missing whom a backfill has not brought in."""
        told = self.backfill
        if told is None or self.full_at is not None:
            return False
        return not told.finished or not told.whole or bool(told.doubts)

    @property
    def sound_so_far(self) -> bool:
        """Whether nothing is wrong with it but that a backfill has not brought in the rest yet, or was not
        asked to."""
        told = self.backfill
        in_doubt = told is None or not told.holds or (told.finished and bool(told.doubts))
        waits = told is not None and not in_doubt and self.reasons == (told.lacks,)
        return self.proof is Proof.PROVEN or waits
