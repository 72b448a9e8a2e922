"""The customer profile: 48 base fields, 15 parts with an expansion, 4 without a documented one."""

from typing import Annotated, TypedDict

from ucsync.ultracart.fields import (
    READ_ONLY,
    WRITE_ONLY,
    Flag,
    Instant,
    Int32,
    Max,
    Number,
    Order,
    Since,
    Text,
)
from ucsync.ultracart.models.activity import CustomerActivity
from ucsync.ultracart.models.loyalty import CustomerLoyalty
from ucsync.ultracart.models.parts import (
    CustomerAttachment,
    CustomerBilling,
    CustomerCard,
    CustomerEDI,
    CustomerEmail,
    CustomerOrdersSummary,
    CustomerPricingTier,
    CustomerPrivacy,
    CustomerProperty,
    CustomerQuotesSummary,
    CustomerReviewer,
    CustomerShipping,
    CustomerSoftwareEntitlement,
    CustomerTag,
    CustomerTaxCodes,
)


class Customer(TypedDict, total=False):
    """One customer profile, the survivor and the victim of every merge.

    Base fields are always answered; the parts (everything that is an object or a list) only when
    their expansion is asked for. In an update a key that is absent stays as it is, so absent and
    null are different things here (api fact sheet §4).
    """

    activity: Annotated[CustomerActivity | None, READ_ONLY]  # no documented expansion name
    affiliate_oid: Int32
    allow_3rd_party_billing: Flag
    allow_cod: Flag
    allow_drop_shipping: Flag
    allow_purchase_order: Flag
    allow_quote_request: Flag
    allow_selection_of_address_type: Flag
    attachments: list[CustomerAttachment] | None
    auto_approve_cod: Flag
    auto_approve_purchase_order: Flag
    automatic_merchant_notes: Text
    billing: list[CustomerBilling] | None
    birth_date: Text  # SDK 4.1.208; format not documented
    business_notes: Annotated[Text, Max(2000)]  # merchant-internal
    cards: list[CustomerCard] | None
    cc_emails: list[CustomerEmail] | None
    customer_profile_oid: Annotated[Int32, READ_ONLY]
    dhl_account_number: Annotated[Text, Max(20)]
    dhl_duty_account_number: Annotated[Text, Max(20)]
    do_not_send_mail: Annotated[Flag, Since("4.0.185")]  # null leaves value unchanged
    edi: CustomerEDI | None  # no documented expansion name
    email: Text  # no length or format declared
    exempt_shipping_handling_charge: Flag
    fax: Annotated[Text, Max(32), Since("4.1.22")]
    fedex_account_number: Annotated[Text, Max(20)]
    free_shipping: Flag
    free_shipping_minimum: Number  # applies when free_shipping true
    last_modified_by: Annotated[Text, Max(100), READ_ONLY]
    last_modified_dts: Annotated[Instant, READ_ONLY]
    loyalty: CustomerLoyalty | None
    maximum_item_count: Int32
    merchant_id: Annotated[Text, READ_ONLY]
    minimum_item_count: Int32
    minimum_subtotal: Number
    no_coupons: Flag
    no_free_shipping: Flag
    no_realtime_charge: Flag
    orders: Annotated[list[Order] | None, READ_ONLY]  # opaque JSON; expansion name undocumented
    orders_summary: Annotated[CustomerOrdersSummary | None, READ_ONLY]
    password: Annotated[Text, Max(30), WRITE_ONLY]  # write-only; never returned
    pricing_tiers: list[CustomerPricingTier] | None
    privacy: CustomerPrivacy | None
    properties: list[CustomerProperty] | None
    qb_class: Text
    qb_code: Text  # query name is quickbooks_code
    qb_tax_exemption_reason_code: Annotated[Int32, Since("4.0.158")]
    quickbooks_online_customer_id: Annotated[Text, Max(50)]  # SDK 4.1.208
    quotes: Annotated[list[Order] | None, READ_ONLY]  # opaque JSON; expansion name undocumented
    quotes_summary: Annotated[CustomerQuotesSummary | None, READ_ONLY]
    referral_source: Annotated[Text, Max(50)]  # wholesale signup form only
    reviewer: CustomerReviewer | None
    sales_rep_code: Annotated[Text, Max(10)]
    send_signup_notification: Flag  # used only at creation
    shipping: list[CustomerShipping] | None
    signup_dts: Annotated[Text, READ_ONLY]  # spec lacks dateTime format
    software_entitlements: list[CustomerSoftwareEntitlement] | None
    suppress_buysafe: Flag  # deprecated
    tags: list[CustomerTag] | None
    tax_codes: CustomerTaxCodes | None
    tax_exempt: Flag
    tax_id: Annotated[Text, Max(15)]
    terms: Text
    track_separately: Flag
    unapproved: Flag
    ups_account_number: Annotated[Text, Max(20)]
    website_url: Annotated[Text, Max(100)]
