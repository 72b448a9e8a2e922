"""The operations of the Customer API as rows of one table.

Client, sandbox, documentation and tests read these rows. Sources: the vendor's CustomerApi page (24
operations), its Python SDK for `searchCustomers`, which is newer; success codes and scopes as in the
fact sheet, §1. The SDK 4.1.208 has four operations more (adjustLoyaltyPoints, getCustomerLoyalty,
getQuickBooksOnlineCustomers, updateCustomerEmailSuppression); they are not in this table.
"""

import re
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import Enum
from typing import Final

from ucsync.ultracart.fields import Field, Kind, Model
from ucsync.ultracart.models import MODELS


class Retry(Enum):
    """What repeating an operation may do."""

    SAFE = "reads only"
    IDEMPOTENT_WRITE = "sent twice, the server ends in the same state"
    NEVER_REPEAT = "sent twice, something happens twice or the second fails"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A path or query parameter; `minimum` and `maximum` bound integers (inclusive)."""

    field: Field
    minimum: int | None = None
    maximum: int | None = None

    @property
    def name(self) -> str:
        return self.field.name


@dataclass(frozen=True, slots=True)
class Operation:
    """One row.

    `payload` is the key of the answer that holds what was asked for; None where the answer is the
    bare model (`enveloped` False), the envelope alone, or empty (`answer` None).
    """

    operation_id: str
    method: str
    path: str
    retry: Retry
    scope: str
    path_parameters: tuple[Parameter, ...] = dataclass_field(repr=False)
    query: tuple[Parameter, ...] = dataclass_field(repr=False)
    body: Model | None = dataclass_field(repr=False)
    body_name: str | None
    answer: Model | None = dataclass_field(repr=False)
    payload: str | None
    success: tuple[int, ...]
    content_type: str | None

    @property
    def name(self) -> str:
        """`getCustomersByQuery` as `get_customers_by_query`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.operation_id).lower()

    @property
    def enveloped(self) -> bool:
        return self.answer is not None and "success" in self.answer.fields


#: The 15 documented names for `_expand`; each is also the name of the part it yields (§3).
EXPANSIONS: Final = (
    "attachments", "billing", "cards", "cc_emails", "loyalty", "orders_summary", "pricing_tiers",
    "privacy", "properties", "quotes_summary", "reviewer", "shipping", "software_entitlements",
    "tags", "tax_codes",
)  # fmt: skip

#: Parts of a customer for which no expansion is documented; a server may know the names.
EXPANSIONS_UNDOCUMENTED: Final = ("activity", "edi", "orders", "quotes")

#: Every part, in the model's order; all other fields of a customer are base fields.
PARTS: Final = tuple(sorted(EXPANSIONS + EXPANSIONS_UNDOCUMENTED))

LIMIT_DEFAULT: Final = 100
LIMIT_MAX: Final = 200
INT32_MAX: Final = 2**31 - 1

_ADDRESS = ("first_name", "last_name", "company", "city", "state", "postal_code", "country_code",
            "day_phone", "evening_phone")  # fmt: skip
_FILTERS = (
    *("email", "qb_class", "quickbooks_code"),
    *("last_modified_dts_start", "last_modified_dts_end", "signup_dts_start", "signup_dts_end"),
    *(f"billing_{name}" for name in _ADDRESS),
    *(f"shipping_{name}" for name in _ADDRESS),
    *("pricing_tier_oid", "pricing_tier_name"),
)


def _text(name: str) -> Parameter:
    return Parameter(Field(name, Kind.TEXT))


def _instant(name: str) -> Parameter:
    return Parameter(Field(name, Kind.INSTANT))


def _oid(name: str) -> Parameter:
    return Parameter(Field(name, Kind.INT32), minimum=1, maximum=INT32_MAX)


def _filter(name: str) -> Parameter:
    # lengths are declared for CustomerQuery only, so a query parameter has none (§1.1)
    return Parameter(Field(name, MODELS["CustomerQuery"].fields[name].kind))


_EXPAND = (_text("_expand"),)
_PAGING = (
    Parameter(Field("_limit", Kind.INT32), minimum=1, maximum=LIMIT_MAX),
    Parameter(Field("_offset", Kind.INT32), minimum=0, maximum=INT32_MAX),
    _instant("_since"),
    _text("_sort"),
    *_EXPAND,
)
_SEARCH = (_text("search_string"), _instant("signup_dts_start"), _instant("signup_dts_end"))
_NONE: tuple[Parameter, ...] = ()

_JSON = "application/json"
_JSON_UTF8 = "application/json; charset=UTF-8"
_C = "/customer/customers"
_ONE = f"{_C}/{{customer_profile_oid}}"
_WISHES = f"{_ONE}/wishlist"
_WISH = f"{_WISHES}/{{customer_wishlist_item_oid}}"
_PATH_FIELDS = {
    "customer_profile_oid": _oid("customer_profile_oid"),
    "customer_wishlist_item_oid": _oid("customer_wishlist_item_oid"),
    "email": _text("email"),
    "storefront_host_name": _text("storefront_host_name"),
}

SAFE, IDEMPOTENT, NEVER = Retry.SAFE, Retry.IDEMPOTENT_WRITE, Retry.NEVER_REPEAT
READ, WRITE = "customer_read", "customer_write"


def _row(
    operation_id: str,
    route: str,
    retry: Retry,
    scope: str,
    *,
    query: tuple[Parameter, ...] = _NONE,
    body: tuple[str, str, str] | None = None,
    answer: tuple[str, str | None] | None = None,
) -> Operation:
    """`body` is (vendor's parameter name, model, content type); `answer` is (model, payload key)."""
    method, path = route.split(" ")
    return Operation(
        operation_id=operation_id,
        method=method,
        path=path,
        retry=retry,
        scope=scope,
        path_parameters=tuple(_PATH_FIELDS[name] for name in re.findall(r"{(\w+)}", path)),
        query=query,
        body=MODELS[body[1]] if body else None,
        body_name=body[0] if body else None,
        answer=MODELS[answer[0]] if answer else None,
        payload=answer[1] if answer else None,
        # An answer without a body is 204 by the samples and by inference; both are taken (§1 †).
        success=(200,) if answer else (200, 204),
        content_type=body[2] if body else None,
    )


# fmt: off
_ROWS = (
    _row("addCustomerStoreCredit", f"POST {_ONE}/store_credit", NEVER, WRITE,
         body=("store_credit_request", "CustomerStoreCreditAddRequest", _JSON_UTF8),
         answer=("BaseResponse", None)),
    _row("adjustInternalCertificate", f"POST {_ONE}/adjust_cashback_balance", NEVER, WRITE,
         body=("adjust_internal_certificate_request", "AdjustInternalCertificateRequest", _JSON_UTF8),
         answer=("AdjustInternalCertificateResponse", None)),
    _row("deleteCustomer", f"DELETE {_ONE}", IDEMPOTENT, WRITE),
    _row("deleteWishListItem", f"DELETE {_WISH}", IDEMPOTENT, WRITE),
    _row("getCustomer", f"GET {_ONE}", SAFE, READ,
         query=_EXPAND, answer=("CustomerResponse", "customer")),
    _row("getCustomerByEmail", f"GET {_C}/by_email/{{email}}", SAFE, READ,
         query=_EXPAND, answer=("CustomerResponse", "customer")),
    _row("getCustomerEditorValues", "GET /customer/editor_values", SAFE, READ,
         answer=("CustomerEditorValues", None)),
    _row("getCustomerEmailLists", "GET /customer/email_lists", SAFE, READ,
         answer=("EmailListsResponse", "lists")),
    _row("getCustomerStoreCredit", f"GET {_ONE}/store_credit", SAFE, READ,
         answer=("CustomerStoreCreditResponse", "customer_store_credit")),
    _row("getCustomerWishList", f"GET {_WISHES}", SAFE, READ,
         answer=("CustomerWishListItemsResponse", "wishlist_items")),
    _row("getCustomerWishListItem", f"GET {_WISH}", SAFE, READ,
         answer=("CustomerWishListItemResponse", "wishlist_item")),
    _row("getCustomers", f"GET {_C}", SAFE, READ,
         query=(*map(_filter, _FILTERS), *_PAGING), answer=("CustomersResponse", "customers")),
    _row("getCustomersByQuery", f"POST {_C}/query", SAFE, READ, query=_PAGING,
         body=("customer_query", "CustomerQuery", _JSON),
         answer=("CustomersResponse", "customers")),
    _row("getCustomersForDataTables", f"POST {_C}/dataTables", SAFE, READ,
         query=_EXPAND, answer=("DataTablesServerSideResponse", None)),
    _row("getEmailVerificationToken", f"POST {_C}/email_verify/get_token", NEVER, READ,
         body=("token_request", "EmailVerifyTokenRequest", _JSON),
         answer=("EmailVerifyTokenResponse", "token")),
    _row("getMagicLink", f"PUT {_ONE}/magic_link/{{storefront_host_name}}", NEVER, WRITE,
         answer=("CustomerMagicLinkResponse", "url")),
    _row("insertCustomer", f"POST {_C}", NEVER, WRITE, query=_EXPAND,
         body=("customer", "Customer", _JSON_UTF8), answer=("CustomerResponse", "customer")),
    _row("insertWishListItem", f"POST {_WISHES}", NEVER, WRITE,
         body=("wishlist_item", "CustomerWishListItem", _JSON_UTF8),
         answer=("CustomerWishListItem", None)),
    _row("mergeCustomer", f"PUT {_ONE}/merge", NEVER, WRITE, query=_EXPAND,
         body=("customer", "CustomerMergeRequest", _JSON_UTF8)),
    _row("searchCustomerProfileValues", "POST /customer/search", SAFE, READ,
         body=("lookup_request", "LookupRequest", _JSON), answer=("LookupResponse", "values")),
    _row("searchCustomers", f"GET {_C}/search", SAFE, READ,
         query=(*_SEARCH, *_PAGING), answer=("CustomersResponse", "customers")),
    _row("updateCustomer", f"PUT {_ONE}", IDEMPOTENT, WRITE, query=_EXPAND,
         body=("customer", "Customer", _JSON_UTF8), answer=("CustomerResponse", "customer")),
    _row("updateCustomerEmailLists", f"POST {_ONE}/email_lists", IDEMPOTENT, WRITE,
         body=("list_changes", "CustomerEmailListChanges", _JSON_UTF8),
         answer=("CustomerEmailListChanges", None)),
    _row("updateWishListItem", f"PUT {_WISH}", IDEMPOTENT, WRITE,
         body=("wishlist_item", "CustomerWishListItem", _JSON_UTF8),
         answer=("CustomerWishListItem", None)),
    _row("validateEmailVerificationToken", f"POST {_C}/email_verify/validate_token", SAFE, READ,
         body=("validation_request", "EmailVerifyTokenValidateRequest", _JSON),
         answer=("EmailVerifyTokenValidateResponse", None)),
)
# fmt: on

#: Every operation by its operationId.
OPERATIONS: Final = {row.operation_id: row for row in _ROWS}
