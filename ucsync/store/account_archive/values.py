"""The value that an answer holds, whatever it holds."""

import json
from decimal import Decimal
from typing import Any, Final

from ucsync.store.exact_json import NESTING_MAX, Broken, NoNumber, Whole, is_unicode, parse
from ucsync.ultracart.codec import decode_json

#: A number with more digits stays a Decimal: Python refuses to make an integer of thousands.
_INT_DIGITS_MAX: Final = 40


def read_value(body: bytes) -> Any:
    """What a body holds: dict, list, str, int, Decimal, bool or None.

    What is no JSON in the strict sense, but was taken for it, is read as far as it goes: half a surrogate
    pair stays in its text, NaN and the infinities become these words; of a name given twice the last counts.

    Args:
        body: that its reader has taken for JSON; empty is nothing.

    Raises:
        ValueError: it is none; the words hold nothing of it.
    """
    if not body.strip():
        return None
    try:
        return decode_json(body)
    except ValueError:
        return _plain(parse(body.decode("utf-8", "surrogateescape").removeprefix("\ufeff")))


def is_strict_json(body: bytes) -> bool:
    """Whether it can stand inside another JSON text as it is: in UTF-8, without NaN."""
    try:
        json.loads(body.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return True


def json_text(value: Any) -> str:
    """Compact JSON of what `read_value` gave, numbers by their digits; half a surrogate pair is escaped."""
    return _written(value, 0)


def _plain(value: Any) -> Any:
    if isinstance(value, NoNumber):
        return str(value)
    if isinstance(value, Whole):
        return int(value) if len(value) <= _INT_DIGITS_MAX else Decimal(value)
    if isinstance(value, Broken):
        return Decimal(value)
    if isinstance(value, tuple):
        return {name: _plain(held) for name, held in value}
    if isinstance(value, list):
        return [_plain(held) for held in value]
    return value


def _written(value: Any, depth: int) -> str:
    if depth > NESTING_MAX:
        return '"(nests too deep)"'
    if isinstance(value, dict):
        pairs = (f"{_quoted(name)}:{_written(held, depth + 1)}" for name, held in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_written(held, depth + 1) for held in value) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bool) or value is None:
        return {None: "null", True: "true", False: "false"}[value]
    return f"{value}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=not is_unicode(text))


def _refuse(_: str) -> Any:
    raise ValueError("not JSON")
