"""What a single value may be: exact for its column, or refused with a reason that does not show it."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Any, Final, NoReturn

from ucsync.store.exact_json import NOT_UNICODE, Broken, NoNumber, Whole, is_unicode, unparse
from ucsync.ultracart.fields import Kind

ScalarReader = Callable[[Any], Any]


class Wrong(Exception):
    """A value that cannot be stored exactly.

    Attributes:
        problem: what is wrong with it, in words that do not show it.
        place: its path, "" as long as that is not known.
    """

    def __init__(self, problem: str, place: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.place = place


_KINDS: Final = {
    type(None): "null",
    bool: "true or false",
    str: "a string",
    Whole: "a number",
    Broken: "a number",
    NoNumber: "NaN or an infinity",
    list: "a list",
    tuple: "an object",
}


def refuse(value: object, wanted: str) -> NoReturn:
    """Raises `Wrong` for a value of another kind than wanted."""
    raise Wrong(f"{_KINDS[type(value)]}, not {wanted}")


def read_text(value: Any) -> str:
    """Of a string."""
    if type(value) is not str:
        refuse(value, Kind.TEXT.value)
    if not is_unicode(value):
        raise Wrong(NOT_UNICODE)
    return value


def _flag(value: Any) -> bool:
    if type(value) is not bool:
        refuse(value, Kind.FLAG.value)
    return value


_INT_DIGITS_MAX: Final = 20  # a sign and the digits of 2^63; Python refuses to read thousands


def read_int32(value: Any) -> int:
    """Of a number without point or exponent."""
    return _integer(value, Kind.INT32, 2**31)


def _int64(value: Any) -> int:
    return _integer(value, Kind.INT64, 2**63)


def _integer(value: Any, kind: Kind, bound: int) -> int:
    if type(value) is Broken:
        raise Wrong(f"a number with a point or an exponent, not {kind.value}")
    if type(value) is not Whole:
        refuse(value, kind.value)
    number = int(value) if len(value) <= _INT_DIGITS_MAX else bound
    if not -bound <= number < bound:
        raise Wrong(f"a number too large for {kind.value}")
    return number


_EXACT: Final = Context(prec=38, traps=[Inexact, InvalidOperation])
_NUMBER_STEP: Final = Decimal("1e-9")


def _number(value: Any) -> Decimal:
    if type(value) is not Broken and type(value) is not Whole:
        refuse(value, Kind.NUMBER.value)
    try:
        return Decimal(value, _EXACT).quantize(_NUMBER_STEP, context=_EXACT)
    except Inexact:
        problem = "a number with more than 9 digits after the point"
    except InvalidOperation:
        problem = "a number with more than 29 digits before the point"
    raise Wrong(problem)


_ISO: Final = re.compile(
    r"(\d{4}-\d\d-\d\d[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)"
    r"(?:\.(\d+))?"
    r"(Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)",
    re.ASCII,
)
_NO_INSTANT: Final = "a string that is no ISO-8601 instant with an offset"


def _instant(value: Any) -> datetime:
    if type(value) is not str:
        refuse(value, Kind.INSTANT.value)
    parts = _ISO.fullmatch(value)
    if parts is None:
        raise Wrong(_NO_INSTANT)
    clock, fraction, offset = parts.groups()
    if fraction is None:
        return _utc(clock + offset)
    if fraction[6:].strip("0"):
        raise Wrong("an instant finer than a microsecond")
    return _utc(f"{clock}.{fraction[:6]:0<6}{offset}")


def _utc(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        problem = _NO_INSTANT  # the 30th of February
    except OverflowError:
        problem = "an instant outside the years 1 to 9999 of UTC"
    raise Wrong(problem)


def _opaque(value: Any) -> str:
    if type(value) is not tuple:
        refuse(value, Kind.OPAQUE.value)
    return as_json(value)


def as_json(value: Any) -> str:
    """JSON text of a value of any shape, numbers by their digits."""
    try:
        return unparse(value)
    except ValueError as fault:  # its words hold nothing of the value
        raise Wrong(str(fault)) from None


#: How the value of each kind is read that is neither an object nor a list; null has been seen to. Each
#: takes what `exact_json.parse` gives, returns what Arrow takes unchanged, and raises `Wrong`.
SCALARS: Final[Mapping[Kind, ScalarReader]] = {
    Kind.TEXT: read_text,
    Kind.INSTANT: _instant,
    Kind.INT32: read_int32,
    Kind.INT64: _int64,
    Kind.NUMBER: _number,
    Kind.FLAG: _flag,
    Kind.OPAQUE: _opaque,
}
