"""What tonight's run reads: everything, or only what changed; and whether that is proof."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ucsync.model import Backfill, PassReport, Proof, Receipt, ScanHeader, ScanKind
from ucsync.plan.settings import SyncSettings

#: A scheduled full scan counts as due this long before its time, so that nights of unequal length agree.
_EARLY: Final = timedelta(hours=6)
#: A full scan by the calendar should be done by then, waits for quota included.
_SOON: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to read, and why, in words for a person.

    Attributes:
        too_large: nobody has asked for everything, and reading it takes more requests than a day permits.
    """

    kind: ScanKind
    why: str
    too_large: bool = False


@dataclass(frozen=True, slots=True)
class Basis:
    """What a new scan would stand on: fingerprints of configuration and columns."""

    fingerprint: str
    schema: str


@dataclass(frozen=True, slots=True)
class ScanOrigin:
    """What a scan is begun with, and has to be gone on with.

    Attributes:
        fingerprint: of what decides what a page holds.
        version: of ucsync.
        application: names the key without telling it; None where it cannot be read.
    """

    fingerprint: str
    version: str
    application: str | None


def decide(
    parent: Receipt | None,
    basis: Basis,
    settings: SyncSettings,
    now: datetime,
    *,
    full: bool,
    finish: Callable[[int], datetime],
    day_max: int | None = None,
    refresh: bool = False,
) -> Decision:
    """Whether to read everything.

    Args:
        parent: the current snapshot's receipt, None when there is none.
        basis: of the scan to come.
        settings: the merchant's.
        now: our clock.
        full: the user asks for it.
        finish: when so many requests would be answered, if they began now. A full scan that is only due by
            the calendar is put off when it would not be done in `_SOON`, but for one more interval at most.
        day_max: so many requests the limits permit a day, None for no limit. A full scan that takes more is
            never begun by the calendar.
        refresh: only what changed is wanted, whatever the calendar says.
    """
    if parent is None:
        return Decision(ScanKind.FULL, "there is no snapshot yet")
    if full:
        return Decision(ScanKind.FULL, "asked for")
    floor = requests_floor(parent.rows, settings.page_size)
    too_large = day_max is not None and floor > day_max
    if parent.fingerprint != basis.fingerprint:
        return Decision(ScanKind.FULL, "the configuration of what is read has changed", too_large)
    if parent.schema != basis.schema:
        return Decision(ScanKind.FULL, "this version of ucsync has other columns", too_large)
    if parent.backfill is not None and parent.backfill.holds and _is_alike(parent.backfill, basis):
        brings = "" if parent.backfill.finished else "; a backfill brings in the rest"
        return Decision(ScanKind.INCREMENTAL, f"only what changed{brings}")
    due = None if refresh else _due(parent, settings, now)
    if due is None:
        return Decision(ScanKind.INCREMENTAL, "only what changed")
    if too_large:
        return Decision(
            ScanKind.INCREMENTAL, "a full scan is due, but takes more than a day's quota", too_large
        )
    overdue = parent.full_at is None or now >= parent.full_at + 2 * timedelta(settings.full_every_nights)
    if overdue or finish(floor) <= now + _SOON:
        return Decision(ScanKind.FULL, due)
    return Decision(ScanKind.INCREMENTAL, "a full scan is due, but the quota left now is too little")


def offer(merchant: str, customers: int, limit: int, day_max: int | None) -> str | None:
    """What to do about a full scan that takes more requests than a day permits; None for one that does not.

    Args:
        merchant: its name in the configuration.
        customers: to read, `limit` a page.
        day_max: so many requests the limits permit a day, None for no limit.
    """
    least = requests_floor(customers, limit)
    if day_max is None or least <= day_max:
        return None
    return (
        f"{customers} customers take at least {least} requests, more than the {day_max} a day permits: run "
        f"`ucsync backfill {merchant}` (it works beside the nightly runs), or "
        f"`ucsync sync {merchant} --full` to read it in one go"
    )


def _is_alike(backfill: Backfill, basis: Basis) -> bool:
    return (backfill.fingerprint, backfill.schema) == (basis.fingerprint, basis.schema)


def _due(parent: Receipt, settings: SyncSettings, now: datetime) -> str | None:
    """Why a full scan is due by itself, None when it is not."""
    if parent.full_at is None:
        return "no full scan is proven yet"
    nights = settings.full_every_nights
    if nights and now >= parent.full_at + timedelta(days=nights) - _EARLY:
        return f"the last full scan is {nights} nights old"
    return None


def unfit(header: ScanHeader, parent: Receipt | None, own: ScanOrigin, *, full: bool) -> str | None:
    """Why a half-finished scan cannot be gone on with, in words for a person; None when it can.

    Args:
        header: of the scan.
        parent: the current snapshot's receipt, None when there is none.
        own: of a scan that would begin now.
        full: everything is asked for.
    """
    if header.kind is ScanKind.RECONCILE:
        return "reconciling begins anew each time"
    if header.version != own.version:
        return f"it was begun by version {header.version} of ucsync, this is {own.version}"
    if header.fingerprint != own.fingerprint:
        return "the configuration of what is read has changed since"
    if own.application is not None and header.application != own.application:
        return "it was begun with another key"
    if header.parent != (parent.snapshot if parent else None):
        return "it does not go on from the current snapshot"
    if full and header.kind is not ScanKind.FULL:
        return "a full scan was asked for"
    return None


def requests_floor(rows: int, limit: int) -> int:
    """The least requests that reading so many rows takes, `limit` rows a page."""
    return max(1, -(-rows // limit))


def conclude(
    walks: Sequence[PassReport], distinct: int, doubts: Sequence[str], *, caught_up: bool
) -> tuple[Proof, tuple[str, ...]]:
    """Whether a scan is proven, and if not, why.

    Args:
        walks: the main pass, then the catch-ups.
        distinct: different customers on all pages together.
        doubts: reasons against it beside what the pages show.
        caught_up: whether what changed during each pass was read by one that nothing could slip
            through.
    """
    reasons = tuple(dict.fromkeys([*_reasons(walks, distinct, caught_up), *doubts]))
    return (Proof.UNPROVEN if reasons else Proof.PROVEN), reasons


def _reasons(walks: Sequence[PassReport], distinct: int, caught_up: bool) -> Iterator[str]:
    for walk in walks:
        yield from walk.reasons
    if not caught_up:
        yield "customers change faster than the catch-up passes can follow"
    total = walks[0].total_last
    if total is not None and distinct < total:
        yield f"the server counts {total} customers, {distinct} different ones were read"
