"""Whether a JSON value fits a model: strictly by kind when answered, with all bounds when sent.

Nothing is coerced. A path in a fault is made of field names and positions, never of values.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from ucsync.model import parse_instant
from ucsync.ultracart.fields import Field, Kind, Model

INT32: Final = (-(2**31), 2**31 - 1)
INT64: Final = (-(2**63), 2**63 - 1)
_FIELD_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that does not fit: `path` as `billing[0].city`, `problem` in words."""

    path: str
    problem: str


def answer_faults(model: Model, value: object, path: str) -> Iterator[Fault]:
    """What in an answer is not of the kind that the model declares.

    Null counts as absent, unknown keys are let through: models allow additional properties (§2.3).
    """
    if not isinstance(value, dict):
        yield Fault(path, f"expected an object, found {_kind_found(value)}")
        return
    fields = model.fields
    for name, held in value.items():
        field = fields.get(name)
        if field is not None and held is not None and not _is_of_kind(field.kind, held):
            yield from _answer_field_faults(field, held, f"{path}.{name}")


def body_faults(model: Model, value: object, path: str) -> Iterator[Fault]:
    """What in a body must not be sent: kinds, lengths, ranges, choices, names not in the model."""
    if not isinstance(value, dict):
        yield Fault(path, f"expected an object, found {_kind_found(value)}")
        return
    for name, held in value.items():
        field = model.fields.get(name) if isinstance(name, str) else None
        if field is None:
            yield Fault(path, f"{model.name} has no field {shown_name(name)}")
        elif held is not None:
            yield from value_faults(field, held, f"{path}.{name}")


def value_faults(field: Field, value: object, path: str) -> Iterator[Fault]:
    """What is wrong with sending `value` (not None) as `field`."""
    if field.kind is Kind.ARRAY:
        yield from _list_faults(field, value, path)
    elif field.model is not None:
        yield from body_faults(field.model, value, path)
    elif field.kind is Kind.OPAQUE and not _is_json(value):
        yield Fault(path, "holds what JSON cannot carry")
    elif (problem := scalar_problem(field, value)) is not None:
        yield Fault(path, problem)


def scalar_problem(field: Field, value: object) -> str | None:
    """What is wrong with one scalar that is to be sent, or None."""
    if not _is_of_kind(field.kind, value):
        mend = ", money as Decimal" if isinstance(value, float) else ""
        return f"expected {field.kind.value}{mend}, found {_kind_found(value)}"
    if isinstance(value, str):
        return _text_problem(field, value)
    if isinstance(value, Decimal) and not value.is_finite():
        return "not a finite number"
    return _bounds_problem(field, value) if isinstance(value, (int, Decimal)) else None


def _bounds_problem(field: Field, value: int | Decimal) -> str | None:
    low, high = INT32 if field.kind is Kind.INT32 else INT64
    if isinstance(value, int) and not low <= value <= high:
        return f"outside {low} to {high}"
    least, most = field.minimum, field.maximum
    if (least is not None and value < least) or (most is not None and value > most):
        return f"outside {least} to {most}"
    return None


def _is_json(value: object) -> bool:
    """Whether a value of any shape can be sent as it is, without being turned into something else."""
    if isinstance(value, dict):
        return all(type(name) is str and _is_json(held) for name, held in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, Decimal):
        return value.is_finite()
    return value is None or type(value) in (str, int, bool)


def text_length(text: str) -> int:
    """Length in UTF-16 units, the stricter reading of a declared length."""
    return len(text) + sum(character > "\uffff" for character in text)


def _text_problem(field: Field, text: str) -> str | None:
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        return "holds half a surrogate pair, which no encoding can carry"
    if field.max_length is not None and text_length(text) > field.max_length:
        return f"longer than {field.max_length} characters ({text_length(text)})"
    if field.min_length is not None and 0 < text_length(text) < field.min_length:
        return f"shorter than {field.min_length} characters ({text_length(text)})"
    if field.choices and text not in field.choices:
        return f"not one of {', '.join(field.choices)}"
    if field.kind is Kind.INSTANT:
        try:
            parse_instant(text)
        except ValueError:
            return "not an ISO-8601 instant with an offset, e.g. 2026-11-22T03:15:00+00:00"
    return None


def _list_faults(field: Field, value: object, path: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(path, f"expected a list, found {_kind_found(value)}")
        return
    element = Field(field.name, field.item or Kind.OPAQUE, model=field.model)
    for position, held in enumerate(value):
        if held is None:
            yield Fault(f"{path}[{position}]", "null in a list")
        else:
            yield from value_faults(element, held, f"{path}[{position}]")


def _answer_field_faults(field: Field, value: Any, path: str) -> Iterator[Fault]:
    """Faults of a value whose kind is not plainly right: a structure, or a wrong kind."""
    if field.kind is Kind.OBJECT and field.model is not None:
        yield from answer_faults(field.model, value, path)
    elif field.kind is Kind.ARRAY and isinstance(value, list):
        for position, held in enumerate(value):
            where = f"{path}[{position}]"
            if field.model is not None:
                yield from answer_faults(field.model, held, where)
            elif not _is_of_kind(field.item or Kind.OPAQUE, held):
                yield Fault(where, f"expected {(field.item or Kind.OPAQUE).value}")
    else:
        yield Fault(path, f"expected {field.kind.value}, found {_kind_found(value)}")


_PYTHON_TYPES: Final[dict[Kind, tuple[type, ...]]] = {
    Kind.TEXT: (str,),
    Kind.INSTANT: (str,),
    Kind.INT32: (int,),
    Kind.INT64: (int,),
    Kind.NUMBER: (Decimal, int),
    Kind.FLAG: (bool,),
    Kind.OPAQUE: (dict,),
    Kind.OBJECT: (),
    Kind.ARRAY: (),
}


def _is_of_kind(kind: Kind, value: object) -> bool:
    # `type`, not `isinstance`: True is an int to Python, and a str subclass may render differently
    return type(value) in _PYTHON_TYPES[kind]


def _kind_found(value: object) -> str:
    names: dict[type, str] = {
        str: "a string", int: "an integer", Decimal: "a number with a fraction", bool: "true or false",
        list: "a list", dict: "an object", type(None): "null", float: "a float",
    }  # fmt: skip
    return names.get(type(value), f"a {type(value).__name__}")


def shown_name(name: object) -> str:
    """A name that nobody knows, as it may be shown: only if it has the form of a field name."""
    known_form = isinstance(name, str) and _FIELD_NAME.fullmatch(name)
    return f"{name!r}" if known_form else "of that name (not shown: it is no field name)"
