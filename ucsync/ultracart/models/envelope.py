"""What answers are wrapped in."""

from typing import Annotated, TypedDict

from ucsync.ultracart.fields import Flag, Int32, Number, Since, Text
from ucsync.ultracart.models.customer import Customer
from ucsync.ultracart.models.lookups import EmailList, KeyValue
from ucsync.ultracart.models.loyalty import CustomerStoreCredit
from ucsync.ultracart.models.wishlist import CustomerWishListItem


class ErrorDetail(TypedDict, total=False):
    """What went wrong; `error_code` is documented as the HTTP status."""

    developer_message: Text
    error_code: Text  # documented as HTTP status code
    more_info: Text
    object_id: Text
    user_message: Text


class WarningDetail(TypedDict, total=False):
    """What was done, with a reservation."""

    more_info: Text
    warning_code: Annotated[Text, Since("4.1.85")]  # known values not in sources
    warning_message: Text


class ResultSet(TypedDict, total=False):
    """Where an answer stands in its list."""

    count: Int32
    limit: Int32
    more: Flag
    next_offset: Int32
    offset: Int32  # zero based
    total_records: Int32  # null when unknown


class ResponseMetadata(TypedDict, total=False):
    """Facts about the answer."""

    payload_name: Text
    result_set: ResultSet | None


class Envelope(TypedDict, total=False):
    """The wrapping itself; `success` may be missing, do not depend on it (§2.4)."""

    error: ErrorDetail | None
    metadata: ResponseMetadata | None
    success: Flag
    warning: WarningDetail | None


class BaseResponse(Envelope, total=False):
    """An envelope and nothing else."""


class ErrorResponse(Envelope, total=False):
    """The body of every error."""


class AdjustInternalCertificateResponse(Envelope, total=False):
    """The adjustment made and the balance after it."""

    adjustment_amount: Number
    balance_amount: Number


class CustomerMagicLinkResponse(Envelope, total=False):
    """A link that logs the customer in."""

    url: Text


class CustomerResponse(Envelope, total=False):
    """One customer."""

    customer: Customer | None


class CustomersResponse(Envelope, total=False):
    """One page of customers."""

    customers: list[Customer] | None


class CustomerStoreCreditResponse(Envelope, total=False):
    """Store credit of one customer."""

    customer_store_credit: CustomerStoreCredit | None


class CustomerWishListItemResponse(Envelope, total=False):
    """One wished item."""

    wishlist_item: CustomerWishListItem | None


class CustomerWishListItemsResponse(Envelope, total=False):
    """The whole wish list; not paged."""

    wishlist_items: list[CustomerWishListItem] | None


class EmailListsResponse(Envelope, total=False):
    """Every list of every storefront."""

    lists: list[EmailList] | None


class EmailVerifyTokenResponse(Envelope, total=False):
    """A verification token."""

    token: Text


class EmailVerifyTokenValidateResponse(Envelope, total=False):
    """Whether a token is valid, said by `success` alone."""


class LookupResponse(Envelope, total=False):
    """The hits of a lookup."""

    values: list[KeyValue] | None


class DataTablesServerSideResponse(TypedDict, total=False):
    """A page in the form of the DataTables plugin; no envelope."""

    data: list[Customer] | None
    draw: Int32
    recordsFiltered: Int32  # camelCase on the wire
    recordsTotal: Int32  # camelCase on the wire
