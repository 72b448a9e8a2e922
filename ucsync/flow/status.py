"""How a merchant's lake stands: looked at without a request, a lock or a write."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from ucsync.flow.fleet import in_full
from ucsync.flow.ledger import Ledger, spent_document
from ucsync.flow.snapshots import files_amiss, is_sound
from ucsync.flow.sync import UNFINISHED
from ucsync.model import Receipt, ScanKind, StorageFailed
from ucsync.plan import Spent, SyncSettings
from ucsync.store import Database, Lake, Run, last_runs
from ucsync.store.looking import HalfDone, half_done

#: Receipts and runs that are shown.
SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How one merchant stands.

    Attributes:
        merchant: its name.
        age_h: hours since the newest scan was published, None when there is none; what a push or a window of
            a backfill publishes says nothing of other customers.
        stale_after_h: hours after which it is called stale.
        receipts: the newest, newest first; the first one is the current snapshot's.
        runs: the newest, newest first.
        half_done: a scan under way, or left half done.
        pages_there: of a window of the current snapshot's backfill, likewise; 0 for none.
        quota: of each limit in force, None when it cannot be told.
        next_at: when the next request may leave, None likewise.
        faults: damage to the lake, one line each.
        notes: what else a person should know.
    """

    merchant: str
    age_h: float | None
    stale_after_h: float
    receipts: tuple[Receipt, ...]
    runs: tuple[Run, ...]
    half_done: HalfDone | None
    pages_there: int
    quota: tuple[Spent, ...] | None
    next_at: datetime | None
    faults: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def current(self) -> Receipt | None:
        """Of the current snapshot."""
        return self.receipts[0] if self.receipts else None

    @property
    def stale(self) -> bool:
        """Whether there is no snapshot, or none that is new enough."""
        return self.age_h is None or self.age_h > self.stale_after_h

    @property
    def exit_code(self) -> int:
        """74 for damage; 3 when stale, unproven or with rows set aside; else 0.

        That a backfill has not brought in the rest yet does not count.
        """
        if self.faults:
            return 74
        return 3 if self.stale or self.current is None or not is_sound(self.current) else 0

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        told = self.current
        return {
            "merchant": self.merchant,
            "snapshot": told.snapshot if told else None,
            "proof": told.proof.value if told else None,
            "reasons": list(told.reasons) if told else [],
            "rows": told.rows if told else None,
            "quarantined": told.quarantined if told else None,
            "finished_at": told.finished_at.isoformat() if told else None,
            "watermark": told.watermark.isoformat() if told else None,
            "age_h": None if self.age_h is None else round(self.age_h, 3),
            "stale_after_h": self.stale_after_h,
            "stale": self.stale,
            "receipts": [brief_document(receipt) for receipt in self.receipts],
            "runs": [run_document(run) for run in self.runs],
            "half_done": _half_done_document(self.half_done),
            "backfill": self._backfill_document(),
            "quota": None if self.quota is None else [spent_document(spent) for spent in self.quota],
            "next_request_at": None if self.next_at is None else self.next_at.isoformat(),
            "faults": list(self.faults),
            "notes": list(self.notes),
            "exit_code": self.exit_code,
        }

    def _backfill_document(self) -> dict[str, object] | None:
        told = self.current.backfill if self.current else None
        if told is None:
            return None
        return {
            "backfill": told.backfill,
            "by": told.by.value,
            "newest_first": told.newest_first,
            "low": told.low,
            "high": told.high,
            "started_at": told.started_at.isoformat(),
            "finished": told.finished,
            "reached": told.reached,
            "windows": told.windows,
            "customers": told.rows,
            "total": told.total,
            "requests": told.requests,
            "deleted": told.deleted,
            "doubts": list(told.doubts),
            "lacks": told.lacks,
            "pages_there": self.pages_there,
        }


def status(
    merchant: str,
    lake: Lake,
    staging: Path,
    windows: Path,
    settings: SyncSettings,
    database: Database | None,
    ledger: Ledger | None,
    *,
    now: datetime,
    notes: tuple[str, ...],
) -> Status:
    """Look at everything that belongs to a merchant.

    Args:
        lake: with its snapshots.
        staging: the folder of its staged scans.
        windows: the folder of a backfill's staged windows.
        settings: its owner's choices.
        database: a copy of the state, None when there is none.
        ledger: the quota of its application, None when that cannot be told.
        now: our clock.
        notes: what is known already.

    Raises:
        StorageFailed: the disk cannot be read.
    """
    faults: list[str] = []
    current = None
    try:
        current = lake.current()
    except StorageFailed as failure:
        faults.append(in_full(failure))
    try:
        notes = (*notes, *([UNFINISHED] if lake.suppression().unfinished else []))
    except StorageFailed as failure:
        faults.append(in_full(failure))
    faults.extend(f"the receipt of snapshot {snapshot} is damaged" for snapshot in lake.damaged_ids())
    receipts: list[Receipt] = []
    scanned_at = None
    if current is not None:
        faults.extend(f"snapshot {current.snapshot}: {fault}" for fault in files_amiss(lake, current))
        every = [current, *(one for one in reversed(lake.receipts()) if one.snapshot != current.snapshot)]
        scanned_at = next((one.finished_at for one in every if _has_asked(one)), None)
        receipts = every[:SHOWN]
    return Status(
        merchant=merchant,
        age_h=None if scanned_at is None else (now - scanned_at).total_seconds() / 3600,
        stale_after_h=settings.stale_after_h,
        receipts=tuple(receipts),
        runs=() if database is None else tuple(last_runs(database, merchant, SHOWN)),
        half_done=half_done(staging),
        pages_there=_pages_there(windows, current),
        quota=None if ledger is None else ledger.spent(),
        next_at=None if ledger is None else ledger.next_at(),
        faults=tuple(faults),
        notes=notes,
    )


def _has_asked(receipt: Receipt) -> bool:
    """Whether it knows what had changed by then; a backfill that begins with nothing is up to date, too."""
    return receipt.parent is None or receipt.kind not in (ScanKind.PUSH, ScanKind.WINDOW)


def _pages_there(windows: Path, current: Receipt | None) -> int:
    """Those of an earlier backfill, which the next one removes, do not count."""
    told, found = current.backfill if current else None, half_done(windows)
    if told is None or found is None or found.header.backfill != told.backfill:
        return 0
    return found.pages


def brief_document(receipt: Receipt) -> dict[str, object]:
    """A receipt in a line of a list, as JSON."""
    return {
        "snapshot": receipt.snapshot,
        "kind": receipt.kind.value,
        "proof": receipt.proof.value,
        "finished_at": receipt.finished_at.isoformat(),
        "rows": receipt.rows,
        "inserted": receipt.inserted,
        "updated": receipt.updated,
        "deleted": receipt.deleted,
        "quarantined": receipt.quarantined,
        "requests": receipt.requests,
    }


def run_document(run: Run) -> dict[str, Any]:
    """As JSON."""
    told = asdict(run)
    return {name: held.isoformat() if isinstance(held, datetime) else held for name, held in told.items()}


def _half_done_document(found: HalfDone | None) -> dict[str, object] | None:
    if found is None:
        return None
    return {"scan": found.header.scan, "kind": found.header.kind.value, "pages": found.pages}
