"""What of a customer is shown at which tier: a rule for every text, so that nothing is open by oversight.

A text that has no rule is hidden at every tier, and a test fails. Numbers, instants and flags are open.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ucsync.model import Tier

#: Beside a field whose text is hashed: its name with this at the end.
HASHED_SUFFIX: Final = "_hash"


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done with a text.

    Attributes:
        shown_from: the lowest tier at which it stands as it is; None for none.
        form: a regular expression for the whole text; what does not match is left out at STANDARD.
        hashed: whether its hash stands beside it, at every tier.
        as_vendor: whether the vendor hashes it, too: only then is it hashed without a key.
        folded: whether case and space around it make no difference to its hash under a key.
    """

    shown_from: Tier | None
    form: str | None = None
    hashed: bool = False
    as_vendor: bool = False
    folded: bool = False


#: A merchant's own words: names of things they sell, of tiers and tags, codes of theirs. Whatever has an @
#: is left out at STANDARD all the same.
OWN_WORDS: Final = Rule(Tier.STANDARD, form=r"[^@]*")
#: A person's own words, or the number of something of theirs.
HIDDEN: Final = Rule(Tier.MEDIUM)
#: The same, and it may be told apart from others and counted.
HASHED: Final = Rule(Tier.MEDIUM, hashed=True)
HASHED_AS_VENDOR: Final = Rule(Tier.MEDIUM, hashed=True, as_vendor=True)
EMAIL: Final = replace(HASHED_AS_VENDOR, folded=True)
TAX_ID: Final = replace(HASHED_AS_VENDOR, shown_from=Tier.HIGH)
#: What has no declared shape may hold anything.
SHAPELESS: Final = Rule(Tier.HIGH)

COUNTRY: Final = Rule(Tier.STANDARD, form=r"[A-Z]{2}")
#: Codes only, of states of the US, Canada, Australia and others: elsewhere it is a text that people type.
REGION: Final = Rule(Tier.STANDARD, form=r"[A-Z]{2}|ACT|NSW|QLD|TAS|VIC")
CODE: Final = Rule(Tier.STANDARD, form=r"[A-Za-z0-9_.:/+-]{1,64}")
DATE: Final = Rule(
    Tier.STANDARD, form=r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]{4,18}([Zz]|[+-][0-9:]{4,6})?)?"
)
AMOUNT: Final = Rule(Tier.STANDARD, form=r"[^\pL\pM@]{1,24}")

_ADDRESS: Final = {
    "address1": HASHED_AS_VENDOR,
    "address2": HASHED_AS_VENDOR,
    "city": HASHED,
    "company": HASHED_AS_VENDOR,
    "country_code": COUNTRY,
    "day_phone": HASHED_AS_VENDOR,
    "day_phone_e164": HASHED,
    "evening_phone": HASHED_AS_VENDOR,
    "evening_phone_e164": HASHED,
    "first_name": HASHED_AS_VENDOR,
    "last_name": HASHED_AS_VENDOR,
    "postal_code": HASHED,
    "state_region": REGION,
    "tax_county": HIDDEN,
    "title": HIDDEN,
}

#: By the path of a text: names with dots between them, through lists as through objects.
RULES: Final[dict[str, Rule]] = {
    "activity.activities.action": CODE,
    "activity.activities.channel": CODE,
    "activity.activities.metric": CODE,
    "activity.activities.subject": HIDDEN,
    "activity.activities.type": CODE,
    "activity.activities.uuid": CODE,
    "activity.global_unsubscribed_dts": DATE,
    "activity.last_activity_dts": DATE,
    "activity.memberships.name": OWN_WORDS,
    "activity.memberships.type": CODE,
    "activity.memberships.uuid": CODE,
    "activity.metrics.all_time_formatted": AMOUNT,
    "activity.metrics.last_30_formatted": AMOUNT,
    "activity.metrics.name": OWN_WORDS,
    "activity.metrics.prior_30_formatted": AMOUNT,
    "activity.metrics.type": CODE,
    "activity.properties_list.name": OWN_WORDS,
    "activity.properties_list.value": HASHED,
    "activity.sms": HASHED,
    "activity.spam_complaint_dts": DATE,
    "attachments.description": HIDDEN,
    "attachments.file_name": HIDDEN,
    "attachments.mime_type": CODE,
    "automatic_merchant_notes": HIDDEN,
    **{f"billing.{name}": rule for name, rule in _ADDRESS.items()},
    "birth_date": HIDDEN,
    "business_notes": HIDDEN,
    "cards.card_number": HIDDEN,
    "cards.card_number_token": HIDDEN,
    "cards.card_type": OWN_WORDS,
    "cc_emails.email": EMAIL,
    "cc_emails.label": HIDDEN,
    "dhl_account_number": HIDDEN,
    "dhl_duty_account_number": HIDDEN,
    "edi.distribution_center_number": HIDDEN,
    "edi.store_number": HIDDEN,
    "email": EMAIL,
    "fax": HIDDEN,
    "fedex_account_number": HIDDEN,
    "last_modified_by": HASHED,
    "loyalty.internal_gift_certificate.code": HIDDEN,
    "loyalty.internal_gift_certificate.email": EMAIL,
    "loyalty.internal_gift_certificate.ledger_entries.description": HIDDEN,
    "loyalty.internal_gift_certificate.ledger_entries.reference_order_id": CODE,
    "loyalty.internal_gift_certificate.merchant_id": CODE,
    "loyalty.internal_gift_certificate.merchant_note": HIDDEN,
    "loyalty.internal_gift_certificate.reference_order_id": CODE,
    "loyalty.internal_gift_certificate_balance": AMOUNT,
    "loyalty.ledger_entries.created_by": HIDDEN,
    "loyalty.ledger_entries.description": HIDDEN,
    "loyalty.ledger_entries.email": EMAIL,
    "loyalty.ledger_entries.item_id": CODE,
    "loyalty.ledger_entries.modified_by": HIDDEN,
    "loyalty.ledger_entries.order_id": CODE,
    "loyalty.loyalty_tier_name": OWN_WORDS,
    "loyalty.redemptions.coupon_code": HIDDEN,  # whoever has it can spend it; so with codes of certificates
    "loyalty.redemptions.description_for_customer": HIDDEN,
    "loyalty.redemptions.gift_certificate_code": HIDDEN,
    "loyalty.redemptions.order_id": CODE,
    "merchant_id": CODE,
    "orders": SHAPELESS,
    "pricing_tiers.name": OWN_WORDS,
    "properties.name": OWN_WORDS,
    "properties.value": HASHED,
    "qb_class": OWN_WORDS,
    "qb_code": HIDDEN,  # in QuickBooks customers go by their names
    "quickbooks_online_customer_id": HIDDEN,
    "quotes": SHAPELESS,
    "referral_source": HASHED,
    "reviewer.location": HIDDEN,
    "reviewer.nickname": HIDDEN,
    "sales_rep_code": CODE,
    **{f"shipping.{name}": rule for name, rule in _ADDRESS.items()},
    "signup_dts": DATE,
    "software_entitlements.activation_code": HASHED_AS_VENDOR,
    "software_entitlements.purchased_via_item_description": OWN_WORDS,
    "software_entitlements.purchased_via_item_id": CODE,
    "software_entitlements.purchased_via_order_id": CODE,
    "software_entitlements.software_sku": CODE,
    "tags.tag_value": OWN_WORDS,
    "tax_codes.avalara_customer_code": HIDDEN,
    "tax_codes.avalara_entity_use_code": CODE,
    "tax_codes.sovos_customer_code": HIDDEN,
    "tax_codes.taxjar_customer_id": HIDDEN,
    "tax_codes.taxjar_exemption_type": CODE,
    "tax_id": TAX_ID,
    "terms": OWN_WORDS,
    "ups_account_number": HIDDEN,
    "website_url": HIDDEN,
    "_extras": SHAPELESS,
    "_scan": CODE,
}

_UNRULED: Final = Rule(None)


def rule_of(path: str, rules: Mapping[str, Rule]) -> Rule:
    """Of a text; one that has none is hidden at every tier."""
    return rules.get(path, _UNRULED)


def is_shown(rule: Rule, tier: Tier) -> bool:
    """Whether the text itself stands in a warehouse of a tier, as far as its form allows."""
    order = list(Tier)
    return rule.shown_from is not None and order.index(tier) >= order.index(rule.shown_from)
