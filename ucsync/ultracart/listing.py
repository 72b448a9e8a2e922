"""A quick look at a page of customers: who is on it and what it says of itself, the rest left as it came.

A bulk read needs every page raw and of each row only what tells rows apart. Decoding no more than that
costs a twentieth of decoding all of it, and a row with a value that no JSON parser takes (NaN, half a
surrogate pair) does not spoil the page for the others: it is looked at by a slower way.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import msgspec

INT32_MAX: Final = 2**31 - 1
_INT_DIGITS_MAX: Final = 40


def _oid_or_none(found: object) -> int | None:
    return found if type(found) is int and 1 <= found <= INT32_MAX else None


class RowKey(msgspec.Struct, frozen=True, gc=False):
    """What tells one row of a page from another, and an unchanged one from a changed one; as it came."""

    customer_profile_oid: Any = None
    email: Any = None
    last_modified_dts: Any = None
    merchant_id: Any = None

    @property
    def oid(self) -> int | None:
        """The oid, None when it is not one."""
        return _oid_or_none(self.customer_profile_oid)

    def __repr__(self) -> str:
        return f"RowKey(oid={self.oid})"  # the rest is personal data


@dataclass(frozen=True)
class Listing:
    """A page as a walk over a list sees it. What the server did not say is None (fact sheet §2.5)."""

    rows: Sequence[RowKey]
    offset: int | None = None
    limit: int | None = None
    count: int | None = None
    more: bool | None = None
    total: int | None = None
    server_time: datetime | None = None

    @cached_property
    def oids(self) -> list[int]:
        """Of its rows, in their order; those that have none are left out."""
        return [oid for oid in self.oid_or_none if oid is not None]

    @cached_property
    def oid_or_none(self) -> list[int | None]:
        """Of its rows, one by one."""
        return [_oid_or_none(row.customer_profile_oid) for row in self.rows]


def listing_of(
    rows: Sequence[RowKey], result_set: Mapping[str, Any], server_time: datetime | None
) -> Listing:
    """A page from its rows and what its `metadata.result_set` says."""
    return Listing(
        rows=rows,
        offset=result_set.get("offset"),
        limit=result_set.get("limit"),
        count=result_set.get("count"),
        more=result_set.get("more"),
        total=result_set.get("total_records"),
        server_time=server_time,
    )


class _Envelope(msgspec.Struct):
    customers: list[RowKey] | None = None
    success: Any = msgspec.UNSET
    error: Any = None
    warning: Any = None
    metadata: Any = None


_DECODER = msgspec.json.Decoder(_Envelope, float_hook=Decimal)


def look_at(body: bytes) -> dict[str, Any]:
    """The envelope of a page, its `customers` a list of `RowKey`.

    Args:
        body: of an answer of getCustomers or getCustomersByQuery.

    Raises:
        ValueError: it is not one JSON object, not even a lenient one.
    """
    try:
        found = _DECODER.decode(body)
    except (ValueError, RecursionError):  # msgspec's own errors are ValueErrors
        return _look_closer(body)
    envelope = {
        "customers": found.customers,
        "error": found.error,
        "warning": found.warning,
        "metadata": found.metadata,
    }
    kept = {name: held for name, held in envelope.items() if held is not None}
    return kept if found.success is msgspec.UNSET else {**kept, "success": found.success}


def _look_closer(body: bytes) -> dict[str, Any]:
    """The same for a page that holds something which strict JSON does not."""
    try:
        value = json.loads(body.decode("utf-8", "surrogateescape"), parse_float=Decimal, parse_int=_whole)
    except (ValueError, RecursionError, ArithmeticError):
        value = None
    if not isinstance(value, dict):
        raise ValueError("not JSON")
    rows = value.get("customers")
    if isinstance(rows, list):
        value["customers"] = [_row_key(row) for row in rows]
    return value


def _row_key(row: object) -> RowKey:
    if not isinstance(row, dict):
        return RowKey()
    return RowKey(**{name: row.get(name) for name in RowKey.__struct_fields__})


def _whole(digits: str) -> int | str:
    """An integer; one of so many digits that Python refuses it stays text, and so is no oid."""
    return int(digits) if len(digits) <= _INT_DIGITS_MAX else digits


_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]', re.DOTALL)


def split_rows(body: bytes) -> list[bytes]:
    """The text of each customer of a page, byte for byte, whatever it holds.

    Args:
        body: of an answer with `customers` at its top level.

    Raises:
        ValueError: there is no such list in it, or it does not end.
    """
    depth, name, previous = 0, b"", b""
    rows: list[bytes] = []
    inside, start = False, 0
    for token in _TOKEN.finditer(body):
        text = token.group()
        if depth == 1 and text == b":":
            name = previous
        if text in (b"{", b"["):
            depth += 1
            if depth == 2 and text == b"[" and name == b'"customers"':
                inside, start = True, token.end()
        elif text in (b"}", b"]"):
            depth -= 1
            if inside and depth == 1:
                last = body[start : token.start()].strip()
                return [*rows, last] if last or rows else rows
        elif text == b"," and inside and depth == 2:
            rows.append(body[start : token.start()].strip())
            start = token.end()
        previous = text
    raise ValueError("no list of customers that ends")
