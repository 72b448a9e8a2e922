"""What a backfill would read, what it would cost, and how its days would go, without a request."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, tzinfo
from itertools import accumulate
from typing import Final

from ucsync.flow.backfill.asking import check_same
from ucsync.flow.backfill.backfill_result import BackfillWishes
from ucsync.flow.backfill.outlook import Habit, Outlook, usual_night
from ucsync.flow.ledger import Ledger, spent_document
from ucsync.model import Backfill, By, Receipt, ScanKind
from ucsync.plan import Allowance, Basis, ScanOrigin, Spent, SyncSettings
from ucsync.plan.backfill_costs import BackfillCost, backfill_cost
from ucsync.plan.calendar import Day
from ucsync.plan.costs import SIZES
from ucsync.plan.windows import unfit_window
from ucsync.store import Lake
from ucsync.store.looking import HalfDone
from ucsync.store.querying import open_tables

_DAY_S: Final = 86_400
#: Where the windows' bounds are in the lake.
_COLUMNS: Final = {
    By.OID: "customer_profile_oid",
    By.MODIFIED: "epoch(last_modified_dts)",
    By.SIGNUP: "epoch(try_cast(signup_dts AS TIMESTAMPTZ))",
}


@dataclass(frozen=True, slots=True)
class BackfillCase:
    """What so many customers would take.

    Attributes:
        cost: requests and windows.
        seconds, ends_at: until the end, nightly runs and waits for quota included; None when the quota
            cannot be told, or it is not done within what is played through.
        days: how it goes, None when the quota cannot be told.
        there: for each of those days, about how many customers will have been read.
    """

    cost: BackfillCost
    seconds: float | None
    ends_at: datetime | None
    days: tuple[Day, ...] | None
    there: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillForecast:
    """What a backfill of a merchant would be.

    Attributes:
        merchant: its name.
        by, newest_first, low, high: as in `Backfill`.
        goes_on: whether it is one that is under way.
        why: in words for a person.
        known_from: where the number of customers is from; None when nobody knows it without a request,
            and then the cases are examples.
        there: customers that are read already.
        pages_there: of the window under way; they are not asked for again.
        cases: one, or several examples.
        nightly: the runs that go first, None when there are none; of the last case, the largest.
        a_day: the limit by which a day's requests are measured, None without one.
        budget: the backfill's own limit, None for none.
        quota: of each limit in force, the budget last, what is left to backfills now; None when it cannot be
            told.
        notes: what a person should know.
    """

    merchant: str
    by: By
    newest_first: bool
    low: int | None
    high: int | None
    goes_on: bool
    why: str
    known_from: str | None
    there: int
    pages_there: int
    cases: tuple[BackfillCase, ...]
    nightly: Habit | None
    a_day: int | None
    budget: Allowance | None
    quota: tuple[Spent, ...] | None
    notes: tuple[str, ...]

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        budget = self.budget
        return {
            "merchant": self.merchant,
            "by": self.by.value,
            "newest_first": self.newest_first,
            "low": self.low,
            "high": self.high,
            "goes_on": self.goes_on,
            "why": self.why,
            "customers_known_from": self.known_from,
            "customers_there": self.there,
            "pages_there": self.pages_there,
            "cases": [self._case_document(case) for case in self.cases],
            "nightly": None if self.nightly is None else self.nightly.document(),
            "budget": None if budget is None else {"requests": budget.requests, "seconds": budget.seconds},
            "quota": None if self.quota is None else [spent_document(spent) for spent in self.quota],
            "notes": list(self.notes),
        }

    def _case_document(self, case: BackfillCase) -> dict[str, object]:
        told = case.cost
        return {
            "customers": told.customers,
            "windows": told.windows,
            "requests_floor": told.floor,
            "requests": told.likely,
            "seconds": case.seconds,
            "ends_at": None if case.ends_at is None else case.ends_at.isoformat(),
            "days": None
            if case.days is None
            else [
                {
                    "day": day.day.isoformat(),
                    "requests": day.backfill,
                    "nightly_requests": day.nightly,
                    "customers": there,
                    "quota_used": None if self.a_day is None else (day.backfill + day.nightly) / self.a_day,
                }
                for day, there in zip(case.days, case.there, strict=True)
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillProspect:
    """What a backfill would stand on.

    Attributes:
        merchant: its name.
        settings: its owner's choices.
        basis: fingerprints of configuration and columns.
        version: of ucsync.
        half_done: a window in staging, None when there is none.
        full_half_done: a scan in the staging of syncs, None when there is none.
        ledger: the quota of its lane, None when it cannot be told.
        budget: its own limit, None for none; `ledger` holds it, too.
        now: our clock.
        nightly: when the nightly runs begin, as the user says; None to go by those so far.
        no_nights: there are none.
        zone: of that time; None for the machine's.
        notes: what is known already.
    """

    merchant: str
    settings: SyncSettings
    basis: Basis
    version: str
    half_done: HalfDone | None
    full_half_done: HalfDone | None
    ledger: Ledger | None
    budget: Allowance | None
    now: datetime
    nightly: time | None
    no_nights: bool
    zone: tzinfo | None
    notes: tuple[str, ...]


def forecast_backfill(
    prospect: BackfillProspect,
    lake: Lake,
    wishes: BackfillWishes,
    customers: int | None,
) -> BackfillForecast:
    """What a backfill comes to, or the rest of the one that is under way.

    Args:
        lake: with the snapshots so far.
        wishes: what would be asked of it.
        customers: to read, as the user says; None to go by the lake.

    Raises:
        Misused: one is under way that was begun otherwise.
        StorageFailed: the lake is damaged.
    """
    current = lake.current()
    under_way = _under_way(prospect, current)
    if under_way is not None:
        check_same(under_way, wishes)
    asked = _asked(wishes, under_way)
    sizes, known_from = _sizes(asked, under_way, current, lake, customers)
    pages_there = _pages_there(prospect, under_way)
    there = under_way.rows if under_way else 0
    cases, habit = [], None
    for size in sizes:
        told, habit = _cost(prospect, lake.receipts(), under_way, wishes, asked.by, size)
        cases.append(_case(prospect, told, pages_there, there, habit))
    return BackfillForecast(
        merchant=prospect.merchant,
        by=asked.by,
        newest_first=asked.newest_first,
        low=asked.low,
        high=asked.high,
        goes_on=under_way is not None,
        why=_why(under_way, current),
        known_from=known_from,
        there=there,
        pages_there=pages_there,
        cases=tuple(cases),
        nightly=habit,
        a_day=_a_day(prospect),
        budget=prospect.budget,
        quota=None if prospect.ledger is None else prospect.ledger.spent(),
        notes=(*prospect.notes, *_in_the_way(prospect)),
    )


def _cost(
    prospect: BackfillProspect,
    receipts: Sequence[Receipt],
    under_way: Backfill | None,
    wishes: BackfillWishes,
    by: By,
    size: int,
) -> tuple[BackfillCost, Habit | None]:
    """Of reading so many customers, and what goes first meanwhile."""
    page_size, habit = min([prospect.settings.page_size, *_limits_seen(receipts)]), None
    if not prospect.no_nights:
        habit = usual_night(
            receipts, _whole(receipts, size), page_size,
            now=prospect.now, zone=prospect.zone, at=prospect.nightly,
        )  # fmt: skip
    closing = habit.requests if habit else 1
    is_begun, pages = under_way is not None, wishes.window_pages
    told = backfill_cost(size, page_size, by, window_pages=pages, is_begun=is_begun, closing=closing)
    return told, habit


def _under_way(prospect: BackfillProspect, current: Receipt | None) -> Backfill | None:
    """The one that would be gone on with."""
    told = None if current is None else current.backfill
    if told is None or told.finished:
        return None
    same = (told.fingerprint, told.schema) == (prospect.basis.fingerprint, prospect.basis.schema)
    return told if same else None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is read, and in which order."""

    by: By
    newest_first: bool
    low: int | None
    high: int | None


def _asked(wishes: BackfillWishes, under_way: Backfill | None) -> _Asked:
    if under_way is not None:
        return _Asked(under_way.by, under_way.newest_first, under_way.low, under_way.high)
    return _Asked(wishes.by or By.OID, not wishes.oldest_first, wishes.low, wishes.high)


def _sizes(
    asked: _Asked, under_way: Backfill | None, current: Receipt | None, lake: Lake, customers: int | None
) -> tuple[tuple[int, ...], str | None]:
    """How many customers are still to be read, and where that is from."""
    there = under_way.rows if under_way else 0
    if customers is not None:
        return (max(0, customers - there),), "as you say"
    is_whole = asked.low is None and asked.high is None
    if under_way is not None:
        if under_way.total is None or not is_whole:
            return SIZES, None
        return (max(0, under_way.total - there),), "by the server's count when it began"
    if current is None or current.backfill is not None:  # what is there is not all
        return SIZES, None
    if is_whole:
        return (current.rows,), "by the current snapshot"
    return (_count(asked, current, lake),), "by the current snapshot"


def _count(asked: _Asked, current: Receipt, lake: Lake) -> int:
    """The customers of a snapshot that are asked for."""
    column = _COLUMNS[asked.by]
    wanted = [f"{column} >= {asked.low}"] if asked.low is not None else []
    wanted += [f"{column} < {asked.high}"] if asked.high is not None else []
    query = f"SELECT count(*) FROM customers WHERE {' AND '.join(wanted)}"  # noqa: S608  (numbers of ours)
    with open_tables(lake, lake.receipts(), current) as tables, tables.ask(query) as answer:
        [[cell]] = answer.rows if answer else [["0"]]
    return int(cell or 0)


def _whole(receipts: Sequence[Receipt], size: int) -> int:
    """How many customers the server has, about, when so many are still to be read."""
    current = receipts[-1] if receipts else None
    told = current.backfill.total if current and current.backfill else None
    return told or max(size, current.rows if current else 0)


def _limits_seen(receipts: Sequence[Receipt]) -> list[int]:
    """Rows a page in the newest scan that has asked for pages: a server may permit fewer than asked for."""
    return [one.limit for one in next((one.passes for one in reversed(receipts) if one.passes), ())]


def _pages_there(prospect: BackfillProspect, under_way: Backfill | None) -> int:
    """Of the window under way, if they would be gone on with."""
    found, origin = prospect.half_done, ScanOrigin(prospect.basis.fingerprint, prospect.version, None)
    if found is None or under_way is None or unfit_window(found.header, under_way, origin) is not None:
        return 0
    return found.pages


def _in_the_way(prospect: BackfillProspect) -> Iterator[str]:
    """What a person has to settle before a backfill begins."""
    found = prospect.full_half_done
    if found is not None and found.header.kind is ScanKind.FULL and found.pages > 1:
        yield (
            f"a full scan is half done: {found.pages} pages are there; go on with `ucsync sync`, or drop it"
            " with `ucsync backfill --restart`"
        )


def _case(
    prospect: BackfillProspect,
    told: BackfillCost,
    pages_there: int,
    there: int,
    habit: Habit | None,
) -> BackfillCase:
    left = replace(told, pages=max(0, told.pages - pages_there), floor=max(0, told.floor - pages_there))
    if prospect.ledger is None:
        return BackfillCase(left, None, None, None, ())
    found = Outlook(prospect.ledger, habit).play(left.likely, prospect.now)
    sent = accumulate(day.backfill for day in found.days)
    pages = (min(max(0, count - left.before), left.pages) + told.pages - left.pages for count in sent)
    read = tuple(there + told.customers * count // max(1, told.pages) for count in pages)
    seconds = None if found.ends_at is None else (found.ends_at - prospect.now).total_seconds()
    return BackfillCase(left, seconds, found.ends_at, found.days, read)


def _a_day(prospect: BackfillProspect) -> int | None:
    """The limit of a day, as it is in force."""
    limits = () if prospect.ledger is None else prospect.ledger.standing().rules.limits
    return next((limit.requests for limit in limits if limit.seconds == _DAY_S), None)


def _why(under_way: Backfill | None, current: Receipt | None) -> str:
    if under_way is not None:
        return f"going on with the one begun {under_way.started_at:%Y-%m-%d %H:%M} UTC"
    if current is None:
        return "there is no snapshot yet"
    if current.backfill is not None:
        return "the one before it cannot be gone on with" if not current.backfill.finished else "another one"
    return "all that is asked for is read again"
