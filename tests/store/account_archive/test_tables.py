"""A value is exact in its column, or stands among the extras; nothing is coerced and nothing is lost."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.account_archive.books import AT, OID, book, made, of_order
from ucsync.model.accounts import OrderSeen, ReviewSeen, Seen
from ucsync.store.account_archive import TABLES, read_value
from ucsync.store.account_archive.tables import tables_of

HALF = b'"\\ud83d"'


def row_of(body: bytes) -> dict[str, Any]:
    """The row of an order that an answer holds."""
    tables = dict(tables_of(of_order(read_value(body))))
    (row,) = tables["orders"].to_pylist()
    found: dict[str, Any] = row
    return found


@pytest.mark.parametrize(
    ("field", "value", "held"),
    [
        ("status", b'"Ab \\u0000 \\ud83d\\ude00"', "Ab \x00 \U0001f600"),
        ("total", b"19.950", Decimal("19.950000000")),
        ("total", b"0.1", Decimal("0.100000000")),
        ("total", b"12345678901234567890123456789", Decimal("12345678901234567890123456789")),
        ("total", b"1e3", Decimal(1000)),
        ("testOrder", b"true", True),
        ("customerProfileId", b"9223372036854775807", 2**63 - 1),
        ("creationDate", b'"2026-11-22T03:15:00-05:00"', datetime(2026, 11, 22, 8, 15, tzinfo=UTC)),
        ("creationDate", b'"2026-07-22T03:15:00"', datetime(2026, 7, 22, 7, 15, tzinfo=UTC)),
        ("creationDateFormatted", b'"22-Nov-2026"', "22-Nov-2026"),
        ("comments", b'["a",null,"b"]', ["a", None, "b"]),
        ("labels", b'{"a": 1.10}', '{"a":1.10}'),
        ("coupons", b'[{"code":"X"}]', [{"code": "X", "description": None}]),
        ("ediInformation", b'[{"a":[1]}]', ['{"a":[1]}']),
        ("total", b"null", None),
        ("comments", b"[]", []),
    ],
)  # fmt: skip
def test_a_value_of_its_kind_is_exact(field: str, value: bytes, held: Any) -> None:
    row = row_of(b'{"%s":%s}' % (field.encode(), value))
    assert (row[field], row["_extras"]) == (held, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", b"5"), ("status", HALF), ("status", b"[]"), ("total", b'"19.95"'), ("total", b"true"),
        ("total", b"1e400"), ("total", b"0.0000000001"), ("total", b"123456789012345678901234567890"),
        ("testOrder", b'"yes"'), ("testOrder", b"1"), ("customerProfileId", b'"1000007"'),
        ("customerProfileId", b"9223372036854775808"), ("customerProfileId", b"1.0"),
        ("creationDate", b'"yesterday"'), ("creationDate", b"1700000000"),
        ("creationDate", b'"0001-01-01T00:00:00+14:00"'), ("comments", b'"one"'), ("labels", b"[1]"),
        ("coupons", b'{"code":"X"}'), ("nobody knows me", b'{"a":[1.10,null]}'), ("", b"1"),
    ],
)  # fmt: skip
def test_what_does_not_fit_stands_among_the_extras(field: str, value: bytes) -> None:
    row = row_of(b'{"%s":%s,"orderId":"A-1"}' % (field.encode(), value))
    assert (row.get(field), row["orderId"]) == (None, "A-1")
    (extra,) = json.loads(row["_extras"], parse_float=Decimal, parse_int=Decimal).values()
    assert extra == json.loads(value, parse_float=Decimal, parse_int=Decimal)


def test_an_element_that_does_not_fit_leaves_its_place_empty() -> None:
    row = row_of(b'{"comments":["a",5,"b"],"coupons":[{"code":1,"x":2},"y"]}')
    assert row["comments"] == ["a", None, "b"]
    assert row["coupons"] == [{"code": None, "description": None}, None]
    assert json.loads(row["_extras"]) == {
        "comments[1]": 5, "coupons[0].code": 1, "coupons[0].x": 2, "coupons[1]": "y",
    }  # fmt: skip


def test_an_object_that_is_none_is_an_extra_whole() -> None:
    assert json.loads(row_of(b'["x"]')["_extras"]) == {"": ["x"]}


def test_what_json_should_not_hold_is_read_as_far_as_it_goes() -> None:
    body = b'{"total":NaN,"status":"a","status":"b\\ud83d","tax":-Infinity,"labels":{"x":NaN}}'
    row = row_of(body)
    assert (row["total"], row["tax"], row["status"], row["labels"]) == (None, None, None, '{"x":"NaN"}')
    assert json.loads(row["_extras"]) == {"total": "NaN", "status": "b\ud83d", "tax": "-Infinity"}
    assert read_value(b"") is None
    assert read_value(b'{"a":' + b"9" * 5000 + b',"b":"\\ud83d"}')["a"] == Decimal("9" * 5000)
    with pytest.raises(ValueError, match="not JSON"):
        read_value(b"<html>")


def test_a_password_is_no_column_and_no_extra() -> None:
    (row,) = dict(tables_of(book()))["account"].to_pylist()
    assert "password" not in row
    assert (row["_extras"], row["customer_profile_oid"], row["_observed_at"]) == (None, OID, AT)


def test_what_hangs_on_an_order_has_its_id() -> None:
    about = of_order(
        {"items": [{"itemId": "X", "quantity": 2}, "odd"]},
        tracking=(Seen({"orderId": "A-1", "trackingNumber": "9"}, AT), Seen({"orderId": "B"}, AT)),
        case=Seen({"caseOid": "7", "orderId": 5, "messages": [{"message": "not here"}]}, AT),
        messages=(Seen({"caseOid": "7", "message": "hello"}, AT),),
    )
    tables = {name: table.to_pylist() for name, table in tables_of(about)}
    assert [(row["orderId"], row["position"], row["itemId"]) for row in tables["order_items"]] == [
        ("A-1", 0, "X"), ("A-1", 1, None),
    ]  # fmt: skip
    assert [(row["orderId"], row["_extras"]) for row in tables["tracking"]] == [
        ("A-1", None), ("A-1", '{"orderId":"B"}'),
    ]  # fmt: skip
    (case,), (message,) = tables["cases"], tables["case_messages"]
    assert (case["orderId"], case["caseOid"], case["_extras"]) == ("A-1", "7", '{"orderId":5}')
    assert (message["orderId"], message["position"], message["message"]) == ("A-1", 0, "hello")


def test_a_review_has_its_form_as_text() -> None:
    review = Seen({"itemId": "BAT", "overall": Decimal("4.50"), "item": {"description": "A bat"}}, AT)
    form = Seen({"nickname": "ruthie", "scores": [1, 2], "ratingScaleMax": 5}, AT)
    both = (ReviewSeen(review=review, form=form), ReviewSeen(review=review))
    first, second = dict(tables_of(book(reviews=both)))["reviews"].to_pylist()
    assert first["_form"] == '{"nickname":"ruthie","scores":[1,2],"ratingScaleMax":5}'
    assert (second["_form"], second["item"]["description"]) == (None, "A bat")


def test_every_table_is_there_and_has_its_schema_though_it_is_empty(tmp_path: Path) -> None:
    made(tmp_path, book())
    for name, schema in TABLES.items():
        found = pq.read_schema(tmp_path / "out" / "tables" / f"{name}.parquet")
        assert found.remove_metadata().equals(schema), name
        assert schema.names[0] == "customer_profile_oid"
        assert schema.names[-2:] == ["_extras", "_observed_at"]
    assert TABLES["orders"].field("total").type == pa.decimal128(38, 9)
    assert TABLES["orders"].field("creationDate").type == pa.timestamp("us", tz="UTC")
    assert not {"items", "orderCase"} & set(TABLES["orders"].names)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text()
    | st.sampled_from(["2026-11-22T03:15:00Z", "\ud83d"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
FIELDS = st.sampled_from(
    ["orderId", "total", "testOrder", "creationDate", "coupons", "comments", "labels", "items"]
)


@given(st.dictionaries(FIELDS | st.text(max_size=5), ANY, max_size=6))
def test_whatever_an_order_holds_its_tables_can_be_made(document: dict[str, Any]) -> None:
    tables = dict(tables_of(book(orders=(OrderSeen(order_id="A-1", order=Seen(document, AT)),))))
    (row,) = tables["orders"].to_pylist()
    extras = json.loads(row["_extras"] or "{}")
    for name, value in document.items():
        if value is not None and name != "items":
            inside = any(place.startswith((name, "[")) for place in extras)
            assert row.get(name) is not None or inside, name
