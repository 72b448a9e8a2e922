"""The columns of a snapshot."""

import pyarrow as pa
import pytest

from ucsync.store.schema import CUSTOMER, SCHEMA_ID, schema_id
from ucsync.ultracart.fields import Field, Kind, Model
from ucsync.ultracart.models import MODELS

TYPES = {
    Kind.TEXT: "string",
    Kind.INSTANT: "timestamp[us, tz=UTC]",
    Kind.INT32: "int32",
    Kind.INT64: "int64",
    Kind.NUMBER: "decimal128(38, 9)",
    Kind.FLAG: "bool",
    Kind.OPAQUE: "string",
}


def fits(field: Field, type_: pa.DataType) -> bool:
    if field.kind is Kind.ARRAY:
        assert pa.types.is_list(type_)
        element = type_.value_type
        return (
            follows(field.model, element) if field.model else str(element) == TYPES[field.item or Kind.TEXT]
        )
    return follows(field.model, type_) if field.model else str(type_) == TYPES[field.kind]


def follows(model: Model, type_: pa.StructType) -> bool:
    assert [field.name for field in type_] == list(model.fields)
    return all(fits(field, type_.field(name).type) for name, field in model.fields.items())


def test_a_customer_keeps_the_names_the_order_and_the_nesting_of_the_api() -> None:
    fields = {name: field for name, field in MODELS["Customer"].fields.items() if name != "password"}
    assert CUSTOMER.names == [*fields, "_extras", "_observed_at", "_scan"]
    for name, field in fields.items():
        assert fits(field, CUSTOMER.field(name).type), name


def test_what_has_no_declared_shape_is_json_text() -> None:
    assert CUSTOMER.field("orders").type == pa.list_(pa.field("item", pa.string()))
    assert [str(CUSTOMER.field(name).type) for name in ("_extras", "_observed_at", "_scan")] == [
        "string", "timestamp[us, tz=UTC]", "string",
    ]  # fmt: skip


def test_a_password_has_no_column() -> None:
    assert "password" not in CUSTOMER.names


def test_the_same_columns_have_the_same_id_in_every_version_of_arrow() -> None:
    """Another id makes every lake rewrite its parts: change this line only together with the columns."""
    assert SCHEMA_ID == "6b933144c5b963c5"


@pytest.mark.parametrize(
    "other",
    [
        pa.schema([*CUSTOMER, pa.field("further", pa.string())]),
        pa.schema(list(CUSTOMER)[1:]),
        pa.schema(list(reversed(CUSTOMER))),
        CUSTOMER.set(1, pa.field("affiliate_oid", pa.int64())),
        CUSTOMER.set(1, pa.field("affiliate", pa.int32())),
        CUSTOMER.set(0, pa.field("activity", pa.struct(list(CUSTOMER.field(0).type)[1:]))),
        CUSTOMER.set(0, pa.field("activity", pa.list_(CUSTOMER.field(0).type))),
    ],
)
def test_other_columns_have_another_id(other: pa.Schema) -> None:
    assert schema_id(other) != SCHEMA_ID
