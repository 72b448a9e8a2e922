"""JSON to values and back, strictly: numbers with a fraction are Decimal, from their digits."""

import json
from decimal import Decimal
from typing import Any

import msgspec

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
_ENCODER = msgspec.json.Encoder(decimal_format="number")


def decode_json(body: bytes) -> Any:
    """The value that `body` holds: dict, list, str, int, Decimal, bool or None.

    Raises:
        ValueError: it is not one complete JSON value in UTF-8, or nests too deep.
    """
    try:
        return _DECODER.decode(body)
    except RecursionError:
        problem = "JSON that nests too deep"
    except (ValueError, ArithmeticError):  # msgspec's own are ValueErrors; their texts are not shown
        problem = "not JSON"
    raise ValueError(problem)


def decode_cut_json(body: bytes) -> Any:
    """As `decode_json`, but a text may hold half a surrogate pair: what is left of an emoji where a server
    that counts in UTF-16 has cut a text.

    Raises:
        ValueError: likewise.
    """
    try:
        return decode_json(body)
    except ValueError:
        if b"\\u" not in body:
            raise
    try:
        return json.loads(body.decode(), parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, ArithmeticError, RecursionError):
        problem = "not JSON"
    raise ValueError(problem)


def _refuse(_: str) -> Any:
    raise ValueError("not JSON")


def encode_json(value: object) -> bytes:
    """`value` as JSON in UTF-8; the value has been checked against its model before."""
    return _ENCODER.encode(value)
