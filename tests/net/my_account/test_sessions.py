"""What identifies the customer goes out as the vendor says; a session that has run out is renewed once."""

import asyncio
import logging

import pytest
from aiohttp import web

from tests.net.my_account.portal_watch import FORBIDDEN, forbid, nothing_forbidden_is_shown
from tests.net.my_account.scripted_account import (
    ACCOUNT,
    ANN,
    CART,
    EMAIL,
    MERCHANT,
    NOT_LOGGED_IN,
    PASSWORD,
    account,
    cart,
)
from tests.net.scripted import answer, broken
from ucsync import ClientSettings, Secret
from ucsync.model import (
    ConfigurationInvalid,
    ConnectionLost,
    InvalidRequest,
    LoginRefused,
    Outcome,
    SessionExpired,
    Unauthorised,
)
from ucsync.net import MyAccount
from ucsync.testing import run_virtual
from ucsync.ultracart.codec import decode_json
from ucsync.ultracart.my_account import Credentials, Session

BASE = "/rest/myaccount"
WRONG = answer({"error": "Invalid login."}, status=401)
NOTHING = answer(status=204)
BOOK = answer([{"id": 1}])
LOGIN, SETTINGS = ("POST", f"{BASE}/login"), ("GET", f"{BASE}/settings")


@pytest.fixture(autouse=True)
def nothing_of_the_customer_is_shown() -> object:
    """Neither address nor password nor cart, whatever goes wrong."""
    FORBIDDEN.clear()
    yield
    nothing_forbidden_is_shown()


def test_the_merchant_goes_out_from_the_first_request_on_and_never_a_word_for_nothing() -> None:
    async def main() -> None:
        async with account(answer({}), credentials=None) as (client, server):
            assert await client.logged_in() is None
        (headers,) = server.headers
        assert server.seen == [("GET", f"{BASE}/loggedIn")]
        assert headers["X-UC-Merchant-Id"] == MERCHANT
        assert headers["Cache-Control"] == "no-cache"
        assert headers["Cookie"] == f"UltraCartMerchantID={MERCHANT}"
        assert "X-UC-Shopping-Cart-Id" not in headers
        assert not {"x-ultracart-simple-key", "authorization"} & {name.lower() for name in headers}
        assert "null" not in str(headers).lower()

    run_virtual(main())


@pytest.mark.parametrize("name", ["UltraCartShoppingCartID", "UltraCartShoppingCartId"])
def test_the_cart_of_a_cookie_in_either_spelling_goes_out_as_header_and_cookie(name: str) -> None:
    async def main() -> None:
        async with account(cart(name=name), answer(ACCOUNT)) as (client, server):
            await client.login()
            assert client.session == Session(MERCHANT, Secret(CART))
            await client.get_settings()
        assert server.headers[1]["X-UC-Shopping-Cart-Id"] == CART
        sent = f"UltraCartMerchantID={MERCHANT}; UltraCartShoppingCartID={CART}"
        assert server.headers[1]["Cookie"] == sent

    run_virtual(main())


def test_the_cart_of_an_echoed_header_is_kept_too_and_an_odd_one_is_not() -> None:
    async def main() -> None:
        replies = [answer(ACCOUNT, headers={"X-UC-Shopping-Cart-Id": text}) for text in (CART, "null")]
        async with account(*replies, answer(ACCOUNT)) as (client, server):
            for _ in range(3):
                await client.get_settings()
        assert [headers.get("X-UC-Shopping-Cart-Id") for headers in server.headers] == [None, CART, CART]

    run_virtual(main())


def test_a_call_that_needs_a_login_logs_in_and_is_repeated_once() -> None:
    async def main() -> None:
        async with account(NOT_LOGGED_IN, cart(), answer(ACCOUNT)) as (client, server):
            assert await client.get_settings() == ACCOUNT
            assert client.requests_sent == 3
        assert server.seen == [SETTINGS, LOGIN, SETTINGS]
        assert decode_json(server.bodies[1]) == ANN.as_sent(MERCHANT)
        assert server.headers[2]["X-UC-Shopping-Cart-Id"] == CART

    run_virtual(main())


@pytest.mark.parametrize("in_flight_max", [1, 4, 20])
def test_twenty_tasks_share_one_login(in_flight_max: int) -> None:
    async def main() -> None:
        many = [NOT_LOGGED_IN] * in_flight_max
        settings = ClientSettings(requests_per_s=None, in_flight_max=in_flight_max)
        async with account(*many, cart(), answer(ACCOUNT), settings=settings) as (client, server):
            found = await asyncio.gather(*(client.get_settings() for _ in range(20)))
        assert found == [ACCOUNT] * 20
        assert server.seen.count(LOGIN) == 1
        assert len(server.seen) == 20 + in_flight_max + 1

    run_virtual(main())


def test_a_second_401_right_after_a_login_is_the_end_of_it() -> None:
    async def main() -> None:
        async with account(NOT_LOGGED_IN, cart(), NOT_LOGGED_IN) as (client, server):
            with pytest.raises(SessionExpired) as caught:
                await client.get_orders()
        assert len(server.seen) == 3
        assert (caught.value.status, caught.value.outcome) == (401, Outcome.REFUSED)
        assert caught.value.exit_code == 77

    run_virtual(main())


def test_without_credentials_an_expired_session_is_told_at_once() -> None:
    async def main() -> None:
        session = Session(MERCHANT, Secret(CART))
        async with account(NOT_LOGGED_IN, credentials=None, session=session) as (client, server):
            with pytest.raises(SessionExpired, match="no password at hand"):
                await client.get_settings()
            with pytest.raises(InvalidRequest, match="this client has none"):
                await client.login()
        assert server.seen == [SETTINGS]

    run_virtual(main())


def test_a_refused_password_is_sent_once_and_never_again() -> None:
    async def main() -> None:
        async with account(WRONG, NOT_LOGGED_IN) as (client, server):
            with pytest.raises(LoginRefused) as first:
                await client.login()
            assert (first.value.status, first.value.outcome) == (401, Outcome.REFUSED)
            for again in (client.login, client.login_by_query, client.get_settings):
                with pytest.raises(LoginRefused) as caught:
                    await again()
                assert (caught.value.status, caught.value.outcome) == (None, Outcome.NOT_SENT)
        assert server.seen == [LOGIN, SETTINGS]
        assert first.value.exit_code == 77

    run_virtual(main())


@pytest.mark.parametrize("in_flight_max", [1, 10])
def test_tasks_that_wait_do_not_send_a_refused_password_again(in_flight_max: int) -> None:
    async def main() -> None:
        settings = ClientSettings(requests_per_s=None, in_flight_max=in_flight_max)
        async with account(NOT_LOGGED_IN, settings=settings) as (client, server):
            calls = [client.get_settings() for _ in range(5)] + [client.login() for _ in range(5)]
            ends = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(end) for end in ends} == {LoginRefused}
        assert server.seen.count(LOGIN) == 1

    run_virtual(main())


@pytest.mark.parametrize("order", [("login", "loggedIn"), ("loggedIn", "login")])
def test_an_answer_that_was_overtaken_does_not_take_the_cart_of_a_login_away(order: tuple[str, ...]) -> None:
    goes = {name: asyncio.Event() for name in order}
    carts = {"login": CART, "loggedIn": "another.Cart"}
    forbid(carts["loggedIn"])

    async def held(request: web.Request) -> web.StreamResponse:
        name = request.path.rpartition("/")[2]
        await goes[name].wait()
        return await cart(carts[name])(request)

    async def main() -> None:
        settings = ClientSettings(requests_per_s=None, in_flight_max=2)
        async with account(held, settings=settings) as (client, server):
            calls = {"login": client.login, "loggedIn": client.logged_in}
            tasks = {name: asyncio.create_task(calls[name]()) for name in order}
            while len(server.seen) < 2:  # noqa: ASYNC110  (virtual time; both are under way)
                await asyncio.sleep(0.1)
            for name in order:
                goes[name].set()
                await tasks[name]
            assert client.session.cart_id == Secret(CART)

    run_virtual(main())


def test_a_401_of_what_needs_no_login_does_not_log_in() -> None:
    async def main() -> None:
        async with account(NOT_LOGGED_IN) as (client, server):
            for call in (client.logged_in, client.logout, lambda: client.forgot_password(EMAIL)):
                with pytest.raises(Unauthorised) as caught:
                    await call()
                assert type(caught.value) is Unauthorised
        assert len(server.seen) == 3

    run_virtual(main())


def test_other_credentials_may_be_tried_after_a_refusal_and_become_the_clients_own() -> None:
    async def main() -> None:
        right = Credentials(EMAIL, Secret("other-Password+2"))
        forbid("other-Password+2")
        replies = (WRONG, cart(), NOT_LOGGED_IN, cart(), answer(ACCOUNT))
        async with account(*replies) as (client, server):
            with pytest.raises(LoginRefused):
                await client.login()
            assert (await client.login(right)).get("customerProfileId") == 7
            await client.get_settings()
        assert [decode_json(server.bodies[at]) for at in (1, 3)] == [right.as_sent(MERCHANT)] * 2

    run_virtual(main())


def test_a_login_by_query_counts_as_well() -> None:
    async def main() -> None:
        odd = Credentials("ann+tag@mail.example", Secret("a b&c=d/é%"))
        forbid("ann+tag@mail.example", "a b&c=d/é%")
        async with account(WRONG, credentials=odd) as (client, server):
            with pytest.raises(LoginRefused):
                await client.login_by_query()
            with pytest.raises(LoginRefused, match="not sent"):
                await client.login()
        ((method, target),) = server.seen
        assert (method, target.partition("?")[0]) == ("GET", f"{BASE}/login")

    run_virtual(main())


def test_a_login_without_an_answer_is_not_repeated_and_the_next_call_finds_its_way() -> None:
    async def main() -> None:
        replies = (NOT_LOGGED_IN, broken, NOT_LOGGED_IN, cart(), answer(ACCOUNT))
        async with account(*replies) as (client, server):
            with pytest.raises(ConnectionLost) as caught:
                await client.get_settings()
            assert (caught.value.operation_id, caught.value.outcome) == ("login", Outcome.UNKNOWN)
            assert await client.get_settings() == ACCOUNT
        assert server.seen == [SETTINGS, LOGIN, SETTINGS, LOGIN, SETTINGS]

    run_virtual(main())


def test_who_logs_out_stays_out_until_the_next_login() -> None:
    async def main() -> None:
        replies = (cart(), NOTHING, NOT_LOGGED_IN, cart(), answer(ACCOUNT))
        async with account(*replies) as (client, server):
            await client.login()
            await client.logout()
            with pytest.raises(SessionExpired, match="logged out"):
                await client.get_settings()
            await client.login()
            await client.get_settings()
        assert len(server.seen) == 5

    run_virtual(main())


def test_a_changed_password_is_the_one_to_log_in_with_from_then_on() -> None:
    async def main() -> None:
        new = "new-Password+3"
        forbid(new)
        replies = (cart(), NOTHING, NOT_LOGGED_IN, cart(), answer(ACCOUNT))
        async with account(*replies) as (client, server):
            await client.login()
            await client.change_password(Secret(PASSWORD), Secret(new))
            await client.get_settings()
        assert decode_json(server.bodies[3])["password"] == new

    run_virtual(main())


def test_a_wrong_old_password_is_sent_once_and_is_no_expired_session() -> None:
    async def main() -> None:
        forbid("not-the-old-one")
        async with account(NOT_LOGGED_IN, answer(ACCOUNT)) as (client, server):
            with pytest.raises(Unauthorised) as caught:
                await client.change_password(Secret("not-the-old-one"), Secret("x" * 8))
        assert type(caught.value) is Unauthorised
        assert [target for _, target in server.seen] == [f"{BASE}/changePassword", f"{BASE}/loggedIn"]

    run_virtual(main())


def test_a_password_is_changed_although_the_session_had_run_out() -> None:
    async def main() -> None:
        replies = (NOT_LOGGED_IN, answer({}), cart(), NOTHING)
        async with account(*replies) as (client, server):
            await client.change_password(Secret(PASSWORD), Secret("x" * 8))
        names = [target.removeprefix(f"{BASE}/") for _, target in server.seen]
        assert names == ["changePassword", "loggedIn", "login", "changePassword"]

    run_virtual(main())


def test_a_task_that_is_given_up_while_it_logs_in_leaves_the_others_a_way() -> None:
    asked = asyncio.Event()

    async def never(_request: web.Request) -> web.StreamResponse:
        asked.set()
        await asyncio.Event().wait()
        return web.Response()

    async def main() -> None:
        async with account(NOT_LOGGED_IN, never, NOT_LOGGED_IN, cart(), answer(ACCOUNT)) as (client, server):
            tasks = [asyncio.create_task(client.get_settings()) for _ in range(3)]
            await asked.wait()
            tasks[0].cancel()
            found = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(found[0], asyncio.CancelledError)
        assert found[1:] == [ACCOUNT, ACCOUNT]
        assert server.seen.count(LOGIN) == 2

    run_virtual(main())


def test_one_customers_session_is_not_taken_for_another_merchants() -> None:
    with pytest.raises(ConfigurationInvalid, match="another merchant"):
        MyAccount(MERCHANT, session=Session("OTHER", Secret(CART)))
    with pytest.raises(ConfigurationInvalid):
        MyAccount("null", ANN)


def test_the_log_tells_operation_and_status_and_nothing_of_the_customer(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        async with account(NOT_LOGGED_IN, cart(), BOOK) as (client, _):
            await client.get_shipping_addresses()

    with caplog.at_level(logging.INFO, "ucsync.net"):
        run_virtual(main())
    lines = [
        record.getMessage().partition(", ")[0] for record in caplog.records if record.name == "ucsync.net"
    ]
    assert lines == ["getShippingAddresses: 401", "login: 200", "getShippingAddresses: 200"]
