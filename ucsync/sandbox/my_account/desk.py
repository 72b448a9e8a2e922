"""What the portal shows of orders, cases and reviews, and what it remembers of them.

Everything is kept by its origin, which is the customer whom it was made for: whoever absorbs that one has its
orders, too, and with a deleted customer they can no longer be reached.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Final, NamedTuple

from ucsync.sandbox.engine import Shop
from ucsync.sandbox.people import Correspondence, Item, Opinion
from ucsync.sandbox.reply import Document

_KEPT_MAX: Final = 64  # customers whose orders are held in memory


@dataclass(frozen=True, slots=True)
class Placed:
    """An order placed since the start: when, and for whom, as the customer was then."""

    number: int
    at_s: int
    email: str
    billing: Document
    shipping: Document


class Entry(NamedTuple):
    """One order: what lists of orders are found and sorted by.

    Attributes:
        at_s: when it was placed, epoch seconds.
        number: among the orders of its origin, oldest 0.
        cents: the grand total.
        placed: None for an order that was there from the start.
    """

    at_s: int
    origin: int
    number: int
    order_id: str
    item: Item
    quantity: int
    cents: int
    placed: Placed | None = None


class CaseFile(NamedTuple):
    """A case, and whose e-mail address it goes by; None for that of the order."""

    case: Correspondence
    email: str | None = None


class Orders(NamedTuple):
    """All orders of one customer."""

    newest_first: tuple[Entry, ...]
    by_id: Mapping[str, Entry]


class Desk:
    """Of one merchant."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._placed: dict[int, tuple[Placed, ...]] = {}
        self._cases: dict[tuple[int, int], CaseFile] = {}
        self._opinions: dict[int, dict[int, Opinion]] = {}
        self._views: dict[int, tuple[object, Orders]] = {}

    def orders(self, oid: int) -> Orders:
        """Those of a live customer, with those of whom it absorbed; worked out once for each state."""
        origins = self._shop.store.origins(oid)
        state = tuple((origin, len(self._placed.get(origin, ()))) for origin in origins)
        held = self._views.pop(oid, None)
        if held is None or held[0] != state:
            found = [entry for origin in origins for entry in self._entries(origin)]
            found.sort(key=attrgetter("at_s", "number"), reverse=True)
            held = state, Orders(tuple(found), {entry.order_id: entry for entry in found})
        self._views[oid] = held  # now the last to be forgotten
        if len(self._views) > _KEPT_MAX:
            del self._views[next(iter(self._views))]
        return held[1]

    def next_number(self, oid: int) -> int:
        """What the next order of a customer is numbered."""
        return self._shop.store.people.purchases(oid).size + len(self._placed.get(oid, ()))

    def place(self, oid: int, placed: Placed) -> None:
        """One more order of a customer, with the next number."""
        self._placed[oid] = (*self._placed.get(oid, ()), placed)

    def case(self, entry: Entry) -> CaseFile | None:
        """The case about an order, as it is now."""
        kept = self._cases.get((entry.origin, entry.number))
        if kept is not None or entry.placed is not None:
            return kept
        drawn = self._shop.store.people.correspondence(entry.origin, entry.number, entry.at_s)
        return CaseFile(drawn) if drawn else None

    def keep_case(self, entry: Entry, case: CaseFile) -> None:
        """From now on this is the case about an order."""
        self._cases[entry.origin, entry.number] = case

    def opinions(self, oid: int) -> dict[int, Opinion]:
        """What a live customer said of items, by `merchant_item_oid`; of two reviews its own counts."""
        found: dict[int, Opinion] = {}
        for origin in self._shop.store.origins(oid):
            for item_oid, opinion in self._said(origin):
                found.setdefault(item_oid, opinion)
        return found

    def keep_opinion(self, oid: int, opinion: Opinion) -> None:
        """From now on this is what the customer says of the item."""
        self._opinions.setdefault(oid, {})[opinion.item.merchant_item_oid] = opinion

    def _said(self, origin: int) -> Iterator[tuple[int, Opinion]]:
        yield from self._opinions.get(origin, {}).items()
        if origin in self._shop.store.people:
            for opinion in self._shop.store.people.opinions(origin):
                yield opinion.item.merchant_item_oid, opinion

    def _entries(self, origin: int) -> Iterator[Entry]:
        people = self._shop.store.people
        bought = people.purchases(origin)
        # Who came later than the population has no orders from the start.
        drawn = range(bought.size if origin in people else 0)
        dated = [(number, bought.at_s(number), None) for number in drawn]
        placed = [(each.number, each.at_s, each) for each in self._placed.get(origin, ())]
        for number, at_s, order in (*dated, *placed):
            item, quantity = bought.line(number)
            order_id = people.order_id(origin, number, at_s)
            yield Entry(at_s, origin, number, order_id, item, quantity, bought.cents(number), order)
