"""Receipts as bytes: one canonical text for each, so that a digest of it stands for it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from ucsync.model import Receipt
from ucsync.store.lasting import damaged
from ucsync.ultracart.codec import decode_json

_FORMAT: Final = 1
_MEND: Final = "restore it from a backup of the lake; `ucsync snapshots verify` names every damaged file"


def to_json(receipt: Receipt) -> bytes:
    """The canonical text: sorted keys, two spaces, instants in UTC, a newline at the end.

    Raises:
        ValueError: an instant has no time zone.
    """
    fields = msgspec.to_builtins(receipt, builtin_types=(datetime,))
    if receipt.backfill is None:  # receipts from before there were backfills stay what they are, to the byte
        del fields["backfill"]
    whole = {"format": _FORMAT, **fields}
    text = json.dumps(whole, default=_instant, ensure_ascii=False, indent=2, sort_keys=True)
    return text.encode() + b"\n"


def from_json(data: bytes) -> Receipt:
    """The receipt whose canonical text this is.

    Raises:
        StorageFailed: it is not exactly that; the text says what is wrong.
    """
    try:
        fields = decode_json(data)
        receipt = msgspec.convert(_known(fields), type=Receipt)
        canonical = to_json(receipt)
    except (ValueError, ArithmeticError, msgspec.MsgspecError) as fault:
        raise damaged(f"receipt unusable: {fault}", _MEND) from None
    if canonical != data:
        raise damaged("receipt unusable: not as it was written", _MEND)
    return receipt


def with_id(receipt: Receipt) -> Receipt:
    """The receipt with its `snapshot` filled in: the time of finishing, and a digest of all the rest.

    Args:
        receipt: whatever its `snapshot`. A `full_snapshot` of "", or one that names the receipt's own
            snapshot, means that it is its own newest full scan, and is filled in, too.
    """
    own = receipt.full_snapshot in ("", receipt.snapshot)
    blank = replace(receipt, snapshot="", full_snapshot="" if own else receipt.full_snapshot)
    time = receipt.finished_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    snapshot = f"{time}-{sha256(to_json(blank)).hexdigest()[:8]}"
    return replace(blank, snapshot=snapshot, full_snapshot=snapshot if own else receipt.full_snapshot)


def _known(fields: Any) -> dict[str, Any]:
    if not isinstance(fields, dict):
        raise ValueError("no JSON object")
    if fields.get("format") != _FORMAT:
        raise ValueError("written by another version of ucsync, in a format that this one does not know")
    return fields


def _instant(value: object) -> str:
    if not isinstance(value, datetime) or value.utcoffset() is None:
        raise ValueError("an instant of a receipt needs a time zone")
    return value.astimezone(UTC).isoformat()
