"""What is asked of a backfill, and what it came to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ucsync.model import Backfill, By, Proof, Receipt, ScanKind

#: Pages of a window: some 40,000 customers, read in a quarter of an hour by the vendor's limits.
WINDOW_PAGES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillWishes:
    """What the user asks of a backfill; one that is under way is gone on with as it was begun.

    Attributes:
        by: what windows are cut by; None for oids, and where the server does not order by them for
            `modified`.
        low, high: oids, or seconds since 1970; `low` belongs to what is asked for, `high` does not; None
            for no bound.
        oldest_first: the order of the windows.
        window_pages: about so many pages a window.
        accept_deletes: so many customers may vanish; None for what the configuration permits.
        restart: forget a backfill that is under way.
        if_needed: begin none where every customer is there already.
        until: when to pause; None for never.
        waits: whether to wait for quota that is spent, and for a server that is away; else to end.
    """

    by: By | None = None
    low: int | None = None
    high: int | None = None
    oldest_first: bool = False
    window_pages: int = WINDOW_PAGES
    accept_deletes: int | None = None
    restart: bool = False
    if_needed: bool = False
    until: datetime | None = None
    waits: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillResult:
    """What a backfill came to, or how far it is.

    Attributes:
        merchant: its name.
        backfill: how far it is.
        receipt: of the current snapshot.
        path: that one's folder.
        requests: sent by this run, those of its closing sync included.
        seconds: from start to end.
        paused_until: when to go on, if it is not finished; None when that is up to the user.
        notes: what had to be set right, one line each.
    """

    merchant: str
    backfill: Backfill
    receipt: Receipt
    path: str
    requests: int
    seconds: float
    paused_until: datetime | None
    notes: tuple[str, ...]

    @property
    def is_done(self) -> bool:
        """Whether all windows are there, and what changed while they were read."""
        return self.backfill.finished and self.receipt.kind is not ScanKind.WINDOW

    @property
    def exit_code(self) -> int:
        """76 while it is not done; else 0, or 3 when it is not proven or rows were set aside."""
        if not self.is_done:
            return 76
        asked_for = self.receipt.proof is Proof.PROVEN or (
            not self.backfill.whole and not self.backfill.doubts
        )
        return 0 if asked_for and not self.receipt.quarantined and not self.receipt.aside else 3

    @property
    def snapshot(self) -> str:
        """Id of the current one."""
        return self.receipt.snapshot

    @property
    def line(self) -> str:
        """The outcome in one line."""
        told = self.backfill
        how = "done" if self.is_done else "paused"
        return f"backfill {how}: {told.rows} customers in {told.windows} windows, {told.deleted} deleted"

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        told = self.backfill
        return {
            "merchant": self.merchant,
            "backfill": told.backfill,
            "by": told.by.value,
            "newest_first": told.newest_first,
            "low": told.low,
            "high": told.high,
            "started_at": told.started_at.isoformat(),
            "finished": self.is_done,
            "reached": told.reached,
            "windows": told.windows,
            "customers": told.rows,
            "total": told.total,
            "deleted": told.deleted,
            "doubts": list(told.doubts),
            "proof": self.receipt.proof.value,
            "reasons": list(self.receipt.reasons),
            "snapshot": self.receipt.snapshot,
            "path": self.path,
            "rows": self.receipt.rows,
            "requests": self.requests,
            "requests_in_all": told.requests,
            "paused_until": None if self.paused_until is None else self.paused_until.isoformat(),
            "notes": list(self.notes),
            "seconds": round(self.seconds, 3),
            "exit_code": self.exit_code,
        }
