"""What is shown of a server's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.ultracart.masking import masked


@pytest.mark.parametrize(
    ("text", "sent", "shown"),
    [
        ("customer.email is not usable", {"x@example.com"}, "customer.email is not usable"),
        ("No route /by_email/ann.lee%40example.com", {"ann.lee@example.com"}, "No route •••"),
        ("Wu, Bo Li (415) 555-0100", {"Li Wu", "4155550100"}, "•••, Bo ••• (•••) •••-•••"),
        ("amount 25.10 of ANN", {"25.10", "Ann"}, "amount •••.••• of •••"),
        ("customer 1000001 is gone", {"1000001"}, "customer ••• is gone"),
        ("key 0123456789abcdef0 is bad", set(), "key ••• is bad"),
        ("rate of 10000 per 86400 second(s) exceeded.", set(), "rate of 10000 per 86400 second(s) exceeded."),
        ("two\nlines\tand\x00more", set(), "two lines"),
        ("customer 李 明 is registered", {"李", "明"}, "customer ••• ••• is registered"),
        ("Zoe\u0301 is registered", {"Zoé"}, "••• is registered"),
        ("Zoé is registered", {"Zoe\u0301"}, "••• is registered"),
        ("O'Brien-Šťastný", {"šťastný, o'brien"}, "O'•••-•••"),
        ("x!y?z+1 does not fit", {"x!y?z+1"}, "••• does not fit"),
        ("X!Y?Z+1 does not fit", {"x!y?z+1"}, "••• does not fit"),
        ("no ;-);-) here", {";-);-)"}, "no ••• here"),
        ("no a%2Fb%21c here", {"a/b!c"}, "no ••• here"),
        ("no a%2Fb%21c here", {"a%2Fb%21c"}, "no ••• here"),
        ("of 7 - and a. - none", {"a.", "%7E", "-"}, "of 7 - and a. - none"),
    ],
)
def test_what_was_sent_and_what_looks_personal_is_masked(text: str, sent: set[str], shown: str) -> None:
    assert masked(text, sent) == shown


@given(word=st.text(st.characters(categories=["L"]), min_size=2, max_size=12), before=st.text(max_size=9))
def test_no_word_that_was_sent_is_shown(word: str, before: str) -> None:
    shown = masked(f"{before} {word} is wrong", {word})
    assert word.casefold() not in [piece.casefold() for piece in shown.split()]


@given(text=st.text(max_size=4000), sent=st.sets(st.text(max_size=20), max_size=3))
def test_it_is_one_short_line_whatever_comes(text: str, sent: set[str]) -> None:
    shown = masked(text, sent)
    assert len(shown) <= 300
    assert len(shown.splitlines()) <= 1
