"""An account as tables: one row each address, order, item, message; each a Parquet file of its own."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from ucsync.model.accounts import AccountBook, OrderSeen, ReviewSeen, Seen
from ucsync.store.account_archive.cells import Extras, extras_text, read_row
from ucsync.store.account_archive.columns import APART, FORM, ORDER_ID, TABLES
from ucsync.store.account_archive.values import json_text
from ucsync.store.exact_json import is_unicode
from ucsync.store.schema import EXTRAS, OBSERVED_AT, OID
from ucsync.ultracart.my_account.models import MODELS

Row = dict[str, Any]

_PARQUET: Final = {"compression": "zstd", "compression_level": 1, "use_dictionary": False}


def tables_of(book: AccountBook) -> Iterator[tuple[str, pa.Table]]:
    """Every table with its name; those without rows, too."""
    found = _rows(book)
    for name, schema in TABLES.items():
        rows = [{OID: book.customer_profile_oid, **row} for row in found[name]]
        yield name, pa.Table.from_pylist(rows, schema=schema)


def parquet_of(table: pa.Table) -> memoryview:
    """A table as a file."""
    encoded = pa.BufferOutputStream()
    pq.write_table(table, encoded, **_PARQUET)
    return memoryview(encoded.getvalue())


def _rows(book: AccountBook) -> dict[str, list[Row]]:
    orders = book.orders
    return {
        "account": _plain("MyAccount", [book.account]),
        "shipping_addresses": _plain("Address", book.shipping),
        "billing_addresses": _plain("Address", book.billing),
        "credit_cards": _plain("CreditCard", book.cards),
        "orders": [_row("Order", one.order, without=tuple(APART)) for one in orders],
        "order_items": [row for one in orders for row in _items(one)],
        "tracking": [row for one in orders for row in _tracking(one)],
        "cases": [_case(one, one.case) for one in orders if one.case is not None],
        "case_messages": [row for one in orders for row in _messages(one)],
        "reviews": [_review(one) for one in book.reviews],
        "not_reviewed_yet": _plain("NotReviewedItem", book.not_reviewed),
        "wishlist": _plain("WishlistItem", book.wishlist),
    }


def _plain(model: str, seen: Sequence[Seen]) -> list[Row]:
    return [_row(model, one) for one in seen]


def _row(model: str, seen: Seen, *, without: tuple[str, ...] = (), **keys: Any) -> Row:
    extras: Extras = {}
    held = read_row(seen.document, MODELS[model], extras, without)
    return {**held, **keys, EXTRAS: extras_text(extras), OBSERVED_AT: seen.at}


def _items(one: OrderSeen) -> Iterator[Row]:
    """What is no list of items stands in one row, in its extras."""
    document = one.order.document
    items = document.get("items") if isinstance(document, dict) else None
    held = items if isinstance(items, list) else [] if items is None else [items]
    for position, item in enumerate(held):
        yield _keyed(_row("Item", Seen(item, one.order.at), position=position), one)


def _tracking(one: OrderSeen) -> Iterator[Row]:
    for position, parcel in enumerate(one.tracking):
        yield _of_order("OrderTracking", parcel, one, position=position)


def _messages(one: OrderSeen) -> Iterator[Row]:
    for position, message in enumerate(one.messages):
        yield _keyed(_row("CaseMessage", message, position=position), one)


def _case(one: OrderSeen, case: Seen) -> Row:
    return _of_order("Case", case, one, without=("messages",))


def _of_order(model: str, seen: Seen, one: OrderSeen, *, without: tuple[str, ...] = (), **keys: Any) -> Row:
    """A row with the id that it was asked by; should it say another itself, that is kept among the extras."""
    own = seen.document.get(ORDER_ID) if isinstance(seen.document, dict) else None
    same = own is None or own == one.order_id
    row = _keyed(_row(model, seen, without=(*without, ORDER_ID), **keys), one)
    if not same:
        row[EXTRAS] = _with(row[EXTRAS], ORDER_ID, own)
    return row


def _keyed(row: Row, one: OrderSeen) -> Row:
    """The row of an order; an id that no column can hold stands among the extras."""
    if one.order_id is None or is_unicode(one.order_id):
        return {**row, ORDER_ID: one.order_id}
    return {**row, ORDER_ID: None, EXTRAS: _with(row[EXTRAS], ORDER_ID, one.order_id)}


def _with(extras: str | None, name: str, value: Any) -> str:
    told = f"{json_text(name)}:{json_text(value)}"
    return "{" + told + ("," + extras[1:] if extras else "}")


def _review(one: ReviewSeen) -> Row:
    row = _row("ReviewedItem", one.review)
    return row if one.form is None else {**row, FORM: json_text(one.form.document)}
