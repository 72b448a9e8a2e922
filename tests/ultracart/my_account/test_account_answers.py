"""What comes back has the shape of its row, or is an error of ours; what is odd within is named and kept."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ultracart.my_account.examples import EMPTY, HTML, JSON, ROWS, TEXT, answered, came, refused
from tests.ultracart.strategies import documents
from ucsync.model import (
    AnswerUnusable,
    NotFound,
    Outcome,
    UcsyncError,
)
from ucsync.ultracart import RawAnswer, Retry
from ucsync.ultracart.codec import encode_json
from ucsync.ultracart.my_account import (
    ACCOUNT_OPERATIONS,
    AccountOperation,
    Paging,
)
from ucsync.ultracart.my_account.operations import Gives

GIVING = {gives: [row for row in ROWS if row.gives is gives] for gives in Gives}
OBJECTS = GIVING[Gives.OBJECT] + GIVING[Gives.OBJECT_OR_EMPTY]
MODELS = [row for row in ROWS if row.model is not None and row.gives is not Gives.LIST]


@given(row=st.sampled_from(MODELS), data=st.data())
def test_an_object_comes_back_as_it_was_with_unknown_keys(row: AccountOperation, data: st.DataObject) -> None:
    assert row.model is not None
    document = data.draw(documents(row.model)) | {"aFieldOfTomorrow": {"x": [1]}}
    answer = answered(row.operation_id, document)
    assert answer.value == document
    assert answer.odd == ()
    assert answer.raw == encode_json(document)


@given(row=st.sampled_from(GIVING[Gives.LIST]), data=st.data())
def test_a_list_comes_back_as_it_was(row: AccountOperation, data: st.DataObject) -> None:
    assert row.model is not None
    rows = data.draw(st.lists(documents(row.model), max_size=3))
    answer = answered(row.operation_id, rows)
    assert answer.value == rows
    assert answer.odd == ()


def test_an_emoji_that_the_server_has_cut_in_two_makes_no_page_unreadable() -> None:
    body = rb'[{"firstName": "Jo \ud83d", "id": 7, "unknown": 1.10}]'
    (row,) = came("getShippingAddresses", RawAnswer(200, JSON, body)).value
    assert row == {"firstName": "Jo \ud83d", "id": 7, "unknown": Decimal("1.10")}
    for broken in (
        rb'[{"firstName": "\ud83d"]',
        rb'[{"id": NaN, "title": "\ud83d"}]',
        b'[{"title": "\xff\\ud83d"}]',
    ):
        with pytest.raises(AnswerUnusable):
            came("getShippingAddresses", RawAnswer(200, JSON, broken))


@given(
    row=st.sampled_from(ROWS),
    status=st.integers(100, 599),
    body=st.binary(max_size=40),
    headers=st.sampled_from([JSON, TEXT, HTML, {}]),
    cookies=st.lists(st.text(max_size=9), max_size=2).map(tuple),
)
def test_no_bytes_raise_anything_but_our_own(
    row: AccountOperation, status: int, body: bytes, headers: dict[str, str], cookies: tuple[str, ...]
) -> None:
    try:
        answer = came(row.operation_id, RawAnswer(status, headers, body, cookies))
    except UcsyncError:
        return
    assert 200 <= answer.status <= 299
    assert answer.raw == body


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([]) | st.just({}),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "error_code", "id", "orderId", "items"]), inner, max_size=4
        )
    ),
    max_leaves=9,
)


@given(row=st.sampled_from(ROWS), status=st.sampled_from([200, 204, 400, 401, 404, 500]), document=VALUES)
def test_no_json_raises_anything_but_our_own(row: AccountOperation, status: int, document: Any) -> None:
    try:
        value = answered(row.operation_id, document, status).value
    except UcsyncError:
        return
    shapes: dict[Gives, type | tuple[type, ...]] = {
        Gives.OBJECT: dict, Gives.OBJECT_OR_EMPTY: dict, Gives.LIST: list, Gives.TEXT: str,
        Gives.NOTHING: type(None), Gives.ANYTHING: object,
    }  # fmt: skip
    assert isinstance(value, shapes[row.gives])


def test_a_value_of_the_wrong_kind_is_kept_as_it_came_and_named_by_its_place() -> None:
    order = {"orderId": 7, "total": "25.10", "gift": 1, "items": [{}, {"quantity": "two"}], "labels": []}
    answer = answered("getOrders", [{"orderId": "DEMO-1"}, order])
    assert answer.value[1] == order
    assert [(fault.path, fault.problem) for fault in answer.odd] == [
        ("answer[1].orderId", "expected a string, found an integer"),
        ("answer[1].total", "expected a number, found a string"),
        ("answer[1].gift", "expected true or false, found an integer"),
        ("answer[1].items[1].quantity", "expected a number, found a string"),
        ("answer[1].labels", "expected an object of any shape, found a list"),
    ]
    (fault,) = answered("getShippingAddress", {"id": "ann@example.com"}).odd
    assert (fault.path, fault.problem) == (
        "answer.id",
        "expected an integer of 64 bits, found a string",
    )


def test_null_counts_as_absent() -> None:
    answer = answered("getOrder", {"orderId": "DEMO-1", "orderCase": None, "trackingNumbers": None})
    assert answer.value["orderCase"] is None
    assert answer.odd == ()


def test_money_keeps_its_digits() -> None:
    answer = came("getOrder", RawAnswer(200, JSON, b'{"total":10.10,"subtotal":12345678901234.05}'))
    assert str(answer.value["total"]) == "10.10"
    assert str(answer.value["subtotal"]) == "12345678901234.05"


@pytest.mark.parametrize("row", OBJECTS, ids=lambda row: row.operation_id)
@pytest.mark.parametrize("document", [[], "text", 7, None, True])
def test_what_is_no_object_is_not_taken_for_one(row: AccountOperation, document: Any) -> None:
    failure = refused(row.operation_id, RawAnswer(200, JSON, encode_json(document)))
    assert isinstance(failure, AnswerUnusable)
    assert failure.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("row", GIVING[Gives.LIST], ids=lambda row: row.operation_id)
@pytest.mark.parametrize("document", [{}, {"orders": []}, "text", None, [{}, 5], [[]], [None]])
def test_what_is_no_list_of_objects_is_not_taken_for_one(row: AccountOperation, document: Any) -> None:
    failure = refused(row.operation_id, RawAnswer(200, JSON, encode_json(document)))
    assert isinstance(failure, AnswerUnusable)
    if document == [{}, 5]:
        assert "answer[1]: expected an object" in str(failure)


def test_an_empty_object_says_that_there_is_none() -> None:
    assert {row.operation_id for row in GIVING[Gives.OBJECT_OR_EMPTY]} == {"loggedIn", "getOrderCase"}
    for row in GIVING[Gives.OBJECT_OR_EMPTY]:
        assert answered(row.operation_id, {}).value == {}
    for row in GIVING[Gives.OBJECT]:
        failure = refused(row.operation_id, RawAnswer(200, JSON, b"{}"))
        assert isinstance(failure, NotFound if row.retry is Retry.SAFE else AnswerUnusable)
    assert isinstance(refused("login", RawAnswer(200, JSON, b"{}")), AnswerUnusable)


@pytest.mark.parametrize(
    "row", GIVING[Gives.NOTHING] + GIVING[Gives.ANYTHING], ids=lambda row: row.operation_id
)
def test_nothing_is_a_success_where_nothing_is_due(row: AccountOperation) -> None:
    for raw in (
        RawAnswer(204, {}, b""),
        RawAnswer(200, EMPTY, b""),
        RawAnswer(200, {"transfer-encoding": "chunked"}, b" \n"),
    ):
        answer = came(row.operation_id, raw)
        assert answer.value is None
        assert answer.status == raw.status
    for unsure in (RawAnswer(200, {}, b""), RawAnswer(202, EMPTY, b""), RawAnswer(205, EMPTY, b"")):
        assert isinstance(refused(row.operation_id, unsure), AnswerUnusable)


@pytest.mark.parametrize("row", GIVING[Gives.NOTHING], ids=lambda row: row.operation_id)
def test_something_where_nothing_is_due_is_not_taken_for_done(row: AccountOperation) -> None:
    some: tuple[Any, ...] = ({"id": 7}, [], "done")
    for document in some:
        assert isinstance(
            refused(row.operation_id, RawAnswer(200, JSON, encode_json(document))), AnswerUnusable
        )
    assert isinstance(refused(row.operation_id, RawAnswer(200, HTML, b"<p>soon</p>")), AnswerUnusable)


@pytest.mark.parametrize("row", GIVING[Gives.ANYTHING], ids=lambda row: row.operation_id)
def test_where_the_sources_disagree_anything_but_a_page_is_taken(row: AccountOperation) -> None:
    some: tuple[Any, ...] = ({"items": []}, {}, [], None, "bye")
    for document in some:
        assert answered(row.operation_id, document).value == document
    assert came(row.operation_id, RawAnswer(200, TEXT, b"bye")).value == "bye"
    failure = refused(row.operation_id, RawAnswer(200, HTML, b"<p>soon</p>"))
    assert isinstance(failure, AnswerUnusable)
    assert failure.passing


@pytest.mark.parametrize("row", OBJECTS + GIVING[Gives.LIST], ids=lambda row: row.operation_id)
def test_what_should_be_json_and_says_otherwise_is_not_read(row: AccountOperation) -> None:
    body = encode_json([{"id": 7}] if row.gives is Gives.LIST else {"id": 7})
    for headers in (TEXT, HTML, {}, {"content-type": "application/jsonx"}):
        failure = refused(row.operation_id, RawAnswer(200, headers, body))
        assert isinstance(failure, AnswerUnusable)
        assert failure.passing
    for broken in (b"", b"{", b'{"id":7}x', b"\xff"):
        assert isinstance(refused(row.operation_id, RawAnswer(200, JSON, broken)), AnswerUnusable)
    assert isinstance(refused(row.operation_id, RawAnswer(204, {}, b"")), AnswerUnusable)


def test_the_answer_to_a_forgotten_password_is_text_plain_or_in_quotes() -> None:
    assert [row.operation_id for row in GIVING[Gives.TEXT]] == ["forgotPassword"]
    assert (
        came("forgotPassword", RawAnswer(200, TEXT, "Gesendet – schön".encode())).value == "Gesendet – schön"
    )
    assert answered("forgotPassword", "A password was sent.").value == "A password was sent."
    assert came("forgotPassword", RawAnswer(200, TEXT, b"")).value == ""
    assert "�" in came("forgotPassword", RawAnswer(200, TEXT, b"\xff")).value
    for raw in (
        RawAnswer(200, HTML, b"<p>soon</p>"),
        RawAnswer(200, {}, b"text"),
        RawAnswer(200, JSON, b"A password"),
        RawAnswer(200, JSON, b"{}"),
        RawAnswer(204, {}, b""),
    ):
        assert isinstance(refused("forgotPassword", raw), AnswerUnusable)


PAGES = {"size": "uc-pagination-page-size", "number": "uc-pagination-page-number",
         "records": "uc-pagination-total-records", "pages": "uc-pagination-total-pages"}  # fmt: skip


def test_paging_is_read_from_its_four_headers() -> None:
    headers = {PAGES["size"]: "10", PAGES["number"]: " 3 ", PAGES["records"]: "27", PAGES["pages"]: "3"}
    assert answered("getOrders", [], headers=headers).paging == Paging(10, 3, 27, 3)
    assert answered("getOrders", [], headers=dict.fromkeys(PAGES.values(), "0")).paging == Paging(0, 0, 0, 0)
    assert answered("getOrders", []).paging is None


@pytest.mark.parametrize("text", ["", "-1", "+1", "1.0", "ten", "1 0", "0x1", "٣", "1" * 16, "1,0"])
def test_what_is_no_count_is_left_open(text: str) -> None:
    assert answered("getOrders", [], headers={PAGES["records"]: text}).paging == Paging(
        None, None, None, None
    )
    headers = {PAGES["records"]: text, PAGES["pages"]: "2"}
    assert answered("getWishlist", [], headers=headers).paging == Paging(None, None, None, 2)


def test_the_servers_clock_is_read_from_the_answer() -> None:
    assert str(answered("loggedIn", {}).server_time) == "2026-11-22 03:15:00+00:00"
    assert came("logout", RawAnswer(204, {"date": "soon"}, b"")).server_time is None


def test_an_answer_does_not_show_what_is_in_it() -> None:
    answer = answered("getSettings", {"email": "ann@example.com", "firstName": 7})
    assert "ann" not in repr(answer)
    assert "answer.firstName" in repr(answer)
    assert "ann" not in repr(RawAnswer(200, {"set-cookie": "ann"}, b"ann", ("ann=1",)))


def test_every_operation_answers_what_the_table_says() -> None:
    counted = {gives: len(rows) for gives, rows in GIVING.items()}
    assert sum(counted.values()) == len(ACCOUNT_OPERATIONS) == 42
    assert counted[Gives.LIST] == 9
    assert counted[Gives.NOTHING] == 6
