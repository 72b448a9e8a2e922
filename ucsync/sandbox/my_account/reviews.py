"""Reviews: what was said of items, what is yet to be said, and the form for it (fact sheet §2.5).

The form and its rules are the portal's; that the server checks them as the portal's page does is INFERRED.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from ucsync.sandbox.my_account import dates
from ucsync.sandbox.my_account.desk import Entry
from ucsync.sandbox.my_account.forms import filled
from ucsync.sandbox.my_account.items import item_document, thumbnail_of
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.paging import page
from ucsync.sandbox.my_account.review_rows import (
    QUESTIONS,
    RATINGS,
    SCORE_MAX,
    form_document,
    review_document,
)
from ucsync.sandbox.my_account.visit import Given, Visit
from ucsync.sandbox.people import ITEMS, Item, Opinion, opinion_number
from ucsync.sandbox.reply import Document, Refusal

_MEANT: Final = "recommendToFriend"
_MISSPELT: Final = "recommendToField"
_TO_TEN: Final = re.compile(r"[0-9]|10", re.ASCII)


def get_reviews(office: Office, visit: Visit) -> Given:
    """A page of the reviews that the customer has written, newest first."""
    thumbnail = thumbnail_of(visit)
    return page(
        office,
        visit,
        reviews_of(office, visit.oid),
        lambda opinion: review_document(office, visit.oid, opinion, thumbnail),
    )


def get_not_reviewed_yet(office: Office, visit: Visit) -> Given:
    """A page of the items that the customer has bought and said nothing of, the last bought first."""
    rows = not_reviewed_of(office, visit.oid)
    return page(office, visit, rows, lambda entry: not_reviewed_document(office, entry))


def get_review(office: Office, visit: Visit) -> Given:
    """The form about an item, with what the customer has said of it. Refuses what was not bought: 404."""
    item = _bought_item(office, visit)
    return Given(document=form_document(item, office.desk.opinions(visit.oid).get(item.merchant_item_oid)))


def update_review(office: Office, visit: Visit) -> Given:
    """A new review, or another one instead; the merchant has yet to approve it."""
    if office.shop.settings.has("account-review-read-only"):
        raise Refusal(405, "Reviews cannot be written here.")
    item = _bought_item(office, visit)
    sent = filled(office, _as_meant(visit))
    if sent.get("itemId") not in (None, item.merchant_item_id):
        raise Refusal(400, "itemReview.itemId is not that of the path.")
    if sent["agreeToTermsAndConditions"] is not True:
        raise Refusal(400, "itemReview.agreeToTermsAndConditions must be true.")
    if not (sent.get("nickname") or "").strip():
        raise Refusal(400, "itemReview.nickname is missing and is required.")
    approved = office.shop.store.part(visit.oid, "reviewer").get("auto_approve", False)
    scores = _scores(sent["ratings"])
    opinion = Opinion(
        item=item,
        number=opinion_number(visit.oid, item),
        overall=(sum(scores) + 1) // len(scores),
        scores=scores,
        recommend=sent["recommendToFriend"],
        title=sent["title"],
        text=sent["review"],
        state="Approved" if approved else "Unapproved",
        featured=False,
        recommend_store=_to_ten(sent.get("recommendStoreToFriend")),
        feedback=sent.get("storeFeedback") or "",
        nickname=sent["nickname"],
        location=sent.get("location") or "",
        answers=_answers(sent.get("questions") or []),
        at_s=office.shop.clock.now_s(),
        helpful=(0, 0),
    )
    office.desk.keep_opinion(visit.oid, opinion)
    return get_review(office, visit)


def reviews_of(office: Office, oid: int) -> list[Opinion]:
    """All reviews of a live customer, newest first."""
    said = office.desk.opinions(oid).values()
    return sorted(said, key=lambda opinion: (-opinion.at_s, opinion.number))


def not_reviewed_of(office: Office, oid: int) -> list[Entry]:
    """The newest order of each item that a live customer has bought and said nothing of, newest first."""
    return [entry for item, entry in _newest(office, oid).items() if item not in office.desk.opinions(oid)]


def not_reviewed_document(office: Office, entry: Entry) -> Document:
    """A `NotReviewedItem`."""
    settings, item = office.shop.settings, entry.item
    return {
        "merchantId": settings.merchant_id,
        "itemId": item.merchant_item_id,
        "merchantItemOid": str(item.merchant_item_oid),
        "lastOrderDate": dates.iso(settings, entry.at_s),
        "lastOrderDateFormatted": dates.day_and_time(entry.at_s),
        "item": item_document(item.merchant_item_oid),
    }


def _as_meant(visit: Visit) -> Visit:
    """The portal's own script keeps the recommendation under a misspelt name (fact sheet §4)."""
    body = visit.body
    if isinstance(body, Mapping) and body.get(_MEANT) is None and _MISSPELT in body:
        return replace(visit, body={**body, _MEANT: body[_MISSPELT]})
    return visit


def _newest(office: Office, oid: int) -> dict[int, Entry]:
    """The newest order of each item, by the item's number; newest first."""
    found: dict[int, Entry] = {}
    for entry in office.desk.orders(oid).newest_first:
        found.setdefault(entry.item.merchant_item_oid, entry)
        if len(found) == len(ITEMS):
            break
    return found


def _bought_item(office: Office, visit: Visit) -> Item:
    """The item of the path. Raises Refusal when the customer has not bought it."""
    item_id = visit.path["itemId"]
    for entry in _newest(office, visit.oid).values():
        if entry.item.merchant_item_id == item_id:
            return entry.item
    raise Refusal(404, "Item not found among those bought.")


def _scores(ratings: list[Mapping[str, Any]]) -> tuple[int, int, int]:
    """One of each rating, in the order of the form. Raises Refusal."""
    given = {row.get("name"): row.get("score") for row in ratings}
    if set(given) != set(RATINGS) or len(ratings) != len(RATINGS):
        raise Refusal(400, "itemReview.ratings must hold each rating of the form once.")
    first, second, third = (_score(given[name]) for name in RATINGS)
    return first, second, third


def _score(score: object) -> int:
    if not isinstance(score, int) or not 1 <= score <= SCORE_MAX:
        raise Refusal(400, f"itemReview.ratings must have scores of 1 to {SCORE_MAX}.")
    return score


def _to_ten(text: str | None) -> int | None:
    if not text:
        return None
    if _TO_TEN.fullmatch(text) is None:
        raise Refusal(400, "itemReview.recommendStoreToFriend must be 0 to 10.")
    return int(text)


def _answers(questions: list[Mapping[str, Any]]) -> tuple[str, ...]:
    """An answer to each question of the form, '' for none. Raises Refusal."""
    given = {row.get("question"): row.get("answer") or "" for row in questions}
    if not set(given) <= {row["question"] for row in QUESTIONS}:
        raise Refusal(400, "itemReview.questions holds a question that the form has not.")
    answers = []
    for row in QUESTIONS:
        answer = given.get(row["question"], "")
        if answer and answer not in row.get("options", (answer,)):
            raise Refusal(400, "itemReview.questions holds an answer that is no option.")
        if len(answer) > row.get("maxLength", len(answer)):
            raise Refusal(400, "itemReview.questions holds an answer that is too long.")
        answers.append(answer)
    return tuple(answers)
