"""Requests are exact: the path and the query encoded, the headers right, nothing personal rendered."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ultracart.my_account.examples import QUERY, ROWS, body_of, path_of, request_of
from ucsync.model import InvalidRequest
from ucsync.ultracart.codec import decode_json
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS, AccountOperation, build_account

IN_PATHS = [
    (row, parameter.name) for row in ROWS for parameter in row.path_parameters
    if parameter.name in ("orderId", "itemId")
]  # fmt: skip
PAGED = [row for row in ROWS if row.paged]


def faults_of(operation_id: str, query: Any, path: Any = None) -> dict[str, str]:
    row = ACCOUNT_OPERATIONS[operation_id]
    with pytest.raises(InvalidRequest) as caught:
        build_account(row, path_of(row) if path is None else path, query, body_of(row))
    return dict(caught.value.faults)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.operation_id)
def test_every_operation_has_its_target_its_headers_and_its_body(row: AccountOperation) -> None:
    request = request_of(row.operation_id)
    path = row.path
    for name, held in path_of(row).items():
        path = path.replace(f"{{{name}}}", str(held))
    assert request.target.partition("?")[0] == path
    headers = dict(request.headers)
    assert headers.pop("Accept") == (
        "text/plain" if row.operation_id == "forgotPassword" else "application/json"
    )
    if row.body is None:
        assert request.body is None
        assert headers == {}
    else:
        assert decode_json(request.body or b"") == body_of(row)
        assert headers == {"Content-Type": "application/json; charset=UTF-8"}


def test_no_request_shows_anything_but_its_operation() -> None:
    for row in ROWS:
        shown = repr(request_of(row.operation_id))
        for told in ("Ann", "ann@", "horse", "4111", "DEMO", "TEA", "merchantId="):
            assert told not in shown
        assert row.operation_id in shown


@given(
    case=st.sampled_from(IN_PATHS),
    text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=15),
)
def test_an_id_survives_the_path_whatever_it_holds(case: tuple[AccountOperation, str], text: str) -> None:
    row, name = case
    if text.strip() in ("", ".", ".."):
        return
    body = body_of(row)
    target = build_account(row, {name: text}, None, body).target
    before, after = row.path.split(f"{{{name}}}")
    assert target.isascii()
    assert unquote(target.removeprefix(before).removesuffix(after)) == text
    assert target.count("/") == row.path.count("/")
    assert not {"?", "#", " "} & set(target)


@pytest.mark.parametrize(("row", "name"), IN_PATHS, ids=lambda held: getattr(held, "name", held))
@pytest.mark.parametrize("text", ["", " ", ".", "..", " .. ", "x" * 31, None, 7])
def test_an_id_that_is_another_path_is_not_sent(row: AccountOperation, name: str, text: object) -> None:
    assert list(faults_of(row.operation_id, None, {name: text})) == [name]


@pytest.mark.parametrize("oid", [0, -1, "7", "", True, None, 2**31, 7.0])
def test_a_record_is_asked_for_by_a_number_of_one_or_more(oid: object) -> None:
    assert list(faults_of("getCreditCard", None, {"id": oid})) == ["id"]
    assert list(faults_of("deleteWishlistItem", None, {"wishlistOid": oid})) == ["wishlistOid"]
    assert list(faults_of("getShippingAddress", None, {})) == ["id"]


@pytest.mark.parametrize("row", PAGED, ids=lambda row: row.operation_id)
def test_pages_are_asked_for_from_one_and_of_ten_at_most(row: AccountOperation) -> None:
    query = {"pageNumber": 2, "pageSize": 10}
    assert build_account(row, None, query).target == f"{row.path}?pageNumber=2&pageSize=10"
    assert build_account(row, None, {"pageNumber": None}).target == row.path
    for wrong in (0, -1, True, "1", 2**31):
        assert list(faults_of(row.operation_id, {"pageNumber": wrong})) == ["pageNumber"]
    for wrong in (0, 11, "10", ""):
        assert list(faults_of(row.operation_id, {"pageSize": wrong})) == ["pageSize"]


@given(search=st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_a_search_arrives_as_it_was_given(search: str) -> None:
    query = {"search": search, "pageSize": 3, "_filterTime": "year-2025"}
    target = build_account(ACCOUNT_OPERATIONS["getOrders"], None, query).target
    assert parse_qsl(urlsplit(target).query, keep_blank_values=True) == [
        ("pageSize", "3"),
        ("search", search),
        ("_filterTime", "year-2025"),
    ]


@pytest.mark.parametrize("time", ["last30days", "last6months", "year-2026", "year-0001"])
def test_a_time_filter_of_the_portals_is_sent(time: str) -> None:
    target = build_account(ACCOUNT_OPERATIONS["getOrders"], None, {"_filterTime": time}).target
    assert target == f"/orders?_filterTime={time}"


@pytest.mark.parametrize("time", ["", "last30Days", "year-26", "year-20266", "year-٢٠٢٦", "2026", 30, True])
def test_another_time_filter_is_not(time: object) -> None:
    assert list(faults_of("getOrders", {"_filterTime": time})) == ["_filterTime"]


def test_a_query_that_the_row_does_not_know_is_not_sent() -> None:
    assert faults_of("getOrders", {"pagenumber": 1}) == {"query": "no parameter 'pagenumber'"}
    assert faults_of("getReviews", {"_filterTime": "x"}) == {"query": "no parameter '_filterTime'"}
    assert list(faults_of("getWishlist", {"sortBy": "name", "thumbnailSquare": "yes"})) == [
        "thumbnailSquare",
        "sortBy",
    ]
    assert faults_of("getOrders", [("search", "x")]) == {"query": "expected a mapping by name"}


def test_a_login_by_query_needs_all_of_its_three() -> None:
    row = ACCOUNT_OPERATIONS["loginByQuery"]
    right = QUERY["loginByQuery"]
    assert build_account(row, None, right).target == (
        "/login?merchantId=DEMO&email=ann%40example.com&password=right-horse"
    )
    for name in right:
        assert faults_of("loginByQuery", {**right, name: None}) == {name: "missing"}
        assert faults_of("loginByQuery", {**right, name: " "}) == {name: "blank"}
    assert list(faults_of("loginByQuery", {**right, "password": "x" * 31})) == ["password"]
    assert faults_of("loginByQuery", {}) == dict.fromkeys(right, "missing")
    assert build_account(ACCOUNT_OPERATIONS["forgotPassword"], None, {}, "x").target == "/forgotPassword"


def test_all_that_is_personal_counts_as_masked() -> None:
    for operation_id in ("login", "loginByQuery"):
        assert {"ann@example.com", "right-horse"} <= request_of(operation_id).masked
    assert "4111 1111 1111 1111" in request_of("insertCreditCard").masked
    assert request_of("forgotPassword").masked == {"ann@example.com"}
    assert request_of("getOrderCase").masked == {"DEMO-0007"}
    query = {"search": "tea", "pageSize": 9, "_filterTime": "year-2025"}
    assert build_account(ACCOUNT_OPERATIONS["getOrders"], None, query).masked == {"tea"}


@pytest.mark.parametrize(
    ("operation_id", "words", "field"),
    [
        ("insertShippingAddress", "firstName is required", "address.firstName"),
        ("insertShippingAddress", "The field firstName is too long.", "address.firstName"),
        ("insertShippingAddress", "address.city: blank", "address.city"),
        ("insertShippingAddress", "city is required", "address.city"),
        ("insertShippingAddress", "no such country and no such city", None),
        ("insertShippingAddress", "FirstName is required", None),
        ("insertCreditCard", "address.firstName is required", None),
        ("getOrders", "pageSize is over ten", "pageSize"),
        ("getOrder", "orderId is unknown", "orderId"),
        ("forgotPassword", "email is missing", None),
        ("forgotPassword", "merchantId is missing", "merchantId"),
        ("logout", "", None),
    ],
)
def test_a_field_is_known_again_in_the_servers_words(
    operation_id: str, words: str, field: str | None
) -> None:
    assert request_of(operation_id).field_named(words) == field
