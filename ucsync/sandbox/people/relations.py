"""The parts about the dealings with a customer: tags, properties, consent, reviews, files."""

from typing import Any

from ucsync.sandbox.people.catalogue import ITEMS
from ucsync.sandbox.people.documents import (
    ATTACHMENT,
    CC_EMAIL,
    PROPERTY,
    WISHLIST,
    Document,
    child_oid,
    money,
    present,
)
from ucsync.sandbox.people.draws import Draws, Source, wide
from ucsync.sandbox.people.identity import (
    Lifetime,
    identity,
    is_trade,
    lifetime_of,
    names_of,
    original_of,
    place_of,
)
from ucsync.sandbox.people.instants import eastern_text

_YEAR_S = 365 * 86_400
_TAGS = (
    *("newsletter",) * 6,
    *("vip",) * 2,
    "2025-spring",
    "2024-black-friday",
    "wholesale",
    "do-not-call",
    "Mésalliance du thé",
    "お得意様",
)
_TAG_COUNTS = (0,) * 7 + (1,) * 4 + (2,) * 3 + (3,) * 2
_PROPERTIES = (
    ("crm_id", "0015e%011d", 0),
    ("favourite_store", "Store %d", 40),
    ("birthday_month", "%d", 12),
    ("contact_preference", '{"channel":"email","per_month":%d}', 8),
    ("campaign", "welcome-%d", 30),
    ("note", "Größe %d, “soft” finish", 46),
)
_CAMPAIGN = 4
_FILES = (
    ("resale-certificate.pdf", "application/pdf", "Resale certificate"),
    ("vat-registration.pdf", "application/pdf", "VAT registration"),
    ("façade-schaufenster.jpg", "image/jpeg", "Picture of the shop"),
    ("standing-order.csv", "text/csv", "Standing order"),
)
_MAIL_ROLES = ("accounting", "assistant", "warehouse", "purchasing")
_COMMENTS = ("For the office", "Geschenk für Oma", "in blue, please", "お茶会用")


def tags(source: Source, oid: int) -> list[Document]:
    """Distinct tags, some shared by many customers."""
    draws = source.draws(b"tags", oid)
    count = _TAG_COUNTS[draws[0] % len(_TAG_COUNTS)]
    values = {_TAGS[draws[1 + index] % len(_TAGS)]: None for index in range(count)}
    return [{"tag_value": value} for value in values]


def properties(source: Source, oid: int) -> list[Document]:
    """Name and value, no name twice; a campaign's property expires."""
    draws = source.draws(b"properties", oid)
    if draws[0] % 5 > 2:
        return []
    start = draws[1] % len(_PROPERTIES)
    return [
        _property(source, oid, draws, row, (start + row) % len(_PROPERTIES))
        for row in range(1 + draws[2] % 3)
    ]


def _property(source: Source, oid: int, draws: Draws, row: int, kind: int) -> Document:
    name, value, numbers = _PROPERTIES[kind]
    fields: dict[str, Any] = {
        "customer_profile_property_oid": child_oid(oid, PROPERTY, row),
        "expiration_dts": None,
        "name": name,
        "value": value % (1 + draws[4 + row] % numbers if numbers else wide(draws, 10)),
    }
    if kind == _CAMPAIGN:
        modified_s = lifetime_of(identity(source, oid)).modified_s
        fields["expiration_dts"] = eastern_text(modified_s + _YEAR_S)
    return present(fields)


def cc_emails(source: Source, oid: int) -> list[Document]:
    """Other people who get copies; mostly at businesses."""
    draws = source.draws(b"cc-emails", oid)
    if draws[0] % 4:
        return []
    person = identity(source, original_of(source, oid))
    if not is_trade(person) and draws[1] % 8:
        return []
    _, (_, slug) = names_of(person)
    return [_cc_email(oid, draws, row, slug) for row in range(1 + draws[2] % 2)]


def _cc_email(oid: int, draws: Draws, row: int, slug: str) -> Document:
    role = _MAIL_ROLES[(draws[3] + row) % len(_MAIL_ROLES)]
    coins = draws[4 + row]
    fields: dict[str, Any] = {
        "customer_profile_email_oid": child_oid(oid, CC_EMAIL, row),
        "email": f"{role}.{oid}@{slug}.example",
        "label": role.capitalize() if coins & 1 else None,
        "receipt_notification": coins & 2 > 0,
        "refund_notification": coins & 4 > 0,
        "shipment_notification": coins & 8 > 0,
    }
    return present(fields)


def privacy(source: Source, oid: int) -> Document:
    """Consent given in the cookie dialogue."""
    draws = source.draws(b"privacy", oid)
    if draws[0] % 4 == 0:
        return {}
    lifetime = lifetime_of(identity(source, oid))
    return {
        "last_update_dts": eastern_text(lifetime.signup_s),
        "marketing": draws[1] % 2 == 0,
        "preference": draws[2] % 3 > 0,
        "statistics": draws[3] % 3 == 0,
    }


def reviewer(source: Source, oid: int) -> Document:
    """The profile of somebody who reviews articles; empty for most."""
    draws = source.draws(b"reviewer", oid)
    if draws[0] % 12:
        return {}
    person = identity(source, original_of(source, oid))
    lifetime = lifetime_of(identity(source, oid))
    (given, _), _ = names_of(person)
    fields: dict[str, Any] = {
        "auto_approve": draws[1] % 2 == 0,
        "average_overall_rating": money(100 + draws[2] % 401),
        "expert": draws[3] % 10 == 0,
        "first_review": eastern_text(lifetime.signup_s),
        "last_review": eastern_text(lifetime.modified_s),
        "location": place_of(person).cities[0].name if draws[4] % 3 else None,
        "nickname": f"{given} {draws[5] % 100}" if draws[6] % 5 else None,
        "number_helpful_review_votes": draws[7] % 250,
        "rank": 1 + draws[8] % 9000,
        "reviews_contributed": 1 + draws[9] % 40,
    }
    return present(fields)


def attachments(source: Source, oid: int) -> list[Document]:
    """Files kept with the profile; few customers have any."""
    draws = source.draws(b"attachments", oid)
    if draws[0] % 25:
        return []
    lifetime = lifetime_of(identity(source, oid))
    return [_attachment(oid, draws, row, lifetime) for row in range(1 + draws[1] % 2)]


def _attachment(oid: int, draws: Draws, row: int, lifetime: Lifetime) -> Document:
    file_name, mime_type, description = _FILES[draws[2 + row] % len(_FILES)]
    fields: dict[str, Any] = {
        "customer_profile_attachment_oid": child_oid(oid, ATTACHMENT, row),
        "description": description if draws[4 + row] % 3 else None,
        "file_name": file_name,
        "mime_type": mime_type,
        "upload_dts": eastern_text(lifetime.modified_s),
    }
    return present(fields)


def edi(source: Source, oid: int) -> Document:
    """How a big buyer is reached by EDI; one customer in fifty."""
    draws = source.draws(b"edi", oid)
    if draws[0] % 50:
        return {}
    return {
        "channel_partner_oid": 6_000 + draws[1] % 4,
        "distribution_center_number": f"DC{draws[2] % 40:02d}",
        "store_number": f"{draws[3] % 3000:04d}",
    }


def wishlist(source: Source, oid: int) -> list[Document]:
    """Articles somebody wants, in order of ``position``; one customer in ten has a list."""
    draws = source.draws(b"wishlist", oid)
    if draws[0] % 10:
        return []
    lifetime = lifetime_of(identity(source, oid))
    return [_wish(oid, draws, row, lifetime) for row in range(1 + draws[1] % 5)]


def _wish(oid: int, draws: Draws, row: int, lifetime: Lifetime) -> Document:
    coin = draws[8 + row]
    span_s = lifetime.modified_s - lifetime.signup_s
    fields: dict[str, Any] = {
        "add_dts": eastern_text(lifetime.signup_s + span_s * row // 5),
        "comments": _COMMENTS[coin // 3 % len(_COMMENTS)] if coin % 3 == 0 else None,
        "customer_profile_oid": oid,
        "customer_wishlist_item_oid": child_oid(oid, WISHLIST, row),
        "merchant_item_oid": ITEMS[(draws[2] + row) % len(ITEMS)].merchant_item_oid,
        "position": row + 1,
        "priority": 3 + coin % 3,
    }
    return present(fields)
