"""Find what was deleted, between two full scans, by counting instead of reading."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from ucsync.flow.conclusion import confirm, publish_in_thread
from ucsync.flow.course import Course
from ucsync.flow.listing import complaint
from ucsync.flow.scan import Scan
from ucsync.flow.sync import SyncResult, Wishes, sync
from ucsync.flow.workplace import Workplace, header_of
from ucsync.model import BadRequest, Guarded, InvalidRequest, Misused, Pass, Receipt, ScanKind
from ucsync.plan import Question, guard_deletes, narrow, price, requests_floor
from ucsync.plan.scans import offer
from ucsync.store import signups
from ucsync.ultracart.scanning import Walk

_UNCOUNTABLE: Final = "customers were forgotten whom the server may count, so everything was read instead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What looking for deletions costs, known after one request.

    Attributes:
        missing: customers that the lake has and the server, by its counts, has not.
        requests_max: at most so many requests find and confirm them.
        full_scan: so many requests a full scan takes, at least.
    """

    missing: int
    requests_max: int
    full_scan: int

    @property
    def worth_it(self) -> bool:
        """Whether it is cheaper than reading everything."""
        return self.missing == 0 or self.requests_max < self.full_scan


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileResult:
    """What reconciling came to.

    Attributes:
        synced: the sync that it began with.
        price: None when that was a full scan, after which there is nothing to look for. Where counting
            would have cost more than a full scan, that was done instead, and `synced` is its outcome.
        deleted: customers found missing, confirmed and removed.
        requests: sent in all.
        receipt: of the current snapshot.
        path: its folder.
    """

    synced: SyncResult
    price: Price | None
    deleted: int
    requests: int
    receipt: Receipt
    path: str

    @property
    def exit_code(self) -> int:
        """That of the sync."""
        return self.synced.exit_code

    @property
    def snapshot(self) -> str:
        """Id of the current snapshot."""
        return self.receipt.snapshot

    @property
    def line(self) -> str:
        """The outcome in one line."""
        return f"reconciled: {self.deleted} deleted, {self.receipt.rows} rows"

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        return {
            **self.synced.document(),
            "kind": ScanKind.RECONCILE.value,
            "snapshot": self.receipt.snapshot,
            "path": self.path,
            "rows": self.receipt.rows,
            "deleted": self.synced.receipt.deleted + self.deleted,
            "missing": None if self.price is None else self.price.missing,
            "requests_max": None if self.price is None else self.price.requests_max,
            "requests": self.requests,
        }


async def reconcile(
    place: Workplace,
    accept_deletes: int | None,
    on_price: Callable[[Price], None],
) -> ReconcileResult:
    """Sync, then compare counts by windows of sign-up and look closer only where they differ.

    Args:
        accept_deletes: so many customers may go; None for what the configuration permits.
        on_price: told what it may cost, before it is spent.

    Raises:
        Guarded: more are missing than may go without a person's word; or only reading everything would tell,
            and that takes more requests than a day permits.
        Misused: only a part of the customers is there, so counts cannot tell who is missing.
        InvalidRequest: the server names no totals, so counting is not possible.
        Stopped, CallFailed, QuotaSpent, StorageFailed: nothing was removed.
    """
    before = place.lister.requests_sent
    synced = await sync(place, Wishes(accept_deletes=accept_deletes))
    if synced.receipt.kind is ScanKind.FULL:
        return _result(place, before, synced, None, None)
    _check_whole(place, synced.receipt)
    if place.lake.suppression().people:
        return await _by_reading(place, before, synced, accept_deletes)
    seconds, oids = signups(place.lake, synced.receipt)
    course = narrow(seconds, oids, place.settings.page_size)
    found: Price | None = None
    answer: int | frozenset[int] | None = None
    while True:
        try:
            question = next(course) if answer is None else course.send(answer)
        except StopIteration as end:
            missing: list[int] = end.value
            break
        answer = await _answered(place, question)
        if found is None and isinstance(answer, int):
            found = _priced(place, synced.receipt, question.rows - answer)
            on_price(found)
            _guard(place, found.missing, synced.receipt, accept_deletes)
            if not found.worth_it:
                _check_size(place, synced.receipt)
                wishes = Wishes(full=True, accept_deletes=accept_deletes)
                synced = await sync(place, wishes)
                return _result(place, before, synced, found, None)
    _guard(place, len(missing), synced.receipt, accept_deletes)
    receipt = await _remove(place, synced.receipt, missing) if missing else None
    return _result(place, before, synced, found or _priced(place, synced.receipt, 0), receipt)


async def _by_reading(
    place: Workplace, before: int, synced: SyncResult, accept_deletes: int | None
) -> ReconcileResult:
    """Read everything: the server may count customers who were forgotten, and nobody knows when those had
    signed up, so a window that holds as many as the lake may all the same lack one."""
    _check_size(place, synced.receipt)
    synced = await sync(place, Wishes(full=True, accept_deletes=accept_deletes))
    synced = replace(synced, notes=(*synced.notes, _UNCOUNTABLE))
    return _result(place, before, synced, None, None)


def _check_whole(place: Workplace, receipt: Receipt) -> None:
    """A backfill that has not brought in everybody makes the server count more than is there."""
    if receipt.is_partial and receipt.backfill is not None:
        mend = "who is gone can be told once all customers are there"
        raise Misused(f"{place.merchant}: {receipt.backfill.lacks}; {mend}")


def _check_size(place: Workplace, receipt: Receipt) -> None:
    limit, day_max = place.settings.page_size, place.ledger.a_day()
    told = offer(place.merchant, receipt.rows, limit, day_max)
    if told is not None:
        raise Guarded(f"{place.merchant}: only reading everything tells who is missing; {told}")


def _guard(place: Workplace, missing: int, receipt: Receipt, accepted: int | None) -> None:
    guard_deletes(missing, receipt.rows, place.settings, accepted, place.merchant, "reconcile")


def _result(
    place: Workplace, before: int, synced: SyncResult, found: Price | None, receipt: Receipt | None
) -> ReconcileResult:
    current = receipt or synced.receipt
    return ReconcileResult(
        synced=synced,
        price=found,
        deleted=receipt.deleted if receipt else 0,
        requests=place.lister.requests_sent - before,
        receipt=current,
        path=str(place.lake.path_of(current.snapshot)),
    )


def _priced(place: Workplace, receipt: Receipt, missing: int) -> Price:
    limit = place.settings.page_size
    missing = max(0, missing)
    return Price(
        missing=missing,
        requests_max=price(receipt.rows, missing, limit),
        full_scan=requests_floor(receipt.rows, limit),
    )


async def _answered(place: Workplace, question: Question) -> int | frozenset[int]:
    window = {
        "signup_dts_start": datetime.fromtimestamp(question.start_s, UTC),
        "signup_dts_end": datetime.fromtimestamp(question.end_s, UTC),
    }
    if not question.oids:
        count = await place.stop.unless(place.lister.count(window))
        if count is None:
            mend = "the server names none, so counting is not possible; run `ucsync sync --full`"
            raise InvalidRequest("reconcile", (("total_records", mend),))
        return count
    walk, seen = Walk(Pass.MAIN, place.settings.page_size), set[int]()
    while walk.ask is not None:
        ask = walk.ask
        try:
            page = await place.stop.unless(place.lister.oids(ask, window))
        except BadRequest as refusal:
            if not walk.refuse(ask, complaint(refusal)):
                raise
            continue
        if walk.accept(ask, page):
            seen.update(row.oid for row in page.rows if row.oid is not None)
    return frozenset(seen)


async def _remove(place: Workplace, parent: Receipt, missing: Sequence[int]) -> Receipt | None:
    """Read each one to make sure, then publish without those that are gone; None when all are there."""
    staged = place.staging.begin(header_of(place, ScanKind.RECONCILE, parent))
    course = Course(staged.header, place.settings.page_size, place.settings.lag_s, None, None)
    scan = Scan(place, staged, course)
    gone, _, _ = await confirm(scan, missing)
    receipt = None
    if gone:
        draft = replace(
            parent,
            snapshot="",
            parent=parent.snapshot,
            kind=ScanKind.RECONCILE,
            scan=staged.header.scan,
            requests=scan.requests,
            requests_floor=len(missing),
            passes=(),
        )
        receipt = await publish_in_thread(place, scan, parent, draft, gone)
    staged.discard()
    return receipt
