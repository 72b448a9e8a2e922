"""JSON read so that nothing of it is lost: numbers by their digits, names given twice, stray bytes.

Slower than a decoder that makes Python's own values of it, and so only for rows that need the care.
"""

import json
import re
from collections.abc import Set as AbstractSet
from typing import Any, Final

#: Deeper values are refused, long before Python's own limit, so that it does not depend on the caller.
NESTING_MAX: Final = 100
TOO_DEEP: Final = f"nests deeper than {NESTING_MAX} levels"
NOT_UNICODE: Final = "text that is not Unicode"


class Whole(str):
    """The digits of a number without point or exponent."""

    __slots__ = ()


class Broken(str):
    """The digits of a number with a point or an exponent."""

    __slots__ = ()


class NoNumber(str):
    """NaN, Infinity or -Infinity, which JSON does not have."""

    __slots__ = ()


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=tuple, parse_int=Whole, parse_float=Broken, parse_constant=NoNumber
)


def parse(text: str) -> Any:
    """The value that `text` holds: an object as a tuple of pairs in their order, a list as a list, a
    number as `Whole`, `Broken` or `NoNumber`, the rest as Python's own.

    Raises:
        ValueError: it is no JSON, or nests too deep; the words hold nothing of it.
    """
    try:
        return _DECODER.decode(text)
    except RecursionError:
        problem = TOO_DEEP
    except ValueError:
        problem = "not JSON"
    raise ValueError(problem)


def is_unicode(text: str) -> bool:
    """Whether it can be written as UTF-8: it holds no half of a surrogate pair and no stray byte."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def unparse(value: Any, depth: int = 0) -> str:
    """JSON of a value that `parse` gave, compact, numbers by their digits.

    Raises:
        ValueError: JSON cannot say it; the words hold nothing of it.
    """
    if depth > NESTING_MAX:
        raise ValueError(TOO_DEEP)
    if isinstance(value, NoNumber):
        raise ValueError("holds NaN or an infinity")
    if isinstance(value, Whole | Broken):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, tuple):
        return "{" + ",".join(f"{quoted(name)}:{unparse(held, depth + 1)}" for name, held in value) + "}"
    if isinstance(value, list):
        return "[" + ",".join([unparse(held, depth + 1) for held in value]) + "]"
    return {None: "null", True: "true", False: "false"}[value]


def quoted(text: str) -> str:
    """A JSON string.

    Raises:
        ValueError: it is not Unicode.
    """
    if not is_unicode(text):
        raise ValueError(NOT_UNICODE)
    return json.dumps(text, ensure_ascii=False)


_SPACE: Final = re.compile(r"[ \t\n\r]*")


def blank_out(text: str, names: AbstractSet[str]) -> str:
    """The text of an object with null for what these names hold at its top level, else as it came.

    Args:
        text: of an object that `parse` takes.
    """
    kept, done = [], 0
    at = _skip(text, text.index("{") + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, end = _DECODER.raw_decode(text, start)
        if name in names:
            kept += [text[done:start], "null"]
            done = end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
    return "".join([*kept, text[done:]])


def _skip(text: str, at: int) -> int:
    """Where the next token begins."""
    space = _SPACE.match(text, at)
    return space.end() if space else at
