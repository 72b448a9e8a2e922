"""The number of a card comes from its token and from nothing else."""

from __future__ import annotations

import pytest

from tests.sandbox.driver import Driver, Open

OWN = "customer_profile_credit_card_id"
NEEDED = "card_number_token is missing and is required."


def cards_of(shop: Driver, oid: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = shop.customer(oid, "cards")["cards"]
    return rows


def test_cards_are_masked_and_tokens_never_seen(open_shop: Open) -> None:
    shop = open_shop()
    cards = [{"card_number": "4111 1111 1111 1234", "card_number_token": "T"}, {"card_number_token": "T"}]
    first, second = cards_of(shop, shop.insert(cards=cards))
    assert first["card_number"] == second["card_number"] == "XXXXXXXXXXXX0084"
    everyone = [cards_of(shop, oid) for oid in shop.merchant.oids()]
    assert not any("card_number_token" in row for rows in everyone for row in rows)


@pytest.mark.parametrize("token", [{}, {"card_number_token": None}, {"card_number_token": ""}])
def test_a_new_card_needs_a_token(open_shop: Open, token: dict[str, object]) -> None:
    shop = open_shop()
    new = {"card_number": "4111111111111111", "card_type": "Visa", **token}
    oid = shop.insert(cards=[{"card_number_token": "T"}])
    (held,) = cards_of(shop, oid)
    for sent, place in (([new], 0), ([held, new], 1)):
        message = shop.complaint("updateCustomer", oid=oid, body={"cards": sent})
        assert message == f"customer.cards[{place}].{NEEDED}"
    body = {"email": "n@example.com", "cards": [new]}
    assert shop.complaint("insertCustomer", body=body) == f"customer.cards[0].{NEEDED}"
    assert cards_of(shop, oid) == [held]


def test_a_held_card_keeps_its_number_unless_a_token_is_sent(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.insert(cards=[{"card_number_token": "T", "card_expiration_month": 1}])
    (held,) = cards_of(shop, oid)
    for number in ("4111111111111111", None, ""):
        row = {OWN: held[OWN], "card_number": number, "card_expiration_month": 2}
        shop.update(oid, cards=[row])
        assert cards_of(shop, oid) == [{**held, "card_expiration_month": 2}]
    shop.update(oid, cards=[{OWN: held[OWN], "card_number": held["card_number"], "card_number_token": "U"}])
    (changed,) = cards_of(shop, oid)
    assert (changed[OWN], changed["card_number"]) == (held[OWN], "XXXXXXXXXXXX0085")


def test_a_card_that_is_added_once_more_under_a_quirk_has_the_number_of_the_first(open_shop: Open) -> None:
    shop = open_shop("put-array-append")
    oid = shop.insert(cards=[{"card_number_token": "T"}])
    held = cards_of(shop, oid)
    shop.update(oid, cards=held)
    assert [row["card_number"] for row in cards_of(shop, oid)] == ["XXXXXXXXXXXX0084"] * 2


def test_a_card_of_nobodys_needs_a_token_where_a_quirk_inserts_it(open_shop: Open) -> None:
    shop = open_shop("unknown-child-inserts")
    body = {"email": "n@example.com", "cards": [{OWN: 7}]}
    assert shop.complaint("insertCustomer", body=body) == f"customer.cards[0].{NEEDED}"
