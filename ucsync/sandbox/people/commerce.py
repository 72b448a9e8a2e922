"""The parts about how a customer pays and is charged: cards, tiers, tax, licences; store credit."""

from typing import Any

from ucsync.sandbox.people.catalogue import SOFTWARE
from ucsync.sandbox.people.documents import CARD, ENTITLEMENT, Document, child_oid, money, present
from ucsync.sandbox.people.draws import Draws, Source, hexadecimal, wide
from ucsync.sandbox.people.identity import (
    Lifetime,
    identity,
    is_trade,
    lifetime_of,
    modified_of,
    original_of,
)
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.people.purchases import order_id_of, orders_of

PRICING_TIERS = ((7_001, "Wholesale"), (7_002, "Distributor"), (7_003, "Staff"))
"""(pricing_tier_oid, name)"""

_CARD_TYPES = (
    *(("Visa", "XXXXXXXXXXXX%04d"),) * 4,
    *(("MasterCard", "XXXXXXXXXXXX%04d"),) * 3,
    ("AMEX", "XXXXXXXXXXX%04d"),
    ("Discover", "XXXXXXXXXXXX%04d"),
)
_CARDS = (0,) * 6 + (1,) * 7 + (2,) * 2 + (3,)
_CREDIT_REASONS = ("Returned item", "Goodwill: late parcel", "Referral bonus", "Preiskorrektur")
_ENTITY_USE_CODES = ("A", "E", "G", "M")
_EXEMPTIONS = ("wholesale", "government", "other", "non_exempt")
_DAY_S = 86_400
_YEAR_S = 365 * _DAY_S
_EPOCH_YEAR, _GREGORIAN_YEAR_S = 1970, 31_556_952


def cards(source: Source, oid: int) -> list[Document]:
    """Masked cards; a token is only there while the card is new."""
    draws = source.draws(b"cards", oid)
    count = _CARDS[draws[0] % len(_CARDS)]
    if not count:
        return []
    modified_s = modified_of(identity(source, oid))
    return [_card(oid, draws, index, modified_s) for index in range(count)]


def _card(oid: int, draws: Draws, index: int, modified_s: int) -> Document:
    kind, month, number, used = draws[1 + 4 * index : 5 + 4 * index]
    card_type, mask = _CARD_TYPES[kind % len(_CARD_TYPES)]
    token = hexadecimal(draws, 16, 8).upper() if used % 12 == 0 else None
    fields: dict[str, Any] = {
        "card_expiration_month": 1 + month % 12,
        "card_expiration_year": _EPOCH_YEAR + modified_s // _GREGORIAN_YEAR_S + used % 5,
        "card_number": mask % (number % 10_000),
        "card_number_token": token,
        "card_type": card_type,
        "customer_profile_credit_card_id": child_oid(oid, CARD, index),
        "customer_profile_oid": oid,
        "last_used_dts": eastern_text(modified_s) if used % 4 else None,
    }
    return present(fields)


def pricing_tiers(source: Source, oid: int) -> list[Document]:
    """A business is in a wholesale tier, a few others are staff."""
    person = identity(source, original_of(source, oid))
    if is_trade(person):
        tier_oid, name = PRICING_TIERS[person[20] % 5 // 4]
    elif person[20] % 100 == 0:
        tier_oid, name = PRICING_TIERS[2]
    else:
        return []
    return [{"name": name, "pricing_tier_oid": tier_oid}]


def tax_codes(source: Source, oid: int) -> Document:
    """Codes at the tax services; each with a coin of its own, none for most."""
    draws = source.draws(b"tax", oid)
    coins = draws[0]
    if coins % 8:
        return {}
    fields: dict[str, Any] = {
        "avalara_customer_code": f"AV{oid}" if coins & 8 else None,
        "avalara_entity_use_code": _ENTITY_USE_CODES[draws[1] % 4] if coins & 16 else None,
        "sovos_customer_code": f"SV-{draws[2]:05d}" if coins & 32 else None,
        "taxjar_customer_id": f"tj_{oid}" if coins & 64 else None,
        "taxjar_exemption_type": _EXEMPTIONS[draws[1] % 4] if coins & 128 else None,
    }
    return present(fields)


def software_entitlements(source: Source, oid: int) -> list[Document]:
    """Licences, each bought with one of the customer's orders."""
    draws = source.draws(b"licences", oid)
    if draws[0] % 9:
        return []
    bought = orders_of(source, oid, identity(source, oid))
    count = min(bought.size, 1 + draws[1] % 2)
    return [_licence(source, oid, draws, index, bought.at_s(index)) for index in range(count)]


def _licence(source: Source, oid: int, draws: Draws, index: int, at_s: int) -> Document:
    software = SOFTWARE[draws[2 + index] % len(SOFTWARE)]
    code = hexadecimal(draws, 8 + 4 * index, 4).upper()
    years = draws[4 + index] % 4
    at_dts = eastern_text(at_s)
    fields: dict[str, Any] = {
        "activation_code": f"{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12:]}",
        "activation_dts": at_dts if draws[6] % 5 else None,
        "customer_software_entitlement_oid": child_oid(oid, ENTITLEMENT, index),
        "expiration_dts": eastern_text(at_s + years * _YEAR_S) if years else None,
        "purchased_via_item_description": software.description,
        "purchased_via_item_id": software.item_id,
        "purchased_via_order_id": order_id_of(source, oid, index, at_dts),
        "software_sku": software.sku,
    }
    return present(fields)


def store_credit(source: Source, oid: int) -> list[Document]:
    """Credits given to a customer, oldest first; none for most.

    Rows: ``amount``, ``description``, ``entry_s``, ``vesting_s`` and, where there is one,
    ``expiration_s`` and ``reference_order_id``; instants are epoch seconds.
    """
    draws = source.draws(b"store-credit", oid)
    if draws[0] % 20:
        return []
    own = identity(source, oid)
    lifetime = lifetime_of(own)
    rows = [_credit(draws, index, lifetime) for index in range(1 + draws[1] % 3)]
    bought = orders_of(source, oid, own)
    if bought.size:
        rows[-1]["reference_order_id"] = order_id_of(source, oid, 0, eastern_text(bought.at_s(0)))
    return rows


def _credit(draws: Draws, index: int, lifetime: Lifetime) -> Document:
    span_s = lifetime.modified_s - lifetime.signup_s
    coin = draws[4 + index]
    entry_s = lifetime.modified_s - (span_s * (3 - index) >> 3)
    fields: dict[str, Any] = {
        "amount": money(500 + wide(draws, 8 + 2 * index) % 9500),
        "description": _CREDIT_REASONS[coin % len(_CREDIT_REASONS)],
        "entry_s": entry_s,
        "expiration_s": entry_s + _YEAR_S if coin % 3 else None,
        "vesting_s": entry_s + coin % 2 * 14 * _DAY_S,
    }
    return present(fields)
