"""Receipts as bytes: one canonical text for each, so that a digest of it stands for it."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from ucsync.model import Receipt, Rewritten
from ucsync.store.lasting import damaged
from ucsync.ultracart.codec import decode_json

#: The file of a snapshot that has it; the last one to be written.
RECEIPT: Final = "receipt.json"

_FORMAT: Final = 1
_LATER: Final = frozenset({"backfill", "suppressed", "rewritten"})
_MEND: Final = "restore it from a backup of the lake; `ucsync snapshots verify` names every damaged file"


def to_json(receipt: Receipt) -> bytes:
    """The canonical text: sorted keys, two spaces, instants in UTC, a newline at the end.

    Raises:
        ValueError: an instant has no time zone.
    """
    fields = msgspec.to_builtins(receipt, builtin_types=(datetime,))
    whole = {"format": _FORMAT, **without_silent(fields)}
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


def without_silent(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a receipt but for those that came later and say nothing: receipts from before there were
    backfills, or forgotten people, stay what they are, to the byte."""
    return {name: held for name, held in fields.items() if held or name not in _LATER}


def rewritten(receipt: Receipt, at: datetime) -> Receipt:
    """The receipt of a snapshot that was rewritten; its id stays.

    Args:
        receipt: with the counts and files as they are now.
        at: when.
    """
    times = 1 if receipt.rewritten is None else receipt.rewritten.times + 1
    return replace(receipt, rewritten=_sealed(receipt, Rewritten(at=at, times=times, digest="")))


def is_own_id(receipt: Receipt) -> bool:
    """Whether a receipt is as it was written: its id is that of its contents, or, since it was rewritten, the
    digest is."""
    if receipt.rewritten is None:
        return with_id(receipt) == receipt
    return _sealed(receipt, receipt.rewritten) == receipt.rewritten and receipt.snapshot.startswith(
        _time_of(receipt)
    )


def _sealed(receipt: Receipt, told: Rewritten) -> Rewritten:
    blank = replace(told, digest="")
    return replace(told, digest=sha256(to_json(replace(receipt, rewritten=blank))).hexdigest())


def with_id(receipt: Receipt) -> Receipt:
    """The receipt with its `snapshot` filled in: the time of finishing, and a digest of all the rest.

    Args:
        receipt: whatever its `snapshot`. A `full_snapshot` of "", or one that names the receipt's own
            snapshot, means that it is its own newest full scan, and is filled in, too.
    """
    own = receipt.full_snapshot in ("", receipt.snapshot)
    blank = replace(receipt, snapshot="", full_snapshot="" if own else receipt.full_snapshot)
    snapshot = f"{_time_of(receipt)}-{sha256(to_json(blank)).hexdigest()[:8]}"
    return replace(blank, snapshot=snapshot, full_snapshot=snapshot if own else receipt.full_snapshot)


def _time_of(receipt: Receipt) -> str:
    return receipt.finished_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


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
