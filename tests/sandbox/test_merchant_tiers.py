"""Tiers are the merchant's own, and points stay what can be sent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.driver import Driver, Open
from ucsync.ultracart.operations import INT32_MAX

FIRST = 1_000_001
AT = "customer.pricing_tiers[1]"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"pricing_tier_oid": 7004}, f"{AT}.pricing_tier_oid is not a pricing tier."),
        ({"pricing_tier_oid": 0}, f"{AT}.pricing_tier_oid is not a pricing tier."),
        ({"name": "Anything"}, f"{AT}.name is not a pricing tier."),
        ({"name": "Anything", "pricing_tier_oid": 7001}, f"{AT}.name is not a pricing tier."),
        ({"name": "Staff", "pricing_tier_oid": 7001}, f"{AT}.name is not that pricing tier's."),
        ({"name": None}, f"{AT}.pricing_tier_oid is missing and is required."),
    ],
)
def test_a_pricing_tier_that_is_none_is_refused(open_shop: Open, row: dict[str, Any], message: str) -> None:
    shop = open_shop()
    tiers = [{"pricing_tier_oid": 7002}, row]
    assert shop.complaint("updateCustomer", oid=FIRST, body={"pricing_tiers": tiers}) == message
    body = {"email": "n@example.com", "pricing_tiers": tiers}
    assert shop.complaint("insertCustomer", body=body) == message


@pytest.mark.parametrize("tier_oid", [1, -3001, 3004])
def test_a_loyalty_tier_that_is_none_is_refused(open_shop: Open, tier_oid: int) -> None:
    shop = open_shop()
    loyalty = {"loyalty_tier_oid": tier_oid}
    message = "customer.loyalty.loyalty_tier_oid is not a loyalty tier."
    assert shop.complaint("updateCustomer", oid=FIRST, body={"loyalty": loyalty}) == message
    assert shop.complaint("insertCustomer", body={"email": "n@example.com", "loyalty": loyalty}) == message


def holder(shop: Driver, *points: int) -> int:
    return shop.insert(loyalty={"ledger_entries": [{"loyalty_points": each} for each in points]})


@pytest.mark.parametrize("sign", [1, -1])
def test_points_that_no_answer_could_hold_are_refused(open_shop: Open, sign: int) -> None:
    shop = open_shop()
    oid = holder(shop, sign * INT32_MAX)
    entries = shop.customer(oid, "loyalty")["loyalty"]["ledger_entries"]
    body = {"loyalty": {"ledger_entries": [*entries, {"loyalty_points": sign * 2}]}}
    message = shop.complaint("updateCustomer", oid=oid, body=body)
    assert message.startswith("customer.loyalty.current_points would be outside")
    assert shop.customer(oid, "loyalty")["loyalty"]["ledger_entries"] == entries
    assert shop.status("insertCustomer", body={"email": "n@example.com", **body}) == 400


def test_a_merge_of_more_points_than_an_answer_could_hold_is_refused(open_shop: Open) -> None:
    shop = open_shop()
    oids = holder(shop, INT32_MAX), holder(shop, 1)
    before = [shop.merchant.truth(oid) for oid in oids]
    message = shop.complaint("mergeCustomer", oid=oids[0], body={"customer_profile_oid": oids[1]})
    assert message.startswith("customer.loyalty.current_points would be outside")
    assert [shop.merchant.truth(oid) for oid in oids] == before
