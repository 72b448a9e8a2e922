"""Scans: what is asked of a server, page by page, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from ucsync.model.backfills import Window


class ScanKind(Enum):
    """What a run reads, and so what it may conclude."""

    FULL = "full"
    INCREMENTAL = "incremental"
    RECONCILE = "reconcile"
    WINDOW = "window"  # a part of the customers, for a backfill
    PUSH = "push"  # no scan: what the server answered to a push of ours


class Proof(Enum):
    """Whether a scan is known to have missed nothing."""

    PROVEN = "proven"
    UNPROVEN = "unproven"


class Pass(Enum):
    """One walk over a list within a scan."""

    MAIN = "main"
    CATCH_UP = "catch-up"
    CONFIRM = "confirm"  # single customers, read to see whether they are still there


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanHeader:
    """What a scan is, fixed before its first request.

    Attributes:
        scan: its id, `20261122T031500Z-9f3c21aa`.
        kind: what it reads.
        parent: id of the snapshot that it builds on, None for the first.
        since: lower bound of an incremental scan, None for a full one.
        fingerprint: of everything that decides what its pages hold: server, merchant, expansions,
            query, schema, version. A scan of another fingerprint cannot be gone on with.
        version: of ucsync.
        application: names the key without telling it.
        backfill, window: which part of which backfill it reads; "" and None for any other scan.
    """

    scan: str
    kind: ScanKind
    parent: str | None
    since: datetime | None
    fingerprint: str
    version: str
    application: str = ""
    backfill: str = ""
    window: Window | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageNote:
    """What is known of a staged page beside its body.

    Attributes:
        walk: the pass it belongs to.
        offset, limit, sort: as asked; `sort` is the `_sort` that was sent, None for none. Of a single
            customer (CONFIRM) the offset is the oid.
        since: the `_since` that was sent, None for none.
        server_time: the server's clock at the answer, None when it told none.
        observed_at: ours.
        requests: sent for the scan up to this page, repetitions and refusals included.
        base: of a window: the snapshot that was current when the page came. What later snapshots have
            changed is newer than the page, whatever clocks say.
    """

    walk: Pass
    offset: int
    limit: int
    sort: str | None
    since: datetime | None
    server_time: datetime | None
    observed_at: datetime
    requests: int = 0
    base: str | None = None
