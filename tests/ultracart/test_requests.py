"""Requests are exact, and nothing that does not fit its operation becomes one."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ultracart.strategies import ANYTHING, documents
from ucsync.model import InvalidRequest, UcsyncError
from ucsync.ultracart import OPERATIONS, CustomerFilters, Operation, build
from ucsync.ultracart.codec import decode_json
from ucsync.ultracart.operations import EXPANSIONS

ROWS = st.sampled_from(list(OPERATIONS.values()))
WITH_BODY = [row for row in OPERATIONS.values() if row.body is not None]
PATH: dict[str, object] = {
    "customer_profile_oid": 7,
    "customer_wishlist_item_oid": 8,
    "email": "a+b@example.com",
    "storefront_host_name": "www.demo.example",
}


def path_of(operation: Operation) -> dict[str, object]:
    return {parameter.name: PATH[parameter.name] for parameter in operation.path_parameters}


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda row: row.operation_id)
@given(data=st.data())
def test_every_body_arrives_as_it_was_given(operation: Operation, data: st.DataObject) -> None:
    assert operation.body is not None
    body = data.draw(documents(operation.body))
    request = build(operation, path_of(operation), None, body)
    assert request.body is not None
    assert decode_json(request.body) == body


@given(email=st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda t: t.strip(" .")))
def test_an_email_survives_the_path_whatever_it_holds(email: str) -> None:
    if email.strip() in ("", ".", ".."):
        return
    target = build(OPERATIONS["getCustomerByEmail"], {"email": email}).target
    segment = target.rpartition("/")[2]
    assert unquote(segment) == email
    assert target.count("/") == 4
    assert "?" not in target
    assert "#" not in target


@pytest.mark.parametrize("email", ["", ".", "..", " ", " .. "])
def test_an_email_that_is_another_path_is_not_sent(email: str) -> None:
    with pytest.raises(InvalidRequest, match="email"):
        build(OPERATIONS["getCustomerByEmail"], {"email": email})


def test_query_parameters_are_encoded_whole_and_in_the_tables_order() -> None:
    since = datetime(2026, 1, 2, 3, 4, 5, 999_999, tzinfo=timezone(timedelta(hours=-5)))
    query = {"_sort": "+email,-signup_dts", "_since": since, "_limit": 200, "email": "a&b=c@example.com",
             "_expand": ["tags", "billing"], "_offset": None}  # fmt: skip
    target = build(OPERATIONS["getCustomers"], {}, query).target
    assert target.endswith("&_sort=%2Bemail%2C-signup_dts&_expand=billing%2Ctags")
    assert parse_qsl(urlsplit(target).query) == [
        ("email", "a&b=c@example.com"),
        ("_limit", "200"),
        ("_since", "2026-01-02T08:04:05+00:00"),
        ("_sort", "+email,-signup_dts"),
        ("_expand", "billing,tags"),
    ]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ({"_limit": 0}, "_limit"),
        ({"_limit": 201}, "_limit"),
        ({"_limit": True}, "_limit"),
        ({"_limit": "100"}, "_limit"),
        ({"_offset": -1}, "_offset"),
        ({"_offset": 2**31}, "_offset"),
        ({"_since": datetime(2026, 1, 1)}, "_since"),
        ({"_since": "yesterday"}, "_since"),
        ({"_expand": "billing"}, "_expand"),
        ({"_expand": ["bill"]}, "_expand"),
        ({"_expand": [["billing"]]}, "_expand"),
        ({"emial": "x"}, "query"),
        ({"email": "\ud800"}, "email"),
    ],
)
def test_a_query_that_does_not_fit_names_the_place(query: dict[str, object], where: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        build(OPERATIONS["getCustomers"], {}, query)
    assert [place for place, _ in caught.value.faults] == [where]


@pytest.mark.parametrize(
    ("body", "where", "what"),
    [
        ([], "customer", "expected an object"),
        ({"emial": "x"}, "customer", "no field 'emial'"),
        ({"tax_id": "x" * 16}, "customer.tax_id", "longer than 15"),
        ({"tax_id": "𝕏" * 8}, "customer.tax_id", "longer than 15 characters (16)"),
        ({"affiliate_oid": "7"}, "customer.affiliate_oid", "expected an integer"),
        ({"affiliate_oid": ""}, "customer.affiliate_oid", "expected an integer"),
        ({"affiliate_oid": True}, "customer.affiliate_oid", "expected an integer"),
        ({"affiliate_oid": 2**31}, "customer.affiliate_oid", "outside"),
        ({"minimum_subtotal": 1.5}, "customer.minimum_subtotal", "money as Decimal"),
        ({"minimum_subtotal": Decimal("NaN")}, "customer.minimum_subtotal", "not a finite"),
        ({"billing": {"city": "x"}}, "customer.billing", "expected a list"),
        ({"billing": [None]}, "customer.billing[0]", "null in a list"),
        ({"billing": [{}, {"city": "x" * 33}]}, "customer.billing[1].city", "longer than 32"),
        ({"privacy": {"marketing": 1}}, "customer.privacy.marketing", "expected true or false"),
        (
            {"properties": [{"expiration_dts": "2026-01-01"}]},
            "customer.properties[0].expiration_dts",
            "ISO-8601",
        ),
        ({"orders": [{"total": object()}]}, "customer.orders[0]", "JSON cannot carry"),
        ({"orders": [{"lines": ({},)}]}, "customer.orders[0]", "JSON cannot carry"),
        ({"orders": [{"total": Decimal("NaN")}]}, "customer.orders[0]", "JSON cannot carry"),
    ],
)
def test_a_body_that_does_not_fit_names_the_place(body: object, where: str, what: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        build(OPERATIONS["insertCustomer"], {}, None, body)
    ((place, problem),) = caught.value.faults
    assert place == where
    assert what in problem


def test_every_fault_is_reported_at_once() -> None:
    with pytest.raises(InvalidRequest) as caught:
        build(OPERATIONS["updateCustomer"], {}, {"_expand": ["x"]}, {"tax_id": "x" * 16, "nope": 1})
    assert len(caught.value.faults) == 4


@given(operation=ROWS, path=ANYTHING, query=ANYTHING, body=ANYTHING)
def test_no_argument_raises_anything_but_our_own(
    operation: Operation, path: Any, query: Any, body: Any
) -> None:
    given_path = path_of(operation) | (
        dict.fromkeys(list(path_of(operation))[:1], path) if path is not None else {}
    )
    given_query = {parameter.name: query for parameter in operation.query}
    try:
        request = build(operation, given_path, given_query, body)
    except UcsyncError:
        return
    json.loads(request.body or b"null")


def test_a_body_that_holds_itself_is_not_sent() -> None:
    body: dict[str, Any] = {}
    body["orders"] = [body]
    with pytest.raises(InvalidRequest):
        build(OPERATIONS["insertCustomer"], {}, None, body)


def test_every_request_names_the_version_and_the_vendors_content_type() -> None:
    for operation in OPERATIONS.values():
        body: object = {} if operation.body else None
        headers = dict(build(operation, path_of(operation), None, body).headers)
        assert headers["X-UltraCart-Api-Version"] == "2017-03-01"
        assert headers["Accept"] == "application/json"
        assert headers.get("Content-Type") == operation.content_type


def test_a_request_does_not_show_whom_it_is_about() -> None:
    request = build(OPERATIONS["getCustomerByEmail"], {"email": "ann@example.com"})
    assert "example" not in repr(request)


def test_filters_for_keyword_arguments_are_those_of_the_table() -> None:
    paging = {"_limit", "_offset", "_since", "_sort", "_expand"}
    table = {parameter.name for parameter in OPERATIONS["getCustomers"].query} - paging
    assert set(CustomerFilters.__annotations__) == table
    assert len(table) == 27


def test_all_expansions_may_be_asked_for_at_once() -> None:
    target = build(OPERATIONS["getCustomer"], {"customer_profile_oid": 1}, {"_expand": EXPANSIONS}).target
    assert target.count("%2C") == 14


def test_an_instant_loses_its_fraction_downwards() -> None:
    since = datetime(2026, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC)
    target = build(OPERATIONS["getCustomers"], {}, {"_since": since}).target
    assert target.endswith("_since=2026-01-01T00%3A00%3A00%2B00%3A00")
