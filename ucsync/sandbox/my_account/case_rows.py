"""Cases and their messages as the portal writes them."""

from ucsync.sandbox.my_account import dates
from ucsync.sandbox.my_account.desk import CaseFile, Entry
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.parties import parties_of
from ucsync.sandbox.people import Correspondence
from ucsync.sandbox.reply import Document


def case_document(office: Office, oid: int, entry: Entry, kept: CaseFile) -> Document:
    """The case about an order of the customer `oid`, with all its messages."""
    shop, case = office.shop, kept.case
    created_s, updated_s = case.messages[0].at_s, case.messages[-1].at_s
    return {
        "caseOid": case.case_oid,
        "merchantId": shop.settings.merchant_id,
        "orderId": entry.order_id,
        "email": kept.email or parties_of(shop, entry).email or None,
        "customerProfileId": str(oid),
        "creationDate": dates.iso(shop.settings, created_s),
        "creationDateFormatted": dates.day_and_time(created_s),
        "subject": case.subject,
        "status": case.state,
        "lastUpdateDate": dates.iso(shop.settings, updated_s),
        "lastUpdateDateFormatted": dates.day_and_time(updated_s),
        "messages": message_documents(office, case),
    }


def message_documents(office: Office, case: Correspondence) -> list[Document]:
    """All messages of a case, oldest first."""
    return [
        {
            "caseMessageOid": f"{case.case_oid}{number:04d}",
            "caseOid": case.case_oid,
            "message": message.text,
            "messageSender": message.sender,
            "messageDate": dates.iso(office.shop.settings, message.at_s),
            "messageDateFormatted": dates.day_and_time(message.at_s),
        }
        for number, message in enumerate(case.messages, 1)
    ]
