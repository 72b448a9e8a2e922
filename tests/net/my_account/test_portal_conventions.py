"""The portal answers the vendor's own pages: what their script sends is spoken here, request by request."""

import json
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import aiohttp
import pytest

from tests.net.my_account.account_scenarios import ADDRESS, CARD
from tests.net.my_account.portal_house import (
    MERCHANT,
    OID,
    WAYS,
    PortalHouse,
    in_memory,
    over_sockets,
    portal,
)
from ucsync.ultracart.codec import decode_json
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS

ORIGIN = "http://localhost:8000"
PAGING = {f"uc-pagination-{name}" for name in ("page-size", "page-number", "total-records", "total-pages")}
EXPOSED = {"uc-rest-error", "x-uc-shopping-cart-id", *PAGING}


@dataclass
class Answer:
    """Status, headers with names in lower case, and the body, decoded where it is JSON."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class Script:
    """The vendor's script in a page: it reads the two cookies and sends them as headers; what it has not goes
    out as the text `null`. A page of the hosted portal leaves the headers out, and the browser adds cookies.

    Attributes:
        jar: `document.cookie`.
        hosted: whether the browser adds cookies, instead of the script headers.
    """

    browser: aiohttp.ClientSession
    hosted: bool = False
    origin: str | None = None
    jar: dict[str, str] = field(default_factory=dict)
    millis: int = 1_496_400_000_000

    async def ask(self, method: str, target: str, body: Any = None, **headers: str) -> Answer:
        sent = {"cache-control": "no-cache", "Accept": "application/json, text/javascript, */*; q=0.01"}
        if self.hosted:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        else:
            sent["X-UC-Merchant-Id"] = self._cookie("UltraCartMerchantID")
            sent["X-UC-Shopping-Cart-Id"] = self._cookie("UltraCartShoppingCartID")
        if self.origin:
            sent["Origin"] = self.origin
        if method == "GET":  # jQuery's `cache: false`
            self.millis += 1
            target += f"{'&' if '?' in target else '?'}_={self.millis}"
        data = None
        if body is not None:
            sent["Content-Type"] = "application/json; charset=UTF-8"
            data = json.dumps(body)
        url = f"/rest/myaccount{target}"
        async with self.browser.request(method, url, data=data, headers=sent | headers) as answer:
            for text in answer.headers.getall("Set-Cookie", ()):
                self.jar.update({name: morsel.value for name, morsel in SimpleCookie(text).items()})
            raw = await answer.read()
            plain = "json" not in answer.headers.get("Content-Type", "")
            found = raw.decode() if plain or not raw else decode_json(raw)
            return Answer(answer.status, {name.lower(): held for name, held in answer.headers.items()}, found)

    async def log_in(self, house: PortalHouse) -> Answer:
        body = {"merchantId": MERCHANT, "email": house.email(), "password": f"password-{OID}"}
        return await self.ask("POST", "/login", body)

    def _cookie(self, name: str) -> str:
        return self.jar.get(name, "null")


async def scripted(house: PortalHouse, **further: Any) -> Script:
    """A page with the merchant's id, which its window or its cookie has, and no cart yet."""
    script = Script(await house.browser(), **further)
    script.jar["UltraCartMerchantID"] = MERCHANT
    return script


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("hosted", [False, True])
def test_the_page_logs_in_reads_and_logs_out(way: str, hosted: bool) -> None:
    async def scenario(house: PortalHouse) -> None:
        script = await scripted(house, hosted=hosted)
        nobody = await script.ask("GET", "/loggedIn")
        assert (nobody.status, nobody.body) == (200, {})
        refused = await script.ask("GET", "/settings")
        assert refused.status == 401
        assert refused.headers["uc-rest-error"]
        assert refused.body == {"error": refused.headers["uc-rest-error"]}
        account = await script.log_in(house)
        assert account.body["email"] == house.email()
        assert set(script.jar) == {"UltraCartMerchantID", "UltraCartShoppingCartID"}
        assert (await script.ask("GET", "/settings")).body == account.body
        assert (await script.ask("GET", "/logout")).status in (200, 204)
        assert (await script.ask("GET", "/loggedIn")).body == {}

    WAYS[way](scenario)


def test_cookies_count_in_either_spelling_and_headers_before_cookies() -> None:
    async def scenario(house: PortalHouse) -> None:
        script = await scripted(house)
        await script.log_in(house)
        cart = script.jar["UltraCartShoppingCartID"]
        for names in ("UltraCartMerchantId={}; UltraCartShoppingCartId={}",
                      "ultracartmerchantid={}; ULTRACARTSHOPPINGCARTID={}"):  # fmt: skip
            sent = Script(script.browser, hosted=True)
            cookie = names.format(MERCHANT, cart)
            assert (await sent.ask("GET", "/settings", Cookie=cookie)).status == 200
            overruled = {"Cookie": cookie, "X-UC-Shopping-Cart-Id": "no-such-cart"}
            assert (await sent.ask("GET", "/settings", **overruled)).status == 401
            nothing = {"Cookie": cookie, "X-UC-Shopping-Cart-Id": "null", "X-UC-Merchant-Id": "undefined"}
            assert (await sent.ask("GET", "/settings", **nothing)).status == 200

    in_memory(scenario)


def test_empty_paging_values_and_the_time_that_jquery_adds_are_as_good_as_absent() -> None:
    async def scenario(house: PortalHouse) -> None:
        script = await scripted(house)
        await script.log_in(house)
        plain = await script.ask("GET", "/orders")
        assert len(plain.body) == 10
        empty = "pageNumber=&pageSize=&search=&_filterTime="
        assert (await script.ask("GET", f"/orders?{empty}")).body == plain.body
        assert (await script.ask("GET", "/orders?pageNumber=0&pageSize=999")).body == plain.body
        figures = {name: plain.headers[name] for name in PAGING}
        assert figures == dict(zip(sorted(PAGING), ("1", "10", "3", "25"), strict=True))
        beyond = await script.ask("GET", "/orders?pageNumber=77&pageSize=10")
        assert (beyond.body, beyond.headers["uc-pagination-total-records"]) == ([], "25")
        thumbnails = "thumbnailWidth=80&thumbnailHeight=80&thumbnailSquare=true"
        wishes = await script.ask("GET", f"/wishlist?pageNumber=&pageSize=&{thumbnails}&sortBy=")
        assert wishes.status == 200

    in_memory(scenario)


def test_new_records_go_out_with_ids_that_are_none() -> None:
    async def scenario(house: PortalHouse) -> None:
        script = await scripted(house)
        await script.log_in(house)
        for book in ("shippingAddresses", "billingAddresses"):
            fresh = await script.ask("POST", f"/{book}", {**ADDRESS, "id": 0})
            assert fresh.status == 200
            assert fresh.body["id"] > 0
            again = {**ADDRESS, "id": None, "city": "Utica"}
            assert (await script.ask("POST", f"/{book}", again)).status == 200
            broken = await script.ask("POST", f"/{book}", {**ADDRESS, "id": "", "city": "Rome"})
            assert broken.status == 400
            changed = {**fresh.body, "city": "Albany", "id": str(fresh.body["id"])}
            put = await script.ask("PUT", f"/{book}/{fresh.body['id']}", changed)
            assert put.body == {**fresh.body, "city": "Albany"}
            gone = await script.ask("DELETE", f"/{book}/{fresh.body['id']}", fresh.body)
            assert (gone.status, gone.body) == (204, "")
        token = {
            "creditCardNumberToken": "tok-5551234",
            "id": -1,
            "customerProfileId": -1,
            "cardType": "Visa",
        }
        card = {**{name: held for name, held in CARD.items() if name != "cardNumber"}, **token}
        stored = await script.ask("POST", "/creditCards", card)
        assert stored.status == 200
        assert (stored.body["cardType"], stored.body["id"] > 0) == ("VISA", True)
        kept = await script.ask(
            "PUT", f"/creditCards/{stored.body['id']}", {**stored.body, "cardExpMonth": 12}
        )
        assert kept.body["cardNumber"] == stored.body["cardNumber"]

    in_memory(scenario)


def test_a_forgotten_password_is_asked_for_with_a_bare_text_and_answered_with_one() -> None:
    async def scenario(house: PortalHouse) -> None:
        script = await scripted(house)
        told = await script.ask("POST", "/forgotPassword", house.email())
        assert (told.status, told.headers["content-type"].partition(";")[0]) == (200, "text/plain")
        without = Script(script.browser)
        assert (await without.ask("POST", "/forgotPassword", house.email())).status == 400
        named = await without.ask("POST", f"/forgotPassword?merchantId={MERCHANT}", house.email())
        assert named.body == told.body

    in_memory(scenario)


@pytest.mark.parametrize("way", WAYS)
def test_a_page_of_another_origin_may_ask_and_read_what_it_needs(way: str) -> None:
    async def scenario(house: PortalHouse) -> None:
        script = await scripted(house, origin=ORIGIN)
        asked = "x-uc-merchant-id,x-uc-shopping-cart-id,cache-control,content-type"
        for method, target in {(row.method, row.path) for row in ACCOUNT_OPERATIONS.values()}:
            path = target.replace("{id}", "1").replace("{wishlistOid}", "1")
            told = await script.ask(
                "OPTIONS", path.replace("{orderId}", "DEMO-1").replace("{itemId}", "A"),
                **{"Access-Control-Request-Method": method, "Access-Control-Request-Headers": asked},
            )  # fmt: skip
            assert told.status in (200, 204)
            assert told.headers["access-control-allow-origin"] == ORIGIN
            assert method in words(told.headers["access-control-allow-methods"], str.upper)
            allowed = words(told.headers["access-control-allow-headers"], str.lower)
            assert set(asked.split(",")) <= allowed
        account = await script.log_in(house)
        assert account.headers["x-uc-shopping-cart-id"] == script.jar["UltraCartShoppingCartID"]
        for target, status in (("/orders", 200), ("/orders/none", 404)):
            read = await script.ask("GET", target)
            assert read.status == status
            assert read.headers["access-control-allow-origin"] == ORIGIN
            assert read.headers["access-control-allow-credentials"] == "true"
            assert words(read.headers["access-control-expose-headers"], str.lower) >= EXPOSED

    WAYS[way](scenario)


def test_a_page_from_anywhere_else_reads_nothing() -> None:
    async def scenario(house: PortalHouse) -> None:
        for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
            script = await scripted(house, origin=origin)
            for method in ("GET", "OPTIONS"):
                told = await script.ask(method, "/loggedIn")
                assert "access-control-allow-origin" not in told.headers
        script = await scripted(house, origin="https://shop.example")
        told = await script.ask("GET", "/loggedIn")
        assert told.headers["access-control-allow-origin"] == "https://shop.example"

    in_memory(scenario, portal(origins=("https://shop.example",)))


def test_an_address_that_does_not_exist_and_a_method_that_does_not_fit() -> None:
    async def scenario(house: PortalHouse) -> None:
        script = await scripted(house)
        await script.log_in(house)
        book = "/shippingAddresses"
        wrong = (("GET", "/nowhere"), ("PUT", "/orders"), ("GET", f"{book}/abc"), ("POST", book))
        told = [await script.ask(*asked) for asked in wrong]
        assert [one.status for one in told] == [404, 405, 404, 400]
        assert all(one.headers["uc-rest-error"] for one in told)
        async with script.browser.post(
            "/rest/myaccount/login", data=b"{", headers={"Content-Type": "application/json"}
        ) as answer:
            assert answer.status == 400

    over_sockets(scenario)


def words(text: str, form: Any) -> set[str]:
    """The parts of a header between commas."""
    return {form(word.strip()) for word in text.split(",")}
