"""Neither password nor card number, address, name or cart is shown, whatever goes wrong, whoever says it."""

import pickle
from typing import Any

import pytest

from tests.house import ONCE
from tests.net.my_account.account_scenarios import ADDRESS, CARD, NUMBER, PLACE
from tests.net.my_account.portal_house import OID, WAYS, PortalHouse, in_memory, portal
from tests.net.my_account.portal_watch import FORBIDDEN, forbid, nothing_forbidden_is_shown
from tests.net.my_account.scripted_account import ANN, CART, EMAIL, MERCHANT, PASSWORD, account, cart
from tests.net.my_account.test_account_operations import ARGUMENTS, FAULTS
from tests.net.scripted import answer
from tests.watch import SHOWN, note
from ucsync import Secret
from ucsync.model import UcsyncError, Unauthorised
from ucsync.testing import run_virtual
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS, Session, build_account
from ucsync.ultracart.my_account.operations import Gives

SURNAME, MESSAGE = "Quillenberry", "please call my neighbour Zebedee"
SECRETS = (EMAIL, PASSWORD, CART, NUMBER, NUMBER.replace(" ", ""), SURNAME, MESSAGE, "Zebedee", "11222333444")

#: What is sent, full of what must not be shown.
SENT: dict[str, object] = {
    **{name: body for name, (_, body) in ARGUMENTS.items()},
    "login": ANN.as_sent(MERCHANT),
    "register": {**PLACE, "merchantId": MERCHANT, "email": EMAIL, "password": PASSWORD, "lastName": SURNAME},
    "updateSettings": {**PLACE, "lastName": SURNAME, "taxId": "11222333444"},
    "changePassword": {"oldPassword": PASSWORD, "newPassword": f"{PASSWORD}2"},
    "forgotPassword": EMAIL,
    "insertShippingAddress": {**ADDRESS, "lastName": SURNAME},
    "updateBillingAddress": {**ADDRESS, "lastName": SURNAME},
    "insertCreditCard": {**CARD},
    "insertOrderCase": {"subject": SURNAME, "messages": [{"message": MESSAGE}]},
    "insertOrderCaseMessage": {"message": MESSAGE},
    "insertWishlistItem": {"itemId": "A", "comments": MESSAGE},
}
QUERIES: dict[str, dict[str, object]] = {
    "loginByQuery": {**ANN.as_sent(MERCHANT)},
    "getOrders": {"search": SURNAME},
}


@pytest.fixture(autouse=True)
def nothing_of_the_customers_is_shown() -> object:
    """By any error, log or repr of the test."""
    FORBIDDEN.clear()
    forbid(*SECRETS)
    yield
    assert SHOWN
    nothing_forbidden_is_shown()


@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500])
def test_a_server_that_repeats_everything_is_not_repeated(status: int) -> None:

    async def main() -> None:
        for name, row in ACCOUNT_OPERATIONS.items():
            path, query, body = ARGUMENTS.get(name, (None, None))[0], QUERIES.get(name), SENT.get(name)
            text = f"Refused {EMAIL}, {PASSWORD}, {CART}, 11222333444: {', '.join(texts(query, body))}."
            echo = answer({"error": text}, status=status, headers={"UC-REST-ERROR": text})
            plain = answer(body=text.encode(), status=status, content_type="text/plain")
            for said in (echo, plain):
                if status == 200 and said is plain and row.gives in (Gives.TEXT, Gives.ANYTHING):
                    continue  # that text is the answer
                async with account(cart(), said, settings=ONCE) as (client, _server):
                    await client.login()
                    with pytest.raises(UcsyncError) as caught:
                        await client.call(name, path, query, body)
                    note(pickle.loads(pickle.dumps(caught.value)))  # noqa: S301  (our own bytes)

    run_virtual(main())


def texts(*held: object) -> list[str]:
    """All strings in these, however deep."""
    found = []
    for one in held:
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, dict):
            found += texts(*one.values())
        elif isinstance(one, list):
            found += texts(*one)
    return found


def test_what_is_refused_before_it_is_sent_is_named_and_not_shown() -> None:
    async def main() -> None:
        async with account(cart()) as (client, server):
            for name, body in SENT.items():
                path, _ = ARGUMENTS.get(name, (None, None))
                wrong = (
                    [body] if not isinstance(body, dict) else {held: [text] for held, text in body.items()}
                )
                odd = body if not isinstance(body, dict) else {**body, SURNAME: MESSAGE, NUMBER: 1, EMAIL: 2}
                for sent in (wrong, odd, None):
                    if sent == body:
                        continue
                    with pytest.raises(UcsyncError) as caught:
                        await client.call(name, path, None, sent)
                    assert name in str(caught.value)
            for query in ({"pageSize": EMAIL}, {"_filterTime": SURNAME}, {NUMBER: 1}):
                with pytest.raises(UcsyncError):
                    await client.call("getOrders", None, query)  # type: ignore[arg-type]  # as a caller may err
            assert server.seen == []

    # a name that has the form of one is shown, so that it can be mended
    FORBIDDEN.discard(SURNAME.lower())
    run_virtual(main())


def test_nothing_that_holds_a_secret_renders_it() -> None:
    session = Session(MERCHANT, Secret(CART))
    requests = [
        session.on(
            build_account(row, ARGUMENTS.get(name, (None, None))[0], QUERIES.get(name), SENT.get(name))
        )
        for name, row in ACCOUNT_OPERATIONS.items()
    ]
    note(ANN, session, *requests)


@pytest.mark.parametrize("way", WAYS)
def test_the_portal_and_its_faults_bring_nothing_to_light(way: str) -> None:
    async def scenario(house: PortalHouse) -> None:
        forbid(*SECRETS, house.truth()["account"]["lastName"])
        client = await house.someone()
        for fault in ("", *FAULTS) if way == "memory" else ("",):
            for name, row in ACCOUNT_OPERATIONS.items():
                if name in ("logout", "logoutByQuery", "deleteSettings"):
                    continue
                path, query = ARGUMENTS.get(name, (None, None))[0], QUERIES.get(name)
                house.sandbox.faults = {fault: 1.0} if fault else {}
                try:
                    note(await client.call(name, path, query, SENT.get(name)))
                except UcsyncError as failure:
                    note(failure)
                house.sandbox.faults = {}
                assert row is not None
        note(house.account, house.sandbox.portal)

    WAYS[way](scenario, portal(3, latency_s=0.0), ONCE)


def test_even_a_server_that_shows_whole_numbers_is_not_quoted() -> None:
    async def scenario(house: PortalHouse) -> None:
        forbid(NUMBER, NUMBER.replace(" ", ""), f"password-{OID}")
        card = await house.account.insert_credit_card(CARD)
        assert "1111111" in str(card["cardNumber"])
        told: dict[str, Any] = {**await house.account.get_settings()}
        assert told["password"] == f"password-{OID}"
        with pytest.raises(Unauthorised):
            await house.account.change_password(Secret("not-it-at-all"), Secret("whatever-1"))

    in_memory(scenario, portal(quirks=frozenset({"account-unmasked"})))
