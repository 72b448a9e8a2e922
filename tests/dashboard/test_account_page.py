"""The page of an account shows all of it in plain words, and nothing in it does anything."""

import re
from html.parser import HTMLParser

import pytest

from tests.dashboard.account_samples import AT, book, doubtful, empty, order, seen
from tests.dashboard.payloads import thousands
from ucsync.dashboard.account_page import ORDER_BYTES_MAX, account_page
from ucsync.dashboard.account_words import label_of, told
from ucsync.model.accounts import AccountBook, OrderSeen, ReviewSeen


def page_of(about: AccountBook) -> str:
    return "".join(account_page(about))


def words_of(page: str) -> str:
    """What a reader sees, on one line."""
    body = page.partition("<body>")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", body).split())


def test_every_part_is_told_in_plain_words() -> None:
    words = words_of(page_of(book()))
    for said in (
        "As it was on 2026-11-22 03:15 UTC, kept by ucsync 0.0",
        "Ruth Okafor 1000007",
        "First name Ruth", "Tax id 12-3456789", "Customer profile id 1000007",
        "Dr. Ruth Okafor Okafor &amp; Daughters 12 Harbour Row Flat 3 Springfield IL 62704 United States",
        "VISA ************1111 4 / 2030 02 Nov 2026 15:30:00",
        "DEMO-202599999 20-Nov-2026 Completed $65.99",
        "BALL-1 A ball of leather, size 1. label: Colour, value: red 1 $19.95",
        "Discount $5.00 Subtotal $59.85 Shipping and handling $6.95 Tax $4.19 Total $65.99",
        "Leave it at the back door, please.; Not before nine.",
        "9400 1112 0000 https://parcels.example/9400",
        "Case: One ball is flat Open · 02 Nov 2026 15:30:00",
        "Customer Service · 02 Nov 2026 15:30:00 We are sorry to hear that",
        "A bat of ash · 4.5 of 5 · Approved · 03 Mar 2026 08:00:00 · signed ruthie Grip 5",
        "CAP A cap 02 Nov 2026 15:30:00",
        "GLOVE A glove 02 Nov 2026 15:30:00 high left-handed",
        "Everything that the customer can read is here",
    ):  # fmt: skip
        assert said in words, said
    assert "Surcharge" not in words, "what is nothing is left out"
    assert "Password" not in words.replace("Passwords are not in it", "")


def test_what_is_missing_is_said_first() -> None:
    words = words_of(page_of(doubtful()))
    assert "Something is missing, or may be Wish list: page 1 could not be read" in words
    assert "getReview BAT-0: 404: not there" in words
    assert "and 11 more; the manifest has all of them" in words
    assert "2 places in the answers were masked: getCreditCards[].cardNumber." in words
    assert words.index("Something is missing") < words.index("First name")


def test_somebody_without_anything_has_a_page_too() -> None:
    words = words_of(page_of(empty()))
    assert "new@example.com 1000008" in words
    assert words.count("None.") == 8


def test_it_runs_nothing_and_fetches_nothing() -> None:
    page = page_of(book())
    assert "<script" not in page
    assert not re.search(r"\b(src|srcset|action|background)=|@import|url\(", page)
    assert set(re.findall(r'href="([^"]*)"', page)) == {
        "#account", "#addresses", "#cards", "#orders", "#reviews", "#not-reviewed", "#wishlist", "#lists",
    }  # fmt: skip
    assert "default-src &#x27;none&#x27;" in page


def test_values_that_are_not_what_they_should_be_are_shown_all_the_same() -> None:
    odd = OrderSeen(
        order_id=None, order=seen({"items": {"a": 1}, "total": "12", "comments": 3, "status": True})
    )
    none = OrderSeen(order_id=None, order=seen("no object"))
    words = words_of(page_of(book(
        orders=(odd, none), account=seen(["x"]), shipping=(seen(None), seen({"city": [1, {"b": None}]})),
        cards=(seen({"cardType": {"a": "b"}}),), wishlist=(seen({"priority": "9", "item": "?"}),),
        reviews=(ReviewSeen(review=seen(5)),),
    )))  # fmt: skip
    assert "customer 1000007" in words
    assert "An order without an id yes 12" in words
    assert "Comments 3" in words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "yes"),
        (0, "0"),
        (" a ", "a"),
        ([1, None, "b"], "1; b"),
        ({"aB": {"c": 1}}, "a b: c: 1"),
    ],
)
def test_any_value_has_words(value: object, text: str) -> None:
    assert told(value) == text


def test_names_of_fields_read_as_words() -> None:
    assert [label_of(name) for name in ("dayPhone", "address1", "email")] == [
        "day phone",
        "address 1",
        "email",
    ]


def test_two_thousand_orders_stay_within_the_bound() -> None:
    few, many = len(page_of(book(10))), len(page_of(book(2010)))
    assert (many - few) / 2000 < ORDER_BYTES_MAX
    assert many < 8_000_000


class Elements(HTMLParser):
    """The names of all elements and attributes, as a browser would see them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


def test_harm_in_any_text_is_only_text() -> None:
    texts = thousands()[:300]
    orders = tuple(
        order(
            number,
            orderId=text,
            status=text,
            totalFormatted=text,
            items=[{"description": text, "itemId": text}],
        )
        for number, text in enumerate(texts)
    )
    page = page_of(book(orders=orders, account=seen(dict.fromkeys(("firstName", "email", "city"), texts[0]))))
    found = Elements()
    found.feed(page)
    assert found.tags == {
        "html", "head", "meta", "title", "style", "body", "header", "p", "h1", "h2", "h3", "bdi", "code",
        "main", "nav", "ul", "ol", "li", "a", "section", "div", "dl", "dt", "dd", "table", "thead", "tbody",
        "tr", "th", "td", "details", "summary", "strong", "span",
    }  # fmt: skip
    assert found.attributes == {
        "lang", "charset", "http-equiv", "content", "name", "class", "id", "href", "aria-label", "role",
        "tabindex", "scope", "open",
    }  # fmt: skip
    assert AT.isoformat() not in page
