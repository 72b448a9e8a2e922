"""The vendor's table `uc_customers`, so that queries written for it run here.

Its columns, their names, order and nesting are those of the vendor's own warehouse (read in its published
schema, 2026-11-22): instants without a time zone, in UTC; texts that the tier does not show are null, and
their hashes stand under `<field>_hash`. The vendor shows some at every tier that are hidden here at standard.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

import duckdb
import pyarrow as pa

from ucsync.model import Tier
from ucsync.store.schema import CUSTOMER
from ucsync.store.warehouse.casting import brought, quoted, type_in
from ucsync.store.warehouse.views import explain

_NAME: Final = "uc_customers"
_PURPOSE: Final = "One row a customer in the shape of the table of this name in UltraCart's own warehouse."

_ADDRESS: Final = """
    title company address1 address2 city state_region postal_code country_code day_phone evening_phone
    last_used_dts {default} company_hash first_name_hash last_name_hash address1_hash address2_hash
    day_phone_hash evening_phone_hash
"""
#: In parentheses what is within; without them, all that the API has, in its order. `partition_oid` is null,
#: orders are JSON texts.
_COLUMNS: Final = f"""
    partition_oid customer_profile_oid merchant_id email terms qb_class qb_code track_separately tax_exempt
    billing(customer_profile_oid customer_billing_oid tax_county first_name last_name
        {_ADDRESS.format(default="default_billing")})
    shipping(customer_profile_oid customer_shipping_oid tax_county first_name last_name
        {_ADDRESS.format(default="default_shipping")})
    cards(customer_profile_oid card_type card_number card_number_token card_expiration_month
        card_expiration_year customer_profile_credit_card_id last_used_dts)
    last_modified_dts last_modified_by allow_purchase_order auto_approve_purchase_order allow_cod
    allow_drop_shipping auto_approve_cod free_shipping free_shipping_minimum tax_id unapproved business_notes
    send_signup_notification minimum_subtotal minimum_item_count maximum_item_count no_realtime_charge
    sales_rep_code allow_selection_of_address_type exempt_shipping_handling_charge no_free_shipping
    allow_3rd_party_billing signup_dts no_coupons ups_account_number fedex_account_number dhl_account_number
    dhl_duty_account_number suppress_buysafe website_url referral_source affiliate_oid allow_quote_request
    automatic_merchant_notes
    pricing_tiers(pricing_tier_oid name)
    cc_emails(customer_profile_email_oid email receipt_notification shipment_notification refund_notification
        label email_hash)
    orders
    orders_summary(first_order_dts last_order_dts total order_count)
    tax_codes(avalara_customer_code avalara_entity_use_code taxjar_customer_id taxjar_exemption_type
        sovos_customer_code)
    quotes_summary(first_quote_dts last_quote_dts total quote_count)
    privacy(preference statistics marketing last_update_dts)
    reviewer(nickname location expert auto_approve reviews_contributed rank first_review last_review
        average_overall_rating number_helpful_review_votes)
    software_entitlements(customer_software_entitlement_oid software_sku activation_code activation_dts
        expiration_dts purchased_via_order_id purchased_via_item_id purchased_via_item_description
        activation_code_hash)
    activity(metrics memberships activities properties_list spam_complaint global_unsubscribed
        spam_complaint_dts global_unsubscribed_dts sms sms_stop)
    tags
    properties(customer_profile_property_oid name value expiration_dts)
    loyalty(current_points
        ledger_entries(loyalty_ledger_oid loyalty_campaign_oid ledger_dts loyalty_points description order_id
            email email_hash item_id created_by created_dts modified_by modified_dts vesting_dts item_index
            quantity)
        redemptions(loyalty_ledger_oid loyalty_redemption_oid redemption_dts loyalty_points
            description_for_customer order_id coupon_code_oid gift_certificate_oid coupon_code
            gift_certificate_code coupon_used remaining_balance expiration_dts)
        pending_points internal_gift_certificate_balance internal_gift_certificate_oid loyalty_tier_oid
        loyalty_tier_name loyalty_tier_expiration_dts)
    edi(channel_partner_oid store_number distribution_center_number)
    email_hash tax_id_hash qb_tax_exemption_reason_code do_not_send_mail fax
"""
_WORD: Final = re.compile(r"\w+|[()]")
_OWN_TYPES: Final = {"partition_oid": pa.int64()}


def build_vendor_view(connection: duckdb.DuckDBPyConnection, tier: Tier) -> None:
    """Make it over the table `customers`: in the vendor's own dataset, and in that of the tier."""
    held = connection.sql("FROM customers LIMIT 0").to_arrow_table().schema
    wanted = pa.schema(_fields(_Words(_COLUMNS), CUSTOMER))
    columns = ", ".join(
        f"{brought(quoted(field.name), type_in(held, field.name), field.type)} AS {quoted(field.name)}"
        for field in wanted
    )
    datasets = ["ultracart_dw"] if tier is Tier.STANDARD else ["ultracart_dw", f"ultracart_dw_{tier.value}"]
    for dataset in datasets:
        connection.execute(f"CREATE SCHEMA {dataset}")
        connection.execute(f"CREATE VIEW {dataset}.{_NAME} AS SELECT {columns} FROM main.customers")  # noqa: S608 - names of ours
        explain(connection, "VIEW", f"{dataset}.{_NAME}", _PURPOSE)


class _Words:
    """The words of a text, of which one can be seen ahead."""

    def __init__(self, text: str) -> None:
        self._words: Iterator[str] = iter(_WORD.findall(text))
        self.ahead = next(self._words, "")

    def take(self) -> str:
        """The next one; empty at the end."""
        word, self.ahead = self.ahead, next(self._words, "")
        return word


def _fields(words: _Words, known: Any) -> list[Any]:
    """The fields up to a closing parenthesis or the end, with the types that the API's have."""
    fields = []
    while (name := words.take()) not in ("", ")"):
        inner = None
        if words.ahead == "(":
            words.take()
            inner = words
        type_ = type_in(known, name) or _OWN_TYPES.get(name, pa.string())
        fields.append(pa.field(name, _vendors(type_, inner)))
    return fields


def _vendors(type_: Any, words: _Words | None) -> Any:
    """A type of the API as the vendor's warehouse has it."""
    if pa.types.is_list(type_):
        return pa.list_(_vendors(type_.value_type, words))
    if pa.types.is_struct(type_):
        if words is not None:
            return pa.struct(_fields(words, type_))
        return pa.struct([pa.field(field.name, _vendors(field.type, None)) for field in type_])
    return pa.timestamp("us") if pa.types.is_timestamp(type_) else type_
