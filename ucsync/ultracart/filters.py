"""The filters of getCustomers, for keyword arguments (fact sheet §1.1)."""

from datetime import datetime
from typing import TypedDict


class CustomerFilters(TypedDict, total=False):
    """All must match; windows take aware datetimes. Whether text matches in part is not documented."""

    email: str | None
    qb_class: str | None
    quickbooks_code: str | None
    last_modified_dts_start: datetime | None
    last_modified_dts_end: datetime | None
    signup_dts_start: datetime | None
    signup_dts_end: datetime | None
    billing_first_name: str | None
    billing_last_name: str | None
    billing_company: str | None
    billing_city: str | None
    billing_state: str | None
    billing_postal_code: str | None
    billing_country_code: str | None
    billing_day_phone: str | None
    billing_evening_phone: str | None
    shipping_first_name: str | None
    shipping_last_name: str | None
    shipping_company: str | None
    shipping_city: str | None
    shipping_state: str | None
    shipping_postal_code: str | None
    shipping_country_code: str | None
    shipping_day_phone: str | None
    shipping_evening_phone: str | None
    pricing_tier_oid: int | None
    pricing_tier_name: str | None
