"""Registering, proving the e-mail address, and what an account is afterwards; and its end."""

import pytest

from tests.sandbox.my_account.visitor import ADDRESS, FIRST, MERCHANT, Shopfront, Visitor, document
from ucsync.sandbox.my_account import validate
from ucsync.sandbox.reply import Refusal

NEW = {"merchantId": MERCHANT, "email": "newly@example.com", "password": "a secret"}
CREDENTIALS = NEW


def follow_the_link(shop: Shopfront) -> dict[str, object]:
    return validate(shop.portal.office, shop.mail("validation")[-1]["token"])


def test_three_fields_are_enough_and_the_id_is_answered(shop: Shopfront) -> None:
    visitor = shop.visitor()
    account = visitor.send("POST", "/settings", NEW)
    oid = account["customerProfileId"]
    assert (account["email"], account["password"], account["merchantId"]) == (
        NEW["email"],
        "********",
        MERCHANT,
    )
    assert account["message"]
    assert account["firstName"] is None
    customer = shop.customer(oid)
    assert (customer["email"], customer["last_modified_by"]) == (NEW["email"], "customer")
    assert visitor.get("/loggedIn") == {}


def test_the_login_waits_for_the_link_in_the_mail_which_works_once(shop: Shopfront) -> None:
    visitor = shop.visitor()
    oid = visitor.send("POST", "/settings", NEW)["customerProfileId"]
    assert visitor.status("POST", "/login", CREDENTIALS) == 401
    (mail,) = shop.mail("validation")
    assert mail["to"] == NEW["email"]
    assert follow_the_link(shop) == {"validated": oid, "redirect_url": ""}
    assert document(visitor.ask("POST", "/login", CREDENTIALS))["customerProfileId"] == oid
    for token in (mail["token"], "no such token"):
        with pytest.raises(Refusal, match="no registration"):
            validate(shop.portal.office, token)


def test_all_that_is_given_is_there_afterwards(shop: Shopfront) -> None:
    visitor = shop.visitor()
    given = {**ADDRESS, "fax": "1", "taxId": "DE1", "title": "Dr.", "dayPhone": "2", "eveningPhone": "3"}
    account = visitor.send("POST", "/settings", {**NEW, **given, "customerProfileId": 0})
    assert {name: account[name] for name in given} == given
    follow_the_link(shop)
    visitor.email = NEW["email"]
    visitor.log_in(account["customerProfileId"], NEW["password"])
    account.pop("message")
    assert visitor.get("/settings") == account
    assert shop.customer(account["customerProfileId"])["tax_id"] == "DE1"


@pytest.mark.parametrize("missing", ["merchantId", "email", "password"])
def test_what_is_required_is_asked_for(shop: Shopfront, missing: str) -> None:
    visitor = shop.visitor()
    count = shop.merchant.count()
    for value in (None, "", "  "):
        assert missing in visitor.complaint("POST", "/settings", {**NEW, missing: value})
    assert shop.merchant.count() == count


@pytest.mark.parametrize(
    "change",
    [
        {"merchantId": "OTHER"},
        {"merchantId": "TOOLONG"},
        {"email": "x" * 101},
        {"password": "x" * 31},
        {"firstName": "x" * 31},
        {"customerProfileId": 12},
        {"customerProfileId": ""},
        {"customerProfileOid": 12},
    ],
)
def test_what_cannot_be_is_400_and_nobody_is_registered(shop: Shopfront, change: dict[str, object]) -> None:
    visitor = shop.visitor()
    count = shop.merchant.count()
    assert visitor.complaint("POST", "/settings", {**NEW, **change})
    assert (shop.merchant.count(), shop.mail("validation")) == (count, [])


def test_a_known_address_in_any_case_is_400(shop: Shopfront) -> None:
    visitor = shop.visitor()
    taken = shop.merchant.shop.store.email(FIRST)
    assert "registered" in visitor.complaint("POST", "/settings", {**NEW, "email": taken.upper()})
    visitor.send("POST", "/settings", NEW)
    assert "registered" in visitor.complaint("POST", "/settings", NEW)


def test_who_is_logged_in_must_log_out_first(visitor: Visitor) -> None:
    assert "Log out" in visitor.complaint("POST", "/settings", NEW)
    visitor.ask("POST", "/logout")
    assert visitor.status("POST", "/settings", NEW) == 200


def test_a_merchant_without_profiles_registers_nobody() -> None:
    visitor = Shopfront(profiles=False).visitor()
    assert "does not allow" in visitor.complaint("POST", "/settings", NEW)


def test_a_registration_leads_only_where_the_merchant_said() -> None:
    shop = Shopfront(redirects=("https://shop.example/welcome?a=b",))
    visitor = shop.visitor()
    for url in ("https://shop.example/welcome", "https%3A%2F%2Felsewhere.example%2F"):
        assert "redirectUrl" in visitor.complaint("POST", "/settings", NEW, query=f"redirectUrl={url}")
    query = "redirectUrl=https%3A%2F%2Fshop.example%2Fwelcome%3Fa%3Db&themeCode=DEFAULT"
    assert visitor.status("POST", "/settings", NEW, query=query) == 200
    assert follow_the_link(shop)["redirect_url"] == "https://shop.example/welcome?a=b"


def test_a_deleted_account_is_gone_everywhere(visitor: Visitor) -> None:
    reply = visitor.ask("DELETE", "/settings", {"anything": "at all"})
    assert (reply.status, reply.content) == (204, None)
    assert visitor.status("GET", "/settings") == 401
    assert visitor.log_in(FIRST).status == 401
    assert visitor.shop.merchant.truth(FIRST) is None
    assert visitor.shop.portal.truth(FIRST) is None


def test_orders_of_a_deleted_account_are_there_again_after_a_proven_registration() -> None:
    shop = Shopfront(orders={FIRST: 12})
    visitor = shop.visitor(FIRST)
    email, orders = visitor.email, visitor.get("/orders")
    summary = shop.customer(FIRST)["orders_summary"]
    assert len(orders) == 10
    visitor.ask("DELETE", "/settings")
    oid = visitor.send("POST", "/settings", {**NEW, "email": email})["customerProfileId"]
    assert shop.customer(oid)["orders"] == []
    follow_the_link(shop)
    assert visitor.log_in(oid, NEW["password"]).status == 200
    assert [row["orderId"] for row in visitor.get("/orders")] == [row["orderId"] for row in orders]
    assert shop.customer(oid)["orders_summary"] == summary


def test_orders_that_moved_with_a_merge_are_not_there_a_second_time() -> None:
    shop = Shopfront(orders={FIRST: 12})
    email = shop.merchant.shop.store.email(FIRST)
    shop.merchant_asks("mergeCustomer", FIRST + 1, {"customer_profile_oid": FIRST})
    visitor = shop.visitor()
    oid = visitor.send("POST", "/settings", {**NEW, "email": email})["customerProfileId"]
    follow_the_link(shop)
    visitor.log_in(oid, NEW["password"])
    assert visitor.get("/orders") == []
    assert len(shop.visitor(FIRST + 1).get("/orders")) == 10


def test_a_registration_that_the_merchant_deleted_cannot_be_proven(shop: Shopfront) -> None:
    oid = shop.visitor().send("POST", "/settings", NEW)["customerProfileId"]
    shop.merchant_asks("deleteCustomer", oid)
    with pytest.raises(Refusal):
        follow_the_link(shop)
