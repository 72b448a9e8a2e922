"""Pages of customers for tests of decoding, and the decoded rows as Python sees them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from ucsync.store.decoding import Decoded, Decoder, StagedBody

AT: Final = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
SCAN: Final = "20261122T031500Z-9f3c21aa"


def page(rows: Sequence[bytes]) -> bytes:
    """An answer of getCustomers with these rows."""
    return b'{"metadata":{"payload_name":"customers"},"customers":[' + b",".join(rows) + b'],"success":true}'


def row(oid: int, rest: bytes = b"") -> bytes:
    """A customer; `rest` is what it has besides, e.g. `b'"fax":"12"'`."""
    return b'{"customer_profile_oid":%d%s}' % (oid, b"," + rest if rest else b"")


def decode(*bodies: bytes, omit: frozenset[str] = frozenset()) -> Decoded:
    """The rows of these pages, numbered from 1."""
    staged = [StagedBody(number, body, AT) for number, body in enumerate(bodies, 1)]
    return Decoder(SCAN, omit=omit).decode(staged)


def listed(decoded: Decoded) -> list[dict[str, Any]]:
    """The rows as dicts, without the columns about their origin."""
    return decoded.rows.drop_columns(["_observed_at", "_scan"]).to_pylist()  # type: ignore[no-any-return]  # no stubs


def extras(row_: dict[str, Any]) -> Any:
    return json.loads(row_["_extras"]) if row_["_extras"] is not None else None
