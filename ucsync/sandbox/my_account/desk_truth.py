"""What the desk holds of one customer, complete: for the lab, whatever the quirks of lists are."""

from ucsync.sandbox.my_account.case_rows import case_document
from ucsync.sandbox.my_account.desk import Entry
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.order_rows import order_document
from ucsync.sandbox.my_account.review_rows import form_document, review_document
from ucsync.sandbox.my_account.reviews import not_reviewed_document, not_reviewed_of, reviews_of
from ucsync.sandbox.my_account.tracking import tracking_documents
from ucsync.sandbox.reply import Document


def desk_truth(office: Office, oid: int) -> Document:
    """Of a live customer, newest first, as the API would answer them.

    `orders` are objects of `order`, `tracking` and `case` ({} for none; its messages are in it); `reviews`
    are objects of `review` and `form`; `notReviewedYet` are items.
    """
    entries = office.desk.orders(oid).newest_first
    return {
        "orders": [_order(office, oid, entry) for entry in entries],
        "reviews": [
            {"review": review_document(office, oid, said), "form": form_document(said.item, said)}
            for said in reviews_of(office, oid)
        ],
        "notReviewedYet": [not_reviewed_document(office, entry) for entry in not_reviewed_of(office, oid)],
    }


def _order(office: Office, oid: int, entry: Entry) -> Document:
    kept = office.desk.case(entry)
    return {
        "order": order_document(office, oid, entry),
        "tracking": tracking_documents(office, entry),
        "case": case_document(office, oid, entry, kept) if kept else {},
    }
