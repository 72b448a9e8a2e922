"""Orders as the customer sees them; all of it is read only (seed, section Order)."""

from typing import Annotated, Final, TypedDict

from ucsync.ultracart.fields import (
    Anything,
    Flag,
    Form,
    Int64,
    Mark,
    Number,
    OneOf,
    Text,
)
from ucsync.ultracart.my_account.models.cases import Case
from ucsync.ultracart.my_account.models.items import Item

ORDER_STATES: Final = OneOf(
    "Completed", "Rejected", "Quote Sent", "Quote Requested", "Pre-Order Item", "Pending"
)


class Coupon(TypedDict, total=False):
    """A coupon that was used."""

    code: Text  # portal template reads couponCode
    description: Text


class Order(TypedDict, total=False):
    """One order. Each money field is a number with a text twin in the order's own currency."""

    labels: Anything  # keys in OrderLabels
    merchantId: Text
    customerProfileId: Int64
    orderId: Text
    rejected: Flag
    themeCode: Text
    creationDate: Annotated[Text, Form.ISO]
    creationDateFormatted: Annotated[Text, Form.DAY]
    shipOnDate: Annotated[Text, Form.ISO]
    shipOnDateFormatted: Annotated[Text, Form.DAY]
    saturdayDelivery: Flag
    rejectedDate: Annotated[Text, Form.ISO]
    rejectedDateFormatted: Annotated[Text, Form.DAY]
    quoteExpirationDate: Annotated[Text, Form.ISO]
    quoteExpirationDateFormatted: Annotated[Text, Form.DAY]
    status: Annotated[Text, ORDER_STATES]
    testOrder: Flag
    shippingMethod: Text
    shippingMethodName: Text
    shippingMethodDetailed: Text
    shippingMethodCompany: Text
    shipping3rdPartyAccountNumber: Text
    email: Text
    ccEmails: list[str] | None
    giftEmail: Text
    billToCompany: Text
    billToTitle: Text
    billToFirstName: Text
    billToLastName: Text
    billToAddress1: Text
    billToAddress2: Text
    billToCity: Text
    billToState: Text
    billToPostalCode: Text
    billToCountry: Text
    billToDayPhone: Text
    billToEveningPhone: Text
    shipToCompany: Text
    shipToTitle: Text
    shipToFirstName: Text
    shipToLastName: Text
    shipToAddress1: Text
    shipToAddress2: Text
    shipToCity: Text
    shipToState: Text
    shipToPostalCode: Text
    shipToCountry: Text
    shipToDayPhone: Text
    shipToEveningPhone: Text
    gift: Flag
    liftGate: Flag
    shipToResidential: Flag
    hidePaymentInformation: Flag
    refundPresent: Flag  # deprecated duplicate of hasRefund
    taxShipping: Flag
    taxCounty: Text
    referralCode: Text
    advertisingSource: Text
    paymentMethod: Text
    paymentNote: Text
    cardType: Text
    cardNumber: Text
    coupons: list[Coupon] | None  # seed type Coupon; portal iterates
    items: list[Item] | None
    giftWrapTitle: Text
    giftWrapCost: Number
    giftWrapCostFormatted: Text
    hasDiscount: Flag
    hasRefund: Flag
    subtotalBeforeDiscount: Number
    subtotalBeforeDiscountFormatted: Text
    discount: Number
    discountFormatted: Text
    subtotal: Number
    subtotalFormatted: Text
    subtotalRefunded: Number
    subtotalRefundedFormatted: Text
    taxRate: Number
    taxRateFormatted: Text
    shippingHandlingDiscount: Number
    shippingHandlingDiscountFormatted: Text
    shippingHandlingTotal: Number
    shippingHandlingTotalFormatted: Text
    shippingHandlingRefunded: Number
    shippingHandlingRefundedFormatted: Text
    tax: Number
    taxFormatted: Text
    taxRefunded: Number
    taxRefundedFormatted: Text
    giftCharge: Number
    giftChargeFormatted: Text
    surcharge: Number
    surchargeFormatted: Text
    showBuysafe: Flag
    buysafeCost: Number
    buysafeCostFormatted: Text
    buysafeRefunded: Number
    buysafeRefundedFormatted: Text
    showInsureShip: Flag
    insureShipCost: Number
    insureShipCostFormatted: Text
    insureShipRefunded: Number
    insureShipRefundedFormatted: Text
    total: Number
    totalFormatted: Text
    totalRefunded: Number
    totalRefundedFormatted: Text
    showCurrencyWarning: Flag
    currencyWarning: Text
    giftCertificateCode: Text
    giftCertificateAmount: Number
    giftCertificateAmountFormatted: Text
    giftMessage: list[str] | None
    specialInstructions: list[str] | None
    comments: list[str] | None
    trackingNumbers: list[str] | None
    orderCase: Case | None
    deliveryDate: Annotated[Text, Mark.PORTAL_ONLY]  # only portal template uses it
    purchaseOrderNumber: Annotated[Text, Mark.PORTAL_ONLY]  # only portal template uses it
    checkNumber: Annotated[Text, Mark.PORTAL_ONLY]  # only portal template uses it
    paymentDate: Annotated[Text, Mark.PORTAL_ONLY]  # only portal template uses it
    ediInformation: Annotated[list[Anything] | None, Mark.PORTAL_ONLY]  # only portal template uses it
    fax: Annotated[Text, Mark.PORTAL_ONLY]  # only portal template uses it


class OrderTracking(TypedDict, total=False):
    """One parcel on its way."""

    merchantId: Text
    orderId: Text
    hasTrackingUrl: Flag
    trackingNumber: Text
    trackingUrl: Text
