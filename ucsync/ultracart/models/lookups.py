"""Values that a merchant configures: lists, countries, partners."""

from typing import Annotated, TypedDict

from ucsync.ultracart.fields import Flag, Instant, Int32, Max, Text


class ChannelPartner(TypedDict, total=False):
    """A partner that sends or receives orders by EDI."""

    channel_partner_oid: Int32
    code: Text
    communication_method: Text
    dont_hold_shipment: Flag
    inactive: Flag
    merchant_id: Text
    name: Text
    skip_customer_emails: Flag


class Country(TypedDict, total=False):
    """A country of the profile editor."""

    iso_2_code: Annotated[Text, Max(2)]
    name: Annotated[Text, Max(50)]


class CustomerAffiliate(TypedDict, total=False):
    """An affiliate that a customer can be credited to."""

    affiliate_oid: Int32
    email: Text
    first_name: Text
    last_name: Text


class CustomerEditorValues(TypedDict, total=False):
    """What the drop-downs of a profile editor offer."""

    affiliates: list[CustomerAffiliate] | None
    card_exp_months: list[str] | None
    card_exp_years: list[str] | None
    card_types: list[str] | None
    countries: list[Country] | None
    edi_channel_partners: list[ChannelPartner] | None
    loyalty_ledger_descriptions: list[str] | None
    loyalty_program_type: Text
    qb_classes: list[str] | None
    sales_rep_codes: list[str] | None
    state_optional_countries: list[Country] | None
    terms: list[str] | None


class EmailListSegmentUsedBy(TypedDict, total=False):
    """A campaign or flow that uses a list."""

    email_campaign_uuid: Text
    email_flow_uuid: Text
    name: Text


class EmailList(TypedDict, total=False):
    """An e-mail list of one storefront."""

    allow_csv_download: Flag
    created_dts: Instant
    deleted: Flag
    email_list_uuid: Text
    esp_list_segment_folder_uuid: Text
    member_count: Int32
    merchant_id: Text
    name: Annotated[Text, Max(250)]
    public_description: Text
    public_list: Flag
    storefront_oid: Int32
    used_by: list[EmailListSegmentUsedBy] | None


class KeyValue(TypedDict, total=False):
    """One hit of a lookup."""

    description: Text
    key: Text
    value: Text


class LookupRequest(TypedDict, total=False):
    """What to look up; said to find customer tags only."""

    category: Text
    matches: Text
    max_hits: Int32
    storefront_host_name: Text
    storefront_oid: Int32
    subcategory: Text
