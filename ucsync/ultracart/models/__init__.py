"""The models of the Customer API: one typed dict each, from which the field tables are read.

Owns names, types, lengths and the marks read-only and write-only, as the vendor's SDKs declare them
(Python SDK 4.1.66, JavaScript SDK 4.1.86; what 4.1.208 added says so). Most read-only marks are
inferred: the vendor states only a few. Never does: checking, sending, storing.
"""

from typing import is_typeddict

from ucsync.ultracart.fields import Model, read_model
from ucsync.ultracart.models.activity import (
    Activity,
    CustomerActivity,
    ListSegmentMembership,
    Metric,
    Property,
)
from ucsync.ultracart.models.bodies import (
    AdjustInternalCertificateRequest,
    CustomerEmailListChanges,
    CustomerMergeRequest,
    CustomerQuery,
    CustomerStoreCreditAddRequest,
    EmailVerifyTokenRequest,
    EmailVerifyTokenValidateRequest,
)
from ucsync.ultracart.models.customer import Customer
from ucsync.ultracart.models.envelope import (
    AdjustInternalCertificateResponse,
    BaseResponse,
    CustomerMagicLinkResponse,
    CustomerResponse,
    CustomersResponse,
    CustomerStoreCreditResponse,
    CustomerWishListItemResponse,
    CustomerWishListItemsResponse,
    DataTablesServerSideResponse,
    EmailListsResponse,
    EmailVerifyTokenResponse,
    EmailVerifyTokenValidateResponse,
    ErrorDetail,
    ErrorResponse,
    LookupResponse,
    ResponseMetadata,
    ResultSet,
    WarningDetail,
)
from ucsync.ultracart.models.lookups import (
    ChannelPartner,
    Country,
    CustomerAffiliate,
    CustomerEditorValues,
    EmailList,
    EmailListSegmentUsedBy,
    KeyValue,
    LookupRequest,
)
from ucsync.ultracart.models.loyalty import (
    CustomerLoyalty,
    CustomerLoyaltyLedger,
    CustomerLoyaltyRedemption,
    CustomerStoreCredit,
    CustomerStoreCreditLedgerEntry,
    GiftCertificate,
    GiftCertificateLedgerEntry,
)
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
from ucsync.ultracart.models.wishlist import CustomerWishListItem

#: Every model under the vendor's own name; each name imported above is one.
MODELS: dict[str, Model] = {
    model.name: model for model in map(read_model, filter(is_typeddict, tuple(globals().values())))
}

__all__ = [
    "MODELS",
    "Activity",
    "AdjustInternalCertificateRequest",
    "AdjustInternalCertificateResponse",
    "BaseResponse",
    "ChannelPartner",
    "Country",
    "Customer",
    "CustomerActivity",
    "CustomerAffiliate",
    "CustomerAttachment",
    "CustomerBilling",
    "CustomerCard",
    "CustomerEDI",
    "CustomerEditorValues",
    "CustomerEmail",
    "CustomerEmailListChanges",
    "CustomerLoyalty",
    "CustomerLoyaltyLedger",
    "CustomerLoyaltyRedemption",
    "CustomerMagicLinkResponse",
    "CustomerMergeRequest",
    "CustomerOrdersSummary",
    "CustomerPricingTier",
    "CustomerPrivacy",
    "CustomerProperty",
    "CustomerQuery",
    "CustomerQuotesSummary",
    "CustomerResponse",
    "CustomerReviewer",
    "CustomerShipping",
    "CustomerSoftwareEntitlement",
    "CustomerStoreCredit",
    "CustomerStoreCreditAddRequest",
    "CustomerStoreCreditLedgerEntry",
    "CustomerStoreCreditResponse",
    "CustomerTag",
    "CustomerTaxCodes",
    "CustomerWishListItem",
    "CustomerWishListItemResponse",
    "CustomerWishListItemsResponse",
    "CustomersResponse",
    "DataTablesServerSideResponse",
    "EmailList",
    "EmailListSegmentUsedBy",
    "EmailListsResponse",
    "EmailVerifyTokenRequest",
    "EmailVerifyTokenResponse",
    "EmailVerifyTokenValidateRequest",
    "EmailVerifyTokenValidateResponse",
    "ErrorDetail",
    "ErrorResponse",
    "GiftCertificate",
    "GiftCertificateLedgerEntry",
    "KeyValue",
    "ListSegmentMembership",
    "LookupRequest",
    "LookupResponse",
    "Metric",
    "Property",
    "ResponseMetadata",
    "ResultSet",
    "WarningDetail",
]
