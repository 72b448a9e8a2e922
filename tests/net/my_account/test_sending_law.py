"""What the client sends the portal never refuses for its form; what the client refuses for its form the
portal refuses, too, when it is sent all the same. Both sides were written without a look at the other."""

import re
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.net.my_account.account_scenarios import ADDRESS, CARD, PLACE
from tests.net.my_account.raw_portal import MERCHANT, MESSAGE, RawPortal, said
from ucsync.model import InvalidRequest
from ucsync.ultracart.fields import Field, Kind, Model
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS, AccountOperation, build_account
from ucsync.ultracart.my_account.operations import Sends

#: Of a type of card, of which case matters on one page and not on another.
SPELLINGS: Final = ("Visa", "visa")

OBJECTS: Final = {
    name: row
    for name, row in ACCOUNT_OPERATIONS.items()
    if row.body is not None and row.body.sends is Sends.OBJECT
}

#: Refusals that are not about the form of a body: who is there already, what is not sold, wrong passwords,
#: the rules of a review's form.
BUSINESS: Final = re.compile(
    r"already|Invalid merchantId|old password|Log out first|no item|has no case|bought"
    r"|agreeToTerms|nickname is missing|recommendStoreToFriend must|questions holds an? (question|answer)"
    r"|ratings must (hold each|have scores)"
)


def template(portal: RawPortal, operation: AccountOperation) -> dict[str, Any]:
    """A body that both sides take."""
    name = operation.operation_id
    made: dict[str, dict[str, Any]] = {
        "login": {"merchantId": MERCHANT, "email": portal.email, "password": portal.password},
        "changePassword": {"oldPassword": portal.password, "newPassword": "changed-9"},
        "register": {**PLACE, "merchantId": MERCHANT, "email": "new@mail.example", "password": "secret-1"},
        "updateSettings": {**PLACE},
        "insertCreditCard": {**CARD},
        "updateCreditCard": {**CARD},
        "insertOrderCase": {"subject": "Where is it?", "messages": [MESSAGE]},
        "insertOrderCaseMessage": {**MESSAGE},
        "insertWishlistItem": {"itemId": portal.truth()["wishlist"][0]["itemId"]},
        "updateWishlistItem": {"priority": 2},
        "updateReview": {
            "ratings": RATINGS, "recommendToFriend": True, "title": "Solid", "review": "Quiet and strong.",
            "nickname": "tilda", "agreeToTermsAndConditions": True,
        },
    }  # fmt: skip
    return made.get(name, {**ADDRESS})


RATINGS: Final[list[dict[str, Any]]] = [
    {"name": name, "score": 4} for name in ("Quality", "Value for money", "Looks")
]
NOT_OF_A_KIND: Final[tuple[Any, ...]] = (None, True, 7, "x", "", [], {}, [None])
NUMBERS: Final = (0, -1, 1, 5, 6, 12, 13, 999, 1000, 9999, 10_000, 2**31 - 1, 2**31, 2**40, -5, 2**63)


def texts(field: Field) -> list[str]:
    """At and beyond the bounds of a field."""
    longest, shortest = field.max_length or 3000, field.min_length or 1
    return ["", "   ", "x" * longest, "x" * (longest + 1), "😀" * (longest // 2), "😀" * (longest // 2 + 1),
            "x" * (shortest - 1), "é" * longest, *field.choices, "4111 1111 1111 1111", "************1111",
            "4111111111111112", *SPELLINGS]  # fmt: skip


def values(field: Field) -> st.SearchStrategy[Any]:
    """What may come of a field in good hands and in bad ones."""
    if field.kind is Kind.TEXT:
        return st.sampled_from([*texts(field), *NOT_OF_A_KIND])
    if field.kind in (Kind.INT32, Kind.INT64, Kind.NUMBER):
        return st.sampled_from([*NUMBERS, "7", *NOT_OF_A_KIND])
    if field.kind is Kind.ARRAY and field.model is not None:
        starts: dict[str, dict[str, Any]] = {"ratings": RATINGS[0], "messages": {**MESSAGE}}
        rows = bodies(field.model, starts.get(field.name, {}))
        return st.one_of(st.lists(rows, max_size=3), st.sampled_from(NOT_OF_A_KIND))
    return st.sampled_from([False, "true", *NOT_OF_A_KIND])


def bodies(model: Model, start: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A body of this model with some fields replaced and some left out."""

    def one(name: str) -> st.SearchStrategy[tuple[str, Any]]:
        return st.tuples(st.just(name), values(model.fields[name]))

    changed = st.lists(st.sampled_from(sorted(model.fields)).flatmap(one), max_size=3).map(dict)
    dropped = st.sets(st.sampled_from([*sorted(start), "own"]), max_size=1)
    unknown = st.sampled_from([{}, {}, {}, {"own": 1}])
    return st.builds(
        lambda new, gone, own: {k: v for k, v in {**start, **new, **own}.items() if k not in gone},
        changed, dropped, unknown,
    )  # fmt: skip


def is_about_form(operation: AccountOperation, fault: tuple[str, str], body: dict[str, Any]) -> bool:
    """Whether a portal must refuse it, too. It may live with names that it does not know, with an integer as
    text, with another spelling of a card's type, and with a card number that is none beside a token or on an
    update."""
    where, what = fault
    name = where.rpartition(".")[2]
    held = body.get(name)
    if "expected an integer" in what and isinstance(held, str):
        return re.fullmatch(r"[0-9]+", held) is None
    if name == "cardNumber" and "Luhn" in what:
        return operation.operation_id == "insertCreditCard" and not body.get("creditCardNumberToken")
    return "has no field" not in what and not (name == "cardType" and held in SPELLINGS)


def opened(operation: AccountOperation) -> tuple[RawPortal, dict[str, Any]]:
    """A portal as the operation needs it, and a body that both sides take."""
    portal = RawPortal()
    start = template(portal, operation)
    if operation.operation_id == "register":
        portal.leave()
    return portal, start


@pytest.mark.parametrize("name", OBJECTS)
def test_there_is_a_body_that_both_sides_take(name: str) -> None:
    operation = OBJECTS[name]
    portal, start = opened(operation)
    path = portal.path_of(operation)
    for answer in (
        opened(operation)[0].send(operation, path, start),
        portal.take(build_account(operation, path, None, start)),
    ):
        assert answer.status in (200, 204), said(answer)


@pytest.mark.parametrize("name", OBJECTS)
@given(draw=st.data())
def test_client_and_portal_agree_on_the_form_of_bodies(name: str, draw: st.DataObject) -> None:
    operation = OBJECTS[name]
    portal, start = opened(operation)
    path, row = portal.path_of(operation), operation.body
    assert row is not None
    assert row.model is not None
    body = draw.draw(bodies(row.model, start), label="body")
    try:
        request = build_account(operation, path, None, body)
    except InvalidRequest as refused:
        if any(is_about_form(operation, fault, body) for fault in refused.faults):
            answer = portal.send(operation, path, body)
            assert answer.status == 400, (refused.faults, answer.status)
        return
    answer = portal.take(request)
    assert answer.status in (200, 204, 401) or BUSINESS.search(said(answer)), (answer.status, said(answer))


@given(
    email=st.sampled_from(["", "  ", "x" * 100, "x" * 101, "😀" * 50, "😀" * 51, 5, True, None, {}, ["x"]])
)
def test_they_agree_on_a_bare_text(email: Any) -> None:
    operation, portal = ACCOUNT_OPERATIONS["forgotPassword"], RawPortal()
    try:
        request = build_account(operation, None, {"merchantId": MERCHANT}, email)
    except InvalidRequest:
        assert portal.send(operation, {}, email).status == 400
    else:
        assert portal.take(request).status == 200


@given(
    given_query=st.fixed_dictionaries(
        {},
        optional={
            "merchantId": st.sampled_from([MERCHANT, "", " ", "x" * 50, "x" * 51]),
            "email": st.sampled_from(
                ["ann@mail.example", "", " ", "x" * 100, "x" * 101, "😀" * 50, "😀" * 51]
            ),
            "password": st.sampled_from(["secret", "", " ", "x" * 30, "x" * 31, "a&b=c+d é", "😀" * 16]),
        },
    )
)
def test_they_agree_on_what_logs_in_by_address(given_query: dict[str, str]) -> None:
    operation, portal = ACCOUNT_OPERATIONS["loginByQuery"], RawPortal()
    try:
        request = build_account(operation, None, {**given_query})
    except InvalidRequest:
        assert portal.ask("GET", f"/login?{urlencode(given_query)}").status == 400
    else:
        assert portal.take(request).status == 401
