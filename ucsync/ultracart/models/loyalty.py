"""Points, gift certificates and store credit."""

from typing import Annotated, TypedDict

from ucsync.ultracart.fields import READ_ONLY, Flag, Instant, Int32, Max, Number, Text


class GiftCertificateLedgerEntry(TypedDict, total=False):
    """One movement on a gift certificate; the only way its balance changes."""

    amount: Number
    description: Annotated[Text, Max(50)]
    entry_dts: Instant
    gift_certificate_ledger_oid: Annotated[Int32, READ_ONLY]
    gift_certificate_oid: Annotated[Int32, READ_ONLY]
    reference_order_id: Text


class GiftCertificate(TypedDict, total=False):
    """A gift certificate; the internal one holds the cashback of a customer."""

    activated: Flag
    code: Text
    customer_profile_oid: Annotated[Int32, READ_ONLY]
    deleted: Flag
    email: Annotated[Text, Max(100)]
    expiration_dts: Instant
    gift_certificate_oid: Annotated[Int32, READ_ONLY]
    internal: Annotated[Flag, READ_ONLY]
    ledger_entries: list[GiftCertificateLedgerEntry] | None
    merchant_id: Annotated[Text, READ_ONLY]
    merchant_note: Text
    original_balance: Number
    reference_order_id: Text
    remaining_balance: Annotated[Number, READ_ONLY]  # derived from ledger


class CustomerLoyaltyLedger(TypedDict, total=False):
    """One movement of loyalty points."""

    created_by: Annotated[Text, READ_ONLY]
    created_dts: Annotated[Instant, READ_ONLY]
    description: Text
    email: Text
    item_id: Text
    item_index: Int32
    ledger_dts: Instant
    loyalty_campaign_oid: Int32
    loyalty_ledger_oid: Annotated[Int32, READ_ONLY]
    loyalty_points: Int32
    modified_by: Annotated[Text, READ_ONLY]
    modified_dts: Annotated[Instant, READ_ONLY]
    order_id: Text
    quantity: Int32
    vesting_dts: Instant


class CustomerLoyaltyRedemption(TypedDict, total=False):
    """Points turned into a coupon or a gift certificate."""

    coupon_code: Annotated[Text, READ_ONLY]
    coupon_code_oid: Annotated[Int32, READ_ONLY]
    coupon_used: Annotated[Flag, READ_ONLY]
    description_for_customer: Annotated[Text, READ_ONLY]
    expiration_dts: Annotated[Instant, READ_ONLY]
    gift_certificate_code: Annotated[Text, READ_ONLY]
    gift_certificate_oid: Annotated[Int32, READ_ONLY]
    loyalty_ledger_oid: Annotated[Int32, READ_ONLY]
    loyalty_points: Annotated[Int32, READ_ONLY]
    loyalty_redemption_oid: Annotated[Int32, READ_ONLY]
    order_id: Annotated[Text, READ_ONLY]
    redemption_dts: Annotated[Instant, READ_ONLY]
    remaining_balance: Annotated[Number, READ_ONLY]


class CustomerLoyalty(TypedDict, total=False):
    """Points, tier and cashback; `internal_gift_certificate_balance` is a string on the wire."""

    current_points: Annotated[Int32, READ_ONLY]
    internal_gift_certificate: Annotated[GiftCertificate | None, READ_ONLY]
    internal_gift_certificate_balance: Annotated[Text, READ_ONLY]  # string, not number
    internal_gift_certificate_oid: Annotated[Int32, READ_ONLY]
    ledger_entries: list[CustomerLoyaltyLedger] | None
    loyalty_tier_expiration_dts: Annotated[Instant, READ_ONLY]
    loyalty_tier_name: Annotated[Text, READ_ONLY]
    loyalty_tier_oid: Int32  # zero removes the tier
    pending_points: Annotated[Int32, READ_ONLY]
    redemptions: Annotated[list[CustomerLoyaltyRedemption] | None, READ_ONLY]


class CustomerStoreCreditLedgerEntry(TypedDict, total=False):
    """One movement of store credit, past or to come."""

    action: Annotated[Text, READ_ONLY]  # Vesting or Expiring
    amount: Annotated[Number, READ_ONLY]
    description: Annotated[Text, Max(50), READ_ONLY]
    entry_dts: Annotated[Text, READ_ONLY]  # spec lacks dateTime format
    gift_certificate_ledger_oid: Annotated[Int32, READ_ONLY]
    gift_certificate_oid: Annotated[Int32, READ_ONLY]
    reference_order_id: Annotated[Text, READ_ONLY]


class CustomerStoreCredit(TypedDict, total=False):
    """Store credit in sums and movements."""

    available: Annotated[Number, READ_ONLY]  # unused and vested
    expiring: Annotated[Number, READ_ONLY]  # within 30 days
    future_ledgers: Annotated[list[CustomerStoreCreditLedgerEntry] | None, READ_ONLY]
    past_ledgers: Annotated[list[CustomerStoreCreditLedgerEntry] | None, READ_ONLY]
    total: Annotated[Number, READ_ONLY]  # lifetime
    vesting: Annotated[Number, READ_ONLY]
