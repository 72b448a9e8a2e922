"""A merge loses nothing that the fact sheet says moves, and leaves nobody behind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.driver import Driver, Open

FIRST = 1_000_001
MOVED = (
    *("attachments", "billing", "cards", "cc_emails", "shipping", "software_entitlements"),
    *("orders", "quotes", "tags"),
)


def merge(shop: Driver, survivor: int, **target: object) -> None:
    reply = shop.send("mergeCustomer", oid=survivor, body=target, _expand="orders")
    assert (reply.status, reply.document) == (204, None)


def rows_of(document: dict[str, Any], part: str) -> set[str]:
    """What a row is, whoever has it."""
    own = ("customer_profile_oid", "default_billing", "default_shipping")
    return {str({name: held for name, held in row.items() if name not in own}) for row in document[part]}


def credit_of(shop: Driver, oid: int) -> Any:
    return shop.answer("getCustomerStoreCredit", oid=oid)["customer_store_credit"]


def wishes_of(shop: Driver, oid: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = shop.answer("getCustomerWishList", oid=oid)["wishlist_items"]
    return rows


def test_a_merge_conserves_everything_that_was_there(open_shop: Open) -> None:
    shop = open_shop(customers=400)
    for survivor in range(FIRST, FIRST + 200):
        absorbed = survivor + 200
        one, other = shop.merchant.truth(survivor), shop.merchant.truth(absorbed)
        credit = [credit_of(shop, oid)["total"] for oid in (survivor, absorbed)]
        wishes = [len(wishes_of(shop, oid)) for oid in (survivor, absorbed)]
        merge(shop, survivor, customer_profile_oid=absorbed)
        both = shop.merchant.truth(survivor)
        assert one is not None
        assert other is not None
        assert both is not None
        for part in MOVED:
            assert rows_of(both, part) == rows_of(one, part) | rows_of(other, part)
            assert {row.get("customer_profile_oid", survivor) for row in both[part]} <= {survivor}
        assert credit_of(shop, survivor)["total"] == sum(credit)
        assert len(wishes_of(shop, survivor)) == sum(wishes)
        assert {row["customer_profile_oid"] for row in wishes_of(shop, survivor)} <= {survivor}
        summaries = [document["orders_summary"] for document in (one, other, both)]
        counts = [summary["order_count"] for summary in summaries]
        totals = [summary["total"] for summary in summaries]
        assert counts[2] == counts[0] + counts[1]
        assert totals[2] == totals[0] + totals[1]
    assert shop.merchant.count() == 200


def test_points_and_cashback_are_added(open_shop: Open) -> None:
    shop = open_shop(customers=400)

    def figures(oid: int) -> list[Any]:
        loyalty = shop.customer(oid, "loyalty")["loyalty"]
        balance = Decimal(loyalty.get("internal_gift_certificate_balance", "0"))
        ledger = sorted(row["loyalty_ledger_oid"] for row in loyalty.get("ledger_entries", []))
        return [loyalty.get("current_points", 0), loyalty.get("pending_points", 0), balance, ledger]

    for survivor in range(FIRST, FIRST + 200):
        before = zip(figures(survivor), figures(survivor + 200), strict=True)
        expected = [sorted(a + b) if isinstance(a, list) else a + b for a, b in before]
        merge(shop, survivor, customer_profile_oid=survivor + 200)
        assert figures(survivor) == expected
        certificate = shop.customer(survivor, "loyalty")["loyalty"].get("internal_gift_certificate", {})
        entries = certificate.get("ledger_entries", [])
        assert certificate.get("customer_profile_oid", survivor) == survivor
        assert sum(row["amount"] for row in entries) == certificate.get("remaining_balance", 0)
        assert {row["gift_certificate_oid"] for row in entries} <= {certificate.get("gift_certificate_oid")}


def test_the_survivors_scalars_and_its_property_values_win(open_shop: Open) -> None:
    shop = open_shop()
    props = [{"name": "a", "value": "ours"}]
    survivor = shop.insert(terms="Net 15", properties=props, billing=[{"city": "A", "default_billing": True}])
    absorbed = shop.insert(
        terms="Net 60",
        tax_id="1",
        properties=[{"name": "a", "value": "theirs"}, {"name": "b", "value": "theirs"}],
        billing=[{"city": "B", "default_billing": True}],
        tags=[{"tag_value": "t"}],
    )
    merge(shop, survivor, email=shop.customer(absorbed)["email"].upper())
    customer = shop.customer(survivor, "properties,billing")
    assert (customer["terms"], "tax_id" in customer) == ("Net 15", False)
    assert {row["name"]: row["value"] for row in customer["properties"]} == {"a": "ours", "b": "theirs"}
    assert [row["default_billing"] for row in customer["billing"]] == [True, False]


def test_the_absorbed_is_gone_for_good_and_its_address_is_free(open_shop: Open) -> None:
    shop = open_shop()
    email = shop.customer(FIRST + 1)["email"]
    shop.clock.move(90)
    merge(shop, FIRST, customer_profile_oid=FIRST + 1, email=email)
    assert shop.status("getCustomer", oid=FIRST + 1) == 404
    assert shop.status("getCustomerByEmail", address=email) == 404
    assert shop.customer(FIRST)["last_modified_dts"] == "2026-06-01T08:01:30-04:00"
    shop.insert(email=email)


def test_a_merge_that_makes_no_sense_is_refused_and_changes_nothing(open_shop: Open) -> None:
    shop = open_shop()
    emails = [shop.customer(FIRST + place)["email"] for place in range(3)]
    refusals: list[tuple[dict[str, object], int]] = [
        ({}, 400),
        ({"email": ""}, 400),
        ({"customer_profile_oid": FIRST}, 400),
        ({"email": emails[0]}, 400),
        ({"customer_profile_oid": FIRST + 1, "email": emails[2]}, 400),
        ({"customer_profile_oid": "1000002"}, 400),
        ({"customer_profile_oid": 9_999_999}, 404),
        ({"email": "nobody@example.com"}, 404),
    ]
    for body, status in refusals:
        assert shop.status("mergeCustomer", oid=FIRST, body=body) == status
    assert shop.status("mergeCustomer", oid=9_999_999, body={"customer_profile_oid": FIRST}) == 404
    assert shop.merchant.count() == 300


@pytest.mark.parametrize("quirk", ["email-shared"])
def test_where_addresses_are_shared_the_other_one_is_absorbed(open_shop: Open, quirk: str) -> None:
    shop = open_shop(quirk)
    one, other = shop.insert(email="s@example.com"), shop.insert(email="s@example.com")
    merge(shop, one, email="s@example.com")
    assert list(shop.merchant.oids())[-1] == one
    assert shop.merchant.truth(other) is None
