"""What does not fit an operation is not sent, and the complaint names the field and never the value."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ultracart.my_account.examples import (
    OBJECTS,
    ROWS,
    body_of,
    faults_of,
    model_of,
    path_of,
    sent,
    server_assigned,
    taken,
)
from tests.ultracart.strategies import ANYTHING, documents
from ucsync.model import InvalidRequest, UcsyncError
from ucsync.ultracart.check import text_length
from ucsync.ultracart.codec import decode_json
from ucsync.ultracart.fields import Field, Kind
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS, AccountOperation, build_account

LIMITED = [(row, field) for row in OBJECTS for field in taken(row) if field.max_length and not field.choices]
BOUNDED = [(row, field) for row in OBJECTS for field in taken(row) if field.minimum is not None]
INTEGERS = [
    (row, field) for row in OBJECTS for field in taken(row)
    if field.kind is Kind.INT64 and not server_assigned(field)
]  # fmt: skip
REQUIRED = [(row, name) for row in OBJECTS if row.body for name in row.body.required]
IDS = [
    (row, field) for row in OBJECTS if row.body and row.body.inserts
    for field in model_of(row).fields.values() if server_assigned(field)
]  # fmt: skip
UNITS = st.characters(exclude_categories=["Cs", "Zs", "Cc"])


def texts_of(length: int) -> st.SearchStrategy[str]:
    """Texts of so many UTF-16 units."""
    return st.text(UNITS, max_size=length).map(
        lambda text: "".join(_fitting(text, length)) + "x" * (length - text_length(_fitting(text, length)))
    )


def _fitting(text: str, length: int) -> str:
    while text_length(text) > length:
        text = text[:-1]
    return text


def test_every_length_of_every_body_is_looked_at() -> None:
    assert len(LIMITED) > 80
    lengths = {5, 15, 20, 25, 30, 32, 50, 100, 200, 250, 1024, 2000}
    assert {field.max_length for _, field in LIMITED} == lengths


@pytest.mark.parametrize(("row", "field"), LIMITED, ids=lambda held: getattr(held, "name", ""))
def test_a_text_of_the_full_length_is_sent_and_one_unit_more_is_not(
    row: AccountOperation, field: Field
) -> None:
    assert field.max_length is not None
    for text in ("x" * field.max_length, "𝕏" * (field.max_length // 2)):
        assert sent(row, body_of(row, **{field.name: text}))[field.name] == text
        more = "𝕏" + text
        assert row.body is not None
        assert faults_of(row.operation_id, body_of(row, **{field.name: more})) == {
            f"{row.body.name}.{field.name}": f"longer than {field.max_length} characters "
            f"({text_length(more)})"
        }


@given(case=st.sampled_from(LIMITED), data=st.data())
def test_length_is_counted_in_units_whatever_the_script(
    case: tuple[AccountOperation, Field], data: st.DataObject
) -> None:
    row, field = case
    assert field.max_length is not None
    text = data.draw(texts_of(field.max_length))
    assert sent(row, body_of(row, **{field.name: text}))[field.name] == text
    assert row.body is not None
    more = text + data.draw(st.text(UNITS, min_size=1, max_size=3))
    assert list(faults_of(row.operation_id, body_of(row, **{field.name: more}))) == [
        f"{row.body.name}.{field.name}"
    ]


@pytest.mark.parametrize(("row", "field"), BOUNDED, ids=lambda held: getattr(held, "name", ""))
def test_a_number_outside_its_bounds_is_not_sent(row: AccountOperation, field: Field) -> None:
    assert field.minimum is not None
    assert field.maximum is not None
    for number in (field.minimum, field.maximum):
        assert sent(row, body_of(row, **{field.name: number}))[field.name] == number
    for number in (field.minimum - 1, field.maximum + 1):
        (problem,) = faults_of(row.operation_id, body_of(row, **{field.name: number})).values()
        assert problem == f"outside {field.minimum} to {field.maximum}"


@pytest.mark.parametrize(("row", "field"), INTEGERS, ids=lambda held: getattr(held, "name", ""))
def test_an_integer_has_64_bits_at_most(row: AccountOperation, field: Field) -> None:
    assert row.body is not None
    for number in (2**63, -(2**63) - 1, 10**30):
        faults = faults_of(row.operation_id, body_of(row, **{field.name: number}))
        assert list(faults) == [f"{row.body.name}.{field.name}"]


@pytest.mark.parametrize(("row", "field"), INTEGERS, ids=lambda held: getattr(held, "name", ""))
@pytest.mark.parametrize("text", ["", "7", " ", "seven"])
def test_text_in_a_number_field_is_not_sent(row: AccountOperation, field: Field, text: str) -> None:
    assert row.body is not None
    faults = faults_of(row.operation_id, body_of(row, **{field.name: text}))
    assert list(faults) == [f"{row.body.name}.{field.name}"]


@pytest.mark.parametrize(("row", "name"), REQUIRED, ids=lambda held: getattr(held, "name", held))
def test_what_is_required_is_neither_absent_nor_null_nor_blank(row: AccountOperation, name: str) -> None:
    assert row.body is not None
    where = f"{row.body.name}.{name}"
    assert faults_of(row.operation_id, body_of(row, **{name: ...})) == {where: "missing"}
    assert faults_of(row.operation_id, body_of(row, **{name: None})) == {where: "missing"}
    if model_of(row).fields[name].kind is Kind.TEXT:
        for blank in ("", " ", "\t\u2003"):
            assert faults_of(row.operation_id, body_of(row, **{name: blank})) == {where: "blank"}


def test_an_empty_text_is_sent_where_none_is_required() -> None:
    for row in OBJECTS:
        assert row.body is not None
        for field in taken(row):
            if field.kind is Kind.TEXT and field.name not in row.body.required and not field.choices:
                assert sent(row, body_of(row, **{field.name: ""}))[field.name] == ""


@pytest.mark.parametrize(("row", "field"), IDS, ids=lambda held: getattr(held, "name", ""))
def test_an_id_that_a_client_has_made_up_is_not_sent(row: AccountOperation, field: Field) -> None:
    assert row.body is not None
    for nothing in (None, 0, -1):
        assert sent(row, body_of(row, **{field.name: nothing})) == sent(row, body_of(row))
    for made_up in (1, 7, -2, "7", True, False, Decimal(0), *([""] if field.kind is Kind.INT64 else [])):
        faults = faults_of(row.operation_id, body_of(row, **{field.name: made_up}))
        assert list(faults) == [f"{row.body.name}.{field.name}"]
        assert "assigned by the server" in faults[f"{row.body.name}.{field.name}"]


def test_ids_are_looked_at_wherever_something_is_inserted() -> None:
    assert {(row.operation_id, field.name) for row, field in IDS} == {
        ("register", "customerProfileId"),
        ("insertShippingAddress", "id"),
        ("insertBillingAddress", "id"),
        ("insertCreditCard", "id"),
        ("insertOrderCase", "caseOid"),
        ("insertOrderCaseMessage", "caseMessageOid"),
        ("insertOrderCaseMessage", "caseOid"),
        ("insertWishlistItem", "wishlistOid"),
    }


@pytest.mark.parametrize(
    ("operation_id", "name", "own", "others"),
    [
        ("updateShippingAddress", "id", 7, (8, 0, -1)),
        ("updateBillingAddress", "id", 7, (8, 0, -1)),
        ("updateCreditCard", "id", 7, (8, 0, -1)),
        ("updateWishlistItem", "wishlistOid", 7, (8, 0, -1)),
        ("updateReview", "itemId", "TEA-7", ("TEA-8", "tea-7", "")),
    ],
)
def test_an_id_in_an_updates_body_is_the_paths(
    operation_id: str, name: str, own: object, others: tuple[object, ...]
) -> None:
    row = ACCOUNT_OPERATIONS[operation_id]
    for right in (own, None):
        assert sent(row, body_of(row, **{name: right}))[name] == right
    assert name not in sent(row, body_of(row))
    assert row.body is not None
    for other in others:
        faults = faults_of(operation_id, body_of(row, **{name: other}))
        assert faults == {f"{row.body.name}.{name}": "another than in the path"}
    for wrong in (True, 7.0, [own]):
        (problem,) = faults_of(operation_id, body_of(row, **{name: wrong})).values()
        assert problem.startswith("expected")


@given(row=st.sampled_from(OBJECTS), data=st.data())
def test_what_is_sent_is_what_was_given_and_only_what_the_row_takes(
    row: AccountOperation, data: st.DataObject
) -> None:
    body = body_of(row) | data.draw(documents(model_of(row)))
    try:
        arrived = sent(row, body)
    except InvalidRequest:
        return
    assert row.body is not None
    assert arrived.keys() <= set(row.body.takes)
    assert set(row.body.required) <= arrived.keys()
    for name, held in arrived.items():
        if name != "messages":
            assert held == body[name]


@pytest.mark.parametrize(
    "operation_id",
    ["updateSettings", "updateShippingAddress", "updateBillingAddress", "updateCreditCard", "updateReview",
     "updateWishlistItem"],
)  # fmt: skip
def test_what_was_read_may_be_changed_and_sent_back_whole(operation_id: str) -> None:
    row = ACCOUNT_OPERATIONS[operation_id]
    model = model_of(row)
    samples: dict[Kind, Any] = {
        Kind.TEXT: "read", Kind.INT64: 3, Kind.FLAG: True, Kind.ARRAY: [], Kind.OBJECT: {}, Kind.NUMBER: 1,
    }  # fmt: skip
    read = {name: samples[field.kind] for name, field in model.fields.items()}
    own = {name: path_of(row)[name] for name in path_of(row) if name in model.fields}
    read |= own | body_of(row)
    if "cardNumber" in read:
        read["cardNumber"] = "************1111"
    arrived = sent(row, read)
    assert arrived
    assert row.body is not None
    assert arrived == {name: held for name, held in read.items() if name in row.body.takes}


def test_names_that_no_model_has_are_not_sent_and_not_shown() -> None:
    row = ACCOUNT_OPERATIONS["insertShippingAddress"]
    for name in ("adress1", "first_name"):
        faults = faults_of(row.operation_id, body_of(row) | {name: "secret"})
        assert faults == {"address": f"Address has no field {name!r}"}
    for unfit in ("ann@example.com", "4111 1111 1111 1111", 7):
        (problem,) = faults_of(row.operation_id, body_of(row) | {unfit: 1}).values()
        assert problem == "Address has no field of that name (not shown: it is no field name)"


@pytest.mark.parametrize("row", OBJECTS, ids=lambda row: row.operation_id)
@pytest.mark.parametrize("body", [None, [], "text", 7, [{}]])
def test_what_is_no_object_is_not_sent_for_one(row: AccountOperation, body: object) -> None:
    assert row.body is not None
    ((where, problem),) = faults_of(row.operation_id, body).items()
    assert where == row.body.name
    assert problem.startswith("expected an object")


def test_an_operation_without_a_body_takes_none() -> None:
    for row in ROWS:
        if row.body is None and row.operation_id != "loginByQuery":
            assert faults_of(row.operation_id, {}) == {"body": "this operation has none"}


def test_a_forgotten_password_is_asked_for_with_a_bare_string() -> None:
    row = ACCOUNT_OPERATIONS["forgotPassword"]
    assert build_account(row, None, None, 'a"b@example.com').body == b'"a\\"b@example.com"'
    assert sent(row, "x" * 100) == "x" * 100
    for wrong, problem in (
        ("", "blank"),
        (" ", "blank"),
        ("x" * 101, "longer than 100 characters (101)"),
        ("𝕏" * 51, "longer than 100 characters (102)"),
        (None, "expected a string, found null"),
        ({"email": "x"}, "expected a string, found an object"),
    ):
        assert faults_of("forgotPassword", wrong) == {"email": problem}


def test_a_case_begins_with_exactly_one_message() -> None:
    row = ACCOUNT_OPERATIONS["insertOrderCase"]
    message = {"message": "Where is it?"}
    for messages, count in (([], 0), ([message, message], 2)):
        faults = faults_of("insertOrderCase", body_of(row, messages=messages))
        assert faults == {"case.messages": f"a case begins with exactly one message, found {count}"}
    wrongs: tuple[object, ...] = ({}, "text", 1)
    for wrong in wrongs:
        (problem,) = faults_of("insertOrderCase", body_of(row, messages=wrong)).values()
        assert problem.startswith("expected a list")


@pytest.mark.parametrize(
    ("message", "where", "problem"),
    [
        ({}, "case.messages[0].message", "missing"),
        ({"message": " "}, "case.messages[0].message", "blank"),
        ({"message": "x" * 2001}, "case.messages[0].message", "longer than 2000 characters (2001)"),
        ({"message": 7}, "case.messages[0].message", "expected a string, found an integer"),
        (None, "case.messages[0]", "expected an object, found null"),
        ({"message": "x", "nope": 1}, "case.messages[0]", "CaseMessage has no field 'nope'"),
        ({"message": "x", "caseMessageOid": "7"}, "case.messages[0].caseMessageOid", "assigned by the"),
    ],
)
def test_the_first_message_is_checked_as_any_other(message: object, where: str, problem: str) -> None:
    row = ACCOUNT_OPERATIONS["insertOrderCase"]
    ((place, what),) = faults_of("insertOrderCase", body_of(row, messages=[message])).items()
    assert place == where
    assert what.startswith(problem)


def test_of_a_message_only_its_text_is_sent() -> None:
    row = ACCOUNT_OPERATIONS["insertOrderCase"]
    message = {"message": "Where?", "messageSender": "Customer", "messageDate": "now", "caseOid": ""}
    assert sent(row, body_of(row, messages=[message], status="Open"))["messages"] == [{"message": "Where?"}]


def test_every_rating_of_a_review_has_a_score() -> None:
    row = ACCOUNT_OPERATIONS["updateReview"]
    ratings = [{"name": "Taste", "score": 5}, {"name": "Smell"}, {"name": "Look", "score": None}]
    assert faults_of("updateReview", body_of(row, ratings=ratings)) == {
        "itemReview.ratings[1].score": "missing",
        "itemReview.ratings[2].score": "missing",
    }
    assert sent(row, body_of(row, ratings=[]))["ratings"] == []


def test_a_nickname_has_four_characters_where_there_is_one() -> None:
    row = ACCOUNT_OPERATIONS["updateReview"]
    for right in ("", "anne", "𝕏𝕏", None):
        assert sent(row, body_of(row, nickname=right))["nickname"] == right
    assert faults_of("updateReview", body_of(row, nickname="ann")) == {
        "itemReview.nickname": "shorter than 4 characters (3)"
    }


def test_every_fault_is_told_at_once() -> None:
    row = ACCOUNT_OPERATIONS["updateShippingAddress"]
    body = {"id": "", "firstName": "x" * 31, "lastName": " ", "city": 7, "nope": 1}
    faults = faults_of(row.operation_id, body, {"id": 0, "orderId": "x"})
    assert list(faults) == [
        "path", "id", "address", "address.id", "address.firstName", "address.lastName", "address.address1",
        "address.city", "address.state", "address.postalCode", "address.country",
    ]  # fmt: skip


@given(row=st.sampled_from(OBJECTS), path=ANYTHING, query=ANYTHING, data=st.data())
def test_no_argument_raises_anything_but_our_own(
    row: AccountOperation, path: Any, query: Any, data: st.DataObject
) -> None:
    names = sorted(model_of(row).fields)
    body = data.draw(ANYTHING | st.dictionaries(st.sampled_from(names), ANYTHING, max_size=3).map(
        lambda changed: body_of(row) | changed
    ))  # fmt: skip
    given_path = dict.fromkeys(path_of(row), path) if data.draw(st.booleans()) else path_of(row)
    given_query = {parameter.name: query for parameter in row.query}
    try:
        request = build_account(row, given_path, given_query, body)
    except UcsyncError:
        return
    decode_json(request.body or b"null")


@given(row=st.sampled_from(OBJECTS), number=st.integers(10**11, 10**12), data=st.data())
def test_no_complaint_shows_a_value(row: AccountOperation, number: int, data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(list(model_of(row).fields.values())))
    value = data.draw(st.sampled_from([f"{number}", number, [f"{number}"], {f"{number}": number}]))
    try:
        build_account(row, path_of(row), None, body_of(row, **{field.name: value}))
    except InvalidRequest as refused:
        assert str(number) not in f"{refused} {refused.faults}"


def test_a_body_that_holds_itself_in_what_is_left_out_does_no_harm() -> None:
    wish: dict[str, Any] = {"itemId": "TEA-7"}
    wish["item"] = wish
    row = ACCOUNT_OPERATIONS["insertWishlistItem"]
    assert sent(row, wish) == {"itemId": "TEA-7"}
    wish["itemId"] = wish
    assert list(faults_of(row.operation_id, wish)) == ["wishlistItem.itemId"]
