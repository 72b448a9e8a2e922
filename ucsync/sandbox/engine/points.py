"""Loyalty after its ledger or its tier was written."""

from typing import Final

from ucsync.sandbox.people.loyalty import TIERS
from ucsync.sandbox.reply import Document, Refusal
from ucsync.ultracart.check import INT32

_TIER_NAMES: Final = dict(TIERS)
_TIER_FIELDS: Final = ("loyalty_tier_oid", "loyalty_tier_name", "loyalty_tier_expiration_dts")


def settled_loyalty(before: Document, after: Document, path: str) -> Document:
    """The read-only fields made to fit what was written: the points to the ledger, the name to the tier.

    Raises:
        Refusal: 400, for a tier that is none, or points that cannot be counted.
    """
    settled = dict(after)
    gained = _points(after) - _points(before)
    if gained:
        points = before.get("current_points", 0) + gained
        settled["current_points"] = countable(points, f"{path}.current_points")
    tier_oid = settled.get("loyalty_tier_oid", 0)
    if tier_oid != before.get("loyalty_tier_oid", 0):
        for name in _TIER_FIELDS:
            settled.pop(name, None)
        if tier_oid:  # zero removes the tier (fact sheet §4)
            if tier_oid not in _TIER_NAMES:
                raise Refusal(400, f"{path}.loyalty_tier_oid is not a loyalty tier.")
            settled["loyalty_tier_oid"] = tier_oid
            settled["loyalty_tier_name"] = _TIER_NAMES[tier_oid]
    elif tier_oid == 0:
        settled.pop("loyalty_tier_oid", None)
    return settled


def countable(points: int, path: str) -> int:
    """The points, an int32 on the wire. Raises Refusal when they are none."""
    low, high = INT32
    if not low <= points <= high:
        raise Refusal(400, f"{path} would be outside {low} to {high}.")
    return points


def _points(loyalty: Document) -> int:
    return sum(row.get("loyalty_points", 0) for row in loyalty.get("ledger_entries", []))
