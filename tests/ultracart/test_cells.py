"""Cells become exactly the value that they name, or are refused without being shown."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.ultracart.strategies import scalars
from ucsync.model import parse_instant
from ucsync.ultracart.cells import email_problem, read_amount, read_number, read_oid, read_value
from ucsync.ultracart.check import scalar_problem
from ucsync.ultracart.countries import country_code
from ucsync.ultracart.fields import Field, Kind
from ucsync.ultracart.models import MODELS

TEXT = Field("company", Kind.TEXT, max_length=10)
NOTES = Field("business_notes", Kind.TEXT)
EMAIL = Field("email", Kind.TEXT)
COUNTRY = Field("country_code", Kind.TEXT, max_length=2)
FLAG = Field("flag", Kind.FLAG)
INT32 = Field("count", Kind.INT32)
INT64 = Field("many", Kind.INT64)
NUMBER = Field("minimum_subtotal", Kind.NUMBER)
INSTANT = Field("at", Kind.INSTANT)
CHOICE = Field("target", Kind.TEXT, choices=("origin", "cache"))


def refusal(field: Field, text: str) -> str:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        read_value(field, text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (TEXT, " as it is ", " as it is "),
        (TEXT, "ten = 😀😀", "ten = 😀😀"),
        (TEXT, "=1+1", "=1+1"),
        (NOTES, "two\nlines\tand a tab", "two\nlines\tand a tab"),
        (EMAIL, "Ann.O'Brien+x@shop.example", "Ann.O'Brien+x@shop.example"),
        (COUNTRY, "GB", "GB"),
        (COUNTRY, "gb", "GB"),
        (COUNTRY, "United States", "US"),
        (FLAG, "Yes", True),
        (FLAG, " 1 ", True),
        (FLAG, "TRUE", True),
        (FLAG, "no", False),
        (FLAG, "0", False),
        (FLAG, "false", False),
        (INT32, "-2147483648", -(2**31)),
        (INT32, "+7", 7),
        (INT32, "12.0", 12),
        (INT64, "9223372036854775807", 2**63 - 1),
        (NUMBER, "1234.50", Decimal("1234.5")),
        (NUMBER, "-0.00", Decimal(0)),
        (NUMBER, " 0.100000000 ", Decimal("0.1")),
        (NUMBER, f"{'9' * 29}.{'9' * 9}", Decimal(f"{'9' * 29}.{'9' * 9}")),
        (INSTANT, "2026-11-22T03:15:00-05:00", "2026-11-22T08:15:00+00:00"),
        (INSTANT, "2026-11-22 03:15Z", "2026-11-22T03:15:00+00:00"),
        (INSTANT, "2026-11-22 03:15:00.500000+0000", "2026-11-22T03:15:00.500000+00:00"),
        (CHOICE, "cache", "cache"),
    ],
)
def test_a_cell_becomes_the_value_that_it_names(field: Field, text: str, value: object) -> None:
    read = read_value(field, text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        *(
            (field, " \t ", "nothing but blanks")
            for field in (TEXT, EMAIL, COUNTRY, FLAG, INT32, NUMBER, INSTANT)
        ),
        (TEXT, "eleven char", "longer than 10 characters (11)"),
        (TEXT, "😀😀😀😀😀😀", "longer than 10 characters (12)"),
        (TEXT, "a\nb", "a mapping can take one of them: line = 1"),
        (TEXT, "a\u2028b", "holds a line break"),
        (TEXT, "a\tb", "holds a tab"),
        (TEXT, "a\x00b", "control character"),
        (NOTES, "a\x1bb", "control character"),
        (TEXT, "a\ud800", "half a surrogate pair"),
        (EMAIL, "ann.example", "not an e-mail address"),
        (EMAIL, "ann@", "not an e-mail address"),
        (EMAIL, "@shop.example", "not an e-mail address"),
        (EMAIL, "a b@shop.example", "not an e-mail address"),
        (EMAIL, " ann@shop.example", "not an e-mail address"),
        (EMAIL, "ann@shop.example,bob@shop.example", "not an e-mail address"),
        (EMAIL, "Ann <ann@shop.example>", "not an e-mail address"),
        (EMAIL, "ann@one@two.example", "not an e-mail address"),
        (COUNTRY, "ZZ", "ISO 3166"),
        (COUNTRY, "US 日本", "ISO 3166"),
        (FLAG, "perhaps", "neither yes nor no"),
        (FLAG, "2", "neither yes nor no"),
        (INT32, "2147483999", "outside -2147483648 to 2147483647"),
        (INT32, "1.5", "not a whole number"),
        (INT32, "1E+05", "a spreadsheet has shortened"),
        (INT32, "٣", "not a number"),
        (INT64, "9223372036854775999", "outside"),
        (NUMBER, "1,234.50", "without commas"),
        (NUMBER, "12,50", "with a point and without commas"),
        (NUMBER, "$5", "not a number"),
        (NUMBER, "nan", "not a number"),
        (NUMBER, "1e5", "shortened"),
        (NUMBER, ".", "not a number"),
        (NUMBER, "1.0000000001", "more than 9 digits after the point"),
        (NUMBER, "1" * 30, "more than 29 digits before the point"),
        (INSTANT, "2026-11-21T03:15:00", "with an offset"),
        (INSTANT, "22.11.2026", "with an offset"),
        (INSTANT, "2026-11-22T03:15:00.1234567Z", "with an offset"),
        (INSTANT, "2026-02-30T00:00:00Z", "no instant of the calendar"),
        (INSTANT, "0001-01-01T00:00:00+10:00", "no instant of the calendar"),
        (CHOICE, "edge", "not one of origin, cache"),
    ],
)
def test_a_cell_that_does_not_fit_is_refused_with_its_mend(field: Field, text: str, problem: str) -> None:
    told = refusal(field, text)
    assert problem in told
    if len(text) > 2 and not text.isspace():
        assert text not in told


LEAVES = [
    field
    for model in ("Customer", "CustomerBilling", "CustomerProperty")
    for field in MODELS[model].fields.values()
    if field.model is None and field.kind not in (Kind.ARRAY, Kind.OPAQUE)
]  # fmt: skip


@given(
    field=st.sampled_from(LEAVES),
    text=st.text(max_size=60) | st.from_regex(r"[-+0-9.,eE ]{1,40}", fullmatch=True),
)
@example(field=NUMBER, text="-0")
def test_whatever_a_cell_holds_what_comes_out_can_be_sent(field: Field, text: str) -> None:
    if not text:
        return
    try:
        value = read_value(field, text)
    except ValueError as fault:
        assert "\n" not in str(fault)
    else:
        assert scalar_problem(field, value) is None


@given(value=scalars(NUMBER) | scalars(INT32))
def test_numbers_come_through_by_their_digits(value: Any) -> None:
    assert read_value(NUMBER, f"{value:f}" if isinstance(value, Decimal) else str(value)) == value


@given(
    at=st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)),
    minutes=st.integers(-23 * 60 - 59, 23 * 60 + 59),
)
def test_instants_keep_their_moment_whatever_their_offset(at: datetime, minutes: int) -> None:
    written = at.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    read = read_value(INSTANT, written.isoformat())
    assert parse_instant(read) == written
    assert read == written.astimezone(UTC).isoformat()


def test_an_oid_is_a_whole_number_above_nothing() -> None:
    assert [read_oid(text) for text in ("7", " 7 ", "7.0", "2147483647")] == [7, 7, 7, 2**31 - 1]
    for text in ("0", "-1", "7.5", "2147483648", "1e3", "A7", ""):
        with pytest.raises(ValueError, match=r"number|outside"):
            read_oid(text)


def test_money_is_given_in_whole_cents_and_only_cashback_is_taken() -> None:
    assert read_amount("12.50", taken=False) == Decimal("12.5")
    assert read_amount("-3", taken=True) == -3
    assert read_amount(f"{'9' * 29}.99", taken=False) == Decimal(f"{'9' * 29}.99")
    for text, taken in (("-3", False), ("0", True), ("0.00", False), ("0.001", False)):
        with pytest.raises(ValueError, match=r"below 0|no amount|whole cents"):
            read_amount(text, taken=taken)


def test_worth_may_be_any_number() -> None:
    assert read_number(" -1.5 ") == Decimal("-1.5")


@given(text=st.emails())
def test_every_common_address_is_one(text: str) -> None:
    if not set(text) & set('"()[]\\,;:<>'):
        assert email_problem(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("us", "US"), ("U.S.A.", "US"), ("United Kingdom", "GB"), ("UK", "GB"), ("Côte d’Ivoire", "CI"),
        ("Cote d'Ivoire", "CI"), ("TÜRKIYE", "TR"), ("Trinidad & Tobago", "TT"), ("St. Lucia", "LC"),
        ("Curacao", "CW"), ("Åland Islands", "AX"), ("Kosovo", "XK"), ("The Netherlands", "NL"),
        ("Korea, Republic of", "KR"), ("Zimbabwe", "ZW"), ("Andorra", "AD"), ("Deutschland", None),
        ("", None), ("EU", None), ("Georgia, US", None),
    ],
)  # fmt: skip
def test_countries_are_known_by_code_and_by_english_name(text: str, code: str | None) -> None:
    assert country_code(text) == code
