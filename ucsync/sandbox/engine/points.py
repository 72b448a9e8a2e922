"""Loyalty after its ledger or its tier was written."""

from typing import Final

from ucsync.sandbox.people.loyalty import TIERS
from ucsync.sandbox.reply import Document

_TIER_NAMES: Final = dict(TIERS)
_TIER_FIELDS: Final = ("loyalty_tier_oid", "loyalty_tier_name", "loyalty_tier_expiration_dts")


def settled_loyalty(before: Document, after: Document) -> Document:
    """The read-only fields made to fit what was written: the points to the ledger, the name to the tier."""
    settled = dict(after)
    gained = _points(after) - _points(before)
    if gained:
        settled["current_points"] = before.get("current_points", 0) + gained
    tier_oid = settled.get("loyalty_tier_oid", 0)
    if tier_oid != before.get("loyalty_tier_oid", 0):
        for name in _TIER_FIELDS:
            settled.pop(name, None)
        if tier_oid:  # zero removes the tier (fact sheet §4)
            settled["loyalty_tier_oid"] = tier_oid
            if tier_oid in _TIER_NAMES:
                settled["loyalty_tier_name"] = _TIER_NAMES[tier_oid]
    elif tier_oid == 0:
        settled.pop("loyalty_tier_oid", None)
    return settled


def _points(loyalty: Document) -> int:
    return sum(row.get("loyalty_points", 0) for row in loyalty.get("ledger_entries", []))
