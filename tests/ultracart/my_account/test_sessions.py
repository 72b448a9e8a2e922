"""A session goes out whole, learns its cart from every answer, and never shows it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ultracart.my_account.examples import request_of
from ucsync.model import ConfigurationInvalid, Secret
from ucsync.ultracart import RawAnswer
from ucsync.ultracart.my_account import Credentials, Session

DATE = {"date": "Sun, 22 Nov 2026 03:15:00 GMT"}
CARTS = st.text("ABCDEF0123456789", min_size=1, max_size=40)


def answer(*cookies: str, status: int = 200, **headers: str) -> RawAnswer:
    return RawAnswer(
        status, DATE | {name.replace("_", "-"): held for name, held in headers.items()}, b"", cookies
    )


def cart_of(session: Session) -> str | None:
    return session.cart_id.reveal() if session.cart_id else None


def in_any_case(name: str) -> st.SearchStrategy[str]:
    flips = st.lists(st.booleans(), min_size=len(name), max_size=len(name))
    return flips.map(lambda up: "".join(c.upper() if u else c.lower() for c, u in zip(name, up, strict=True)))


def test_a_new_session_sends_its_merchant_and_no_word_for_a_cart() -> None:
    assert Session("DEMO").headers() == (
        ("X-UC-Merchant-Id", "DEMO"),
        ("cache-control", "no-cache"),
        ("Cookie", "UltraCartMerchantID=DEMO"),
    )


def test_a_session_with_a_cart_sends_both_as_headers_and_as_cookies() -> None:
    assert Session("DEMO", Secret("C4F7")).headers() == (
        ("X-UC-Merchant-Id", "DEMO"),
        ("X-UC-Shopping-Cart-Id", "C4F7"),
        ("cache-control", "no-cache"),
        ("Cookie", "UltraCartMerchantID=DEMO; UltraCartShoppingCartID=C4F7"),
    )


@given(
    name=in_any_case("UltraCartShoppingCartId"),
    cart=CARTS,
    attributes=st.sampled_from(
        ["", "; Path=/", "; path=/; Secure; HttpOnly", ";Max-Age=1800", "; Expires=junk"]
    ),
)
def test_the_cart_is_learned_from_the_cookie_in_either_spelling(
    name: str, cart: str, attributes: str
) -> None:
    session = Session("DEMO").after(answer("other=1", f"{name}={cart}{attributes}"))
    assert cart_of(session) == cart
    assert session.merchant_id == "DEMO"
    assert session.after(answer(f"{name}={cart}")) is session


@given(cart=CARTS, status=st.sampled_from([200, 204, 400, 401, 404, 500]))
def test_the_cart_is_learned_from_the_header_that_repeats_it(cart: str, status: int) -> None:
    raw = answer(status=status, x_uc_shopping_cart_id=cart)
    assert cart_of(Session("DEMO").after(raw)) == cart
    assert cart_of(Session("DEMO", Secret("OLD")).after(raw)) == cart


def test_the_cookie_goes_before_the_header_and_the_last_before_the_first() -> None:
    raw = answer("UltraCartShoppingCartID=ONE", "UltraCartShoppingCartId=TWO", x_uc_shopping_cart_id="THREE")
    assert cart_of(Session("DEMO").after(raw)) == "TWO"


@pytest.mark.parametrize("cart", ["", "null", "Undefined", "NULL", "a b", "a,b", "é", "x" * 201, '"', "a\\b"])
def test_what_is_no_cart_is_not_learned(cart: str) -> None:
    fresh = Session("DEMO")
    assert fresh.after(answer(f"UltraCartShoppingCartID={cart}")) is fresh
    assert fresh.after(answer(x_uc_shopping_cart_id=cart)) is fresh
    kept = Session("DEMO", Secret("OLD"))
    assert kept.after(answer(x_uc_shopping_cart_id=cart)) is kept


@pytest.mark.parametrize(
    "cookie",
    [
        "UltraCartShoppingCartID=",
        "UltraCartShoppingCartID",
        "UltraCartShoppingCartID=GONE; Max-Age=0",
        "UltraCartShoppingCartID=GONE; max-age=-1; Expires=Sun, 22 Nov 2037 03:15:00 GMT",
        "UltraCartShoppingCartID=GONE; Expires=Thu, 01-Jan-1970 00:00:10 GMT",
        "UltraCartShoppingCartID=GONE; Expires=Sun, 22 Nov 2026 03:15:00 GMT",
    ],
)
def test_a_cart_that_the_server_takes_back_is_dropped(cookie: str) -> None:
    session = Session("DEMO", Secret("OLD")).after(answer(cookie))
    assert session == Session("DEMO")
    echoed = answer(cookie, x_uc_shopping_cart_id="OLD")
    assert Session("DEMO", Secret("OLD")).after(echoed) == Session("DEMO")


@pytest.mark.parametrize(
    "attributes",
    [
        "Max-Age=5; Expires=Thu, 01-Jan-1970 00:00:10 GMT",
        "Expires=Sun, 22 Nov 2026 03:15:01 GMT",
        "Max-Age=soon",
    ],
)
def test_a_cookie_that_lasts_is_kept(attributes: str) -> None:
    session = Session("DEMO").after(answer(f"UltraCartShoppingCartID=NEW; {attributes}"))
    assert cart_of(session) == "NEW"


def test_a_quoted_cart_is_taken_without_its_quotes() -> None:
    assert cart_of(Session("DEMO").after(answer('UltraCartShoppingCartID="C4F7"; Path=/'))) == "C4F7"


def test_another_merchants_cookie_changes_nothing() -> None:
    session = Session("DEMO", Secret("C4F7"))
    assert session.after(answer("UltraCartMerchantID=OTHER", "UltraCartMerchantId=null")) is session


@given(cookies=st.lists(st.text(max_size=30), max_size=3), echo=st.text(max_size=10))
def test_no_answer_breaks_a_session(cookies: list[str], echo: str) -> None:
    session = Session("DEMO").after(answer(*cookies, x_uc_shopping_cart_id=echo))
    for name, held in session.headers():
        assert f"{name}{held}".isascii()
        assert f"{name}{held}".isprintable()


@pytest.mark.parametrize(
    "merchant_id", ["", "null", "UNDEFINED", "a b", "é", "x" * 51, "a;b", "a\r\nb", None, 7]
)
def test_a_merchant_that_no_header_can_carry_is_refused(merchant_id: object) -> None:
    with pytest.raises(ConfigurationInvalid, match="merchant id"):
        Session(merchant_id)  # type: ignore[arg-type]


@pytest.mark.parametrize("cart", ["", "null", "a b", "a;b", "a\r\nX: y", "é"])
def test_a_cart_that_no_cookie_can_carry_is_refused_and_not_shown(cart: str) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        Session("DEMO", Secret(cart))
    assert str(caught.value) == "the cart id is empty, or holds what no cookie can carry"
    with pytest.raises(ConfigurationInvalid, match="not wrapped"):
        Session("DEMO", "C4F7")  # type: ignore[arg-type]


def test_a_request_in_a_session_carries_it_and_masks_the_cart() -> None:
    request = request_of("getOrders")
    session = Session("DEMO", Secret("C4F7"))
    sent = session.on(request)
    assert sent.headers == request.headers + session.headers()
    assert sent.masked == request.masked | {"C4F7"}
    assert (sent.operation, sent.target, sent.body) == (request.operation, request.target, request.body)
    assert Session("DEMO").on(request).masked == request.masked


def test_nothing_of_a_session_or_of_credentials_is_shown() -> None:
    credentials = Credentials("ann@example.com", Secret("right-horse"))
    session = Session("DEMO", Secret("C4F7"))
    shown = f"{credentials!r} {credentials} {session!r} {session.on(request_of('getOrders'))!r}"
    for told in ("ann", "horse", "C4F7"):
        assert told not in shown
    assert credentials.as_sent("DEMO") == {
        "merchantId": "DEMO",
        "email": "ann@example.com",
        "password": "right-horse",
    }


def test_credentials_that_are_not_wrapped_are_refused() -> None:
    with pytest.raises(ConfigurationInvalid, match="password is not wrapped"):
        Credentials("ann@example.com", "right-horse")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationInvalid, match="e-mail address is no text"):
        Credentials(None, Secret("right-horse"))  # type: ignore[arg-type]
