"""What goes over the wire and what is taken from it: bounded, exact, and silent about secrets."""

import asyncio
import tracemalloc

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from tests.net.scripted import (
    CUSTOMER,
    KEY,
    ONE,
    ScriptedServer,
    answer,
    error,
    gzipped,
    memory_client,
)
from ucsync import BearerToken, ClientSettings, Secret, SimpleKey, UltraCart
from ucsync.model import (
    AnswerUnusable,
    BadRequest,
    ConfigurationInvalid,
    ConnectionLost,
    InvalidRequest,
    Outcome,
    UcsyncError,
)
from ucsync.net import AiohttpTransport
from ucsync.plan import RetryPolicy
from ucsync.testing import MemoryConnector, MemoryServer, VirtualClock, run_virtual
from ucsync.ultracart.codec import decode_json

ONCE = RetryPolicy(attempts_max=1)
NAME = "Ottoline-Quarrington"


def test_the_simple_key_and_the_version_are_in_every_request() -> None:
    async def main() -> None:
        server = ScriptedServer(ONE)
        async with memory_client(server) as client:
            await client.get_customer(7)
        headers = server.headers[0]
        assert headers["x-ultracart-simple-key"] == KEY
        assert headers["X-UltraCart-Api-Version"] == "2017-03-01"
        assert "Cookie" not in headers

    run_virtual(main())


def test_a_bearer_token_goes_into_authorization() -> None:
    async def main() -> None:
        server, token = ScriptedServer(ONE), BearerToken(Secret("token-1"))
        settings = ClientSettings(requests_per_s=None)
        async with MemoryServer(server.application()) as memory:
            transport = AiohttpTransport("http://localhost", token, settings, connector=memory.connector())
            async with UltraCart(
                token, transport=transport, settings=settings, clock=VirtualClock()
            ) as client:
                await client.get_customer(7)
        assert server.headers[0]["Authorization"] == "Bearer token-1"
        assert "x-ultracart-simple-key" not in server.headers[0]

    run_virtual(main())


def test_a_body_is_sent_as_it_was_built() -> None:
    async def main() -> None:
        server = ScriptedServer(ONE)
        async with memory_client(server) as client:
            await client.update_customer(
                7, {"email": "žofie@example.com", "terms": None, "tags": []}, expand=["tags"]
            )
        assert server.seen == [("PUT", "/rest/v2/customer/customers/7?_expand=tags")]
        assert decode_json(server.bodies[0]) == {"email": "žofie@example.com", "terms": None, "tags": []}
        assert server.headers[0]["Content-Type"] == "application/json; charset=UTF-8"

    run_virtual(main())


def test_cookies_of_the_server_are_not_kept() -> None:
    async def main() -> None:
        reply = answer({"customer": CUSTOMER}, headers={"Set-Cookie": "a=b; Path=/"})
        server = ScriptedServer(reply)
        async with memory_client(server) as client:
            await client.get_customer(7)
            await client.get_customer(7)
        assert "Cookie" not in server.headers[1]

    run_virtual(main())


def test_a_redirect_is_not_followed_with_the_key_in_hand() -> None:
    async def main() -> None:
        server = ScriptedServer(answer(status=307, headers={"Location": "/rest/v2/elsewhere"}))
        async with memory_client(server) as client:
            with pytest.raises(AnswerUnusable, match="redirects are refused"):
                await client.get_customer(7)
        assert len(server.seen) == 1

    run_virtual(main())


def test_compressed_answers_are_read() -> None:
    async def main() -> None:
        async with memory_client(ScriptedServer(gzipped(b'{"customer":{"email":"x"}}'))) as client:
            assert await client.get_customer(7) == {"email": "x"}

    run_virtual(main())


def test_an_answer_over_the_cap_is_given_up_without_being_held() -> None:
    settings = ClientSettings(requests_per_s=None, answer_bytes_max=1_000_000, retry=ONCE)
    bomb = gzipped(b" " * (200 * 1_048_576))

    async def main() -> int:
        async with memory_client(ScriptedServer(bomb), settings=settings) as client:
            tracemalloc.start()
            try:
                with pytest.raises(AnswerUnusable, match="over 1000000 bytes"):
                    await client.get_customer(7)
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    assert run_virtual(main()) < 20 * 1_048_576


def test_the_deadline_covers_the_whole_exchange() -> None:
    async def main() -> None:
        async def drip(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await response.prepare(request)
            while True:
                await response.write(b" ")
                await asyncio.sleep(5)

        settings = ClientSettings(requests_per_s=None, deadline_s=30, retry=ONCE)
        async with memory_client(ScriptedServer(drip), settings=settings) as client:
            with pytest.raises(ConnectionLost, match="no answer within 30 s"):
                await client.get_customer(7)
            assert 30 <= asyncio.get_running_loop().time() <= 31

    run_virtual(main())


class HostileProtocol(asyncio.Protocol):
    """Answers any request with these bytes and closes."""

    def __init__(self, sent: bytes) -> None:
        self._sent = sent

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, _data: bytes) -> None:
        self._transport.write(self._sent)
        self._transport.close()


HEADS = [
    b"",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
]


@given(head=st.sampled_from(HEADS), tail=st.binary(max_size=80))
def test_no_bytes_of_a_server_raise_anything_but_our_own(head: bytes, tail: bytes) -> None:
    async def main() -> None:
        settings = ClientSettings(requests_per_s=None, retry=ONCE)
        connector = MemoryConnector(lambda: HostileProtocol(head + tail))
        transport = AiohttpTransport(
            "http://localhost", SimpleKey(Secret("k")), settings, connector=connector
        )
        async with UltraCart(
            SimpleKey(Secret("k")), transport=transport, settings=settings, clock=VirtualClock()
        ) as client:
            with pytest.raises(UcsyncError):
                await client.get_customer(7)

    run_virtual(main())


def test_a_masked_message_still_says_what_is_wrong() -> None:
    async def main() -> None:
        reply = error("customer.tax_id is longer than 15", 400)
        async with memory_client(ScriptedServer(reply)) as client:
            with pytest.raises(BadRequest, match=r"updateCustomer: 400: customer\.tax_id is longer than 15"):
                await client.update_customer(7, {"tax_id": "12-345"})

    run_virtual(main())


def test_an_unknown_operation_is_refused_with_the_names_there_are() -> None:
    async def main() -> None:
        async with memory_client(ScriptedServer(ONE)) as client:
            with pytest.raises(InvalidRequest, match="getCustomersByQuery"):
                await client.call("getCustomerz")

    run_virtual(main())


def test_a_client_is_used_between_entering_and_leaving() -> None:
    async def main() -> None:
        server = ScriptedServer(ONE)
        async with memory_client(server) as client:
            await client.get_customer(7)
        for closed in (client, UltraCart(SimpleKey(Secret("k")))):
            with pytest.raises(InvalidRequest, match="async with"):
                await closed.get_customer(7)
        assert len(server.seen) == 1

    run_virtual(main())


def test_every_request_has_a_connection_of_its_own() -> None:
    async def main() -> None:
        server = ScriptedServer(ONE)
        async with memory_client(server) as client:
            await client.get_customer(7)
            await client.get_customer(7)
        assert [headers["Connection"] for headers in server.headers] == ["close", "close"]
        with pytest.raises(ConfigurationInvalid, match="force_close"):
            AiohttpTransport(
                "http://localhost", SimpleKey(Secret("k")), ClientSettings(), connector=aiohttp.TCPConnector()
            )

    run_virtual(main())


def test_an_answer_too_many_is_not_taken_for_the_next_requests() -> None:
    async def main() -> None:
        body = b'{"customer":{"customer_profile_oid":666}}'
        surplus = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
            len(body), body)  # fmt: skip

        async def twice(request: web.Request) -> web.StreamResponse:
            response = web.Response(body=b'{"customer":{}}', content_type="application/json")
            await response.prepare(request)
            await response.write_eof()
            assert isinstance(request.transport, asyncio.Transport)
            request.transport.write(surplus)
            return response

        async with memory_client(ScriptedServer(twice)) as client:
            for oid in (1, 2, 3):
                assert await client.get_customer(oid) == {}

    run_virtual(main())


def test_nothing_is_sent_once_the_client_is_left() -> None:
    async def main() -> None:
        async def slow(request: web.Request) -> web.StreamResponse:
            await asyncio.sleep(1)
            return await ONE(request)

        server = ScriptedServer(slow)
        async with memory_client(server) as client:
            writes = [asyncio.create_task(client.update_customer(7, {"terms": "N30"})) for _ in range(4)]
            await asyncio.sleep(0.5)
        results = await asyncio.gather(*writes, return_exceptions=True)
        assert [type(result) for result in results] == [ConnectionLost] + [InvalidRequest] * 3
        assert len(server.seen) == 1

    run_virtual(main())


def test_a_long_complaint_is_shown_as_one_short_line() -> None:
    async def main() -> None:
        reply = error("x" * 2_000_000, 400)
        async with memory_client(ScriptedServer(reply), settings=ClientSettings(retry=ONCE)) as client:
            with pytest.raises(BadRequest) as caught:
                await client.insert_customer({"email": "ann@example.com"})
        assert len(str(caught.value)) < 400

    run_virtual(main())


def test_a_cut_before_the_end_of_a_body_without_length_is_no_success() -> None:
    async def main() -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
        connector = MemoryConnector(lambda: HostileProtocol(head))
        settings = ClientSettings(requests_per_s=None, retry=ONCE)
        transport = AiohttpTransport(
            "http://localhost", SimpleKey(Secret("k")), settings, connector=connector
        )
        async with UltraCart(
            SimpleKey(Secret("k")), transport=transport, settings=settings, clock=VirtualClock()
        ) as client:
            with pytest.raises(AnswerUnusable) as caught:
                await client.merge_customer(7, {"customer_profile_oid": 8})
        assert caught.value.outcome is Outcome.UNKNOWN

    run_virtual(main())


def test_a_giant_body_is_not_sent() -> None:
    async def main() -> None:
        server = ScriptedServer(ONE)
        async with memory_client(server) as client:
            with pytest.raises(InvalidRequest, match="larger than"):
                await client.insert_customer({"automatic_merchant_notes": "x" * 5_000_000})
        assert server.seen == []

    run_virtual(main())


def test_one_client_belongs_to_one_event_loop() -> None:
    client = UltraCart(SimpleKey(Secret("k")))

    async def enter() -> None:
        await client.__aenter__()

    asyncio.run(enter())

    async def use() -> None:
        with pytest.raises(InvalidRequest, match="event loop"):
            await client.get_customer(7)

    asyncio.run(use())


def test_a_server_beside_a_transport_is_refused_rather_than_ignored() -> None:
    key, settings = SimpleKey(Secret("k")), ClientSettings()
    transport = AiohttpTransport("http://localhost", key, settings)
    with pytest.raises(ConfigurationInvalid, match="a server or a transport"):
        UltraCart(key, server="https://secure.ultracart.com", transport=transport)
