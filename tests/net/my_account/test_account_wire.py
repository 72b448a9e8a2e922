"""What the transport of accounts sends besides, and that it shares its manners with the Customer client."""

import asyncio
from typing import Any

import pytest

from tests.net.my_account.scripted_account import ACCOUNT, ANN, MERCHANT, NOT_LOGGED_IN, account, cart
from tests.net.scripted import answer, broken
from ucsync import ClientSettings
from ucsync.model import (
    AnswerUnusable,
    ConfigurationInvalid,
    ConnectionLost,
    InvalidRequest,
    NotFound,
    Outcome,
    RateLimited,
    ServerFault,
)
from ucsync.net import ACCOUNT_PATH, AiohttpTransport, MyAccount, api_address
from ucsync.testing import Cut, run_virtual
from ucsync.ultracart.codec import decode_json
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS, build_account
from ucsync.ultracart.my_account import models as m

ADDRESS: dict[str, Any] = {
    "firstName": "Ann", "lastName": "Example", "address1": "1 Mill Lane", "city": "Oslo", "state": "Oslo",
    "postalCode": "0150", "country": "Norway",
}  # fmt: skip


def test_every_operation_is_a_coroutine_of_its_name() -> None:
    assert not [row.name for row in ACCOUNT_OPERATIONS.values() if not hasattr(MyAccount, row.name)]


def test_every_argument_goes_out_under_the_vendors_name() -> None:
    async def main() -> None:
        async with account(answer([])) as (client, server):
            await client.get_orders(page_number=2, page_size=3, search="a b", filter_time="year-2026")
            await client.get_not_reviewed_yet(page_number=2, page_size=3)
            pixels = {"thumbnail_width": 40, "thumbnail_height": 30}
            await client.get_reviews(page_number=2, page_size=3, thumbnail_square=True, **pixels)
            await client.get_wishlist(page_size=3, sort_by="price_asc", thumbnail_square=False, **pixels)
            assert [one async for one in client.orders(search="a", filter_time="last30days")] == []
            assert [one async for one in client.wishlist(sort_by="price_desc")] == []
            whole = "pageNumber=1&pageSize=10"
            thumbnails = "thumbnailWidth=40&thumbnailHeight=30&thumbnailSquare"
            assert [target.partition("?")[2] for _, target in server.seen] == [
                "pageNumber=2&pageSize=3&search=a%20b&_filterTime=year-2026",
                "pageNumber=2&pageSize=3",
                f"pageNumber=2&pageSize=3&{thumbnails}=true",
                f"pageSize=3&{thumbnails}=false&sortBy=price_asc",
                f"{whole}&search=a&_filterTime=last30days",
                f"{whole}&sortBy=price_desc",
            ]
        async with account(answer({"message": "see your mail"})) as (client, server):
            wish: m.MyAccountDetail = {"email": ANN.email, "password": ANN.password.reveal()}
            await client.register(wish, redirect_url="https://shop.example/in?a=b", theme_code="dark")
            assert decode_json(server.bodies[0]) == {**wish, "merchantId": MERCHANT}
            query = "redirectUrl=https%3A%2F%2Fshop.example%2Fin%3Fa%3Db&themeCode=dark"
            assert server.seen == [("POST", f"/rest/myaccount/settings?{query}")]

    run_virtual(main())


def test_every_cookie_of_an_answer_is_handed_over_as_it_came() -> None:
    async def main() -> None:
        two = answer(ACCOUNT, headers={"Set-Cookie": "UltraCartMerchantID=DEMO; Path=/"})
        async with account(two) as (client, _):
            await client.login()
            assert client.session.cart_id is None

    run_virtual(main())


def test_reads_are_repeated_and_writes_are_not() -> None:
    async def main() -> None:
        async with account(broken, answer([{"id": 1}])) as (client, server):
            assert await client.get_billing_addresses() == [{"id": 1}]
            assert len(server.seen) == 2
        for failing, kind in ((broken, ConnectionLost), (answer(status=500), ServerFault)):
            async with account(failing, answer({"id": 1})) as (client, server):
                with pytest.raises(kind) as caught:
                    await client.insert_billing_address({**ADDRESS})  # type: ignore[typeddict-item]
                assert caught.value.outcome is Outcome.UNKNOWN
                assert len(server.seen) == 1

    run_virtual(main())


def test_a_wait_that_the_server_asks_for_is_kept_even_by_a_login() -> None:
    async def main() -> None:
        busy = answer({"error": "busy"}, status=429, headers={"Retry-After": "7"})
        async with account(busy, cart()) as (client, _):
            started_s = asyncio.get_running_loop().time()
            await client.login()
            assert asyncio.get_running_loop().time() - started_s >= 7
        once = ClientSettings(requests_per_s=None)
        late = answer({"error": "busy"}, status=503, headers={"Retry-After": "4000"})
        async with account(late, settings=once) as (client, server):
            with pytest.raises(ServerFault) as caught:
                await client.get_settings()
            assert caught.value.wait_s == 4000
            assert len(server.seen) == 1
            with pytest.raises(RateLimited, match="not sent"):
                await client.get_settings()
            assert len(server.seen) == 1

    run_virtual(main())


def test_one_request_at_a_time() -> None:
    async def main() -> None:
        async with account(cart()) as (client, server):
            at_once, most = 0, 0
            inner = server.replies[0]

            async def counted(request: Any) -> Any:
                nonlocal at_once, most
                at_once += 1
                most = max(most, at_once)
                await asyncio.sleep(0.1)
                at_once -= 1
                return await inner(request)

            server.replies[0] = counted
            await asyncio.gather(*(client.logged_in() for _ in range(5)))
            assert most == 1

    run_virtual(main())


def test_an_answer_that_breaks_off_is_no_answer() -> None:
    async def main() -> None:
        whole = cart()
        for after in (0, 40, 120):
            async with account(whole, cut=Cut(after_to_client=after)) as (client, _):
                with pytest.raises(ConnectionLost) as caught:
                    await client.login()
                assert caught.value.outcome is Outcome.UNKNOWN

    run_virtual(main())


def test_odd_answers_are_errors_and_odd_values_are_not() -> None:
    async def main() -> None:
        html = answer(body=b"<html>", content_type="text/html")
        redirect = answer(status=302, headers={"Location": "https://elsewhere.example/login"})
        for reply, kind in ((html, AnswerUnusable), (redirect, AnswerUnusable), (answer({}), NotFound)):
            async with account(reply) as (client, _):
                with pytest.raises(kind):
                    await client.get_settings()
        async with account(answer({"firstName": 7, "own": True})) as (client, _):
            told = await client.call("getSettings")
            assert told.value == {"firstName": 7, "own": True}
            assert [fault.path for fault in told.odd] == ["answer.firstName"]

    run_virtual(main())


def test_a_server_beside_a_transport_is_refused_and_so_is_a_password_in_clear() -> None:
    settings = ClientSettings()
    transport = AiohttpTransport("http://localhost", None, settings, base_path=ACCOUNT_PATH)
    with pytest.raises(ConfigurationInvalid, match="a server or a transport"):
        MyAccount(MERCHANT, ANN, server="https://secure.ultracart.com", transport=transport)
    with pytest.raises(ConfigurationInvalid, match="clear"):
        MyAccount(MERCHANT, ANN, server="http://secure.ultracart.com")
    address = api_address("https://secure.ultracart.com/", ACCOUNT_PATH)
    assert address == "https://secure.ultracart.com/rest/myaccount"


def test_a_client_is_used_while_it_is_open_and_in_one_loop() -> None:
    async def main() -> None:
        client = MyAccount(MERCHANT, ANN)
        with pytest.raises(InvalidRequest, match="async with MyAccount"):
            await client.get_settings()
        async with account(NOT_LOGGED_IN) as (opened, _):
            pass
        with pytest.raises(InvalidRequest, match="async with MyAccount"):
            await opened.get_settings()
        transport = AiohttpTransport("http://localhost", None, ClientSettings(), base_path=ACCOUNT_PATH)
        await transport.close()
        with pytest.raises(InvalidRequest, match="closed"):
            await transport.send(build_account(ACCOUNT_OPERATIONS["loggedIn"]))

    run_virtual(main())
