"""What comes back is a value that fits its model, or an error of ours."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ultracart.strategies import documents
from tests.ultracart.test_requests import path_of
from ucsync.model import AnswerUnusable, BadRequest, NotFound, Outcome, UcsyncError
from ucsync.ultracart import OPERATIONS, Operation, RawAnswer, Request, build, decode, page_of
from ucsync.ultracart.check import answer_faults
from ucsync.ultracart.codec import decode_json, encode_json
from ucsync.ultracart.models import MODELS

JSON = {"content-type": "application/json;charset=UTF-8", "date": "Sun, 22 Nov 2026 03:15:00 GMT"}
ROWS = st.sampled_from(list(OPERATIONS.values()))


def request_of(operation_id: str) -> Request:
    operation = OPERATIONS[operation_id]
    return build(operation, path_of(operation), None, {} if operation.body else None)


def answered(operation_id: str, document: Any, status: int = 200) -> Any:
    return decode(request_of(operation_id), RawAnswer(status, JSON, encode_json(document)))


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
@given(data=st.data())
def test_every_model_survives_the_wire(model: Any, data: st.DataObject) -> None:
    document = data.draw(documents(model))
    assert decode_json(encode_json(document)) == document
    assert list(answer_faults(model, document, "answer")) == []


@given(customers=st.lists(documents(MODELS["Customer"]), max_size=3))
def test_customers_come_back_as_they_were_with_unknown_keys(customers: list[dict[str, Any]]) -> None:
    for customer in customers:
        customer["a_field_of_tomorrow"] = {"x": [1]}
    result_set = {"count": len(customers), "more": False}
    page = page_of(
        answered("getCustomers", {"customers": customers, "metadata": {"result_set": result_set}}), None, None
    )
    assert page.customers == customers
    assert page.next_offset is None


@given(
    operation=ROWS,
    status=st.integers(100, 599),
    body=st.binary(max_size=60),
    kind=st.sampled_from(["json", "html"]),
)
def test_no_bytes_raise_anything_but_our_own(
    operation: Operation, status: int, body: bytes, kind: str
) -> None:
    raw = RawAnswer(status, {"content-type": f"application/{kind}"}, body)
    try:
        decode(request_of(operation.operation_id), raw)
    except UcsyncError:
        return
    assert operation.answer is None
    assert not body.strip() or decode_json(body)


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "error",
                    "success",
                    "metadata",
                    "result_set",
                    "customer",
                    "customers",
                    "billing",
                    "error_code",
                    "count",
                    "offset",
                    "user_message",
                    "warning",
                    "lists",
                    "values",
                    "url",
                    "token",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    operation=ROWS,
    status=st.sampled_from([200, 204, 400, 401, 404, 410, 429, 500, 503]),
    document=JSON_VALUES,
)
def test_no_json_raises_anything_but_our_own(operation: Operation, status: int, document: Any) -> None:
    try:
        answer = answered(operation.operation_id, document, status)
        if operation.payload == "customers":
            page_of(answer, None, None)
    except UcsyncError:
        pass


@pytest.mark.parametrize(
    ("operation_id", "document", "place"),
    [
        (
            "getCustomer",
            {"customer": {"email": 7}},
            "answer.customer.email: expected a string, found an integer",
        ),
        (
            "getCustomer",
            {"customer": {"affiliate_oid": "7"}},
            "expected an integer of 32 bits, found a string",
        ),
        ("getCustomer", {"customer": {"affiliate_oid": Decimal("5.0")}}, "found a number with a fraction"),
        (
            "getCustomer",
            {"customer": {"billing": [{}, {"city": []}]}},
            "billing[1].city: expected a string, found a list",
        ),
        ("getCustomer", {"customer": {"allow_cod": 1}}, "expected true or false, found an integer"),
        ("getCustomers", {"customers": [{}, 5]}, "answer.customers[1]: expected an object"),
        ("getCustomer", {"customer": {}, "metadata": {"result_set": {"more": "yes"}}}, "result_set.more"),
        ("getCustomerEditorValues", {"terms": [1]}, "answer.terms[0]: expected a string"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_place(operation_id: str, document: Any, place: str) -> None:
    with pytest.raises(AnswerUnusable) as caught:
        answered(operation_id, document)
    assert place in str(caught.value)
    assert not caught.value.passing


def test_money_keeps_its_digits() -> None:
    raw = RawAnswer(
        200, JSON, b'{"customer":{"minimum_subtotal":10.10,"free_shipping_minimum":12345678901234.05}}'
    )
    customer = decode(request_of("getCustomer"), raw).payload
    assert str(customer["minimum_subtotal"]) == "10.10"
    assert str(customer["free_shipping_minimum"]) == "12345678901234.05"


def test_null_counts_as_absent_in_an_answer() -> None:
    assert answered("getCustomer", {"customer": {"email": None, "billing": None}}).payload["email"] is None


def test_an_error_inside_a_200_is_that_error() -> None:
    with pytest.raises(NotFound):
        answered("getCustomer", {"error": {"error_code": "404", "user_message": "no such customer"}})
    with pytest.raises(BadRequest, match=r"store_credit_request\.amount is missing") as caught:
        answered(
            "addCustomerStoreCredit",
            {
                "error": {
                    "error_code": "400",
                    "user_message": "store_credit_request.amount is missing and is required.",
                }
            },
        )
    assert caught.value.field == "store_credit_request.amount"
    with pytest.raises(BadRequest):
        answered("deleteCustomer", {"error": {"user_message": "no"}, "success": False})


def test_success_is_not_needed_but_false_is_believed() -> None:
    assert answered("getCustomer", {"customer": {}}).payload == {}
    with pytest.raises(AnswerUnusable, match="success is false"):
        answered("getCustomer", {"customer": {}, "success": False})


def test_a_200_without_the_payload_is_not_found_when_reading_and_unknown_when_writing() -> None:
    with pytest.raises(NotFound):
        answered("getCustomer", {"success": True})
    with pytest.raises(AnswerUnusable) as caught:
        answered("updateCustomer", {"success": True})
    assert caught.value.outcome is Outcome.UNKNOWN


def test_a_list_left_out_is_empty_only_when_the_server_counts_none() -> None:
    assert answered("getCustomers", {"metadata": {"result_set": {"count": 0}}}).payload == []
    assert answered("getCustomerWishList", {"success": True}).payload == []
    with pytest.raises(AnswerUnusable):
        answered("getCustomers", {"metadata": {"result_set": {"count": 3}}})
    with pytest.raises(AnswerUnusable):
        answered("getCustomers", {"success": True})


def test_the_validity_of_a_token_is_the_success_of_the_answer() -> None:
    assert answered("validateEmailVerificationToken", {"success": False}).value == {"success": False}
    with pytest.raises(AnswerUnusable):
        answered("validateEmailVerificationToken", {})


def test_an_empty_answer_is_a_success_where_none_is_due_and_unusable_elsewhere() -> None:
    assert decode(request_of("mergeCustomer"), RawAnswer(204, {}, b"")).payload is None
    assert decode(request_of("deleteCustomer"), RawAnswer(200, {"content-length": "0"}, b"")).payload is None
    for unsure in (RawAnswer(200, {}, b""), RawAnswer(202, {"content-length": "0"}, b"")):
        with pytest.raises(AnswerUnusable):
            decode(request_of("deleteCustomer"), unsure)
    with pytest.raises(AnswerUnusable):
        decode(request_of("getCustomer"), RawAnswer(204, {}, b""))


def test_the_servers_clock_is_read_from_the_answer() -> None:
    assert str(answered("getCustomer", {"customer": {}}).server_time) == "2026-11-22 03:15:00+00:00"
    for date in ("", "nonsense", "Sun, 99 Nov 2026 03:15:00 GMT"):
        raw = RawAnswer(200, {"content-type": "application/json", "date": date}, b'{"customer":{}}')
        assert decode(request_of("getCustomer"), raw).server_time is None
