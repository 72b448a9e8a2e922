"""The parts ``orders``, ``quotes`` and their summaries.

Order number ``index`` of a customer is a function of the draws and the index, so that the summary
adds up all of them while ``orders`` shows the newest few.
"""

from typing import Any, NamedTuple

from ucsync.sandbox.people.catalogue import ITEMS, Item
from ucsync.sandbox.people.documents import Document, money, present
from ucsync.sandbox.people.draws import Draws, Source
from ucsync.sandbox.people.identity import (
    Lifetime,
    identity,
    is_trade,
    lifetime_of,
    order_count_of,
    original_of,
    place_of,
    written_names_of,
)
from ucsync.sandbox.people.instants import eastern_text

ORDERS_MAX = 20
"""As many are part of a customer's document."""

_ORDERS, _QUOTES = b"orders", b"quotes"
_ITEM_COUNT = len(ITEMS)
_POSTAGE_CENTS, _FREE_FROM_CENTS = 695, 7500
_QUOTE_DAYS_S = 30 * 86_400
_OPEN_STAGES = ("Shipping Department", "Accounts Receivable", "Fraud Review", "Hold")
# Of a customer with a given number of orders some did not go well; nobody else's older order did not.
_MISHAPS = {7: "Rejected", 23: "Pre-ordered"}
_MISHAP_EVERY = 40
_ORDER_ID_MERCHANT_MAX = 9  # the longest order_id a licence can name is 30 characters


def _with_postage(subtotal_cents: int) -> int:
    return subtotal_cents + (_POSTAGE_CENTS if subtotal_cents < _FREE_FROM_CENTS else 0)


# In cents, by article and by quantity less one; postage included.
_TOTALS = [[_with_postage(item.cents * quantity) for quantity in (1, 2, 3)] for item in ITEMS]


class Purchases(NamedTuple):
    """The orders (or quotes) of one customer, oldest first."""

    draws: Draws
    size: int
    lifetime: Lifetime

    def line(self, index: int) -> tuple[Item, int]:
        """The one article of an order, and how many of it."""
        first, step, start, stride = self.draws[:4]
        item = ITEMS[(first + index * step) % _ITEM_COUNT]
        return item, 1 + (start + index * stride) % 11 // 4

    def cents(self, index: int) -> int:
        """The total of an order."""
        first, step, start, stride = self.draws[:4]
        return _TOTALS[(first + index * step) % _ITEM_COUNT][(start + index * stride) % 11 // 4]

    def at_s(self, index: int) -> int:
        """When it was placed; later for a higher index."""
        signup_s, modified_s = self.lifetime
        thousandths = index * 1000 + (self.draws[4] + index * self.draws[5]) % 900
        return signup_s + (modified_s - signup_s) * thousandths // (self.size * 1000)

    def total_cents(self) -> int:
        """What all of them came to."""
        return sum([self.cents(index) for index in range(self.size)])


def orders_of(source: Source, oid: int, own: Draws) -> Purchases:
    """All orders of a customer, given the draws of its identity."""
    return Purchases(source.draws(_ORDERS, oid), order_count_of(source, oid, own), lifetime_of(own))


def order_stage(source: Source, oid: int, purchases: Purchases, index: int) -> str:
    """Where an order stands; one placed after all that were drawn waits to be shipped."""
    if index == purchases.size - 1:
        return _ORDER.newest_stages[purchases.draws[6] % len(_ORDER.newest_stages)]
    if index >= purchases.size:
        return _OPEN_STAGES[0]
    return _MISHAPS.get(index % _MISHAP_EVERY, _ORDER.stage) if oid in source.order_counts else _ORDER.stage


def order_id_of(source: Source, oid: int, index: int, at_dts: str) -> str:
    """``DEMO-202511021530-123456``: merchant, the minute of ``at_dts``, six digits."""
    minute = at_dts[:4] + at_dts[5:7] + at_dts[8:10] + at_dts[11:13] + at_dts[14:16]
    number = (oid * 7919 + index * 104_729) % 1_000_000
    return f"{source.merchant_id[:_ORDER_ID_MERCHANT_MAX]}-{minute}-{number:06d}"


def orders_summary(source: Source, oid: int) -> Document:
    """Count and total of all orders; no instants when there are none."""
    own = identity(source, oid)
    if not order_count_of(source, oid, own):
        return {"order_count": 0, "total": money(0)}
    return _summary(orders_of(source, oid, own), "order")


def quotes_summary(source: Source, oid: int) -> Document:
    """Count and total of all quotes; empty for most."""
    quotes = _quotes_of(source, oid)
    return _summary(quotes, "quote") if quotes.size else {}


def orders(source: Source, oid: int) -> list[Document]:
    """The newest orders, newest first."""
    bought = orders_of(source, oid, identity(source, oid))
    rows = _documents(source, oid, bought, _ORDER)
    for index, row in zip(range(bought.size - 1, -1, -1), rows, strict=False):
        row["current_stage"] = order_stage(source, oid, bought, index)
    return rows


def placed_order(source: Source, oid: int, index: int, at_s: int, billing: Document) -> Document:
    """An order placed after those that were drawn, as ``orders`` has them.

    Args:
        source: of the draws.
        oid: whose; may be a customer whom the population does not have.
        index: above those of all orders of the customer until now.
        at_s: when it is placed, epoch seconds.
        billing: country_code, first_name, last_name; what is known of them.
    """
    bought = orders_of(source, oid, identity(source, oid))
    document = _document(source, oid, bought, index, at_s, _ORDER, billing)
    document["current_stage"] = _OPEN_STAGES[0]
    return document


def quotes(source: Source, oid: int) -> list[Document]:
    """The newest quotes, newest first."""
    return _documents(source, oid, _quotes_of(source, oid), _QUOTE)


def _quotes_of(source: Source, oid: int) -> Purchases:
    draws = source.draws(_QUOTES, oid)
    coin = draws[10] % 16
    if coin > 8:  # nobody; spares most customers the second digest
        return Purchases(draws, 0, Lifetime(0, 0))
    own = identity(source, oid)
    trade = is_trade(identity(source, original_of(source, oid)))
    count = 1 + draws[11] % 4 if trade or coin == 0 else 0
    return Purchases(draws, count, lifetime_of(own))


def _summary(purchases: Purchases, kind: str) -> Document:
    last = purchases.size - 1
    return {
        f"first_{kind}_dts": eastern_text(purchases.at_s(0)),
        f"last_{kind}_dts": eastern_text(purchases.at_s(last)),
        f"{kind}_count": purchases.size,
        "total": money(purchases.total_cents()),
    }


class _Kind(NamedTuple):
    """What an order and a quote differ in."""

    stage: str
    newest_stages: tuple[str, ...]
    has_terms: bool


_ORDER = _Kind("Completed Order", (*("Completed Order",) * 6, *_OPEN_STAGES), has_terms=False)
_QUOTE = _Kind("Quote Sent", ("Quote Sent", "Quote Request"), has_terms=True)


def _documents(source: Source, oid: int, purchases: Purchases, kind: _Kind) -> list[Document]:
    newest = purchases.size - 1
    if newest < 0:
        return []
    billing = billing_name(source, oid)
    rows = [
        _document(source, oid, purchases, index, purchases.at_s(index), kind, billing)
        for index in range(newest, max(-1, newest - ORDERS_MAX), -1)
    ]
    rows[0]["current_stage"] = kind.newest_stages[purchases.draws[6] % len(kind.newest_stages)]
    return rows


def billing_name(source: Source, oid: int) -> Document:
    """Country and name of who pays, as orders have them."""
    person = identity(source, original_of(source, oid))
    given, family = written_names_of(person)
    country = place_of(person).country
    return present({"country_code": country, "first_name": given, "last_name": family})


def _document(
    source: Source, oid: int, purchases: Purchases, index: int, at_s: int, kind: _Kind, billing: Document
) -> Document:
    """A small Order: header, one item, the sums."""
    at_dts = eastern_text(at_s)
    item, quantity = purchases.line(index)
    subtotal, total = item.cents * quantity, purchases.cents(index)
    fields: dict[str, Any] = {
        "billing": dict(billing),
        "creation_dts": at_dts,
        "currency_code": "USD",
        "current_stage": kind.stage,
        "items": [
            {
                "cost": {"currency_code": "USD", "value": money(item.cents)},
                "description": item.description,
                "item_index": 1,
                "merchant_item_id": item.merchant_item_id,
                "quantity": quantity,
            }
        ],
        "language_iso_code": "ENG",
        "merchant_id": source.merchant_id,
        "order_id": order_id_of(source, oid, index, at_dts),
        "quote": _terms(at_s) if kind.has_terms else None,
        "summary": {
            "shipping_handling_total": {"currency_code": "USD", "value": money(total - subtotal)},
            "subtotal": {"currency_code": "USD", "value": money(subtotal)},
            "total": {"currency_code": "USD", "value": money(total)},
        },
    }
    return present(fields)


def _terms(at_s: int) -> Document:
    return {
        "quote_expiration_dts": eastern_text(at_s + _QUOTE_DAYS_S),
        "quoted_by": "sales",
        "quoted_dts": eastern_text(at_s),
    }
