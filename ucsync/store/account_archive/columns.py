"""The columns of an archive's tables, made from the field tables of the models.

They have the API's own names and order. Before them stands whose they are, and of what hangs on an order its
id; behind them what did not fit, and when the answer came. Kinds as in the lake's (`store.schema`); an
instant that the API has as text is UTC in microseconds here.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import pyarrow as pa

from ucsync.store.schema import EXTRAS, INSTANT, NUMBER, OBSERVED_AT, OID
from ucsync.ultracart.fields import Field, Form, Kind, Model
from ucsync.ultracart.my_account.models import MODELS

ORDER_ID: Final = "orderId"
POSITION: Final = "position"
#: The form a review was written on, as JSON text.
FORM: Final = "_form"

_SCALARS: Final = {
    Kind.TEXT: pa.string(),
    Kind.INSTANT: INSTANT,
    Kind.INT32: pa.int32(),
    Kind.INT64: pa.int64(),
    Kind.NUMBER: NUMBER,
    Kind.FLAG: pa.bool_(),
    Kind.OPAQUE: pa.string(),
}


def type_of(field: Field) -> pa.DataType:
    """Of the column of a field; of any shape is JSON text."""
    if field.kind is Kind.ARRAY:
        held = _struct(field.model) if field.model else _SCALARS[field.item or Kind.OPAQUE]
        return pa.list_(pa.field("item", held))
    if field.model is not None:
        return _struct(field.model)
    return INSTANT if field.form is Form.ISO else _SCALARS[field.kind]


def _struct(model: Model) -> pa.DataType:
    return pa.struct([pa.field(field.name, type_of(field)) for field in stored(model)])


def stored(model: Model, without: Iterable[str] = ()) -> list[Field]:
    """The fields of a model that have a column: all but those that are never answered."""
    left_out = frozenset(without)
    return [one for name, one in model.fields.items() if not one.write_only and name not in left_out]


def _table(
    model: str, *keys: pa.Field, without: Iterable[str] = (), more: Iterable[pa.Field] = ()
) -> pa.Schema:
    own = [pa.field(one.name, type_of(one)) for one in stored(MODELS[model], without)]
    ends = [*more, pa.field(EXTRAS, pa.string()), pa.field(OBSERVED_AT, INSTANT)]
    return pa.schema([pa.field(OID, pa.int64()), *keys, *own, *ends])


_OF_ORDER: Final = pa.field(ORDER_ID, pa.string())
_PLACE: Final = pa.field(POSITION, pa.int32())

#: Fields of an order that are tables of their own.
APART: Final = frozenset({"items", "orderCase"})

#: Every table by its name, which is that of its file.
TABLES: Final[Mapping[str, pa.Schema]] = {
    "account": _table("MyAccount"),
    "shipping_addresses": _table("Address"),
    "billing_addresses": _table("Address"),
    "credit_cards": _table("CreditCard"),
    "orders": _table("Order", without=APART),
    "order_items": _table("Item", _OF_ORDER, _PLACE),
    "tracking": _table("OrderTracking", _OF_ORDER, _PLACE, without=[ORDER_ID]),
    "cases": _table("Case", _OF_ORDER, without=[ORDER_ID, "messages"]),
    "case_messages": _table("CaseMessage", _OF_ORDER, _PLACE),
    "reviews": _table("ReviewedItem", more=[pa.field(FORM, pa.string())]),
    "not_reviewed_yet": _table("NotReviewedItem"),
    "wishlist": _table("WishlistItem"),
}
