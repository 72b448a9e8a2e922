"""Reviews in the portal: those there are, those yet to be written, and the form."""

from typing import Any

import pytest

from tests.sandbox.my_account.shopper import FIRST, Shopper
from ucsync.sandbox.my_account.reviews import not_reviewed_of
from ucsync.ultracart.my_account.models import MODELS
from ucsync.ultracart.my_account.models.items import REVIEW_STATES

REVIEWED, FORM = MODELS["ReviewedItem"].fields, MODELS["ItemReview"].fields
LONG = "Pours well and keeps warm; the lid fits, and it looks good on the table, too."


@pytest.fixture
def shopper() -> Shopper:
    return Shopper()


def answers(form: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """A form as the portal sends it back, filled in."""
    ratings = [{**row, "score": 4} for row in form["ratings"]]
    filled = {"ratings": ratings, "recommendToFriend": True, "title": "Fine pot", "review": LONG,
              "nickname": "Änne", "location": "Ulm", "agreeToTermsAndConditions": True}  # fmt: skip
    return {**form, **filled, **changed}


def first_not_reviewed(shopper: Shopper) -> str:
    item_id: str = shopper.ask("getNotReviewedYet")[0]["itemId"]
    return item_id


def test_reviews_come_in_pages_with_every_field(shopper: Shopper) -> None:
    rows = list(shopper.pages("getReviews", pageSize=2))
    assert shopper.paging()["total-records"] == len(rows) > 2
    assert len({row["reviewOid"] for row in rows}) == len(rows)
    assert [row["submittedDate"] for row in rows] == sorted(
        (row["submittedDate"] for row in rows), reverse=True
    )
    for row in rows:
        assert row.keys() == REVIEWED.keys()
        assert row["item"].keys() == MODELS["Item"].fields.keys()
        assert row["statusCode"] in REVIEW_STATES.values
        assert all(1 <= row[f"ratingScore{place}"] <= 5 for place in (1, 2, 3))
        assert row["ratingName3"] == "Looks"
        assert row["ratingName4"] is row["ratingScore10"] is None
        assert row["customerProfileId"] == FIRST


def test_pictures_are_as_large_as_asked_for(shopper: Shopper) -> None:
    usual = shopper.ask("getReviews")[0]["item"]
    asked = {"thumbnailWidth": 120, "thumbnailHeight": 90, "thumbnailSquare": "false"}
    other = shopper.ask("getReviews", **asked)[0]["item"]
    assert "/80x80-square" in usual["defaultThumbnailSsl"]
    assert "/120x90-whole" in other["defaultThumbnailSsl"]
    assert (
        shopper.complaint("getReviews", thumbnailWidth="wide")
        == "thumbnailWidth must be an integer of 1 to 10000."
    )
    assert shopper.status("getReviews", thumbnailWidth="") == 200


def test_what_was_bought_is_either_reviewed_or_not_yet(shopper: Shopper) -> None:
    bought: dict[str, str] = {}
    for row in shopper.pages():
        bought.setdefault(row["items"][0]["itemId"], row["creationDate"])
    reviewed = {row["itemId"] for row in shopper.pages("getReviews")}
    rows = list(shopper.pages("getNotReviewedYet"))
    assert reviewed | {row["itemId"] for row in rows} == set(bought)
    assert not reviewed & {row["itemId"] for row in rows}
    assert [(row["itemId"], row["lastOrderDate"]) for row in rows] == [
        (item_id, at) for item_id, at in bought.items() if item_id not in reviewed
    ]
    for row in rows:
        assert row.keys() == MODELS["NotReviewedItem"].fields.keys()
        assert row["merchantItemOid"].isdigit()
        assert row["item"]["itemId"] == row["itemId"]


def test_a_form_shows_what_was_said(shopper: Shopper) -> None:
    for row in shopper.pages("getReviews"):
        form = shopper.ask("getReview", itemId=row["itemId"])
        assert form.keys() == FORM.keys()
        assert [each["score"] for each in form["ratings"]] == [
            row[f"ratingScore{place}"] for place in (1, 2, 3)
        ]
        assert form["recommendToFriend"] == row["recommendToFriend"]
        assert (row["review"], row["title"]) in ((form["review"], form["title"]), (None, None))
        assert form["agreeToTermsAndConditions"] is True


def test_a_form_yet_to_be_filled_in_asks_and_says_nothing(shopper: Shopper) -> None:
    form = shopper.ask("getReview", itemId=first_not_reviewed(shopper))
    assert form.keys() == FORM.keys()
    assert [row["score"] for row in form["ratings"]] == [None] * 3
    assert [row["format"] for row in form["questions"]] == ["drop down", "singe line", "multiple line"]
    assert form["agreeToTermsAndConditions"] is False
    assert form["title"] is form["review"] is form["nickname"] is form["recommendStoreToFriend"] is None


def test_there_is_no_form_about_what_was_not_bought(shopper: Shopper) -> None:
    other = Shopper(orders={FIRST: 1})
    assert other.ask("getNotReviewedYet") == [] or other.ask("getReviews") == []
    theirs = {
        row["itemId"] for operation in ("getNotReviewedYet", "getReviews") for row in other.pages(operation)
    }
    bought = {row["items"][0]["itemId"] for row in shopper.pages()}
    for item_id in {*sorted(bought - theirs)[:2], "NO-SUCH", "a/b"}:
        assert other.status("getReview", itemId=item_id) == 404
        assert other.status("updateReview", {}, itemId=item_id) == 404


def test_a_review_is_kept_and_waits_for_approval(shopper: Shopper) -> None:
    item_id = first_not_reviewed(shopper)
    form = shopper.ask("getReview", itemId=item_id)
    questions = [
        {**row, "answer": answer}
        for row, answer in zip(form["questions"], ("Tea", "Garden", "No.\nYes."), strict=True)
    ]
    body = answers(form, questions=questions, recommendStoreToFriend="10", storeFeedback="Quick")
    kept = shopper.ask("updateReview", body, itemId=item_id)
    assert kept == body
    assert shopper.ask("getReview", itemId=item_id) == kept
    row = shopper.ask("getReviews")[0]
    assert (row["itemId"], row["title"], row["review"]) == (item_id, "Fine pot", LONG)
    assert (row["overall"], row["ratingScore1"], row["statusCode"]) == (4, 4, "Unapproved")
    assert (row["recommendStoreToFriend"], row["storeFeedback"]) == (True, "Quick")
    assert row["submittedDate"] == "2026-06-01T08:00:00-04:00"
    assert item_id not in {row["itemId"] for row in shopper.pages("getNotReviewedYet")}


def test_the_portals_own_misspelling_is_understood(shopper: Shopper) -> None:
    item_id = first_not_reviewed(shopper)
    form = shopper.ask("getReview", itemId=item_id)
    body = answers(form, recommendToFriend=None, recommendToField=False)
    assert shopper.ask("updateReview", body, itemId=item_id)["recommendToFriend"] is False
    assert shopper.ask("getReviews")[0]["recommendToFriend"] is False


def test_a_second_review_of_an_item_takes_the_place_of_the_first(shopper: Shopper) -> None:
    before = shopper.ask("getReviews")
    old = before[-1]
    form = shopper.ask("getReview", itemId=old["itemId"])
    shopper.ask("updateReview", answers(form, title="On second thoughts"), itemId=old["itemId"])
    after = shopper.ask("getReviews")
    assert [row["reviewOid"] for row in after] == [
        old["reviewOid"],
        *(row["reviewOid"] for row in before[:-1]),
    ]
    assert after[0]["title"] == "On second thoughts"


def test_who_is_trusted_by_the_merchant_needs_no_approval() -> None:
    shopper = Shopper(customers=400, orders={})
    store = shopper.shop.store
    trusted = next(
        oid for oid in store.oids
        if store.part(oid, "reviewer").get("auto_approve") and store.email(oid)
        and not_reviewed_of(shopper.portal.office, oid)
    )  # fmt: skip
    shopper.log_in(trusted)
    item_id = first_not_reviewed(shopper)
    shopper.ask("updateReview", answers(shopper.ask("getReview", itemId=item_id)), itemId=item_id)
    assert shopper.ask("getReviews")[0]["statusCode"] == "Approved"


def test_of_a_short_review_only_the_ratings_count(shopper: Shopper) -> None:
    item_id = first_not_reviewed(shopper)
    form = shopper.ask("getReview", itemId=item_id)
    for text, shown in (("x" * 49, None), ("x" * 50, "x" * 50)):
        assert shopper.ask("updateReview", answers(form, review=text), itemId=item_id)["review"] == text
        row = shopper.ask("getReviews")[0]
        assert (row["review"], row["ratingScore2"]) == (shown, 4)


@pytest.mark.parametrize(
    "changed",
    [
        {"recommendToFriend": None},
        {"recommendToFriend": "yes"},
        {"title": None},
        {"title": "t" * 251},
        {"review": ""},
        {"agreeToTermsAndConditions": False},
        {"agreeToTermsAndConditions": None},
        {"nickname": None},
        {"nickname": "   "},
        {"nickname": "abc"},
        {"nickname": "a" * 26},
        {"location": "l" * 51},
        {"recommendStoreToFriend": "11"},
        {"recommendStoreToFriend": "ten"},
        {"recommendStoreToFriend": 10},
        {"ratings": None},
        {"ratings": []},
        {"ratings": [{"name": "Quality", "score": 3}]},
        {"ratings": [{"name": name, "score": 3} for name in ("Quality", "Value for money", "Smell")]},
        {"ratings": [{"name": name, "score": 6} for name in ("Quality", "Value for money", "Looks")]},
        {"ratings": [{"name": name, "score": None} for name in ("Quality", "Value for money", "Looks")]},
        {"ratings": [{"name": "Looks", "score": 3}] * 4},
        {"questions": [{"question": "Why?", "answer": "Because"}]},
        {"questions": [{"question": "What do you drink most?", "answer": "Milk"}]},
        {"questions": [{"question": "Where do you use it?", "answer": "x" * 81}]},
        {"itemId": "ANOTHER"},
    ],
)
def test_a_form_that_is_not_filled_in_well_is_refused(shopper: Shopper, changed: dict[str, Any]) -> None:
    item_id = first_not_reviewed(shopper)
    form = shopper.ask("getReview", itemId=item_id)
    assert shopper.status("updateReview", answers(form, **changed), itemId=item_id) == 400
    assert shopper.ask("getReview", itemId=item_id) == form


def test_a_server_may_let_nobody_write_reviews() -> None:
    shopper = Shopper("account-review-read-only")
    item_id = first_not_reviewed(shopper)
    form = shopper.ask("getReview", itemId=item_id)
    assert shopper.status("updateReview", answers(form), itemId=item_id) == 405


def test_who_absorbs_a_customer_has_its_reviews() -> None:
    shopper = Shopper(orders={FIRST: 57, FIRST + 1: 0})
    written = {row["itemId"]: row["reviewOid"] for row in shopper.pages("getReviews")}
    left = {row["itemId"] for row in shopper.pages("getNotReviewedYet")}
    shopper.driver.merchant.merge(FIRST + 1, FIRST)
    shopper.log_in(FIRST + 1)
    assert {row["itemId"]: row["reviewOid"] for row in shopper.pages("getReviews")} == written
    assert {row["itemId"] for row in shopper.pages("getNotReviewedYet")} == left
