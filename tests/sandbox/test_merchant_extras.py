"""Store credit, cashback, wish lists, e-mail lists, verification, magic links and lookups."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.driver import Driver, Open
from ucsync.ultracart.operations import INT32_MAX

FIRST = 1_000_001
DAY_S = 86_400


def credit(shop: Driver, oid: int) -> dict[str, Any]:
    held: dict[str, Any] = shop.answer("getCustomerStoreCredit", oid=oid)["customer_store_credit"]
    return held


def test_store_credit_vests_then_is_available_then_expires(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.insert()
    body = {"amount": Decimal("12.50"), "vesting_days": 10, "expiration_days": 60, "description": "Sorry"}
    assert shop.answer("addCustomerStoreCredit", oid=oid, body=body)["success"] is True
    shop.answer("addCustomerStoreCredit", oid=oid, body={"amount": 5, "expiration_days": 0})
    seen = []
    for _ in range(4):
        held = credit(shop, oid)
        names = ("total", "vesting", "available", "expiring")
        actions = [row["action"] for row in held["future_ledgers"]]
        seen.append(([str(held[name]) for name in names], actions))
        assert len(held["past_ledgers"]) == 2
        shop.clock.move(20 * DAY_S)
    assert seen == [
        (["17.50", "12.50", "5.00", "0.00"], ["Vesting", "Expiring"]),
        (["17.50", "0.00", "17.50", "0.00"], ["Expiring"]),
        (["17.50", "0.00", "17.50", "12.50"], ["Expiring"]),
        (["17.50", "0.00", "5.00", "0.00"], []),
    ]


def test_store_credit_expires_and_vests_in_the_very_second(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.insert()
    body = {"amount": 7, "vesting_days": 1, "expiration_days": 2}
    shop.answer("addCustomerStoreCredit", oid=oid, body=body)
    shop.clock.move(DAY_S - 1)
    seen = []
    for pause_s in (1, DAY_S - 1, 1, 0):
        held = credit(shop, oid)
        figures = [int(held[name]) for name in ("vesting", "available", "expiring", "total")]
        seen.append((figures, [row["action"] for row in held["future_ledgers"]]))
        shop.clock.move(pause_s)
    assert seen == [
        ([7, 0, 0, 7], ["Vesting", "Expiring"]),  # the second before it vests
        ([0, 7, 7, 7], ["Expiring"]),
        ([0, 7, 7, 7], ["Expiring"]),  # the second before it expires
        ([0, 0, 0, 7], []),
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "store_credit_request.amount is missing and is required."),
        ({"amount": None}, "store_credit_request.amount is missing and is required."),
        ({"amount": 0}, "store_credit_request.amount must be a positive amount."),
        ({"amount": Decimal("-1")}, "store_credit_request.amount must be a positive amount."),
        ({"amount": Decimal("0.001")}, "store_credit_request.amount must be a positive amount."),
        ({"amount": Decimal("1E+999999")}, "store_credit_request.amount is too large."),
    ],
)
def test_store_credit_is_refused_in_the_vendors_words(
    open_shop: Open, body: dict[str, Any], message: str
) -> None:
    shop = open_shop()
    before = credit(shop, FIRST)
    assert shop.complaint("addCustomerStoreCredit", oid=FIRST, body=body) == message
    assert credit(shop, FIRST) == before


def test_days_below_zero_are_refused(open_shop: Open) -> None:
    shop = open_shop()
    for name in ("vesting_days", "expiration_days"):
        assert shop.status("addCustomerStoreCredit", oid=FIRST, body={"amount": 1, name: -1}) == 400


def test_cashback_is_what_its_ledger_adds_up_to(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.insert()
    for amount, balance in ((10, "10.00"), (Decimal("-2.5"), "7.50")):
        body = {"adjustment_amount": amount, "description": "d", "order_id": "O-1"}
        answer = shop.answer("adjustInternalCertificate", oid=oid, body=body)
        assert answer["adjustment_amount"] == amount
        assert str(answer["balance_amount"]) == balance
    loyalty = shop.customer(oid, "loyalty")["loyalty"]
    certificate = loyalty["internal_gift_certificate"]
    assert loyalty["internal_gift_certificate_balance"] == "7.50"
    assert [row["reference_order_id"] for row in certificate["ledger_entries"]] == ["O-1", "O-1"]
    assert shop.status("adjustInternalCertificate", oid=oid, body={"adjustment_amount": -8}) == 400
    message = shop.complaint("adjustInternalCertificate", oid=oid, body={})
    assert message == "adjust_internal_certificate_request.adjustment_amount is required and was missing"
    long = {"adjustment_amount": 1, "description": "d" * 51}
    assert shop.status("adjustInternalCertificate", oid=oid, body=long) == 400


def test_a_wish_list_is_kept_item_by_item(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.insert()
    first = shop.answer("insertWishListItem", oid=oid, body={"merchant_item_oid": 5, "priority": 3})
    second = shop.answer("insertWishListItem", oid=oid, body={"merchant_item_oid": 6, "comments": "c"})
    assert (first["position"], second["position"]) == (1, 2)
    assert first["customer_profile_oid"] == oid
    wish = second["customer_wishlist_item_oid"]
    changed = shop.answer("updateWishListItem", oid=oid, wish=wish, body={"priority": 5, "comments": None})
    assert (changed["priority"], changed["merchant_item_oid"]) == (5, 6)
    assert "comments" not in changed
    assert shop.answer("getCustomerWishListItem", oid=oid, wish=wish)["wishlist_item"] == changed
    assert shop.answer("getCustomerWishList", oid=oid)["wishlist_items"] == [first, changed]
    assert shop.status("deleteWishListItem", oid=oid, wish=wish) == 204
    for operation_id in ("deleteWishListItem", "getCustomerWishListItem", "updateWishListItem"):
        assert shop.status(operation_id, oid=oid, wish=wish, body={}) == 404
    assert shop.answer("getCustomerWishList", oid=oid)["wishlist_items"] == [first]


def test_a_wish_after_the_last_position_there_is_gets_it_too(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.insert()
    for body in ({"merchant_item_oid": 5, "position": INT32_MAX}, {"merchant_item_oid": 6}):
        assert shop.answer("insertWishListItem", oid=oid, body=body)["position"] == INT32_MAX


def test_a_read_only_field_of_a_wish_has_to_be_of_its_kind(open_shop: Open) -> None:
    shop = open_shop()
    for wrong in ({"add_dts": 5}, {"customer_profile_oid": "x"}, {"customer_wishlist_item_oid": "x"}):
        body = {"merchant_item_oid": 5, **wrong}
        assert shop.status("insertWishListItem", oid=FIRST, body=body) == 400
    body = {"merchant_item_oid": 5, "add_dts": "soon", "customer_profile_oid": 1}
    assert shop.answer("insertWishListItem", oid=FIRST, body=body)["customer_profile_oid"] == FIRST


def test_a_wish_needs_an_item_and_a_priority_from_three_to_five(open_shop: Open) -> None:
    shop = open_shop()
    for body in ({}, {"merchant_item_oid": None}, *({"merchant_item_oid": 1, "priority": n} for n in (2, 6))):
        assert shop.status("insertWishListItem", oid=FIRST, body=body) == 400


def test_lists_are_joined_and_left(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.insert()
    uuids = [row["email_list_uuid"] for row in shop.answer("getCustomerEmailLists")["lists"]]
    assert len(set(uuids)) == 6
    changes = {"add_to_lists": uuids[:2], "remove_from_lists": uuids[5:]}
    assert shop.answer("updateCustomerEmailLists", oid=oid, body=changes) == changes

    def held() -> list[str]:
        return [row["uuid"] for row in shop.customer(oid, "activity")["activity"]["memberships"]]

    assert held() == uuids[:2]
    shop.answer("updateCustomerEmailLists", oid=oid, body={"remove_from_lists": uuids[:1]})
    assert held() == uuids[1:2]
    assert shop.status("updateCustomerEmailLists", oid=oid, body={"add_to_lists": ["none"]}) == 400
    assert held() == uuids[1:2]


def test_the_lists_that_the_population_is_in_are_in_the_catalogue(open_shop: Open) -> None:
    shop = open_shop()
    known = {row["email_list_uuid"] for row in shop.answer("getCustomerEmailLists")["lists"]}
    for oid in shop.merchant.oids():
        memberships = shop.customer(oid, "activity")["activity"].get("memberships", [])
        assert {row["uuid"] for row in memberships if row["type"] == "list"} <= known


def test_a_token_proves_an_address_for_a_day(open_shop: Open) -> None:
    shop = open_shop()
    asked = {"email": "V@example.com", "password": "second"}
    oid = shop.insert(**{**asked, "password": "first"})
    shop.update(oid, **asked)
    token = shop.answer("getEmailVerificationToken", body=asked)["token"]
    again = open_shop()
    again.insert(**asked)
    assert again.answer("getEmailVerificationToken", body=asked)["token"] == token

    def valid(text: str) -> bool:
        answer = shop.answer("validateEmailVerificationToken", body={"token": text})
        assert "error" not in answer
        return answer["success"] is True

    assert valid(token)
    assert not valid("never issued")
    shop.clock.move(DAY_S)
    assert not valid(token)
    for body in (
        {"email": "v@example.com", "password": "first"},
        {"email": "nobody@example.com", "password": "second"},
        {"email": "v@example.com"},
        {"password": "second"},
        {},
    ):
        assert shop.status("getEmailVerificationToken", body=body) == 400
    assert shop.status("validateEmailVerificationToken", body={}) == 400


def test_a_token_dies_with_its_customer(open_shop: Open) -> None:
    shop = open_shop()
    body = {"email": "v@example.com", "password": "p"}
    oid = shop.insert(**body)
    token = shop.answer("getEmailVerificationToken", body=body)["token"]
    shop.send("deleteCustomer", oid=oid)
    assert shop.answer("validateEmailVerificationToken", body={"token": token})["success"] is False


def test_a_magic_link_needs_a_storefront_of_the_merchant(open_shop: Open) -> None:
    shop = open_shop()
    links = {shop.answer("getMagicLink", oid=FIRST, host="www.demo.example")["url"] for _ in range(3)}
    assert len(links) == 3
    assert all(link.startswith("https://www.demo.example/") for link in links)
    assert shop.status("getMagicLink", oid=FIRST, host="shop.demo.example") == 200
    assert shop.status("getMagicLink", oid=FIRST, host="www.other.example") == 400
    assert shop.status("getMagicLink", oid=9_999_999, host="www.demo.example") == 404


def test_the_lookup_finds_tags_by_a_part_of_them(open_shop: Open) -> None:
    shop = open_shop()
    shop.insert(tags=[{"tag_value": "Zebra crossing"}])

    def found(**request: object) -> list[str]:
        rows = shop.answer("searchCustomerProfileValues", body=request)["values"]
        return [row["value"] for row in rows]

    assert found(matches="EBRA") == ["Zebra crossing"]
    assert found(matches="ebra", category="tags") == ["Zebra crossing"]
    assert found(matches="ebra", category="cities") == []
    assert len(found(max_hits=2)) == 2
    assert shop.status("searchCustomerProfileValues", body={"max_hits": 0}) == 400
    everyone = (shop.customer(oid, "tags")["tags"] for oid in shop.merchant.oids())
    assert {row["tag_value"] for rows in everyone for row in rows} <= set(found(max_hits=99))
