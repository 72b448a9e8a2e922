"""One row an error: what the server does, what the caller catches, and what is known of the effect."""

import asyncio
import pickle
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
    ConnectionLost,
    InvalidRequest,
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
    Row(
        "404 of a proxy",
        answer(body=HTML.encode(), status=404),
        AnswerUnusable,
        69,
        UNKNOWN,
        "not in UltraCart's",
    ),
    Row("408", error("slow", 408), ServerFault, 69, UNKNOWN, "408: slow"),
    Row("425", error("early", 425), ServerFault, 69, UNKNOWN, "425"),
    Row("code in a 200", answer({"error": {"error_code": "400"}}), BadRequest, 2, REFUSED, "400"),
    Row("number in a 200", answer({"error": {"error_code": 404}}), NotFound, 2, REFUSED, "404"),
    Row(
        "denied in a 200",
        answer({"error": {"user_message": "no"}, "success": False}),
        BadRequest,
        2,
        REFUSED,
        "no",
    ),
    Row("500 in a 200", answer({"error": {"error_code": "500"}}), ServerFault, 69, UNKNOWN, "500"),
    Row(
        "fault in a 200",
        answer({"error": "Internal error.  Please"}),
        ServerFault,
        69,
        UNKNOWN,
        "Internal error",
    ),
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
        assert str(caught.value) == "updateCustomer: 400: customer.email ••• is taken by ••• ••• •••"
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


def test_a_success_is_a_success() -> None:
    async def main() -> None:
        async with memory_client(ScriptedServer(ONE)) as client:
            assert await client.get_customer(7) == CUSTOMER

    run_virtual(main())


@pytest.mark.parametrize(
    "document",
    [
        {"success": True, "customer": CUSTOMER, "error": {"user_message": "No mail could be sent"}},
        {"error": {"user_message": "No mail could be sent"}},
        {"success": False, "customer": CUSTOMER, "error": {"user_message": "No mail could be sent"}},
        {"success": True, "error": {"user_message": "No mail could be sent", "error_code": "400"}},
        {"customer": CUSTOMER, "error": {"user_message": "No mail could be sent", "error_code": "429"}},
    ],
)
def test_a_write_that_was_answered_with_a_complaint_may_have_landed(document: dict[str, Any]) -> None:
    async def main() -> None:
        server = ScriptedServer(answer(document))
        async with memory_client(server) as client:
            with pytest.raises(AnswerUnusable, match="No mail could be sent") as caught:
                await client.insert_customer({"email": "ann@example.com"})
        assert caught.value.outcome is Outcome.UNKNOWN
        assert len(server.seen) == 1

    run_virtual(main())


@pytest.mark.parametrize(
    "nothing", [None, {}, {"user_message": None, "error_code": None}, {"user_message": ""}]
)
def test_an_error_that_says_nothing_is_none(nothing: object) -> None:
    async def main() -> None:
        async with memory_client(ScriptedServer(answer({"customer": CUSTOMER, "error": nothing}))) as client:
            assert await client.get_customer(7) == CUSTOMER

    run_virtual(main())


def test_another_customer_than_was_asked_for_is_refused() -> None:
    async def main() -> None:
        async with memory_client(ScriptedServer(ONE), settings=ONCE) as client:
            for call in (client.get_customer(8), client.update_customer(8, {"terms": "N30"})):
                with pytest.raises(AnswerUnusable, match="another customer"):
                    await call

    run_virtual(main())


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("ann.lee@example.com is already registered.", None),
        ("customer.billing.city is too long", "customer.billing.city"),
        ("_sort is not known", "_sort"),
        ("see example.org for more", None),
    ],
)
def test_a_field_is_one_of_the_operations_own(message: str, field: str | None) -> None:
    async def main() -> None:
        async with memory_client(ScriptedServer(error(message, 400)), settings=ONCE) as client:
            with pytest.raises(BadRequest) as caught:
                await client.call("insertCustomer", {}, {}, {})
            assert caught.value.field == (None if field == "_sort" else field)
            with pytest.raises(BadRequest) as caught:
                await client.get_customers()
            assert caught.value.field == (field if field == "_sort" else None)

    run_virtual(main())


def test_errors_survive_a_process_pool() -> None:
    async def main() -> None:
        async with memory_client(
            ScriptedServer(error("customer.email is wrong", 400)), settings=ONCE
        ) as client:
            with pytest.raises(BadRequest) as caught:
                await client.insert_customer({})
            with pytest.raises(InvalidRequest) as invalid:
                await client.get_customer(0)
        again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301  (our own bytes)
        assert (type(again), str(again), again.field) == (BadRequest, str(caught.value), "customer.email")
        assert again.words == caught.value.words
        assert pickle.loads(pickle.dumps(invalid.value)).faults == invalid.value.faults  # noqa: S301  (the same)

    run_virtual(main())


@pytest.mark.parametrize(
    "document",
    [
        {"error": True},
        {"error": ["failed"]},
        {"error": 5},
        {"error": {"code": 5}},
        {"success": "false"},
        {"success": 0},
    ],
)
def test_an_answer_that_is_not_clearly_a_success_is_none(document: dict[str, Any]) -> None:
    async def main() -> None:
        async with memory_client(ScriptedServer(answer(document)), settings=ONCE) as client:
            with pytest.raises(AnswerUnusable) as caught:
                await client.merge_customer(7, {"customer_profile_oid": 8})
        assert caught.value.outcome is Outcome.UNKNOWN

    run_virtual(main())


def test_a_404_of_another_program_is_not_believed() -> None:
    async def main() -> None:
        foreign = answer({"status": 404, "error": "Not Found", "path": "/rest"}, status=404)
        async with memory_client(ScriptedServer(foreign), settings=ONCE) as client:
            with pytest.raises(AnswerUnusable, match="not in UltraCart's form"):
                await client.get_customer(7)

    run_virtual(main())
