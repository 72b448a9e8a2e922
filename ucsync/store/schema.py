"""The columns of a snapshot, made from the field table of a customer.

They have the API's own names, order and nesting. Money is a decimal of the width that warehouses
call NUMERIC, an instant is UTC in microseconds, and what has no declared shape is kept as JSON text.
"""

from hashlib import sha256
from typing import Final

import pyarrow as pa

from ucsync.ultracart.fields import Field, Kind, Model, read_model
from ucsync.ultracart.models import Customer

MODEL: Final = read_model(Customer)

OID: Final = "customer_profile_oid"
EMAIL: Final = "email"
EXTRAS: Final = "_extras"
OBSERVED_AT: Final = "_observed_at"
SCAN: Final = "_scan"

INSTANT: Final = pa.timestamp("us", tz="UTC")
NUMBER: Final = pa.decimal128(38, 9)

#: Fields that are sent and never answered; should a server answer one, it is not stored anywhere.
NEVER_STORED: Final = frozenset(name for name, field in MODEL.fields.items() if field.write_only)

_SCALARS: Final = {
    Kind.TEXT: pa.string(),
    Kind.INSTANT: INSTANT,
    Kind.INT32: pa.int32(),
    Kind.INT64: pa.int64(),
    Kind.NUMBER: NUMBER,
    Kind.FLAG: pa.bool_(),
    Kind.OPAQUE: pa.string(),
}


def columns_of(model: Model, opaque: pa.DataType) -> list[pa.Field]:
    """A column for each field of a model, without those that are never stored.

    Args:
        opaque: the type for values of any shape.
    """
    return [
        pa.field(name, _type_of(field, opaque))
        for name, field in model.fields.items()
        if not field.write_only
    ]


def _type_of(field: Field, opaque: pa.DataType) -> pa.DataType:
    if field.kind is Kind.ARRAY:
        return pa.list_(pa.field("item", _element_of(field.item or Kind.OBJECT, field.model, opaque)))
    return _element_of(field.kind, field.model, opaque)


def _element_of(kind: Kind, model: Model | None, opaque: pa.DataType) -> pa.DataType:
    if model is not None:
        return pa.struct(columns_of(model, opaque))
    return opaque if kind is Kind.OPAQUE else _SCALARS[kind]


def schema_id(schema: pa.Schema) -> str:
    """16 hex digits that change when a name, the order, the nesting or a type changes."""
    return sha256("\n".join(_lines("", schema)).encode()).hexdigest()[:16]


def _lines(path: str, fields: pa.Schema | pa.StructType) -> list[str]:
    """One line a leaf, in words of our own, so that another version of Arrow says the same."""
    return [line for field in fields for line in _leaves(f"{path}/{field.name}", field.type)]


def _leaves(path: str, type_: pa.DataType) -> list[str]:
    if pa.types.is_list(type_):
        return _leaves(f"{path}[]", type_.value_type)
    if pa.types.is_struct(type_):
        return _lines(path, type_)
    return [f"{path} {type_}"]


#: A row of a snapshot. `_extras` is a JSON object of the fields that this version does not know, by
#: their path, null when there is none; `_observed_at` when the row was read, `_scan` by which scan.
CUSTOMER: Final = pa.schema(
    [
        *columns_of(MODEL, pa.string()),
        pa.field(EXTRAS, pa.string()),
        pa.field(OBSERVED_AT, INSTANT),
        pa.field(SCAN, pa.string()),
    ]
)

SCHEMA_ID: Final = schema_id(CUSTOMER)
