"""What cannot be read is named, and the rest goes on; what nobody may keep is never written."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.flow.account.bureau import OID, PASSWORD, Bureau, Document, exported
from tests.flow.account.reading import everything, rows
from tests.flow.account.test_export import some
from ucsync.flow.account_asking import FAULTS_IN_A_ROW_MAX
from ucsync.model import (
    AnswerUnusable,
    BadRequest,
    ConnectionLost,
    Guarded,
    InvalidRequest,
    LoginRefused,
    NotFound,
    Outcome,
    RateLimited,
    ServerFault,
    SessionExpired,
    UcsyncError,
    Unauthorised,
)
from ucsync.model.accounts import Unreadable

CARD = "4111111111111111"
PARCEL = "6011000990139424"


def failing(where: str, failure: UcsyncError) -> Any:
    """No answer to one operation, or to one page or id of it."""

    def spoil(operation: str, path: Document, query: Document) -> None:
        told = " ".join([operation, *path.values(), *([f"page {query['pageNumber']}"] if query else [])])
        if told == where or operation == where:
            raise failure

    return spoil


def test_a_part_that_is_not_there_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    bureau = some(23)
    bureau.forms.clear()
    bureau.reviews.append({"reviewOid": 4, "itemId": "../x y", "title": "Odd"})
    told = exported(bureau, tmp_path)
    assert told.exit_code == 3
    assert told.unreadable == (
        Unreadable(what="getReview BAT", why="404: not there"),
        Unreadable(what="getReview (of an odd id)", why="404: not there"),
    )
    assert not (tmp_path / "out" / "received" / "getReview.json").exists()
    assert [row["_form"] for row in rows(tmp_path / "out", "reviews")] == [None, None]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert manifest["unreadable"][0] == {"what": "getReview BAT", "why": "404: not there"}
    assert {one.name: one.rows for one in told.lists}["getWishlist"] == 1
    assert "getReview BAT: 404: not there" in (tmp_path / "out" / "summary.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (NotFound("x", "404: Ruth Okafor", status=404), "404: not there"),
        (BadRequest("x", "405", status=405), "405: refused"),
        (ServerFault("x", "503: Ruth Okafor", status=503), "503: the server failed"),
        (AnswerUnusable("x", "HTML instead of JSON", status=200), "200: an answer that cannot be used"),
        (InvalidRequest("x", (("orderId", "blank"),)), "its id cannot be asked for"),
    ],
    ids=["not found", "not allowed", "failing", "unusable", "not askable"],
)
@pytest.mark.parametrize("where", ["getCreditCards", "getWishlist", "getOrderTracking DEMO-000020"])
def test_every_kind_of_refusal_is_named_in_our_words(
    tmp_path: Path, where: str, failure: UcsyncError, why: str
) -> None:
    bureau = some(23)
    bureau.spoil = failing(where, failure)
    told = exported(bureau, tmp_path)
    page = " page 1" if where == "getWishlist" else ""
    assert (told.exit_code, told.unreadable) == (3, (Unreadable(what=where + page, why=why),))
    assert "Ruth Okafor" not in str(told.document())
    assert len(rows(tmp_path / "out", "orders")) == 23


def test_a_page_that_cannot_be_read_costs_no_other(tmp_path: Path) -> None:
    bureau = some(43)
    bureau.spoil = failing("getOrders page 3", ServerFault("getOrders", "500", status=500))
    told = exported(bureau, tmp_path)
    (orders,) = [one for one in told.lists if one.name == "getOrders"]
    assert (orders.rows, orders.proven) == (33, False)
    assert orders.reason == "page 3 could not be read; 33 different ones of 43 came"
    assert told.unreadable == (Unreadable(what="getOrders page 3", why="500: the server failed"),)
    assert bureau.times("getOrders") == 5 + 1, "reading all of it again would meet the same page"


def test_a_case_that_cannot_be_asked_for_is_taken_from_the_order(tmp_path: Path) -> None:
    bureau = some(1)
    bureau.orders[0]["orderCase"]["messages"] = [{"message": "In the order itself"}]
    refusal = BadRequest("x", "405", status=405)

    def spoil(operation: str, *_: Document) -> None:
        if operation.startswith("getOrderCase"):
            raise refusal

    bureau.spoil = spoil
    told = exported(bureau, tmp_path)
    assert [one.what for one in told.unreadable] == [
        "getOrderCase DEMO-000001", "getOrderCaseMessages DEMO-000001",
    ]  # fmt: skip
    (case,) = rows(tmp_path / "out", "cases")
    (message,) = rows(tmp_path / "out", "case_messages")
    assert (case["subject"], message["message"]) == ("Where is it?", "In the order itself")


@pytest.mark.parametrize(
    "failure",
    [
        LoginRefused("login", "401", status=401),
        SessionExpired("getOrders", "401", status=401),
        Unauthorised("getOrders", "401", status=401),
        RateLimited("getOrders", "429", status=429),
        ConnectionLost("getOrders", "cut", outcome=Outcome.UNKNOWN),
    ],
    ids=["refused", "expired", "unauthorised", "limited", "cut"],
)
def test_what_ends_a_run_is_raised_and_gone_on_with(tmp_path: Path, failure: UcsyncError) -> None:
    bureau = some(23)
    bureau.spoil = failing("getOrders page 2", failure)
    with pytest.raises(type(failure)):
        exported(bureau, tmp_path)
    assert (tmp_path / "out" / ".progress").exists()
    assert exported(some(23), tmp_path).exit_code == 0


def test_a_server_that_is_away_ends_the_run_before_all_is_called_missing(tmp_path: Path) -> None:
    bureau = some(23)

    def spoil(operation: str, *_: Document) -> None:
        if bureau.times("getOrderTracking") > 2:
            raise ServerFault(operation, "503", status=503)

    bureau.spoil = spoil
    with pytest.raises(ServerFault):
        exported(bureau, tmp_path)
    assert bureau.times("getOrderTracking") == 2 + 1
    assert exported(some(23), tmp_path).exit_code == 0


def test_a_short_outage_leaves_no_hole(tmp_path: Path) -> None:
    bureau = some(23)
    failed: list[str] = []

    def spoil(operation: str, *_: Document) -> None:
        if operation in ("getOrderTracking", "getReviews") and operation not in failed:
            failed.append(operation)
            raise ServerFault(operation, "503", status=503)

    bureau.spoil = spoil
    told = exported(bureau, tmp_path)
    assert (told.exit_code, told.unreadable, failed) == (0, (), ["getOrderTracking", "getReviews"])


def test_an_operation_that_is_broken_for_good_does_not_keep_the_rest_back(tmp_path: Path) -> None:
    bureau = some(43)
    bureau.spoil = failing("getOrderTracking", ServerFault("getOrderTracking", "500", status=500))
    told = exported(bureau, tmp_path)
    assert (told.exit_code, len(told.unreadable)) == (3, len(bureau.tracking))
    assert len(bureau.tracking) == 15
    assert bureau.times("getSettings") == 3 + 15 // FAULTS_IN_A_ROW_MAX
    assert bureau.times("getOrderTracking") == 15 + 1, (
        "the first is asked for once more, as others are answered"
    )
    (tracking,) = [one for one in told.lists if one.name == "getOrderTracking"]
    assert (tracking.proven, tracking.reason) == (False, "15 could not be read")
    assert len(rows(tmp_path / "out", "cases")) == len(bureau.cases) == 7
    again = some(43)
    with pytest.raises(Guarded):
        exported(again, tmp_path)


@pytest.mark.parametrize("account", [
    {}, *({"customerProfileId": held} for held in (None, "x", True, 0, -7, 2**63, f"1{'0' * 25}", "٧")),
])  # fmt: skip
def test_an_account_that_does_not_say_whose_it_is_is_not_archived(tmp_path: Path, account: Document) -> None:
    with pytest.raises(AnswerUnusable, match="does not say whose account"):
        exported(Bureau(account=account), tmp_path)
    assert not (tmp_path / "out").exists()


def test_a_customers_number_may_be_a_text_or_the_portals_spelling(tmp_path: Path) -> None:
    accounts: list[Document] = [{"customerProfileId": f"{OID}"}, {"customerProfileOid": OID}]
    for number, account in enumerate(accounts):
        (tmp_path / f"{number}").mkdir()
        assert exported(Bureau(account=account), tmp_path / f"{number}").customer_profile_oid == OID


def test_nothing_secret_is_written_however_it_comes(tmp_path: Path) -> None:
    bureau = some(8)
    bureau.account["password"] = PASSWORD
    bureau.cards = [
        {"id": 9, "cardType": "VISA", "cardNumber": CARD, "creditCardNumberToken": "tok-4111AbCd"},
        {"id": 10, "cardNumber": int(CARD)},
    ]
    bureau.orders[0] |= {"cardNumber": "4111 1111 1111 1111", "comments": [f"my card is {CARD}, {PASSWORD}!"]}
    bureau.orders[0]["trackingNumbers"] = [PARCEL]
    number = bureau.orders[0]["orderId"]
    bureau.messages[number][0]["message"] = "Charge 5500-0000-0000-0004 until 12/30, not 1234567890123"
    told = exported(bureau, tmp_path)
    held = everything(tmp_path / "out")
    assert PASSWORD.encode() not in held
    digits = re.sub(
        rb"[^0-9A-Za-z]", b"", held.replace(b'["' + CARD.encode(), b"").replace(b"['" + CARD.encode(), b"")
    )
    assert CARD.encode() not in digits
    assert b"5500000000000004" not in digits
    assert b"1234567890123" in held
    assert PARCEL.encode() in held, "long numbers of parcels are what they are"
    assert [card["cardNumber"] for card in rows(tmp_path / "out", "credit_cards")] == ["************1111"] * 2
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert manifest["masked"] == {
        "getCreditCards[].cardNumber": 2,
        "getCreditCards[].creditCardNumberToken": 1,
        "getOrderCaseMessages[].message": 1,
        "getOrders[].cardNumber": 1,
        "getOrders[].comments[]": 1,
        "getSettings.password": 1,
    }
    assert told.masked == 7


def test_hostile_values_pass_through_and_do_nothing(tmp_path: Path) -> None:
    body = (
        b'[{"orderId":"../x","creationDate":"2020-01-01T00:00:00","total":"12","customerProfileId":1e400,'
        b'"status":"a\\u0000b\\ud83d","items":{"a":1},"orderCase":"none","trackingNumbers":[1],"x<y":[null],'
        b'"tax":123456789012345678901234567890.5,"testOrder":"yes","labels":[]},'
        b'{"orderId":7,"orderCase":[],"trackingNumbers":{}},{"orderId":null},'
        b'{"orderId":"\\ud83d","items":[{"itemId":"CAP"}]},'
        b'{"orderId":"' + b"9" * 40 + b'","total":1.10,"trackingNumbers":null,"orderCase":{}}]'
    )
    bureau = Bureau(spoil=lambda operation, _, query: body if operation == "getOrders" else None)
    told = exported(bureau, tmp_path)
    assert told.exit_code == 3
    assert b'"body":' + body in (tmp_path / "out" / "received" / "getOrders.json").read_bytes()
    first, *rest = rows(tmp_path / "out", "orders")
    assert (first["orderId"], first["total"], first["status"], first["tax"]) == ("../x", None, None, None)
    extras = json.loads(first["_extras"])
    assert (extras["total"], extras["testOrder"], extras["labels"]) == ("12", "yes", [])
    assert extras["status"] == "a\x00b\ud83d"
    assert extras['["x<y"]'] == [None]
    assert '"tax":123456789012345678901234567890.5' in first["_extras"]
    assert [row["orderId"] for row in rest] == [None, None, None, "9" * 40]
    assert json.loads(rest[0]["_extras"])["orderId"] == 7
    item, cap = rows(tmp_path / "out", "order_items")
    assert (cap["orderId"], cap["itemId"], json.loads(cap["_extras"])) == (None, "CAP", {"orderId": "\ud83d"})
    assert (item["orderId"], item["itemId"], json.loads(item["_extras"])) == ("../x", None, {"a": 1})
    asked = [path["orderId"] for name, path, _ in bureau.asked if name == "getOrderTracking"]
    assert asked == ["../x"], "of the others the list rules it out, or their ids cannot be asked for"
    odd = ["getOrderTracking (of an odd id)", "getOrderCase (of an odd id)"]
    assert [one.what for one in told.unreadable] == odd
    summary = (tmp_path / "out" / "summary.html").read_text(encoding="utf-8")
    assert "a⟦U+0000⟧b⟦U+D83D⟧" in summary
