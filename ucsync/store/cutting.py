"""A page of customers cut into rows, and a first look at whether anything on it is odd."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from ucsync.model import StorageFailed
from ucsync.store.exact_json import Broken
from ucsync.store.schema import MODEL
from ucsync.ultracart.fields import Field, Kind, Model
from ucsync.ultracart.listing import split_rows

Rows = Sequence[bytes | msgspec.Raw]


class _Number:
    """Stands for a number that Arrow reads exactly or refuses."""


_SAFE_NUMBER: Final = re.compile(r"-?\d{1,17}(?:\.\d{1,17})?(?:[eE][+-]?\d)?", re.ASCII)
_SAFE_WHOLE: Final = 10**17
_SHORT: Final = 17
_NUMBER: Final = _Number()


def _safe_number(_: type, value: object) -> _Number:
    """Beyond these lengths Arrow's reader counts modulo 2^128 or reads past its table of powers of ten
    (observed: 355208026567562175000162742355 became a negative number, 7.7E-20 became 0)."""
    if type(value) is int and -_SAFE_WHOLE < value < _SAFE_WHOLE:
        return _NUMBER
    if type(value) is Broken and (_is_short(value) or _SAFE_NUMBER.fullmatch(value)):
        return _NUMBER
    raise ValueError("odd")


def _is_short(number: str) -> bool:
    """Nearly every number there is; seen faster than by the pattern, which it fits."""
    return len(number) <= _SHORT and "e" not in number and "E" not in number


#: What a look takes: an aware instant, and a number. Text of digits, an instant without a zone are odd.
_LOOKS: Final[dict[Kind, Any]] = {
    Kind.INSTANT: Annotated[datetime, msgspec.Meta(tz=True)],
    Kind.NUMBER: _Number,
}


def _look_at(model: Model) -> type[msgspec.Struct] | None:
    """A type that takes the objects of a model and looks at no more than what Arrow is lax about; None
    when there is nothing to look at."""
    looks = {name: _look_for(field) for name, field in model.fields.items()}
    members = [(name, look | None, None) for name, look in looks.items() if look is not None]
    return msgspec.defstruct(model.name, members, gc=False) if members else None


def _look_for(field: Field) -> Any:
    if field.model is None:
        return _LOOKS.get(field.kind)
    look = _look_at(field.model)
    if look is None or field.kind is Kind.OBJECT:
        return look
    return list[look | None]  # type: ignore[valid-type]  # made from the field table at import


class _Cut(msgspec.Struct):
    customers: list[msgspec.Raw] | None = None


_CUT: Final = msgspec.json.Decoder(_Cut)
_LOOK: Final = msgspec.json.Decoder(
    msgspec.defstruct("Look", [("customers", list[_look_at(MODEL)] | None, None)], gc=False),  # type: ignore[misc]  # the same
    dec_hook=_safe_number,
    float_hook=Broken,
)


def is_plain(body: bytes) -> bool:
    """Whether a page holds none of the things that Arrow's reader takes for something else, or dies of:
    a quoted number, one of many digits, an instant without an offset, a row that is no object. Such a
    page is one JSON value, too, but may still hold anything that Arrow itself refuses.
    """
    try:
        _LOOK.decode(body)
    except (ValueError, RecursionError):  # msgspec's own errors are ValueErrors
        return False
    return True


def cut(body: bytes) -> Rows:
    """The text of each customer on a page, byte for byte, whatever it holds.

    Raises:
        StorageFailed: it is no page of customers; it was one when it was staged.
    """
    try:
        return _CUT.decode(body).customers or []
    except (ValueError, RecursionError):
        pass  # not JSON as it should be: NaN, half a surrogate pair, or damage
    try:
        return split_rows(body)
    except ValueError:
        raise StorageFailed("a staged page is no page of customers any more") from None
