"""What belongs to one merchant during a run, and what a run tells while it works."""

import hashlib
from dataclasses import dataclass

from ucsync.flow.ledger import Ledger
from ucsync.flow.listing import Lister
from ucsync.flow.progress import Watcher
from ucsync.flow.push.writer import Writer
from ucsync.flow.stopping import Stop
from ucsync.model import Clock, Receipt, ScanHeader, ScanKind
from ucsync.plan import KeepPolicy, ScanOrigin, SyncSettings
from ucsync.plan.push_settings import PushSettings
from ucsync.store import Database, Files, Lake, Staging
from ucsync.store.pushes import Pushes


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """All that belongs to one merchant during a run.

    Attributes:
        merchant: its name in the configuration.
        settings, push: its owner's choices.
        fingerprint: of what decides what a page holds.
        version: of ucsync.
        application: names its key without telling it.
        lister, writer: ask its server.
        files: the file system.
        lake, staging, windows, pushes, database: where things are kept; `windows` holds the staged pages
            of a backfill, which may lie there while other runs use `staging`.
        clock: ours.
        watcher: is told how the work goes.
        stop: ends it.
        ledger: tells what the quota permits.
    """

    merchant: str
    settings: SyncSettings
    push: PushSettings
    fingerprint: str
    version: str
    application: str
    lister: Lister
    writer: Writer
    files: Files
    lake: Lake
    staging: Staging
    windows: Staging
    pushes: Pushes
    database: Database
    clock: Clock
    watcher: Watcher
    stop: Stop
    ledger: Ledger

    @property
    def origin(self) -> ScanOrigin:
        """Of a scan that begins here."""
        return ScanOrigin(self.fingerprint, self.version, self.application)


def header_of(place: Workplace, kind: ScanKind, parent: Receipt | None) -> ScanHeader:
    """Of a scan that begins now."""
    now = place.clock.now()
    parent_id = parent.snapshot if parent else None
    seed = f"{place.merchant} {kind.value} {parent_id} {now.isoformat()}".encode()
    return ScanHeader(
        scan=f"{now:%Y%m%dT%H%M%SZ}-{hashlib.sha256(seed).hexdigest()[:8]}",
        kind=kind,
        parent=parent_id,
        since=parent.watermark if parent and kind is ScanKind.INCREMENTAL else None,
        fingerprint=place.fingerprint,
        version=place.version,
        application=place.application,
    )


def pruned(place: Workplace) -> list[str]:
    """Drop the full states that the policy does not keep; a line for the user, if any went."""
    keep = place.settings
    gone = place.lake.prune(KeepPolicy(keep.keep_daily, keep.keep_weekly, keep.keep_monthly))
    return [f"removed the full state of {len(gone)} older snapshots; their changes stay"] if gone else []
