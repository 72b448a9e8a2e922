"""What a run tells while it works."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ucsync.model import Pass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a scan is.

    Attributes:
        walk: the pass.
        customers: rows so far, overlaps included.
        total: of the pass, as the server counts; None when it does not.
        pages: so far.
        requests: sent for the scan, also by a run before this one.
        quota_left: tells how many more the quota permits without waiting, None for no limit.
    """

    walk: Pass
    customers: int
    total: int | None
    pages: int
    requests: int
    quota_left: Callable[[], int | None]


@dataclass(frozen=True, slots=True)
class PushProgress:
    """How far a push is.

    Attributes:
        settled: steps that have an outcome, whatever it is.
        total: steps of the push.
        troubles: of those settled, refused, in conflict or diverged.
        requests: sent by this run.
        quota_left: as with a scan.
    """

    settled: int
    total: int
    troubles: int
    requests: int
    quota_left: Callable[[], int | None]


@dataclass(frozen=True, slots=True)
class BackfillProgress:
    """How far a backfill is.

    Attributes:
        window: number of the one that is read.
        windows: about how many there are; None when that cannot be told yet.
        customers: read so far, those of the window under way included.
        total: of all that are asked for, as the server counted; None when it did not, or cannot for a part.
        requests: sent for the backfill so far.
        ends_at: about when it is done; None when that cannot be told yet.
    """

    window: int
    windows: int | None
    customers: int
    total: int | None
    requests: int
    ends_at: datetime | None


class Watcher:
    """What a run tells while it works; this one keeps silent."""

    def on_scan(self, progress: Progress) -> None:
        """After each page."""

    def on_rows(self, rows: int) -> None:
        """While publishing: so many rows more are done."""

    def on_push(self, progress: PushProgress) -> None:
        """While a plan is applied: after each step."""

    def on_backfill(self, progress: BackfillProgress) -> None:
        """While a backfill reads: after each page."""

    def on_turn(self) -> None:
        """A backfill lets another run go first."""

    def on_outage(self, until: datetime, why: str) -> None:
        """The server is away; a backfill tries again then.

        Args:
            why: in one line, without a server's words.
        """

    def on_wait(self, until: datetime) -> None:
        """Before a wait for quota; perhaps more than once about the same."""
