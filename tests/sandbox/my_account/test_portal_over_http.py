"""The portal as it is served: cookies, pages of other origins, faults, and no key, quota or queue."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientResponse

from tests.sandbox.lab import Lab, lab, until
from tests.sandbox.my_account.visitor import ADDRESS, FIRST
from ucsync.sandbox.settings import Limit

PAGE = {"Origin": "http://localhost:3000"}


@asynccontextmanager
async def browsing(**settings: Any) -> AsyncIterator[Lab]:
    """A lab whose client keeps cookies of a host without a name, too."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with lab(**settings) as here, aiohttp.ClientSession(cookie_jar=jar) as client:
        yield replace(here, client=client)


def url(lab: Lab, path: str) -> str:
    return f"{lab.base}rest/myaccount{path}"


async def log_in(lab: Lab, **further: Any) -> ClientResponse:
    """The cookies stay in the lab's client, as in a browser."""
    email = lab.sandbox.merchant.shop.store.email(FIRST)
    body = {"merchantId": "DEMO", "email": email, "password": f"password-{FIRST}"}
    answer = await lab.client.post(url(lab, "/login"), json=body, **further)
    await answer.read()
    return answer


async def status(lab: Lab, path: str, method: str = "GET", **further: Any) -> int:
    async with lab.client.request(method, url(lab, path), **further) as answer:
        await answer.read()
        return answer.status


async def control(lab: Lab, path: str, wish: object = None) -> tuple[int, Any]:
    method = "GET" if wish is None else "POST"
    async with lab.client.request(method, f"{lab.base}sandbox/{path}", json=wish) as answer:
        return answer.status, await answer.json()


async def test_a_browser_with_its_cookies_is_logged_in() -> None:
    async with browsing() as here:
        assert await status(here, "/settings") == 401
        answer = await log_in(here)
        assert (answer.status, answer.content_type) == (200, "application/json")
        assert len(answer.headers.getall("Set-Cookie")) == 2
        assert answer.cookies["UltraCartShoppingCartID"].value == answer.headers["X-UC-Shopping-Cart-Id"]
        assert await status(here, "/settings") == 200
        assert await status(here, "/logout", "POST") == 204
        assert await status(here, "/settings") == 401


async def test_both_apis_have_the_same_customer() -> None:
    async with browsing() as here:
        await log_in(here)
        async with here.client.post(url(here, "/shippingAddresses"), json=ADDRESS) as answer:
            row = (await answer.json())["id"]
        _, _, document = await here.ask(f"/customer/customers/{FIRST}?_expand=shipping")
        assert document["customer"]["shipping"][-1]["customer_shipping_oid"] == row


async def test_neither_key_nor_quota_nor_queue_is_the_portals() -> None:
    async with browsing(limits=(Limit(1, 3600),), latency_s=1.0) as here:
        asked = [asyncio.ensure_future(status(here, "/loggedIn")) for _ in range(3)]
        await until(lambda: len(here.clock.slept_s) == 3)
        here.clock.wake.set()
        assert await asyncio.gather(*asked) == [200] * 3
        assert here.counted["requests"] == 3
        assert here.counted["in_flight_most"] == 0
        assert (await here.ask())[0] == 200
        assert (await here.ask())[0] == 429
        await control(here, "application", {"disabled": True})
        assert await status(here, "/loggedIn") == 200


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:3000", True),
        ("https://127.0.0.1", True),
        ("http://[::1]:8080", True),
        ("https://shop.example", True),
        ("https://other.example", False),
        ("http://localhost.other.example", False),
        ("null", False),
    ],
)
async def test_pages_of_known_origins_may_read_the_answers(origin: str, allowed: bool) -> None:
    async with browsing(origins=("https://shop.example",)) as here:
        asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        async with here.client.options(url(here, "/settings"), headers=asked) as before:
            assert (before.status, await before.read()) == (204, b"")
        async with here.client.get(url(here, "/settings"), headers={"Origin": origin}) as answer:
            assert answer.status == 401
        for headers in (before.headers, answer.headers):
            assert headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
            assert headers.get("Access-Control-Allow-Credentials") == ("true" if allowed else None)
            assert headers["Vary"] == "Origin"
        if allowed:
            assert "PUT" in before.headers["Access-Control-Allow-Methods"]
            assert "X-UC-Merchant-Id" in before.headers["Access-Control-Allow-Headers"]
            exposed = answer.headers["Access-Control-Expose-Headers"]
            assert all(name in exposed for name in ("UC-REST-ERROR", "X-UC-Shopping-Cart-Id"))
            assert "uc-pagination-total-records" in exposed


@pytest.mark.parametrize(
    ("fault", "answered"), [("500", 500), ("503-html", 503), ("429", 429), ("html", 200), ("garbage", 200)]
)
async def test_faults_that_answer(fault: str, answered: int) -> None:
    async with browsing() as here:
        await log_in(here)
        here.sandbox.faults = {fault: 1.0}
        async with here.client.post(url(here, "/shippingAddresses"), json=ADDRESS, headers=PAGE) as answer:
            body = await answer.read()
            assert answer.status == answered
        if fault in ("500", "429"):
            assert json.loads(body)["error"]
            assert answer.headers["Access-Control-Allow-Origin"] == PAGE["Origin"]
            assert answer.headers["UC-REST-ERROR"] == json.loads(body)["error"]
            assert fault == "500" or answer.headers["Retry-After"]
        else:
            with pytest.raises(ValueError, match=r"."):
                json.loads(body)
        truth = here.sandbox.portal.truth(FIRST)
        assert truth is not None
        assert any(row["city"] == "Ulm" for row in truth["shippingAddresses"]) is (fault == "garbage")


@pytest.mark.parametrize(("fault", "acted"), [("reset", False), ("lost-answer", True), ("truncate", True)])
async def test_faults_that_break_the_connection(fault: str, acted: bool) -> None:
    async with browsing() as here:
        await log_in(here)
        here.sandbox.faults = {fault: 1.0}
        with pytest.raises(aiohttp.ClientError):
            await status(here, "/billingAddresses", "POST", json=ADDRESS)
        truth = here.sandbox.portal.truth(FIRST)
        assert truth is not None
        assert any(row["city"] == "Ulm" for row in truth["billingAddresses"]) is acted


async def test_a_late_request_acts_when_its_time_comes() -> None:
    async with browsing() as here:
        await log_in(here)
        here.sandbox.faults = {"late": 1.0}
        with pytest.raises(aiohttp.ClientError):
            await status(here, "/billingAddresses", "POST", json=ADDRESS)
        await here.clock.sleeping.wait()
        here.clock.wake.set()
        await until(lambda: here.sandbox.counters.acting_later == 0)
        assert here.sandbox.merchant.shop.store.part(FIRST, "billing")[-1]["city"] == "Ulm"


async def test_the_merchants_work_goes_on_between_requests() -> None:
    async with browsing(churn={"insert": 1.0}) as here:
        count = here.sandbox.merchant.count()
        await status(here, "/loggedIn")
        assert here.sandbox.merchant.count() == count + 1


async def test_a_body_that_cannot_be_read_is_refused_in_the_portals_own_words() -> None:
    async with browsing() as here:
        sent = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        async with here.client.post(url(here, "/login"), data=b"x", headers=sent) as answer:
            assert answer.status == 415
            assert (await answer.json())["error"] == answer.headers["UC-REST-ERROR"]


async def test_the_lab_reads_mail_follows_links_and_knows_the_truth() -> None:
    async with browsing() as here:
        body = {"merchantId": "DEMO", "email": "newly@example.com", "password": "a secret"}
        assert await status(here, "/settings", "POST", json=body) == 200
        assert await status(here, "/login", "POST", json=body) == 401
        _, mail = await control(here, "mail")
        (link,) = mail["mail"]
        assert (link["to"], link["kind"]) == ("newly@example.com", "validation")
        code, done = await control(here, "my_account/validate", {"token": link["token"]})
        assert (code, done["redirect_url"]) == (200, "")
        assert (await control(here, "my_account/validate", {"token": link["token"]}))[0] == 400
        assert (await control(here, "my_account/validate", {"token": 1}))[0] == 400
        assert await status(here, "/login", "POST", json=body) == 200
        assert (await control(here, "my_account"))[1] == {"carts": 1, "logged_in": 1}
        code, truth = await control(here, f"my_account/{done['validated']}")
        assert truth["account"]["email"] == "newly@example.com"
        assert (await control(here, "my_account/12"))[0] == 404


async def test_the_lab_places_an_order_that_the_customer_sees() -> None:
    async with browsing(orders={FIRST: 0}) as here:
        await log_in(here)
        code, done = await control(here, "orders", {"place": {"customer_profile_oid": FIRST}})
        assert code == 200
        async with here.client.get(url(here, "/orders")) as answer:
            assert [row["orderId"] for row in await answer.json()] == [done["placed"]]
        assert (await control(here, "orders", {"place": {"customer_profile_oid": 12}}))[0] == 400
        assert (await control(here, "settings"))[1]["orders"] == {str(FIRST): 0}
