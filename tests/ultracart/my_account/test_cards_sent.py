"""Cards: a number that is right, a mask that keeps it, or a token in its place; nothing else is sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ultracart.my_account.examples import CARD, body_of, faults_of, sent
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS


def luhn_completed(digits: str) -> str:
    """`digits` and the one more that makes them pass; the plain way, by trying."""
    return next(digits + last for last in "0123456789" if luhn_sum(digits + last) % 10 == 0)


def luhn_sum(digits: str) -> int:
    parts = [int(digit) * (1 + position % 2) for position, digit in enumerate(reversed(digits))]
    return sum(part // 10 + part % 10 for part in parts)


@given(
    digits=st.text("0123456789", min_size=11, max_size=18).map(luhn_completed),
    gaps=st.lists(st.sampled_from(["", " ", "-"]), min_size=19, max_size=19),
    step=st.integers(1, 9),
    at=st.integers(0, 18),
)
def test_a_card_number_passes_luhn_and_one_wrong_digit_does_not(
    digits: str, gaps: list[str], step: int, at: int
) -> None:
    row = ACCOUNT_OPERATIONS["insertCreditCard"]
    number = "".join(digit + gap for digit, gap in zip(digits, gaps, strict=False)).rstrip(" -")
    assert sent(row, body_of(row, cardNumber=number))["cardNumber"] == number
    at %= len(digits)
    wrong = digits[:at] + str((int(digits[at]) + step) % 10) + digits[at + 1 :]
    for operation_id in ("insertCreditCard", "updateCreditCard"):
        faults = faults_of(operation_id, {**CARD, "cardNumber": wrong})
        assert list(faults) == ["creditCard.cardNumber"]
        assert wrong not in str(faults)


@pytest.mark.parametrize(
    "number",
    ["4111", "41111111111", "0" * 20, "4111  1111 1111 1111", " 4111111111111111", "4111111111111111-",
     "٤١١١١١١١١١١١١١١١", "4111.1111.1111.1111", "card", "****", "411111111111111*"],
)  # fmt: skip
def test_what_is_neither_a_card_number_nor_a_mask_is_not_sent(number: str) -> None:
    assert list(faults_of("insertCreditCard", {**CARD, "cardNumber": number})) == ["creditCard.cardNumber"]
    if number != "****":
        assert list(faults_of("updateCreditCard", {**CARD, "cardNumber": number})) == [
            "creditCard.cardNumber"
        ]


@pytest.mark.parametrize("mask", ["************1111", "xxxx-xxxx-xxxx-1111", "411111******1111", "****"])
def test_a_mask_keeps_the_number_of_a_card_and_makes_no_new_one(mask: str) -> None:
    update = ACCOUNT_OPERATIONS["updateCreditCard"]
    assert sent(update, {**CARD, "cardNumber": mask})["cardNumber"] == mask
    (problem,) = faults_of("insertCreditCard", {**CARD, "cardNumber": mask}).values()
    assert "no mask" not in problem


def test_a_card_needs_a_number_or_a_token_only_when_it_is_new() -> None:
    insert, update = ACCOUNT_OPERATIONS["insertCreditCard"], ACCOUNT_OPERATIONS["updateCreditCard"]
    bare = {name: held for name, held in CARD.items() if name != "cardNumber"}
    for nothing in ({}, {"cardNumber": ""}, {"cardNumber": " "}, {"cardNumber": None}):
        assert sent(update, bare | nothing) == bare | nothing
        token = {"creditCardNumberToken": "4f2a-token"}
        assert sent(insert, bare | nothing | token) == bare | nothing | token
        for blank in ({}, {"creditCardNumberToken": " "}, {"creditCardNumberToken": None}):
            faults = faults_of("insertCreditCard", bare | nothing | blank)
            assert list(faults) == ["creditCard.cardNumber"]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("cardType", "Visa"), ("cardType", "visa"), ("cardExpYear", 31), ("cardExpYear", 10_000),
     ("cardExpYear", -1), ("cardExpMonth", 0), ("cardExpMonth", 13), ("cardExpMonth", "12")],
)  # fmt: skip
def test_type_and_expiry_of_a_card_are_exact(name: str, wrong: object) -> None:
    assert list(faults_of("insertCreditCard", {**CARD, name: wrong})) == [f"creditCard.{name}"]


def test_a_card_may_name_its_customer_as_text_or_as_number() -> None:
    for operation_id in ("insertCreditCard", "updateCreditCard"):
        row = ACCOUNT_OPERATIONS[operation_id]
        for right in ("1000001", 1000001, -1, None):
            # the customer of a new card is the one who is logged in, so that it is not sent
            arrived = sent(row, {**CARD, "merchantId": "DEMO", "customerProfileId": right})
            named = {"merchantId": "DEMO", "customerProfileId": right}
            assert arrived == (CARD if operation_id == "insertCreditCard" else CARD | named)
        wrongs: tuple[object, ...] = (True, 1.5, [], "x" * 31)
        for wrong in wrongs:
            faults = faults_of(operation_id, {**CARD, "customerProfileId": wrong})
            assert list(faults) == ["creditCard.customerProfileId"]
