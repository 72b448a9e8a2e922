"""One row an error: what the server does, what the caller catches, and what is known of the effect."""

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import web

from tests.net.scripted import CUSTOMER, ONE, Reply, ScriptedServer, answer, broken, error, memory_client
from ucsync import ClientSettings, Outcome, Secret, SimpleKey, UltraCart
from ucsync.model import (
    AnswerUnusable,
    ApplicationDisabled,
    BadRequest,
    ConfigurationInvalid,
    ConnectionLost,
    NotFound,
    RateLimited,
    ServerFault,
    UcsyncError,
    Unauthorised,
)
from ucsync.plan import RetryPolicy
from ucsync.testing import run_virtual

ONCE = ClientSettings(requests_per_s=None, retry=RetryPolicy(attempts_max=1), deadline_s=5)


@dataclass(frozen=True)
class Row:
    name: str
    reply: Reply
    kind: type[UcsyncError]
    exit_code: int
    outcome: Outcome
    text: str


async def half_a_body(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "500"})
    await response.prepare(request)
    await response.write(b'{"customer":')
    return await broken(request)


async def never(request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(1000)
    return web.Response()


HTML = "<html><body>Sorry, we are down</body></html>"
REFUSED, UNKNOWN = Outcome.REFUSED, Outcome.UNKNOWN
ROWS = [
    Row(
        "400",
        error("customer.email is not usable", 400),
        BadRequest,
        2,
        REFUSED,
        "customer.email is not usable",
    ),
    Row("403", error("no", 403), BadRequest, 2, REFUSED, "403: no"),
    Row("405", error("no", 405), BadRequest, 2, REFUSED, "405"),
    Row("422 without words", answer(status=422), BadRequest, 2, REFUSED, "422"),
    Row("401", error("Invalid key.", 401), Unauthorised, 77, REFUSED, "401: Invalid key."),
    Row(
        "401 in HTML",
        answer(body=HTML.encode(), status=401, content_type="text/html"),
        Unauthorised,
        77,
        REFUSED,
        "401",
    ),
    Row("404", error("nobody", 404), NotFound, 2, REFUSED, "404: nobody"),
    Row("410", error("off", 410), ApplicationDisabled, 77, REFUSED, "410: off"),
    Row(
        "429",
        error("rate of 10000 per 86400 second(s) exceeded.", 429, Retry_After="9"),
        RateLimited,
        76,
        REFUSED,
        "rate of 10000",
    ),
    Row(
        "500",
        error("Internal error.  Please contact UltraCart Support.", 500),
        ServerFault,
        69,
        UNKNOWN,
        "Internal error.",
    ),
    Row(
        "503 in HTML",
        answer(body=HTML.encode(), status=503, content_type="text/html"),
        ServerFault,
        69,
        UNKNOWN,
        "503",
    ),
    Row(
        "words in the header",
        answer(status=400, headers={"UC-REST-ERROR": "bad sort"}),
        BadRequest,
        2,
        REFUSED,
        "bad sort",
    ),
    Row(
        "redirect",
        answer(status=302, headers={"Location": "http://elsewhere.example/"}),
        AnswerUnusable,
        69,
        UNKNOWN,
        "redirects are refused",
    ),
    Row("error in a 200", answer({"error": {"user_message": "no"}}), BadRequest, 2, REFUSED, "400: no"),
    Row(
        "HTML in a 200",
        answer(body=HTML.encode(), content_type="text/html"),
        AnswerUnusable,
        69,
        UNKNOWN,
        "HTML instead of JSON",
    ),
    Row("not JSON", answer(body=b"{"), AnswerUnusable, 69, UNKNOWN, "not JSON"),
    Row("a list", answer([1]), AnswerUnusable, 69, UNKNOWN, "no object"),
    Row(
        "bad gzip",
        answer(body=b"xx", headers={"Content-Encoding": "gzip"}),
        ConnectionLost,
        69,
        UNKNOWN,
        "encoding is damaged",
    ),
    Row("reset", broken, ConnectionLost, 69, UNKNOWN, "the connection broke"),
    Row("half a body", half_a_body, ConnectionLost, 69, UNKNOWN, "broke off"),
    Row("silence", never, ConnectionLost, 69, UNKNOWN, "no answer within 5 s"),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
@pytest.mark.parametrize("writes", [False, True], ids=["read", "write"])
def test_each_failure_is_the_error_that_says_what_to_do(row: Row, writes: bool) -> None:
    async def main() -> None:
        server = ScriptedServer(row.reply)
        async with memory_client(server, settings=ONCE) as client:
            with pytest.raises(row.kind) as caught:
                await (client.update_customer(7, {"terms": "N30"}) if writes else client.get_customer(7))
        failure: Any = caught.value
        assert type(failure) is row.kind
        assert (failure.exit_code, failure.outcome) == (row.exit_code, row.outcome)
        assert row.text in str(failure)
        assert str(failure).startswith("updateCustomer: " if writes else "getCustomer: ")
        assert failure.__context__ is None  # nothing of the HTTP library hangs on it
        assert len(server.seen) == 1

    run_virtual(main())


def test_a_rate_limit_carries_its_wait_and_its_figures() -> None:
    async def main() -> None:
        message = "rate of 1000 per 3600 second(s) exceeded."
        server = ScriptedServer(error(message, 429, Retry_After="12"))
        async with memory_client(server, settings=ONCE) as client:
            with pytest.raises(RateLimited) as caught:
                await client.get_customer(7)
        assert caught.value.wait_s == 12
        assert caught.value.limit == (1000, 3600)

    run_virtual(main())


def test_a_bad_request_names_the_field_and_keeps_the_words_to_itself() -> None:
    async def main() -> None:
        server = ScriptedServer(error("customer.email ann@example.com is taken by Ann Lee 4155550100", 400))
        async with memory_client(server, settings=ONCE) as client:
            with pytest.raises(BadRequest) as caught:
                await client.update_customer(7, {"email": "ann@example.com", "terms": "Ann Lee"})
        assert caught.value.field == "customer.email"
        assert str(caught.value) == "updateCustomer: 400: customer.email ••• is taken by ••• •••"
        assert "Ann" not in repr(caught.value) + repr(caught.value.words)
        assert "Ann Lee" in caught.value.words.user_message

    run_virtual(main())


async def test_a_server_that_is_not_there_has_not_acted(unused_tcp_port: int) -> None:
    async with UltraCart(
        SimpleKey(Secret("k")), server=f"http://127.0.0.1:{unused_tcp_port}", settings=ONCE
    ) as client:
        with pytest.raises(ConnectionLost, match="no connection to the server") as caught:
            await client.delete_customer(7)
    assert caught.value.outcome is Outcome.NOT_SENT


@pytest.mark.parametrize(
    "server",
    [
        "http://secure.ultracart.com",
        "secure.ultracart.com",
        "ftp://secure.ultracart.com",
        "https://secure.ultracart.com/rest/v2",
        "https://user:pass@secure.ultracart.com",
        "https://secure.ultracart.com:port",
        "https://[::1",
        "",
    ],
)
def test_a_server_address_that_would_leak_or_miss_is_refused(server: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        UltraCart(SimpleKey(Secret("k")), server=server)


@pytest.mark.parametrize("key", ["", "a b", "line\nbreak", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        SimpleKey(Secret(key))
    assert not key or key not in str(caught.value)


def test_settings_that_cannot_work_are_named_together() -> None:
    with pytest.raises(ConfigurationInvalid, match="deadline_s, in_flight_max"):
        ClientSettings(deadline_s=0, in_flight_max=0)


def test_a_success_is_a_success() -> None:
    async def main() -> None:
        async with memory_client(ScriptedServer(ONE)) as client:
            assert await client.get_customer(7) == CUSTOMER

    run_virtual(main())
