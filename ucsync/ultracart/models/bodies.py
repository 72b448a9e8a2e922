"""What is sent to operations that take no customer."""

from typing import Annotated, TypedDict

from ucsync.ultracart.fields import Instant, Int32, Max, Number, OneOf, Since, Text


class AdjustInternalCertificateRequest(TypedDict, total=False):
    """A change of the cashback balance."""

    adjustment_amount: Number  # server rejects when missing
    description: Text  # prose limit 50 characters
    entry_dts: Instant  # defaults to now
    expiration_days: Int32
    order_id: Text
    vesting_days: Int32


class CustomerEmailListChanges(TypedDict, total=False):
    """Lists to join and to leave; sent and answered in the same shape."""

    add_to_lists: list[str] | None  # uuid or name: unstated
    remove_from_lists: list[str] | None  # uuid or name: unstated


class CustomerMergeRequest(TypedDict, total=False):
    """The profile to absorb, by oid or by e-mail, never both."""

    customer_profile_oid: Int32  # give this or email
    email: Text  # give this or oid


class CustomerQuery(TypedDict, total=False):
    """The filters of getCustomersByQuery."""

    all_tags: list[str] | None  # customer must have every tag
    any_tags: list[str] | None  # customer must have any tag
    billing_city: Annotated[Text, Max(32)]
    billing_company: Annotated[Text, Max(50)]
    billing_country_code: Annotated[Text, Max(2)]
    billing_day_phone: Annotated[Text, Max(25)]
    billing_evening_phone: Annotated[Text, Max(25)]
    billing_first_name: Annotated[Text, Max(30)]
    billing_last_name: Annotated[Text, Max(30)]
    billing_postal_code: Annotated[Text, Max(20)]
    billing_state: Annotated[Text, Max(32)]  # matches billing.state_region
    email: Text
    emails: Annotated[list[str] | None, Since("4.0.239")]  # combines with email
    last_modified_dts_end: Instant
    last_modified_dts_start: Instant
    pricing_tier_name: Annotated[Text, Max(50)]
    pricing_tier_oid: Int32
    qb_class: Text
    query_target: Annotated[Text, OneOf("origin", "cache"), Since("4.1.35")]  # cache may lag origin
    quickbooks_code: Text  # matches qb_code
    shipping_city: Annotated[Text, Max(32)]
    shipping_company: Annotated[Text, Max(50)]
    shipping_country_code: Annotated[Text, Max(2)]
    shipping_day_phone: Annotated[Text, Max(25)]
    shipping_evening_phone: Annotated[Text, Max(25)]
    shipping_first_name: Annotated[Text, Max(30)]
    shipping_last_name: Annotated[Text, Max(30)]
    shipping_postal_code: Annotated[Text, Max(20)]
    shipping_state: Annotated[Text, Max(32)]  # matches shipping.state_region
    signup_dts_end: Instant
    signup_dts_start: Instant


class CustomerStoreCreditAddRequest(TypedDict, total=False):
    """Store credit to add."""

    amount: Number  # server: required and positive
    description: Text
    expiration_days: Int32  # zero means never
    vesting_days: Int32  # zero means immediately


class EmailVerifyTokenRequest(TypedDict, total=False):
    """Whose e-mail address to verify."""

    email: Text
    password: Text


class EmailVerifyTokenValidateRequest(TypedDict, total=False):
    """A token to check."""

    token: Text
