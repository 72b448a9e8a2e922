"""An archive beside the truth of the sandbox's portal, field by field, in JSON and in tables."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.flow.account.reading import listed, received, rows
from ucsync.ultracart.codec import encode_json
from ucsync.ultracart.fields import Field, Form, Kind, Model
from ucsync.ultracart.my_account.models import MODELS

Document = dict[str, Any]

#: Columns that are ours.
_OURS: Final = {"customer_profile_oid", "position", "_extras", "_observed_at", "_form"}


def plain(value: Any) -> Any:
    """A truth as JSON would bring it."""
    return json.loads(encode_json(value), parse_float=Decimal)


def differences(out: Path, truth: Document, oid: int) -> list[str]:
    """What is not as in the truth, in words; nothing when all is."""
    told = plain(truth)
    return [*_received(out, told), *_tables(out, told, oid)]


def _received(out: Path, truth: Document) -> Iterator[str]:
    whole = {
        "getShippingAddresses": "shippingAddresses", "getBillingAddresses": "billingAddresses",
        "getCreditCards": "creditCards", "getNotReviewedYet": "notReviewedYet", "getWishlist": "wishlist",
    }  # fmt: skip
    yield from _same("getSettings", received(out, "getSettings")[0]["body"], truth["account"])
    for operation, name in whole.items():
        yield from _same(operation, listed(out, operation), truth[name])
    yield from _same("getOrders", listed(out, "getOrders"), [one["order"] for one in truth["orders"]])
    yield from _same("getReviews", listed(out, "getReviews"), [one["review"] for one in truth["reviews"]])
    of_each = {
        "getOrderTracking": [one["tracking"] for one in truth["orders"] if one["order"]["trackingNumbers"]],
        "getOrderCase": [one["case"] for one in truth["orders"] if one["case"]],
        "getOrderCaseMessages": [one["case"]["messages"] for one in truth["orders"] if one["case"]],
        "getReview": [one["form"] for one in truth["reviews"]],
    }
    for operation, bodies in of_each.items():
        found = [one["body"] for one in received(out, operation)] if bodies else []
        yield from _same(operation, found, bodies)


def _tables(out: Path, truth: Document, oid: int) -> Iterator[str]:
    orders = truth["orders"]
    cases = [one["case"] for one in orders if one["case"]]
    ids = [one["order"]["orderId"] for one in orders]
    yield from _table(out, oid, "account", "MyAccount", [truth["account"]])
    yield from _table(out, oid, "shipping_addresses", "Address", truth["shippingAddresses"])
    yield from _table(out, oid, "billing_addresses", "Address", truth["billingAddresses"])
    yield from _table(out, oid, "credit_cards", "CreditCard", truth["creditCards"])
    yield from _table(out, oid, "orders", "Order", [one["order"] for one in orders])
    items = [
        {"orderId": one["order"]["orderId"], "position": place, **item}
        for one in orders
        for place, item in enumerate(one["order"]["items"])
    ]
    yield from _table(out, oid, "order_items", "Item", items, "orderId", "position")
    yield from _table(
        out, oid, "tracking", "OrderTracking", [row for one in orders for row in one["tracking"]]
    )
    yield from _table(out, oid, "cases", "Case", cases)
    said = [
        {"orderId": one["case"]["orderId"], "position": place, **message}
        for one in orders
        if one["case"]
        for place, message in enumerate(one["case"]["messages"])
    ]
    yield from _table(out, oid, "case_messages", "CaseMessage", said, "orderId", "position")
    yield from _table(out, oid, "reviews", "ReviewedItem", [one["review"] for one in truth["reviews"]])
    yield from _table(out, oid, "not_reviewed_yet", "NotReviewedItem", truth["notReviewedYet"])
    yield from _table(out, oid, "wishlist", "WishlistItem", truth["wishlist"])
    forms = [json.loads(row["_form"], parse_float=Decimal) for row in rows(out, "reviews")]
    yield from _same("_form", forms, [one["form"] for one in truth["reviews"]])
    if len(ids) != len(set(ids)):
        yield "the truth has an order twice"


def _table(
    out: Path, oid: int, name: str, model: str, documents: list[Document], *keys: str
) -> Iterator[str]:
    found = rows(out, name)
    if len(found) != len(documents):
        yield f"{name}: {len(found)} rows of {len(documents)}"
        return
    for number, (row, document) in enumerate(zip(found, documents, strict=True)):
        if row["customer_profile_oid"] != oid or row["_extras"] is not None:
            yield f"{name}[{number}]: whose it is, or extras"
        columns = row.keys() - _OURS
        for column in (*columns, *keys):
            expected = document.get(column)
            if column not in keys:
                expected = _cell(expected, MODELS[model], column)
            if row[column] != expected:
                yield f"{name}[{number}].{column}"
        apart = {"items", "orderCase", "messages", "password"}
        missing = {key for key, value in document.items() if value is not None} - columns - apart - {*keys}
        if missing:
            yield f"{name}[{number}]: no columns {missing}"


def _cell(value: Any, model: Model, column: str) -> Any:
    field = model.fields.get(column)
    if field is None or value is None:
        return value
    return _held(value, field)


def _held(value: Any, field: Field) -> Any:
    if field.kind is Kind.ARRAY:
        element = Field(
            field.name, Kind.OBJECT if field.model else field.item or Kind.OPAQUE, model=field.model
        )
        return [None if one is None else _held(one, element) for one in value]
    if field.model is not None:
        return {
            one.name: None if value.get(one.name) is None else _held(value[one.name], one)
            for one in field.model.fields.values()
        }
    if field.form is Form.ISO:
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo("America/New_York"))).astimezone(UTC)
    if field.kind is Kind.OPAQUE:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Decimal(value) if field.kind is Kind.NUMBER else value


def _same(what: str, found: Any, expected: Any) -> Iterable[str]:
    if found == expected:
        return []
    if isinstance(found, list) and isinstance(expected, list):
        if len(found) != len(expected):
            return [f"{what}: {len(found)} of {len(expected)}"]
        return [
            f"{what}[{place}]"
            for place, both in enumerate(zip(found, expected, strict=True))
            if both[0] != both[1]
        ]
    return [what]
