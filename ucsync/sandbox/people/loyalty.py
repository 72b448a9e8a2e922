"""The part ``loyalty``: points earned with orders, what they were redeemed for, and cashback.

``current_points`` is what the vested ledger entries add up to and ``pending_points`` what the
others do; the certificate's ledger adds up to its remaining balance.
"""

from typing import Any, NamedTuple

from ucsync.sandbox.people.documents import (
    COUPON_CODE,
    GIFT_CERTIFICATE,
    GIFT_CERTIFICATE_LEDGER,
    LOYALTY_LEDGER,
    REDEMPTION,
    Document,
    child_oid,
    money,
    present,
)
from ucsync.sandbox.people.draws import Draws, Source, hexadecimal
from ucsync.sandbox.people.identity import email_from, identity, original_of
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.people.purchases import Purchases, order_id_of, orders_of

TIERS = ((3_001, "Bronze"), (3_002, "Silver"), (3_003, "Gold"))
"""(loyalty_tier_oid, loyalty_tier_name)"""

_EARNINGS_MAX = 5
_DAY_S = 86_400
_YEAR_S = 365 * _DAY_S


class _Account(NamedTuple):
    """What the functions below share about one customer."""

    source: Source
    oid: int
    draws: Draws
    email: str | None
    orders: Purchases

    def order_id(self, index: int, at_dts: str | None = None) -> str:
        at_dts = at_dts or eastern_text(self.orders.at_s(index))
        return order_id_of(self.source, self.oid, index, at_dts)


def loyalty(source: Source, oid: int) -> Document:
    """The loyalty account; empty for every other customer."""
    draws = source.draws(b"loyalty", oid)
    if draws[0] % 2:
        return {}
    own = identity(source, oid)
    original = original_of(source, oid)
    person = own if original == oid else identity(source, original)
    email = email_from(source, oid, own, person) or None
    orders = orders_of(source, oid, own)
    account = _Account(source, oid, draws, email, orders)
    earnings, pending = _earnings(account)
    vested = sum([row["loyalty_points"] for row in earnings]) - pending
    spent = vested // 20 * 10 if draws[1] % 2 == 0 else 0
    redeemed = [_redeemed(account, len(earnings), spent)] if spent else []
    certificate = _certificate(account) if draws[2] % 3 == 0 else {}
    tier_oid, tier_name = TIERS[min(2, orders.size // 6)]
    fields: dict[str, Any] = {
        "current_points": vested - spent,
        **_certificate_fields(certificate),
        "ledger_entries": earnings + redeemed,
        "loyalty_tier_expiration_dts": (
            eastern_text(orders.lifetime.modified_s + _YEAR_S) if orders.size > 1 else None
        ),
        "loyalty_tier_name": tier_name if orders.size else None,
        "loyalty_tier_oid": tier_oid if orders.size else None,
        "pending_points": pending,
        "redemptions": [_redemption(account, redeemed[0])] if redeemed else [],
    }
    return present(fields)


def _earnings(account: _Account) -> tuple[list[Document], int]:
    """The entries for the newest orders, and how many of their points have not vested."""
    count = account.orders.size
    first = max(0, count - _EARNINGS_MAX)
    rows = [_earned(account, index, index - first) for index in range(first, count)]
    if not rows or account.draws[3] % 4:
        return rows, 0
    newest = rows[-1]
    newest["vesting_dts"] = eastern_text(account.orders.lifetime.modified_s + 30 * _DAY_S)
    return rows, newest["loyalty_points"]


def _earned(account: _Account, order: int, row: int) -> Document:
    at_dts = eastern_text(account.orders.at_s(order))
    item, quantity = account.orders.line(order)
    changed = account.draws[8 + row] % 8 == 0
    fields: dict[str, Any] = {
        "created_by": "checkout",
        "created_dts": at_dts,
        "description": "Points for order",
        "email": account.email,
        "item_id": item.merchant_item_id,
        "item_index": 1,
        "ledger_dts": at_dts,
        "loyalty_campaign_oid": 900 + account.draws[13 + row] % 3,
        "loyalty_ledger_oid": child_oid(account.oid, LOYALTY_LEDGER, row),
        "loyalty_points": account.orders.cents(order) // 100,
        "modified_by": "m.lindqvist" if changed else None,
        "modified_dts": at_dts if changed else None,
        "order_id": account.order_id(order, at_dts),
        "quantity": quantity,
        "vesting_dts": at_dts,
    }
    return present(fields)


def _redeemed(account: _Account, row: int, spent: int) -> Document:
    at_dts = eastern_text(account.orders.lifetime.modified_s)
    fields: dict[str, Any] = {
        "created_by": "customer",
        "created_dts": at_dts,
        "description": "Points redeemed",
        "email": account.email,
        "ledger_dts": at_dts,
        "loyalty_ledger_oid": child_oid(account.oid, LOYALTY_LEDGER, row),
        "loyalty_points": -spent,
        "vesting_dts": at_dts,
    }
    return present(fields)


def _redemption(account: _Account, entry: Document) -> Document:
    """Points turned into a coupon, or into a gift certificate that is partly spent."""
    oid, draws, points = account.oid, account.draws, -entry["loyalty_points"]
    code = hexadecimal(draws, 20, 2).upper()
    coupon = draws[19] % 3 > 0
    used = draws[18] % 2 == 0
    gift_oid = child_oid(oid, GIFT_CERTIFICATE, 90)
    fields: dict[str, Any] = {
        "coupon_code": f"LOYAL-{code}" if coupon else None,
        "coupon_code_oid": child_oid(oid, COUPON_CODE) if coupon else None,
        "coupon_used": used if coupon else None,
        "description_for_customer": f"{points} points",
        "expiration_dts": eastern_text(account.orders.lifetime.modified_s + _YEAR_S),
        "gift_certificate_code": None if coupon else f"GC{code}",
        "gift_certificate_oid": None if coupon else gift_oid,
        "loyalty_ledger_oid": entry["loyalty_ledger_oid"],
        "loyalty_points": points,
        "loyalty_redemption_oid": child_oid(oid, REDEMPTION),
        "order_id": account.order_id(account.orders.size - 1) if used else None,
        "redemption_dts": entry["ledger_dts"],
        "remaining_balance": None if coupon else money(points * 10 // (1 + draws[7] % 2)),
    }
    return present(fields)


def _certificate_fields(certificate: Document) -> Document:
    if not certificate:
        return {}
    return {
        "internal_gift_certificate": certificate,
        "internal_gift_certificate_balance": str(certificate["remaining_balance"]),
        "internal_gift_certificate_oid": certificate["gift_certificate_oid"],
    }


def _certificate(account: _Account) -> Document:
    """The internal certificate that holds cashback: granted, then at times spent in part."""
    oid, draws = account.oid, account.draws
    granted = 500 + draws[22] % 90 * 50
    movements = [granted]
    if account.orders.size and draws[23] % 2:
        movements.append(-(granted * (1 + draws[24] % 4) // 5))
    expires = draws[25] % 3 == 0
    reference = account.order_id(0) if account.orders.size else None
    lifetime = account.orders.lifetime
    fields: dict[str, Any] = {
        "activated": True,
        "code": "IGC" + hexadecimal(draws, 26, 3).upper(),
        "customer_profile_oid": oid,
        "deleted": False,
        "email": account.email,
        "expiration_dts": eastern_text(lifetime.modified_s + 2 * _YEAR_S) if expires else None,
        "gift_certificate_oid": child_oid(oid, GIFT_CERTIFICATE),
        "internal": True,
        "ledger_entries": [_movement(account, row, cents) for row, cents in enumerate(movements)],
        "merchant_id": account.source.merchant_id,
        "merchant_note": "Cashback programme" if draws[25] % 5 == 0 else None,
        "original_balance": money(granted),
        "reference_order_id": reference,
        "remaining_balance": money(sum(movements)),
    }
    return present(fields)


def _movement(account: _Account, row: int, cents: int) -> Document:
    lifetime = account.orders.lifetime
    spent = cents < 0
    fields: dict[str, Any] = {
        "amount": money(cents),
        "description": "Cashback spent at checkout" if spent else "Cashback granted",
        "entry_dts": eastern_text(lifetime.modified_s if spent else lifetime.signup_s),
        "gift_certificate_ledger_oid": child_oid(account.oid, GIFT_CERTIFICATE_LEDGER, row),
        "gift_certificate_oid": child_oid(account.oid, GIFT_CERTIFICATE),
        "reference_order_id": account.order_id(account.orders.size - 1) if spent else None,
    }
    return present(fields)
