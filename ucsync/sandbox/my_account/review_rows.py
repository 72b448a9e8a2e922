"""Reviews as the portal writes them: a row of a list, and the form that asks for them."""

from typing import Any, Final

from ucsync.sandbox.my_account import dates
from ucsync.sandbox.my_account.items import Thumbnail, item_document
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.people import Item, Opinion
from ucsync.sandbox.reply import Document

#: What this merchant lets its customers rate; the API has room for ten.
RATINGS: Final = ("Quality", "Value for money", "Looks")
RATINGS_MAX: Final = 10
SCORE_MAX: Final = 5
REVIEW_UNITS_MIN: Final = 50  # below that only the ratings count (fact sheet §4)
RECOMMENDED_FROM: Final = 7  # of 0 to 10, where the list has only true and false. INFERRED

#: What this merchant asks besides, one question of each format that the portal knows.
QUESTIONS: Final[tuple[Document, ...]] = (
    {"question": "What do you drink most?", "format": "drop down", "options": ["Tea", "Coffee", "Both"]},
    {"question": "Where do you use it?", "format": "singe line", "size": 40, "maxLength": 80},
    {"question": "Anything else?", "format": "multiple line", "rows": 4, "cols": 60, "maxLength": 500},
)
_QUESTION_FIELDS: Final = ("question", "format", "size", "maxLength", "rows", "cols", "options", "answer")
_TERMS: Final = "A review becomes the shop's to publish; nothing in it may be anybody else's."


def review_document(
    office: Office, oid: int, opinion: Opinion, thumbnail: Thumbnail | None = None
) -> Document:
    """A `ReviewedItem` of the customer `oid`; a text that is too short to count is not shown."""
    settings, item, counts = office.shop.settings, opinion.item, len(opinion.text) >= REVIEW_UNITS_MIN
    places, of_ten = range(RATINGS_MAX), opinion.recommend_store
    return {
        "itemId": item.merchant_item_id,
        "item": item_document(item.merchant_item_oid, thumbnail),
        "reviewOid": opinion.number,
        "merchantId": settings.merchant_id,
        "customerProfileId": oid,
        "merchantItemOid": item.merchant_item_oid,
        "overall": opinion.overall,
        **{f"ratingName{place + 1}": _at(RATINGS, place) for place in places},
        **{f"ratingScore{place + 1}": _at(opinion.scores, place) for place in places},
        "recommendToFriend": opinion.recommend,
        "title": opinion.title if counts else None,
        "review": opinion.text if counts else None,
        "statusCode": opinion.state,
        "featured": opinion.featured,
        "recommendStoreToFriend": None if of_ten is None else of_ten >= RECOMMENDED_FROM,
        "storeFeedback": opinion.feedback or None,
        "submittedDate": dates.iso(settings, opinion.at_s),
        "submittedDateFormatted": dates.day_and_time(opinion.at_s),
        "helpfulYesVotes": opinion.helpful[0],
        "helpfulNoVotes": opinion.helpful[1],
    }


def form_document(item: Item, opinion: Opinion | None) -> Document:
    """An `ItemReview`: what is asked about an item, and what the customer has answered."""
    of_ten = opinion.recommend_store if opinion else None
    shown, scores = item_document(item.merchant_item_oid), opinion.scores if opinion else ()
    return {
        "itemId": item.merchant_item_id,
        "imageUrl": shown["defaultImageUrl"],
        "description": item.description,
        "extendedDescription": f"{item.description}. From our own catalogue.",
        "company": "Tea & Things",
        "ratings": [{"name": name, "score": _at(scores, place)} for place, name in enumerate(RATINGS)],
        "scores": list(range(1, SCORE_MAX + 1)),
        "ratingScaleMax": SCORE_MAX,
        "recommendToFriend": opinion.recommend if opinion else None,
        "showNickname": True,
        "nickname": opinion.nickname if opinion else None,
        "title": opinion.title if opinion else None,
        "review": opinion.text if opinion else None,
        "showProfileQuestions": True,
        "showLocation": True,
        "location": opinion.location if opinion else None,
        "questions": _questions(opinion),
        "showStoreSection": True,
        "recommendStoreToFriend": None if of_ten is None else str(of_ten),
        "storeFeedback": opinion.feedback if opinion else None,
        "termsAndConditions": _TERMS,
        "agreeToTermsAndConditions": opinion is not None,
    }


def _questions(opinion: Opinion | None) -> list[Document]:
    answers = opinion.answers if opinion else ()
    return [
        {
            name: (_at(answers, place) or None) if name == "answer" else row.get(name)
            for name in _QUESTION_FIELDS
        }
        for place, row in enumerate(QUESTIONS)
    ]


def _at(row: tuple[Any, ...], place: int) -> Any:
    """None beyond its end."""
    return row[place] if place < len(row) else None
