"""What hangs on a customer: addresses, cards, tags, properties and the like."""

from typing import Annotated, TypedDict

from ucsync.ultracart.fields import READ_ONLY, Flag, Instant, Int32, Max, Number, Since, Text


class CustomerAttachment(TypedDict, total=False):
    """A file kept with the profile; its bytes are not part of the API."""

    customer_profile_attachment_oid: Annotated[Int32, READ_ONLY]
    description: Text
    file_name: Text
    mime_type: Text
    upload_dts: Annotated[Instant, READ_ONLY]


class Address(TypedDict, total=False):
    """What a billing and a shipping address have in common."""

    address1: Annotated[Text, Max(50)]
    address2: Annotated[Text, Max(50)]
    city: Annotated[Text, Max(32)]
    company: Annotated[Text, Max(50)]
    country_code: Annotated[Text, Max(2)]  # ISO-3166 alpha-2
    customer_profile_oid: Annotated[Int32, READ_ONLY]
    day_phone: Annotated[Text, Max(25)]
    day_phone_e164: Annotated[Text, READ_ONLY, Since("4.1.80")]
    evening_phone: Annotated[Text, Max(25)]
    evening_phone_e164: Annotated[Text, READ_ONLY, Since("4.1.80")]
    first_name: Annotated[Text, Max(30)]
    last_name: Annotated[Text, Max(30)]
    last_used_dts: Annotated[Instant, READ_ONLY]
    postal_code: Annotated[Text, Max(20)]
    state_region: Annotated[Text, Max(32)]
    tax_county: Annotated[Text, Max(32)]
    title: Annotated[Text, Max(50)]


class CustomerBilling(Address, total=False):
    """A billing address; without `customer_billing_oid` it is a new one."""

    customer_billing_oid: Annotated[Int32, READ_ONLY]
    default_billing: Flag


class CustomerShipping(Address, total=False):
    """A shipping address; without `customer_shipping_oid` it is a new one."""

    customer_shipping_oid: Annotated[Int32, READ_ONLY]
    default_shipping: Flag


class CustomerCard(TypedDict, total=False):
    """A stored card, masked when read; new cards go in through `card_number_token`."""

    card_expiration_month: Int32  # 1-12
    card_expiration_year: Int32  # four digits
    card_number: Text  # masked to last four
    card_number_token: Text  # hosted-field token, for writes
    card_type: Text
    customer_profile_credit_card_id: Annotated[Int32, READ_ONLY]
    customer_profile_oid: Annotated[Int32, READ_ONLY]
    last_used_dts: Annotated[Instant, READ_ONLY]


class CustomerEDI(TypedDict, total=False):
    """How the customer is known to an EDI channel partner."""

    channel_partner_oid: Int32
    distribution_center_number: Text
    store_number: Text


class CustomerEmail(TypedDict, total=False):
    """A further address that is copied on receipts and shipment notices."""

    customer_profile_email_oid: Annotated[Int32, READ_ONLY]
    email: Annotated[Text, Max(100)]
    label: Annotated[Text, Max(100)]
    receipt_notification: Flag
    refund_notification: Flag
    shipment_notification: Flag


class CustomerPricingTier(TypedDict, total=False):
    """A price list that applies to the customer."""

    name: Annotated[Text, Max(50)]
    pricing_tier_oid: Int32


class CustomerPrivacy(TypedDict, total=False):
    """What the customer consented to."""

    last_update_dts: Annotated[Instant, READ_ONLY]
    marketing: Flag
    preference: Flag
    statistics: Flag


class CustomerProperty(TypedDict, total=False):
    """A named value; it is deleted by the server once `expiration_dts` has passed."""

    customer_profile_property_oid: Annotated[Int32, READ_ONLY, Since("4.0.176")]
    expiration_dts: Instant  # property auto-deleted after this
    name: Annotated[Text, Max(100)]
    value: Annotated[Text, Max(1500)]


class CustomerReviewer(TypedDict, total=False):
    """The customer as a writer of item reviews."""

    auto_approve: Flag
    average_overall_rating: Annotated[Number, READ_ONLY]
    expert: Flag
    first_review: Annotated[Instant, READ_ONLY]
    last_review: Annotated[Instant, READ_ONLY]
    location: Text
    nickname: Text
    number_helpful_review_votes: Annotated[Int32, READ_ONLY]
    rank: Annotated[Int32, READ_ONLY]
    reviews_contributed: Annotated[Int32, READ_ONLY]


class CustomerSoftwareEntitlement(TypedDict, total=False):
    """A licence bought; moves to the survivor of a merge."""

    activation_code: Annotated[Text, Max(50)]
    activation_dts: Instant
    customer_software_entitlement_oid: Annotated[Int32, READ_ONLY]
    expiration_dts: Instant
    purchased_via_item_description: Annotated[Text, Max(512)]
    purchased_via_item_id: Annotated[Text, Max(20)]
    purchased_via_order_id: Annotated[Text, Max(30)]
    software_sku: Annotated[Text, Max(30)]


class CustomerTag(TypedDict, total=False):
    """A label."""

    tag_value: Annotated[Text, Max(250)]


class CustomerTaxCodes(TypedDict, total=False):
    """How tax services know the customer."""

    avalara_customer_code: Text
    avalara_entity_use_code: Text
    sovos_customer_code: Text
    taxjar_customer_id: Text
    taxjar_exemption_type: Text


class CustomerOrdersSummary(TypedDict, total=False):
    """The order history in four figures."""

    first_order_dts: Annotated[Instant, READ_ONLY]
    last_order_dts: Annotated[Instant, READ_ONLY]
    order_count: Annotated[Int32, READ_ONLY]
    total: Annotated[Number, READ_ONLY]


class CustomerQuotesSummary(TypedDict, total=False):
    """The quote history in four figures."""

    first_quote_dts: Annotated[Instant, READ_ONLY]
    last_quote_dts: Annotated[Instant, READ_ONLY]
    quote_count: Annotated[Int32, READ_ONLY]
    total: Annotated[Number, READ_ONLY]
