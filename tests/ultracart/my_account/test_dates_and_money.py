"""Dates and amounts are read as the vendor writes them, and nothing else is taken for one."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.ultracart.fields import Kind
from ucsync.ultracart.my_account import (
    MONEY_PAIRS,
    Money,
    format_day,
    format_day_and_time,
    money_of,
    parse_day,
    parse_day_and_time,
    parse_iso,
)
from ucsync.ultracart.my_account.models import MODELS

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=OFFSETS)
CASES = st.sampled_from([str.lower, str.upper, str.title, str.swapcase])
TEXTS = st.text(max_size=30) | st.from_regex(r"[0-9T:. Z+-]{0,30}", fullmatch=True)


@given(at=INSTANTS)
def test_an_instant_with_an_offset_is_that_instant(at: datetime) -> None:
    for text in (at.isoformat(), at.isoformat(timespec="microseconds").replace(".", ",")):
        assert parse_iso(text) == at
        assert parse_iso(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-22T03:15:00-05:00", "2026-11-22T08:15:00+00:00"),
        ("2026-11-22T03:15:00-0500", "2026-11-22T08:15:00+00:00"),
        ("2026-11-22T03:15:00.123-05", "2026-11-22T08:15:00.123000+00:00"),
        ("2026-11-22T08:15Z", "2026-11-22T08:15:00+00:00"),
        ("2026-11-22T08:15:00.123456000Z", "2026-11-22T08:15:00.123456+00:00"),
        # without an offset: Eastern time, of winter and of summer
        ("2026-11-22T03:15:00", "2026-11-22T08:15:00+00:00"),
        ("2026-07-22T03:15:00", "2026-07-22T07:15:00+00:00"),
    ],
)
def test_the_forms_of_an_instant(text: str, instant: str) -> None:
    assert parse_iso(text).isoformat() == instant


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-22", "2026-11-22T08:15:00.123456789Z",
     "2026-11-22 03:15:00", "20261122T031500Z", "2026-11-22T24:00:00Z", "2026-02-30T01:00Z",
     "2026-W47-7T03:15Z", "22 Nov 2026 03:15:00", "2026-11-22T03:15:00-05:00[America/New_York]",
     "2026-11-22T03:15:60Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-05:00", "٢٠٢٦-11-22T03:15Z",
     "2026-11-22T03:15:00-05:00 ", "2026-11-22t03:15:00z", "2026-11-22T03:15:00+99:00"],
)  # fmt: skip
def test_what_is_no_instant_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError):
        parse_iso(text)


@given(at=st.datetimes(), cased=CASES)
def test_a_day_with_a_time_comes_back_in_any_case(at: datetime, cased: object) -> None:
    assert callable(cased)
    assert parse_day_and_time(cased(format_day_and_time(at))) == at.replace(microsecond=0)


@given(day=st.dates(), cased=CASES)
def test_a_day_comes_back_in_any_case(day: date, cased: object) -> None:
    assert callable(cased)
    assert parse_day(cased(format_day(day))) == day


def test_the_forms_that_are_shown() -> None:
    assert format_day_and_time(datetime(2026, 5, 2, 3, 4, 5, 6)) == "02 May 2026 03:04:05"
    assert format_day(date(987, 12, 31)) == "31-Dec-0987"
    assert parse_day("22-NOV-2026") == date(2026, 11, 22)
    assert parse_day_and_time("22 nov 2026 23:59:59") == datetime(2026, 11, 22, 23, 59, 59)


@pytest.mark.parametrize(
    "text",
    ["", "22 Nov 2026", "2 Nov 2026 03:15:00", "22 Nov 2026 3:15:00", "31 Feb 2026 03:15:00",
     "22-Nov-2026 03:15:00", "22 Sept 2026 03:15:00", "22 Foo 2026 03:15:00", "22 Mai 2026 03:15:00",
     "22 Nov 26 03:15:00", "22 Nov 2026 24:00:00", "22 Nov 2026 03:15:60", "22 Nov 0000 03:15:00"],
)  # fmt: skip
def test_what_is_no_day_with_a_time_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError):
        parse_day_and_time(text)


@pytest.mark.parametrize(
    "text",
    ["", "2-Nov-2026", "30-Feb-2026", "22-11-2026", "22 Nov 2026", "22-Okt-2026", "2026-11-22", "22-Nov-26",
     "22-Nov-2026 ", "٢٢-Nov-2026", "00-Nov-2026"],
)  # fmt: skip
def test_what_is_no_day_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(ValueError):
        parse_day(text)


@given(text=TEXTS)
def test_no_text_raises_anything_but_a_value_error(text: str) -> None:
    for parse in (parse_iso, parse_day, parse_day_and_time):
        try:
            parse(text)
        except ValueError as fault:
            assert len(text) < 4 or text not in str(fault)


def test_every_amount_of_an_order_is_a_pair() -> None:
    fields = MODELS["Order"].fields
    assert len(MONEY_PAIRS) == 19
    for name in MONEY_PAIRS:
        assert fields[name].kind is Kind.NUMBER
        assert fields[f"{name}Formatted"].kind is Kind.TEXT
    assert "taxRate" not in MONEY_PAIRS
    assert "creationDate" not in MONEY_PAIRS


def test_an_amount_is_taken_as_it_came_or_not_at_all() -> None:
    order = {
        "total": Decimal("10.10"),
        "totalFormatted": "$10.10",
        "tax": "7",
        "taxFormatted": 7,
        "discount": 3,
    }
    assert money_of(order, "total") == Money(Decimal("10.10"), "$10.10")
    assert str(money_of(order, "total").amount) == "10.10"
    assert money_of(order, "tax") == Money(None, None)
    assert money_of(order, "discount") == Money(3, None)
    assert money_of({"subtotal": True, "subtotalFormatted": None}, "subtotal") == Money(None, None)
    assert money_of({}, "subtotal") == Money(None, None)
    for other in ("taxRate", "orderId", "totalFormatted", "nope"):
        with pytest.raises(KeyError):
            money_of(order, other)
