"""Who the customer is: the account, its addresses, its cards, and how it logs in."""

from typing import Annotated, Final, TypedDict

from ucsync.ultracart.fields import (
    READ_ONLY,
    WRITE_ONLY,
    Between,
    Edit,
    Form,
    Int64,
    Mark,
    Max,
    OneOf,
    Text,
)

CARD_TYPES: Final = OneOf("VISA", "MasterCard", "Discover", "Diners Club", "JCB", "AMEX")


class MyAccountDetail(TypedDict, total=False):
    """The account itself, with the address of record, which no other API has."""

    merchantId: Annotated[Text, Max(5), Mark.REQUIRED]
    customerProfileId: Annotated[Int64, Mark.REQUIRED, Mark.ASSIGNED, READ_ONLY]
    title: Annotated[Text, Max(50)]
    company: Annotated[Text, Max(50)]
    firstName: Annotated[Text, Max(30), Mark.REQUIRED]
    lastName: Annotated[Text, Max(30), Mark.REQUIRED]
    address1: Annotated[Text, Max(32), Mark.REQUIRED]
    address2: Annotated[Text, Max(32)]
    city: Annotated[Text, Max(32), Mark.REQUIRED]
    state: Annotated[Text, Max(32), Mark.REQUIRED]
    postalCode: Annotated[Text, Max(20), Mark.REQUIRED]
    country: Annotated[Text, Max(32), Mark.REQUIRED]
    dayPhone: Annotated[Text, Max(25)]
    eveningPhone: Annotated[Text, Max(25)]
    fax: Annotated[Text, Max(32)]
    taxId: Annotated[Text, Max(15)]  # wholesale customers
    password: Annotated[Text, Max(30), WRITE_ONLY]  # asterisks on read; POST only
    email: Annotated[Text, Max(100), Mark.PORTAL_ONLY]  # absent from seed table; used everywhere
    customerProfileOid: Annotated[Int64, Mark.PORTAL_ONLY]  # alias sent by settings.js


class Address(TypedDict, total=False):
    """One entry of the shipping or of the billing address book."""

    id: Annotated[Int64, Mark.REQUIRED, Mark.ASSIGNED, READ_ONLY]  # null ok; empty string breaks parser
    company: Annotated[Text, Max(50)]
    firstName: Annotated[Text, Max(30), Mark.REQUIRED]
    lastName: Annotated[Text, Max(30), Mark.REQUIRED]
    address1: Annotated[Text, Max(32), Mark.REQUIRED]
    address2: Annotated[Text, Max(32)]
    city: Annotated[Text, Max(32), Mark.REQUIRED]
    state: Annotated[Text, Max(32), Mark.REQUIRED]
    postalCode: Annotated[Text, Max(20), Mark.REQUIRED]
    country: Annotated[Text, Max(32), Mark.REQUIRED]
    title: Annotated[Text, Max(50)]
    dayPhone: Annotated[Text, Max(25)]
    eveningPhone: Annotated[Text, Max(25)]


class CreditCard(TypedDict, total=False):
    """A stored card; the number is masked when read."""

    merchantId: Annotated[
        Text, Max(30), Mark.REQUIRED, Mark.ASSIGNED, Edit.NO
    ]  # seed comment is a copy-paste slip
    customerProfileId: Annotated[Text, Max(30), Mark.REQUIRED, Mark.ASSIGNED, Edit.NO]
    id: Annotated[Int64, Mark.REQUIRED, Mark.ASSIGNED, Edit.NO, READ_ONLY]  # seed type literally says id
    cardType: Annotated[Text, CARD_TYPES, Mark.REQUIRED, Edit.YES]  # payment.html posts Visa not VISA
    cardExpMonth: Annotated[Int64, Between(1, 12), Mark.REQUIRED, Edit.YES]
    cardExpYear: Annotated[Int64, Mark.REQUIRED, Edit.YES]  # four digits
    cardNumber: Annotated[Text, Mark.REQUIRED, Edit.YES]  # masked on read; mask/blank keeps
    lastUsedDate: Annotated[Text, Form.ISO, Edit.NO, READ_ONLY]
    lastUsedDateFormatted: Annotated[Text, Form.DAY_AND_TIME, Edit.NO, READ_ONLY]
    creditCardNumberToken: Annotated[Text, Mark.PORTAL_ONLY]  # hosted-field token replaces cardNumber


class CustomerCredentials(TypedDict, total=False):
    """What a login by POST sends."""

    merchantId: Annotated[Text, Max(50), Mark.REQUIRED]
    email: Annotated[Text, Max(100), Mark.REQUIRED]
    password: Annotated[Text, Max(30), Mark.REQUIRED]


class ChangePasswordRequest(TypedDict, total=False):
    """The old and the new password."""

    oldPassword: Annotated[Text, Max(30), Mark.REQUIRED, Mark.ASSIGNED, Edit.NO]
    newPassword: Annotated[Text, Max(30), Mark.REQUIRED, Mark.ASSIGNED, Edit.NO]
