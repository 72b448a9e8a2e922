"""The base document: the scalars every answer holds, whatever was expanded."""

from typing import Any

from ucsync.sandbox.people.documents import Document, money, present
from ucsync.sandbox.people.draws import Draws, Source
from ucsync.sandbox.people.identity import (
    email_from,
    identity,
    is_trade,
    modified_of,
    names_of,
    original_of,
    signup_of,
)
from ucsync.sandbox.people.instants import eastern_text

_TOPIC = b"base"
_MODIFIERS = ("customer", "api", "j.okafor", "m.lindqvist", "nightly-import", "checkout")
_MERCHANT_NOTES = (
    "Hold every order for review.",
    "Include the printed catalogue.",
    "Ship with the loading-dock label.",
)
_BUSINESS_NOTES = (
    "Prefers to be called in the afternoon.",
    "Asked for pallet prices; follow up in spring.",
    "Two returns in 2023, both resolved.\nHandle with care.",
    "Zahlt per Überweisung \u2013 bitte Rechnung beilegen.",
    'Knows the founder; "friends & family" terms agreed.',
)
_REFERRALS = ("trade fair", "search engine", "print advert", "colleague", "podcast")
_TERMS = ("Net 30", "Net 15", "Net 60", "Due on receipt")
_QB_CLASSES = ("Wholesale", "Retail", "Export")


def base(source: Source, oid: int) -> Document:
    """The base scalars, ordered as in the model; never the password."""
    own = identity(source, oid)
    original = original_of(source, oid)
    person = own if original == oid else identity(source, original)
    draws = source.draws(_TOPIC, oid)
    trade = is_trade(person)
    only = _trade_fields(draws, person) if trade else {}
    fields: dict[str, Any] = {
        "affiliate_oid": 40_000 + draws[1] % 90 if draws[0] % 20 == 0 else None,
        **_permissions(draws[2], trade),
        "automatic_merchant_notes": _rarely(draws[3], 32, _MERCHANT_NOTES),
        "business_notes": _rarely(draws[4], 16, _BUSINESS_NOTES),
        "customer_profile_oid": oid,
        "dhl_account_number": only.get("dhl_account_number"),
        "dhl_duty_account_number": only.get("dhl_duty_account_number"),
        "do_not_send_mail": draws[5] % 10 == 0,
        "email": email_from(source, oid, own, person) or None,
        "exempt_shipping_handling_charge": draws[6] % 50 == 0,
        "fax": only.get("fax"),
        "fedex_account_number": only.get("fedex_account_number"),
        "free_shipping": draws[6] % 25 == 1,
        "free_shipping_minimum": money(2500 + draws[7] % 8 * 500) if draws[6] % 25 == 1 else None,
        "last_modified_by": _rarely(draws[8], 1, _MODIFIERS) if own[11] % 8 else None,
        "last_modified_dts": eastern_text(modified_of(own)),
        "maximum_item_count": 5 + draws[10] % 45 if draws[9] % 40 == 0 else None,
        "merchant_id": source.merchant_id,
        "minimum_item_count": only.get("minimum_item_count"),
        "minimum_subtotal": only.get("minimum_subtotal"),
        "no_coupons": draws[9] % 30 == 1,
        "no_free_shipping": draws[9] % 60 == 2,
        "no_realtime_charge": draws[9] % 60 == 3,
        **_accounting(draws, oid, only),
        "signup_dts": eastern_text(signup_of(own)),
        "suppress_buysafe": draws[9] % 90 == 4,
        "tax_exempt": "tax_id" in only,
        "tax_id": only.get("tax_id"),
        "terms": only.get("terms"),
        "track_separately": trade and draws[10] % 6 == 0,
        "unapproved": draws[10] % 80 == 1,
        "ups_account_number": only.get("ups_account_number"),
        "website_url": only.get("website_url"),
    }
    return present(fields)


def _permissions(draw: int, trade: bool) -> Document:
    """The fields from ``allow_3rd_party_billing`` to ``auto_approve_purchase_order``."""
    return {
        "allow_3rd_party_billing": trade and draw % 4 == 0,
        "allow_cod": draw % 32 == 1,
        "allow_drop_shipping": trade and draw % 3 == 0,
        "allow_purchase_order": trade,
        "allow_quote_request": trade or draw % 16 == 2,
        "allow_selection_of_address_type": draw % 16 == 3,
        "auto_approve_cod": draw % 64 == 4,
        "auto_approve_purchase_order": trade and draw % 5 == 0,
    }


def _rarely(draw: int, one_in: int, pool: tuple[str, ...]) -> str | None:
    return pool[draw // one_in % len(pool)] if draw % one_in == 0 else None


def _accounting(draws: Draws, oid: int, only: Document) -> Document:
    """The fields between ``no_realtime_charge`` and ``signup_dts``."""
    return {
        "qb_class": _rarely(draws[11], 6, _QB_CLASSES),
        "qb_code": f"C{oid}" if draws[11] % 7 == 0 else None,
        "qb_tax_exemption_reason_code": 1 + draws[12] % 9 if "tax_id" in only else None,
        "referral_source": only.get("referral_source"),
        "sales_rep_code": only.get("sales_rep_code"),
    }


def _trade_fields(draws: Draws, person: Draws) -> Document:
    """What only a business has; each field on a coin of its own."""
    coins = draws[16]
    number = draws[17] << 16 | draws[18]
    _, (_, slug) = names_of(person)
    fields: dict[str, Any] = {
        "dhl_account_number": f"96{number % 10_000_000:07d}" if coins & 7 == 0 else None,
        "dhl_duty_account_number": f"97{number % 10_000_000:07d}" if coins & 15 == 0 else None,
        "fax": f"+1-212-555-01{number % 100:02d}" if coins & 16 else None,
        "fedex_account_number": f"5{number % 100_000_000:08d}" if coins & 96 == 0 else None,
        "minimum_item_count": 2 + number % 10 if coins & 384 == 0 else None,
        "minimum_subtotal": money(5000 + number % 20 * 1000) if coins & 512 else None,
        "referral_source": _REFERRALS[number % len(_REFERRALS)] if coins & 1024 else None,
        "sales_rep_code": f"REP{number % 24:02d}" if coins & 2048 else None,
        "tax_id": f"00-{number % 10_000_000:07d}" if coins & 4096 else None,
        "terms": _TERMS[number % len(_TERMS)] if coins & 8192 else None,
        "ups_account_number": f"1X{number & 0xFFFF:04X}" if coins & 49152 == 0 else None,
        "website_url": f"https://www.{slug}.example/" if coins & 16384 else None,
    }
    return present(fields)
