"""The same rules for every body: lengths, kinds, what is required. What is refused changed nothing."""

from typing import Any, Final

import pytest

from tests.sandbox.my_account.visitor import ADDRESS, FIRST, Shopfront, Visitor
from ucsync.ultracart.fields import Kind
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS, AccountOperation

CARD: Final = {"cardType": "VISA", "cardExpMonth": 3, "cardExpYear": 2031, "cardNumber": "4111111111111111"}
#: A body that is right, for every row that takes an object and needs nothing else to be there.
RIGHT: Final[dict[str, dict[str, Any]]] = {
    "login": {"merchantId": "DEMO", "email": "e", "password": "p"},
    "changePassword": {"oldPassword": f"password-{FIRST}", "newPassword": "p"},
    "register": {"merchantId": "DEMO", "email": "e@example.com", "password": "p"},
    "updateSettings": ADDRESS,
    "insertShippingAddress": ADDRESS,
    "insertBillingAddress": ADDRESS,
    "insertCreditCard": CARD,
    "insertWishlistItem": {"itemId": "CUP-STONE-BLUE"},
}
FIELDS: Final = [
    (name, field) for name in RIGHT for field in (ACCOUNT_OPERATIONS[name].body or pytest.fail(name)).takes
]


def asker(row: AccountOperation) -> Visitor:
    return Shopfront(customers=1).visitor(FIRST if row.protected else None)


def field_of(row: AccountOperation, name: str) -> Any:
    assert row.body is not None
    assert row.body.model is not None
    return row.body.model.fields[name]


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_what_is_right_is_taken(name: str) -> None:
    row = ACCOUNT_OPERATIONS[name]
    expected = 401 if name == "login" else 204 if name == "changePassword" else 200
    assert asker(row).status(row.method, row.path, RIGHT[name]) == expected


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_text_may_have_its_length_and_not_one_unit_more(name: str, field: str) -> None:
    row = ACCOUNT_OPERATIONS[name]
    longest = field_of(row, field).max_length
    if longest is None or field in ("merchantId", "customerProfileId"):
        return
    over = ("x" * (longest + 1), "é" * (longest + 1), "x" + "\U0001f375" * (longest // 2))
    for text in over if longest % 2 == 0 else over[:2]:
        assert f"{field} is longer" in asker(row).complaint(
            row.method, row.path, {**RIGHT[name], field: text}
        )
    fitting = asker(row).status(row.method, row.path, {**RIGHT[name], field: "é" * longest})
    assert fitting in ((401,) if name == "login" or field == "oldPassword" else (200, 204))


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_value_of_another_kind_is_refused(name: str, field: str) -> None:
    row = ACCOUNT_OPERATIONS[name]
    wrong = (5,) if field_of(row, field).kind is Kind.TEXT else ("", "x", " ")
    for value in (True, 1.5, [], {}, ["x"], *(wrong if field != "customerProfileId" else ())):
        told = asker(row).complaint(row.method, row.path, {**RIGHT[name], field: value})
        assert f".{field}" in told


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_what_is_required_must_be_there_and_not_blank(name: str) -> None:
    row = ACCOUNT_OPERATIONS[name]
    assert row.body is not None
    for field in row.body.required:
        bare = {key: held for key, held in RIGHT[name].items() if key != field}
        for body in (bare, {**bare, field: None}):
            assert f"{field} is missing" in asker(row).complaint(row.method, row.path, body)
        if field_of(row, field).kind is Kind.TEXT:
            blank = {**bare, field: " \t"}
            assert f"{field} is missing" in asker(row).complaint(row.method, row.path, blank)


@pytest.mark.parametrize("name", sorted(RIGHT))
def test_a_name_that_the_model_has_not_is_ignored(name: str) -> None:
    row = ACCOUNT_OPERATIONS[name]
    body = {**RIGHT[name], "somethingNew": {"a": [1]}}
    assert asker(row).status(row.method, row.path, body) in (200, 204, 401)


def test_a_complaint_names_the_field_and_never_the_value() -> None:
    visitor = Shopfront(customers=1).visitor(FIRST)
    told = visitor.complaint("POST", "/shippingAddresses", {**ADDRESS, "city": "Nether Wallop " * 5})
    assert told == "address.city is longer than 32 characters."
