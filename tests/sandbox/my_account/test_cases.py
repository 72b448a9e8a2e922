"""Cases in the portal: there from the start, newly begun, and gone on with."""

from datetime import datetime

import pytest

from tests.sandbox.my_account.shopper import FIRST, Shopper
from ucsync.ultracart.my_account.models import MODELS
from ucsync.ultracart.my_account.models.cases import CASE_STATES, SENDERS

CASE, MESSAGE = MODELS["Case"].fields, MODELS["CaseMessage"].fields
NEW = {"subject": "Où est-il ?", "messages": [{"message": "Nothing came.\nPlease look."}]}


@pytest.fixture
def shopper() -> Shopper:
    return Shopper()


def test_cases_of_each_state_are_there_from_the_start(shopper: Shopper) -> None:
    cases = [row["case"] for row in shopper.truth()["orders"] if row["case"]]
    assert {case["status"] for case in cases} == set(CASE_STATES.values)
    assert {message["messageSender"] for case in cases for message in case["messages"]} == set(SENDERS.values)
    assert len({case["caseOid"] for case in cases}) == len(cases)
    for case in cases:
        assert case.keys() == CASE.keys()
        assert all(message.keys() == MESSAGE.keys() for message in case["messages"])
        assert case["messages"][0]["messageSender"] == "Customer"
        assert all(0 < len(message["message"]) <= 2000 for message in case["messages"])
        assert {message["caseOid"] for message in case["messages"]} == {case["caseOid"]}


def test_a_case_is_dated_by_its_messages_and_says_whose_it_is(shopper: Shopper) -> None:
    order_id = shopper.some(case="Closed")
    case = shopper.ask("getOrderCase", orderId=order_id)
    messages = shopper.ask("getOrderCaseMessages", orderId=order_id)
    assert case["messages"] == messages
    assert case["creationDate"] == messages[0]["messageDate"] < messages[-1]["messageDate"]
    assert case["lastUpdateDate"] == messages[-1]["messageDate"]
    assert (case["merchantId"], case["orderId"], case["customerProfileId"]) == ("DEMO", order_id, str(FIRST))
    assert case["email"] == shopper.ask("getOrder", orderId=order_id)["email"]
    for name in ("creationDate", "lastUpdateDate"):
        written = datetime.fromisoformat(case[name]).strftime("%d %b %Y %H:%M:%S")
        assert case[f"{name}Formatted"] == written


def test_no_case_is_an_empty_object_and_its_messages_are_not_found(shopper: Shopper) -> None:
    order_id = shopper.some(case=None)
    assert shopper.ask("getOrderCase", orderId=order_id) == {}
    assert shopper.status("getOrderCaseMessages", orderId=order_id) == 404


def test_a_new_case_is_answered_whole_and_stays(shopper: Shopper) -> None:
    order_id = shopper.some(case=None)
    before = shopper.ask("getOrder", orderId=order_id)
    case = shopper.ask("insertOrderCase", NEW, orderId=order_id)
    assert case.keys() == CASE.keys()
    assert (case["status"], case["subject"]) == ("New", NEW["subject"])
    assert case["email"] == before["email"]
    (message,) = case["messages"]
    assert (message["message"], message["messageSender"]) == ("Nothing came.\nPlease look.", "Customer")
    assert message["messageDate"] == case["creationDate"] == "2026-06-01T08:00:00-04:00"
    assert shopper.ask("getOrderCase", orderId=order_id) == case
    assert shopper.ask("getOrder", orderId=order_id) == {**before, "orderCase": case}
    assert shopper.some(case="New")


def test_a_case_goes_by_the_address_that_was_given(shopper: Shopper) -> None:
    order_id = shopper.some(case=None)
    case = shopper.ask("insertOrderCase", {**NEW, "email": "other@example.org"}, orderId=order_id)
    assert case["email"] == "other@example.org"


@pytest.mark.parametrize(
    "body",
    [
        {"subject": "x"},
        {"subject": "x", "messages": None},
        {"subject": "x", "messages": []},
        {"subject": "x", "messages": [{"message": "1"}, {"message": "2"}]},
        {"subject": "x", "messages": [{}]},
        {"subject": "x", "messages": [{"message": None}]},
        {"subject": "x", "messages": [{"message": " \n"}]},
        {"subject": "x", "messages": [{"message": 7}]},
        {"subject": "x", "messages": [{"message": "y" * 2001}]},
        {"subject": "x", "messages": [{"message": "y", "caseMessageOid": "A1"}]},
        {"subject": "x", "messages": [{"message": "y", "caseOid": "A1"}]},
        {"subject": "x", "messages": "y"},
        {"subject": "x" * 201, "messages": [{"message": "y"}]},
        {"subject": " ", "messages": [{"message": "y"}]},
        {"messages": [{"message": "y"}]},
        {"subject": "x", "messages": [{"message": "y"}], "email": "e" * 101},
        {"subject": "x", "messages": [{"message": "y"}], "caseOid": "A1"},
        {},
    ],
)
def test_a_case_that_does_not_begin_with_one_message_is_refused(shopper: Shopper, body: object) -> None:
    order_id = shopper.some(case=None)
    assert shopper.status("insertOrderCase", body, orderId=order_id) == 400
    assert shopper.ask("getOrderCase", orderId=order_id) == {}
    assert shopper.portal.office.outbox.document() == []


def test_the_portals_own_ids_of_new_records_are_fine(shopper: Shopper) -> None:
    order_id = shopper.some(case=None)
    message = {"message": "y" * 2000, "caseMessageOid": None, "caseOid": ""}
    body = {"subject": "x" * 200, "messages": [message], "caseOid": "-1"}
    assert shopper.ask("insertOrderCase", body, orderId=order_id)["messages"][0]["message"] == "y" * 2000


def test_an_order_has_one_case(shopper: Shopper) -> None:
    told = shopper.complaint("insertOrderCase", NEW, orderId=shopper.some(case="Open"))
    assert told == "This order has a case already."


def test_a_message_of_the_customers_waits_for_a_reply_and_is_mailed(shopper: Shopper) -> None:
    order_id = shopper.some(case="Closed")
    before = shopper.ask("getOrderCase", orderId=order_id)
    message = shopper.ask("insertOrderCaseMessage", {"message": "Once more …"}, orderId=order_id)
    assert message.keys() == MESSAGE.keys()
    assert message["caseOid"] == before["caseOid"]
    assert (message["message"], message["messageSender"]) == ("Once more …", "Customer")
    after = shopper.ask("getOrderCase", orderId=order_id)
    assert after["messages"] == [*before["messages"], message]
    assert (before["status"], after["status"]) == ("Closed", "Reply Received")
    assert after["lastUpdateDate"] == message["messageDate"]
    assert after["creationDate"] == before["creationDate"]
    (mail,) = shopper.portal.office.outbox.document()
    assert mail["to"] == "service@shop.example"
    assert (mail["order_id"], mail["case_oid"]) == (order_id, before["caseOid"])


def test_messages_of_one_case_are_called_differently(shopper: Shopper) -> None:
    order_id = shopper.some(case="New")
    for text in ("a", "b"):
        shopper.ask("insertOrderCaseMessage", {"message": text}, orderId=order_id)
    messages = shopper.ask("getOrderCaseMessages", orderId=order_id)
    assert len({message["caseMessageOid"] for message in messages}) == len(messages) == 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"message": None},
        {"message": "  "},
        {"message": "y" * 2001},
        {"message": 7},
        {"message": "y", "caseMessageOid": "A1"},
    ],
)
def test_a_message_that_says_nothing_or_too_much_is_refused(shopper: Shopper, body: object) -> None:
    order_id = shopper.some(case="Open")
    before = shopper.ask("getOrderCase", orderId=order_id)
    assert shopper.status("insertOrderCaseMessage", body, orderId=order_id) == 400
    assert shopper.ask("getOrderCase", orderId=order_id) == before


def test_without_a_case_there_is_nothing_to_write_to(shopper: Shopper) -> None:
    body = {"message": "Hello?"}
    assert shopper.complaint("insertOrderCaseMessage", body, orderId=shopper.some(case=None))
    assert shopper.status("insertOrderCaseMessage", body, orderId="DEMO-0") == 404
    assert shopper.status("insertOrderCase", NEW, orderId="DEMO-0") == 404


def test_a_server_may_answer_a_message_with_the_case() -> None:
    shopper = Shopper("account-message-gives-case")
    order_id = shopper.some(case="Waiting")
    answer = shopper.ask("insertOrderCaseMessage", {"message": "Thank you."}, orderId=order_id)
    assert answer == shopper.ask("getOrderCase", orderId=order_id)
    assert answer["messages"][-1]["message"] == "Thank you."


def test_who_absorbs_a_customer_goes_on_with_its_cases(shopper: Shopper) -> None:
    order_id = shopper.some(case="Open")
    shopper.ask("insertOrderCaseMessage", {"message": "Before."}, orderId=order_id)
    before = shopper.ask("getOrderCase", orderId=order_id)
    shopper.driver.merchant.merge(FIRST + 1, FIRST)
    shopper.log_in(FIRST + 1)
    after = shopper.ask("getOrderCase", orderId=order_id)
    assert after == {**before, "customerProfileId": str(FIRST + 1)}
    shopper.later(days=1)
    shopper.ask("insertOrderCaseMessage", {"message": "After."}, orderId=order_id)
    assert [m["message"] for m in shopper.ask("getOrderCaseMessages", orderId=order_id)][-2:] == [
        "Before.",
        "After.",
    ]
