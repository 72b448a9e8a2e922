"""A quick look at a page sees what a thorough one would, and spoils nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.ultracart.listing import RowKey, look_at, split_rows

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys((*RowKey.__struct_fields__, "billing", "customers"), VALUES)
    ),
    max_size=5,
)


def body_of(rows: list[Any], **more: Any) -> bytes:
    return json.dumps({"success": True, "metadata": {}, "customers": rows, **more}).encode()


@given(ROWS, st.dictionaries(st.sampled_from(["other", "zzz"]), VALUES, max_size=2))
def test_rows_are_split_byte_for_byte(rows: list[Any], more: dict[str, Any]) -> None:
    assert [json.loads(text) for text in split_rows(body_of(rows, **more))] == rows


@given(st.lists(st.integers(-5, 2**33) | VALUES, max_size=5))
def test_an_oid_is_a_whole_number_of_32_bits_and_nothing_else(oids: list[Any]) -> None:
    found = look_at(body_of([{"customer_profile_oid": oid} for oid in oids]))["customers"]
    expected = [oid if type(oid) is int and 1 <= oid < 2**31 else None for oid in oids]
    assert [row.oid for row in found] == expected


@pytest.mark.parametrize("odd", [
    b"NaN", b"-Infinity", rb'"\ud800"', b'"\xff"', b"1e999", b"1" * 5000, b'"a\\"],[b"', b"[[[[[]]]]]",
])  # fmt: skip
def test_an_odd_value_does_not_hide_the_row_or_its_neighbours(odd: bytes) -> None:
    body = b'{"customers": [{"customer_profile_oid": 1, "x": %s}, {"customer_profile_oid": 2}]}' % odd
    assert [row.oid for row in look_at(body)["customers"]] == [1, 2]
    assert split_rows(body) == [b'{"customer_profile_oid": 1, "x": %s}' % odd, b'{"customer_profile_oid": 2}']


@pytest.mark.parametrize("body", [b"", b"[]", b'"text"', b'{"customers": [', b"<html>", b'{"customers": [1}'])
def test_what_is_no_page_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="JSON"):
        look_at(body)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"customers": 3}', b'{"customers": [1, 2', b'{"x": {"customers": []}}']
)
def test_rows_that_are_not_there_are_not_split(body: bytes) -> None:
    with pytest.raises(ValueError, match="list"):
        split_rows(body)


def test_a_row_that_is_no_object_is_nobody() -> None:
    found = look_at(b'{"customers": [1, null, {"customer_profile_oid": 3}]}')["customers"]
    assert [row.oid for row in found] == [None, None, 3]


def test_personal_data_is_not_rendered() -> None:
    assert "@" not in repr(RowKey(1, "someone@example.com", None, None))
