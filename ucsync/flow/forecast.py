"""What the next sync would do, what it would cost and when it would end, without a request."""

from dataclasses import dataclass
from datetime import datetime

from ucsync.flow.ledger import Ledger, spent_document
from ucsync.model import Receipt, ScanKind
from ucsync.plan import Basis, ScanOrigin, Spent, SyncSettings, decide, unfit
from ucsync.plan.costs import SIZES, Cost, cost, likely_changes
from ucsync.plan.scans import offer
from ucsync.store import Lake
from ucsync.store.looking import HalfDone


@dataclass(frozen=True, slots=True)
class Case:
    """What so many customers would take.

    Attributes:
        cost: requests.
        seconds: until the end, waits for quota included; None when the quota cannot be told.
        ends_at: the end as an instant, None likewise.
    """

    cost: Cost
    seconds: float | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What the next sync of a merchant would be.

    Attributes:
        merchant: its name.
        kind, why: what it reads.
        known_from: where the number of customers is from; None when nobody knows it without a request,
            and then the cases are examples.
        pages_there: of a scan that was left half done; they are not asked for again.
        cases: one, or several examples.
        quota: of each limit in force, now; None when it cannot be told.
        notes: what a person should know.
    """

    merchant: str
    kind: ScanKind
    why: str
    known_from: str | None
    pages_there: int
    cases: tuple[Case, ...]
    quota: tuple[Spent, ...] | None
    notes: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        return {
            "merchant": self.merchant,
            "kind": self.kind.value,
            "why": self.why,
            "customers_known_from": self.known_from,
            "pages_there": self.pages_there,
            "cases": [
                {
                    "customers": case.cost.customers,
                    "requests_floor": case.cost.floor,
                    "requests": case.cost.likely,
                    "seconds": case.seconds,
                    "ends_at": None if case.ends_at is None else case.ends_at.isoformat(),
                }
                for case in self.cases
            ],
            "quota": None if self.quota is None else [spent_document(spent) for spent in self.quota],
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """What a sync would stand on.

    Attributes:
        merchant: its name.
        settings: its owner's choices.
        basis: fingerprints of configuration and columns.
        version: of ucsync.
        half_done: a scan in staging, None when there is none.
        ledger: the quota, None when it cannot be told.
        notes: what is known already.
    """

    merchant: str
    settings: SyncSettings
    basis: Basis
    version: str
    half_done: HalfDone | None
    ledger: Ledger | None
    notes: tuple[str, ...]


def forecast_sync(
    prospect: Prospect, lake: Lake, *, now: datetime, full: bool, customers: int | None
) -> Forecast:
    """What the next sync comes to.

    Args:
        lake: with the snapshots so far.
        now: our clock.
        full: everything is asked for.
        customers: to read, as the user says; None to go by the snapshots.

    Raises:
        StorageFailed: the lake is damaged.
    """
    current, ledger = lake.current(), prospect.ledger
    finish = ledger.finished_at if ledger is not None else lambda _: now
    day_max = ledger.a_day() if ledger is not None else None
    decision = decide(
        current, prospect.basis, prospect.settings, now, full=full, finish=finish, day_max=day_max
    )
    kind, why, pages_there = decision.kind, decision.why, 0
    found, origin = prospect.half_done, ScanOrigin(prospect.basis.fingerprint, prospect.version, None)
    if found and unfit(found.header, current, origin, full=full) is None:
        kind, pages_there = found.header.kind, found.pages
        why = "going on with the scan that was left half done"
    sizes, known_from = _sizes(kind, current, lake, customers)
    large = sizes[0] if current is None and len(sizes) == 1 and not full else None  # of a first scan
    if current is not None and decision.too_large:
        large = current.rows
    told = None
    if large is not None and pages_there <= 1:
        told = offer(prospect.merchant, large, prospect.settings.page_size, day_max)
    cases = tuple(_case(cost(size, _page_size(prospect, lake)), pages_there, ledger, now) for size in sizes)
    return Forecast(
        merchant=prospect.merchant,
        kind=kind,
        why=why,
        known_from=known_from,
        pages_there=pages_there,
        cases=cases,
        quota=None if ledger is None else ledger.spent(),
        notes=prospect.notes if told is None else (*prospect.notes, told),
    )


def _sizes(
    kind: ScanKind, current: Receipt | None, lake: Lake, customers: int | None
) -> tuple[tuple[int, ...], str | None]:
    """How many customers are to be read, and where that is from."""
    if customers is not None:
        return (customers,), "as you say"
    if current is None:
        return SIZES, None
    if kind is ScanKind.FULL:
        return (current.rows,), "by the current snapshot"
    return (likely_changes(lake.receipts(), current.rows),), "by what changed in the nights before"


def _page_size(prospect: Prospect, lake: Lake) -> int:
    """As asked for; smaller where the server has made it so in the newest scan that has asked for pages."""
    passes = next((one.passes for one in reversed(lake.receipts()) if one.passes), ())
    return min([prospect.settings.page_size, *(one.limit for one in passes)])


def _case(whole: Cost, pages_there: int, ledger: Ledger | None, now: datetime) -> Case:
    left = Cost(whole.customers, max(1, whole.floor - pages_there), max(1, whole.likely - pages_there))
    if ledger is None:
        return Case(left, None, None)
    ends_at = ledger.finished_at(left.likely)
    return Case(left, (ends_at - now).total_seconds(), ends_at)
