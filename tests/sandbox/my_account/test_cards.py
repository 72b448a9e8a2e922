"""Stored cards: numbers go in whole and never come out so; the merchant has the same rows."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.my_account.visitor import FIRST, Shopfront, Visitor

VISA: Final = "4111111111111111"
OTHER: Final = "5500005555555559"
CARD: Final[dict[str, Any]] = {"cardType": "VISA", "cardExpMonth": 3, "cardExpYear": 2031, "cardNumber": VISA}


def with_cards() -> Visitor:
    """The first customer who has two of them from the beginning."""
    shop = Shopfront(customers=200)
    oid = next(
        oid
        for oid in shop.merchant.oids()
        if len(shop.customer(oid)["cards"]) > 1 and shop.customer(oid).get("email")
    )
    return shop.visitor(oid)


def test_a_card_comes_back_masked_with_an_id_and_is_the_merchants_too(visitor: Visitor) -> None:
    card = visitor.send("POST", "/creditCards", {**CARD, "id": -1, "customerProfileId": -1})
    assert card == {
        "merchantId": "DEMO", "customerProfileId": str(FIRST), "id": card["id"], "cardType": "VISA",
        "cardExpMonth": 3, "cardExpYear": 2031, "cardNumber": "************1111",
        "lastUsedDate": "2026-06-01T08:00:00-04:00", "lastUsedDateFormatted": "01 Jun 2026 08:00:00",
    }  # fmt: skip
    assert visitor.get("/creditCards") == [card]
    assert visitor.get(f"/creditCards/{card['id']}") == card
    customer = visitor.shop.customer(FIRST)
    assert customer["cards"] == [{
        "card_expiration_month": 3, "card_expiration_year": 2031, "card_number": "XXXXXXXXXXXX1111",
        "card_type": "Visa", "customer_profile_credit_card_id": card["id"], "customer_profile_oid": FIRST,
        "last_used_dts": "2026-06-01T08:00:00-04:00",
    }]  # fmt: skip
    assert customer["last_modified_by"] == "customer"


def test_no_answer_on_either_side_holds_a_whole_number(visitor: Visitor) -> None:
    visitor.send("POST", "/creditCards", CARD)
    said = [visitor.get("/creditCards"), visitor.shop.portal.truth(FIRST), visitor.shop.customer(FIRST)]
    assert VISA not in str(said)
    assert VISA not in str(visitor.ask("POST", "/creditCards", CARD).content)


@pytest.mark.parametrize("number", ["4111-1111-1111-1111", "4111 1111 1111 1111", " 4111111111111111 "])
def test_blanks_and_dashes_in_a_number_do_not_count(visitor: Visitor, number: str) -> None:
    visitor.send("POST", "/creditCards", {**CARD, "cardNumber": number})
    assert "exists" in visitor.complaint("POST", "/creditCards", CARD)


@pytest.mark.parametrize(
    "number",
    ["", " ", None, "4111111111111112", "************1111", "41111111111", "4" * 20, "４１１１", "x"],
)
def test_a_new_card_needs_a_valid_number_or_a_token(visitor: Visitor, number: str | None) -> None:
    assert "cardNumber" in visitor.complaint("POST", "/creditCards", {**CARD, "cardNumber": number})
    token = {"creditCardNumberToken": "ABC"}
    card = visitor.send("POST", "/creditCards", {**CARD, "cardNumber": number, **token})
    assert card["cardNumber"].startswith("************")
    assert "exists" in visitor.complaint("POST", "/creditCards", {**CARD, "cardNumber": None, **token})


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("cardType", [None, "", "Maestro", 4, "V I S A"]),
        ("cardExpMonth", [None, "", 0, 13, "13", 1.5, True]),
        ("cardExpYear", [None, "", 31, 999, 10_000, "x"]),
        ("cardNumber", [4111111111111111]),
        ("id", [7, "7", ""]),
        ("customerProfileId", [7, "7", "x" * 31]),
        ("merchantId", ["OTHER", 7]),
    ],
)
def test_what_no_card_has_is_refused(visitor: Visitor, field: str, values: list[object]) -> None:
    for value in values:
        assert field in visitor.complaint("POST", "/creditCards", {**CARD, field: value})
    if field.startswith("cardExp") or field == "cardType":
        assert field in visitor.complaint(
            "POST", "/creditCards", {k: v for k, v in CARD.items() if k != field}
        )
    assert visitor.get("/creditCards") == []


@pytest.mark.parametrize(
    ("sent", "listed", "merchants"),
    [
        ("Visa", "VISA", "Visa"),
        ("mastercard", "MasterCard", "MasterCard"),
        ("amex", "AMEX", "AMEX"),
        ("DINERS CLUB", "Diners Club", "Diners Club"),
    ],
)
def test_a_type_in_any_case_is_kept_as_listed(
    visitor: Visitor, sent: str, listed: str, merchants: str
) -> None:
    assert visitor.send("POST", "/creditCards", {**CARD, "cardType": sent})["cardType"] == listed
    assert visitor.shop.customer(FIRST)["cards"][0]["card_type"] == merchants


def test_an_expired_card_and_figures_as_text_are_taken(visitor: Visitor) -> None:
    card = visitor.send("POST", "/creditCards", {**CARD, "cardExpMonth": "03", "cardExpYear": "2001"})
    assert (card["cardExpMonth"], card["cardExpYear"]) == (3, 2001)


@pytest.mark.parametrize("keeps", [None, "", "  ", "************1111", "nonsense", "4111111111111112"])
def test_only_a_valid_number_changes_the_number(visitor: Visitor, keeps: str | None) -> None:
    card = visitor.send("POST", "/creditCards", CARD)
    visitor.shop.clock.move(60)
    changed = visitor.send(
        "PUT", f"/creditCards/{card['id']}", {**card, "cardNumber": keeps, "cardExpYear": 2040}
    )
    assert (changed["cardNumber"], changed["cardExpYear"]) == ("************1111", 2040)
    assert changed["lastUsedDate"] > card["lastUsedDate"]
    assert "exists" in visitor.complaint("POST", "/creditCards", CARD)
    anew = visitor.send("PUT", f"/creditCards/{card['id']}", {**CARD, "cardNumber": OTHER})
    assert anew["cardNumber"] == "************5559"
    assert visitor.status("POST", "/creditCards", CARD) == 200


def test_a_number_of_another_card_is_refused_and_ones_own_is_not(visitor: Visitor) -> None:
    first = visitor.send("POST", "/creditCards", CARD)
    second = visitor.send("POST", "/creditCards", {**CARD, "cardNumber": OTHER})
    assert "exists" in visitor.complaint("PUT", f"/creditCards/{second['id']}", CARD)
    assert visitor.get(f"/creditCards/{second['id']}") == second
    assert visitor.status("PUT", f"/creditCards/{first['id']}", CARD) == 200


def test_a_token_changes_the_number(visitor: Visitor) -> None:
    card = visitor.send("POST", "/creditCards", CARD)
    sent = {**CARD, "creditCardNumberToken": "TOKEN"}
    assert visitor.send("PUT", f"/creditCards/{card['id']}", sent)["cardNumber"] != card["cardNumber"]
    assert visitor.shop.customer(FIRST)["cards"][0]["card_number"].startswith("XXXXXXXXXXXX")


def test_a_card_whose_number_the_merchant_replaced_is_another(visitor: Visitor) -> None:
    card = visitor.send("POST", "/creditCards", CARD)
    (row,) = visitor.shop.customer(FIRST)["cards"]
    row = {name: held for name, held in row.items() if name != "card_number"}
    visitor.shop.merchant_asks("updateCustomer", FIRST, {"cards": [{**row, "card_number_token": "T"}]})
    assert visitor.get(f"/creditCards/{card['id']}")["cardNumber"] != card["cardNumber"]
    assert visitor.status("POST", "/creditCards", CARD) == 200


def test_cards_of_the_beginning_are_masked_alike_and_can_be_changed() -> None:
    visitor = with_cards()
    cards = visitor.get("/creditCards")
    assert len(cards) > 1
    for card in cards:
        assert card["cardNumber"].startswith("************")
        assert len(card["cardNumber"]) == 16
        changed = visitor.send("PUT", f"/creditCards/{card['id']}", {**card, "cardExpYear": 2050})
        assert (changed["cardNumber"], changed["cardExpYear"]) == (card["cardNumber"], 2050)


def test_a_card_of_the_beginning_can_be_deleted() -> None:
    visitor = with_cards()
    first, *rest = visitor.get("/creditCards")
    assert visitor.status("DELETE", f"/creditCards/{first['id']}") == 204
    assert visitor.get("/creditCards") == rest


def test_anothers_card_and_none_are_404_and_a_deleted_one_is_gone(visitor: Visitor) -> None:
    theirs = visitor.shop.visitor(FIRST + 1).send("POST", "/creditCards", CARD)
    mine = visitor.send("POST", "/creditCards", CARD)
    for card_id in (theirs["id"], 1):
        for method, body in (("GET", None), ("PUT", CARD), ("DELETE", None)):
            assert visitor.status(method, f"/creditCards/{card_id}", body) == 404
    assert visitor.status("DELETE", f"/creditCards/{mine['id']}", mine) == 204
    assert visitor.status("DELETE", f"/creditCards/{mine['id']}") == 404
    assert visitor.shop.customer(FIRST)["cards"] == []
    assert visitor.status("POST", "/creditCards", CARD) == 200


@given(st.integers(10**11, 10**18 - 1))
def test_of_ten_numbers_that_differ_in_the_last_digit_one_is_taken(start: int) -> None:
    visitor = Shopfront(customers=1).visitor(FIRST)
    statuses = [
        visitor.status("POST", "/creditCards", {**CARD, "cardNumber": f"{start}{digit}"})
        for digit in range(10)
    ]
    assert sorted(statuses) == [200, *[400] * 9]
