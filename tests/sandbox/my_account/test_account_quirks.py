"""Every switch of the portal really changes what it answers, just as its row says.

Those of orders, cases and reviews are shown beside these.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from tests.sandbox.my_account.visitor import ADDRESS, FIRST, Shopfront, cart_in, cookies_of, document
from ucsync.sandbox.quirks import ACCOUNT_QUIRKS

CARD: Final = {"cardType": "VISA", "cardExpMonth": 3, "cardExpYear": 2031, "cardNumber": "4111111111111111"}
NEW: Final = {"merchantId": "DEMO", "email": "newly@example.com", "password": "a secret"}

#: Switches that the tests of orders, cases and reviews have.
OF_THE_DESK: Final = frozenset({
    "account-last6months", "account-light-orders", "account-order-case-empty", "account-message-gives-case",
    "account-review-read-only",
})  # fmt: skip


def fifty(shop: Shopfront) -> object:
    visitor = shop.visitor(FIRST)
    lines = [
        visitor.status("POST", "/shippingAddresses", {**ADDRESS, "address2": "x" * n}) for n in (32, 50, 51)
    ]
    return [*lines, visitor.status("POST", "/shippingAddresses", {**ADDRESS, "city": "x" * 33})]


def overlong(shop: Shopfront) -> object:
    reply = shop.visitor(FIRST).ask("POST", "/billingAddresses", {**ADDRESS, "city": "x" * 31 + "\U0001f375"})
    return reply.status, document(reply).get("city")


def registered(shop: Shopfront) -> object:
    answer = document(shop.visitor().ask("POST", "/settings", NEW))
    return "message" in answer, "customerProfileId" in answer


def logged_out(shop: Shopfront) -> object:
    visitor = shop.visitor(FIRST)
    reply = visitor.ask("POST", "/logout")
    document_or_none = None if reply.content is None else document(reply)
    cart = {"cartId": visitor.headers["X-UC-Shopping-Cart-Id"], "merchantId": "DEMO", "items": []}
    assert shop.visitor().ask("GET", "/logout").status == reply.status
    return reply.status, document_or_none == cart


def changed_address(shop: Shopfront) -> object:
    visitor = shop.visitor(FIRST)
    row = visitor.get("/shippingAddresses")[0]["id"]
    answer = visitor.send("PUT", f"/shippingAddresses/{row}", ADDRESS)
    assert visitor.get(f"/shippingAddresses/{row}")["city"] == "Ulm"
    return "id" in answer, "email" in answer


def forgotten(shop: Shopfront) -> object:
    visitor = shop.visitor()
    known = visitor.status("POST", "/forgotPassword", shop.merchant.shop.store.email(FIRST))
    return known, visitor.status("POST", "/forgotPassword", "nobody@example.com")


def ids(shop: Shopfront) -> object:
    visitor = shop.visitor(FIRST)
    address = visitor.send("POST", "/shippingAddresses", ADDRESS)
    assert visitor.status("PUT", f"/shippingAddresses/{address['id']}", address) == 200
    card = visitor.send("POST", "/creditCards", CARD)
    return {
        type(held).__name__
        for held in (address["id"], card["id"], visitor.get("/settings")["customerProfileId"])
    }


def cookie_names(shop: Shopfront) -> object:
    reply = shop.visitor().log_in(FIRST)
    return list(cookies_of(reply))


def echoed(shop: Shopfront) -> object:
    visitor = shop.visitor()
    login = visitor.log_in(FIRST)
    answers = (login, visitor.ask("GET", "/settings"), visitor.ask("GET", "/shippingAddresses/1"))
    return {dict(reply.headers).get("X-UC-Shopping-Cart-Id") == cart_in(login) for reply in answers}


def refused(shop: Shopfront) -> object:
    reply = shop.visitor().ask("GET", "/settings")
    assert dict(reply.headers)["UC-REST-ERROR"] == "Not logged in."
    return reply.status, reply.content_type.partition(";")[0], reply.content


def masked(shop: Shopfront) -> object:
    visitor = shop.visitor(FIRST)
    card = visitor.send("POST", "/creditCards", CARD)
    return card["cardNumber"], visitor.get("/settings")["password"]


def oversized(shop: Shopfront) -> object:
    return shop.visitor(FIRST).status("GET", "/wishlist", query="pageSize=11")


def paging_headers(shop: Shopfront) -> object:
    headers = shop.visitor(FIRST).ask("GET", "/wishlist").headers
    return sum(name.startswith("uc-pagination-") for name, _ in headers)


def instant(shop: Shopfront) -> object:
    return shop.visitor(FIRST).send("POST", "/creditCards", CARD)["lastUsedDate"]


TEA: Final = "x" * 31
ID, LOWER = (
    ["UltraCartMerchantID", "UltraCartShoppingCartID"],
    ["UltraCartMerchantId", "UltraCartShoppingCartId"],
)

# quirk -> (what is done, what comes without it, what comes with it)
SHOWN: dict[str, tuple[Callable[[Shopfront], object], object, object]] = {
    "account-lines-50": (fifty, [200, 400, 400, 400], [200, 200, 400, 400]),
    "account-cut": (overlong, (400, None), (200, TEA)),
    "account-register-message-only": (registered, (True, True), (True, False)),
    "account-logout-cart": (logged_out, (204, False), (200, True)),
    "account-put-gives-settings": (changed_address, (True, False), (False, True)),
    "account-forgot-unknown-404": (forgotten, (200, 200), (200, 404)),
    "account-id-is-text": (ids, {"int"}, {"str"}),
    "account-cookies-Id": (cookie_names, ID, LOWER),
    "account-no-echo": (echoed, {True}, {False}),
    "account-error-text": (
        refused,
        (401, "application/json", b'{"error":"Not logged in."}'),
        (401, "text/plain", b"Not logged in."),
    ),
    "account-unmasked": (
        masked, ("************1111", "********"), ("4111111111111111", f"password-{FIRST}"),
    ),
    "account-page-size-400": (oversized, 200, 400),
    "account-no-paging-headers": (paging_headers, 4, 0),
    "account-dates-zoneless": (instant, "2026-06-01T08:00:00-04:00", "2026-06-01T08:00:00"),
}  # fmt: skip


def test_no_switch_is_forgotten() -> None:
    assert SHOWN.keys() | OF_THE_DESK == ACCOUNT_QUIRKS.keys()
    assert not SHOWN.keys() & OF_THE_DESK


@pytest.mark.parametrize("quirk", sorted(SHOWN))
def test_a_switch_makes_the_difference_that_its_row_says(quirk: str) -> None:
    act, without, with_it = SHOWN[quirk]
    assert without != with_it
    assert act(Shopfront()) == without
    assert act(Shopfront(quirk)) == with_it


@pytest.mark.parametrize("quirk", sorted(ACCOUNT_QUIRKS))
def test_the_truth_does_not_depend_on_how_it_is_answered(quirk: str) -> None:
    shops = [Shopfront(*quirks, orders={FIRST: 5}) for quirks in ((), (quirk,))]
    for shop in shops:
        shop.visitor(FIRST).send("POST", "/creditCards", CARD)
    plain, quirky = (shop.portal.truth(FIRST) for shop in shops)
    assert plain is not None
    assert quirky == plain


def test_the_merchants_side_knows_no_switch_of_the_portal() -> None:
    names = frozenset(ACCOUNT_QUIRKS)
    assert Shopfront(*names).customer(FIRST) == Shopfront().customer(FIRST)
