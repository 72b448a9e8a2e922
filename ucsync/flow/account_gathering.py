"""What is asked for, in which order, and the book that it makes."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ucsync.flow.account_asking import Asking
from ucsync.flow.account_lists import ListReading, PagedList
from ucsync.flow.account_walk import id_of
from ucsync.model.accounts import ListRead, OrderSeen, ReviewSeen, Seen, Unreadable
from ucsync.store.account_archive import Kept, read_value
from ucsync.ultracart.my_account.dates import parse_iso

#: Told of each list: its name, how much of it is done, and of how much, None where nobody knows.
Watch = Callable[[str, int, int | None], None]

#: The filters that the vendor's portal offers by year, this one included; older years are asked for until so
#: many in a row have no orders.
YEARS: Final = 10
_EMPTY_YEARS_MAX: Final = 5
_FIRST_YEAR: Final = 1990
#: An order older than this was not left out by a server that shows six months unless it is asked for more.
_HALF_A_YEAR: Final = timedelta(days=200)
_DAY: Final = timedelta(days=1)


@dataclass
class Gathered:
    """Everything that was asked for.

    Attributes:
        answers: that it is from.
        others: as in `AccountBook`.
    """

    account: Seen
    shipping: list[Seen] = field(default_factory=list)
    billing: list[Seen] = field(default_factory=list)
    cards: list[Seen] = field(default_factory=list)
    orders: list[OrderSeen] = field(default_factory=list)
    not_reviewed: list[Seen] = field(default_factory=list)
    reviews: list[ReviewSeen] = field(default_factory=list)
    wishlist: list[Seen] = field(default_factory=list)
    lists: list[ListRead] = field(default_factory=list)
    answers: list[Kept] = field(default_factory=list)


class Gathering:
    """Asks for all of an account.

    Args:
        asking: asks and keeps.
        watch: is told how it goes.
        now: our clock's time when the export began.
        every_order: ask for parcels and cases of every order, not only where its list does not rule them out.
    """

    def __init__(self, asking: Asking, watch: Watch, now: datetime, *, every_order: bool) -> None:
        self._asking = asking
        self._watch = watch
        self._now = now
        self._every_order = every_order

    async def all(self, settings: Kept) -> Gathered:
        """Everything, from the account's settings on.

        Raises:
            What `Asking.ask` does.
        """
        found = Gathered(_seen(settings), answers=[settings])
        found.lists.append(ListRead(name="getSettings", rows=1, proven=True))
        found.shipping = await self._whole_list("getShippingAddresses", found)
        found.billing = await self._whole_list("getBillingAddresses", found)
        found.cards = await self._whole_list("getCreditCards", found)
        found.orders = await self._orders(found)
        found.not_reviewed = [seen for _, seen in (await self._paged("getNotReviewedYet", found)).rows]
        found.reviews = await self._reviews(found)
        found.wishlist = [seen for _, seen in (await self._paged("getWishlist", found)).rows]
        return found

    async def _whole_list(self, operation: str, found: Gathered) -> list[Seen]:
        """One that comes at once."""
        kept = await self._asking.once(operation)
        rows = [] if kept is None else _rows(kept)
        found.answers += [] if kept is None else [kept]
        found.lists.append(_told(operation, len(rows), self._asking.unreadable))
        self._watch(operation, len(rows), len(rows))
        return rows

    async def _paged(self, operation: str, found: Gathered) -> PagedList:
        reading = ListReading(self._asking, operation, self._watching(operation))
        listed = await reading.read()
        found.answers += listed.answers
        found.lists.append(listed.told)
        return listed

    async def _orders(self, found: Gathered) -> list[OrderSeen]:
        listed = await self._paged("getOrders", found)
        rows = [*listed.rows, *await self._older_orders(listed, found)]
        parcels = await self._of_each(
            "getOrderTracking", "orderId", self._with(rows, "trackingNumbers"), found
        )
        asked = self._with(rows, "orderCase")
        cases = await self._of_each("getOrderCase", "orderId", asked, found)
        shown = {key for key, seen in rows if _shown_case(seen) is not None}
        written = [key for key in asked if _is_case(cases.get(key)) or (key not in cases and key in shown)]
        messages = await self._of_each("getOrderCaseMessages", "orderId", written, found)
        return [_order(key, seen, parcels, cases, messages) for key, seen in rows]

    async def _older_orders(self, listed: PagedList, found: Gathered) -> list[tuple[str | None, Seen]]:
        """Orders that are shown by year alone.

        Which orders come when no time is asked for, no source says; the vendor's portal shows the last six
        months then. Where all orders are younger the years are looked through, too.
        """
        if any(self._is_old(seen) for _, seen in listed.rows):
            return []
        known = {key for key, _ in listed.rows}
        older: list[tuple[str | None, Seen]] = []
        empty = 0
        for year in range(self._now.year, _FIRST_YEAR, -1):
            if year <= self._now.year - YEARS and empty >= _EMPTY_YEARS_MAX:
                break
            watching = self._watching("getOrders")
            query = {"_filterTime": f"year-{year}"}
            by_year = await ListReading(self._asking, "getOrders", watching, query, optional=True).read()
            new = [(key, seen) for key, seen in by_year.rows if key is not None and key not in known]
            known.update(key for key, _ in new)
            older += new
            empty = 0 if by_year.rows else empty + 1
            doubted = listed.told.proven and by_year.answers and not by_year.told.proven
            if new or doubted:
                found.answers += by_year.answers
                found.lists.append(by_year.told)
            if by_year.rows and not any(_may_be_of(year, seen) for _, seen in by_year.rows):
                break  # the server does not heed the filter, and would show all of it for each year
        return older

    def _is_old(self, seen: Seen) -> bool:
        told = _field(seen, "creationDate")
        try:
            return isinstance(told, str) and parse_iso(told) < self._now - _HALF_A_YEAR
        except ValueError:
            return False

    async def _reviews(self, found: Gathered) -> list[ReviewSeen]:
        listed = await self._paged("getReviews", found)
        items = {id_of(_field(seen, "itemId")): None for _, seen in listed.rows}
        forms = await self._of_each("getReview", "itemId", [one for one in items if one is not None], found)
        return [
            ReviewSeen(review=seen, form=_form(forms.get(id_of(_field(seen, "itemId")) or "")))
            for _, seen in listed.rows
        ]

    async def _of_each(
        self, operation: str, parameter: str, ids: Sequence[str], found: Gathered
    ) -> dict[str, Kept]:
        """One answer for each of these; those without one are noted as unreadable."""
        answers: dict[str, Kept] = {}
        for number, one in enumerate(ids, 1):
            kept = await self._asking.once(operation, {parameter: one})
            if kept is not None:
                answers[one] = kept
            self._watch(operation, number, len(ids))
        found.answers += answers.values()
        rows = sum(len(_rows(kept)) for kept in answers.values())
        found.lists.append(_told(operation, rows, self._asking.unreadable))
        return answers

    def _with(self, rows: Iterable[tuple[str | None, Seen]], name: str) -> list[str]:
        """The orders that may have something: a field that is absent says nothing, an empty one that there
        is none."""
        return [
            key
            for key, seen in rows
            if key is not None and (self._every_order or _field(seen, name) not in _NONE)
        ]

    def _watching(self, operation: str) -> Callable[[int, int | None], None]:
        return lambda done, total: self._watch(operation, done, total)


_UNKNOWN: Final = object()
_NONE: Final[tuple[Any, ...]] = (None, [], {})


def _told(operation: str, rows: int, unreadable: Iterable[Unreadable]) -> ListRead:
    gone = sum(one.what.split(" ")[0] == operation for one in unreadable)
    reason = f"{gone} could not be read" if gone else ""
    return ListRead(name=operation, rows=rows, proven=not gone, reason=reason)


def _field(seen: Seen, name: str) -> Any:
    """What it holds; `_UNKNOWN` where it says nothing of it."""
    return seen.document.get(name, _UNKNOWN) if isinstance(seen.document, dict) else _UNKNOWN


def _may_be_of(year: int, order: Seen) -> bool:
    """Whether an order is of this year, wherever on earth that is; one that does not say may be."""
    told = _field(order, "creationDate")
    try:
        instant = parse_iso(told) if isinstance(told, str) else None
    except ValueError:
        instant = None
    if instant is None:
        return True
    begins = datetime(year, 1, 1, tzinfo=UTC)
    return begins - _DAY <= instant < begins.replace(year=year + 1) + _DAY


def _seen(kept: Kept) -> Seen:
    return Seen(read_value(kept.body), kept.asked.received_at)


def _rows(kept: Kept) -> list[Seen]:
    """Of a list its elements; of an object itself, unless it is empty."""
    value = read_value(kept.body)
    held = value if isinstance(value, list) else [] if value in _NONE else [value]
    return [Seen(one, kept.asked.received_at) for one in held]


def _is_case(kept: Kept | None) -> bool:
    return kept is not None and bool(_rows(kept))


def _shown_case(seen: Seen) -> Seen | None:
    """The case as the list of orders has it."""
    held = _field(seen, "orderCase")
    return None if held is _UNKNOWN or held in _NONE else Seen(held, seen.at)


def _order(
    key: str | None, seen: Seen, parcels: dict[str, Kept], cases: dict[str, Kept], messages: dict[str, Kept]
) -> OrderSeen:
    """What could not be read by itself is taken from where else it stands."""
    own = key or ""
    case = next(iter(_rows(cases[own])), None) if own in cases else _shown_case(seen)
    inside = None if case is None else _field(case, "messages")
    told = _rows(messages[own]) if own in messages else []
    if case is not None and own not in messages and isinstance(inside, list):
        told = [Seen(one, case.at) for one in inside]
    return OrderSeen(
        order_id=key,
        order=seen,
        tracking=tuple(_rows(parcels[own])) if own in parcels else (),
        case=case,
        messages=tuple(told),
    )


def _form(kept: Kept | None) -> Seen | None:
    return None if kept is None else _seen(kept)
