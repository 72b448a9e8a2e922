"""Cases: what a customer and the merchant write to each other about an order."""

from typing import Annotated, Final, TypedDict

from ucsync.ultracart.fields import (
    READ_ONLY,
    Edit,
    Form,
    Mark,
    Max,
    OneOf,
    Text,
)

CASE_STATES: Final = OneOf("New", "Open", "Reply Received", "Waiting", "Closed")
SENDERS: Final = OneOf("Customer", "Customer Service")


class CaseMessage(TypedDict, total=False):
    """One message; it cannot be changed once it is sent."""

    caseMessageOid: Annotated[Text, Mark.REQUIRED, Mark.ASSIGNED, Edit.NO, READ_ONLY]
    caseOid: Annotated[Text, Mark.REQUIRED, Mark.ASSIGNED, Edit.NO, READ_ONLY]
    message: Annotated[Text, Max(2000), Mark.REQUIRED, Edit.NO]
    messageSender: Annotated[Text, Max(20), SENDERS, Edit.NO, READ_ONLY]
    messageDate: Annotated[Text, Form.ISO, Edit.NO, READ_ONLY]
    messageDateFormatted: Annotated[Text, Form.DAY_AND_TIME, Edit.NO, READ_ONLY]


class Case(TypedDict, total=False):
    """The messages about one order, with their state."""

    caseOid: Annotated[Text, Mark.REQUIRED, Mark.ASSIGNED, Edit.NO, READ_ONLY]
    merchantId: Annotated[Text, Max(5), Mark.REQUIRED, Edit.NO]  # taken from cookie on insert
    orderId: Annotated[Text, Max(30), Mark.REQUIRED, Edit.NO]
    email: Annotated[Text, Max(100), Mark.REQUIRED, Edit.YES]  # defaults to order email
    customerProfileId: Annotated[Text, Mark.REQUIRED, Edit.NO]  # integer carried as string
    creationDate: Annotated[Text, Form.ISO, Edit.NO, READ_ONLY]
    creationDateFormatted: Annotated[Text, Form.DAY_AND_TIME, Edit.NO, READ_ONLY]
    subject: Annotated[Text, Max(200), Mark.REQUIRED, Edit.YES]
    status: Annotated[Text, Max(50), CASE_STATES, Mark.REQUIRED, Edit.YES]
    lastUpdateDate: Annotated[Text, Form.ISO, Edit.NO, READ_ONLY]
    lastUpdateDateFormatted: Annotated[Text, Form.DAY_AND_TIME, Edit.NO, READ_ONLY]
    messages: Annotated[list[CaseMessage] | None, Edit.INSERT]
