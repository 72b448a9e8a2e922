"""Pages of customers become rows of Arrow: all of them, exact, or set aside with a reason."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.odd_values import LONG
from tests.store.pages import AT, SCAN, decode, listed, page, row
from ucsync.model import StorageFailed
from ucsync.store.decoding import GROUP_BYTES_MAX, Decoder, StagedBody
from ucsync.store.schema import CUSTOMER


def test_rows_keep_the_order_of_pages_and_say_which_page_they_came_from() -> None:
    first, second = page([row(5), row(3)]), page([row(4), row(9, b'"fax":1'), row(1)])
    decoded = Decoder(SCAN).decode(
        [
            StagedBody(7, first, AT),
            StagedBody(8, page([]), AT),
            StagedBody(9, second, AT + timedelta(seconds=1)),
            StagedBody(10, first, AT),
        ]
    )
    assert decoded.rows["customer_profile_oid"].to_pylist() == [5, 3, 4, 1, 5, 3]
    assert decoded.pages.to_pylist() == [7, 7, 9, 9, 10, 10]
    assert str(decoded.pages.type) == "int32"
    assert decoded.rows["_observed_at"].to_pylist() == [AT, AT, *[AT + timedelta(seconds=1)] * 2, AT, AT]
    assert set(decoded.rows["_scan"].to_pylist()) == {SCAN}
    assert [(aside.page, aside.row, aside.oid) for aside in decoded.asides] == [(9, 1, 9)]
    assert decoded.rows.schema == CUSTOMER


@pytest.mark.parametrize(
    "body",
    [
        page([]),
        b'{"customers":null}',
        b'{"success":true}',
        b'{"customers":[],"x":NaN}',
    ],
)
def test_a_page_may_be_empty(body: bytes) -> None:
    decoded = decode(body)
    assert decoded.rows.equals(CUSTOMER.empty_table())
    assert (len(decoded.pages), decoded.asides) == (0, ())
    assert decode(body, page([row(1)])).pages.to_pylist() == [2]


def test_no_pages_are_no_rows() -> None:
    assert decode().rows.equals(CUSTOMER.empty_table())


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"customers":[{"a":1}', b'{"customers":3}'])
def test_a_damaged_page_is_said_so(body: bytes) -> None:
    with pytest.raises(StorageFailed, match="staged page"):
        decode(page([row(1)]), body)


def test_what_surrounds_the_customers_is_free() -> None:
    pretty = json.dumps({"new": [1.5], "customers": [{"customer_profile_oid": 1}], "error": "x"}, indent=2)
    decoded = decode(pretty.encode(), b'{"customers":[ {"customer_profile_oid":2}\r\n]}')
    assert decoded.rows["customer_profile_oid"].to_pylist() == [1, 2]
    assert decoded.rows["_extras"].to_pylist() == [None, None]


def test_pages_of_any_size_are_read() -> None:
    long = b'"business_notes":"%s"' % LONG.encode()
    bodies = [page([row(oid, long)]) for oid in (1, 2, 3)]
    assert sum(map(len, bodies)) > GROUP_BYTES_MAX
    decoded = decode(*bodies)
    assert decoded.pages.to_pylist() == [1, 2, 3]
    assert {len(note) for note in decoded.rows["business_notes"].to_pylist()} == {len(LONG)}


def test_absent_null_and_empty_parts_are_told_apart_as_far_as_columns_can() -> None:
    parts = b'"tags":[],"billing":[null,{}],"privacy":{},"edi":null,"orders":[null]'
    (found,) = listed(decode(page([row(1, parts)])))
    assert (found["tags"], found["edi"], found["shipping"], found["orders"]) == ([], None, None, [None])
    assert found["billing"][0] is None
    assert set(found["billing"][1].values()) == set(found["privacy"].values()) == {None}


def test_orders_are_kept_as_json() -> None:
    order = b'{"order_id":"A-1","summary":{"total":{"value":10.50}},"items":[{"quantity":2}]}'
    (found,) = listed(decode(page([row(1, b'"orders":[%s],"quotes":[]' % order)])))
    assert found["orders"] == [order.decode()]
    assert found["quotes"] == []


def test_sums_of_money_are_exact() -> None:
    rows = [row(oid, b'"minimum_subtotal":0.10') for oid in range(1, 1001)]
    assert sum(decode(page(rows)).rows["minimum_subtotal"].to_pylist()) == Decimal("100.00")


def test_a_new_field_in_every_row_is_kept_in_every_row() -> None:
    rows = [row(oid, b'"tier":{"id":%d},"billing":[{"geo":1.50}]' % oid) for oid in range(1, 201)]
    decoded = decode(page(rows), page(rows))
    assert decoded.asides == ()
    assert decoded.rows["_extras"].to_pylist()[199] == '{"tier":{"id":200},"billing[0].geo":1.50}'


def test_names_that_look_like_paths_are_not_mistaken_for_paths() -> None:
    odd = b'"billing[0].x":1,"billing":[{"x":2}],"":3,"a b":4,"_scan":5,"_extras":6,"privacy":{"b.c":7}'
    (found,) = listed(decode(page([row(1, odd)])))
    assert json.loads(found["_extras"]) == {
        '["billing[0].x"]': 1, "billing[0].x": 2, '[""]': 3, '["a b"]': 4, "_scan": 5, "_extras": 6,
        'privacy["b.c"]': 7,
    }  # fmt: skip


def test_a_reason_never_shows_a_name_that_may_be_somebodys() -> None:
    (aside,) = decode(page([row(1, b'"privacy":{"jo@example.com":NaN}')])).asides
    assert aside.reason == 'privacy["…"]: holds NaN or an infinity'


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,39})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,2})?", fullmatch=True))
def test_a_number_is_exact_or_set_aside_however_it_is_written(digits: str) -> None:
    decoded = decode(page([row(1, b'"minimum_subtotal":%s' % digits.encode())]))
    number = Fraction(digits)
    fits = abs(number) < 10**29 and (number * 10**9).denominator == 1
    assert decoded.rows["minimum_subtotal"].to_pylist() == ([Decimal(digits)] if fits else [])
    assert len(decoded.asides) == (0 if fits else 1)


SECRET = b'"tax_id":"%s","password":"%s"' % (b"123-45-6789", b"hunter2")


def test_what_must_not_be_stored_is_nowhere() -> None:
    bodies = [
        page([row(1, SECRET)]),
        page([row(2, b'"tax_id":"123-45-6789"')]),
        page([row(3, b'"new":1, "tax_id" : [{"a":"123-45-6789"}] ,"password":NaN,"fax":3 , "email":"\xff"')]),
        page([row(4, b'"new":1,"tax_id":2,"tax_id":"123-45-6789","pass\\u0077ord":"hunter2"')]),
        page([row(5, b'"password":null,"tax_id":null')]),
    ]
    decoded = decode(*bodies, omit=frozenset({"tax_id"}))
    assert decoded.rows["customer_profile_oid"].to_pylist() == [1, 2, 4, 5]
    assert set(decoded.rows["tax_id"].to_pylist()) == {None}
    assert decoded.rows["_extras"].to_pylist() == [None, None, '{"new":1}', None]
    (aside,) = decoded.asides
    assert aside.raw == row(3, b'"new":1, "tax_id" : null ,"password":null,"fax":3 , "email":"\xff"')


def test_a_new_field_can_be_left_out_too() -> None:
    decoded = decode(page([row(1, b'"ssn":"123","other":1')]), omit=frozenset({"ssn"}))
    assert decoded.rows["_extras"].to_pylist() == ['{"other":1}']


def test_a_row_that_cannot_be_taken_apart_is_kept_only_if_it_holds_no_secret() -> None:
    broken = b'"fax":"a\tb"'  # a bare control character: no JSON
    for rest in (b"", SECRET, b'"pass\\u0077ord":"hunter2"'):
        raw = row(2, broken + (b"," + rest if rest else b""))
        decoded = decode(page([row(1), raw]))
        (aside,) = decoded.asides
        assert (aside.oid, aside.reason) == (None, "not JSON")
        assert aside.raw == (b"" if rest else raw)
    assert decoded.rows.num_rows == 1


def test_the_oid_cannot_be_left_out() -> None:
    with pytest.raises(ValueError, match="customer_profile_oid"):
        Decoder(SCAN, omit=frozenset({"customer_profile_oid"}))


def test_personal_data_is_not_rendered() -> None:
    body = StagedBody(1, page([row(1, b'"fax":3,"email":"jo@example.com"')]), AT)
    assert "example.com" not in repr(body) + repr(Decoder(SCAN).decode([body]))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2016-08-11 16:14:46Z", datetime(2016, 8, 11, 16, 14, 46, tzinfo=UTC)),
        ("2016-08-11T16:14:46-0400", datetime(2016, 8, 11, 20, 14, 46, tzinfo=UTC)),
        ("2016-08-11T16:14:46.5+05:30", datetime(2016, 8, 11, 10, 44, 46, 500000, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("1969-12-31T23:59:59.999999Z", datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2016-08-11T16:14-04:00", None),
        ("2016-08-11T24:00:00Z", None),
        ("2016-12-31T23:59:60Z", None),
        ("2016-08-11T16:14:46+24:00", None),
        ("2016-08-11T16:14:46.Z", None),
        ("２016-08-11T16:14:46Z", None),
        (" 2016-08-11T16:14:46Z", None),
        ("0000-01-01T00:00:00Z", None),
        ("1470946486", None),
    ],
)
def test_an_instant_is_read_the_same_alone_and_beside_an_odd_row(text: str, instant: datetime | None) -> None:
    held = row(1, b'"last_modified_dts":"%s"' % text.encode())
    for rows in ([held], [held, b"3"]):
        assert decode(page(rows)).rows["last_modified_dts"].to_pylist() == ([instant] if instant else [])
