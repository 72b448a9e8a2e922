"""Columns brought to other types, as SQL: what is missing is null, what is not wanted is left out."""

from typing import Any, Final

import pyarrow as pa

_SCALARS: Final = {pa.string(): "VARCHAR", pa.bool_(): "BOOLEAN", pa.int32(): "INTEGER", pa.int64(): "BIGINT"}


def brought(value: str, held: Any, wanted: Any, depth: int = 0) -> str:
    """The expression for a value as one of another type.

    Args:
        value: the expression for it as it is.
        held: its type, None when there is none.
        wanted: the type; an instant without a time zone is one in UTC.
        depth: of lists around it.
    """
    if held is None:
        return f"NULL::{_type_name(wanted)}"
    if held.equals(wanted):
        return value
    if pa.types.is_struct(wanted) and pa.types.is_struct(held):
        packed = ", ".join(
            f"{quoted(field.name)} := "
            + brought(f"{value}.{quoted(field.name)}", type_in(held, field.name), field.type, depth)
            for field in wanted
        )
        return f"CASE WHEN {value} IS NOT NULL THEN struct_pack({packed}) END"
    if pa.types.is_list(wanted) and pa.types.is_list(held):
        item = f"item_{depth}"
        inner = brought(item, held.value_type, wanted.value_type, depth + 1)
        return value if inner == item else f"list_transform({value}, lambda {item}: {inner})"
    if pa.types.is_timestamp(wanted) and wanted.tz is None:
        return f"make_timestamp(epoch_us({value}))"
    return f"{value}::{_type_name(wanted)}"


def type_in(fields: Any, name: str) -> Any:
    """The type of a field of a schema or an object, None where there is none of this name."""
    place = fields.get_field_index(name)
    return None if place < 0 else fields.field(place).type


def quoted(name: str) -> str:
    """As SQL takes any name."""
    return '"' + name.replace('"', '""') + '"'


def _type_name(type_: Any) -> str:
    """As DuckDB calls it."""
    if pa.types.is_struct(type_):
        return f"STRUCT({', '.join(f'{quoted(field.name)} {_type_name(field.type)}' for field in type_)})"
    if pa.types.is_list(type_):
        return f"{_type_name(type_.value_type)}[]"
    if pa.types.is_decimal(type_):
        return f"DECIMAL({type_.precision}, {type_.scale})"
    if pa.types.is_timestamp(type_):
        return "TIMESTAMP" if type_.tz is None else "TIMESTAMPTZ"
    return _SCALARS[type_]
