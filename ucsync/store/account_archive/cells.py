"""From a value of an answer to cells of a row: exact in its column, or among what did not fit.

Nothing is coerced and nothing is lost: of a value that is not of its field's kind the column is null, and the
value stands in `_extras` under its path, as does what the model does not know. A text `"12"` in a number's
place is such a value; so is a number of more digits than a decimal holds.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, Final

from ucsync.store.account_archive.columns import stored
from ucsync.store.account_archive.values import json_text
from ucsync.store.exact_json import is_unicode
from ucsync.ultracart.fields import Field, Form, Kind, Model
from ucsync.ultracart.my_account.dates import parse_iso

#: By path, with the value as JSON text.
Extras = dict[str, str]

_INT_BOUNDS: Final = {Kind.INT32: 2**31, Kind.INT64: 2**63}
_EXACT: Final = Context(prec=38, traps=[Inexact, InvalidOperation])
_NUMBER_STEP: Final = Decimal("1e-9")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


class _Unfit(Exception):
    """A value that its column cannot hold exactly."""


def read_row(value: Any, model: Model, extras: Extras, without: Iterable[str] = ()) -> dict[str, Any]:
    """The columns of one object.

    Args:
        value: as `values.read_value` gave it; one that is no object goes to the extras whole.
        model: whose fields are columns.
        extras: gets what does not fit.
        without: fields that others store.
    """
    if not isinstance(value, dict):
        extras[""] = json_text(value)
        return {}
    never = (one.name for one in model.fields.values() if one.write_only)
    passed = frozenset((*without, *never))
    return _fields(value, {one.name: one for one in stored(model, passed)}, passed, "", extras)


def extras_text(extras: Extras) -> str | None:
    """For the column `_extras`; None where everything fitted."""
    if not extras:
        return None
    return "{" + ",".join(f"{json_text(path)}:{text}" for path, text in extras.items()) + "}"


def _fields(
    value: dict[str, Any], fields: dict[str, Field], passed: frozenset[str], path: str, extras: Extras
) -> dict[str, Any]:
    held: dict[str, Any] = {}
    for name, own in value.items():
        if name in passed:
            continue
        place = _place(path, name)
        field = fields.get(name)
        if field is None:
            extras[place] = json_text(own)
        elif own is not None:
            held[name] = _cell(own, field, place, extras)
    return held


def _cell(value: Any, field: Field, place: str, extras: Extras) -> Any:
    try:
        if field.kind is Kind.ARRAY:
            return _list(value, field, place, extras)
        if field.model is not None:
            return _object(value, field.model, place, extras)
        return _scalar(value, field.kind, field.form)
    except _Unfit:
        extras[place] = json_text(value)
        return None


def _object(value: Any, model: Model, place: str, extras: Extras) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _Unfit
    return _fields(value, {one.name: one for one in stored(model)}, frozenset(), place, extras)


def _list(value: Any, field: Field, place: str, extras: Extras) -> list[Any]:
    if not isinstance(value, list):
        raise _Unfit
    element = Field(field.name, Kind.OBJECT if field.model else field.item or Kind.OPAQUE, model=field.model)
    return [
        None if held is None else _cell(held, element, f"{place}[{number}]", extras)
        for number, held in enumerate(value)
    ]


def _scalar(value: Any, kind: Kind, form: Form | None) -> Any:
    if form is Form.ISO:
        return _instant(value)
    if kind is Kind.OPAQUE:
        return json_text(value) if isinstance(value, dict) else _refuse()
    if kind is Kind.NUMBER:
        return _number(value)
    if kind in _INT_BOUNDS:
        bound = _INT_BOUNDS[kind]
        return value if type(value) is int and -bound <= value < bound else _refuse()
    if kind is Kind.FLAG:
        return value if type(value) is bool else _refuse()
    return value if type(value) is str and is_unicode(value) else _refuse()


def _number(value: Any) -> Decimal:
    if type(value) is not int and type(value) is not Decimal:
        raise _Unfit
    try:
        return Decimal(str(value), _EXACT).quantize(_NUMBER_STEP, context=_EXACT)
    except (Inexact, InvalidOperation):
        raise _Unfit from None


def _instant(value: Any) -> datetime:
    if type(value) is not str:
        raise _Unfit
    try:
        return parse_iso(value)
    except ValueError:
        raise _Unfit from None


def _refuse() -> Any:
    raise _Unfit


def _place(path: str, name: str) -> str:
    """`items[0].itemId`; a name that could be mistaken for a path stands in brackets and quotes."""
    if _PLAIN.fullmatch(name):
        return f"{path}.{name}" if path else name
    return f"{path}[{json_text(name)}]"
