"""What of orders and cases is shown at which tier: a rule for every text, as `privacy` has for customers.

A text that has no rule is hidden at every tier, and a test fails. Numbers, instants and flags are open.
Names of items, ways of shipping and states are the merchant's own words; what a person has written, or would
be found by, is hidden at standard: addresses, comments, gift messages, subjects and messages of cases,
numbers of parcels, and codes that whoever has them can spend.
"""

import re
from typing import Final

from ucsync.model import Tier
from ucsync.store.warehouse.privacy import (
    CODE,
    DATE,
    EMAIL,
    HASHED,
    HIDDEN,
    OWN_WORDS,
    REGION,
    SHAPELESS,
    Rule,
)
from ucsync.ultracart.countries import country_names
from ucsync.ultracart.my_account.models import MODELS

_MONTHS: Final = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
#: As the vendor shows dates, and as it writes them where a field is no instant.
DAY: Final = Rule(
    Tier.STANDARD,
    form=rf"[0-9]{{2}}[- ](?i:{_MONTHS})[- ][0-9]{{4}}( [0-9:]{{4,8}})?|{DATE.form}",
)
#: As shown in the order's currency, by its sign; a table has so many that each must be cheap to try.
SHOWN: Final = Rule(Tier.STANDARD, form=r"[0-9\p{Sc} .,()%+\x{a0}\x{2019}\x{202f}-]{1,24}")
_NAMES: Final = "|".join(re.sub(r"[^\w ]", ".", name) for name in country_names())
#: A code or a name that is one; what else people type there is hidden.
COUNTRY: Final = Rule(Tier.STANDARD, form=rf"[A-Z]{{2}}|(?i:{_NAMES})")
#: Of the merchant's shop; without what a query of theirs may tell.
ADDRESS_OF_A_PAGE: Final = Rule(Tier.STANDARD, form=r"https?://[^@?#\s]{1,300}")
#: Who of the two; a clerk's name would be one's own.
SENDER: Final = Rule(
    Tier.STANDARD, form="|".join(MODELS["CaseMessage"].fields["messageSender"].choices) or None
)

_PERSON: Final = {
    "Address1": HASHED,
    "Address2": HASHED,
    "City": HASHED,
    "Company": HASHED,
    "Country": COUNTRY,
    "DayPhone": HASHED,
    "EveningPhone": HASHED,
    "FirstName": HASHED,
    "LastName": HASHED,
    "PostalCode": HASHED,
    "State": REGION,
    "Title": HIDDEN,
}
_MONEY: Final = (
    "buysafeCost", "buysafeRefunded", "discount", "giftCertificateAmount", "giftCharge", "giftWrapCost",
    "insureShipCost", "insureShipRefunded", "shippingHandlingDiscount", "shippingHandlingRefunded",
    "shippingHandlingTotal", "subtotal", "subtotalBeforeDiscount", "subtotalRefunded", "surcharge", "tax",
    "taxRate", "taxRefunded", "total", "totalRefunded",
)  # fmt: skip
_DAYS: Final = ("creationDate", "quoteExpirationDate", "rejectedDate", "shipOnDate")

#: By the table, and the path of a text in it.
ACCOUNT_RULES: Final[dict[str, dict[str, Rule]]] = {
    "orders": {
        **{f"{role}{part}": rule for role in ("billTo", "shipTo") for part, rule in _PERSON.items()},
        **{f"{name}Formatted": SHOWN for name in _MONEY},
        **{f"{name}Formatted": DAY for name in _DAYS},
        "advertisingSource": HASHED,
        "cardNumber": HIDDEN,
        "cardType": OWN_WORDS,
        "ccEmails": HIDDEN,
        "checkNumber": HIDDEN,
        "comments": HIDDEN,
        "coupons.code": HASHED,
        "coupons.description": OWN_WORDS,
        "currencyWarning": OWN_WORDS,
        "deliveryDate": DAY,
        "ediInformation": SHAPELESS,
        "email": EMAIL,
        "fax": HIDDEN,
        "giftCertificateCode": HIDDEN,
        "giftEmail": EMAIL,
        "giftMessage": HIDDEN,
        "giftWrapTitle": OWN_WORDS,
        "labels": SHAPELESS,
        "merchantId": CODE,
        "orderId": CODE,
        "paymentDate": DAY,
        "paymentMethod": OWN_WORDS,
        "paymentNote": HIDDEN,
        "purchaseOrderNumber": HIDDEN,
        "referralCode": HASHED,
        "shipping3rdPartyAccountNumber": HIDDEN,
        "shippingMethod": OWN_WORDS,
        "shippingMethodCompany": OWN_WORDS,
        "shippingMethodDetailed": OWN_WORDS,
        "shippingMethodName": OWN_WORDS,
        "specialInstructions": HIDDEN,
        "status": OWN_WORDS,
        "taxCounty": HIDDEN,
        "themeCode": CODE,
        "trackingNumbers": HIDDEN,
        "_extras": SHAPELESS,
    },
    "order_items": {
        "activationCode": HASHED,
        "defaultImageUrl": ADDRESS_OF_A_PAGE,
        "defaultThumbnailSsl": ADDRESS_OF_A_PAGE,
        "description": OWN_WORDS,
        "itemId": CODE,
        "metaData": SHAPELESS,
        "options": SHAPELESS,
        "orderId": CODE,
        "totalCostFormatted": SHOWN,
        "totalRefundFormatted": SHOWN,
        "viewUrl": ADDRESS_OF_A_PAGE,
        "_extras": SHAPELESS,
    },
    "cases": {
        "caseOid": CODE,
        "creationDateFormatted": DAY,
        "customerProfileId": CODE,
        "email": EMAIL,
        "lastUpdateDateFormatted": DAY,
        "merchantId": CODE,
        "orderId": CODE,
        "status": OWN_WORDS,
        "subject": HIDDEN,
        "_extras": SHAPELESS,
    },
    "case_messages": {
        "caseMessageOid": CODE,
        "caseOid": CODE,
        "message": HIDDEN,
        "messageDateFormatted": DAY,
        "messageSender": SENDER,
        "orderId": CODE,
        "_extras": SHAPELESS,
    },
}
