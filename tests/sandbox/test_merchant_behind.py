"""What is done behind the API's back, by the control interface or churn, knows no quirk of the API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.driver import Driver, Open
from ucsync.sandbox.quirks import CUSTOMER_QUIRKS
from ucsync.sandbox.reply import Refusal

FIRST = 1_000_001
OF_THE_SERVER = ("insert-unmodified", "merge-does-not-touch")


def worked_over(shop: Driver) -> list[Any]:
    """Everything a merchant can be asked to do, and what has become of it."""
    merchant, told = shop.merchant, []
    one = merchant.insert({
        "email": "one",
        "merchant_id": "OTHER",
        "terms": "Net 30",
        "billing": [{"city": "Ulm"}],
        "tags": [{"tag_value": "a"}],
        "properties": [{"name": "n", "expiration_dts": "2030-01-01T00:00:00"}],
    })  # fmt: skip
    for refused in ({}, {"email": "ONE"}, {"email": "two", "tax_id": "1" * 16}):
        with pytest.raises(Refusal) as caught:
            merchant.insert(refused)
        told.append((caught.value.status, caught.value.message))
    merchant.update(one, {"terms": None, "billing": [{"city": "Bonn"}]})
    merchant.update(FIRST, {"business_notes": "only this"})
    shop.clock.move(10)
    merchant.merge(FIRST, one)
    merchant.delete(FIRST + 1)
    with pytest.raises(Refusal) as caught:
        merchant.delete(FIRST + 1)
    told.append((caught.value.status, caught.value.message))
    return [told, *(merchant.truth(oid) for oid in merchant.oids())]


@pytest.mark.parametrize("quirk", sorted(CUSTOMER_QUIRKS.keys() - set(OF_THE_SERVER)))
def test_no_quirk_has_a_part_in_what_others_do(open_shop: Open, quirk: str) -> None:
    assert worked_over(open_shop(quirk, customers=5)) == worked_over(open_shop(customers=5))


def test_what_the_server_notes_by_itself_it_notes_of_others_too(open_shop: Open) -> None:
    touched = []
    for quirks in ((), OF_THE_SERVER):
        shop = open_shop(*quirks)
        oid = shop.merchant.insert({"email": "n@example.com"})
        before = shop.customer(FIRST)
        shop.merchant.merge(FIRST, FIRST + 1)
        stamps = [row.get("last_modified_dts") for row in (before, shop.customer(FIRST))]
        touched.append(("last_modified_dts" in shop.customer(oid), stamps[0] != stamps[1]))
    assert touched == [(True, True), (False, False)]


def test_what_others_do_is_seen_through_the_api_at_once(open_shop: Open) -> None:
    shop = open_shop("put-absent-clears", customers=3)
    assert shop.listed() == [FIRST, FIRST + 1, FIRST + 2]
    oid = shop.merchant.insert({"email": "n@example.com"})
    shop.merchant.delete(FIRST)
    assert shop.listed() == [FIRST + 1, FIRST + 2, oid]
    assert shop.answer("getCustomerByEmail", address="N@example.com")["customer"]["email"] == "n@example.com"
