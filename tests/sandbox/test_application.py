"""The HTTP shell, over real sockets: routes, bodies and the form of answers."""

import asyncio
import gzip
from datetime import timedelta
from email.utils import parsedate_to_datetime
from io import BytesIO

import pytest

from tests.sandbox.lab import ALL, GOOD, lab, until
from ucsync.sandbox.application import BODY_BYTES_MAX

# --- routes


async def test_a_page_of_customers_comes_as_json() -> None:
    async with lab() as here:
        status, headers, value = await here.ask(f"{ALL}?_limit=5")
        assert status == 200
        assert headers["Content-Type"] == "application/json; charset=UTF-8"
        assert "aiohttp" not in headers["Server"]
        assert value["customers"]


async def test_a_static_segment_is_no_oid() -> None:
    async with lab() as here:
        status, _, value = await here.ask(f"{ALL}/search?search_string=a")
        assert status == 200
        assert "customers" in value


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/customer/nobody", "GET", 404),
        ("/customer", "GET", 404),
        ("/customer/customers/", "GET", 404),
        ("/customer/customers/1/", "GET", 404),
        ("/customer/customers/1/wishlist/2/3", "GET", 404),
        ("/customer/customers", "DELETE", 405),
        ("/customer/customers/by_email/a%40b", "POST", 405),
        ("/customer/customers/one", "GET", 400),
        ("/customer/customers/1.0", "GET", 400),
        ("/customer/customers/99999999999", "GET", 400),
        ("/customer/customers/%31x", "GET", 400),
        ("/customer/customers/by_email/%ff", "GET", 400),
    ],
)
async def test_what_is_no_resource_is_refused_in_json(path: str, method: str, status: int) -> None:
    async with lab() as here:
        answered, headers, value = await here.ask(path, method)
        assert answered == status
        assert value["error"]["user_message"]
        assert headers["UC-REST-ERROR"] == value["error"]["user_message"]
        assert ("Allow" in headers) is (status == 405)


async def test_outside_the_api_there_is_nothing() -> None:
    async with lab() as here, here.client.get(here.base) as answer:
        assert answer.status == 404
        assert (await answer.json())["error"]


async def test_an_email_with_a_slash_and_a_plus_arrives_whole() -> None:
    async with lab() as here:
        email = "a/b+c%20@exämple.com"
        oid = here.sandbox.merchant.insert({"email": email})
        _, _, value = await here.ask(f"{ALL}/by_email/a%2Fb+c%2520%40ex%C3%A4mple.com")
        assert value["customer"]["customer_profile_oid"] == oid
        assert value["customer"]["email"] == email


# --- bodies


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b'{"a": NaN}', "application/json"),
        (b"{}{}", "application/json"),
        (b'"\xff"', "application/json"),
        (b'{"email": "new@example.com"}', "text/plain"),
        (b"[" * 100_000, "application/json"),
    ],
)
async def test_a_body_that_is_not_json_is_refused(body: bytes, content_type: str) -> None:
    async with lab() as here:
        status, _, value = await here.ask(ALL, "POST", {**GOOD, "Content-Type": content_type}, data=body)
        assert status == 400
        assert value["error"]["user_message"]
        assert here.sandbox.merchant.count() == 30


@pytest.mark.parametrize("charset", ["", "; charset=UTF-8", ";charset=utf-8"])
async def test_a_json_body_may_name_its_charset(charset: str) -> None:
    async with lab() as here:
        status, _, _ = await here.ask(
            ALL, "POST", {**GOOD, "Content-Type": f"application/json{charset}"}, data=b'{"email": "n@x"}'
        )
        assert status == 200
        assert here.sandbox.merchant.count() == 31


async def test_a_body_over_the_cap_is_413() -> None:
    async with lab() as here:
        body = BytesIO(b" " * (BODY_BYTES_MAX + 1))
        status, _, value = await here.ask(
            ALL, "POST", {**GOOD, "Content-Type": "application/json"}, data=body
        )
        assert status == 413
        assert value["error"]
        assert here.counted["in_flight"] == 0


@pytest.mark.parametrize("body", [gzip.compress(b"{}", mtime=0), b"no gzip at all"])
async def test_an_encoded_body_is_415(body: bytes) -> None:
    async with lab() as here:
        headers = {**GOOD, "Content-Type": "application/json", "Content-Encoding": "gzip"}
        assert (await here.ask(ALL, "POST", headers, data=body))[0] == 415


async def test_a_parameter_that_is_no_text_is_400() -> None:
    async with lab() as here:
        assert (await here.ask(f"{ALL}?email=%FF"))[0] == 400


async def test_a_client_that_goes_away_within_its_body_leaves_nothing_behind() -> None:
    async with lab() as here:
        _, writer = await asyncio.open_connection("127.0.0.1", here.base.port)
        fields = {"Host": "x", "Content-Type": "application/json", "Content-Length": "100", **GOOD}
        lines = [f"POST /rest/v2{ALL} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        writer.write("\r\n".join([*lines, "", "{"]).encode())
        await until(lambda: here.counted["in_flight"] == 1)
        writer.close()
        await writer.wait_closed()
        await until(lambda: here.counted["in_flight"] == 0)
        assert (here.counted["answered"], here.counted["unanswered"]) == ({}, 1)
        assert here.sandbox.merchant.count() == 30


# --- answers


async def test_a_moved_clock_is_seen_in_the_date_header() -> None:
    async with lab() as here:
        here.sandbox.clock.move(3600)
        _, headers, _ = await here.ask(ALL)
        assert parsedate_to_datetime(headers["Date"]) == here.clock.instant + timedelta(hours=1)


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [("gzip, deflate", True), ("br;q=1.0, gzip;q=0.8", True), ("gzip;q=0", False), ("identity", False)],
)
async def test_a_large_answer_is_compressed_for_who_takes_it(accepted: str, compressed: bool) -> None:
    async with lab() as here:
        _, headers, value = await here.ask(ALL, headers={**GOOD, "Accept-Encoding": accepted})
        assert (headers.get("Content-Encoding") == "gzip") is compressed
        assert len(value["customers"]) == 30
