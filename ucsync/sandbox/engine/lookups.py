"""What the vendor's own editor asks for: tags to complete, values to choose from."""

from typing import Final

from ucsync.sandbox.engine.checking import admitted
from ucsync.sandbox.engine.rendering import envelope
from ucsync.sandbox.engine.shop import Call, Shop
from ucsync.sandbox.reply import Document, Refusal, Reply

_TAGS: Final = (
    *("2024-black-friday", "2025-spring", "Mésalliance du thé", "do-not-call", "newsletter"),
    *("vip", "wholesale", "お得意様"),
)
_HITS_DEFAULT: Final = 10
_COUNTRIES: Final = (("CA", "Canada"), ("DE", "Germany"), ("JP", "Japan"), ("US", "United States"))
_STATELESS: Final = ("DE", "JP")


def search_customer_profile_values(shop: Shop, call: Call) -> Reply:
    """Said to find customer tags only (fact sheet §1), so any other category has no values."""
    request = admitted(shop, call)
    hits_max = _HITS_DEFAULT if request.get("max_hits") is None else request["max_hits"]
    if hits_max < 1:
        raise Refusal(400, "lookup_request.max_hits must be positive.")
    sought = (request.get("matches") or "").lower()
    elsewhere = (request.get("category") or "tags").lower() not in ("tag", "tags")
    none = elsewhere or bool(request.get("subcategory"))
    hits = [] if none else [tag for tag in _all_tags(shop) if sought in tag.lower()]
    rows = [{"description": tag, "key": tag, "value": tag} for tag in hits[:hits_max]]
    return envelope(shop, call, {"values": rows})


def get_customer_editor_values(_shop: Shop, _call: Call) -> Reply:
    """Constants, without an envelope (fact sheet §2.3)."""
    document: Document = {
        "affiliates": [
            {"affiliate_oid": 40_001, "email": "a.one@example.org", "first_name": "Ada", "last_name": "One"}
        ],
        "card_exp_months": [f"{month:02d}" for month in range(1, 13)],
        "card_exp_years": [str(year) for year in range(2024, 2037)],
        "card_types": ["AMEX", "Discover", "MasterCard", "Visa"],
        "countries": [{"iso_2_code": code, "name": name} for code, name in _COUNTRIES],
        "edi_channel_partners": [
            {"channel_partner_oid": 6_000 + index, "code": f"EDI{index}", "name": f"Partner {index}"}
            for index in range(4)
        ],
        "loyalty_ledger_descriptions": ["Points for order", "Points redeemed"],
        "loyalty_program_type": "Points",
        "qb_classes": ["Export", "Retail", "Wholesale"],
        "sales_rep_codes": [f"REP{index:02d}" for index in range(24)],
        "state_optional_countries": [
            {"iso_2_code": code, "name": name} for code, name in _COUNTRIES if code in _STATELESS
        ],
        "terms": ["Due on receipt", "Net 15", "Net 30", "Net 60"],
    }
    return Reply(200, document)


def _all_tags(shop: Shop) -> list[str]:
    """The population's tags and those that were set since."""
    changed = (shop.store.part(oid, "tags") for oid in shop.store.changed_oids())
    return sorted({*_TAGS, *(row["tag_value"] for rows in changed for row in rows if "tag_value" in row)})
