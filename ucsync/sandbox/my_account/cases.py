"""Cases: what a customer and the merchant's service write to each other about an order (fact sheet §2.4)."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

from ucsync.sandbox.my_account.case_rows import case_document, message_documents
from ucsync.sandbox.my_account.desk import CaseFile, Entry
from ucsync.sandbox.my_account.forms import filled
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.orders import order_of
from ucsync.sandbox.my_account.visit import Given, Visit
from ucsync.sandbox.people import CUSTOMER, Correspondence, Written
from ucsync.sandbox.reply import Refusal

_SERVICE_ADDRESS: Final = "service@shop.example"
_ASSIGNED: Final = ("caseMessageOid", "caseOid")
_FRESH: Final = (None, "")  # what is as good as no text


def get_order_case(office: Office, visit: Visit) -> Given:
    """The case about an order; {} where there is none, so that it is not a 404."""
    entry = order_of(office, visit)
    kept = office.desk.case(entry)
    return Given(document=case_document(office, visit.oid, entry, kept) if kept else {})


def insert_order_case(office: Office, visit: Visit) -> Given:
    """A new case, which begins with exactly one message of the customer's."""
    entry = order_of(office, visit)
    sent = filled(office, visit)
    text = _only_message(sent["messages"])
    if office.desk.case(entry) is not None:
        raise Refusal(400, "This order has a case already.")  # what the server says is UNKNOWN
    named = f"{office.shop.settings.merchant_id}\0{entry.order_id}\0{entry.origin}"
    case_oid = blake2b(named.encode(), digest_size=16).hexdigest().upper()
    case = Correspondence(case_oid, "New", sent["subject"], (_written(office, text),))
    _keep(office, entry, CaseFile(case, sent.get("email") or None))
    return get_order_case(office, visit)


def get_order_case_messages(office: Office, visit: Visit) -> Given:
    """All messages. Refuses with 404 where there is no case."""
    kept = office.desk.case(order_of(office, visit))
    if kept is None:
        raise Refusal(404, "This order has no case.")
    return Given(document=message_documents(office, kept.case))


def insert_order_case_message(office: Office, visit: Visit) -> Given:
    """One more message of the customer's; refuses with 400, not 404, where there is no case."""
    entry = order_of(office, visit)
    kept = office.desk.case(entry)
    if kept is None:
        raise Refusal(400, "This order has no case.")
    message = _written(office, filled(office, visit)["message"])
    case = kept.case._replace(state="Reply Received", messages=(*kept.case.messages, message))
    _keep(office, entry, kept._replace(case=case))
    if office.shop.settings.has("account-message-gives-case"):
        return get_order_case(office, visit)
    return Given(document=message_documents(office, case)[-1])


def _only_message(messages: list[Mapping[str, Any]]) -> str:
    """The text of the one message. Raises Refusal for none, several, or one that says nothing."""
    if len(messages) != 1:
        raise Refusal(400, "case.messages must hold exactly one message.")
    message = messages[0]
    for name in _ASSIGNED:
        if message.get(name) not in _FRESH:
            raise Refusal(400, f"case.messages[0].{name} is for the server to assign.")
    text = message.get("message")
    if not isinstance(text, str) or not text.strip():
        raise Refusal(400, "case.messages[0].message is missing and is required.")
    return text


def _written(office: Office, text: str) -> Written:
    return Written(CUSTOMER, text, office.shop.clock.now_s())


def _keep(office: Office, entry: Entry, case: CaseFile) -> None:
    """Remember it, and tell the merchant's service."""
    office.desk.keep_case(entry, case)
    office.outbox.post(_SERVICE_ADDRESS, "case-message", order_id=entry.order_id, case_oid=case.case.case_oid)
