"""Who is asked for a login, what makes a session and what ends it."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.sandbox.my_account.visitor import (
    FIRST,
    MERCHANT,
    Shopfront,
    Visitor,
    cart_in,
    cookies_of,
    document,
)
from ucsync.sandbox.my_account.carts import CARTS_MAX, IDLE_S_MAX
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS, AccountOperation

PROTECTED = [row for row in ACCOUNT_OPERATIONS.values() if row.protected]
FILLINGS = {"id": "1", "orderId": "X", "itemId": "X", "wishlistOid": "1"}


def of_row(row: AccountOperation) -> tuple[str, str]:
    return row.method, row.path.format(**FILLINGS)


@pytest.mark.parametrize("row", PROTECTED, ids=lambda row: row.operation_id)
def test_without_a_login_everything_protected_is_401(shop: Shopfront, row: AccountOperation) -> None:
    stranger = shop.visitor()
    reply = stranger.ask(*of_row(row), {})
    assert (reply.status, document(reply)) == (401, {"error": "Not logged in."})
    assert dict(reply.headers)["UC-REST-ERROR"] == "Not logged in."


def test_every_row_is_answered_by_something(visitor: Visitor) -> None:
    for row in ACCOUNT_OPERATIONS.values():
        if row.operation_id not in ("deleteSettings", "logout", "logoutByQuery"):
            assert visitor.status(*of_row(row)) in (200, 204, 400, 404), row.operation_id


def test_a_login_gives_the_account_two_cookies_and_an_echo(shop: Shopfront) -> None:
    visitor = shop.visitor()
    reply = visitor.log_in(FIRST)
    cookies = cookies_of(reply)
    assert list(cookies) == ["UltraCartMerchantID", "UltraCartShoppingCartID"]
    assert cookies["UltraCartMerchantID"] == MERCHANT
    assert dict(reply.headers)["X-UC-Shopping-Cart-Id"] == cookies["UltraCartShoppingCartID"]
    account = document(reply)
    assert (account["customerProfileId"], account["email"]) == (FIRST, visitor.email)
    assert account["password"] == "********"
    assert visitor.get("/loggedIn") == account == visitor.get("/settings")


def test_a_login_by_get_is_the_same(shop: Shopfront) -> None:
    visitor = shop.visitor()
    email = shop.merchant.shop.store.email(FIRST)
    query = f"merchantId={MERCHANT}&email={email}&password=password-{FIRST}&_=1700000000000"
    reply = visitor.ask("GET", "/login", query=query, headers={})
    assert document(reply)["email"] == email
    cookies = {"UltraCartMerchantID": MERCHANT, "UltraCartShoppingCartID": cart_in(reply)}
    assert visitor.status("GET", "/settings", headers={}, cookies=cookies) == 200


@pytest.mark.parametrize("missing", ["merchantId", "email", "password"])
def test_a_login_that_lacks_something_is_400(shop: Shopfront, missing: str) -> None:
    visitor = shop.visitor()
    sent = {"merchantId": MERCHANT, "email": "a@example.com", "password": "x"}
    for value in (None, "", "  "):
        body = {**sent, missing: value}
        assert missing in visitor.complaint("POST", "/login", body)
    del sent[missing]
    assert missing in visitor.complaint("POST", "/login", sent)
    query = "&".join(f"{name}={value}" for name, value in {**sent, missing: ""}.items())
    assert missing in visitor.complaint("GET", "/login", None, query=query)


def test_what_is_wrong_with_a_login_is_not_told(shop: Shopfront) -> None:
    visitor = shop.visitor()
    email = shop.merchant.shop.store.email(FIRST)
    right = {"merchantId": MERCHANT, "email": email, "password": f"password-{FIRST}"}
    wrong = [{"password": "password"}, {"email": "nobody@example.com"}, {"merchantId": "OTHER"}]
    answers = [visitor.ask("POST", "/login", {**right, **change}) for change in wrong]
    assert {(reply.status, reply.content, reply.headers) for reply in answers} == {
        (401, answers[0].content, answers[0].headers)
    }
    assert "Set-Cookie" not in dict(answers[0].headers)
    assert visitor.status("POST", "/login", {**right, "email": email.upper()}) == 200


@pytest.mark.parametrize(
    "names",
    [
        ("UltraCartMerchantID", "UltraCartShoppingCartID"),
        ("UltraCartMerchantId", "UltraCartShoppingCartId"),
        ("ultracartmerchantid", "ULTRACARTSHOPPINGCARTID"),
    ],
)
def test_cookies_in_any_case_of_letters_are_a_session(visitor: Visitor, names: tuple[str, str]) -> None:
    cart = visitor.headers["X-UC-Shopping-Cart-Id"]
    cookies = dict(zip(names, (MERCHANT, cart), strict=True))
    assert visitor.status("GET", "/settings", headers={}, cookies=cookies) == 200


@pytest.mark.parametrize("nothing", ["", "null", "undefined"])
def test_headers_override_cookies_unless_they_say_nothing(visitor: Visitor, nothing: str) -> None:
    cart = visitor.headers["X-UC-Shopping-Cart-Id"]
    cookies = {"UltraCartMerchantID": MERCHANT, "UltraCartShoppingCartID": cart}
    unset = {"X-UC-Merchant-Id": nothing, "X-UC-Shopping-Cart-Id": nothing}
    assert visitor.status("GET", "/settings", headers=unset, cookies=cookies) == 200
    for header in unset:
        assert visitor.status("GET", "/settings", headers={header: "OTHER"}, cookies=cookies) == 401
    lower = {"x-uc-merchant-id": MERCHANT, "x-uc-shopping-cart-id": cart}
    wrong = {"UltraCartMerchantID": "OTHER", "UltraCartShoppingCartID": "F00"}
    assert visitor.status("GET", "/settings", headers=lower, cookies=wrong) == 200


def test_a_cart_without_its_merchant_is_no_session(visitor: Visitor) -> None:
    for merchant in ({}, {"X-UC-Merchant-Id": "OTHER"}):
        headers = {"X-UC-Shopping-Cart-Id": visitor.headers["X-UC-Shopping-Cart-Id"], **merchant}
        assert visitor.status("GET", "/settings", headers=headers) == 401
        assert visitor.get("/loggedIn", headers=headers) == {}


def test_a_valid_cart_is_kept_and_another_replaced(visitor: Visitor) -> None:
    cart = visitor.headers["X-UC-Shopping-Cart-Id"]
    again = visitor.log_in(FIRST)
    assert cookies_of(again) == {}
    assert dict(again.headers)["X-UC-Shopping-Cart-Id"] == cart
    visitor.headers["X-UC-Shopping-Cart-Id"] = "F" * 40
    anew = visitor.log_in(FIRST)
    assert cart_in(anew) not in (cart, "F" * 40)


def test_a_logout_keeps_the_cart_and_may_be_repeated(visitor: Visitor) -> None:
    for method in ("POST", "GET", "POST"):
        reply = visitor.ask(method, "/logout")
        assert (reply.status, reply.content) == (204, None)
    assert visitor.status("GET", "/settings") == 401
    assert visitor.get("/loggedIn") == {}
    assert cookies_of(visitor.log_in(FIRST)) == {}
    assert visitor.shop.visitor().status("POST", "/logout") == 204


def test_half_an_hour_without_a_request_ends_a_login_but_not_the_cart(visitor: Visitor) -> None:
    clock = visitor.shop.clock
    for _ in range(3):
        clock.move(IDLE_S_MAX)
        assert visitor.get("/loggedIn")["email"] == visitor.email
    clock.move(IDLE_S_MAX + 1)
    assert visitor.status("GET", "/settings") == 401
    assert visitor.get("/loggedIn") == {}
    assert cookies_of(visitor.log_in(FIRST)) == {}
    assert visitor.status("GET", "/settings") == 200


def test_one_customer_may_be_logged_in_twice_and_one_cart_holds_one(shop: Shopfront) -> None:
    first, second = shop.visitor(FIRST), shop.visitor(FIRST)
    second.log_in(FIRST + 1)
    assert first.get("/settings")["customerProfileId"] == FIRST
    assert second.get("/settings")["customerProfileId"] == FIRST + 1
    first.ask("POST", "/logout")
    assert second.status("GET", "/settings") == 200


def test_who_is_deleted_by_the_merchant_is_logged_out(visitor: Visitor) -> None:
    visitor.shop.merchant_asks("deleteCustomer", FIRST)
    assert visitor.status("GET", "/settings") == 401
    assert visitor.get("/loggedIn") == {}


def test_who_is_merged_away_is_logged_out(visitor: Visitor) -> None:
    visitor.shop.merchant_asks("mergeCustomer", FIRST + 1, {"customer_profile_oid": FIRST})
    assert visitor.status("GET", "/settings") == 401


def test_the_carts_are_bounded_and_the_one_not_used_for_longest_goes(visitor: Visitor) -> None:
    carts = visitor.shop.portal.office.carts
    forgotten = carts.log_in(None, FIRST + 1)
    assert visitor.status("GET", "/settings") == 200
    for _ in range(CARTS_MAX - 1):
        carts.log_in(None, FIRST + 1)
    assert carts.counted() == {"carts": CARTS_MAX, "logged_in": CARTS_MAX}
    assert carts.find(forgotten.cart_id) is None
    assert visitor.status("GET", "/settings") == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 404),
        ("GET", "/", 404),
        ("GET", "/settings/", 404),
        ("GET", "/Settings", 404),
        ("GET", "/shippingAddresses/", 404),
        ("GET", "/shippingAddresses/x", 404),
        ("GET", "/shippingAddresses/-1", 404),
        ("GET", "/shippingAddresses/0", 404),
        ("GET", "/shippingAddresses/99999999999999999", 404),
        ("GET", "/shippingAddresses/1%2F2", 404),
        ("GET", "/orders/%FF", 400),
        ("HEAD", "/settings", 405),
        ("PATCH", "/settings", 405),
        ("PUT", "/login", 405),
        ("DELETE", "/orders", 405),
    ],
)
def test_what_is_no_route_is_404_or_405(visitor: Visitor, method: str, path: str, status: int) -> None:
    reply = visitor.ask(method, path)
    assert reply.status == status
    if status == 405:
        assert "," in dict(reply.headers)["Allow"] or dict(reply.headers)["Allow"] == "GET"


@pytest.mark.parametrize(
    ("raw", "kind", "said"),
    [
        (b"", "application/json", "missing"),
        (b"{", "application/json", "JSON"),
        (b"[]", "application/json", "object"),
        (b'"a"', "application/json", "object"),
        (b"\xff", "application/json", "JSON"),
        (b"{}", "text/plain", "Content-Type"),
        (b"{}", "", "Content-Type"),
    ],
)
def test_a_body_that_is_none_is_400(visitor: Visitor, raw: bytes, kind: str, said: str) -> None:
    headers = {**visitor.headers, "Content-Type": kind}
    assert said in visitor.complaint("POST", "/shippingAddresses", None, raw=raw, headers=headers)


def test_a_body_where_none_is_taken_is_not_looked_at(visitor: Visitor) -> None:
    assert visitor.status("GET", "/settings", raw=b"{") == 200
    assert visitor.status("POST", "/logout", raw=b"{") == 204


def test_parameters_that_cannot_be_read_are_400_and_others_ignored(visitor: Visitor) -> None:
    assert visitor.status("GET", "/settings", query="_=%FF") == 400
    assert visitor.status("GET", "/settings", query="&".join("a=1" for _ in range(1001))) == 400
    assert visitor.status("GET", "/settings", query="_=1&pageNumber=") == 200


class Browsers(RuleBasedStateMachine):
    """Several browsers on one shop against a table of who was last seen where, and when."""

    @initialize()
    def opened(self) -> None:
        self.shop = Shopfront(customers=3)
        self.browsers = [self.shop.visitor() for _ in range(3)]
        self.seen: dict[int, tuple[int, int]] = {}
        self.now_s = 0

    def whose(self, number: int) -> int | None:
        oid, seen_s = self.seen.get(number, (0, 0))
        live = oid in list(self.shop.merchant.oids())
        return oid if live and self.now_s - seen_s <= IDLE_S_MAX else None

    @rule(number=st.integers(0, 2), offset=st.integers(0, 2), right=st.booleans())
    def log_in(self, number: int, offset: int, right: bool) -> None:
        oid = FIRST + offset
        if oid not in list(self.shop.merchant.oids()):
            return
        now = oid if right else self.whose(number)
        status = self.browsers[number].log_in(oid, None if right else "wrong").status
        assert status == (200 if right else 401)
        self.seen.pop(number, None)
        if now is not None:
            self.seen[number] = (now, self.now_s)

    @rule(number=st.integers(0, 2))
    def log_out(self, number: int) -> None:
        assert self.browsers[number].status("POST", "/logout") == 204
        self.seen.pop(number, None)

    @rule(seconds=st.sampled_from([1, IDLE_S_MAX - 1, IDLE_S_MAX, IDLE_S_MAX + 1]))
    def wait(self, seconds: int) -> None:
        self.shop.clock.move(seconds)
        self.now_s += seconds

    @rule(offset=st.integers(0, 2))
    def the_merchant_deletes(self, offset: int) -> None:
        if FIRST + offset in list(self.shop.merchant.oids()):
            self.shop.merchant_asks("deleteCustomer", FIRST + offset)

    @rule(number=st.integers(0, 2))
    def look(self, number: int) -> None:
        oid = self.whose(number)
        reply = self.browsers[number].ask("GET", "/loggedIn")
        assert document(reply).get("customerProfileId") == oid
        assert self.browsers[number].status("GET", "/settings") == (401 if oid is None else 200)
        self.seen.pop(number, None)
        if oid is not None:
            self.seen[number] = (oid, self.now_s)


def test_who_is_logged_in_where_is_as_a_table_of_it_says() -> None:
    run_state_machine_as_test(
        Browsers, settings=settings(max_examples=25, stateful_step_count=15, deadline=None)
    )
