"""What only real connections show."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from tests.house import ONCE
from ucsync import ClientSettings, ConnectionLost, Outcome, Secret, SimpleKey, UltraCart
from ucsync.plan import RetryPolicy

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"customer":{}}'


@asynccontextmanager
async def server(serve: Serve) -> AsyncIterator[str]:
    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with running:
        yield f"http://127.0.0.1:{running.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("how", ["deadline", "cancelled", "client left"])
async def test_a_write_that_was_given_up_stops_arriving(how: str) -> None:
    """Or the server would act on it after the caller has read back and found nothing."""
    received = bytearray()
    begun, ended, read_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.extend(await reader.read(1))
        begun.set()
        await read_on.wait()
        with suppress(ConnectionError):
            while part := await reader.read(65_536):
                received.extend(part)
        writer.close()
        ended.set()

    # a line so narrow that most of the body waits on our side when the request is given up
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.bind(("127.0.0.1", 0))
    running = await asyncio.start_server(serve, sock=narrow, limit=1024)
    url = f"http://127.0.0.1:{narrow.getsockname()[1]}"
    deadline_s = 0.2 if how == "deadline" else 60
    settings = ClientSettings(requests_per_s=None, deadline_s=deadline_s, retry=RetryPolicy(attempts_max=1))
    letter: Any = {"email": "a@example.com", "automatic_merchant_notes": "x" * 1_000_000 + "END"}
    async with running:
        async with UltraCart(SimpleKey(Secret("k")), server=url, settings=settings) as client:
            write = asyncio.create_task(client.insert_customer(letter))
            await begun.wait()
            if how == "cancelled":
                write.cancel()
            if how != "client left":
                await asyncio.wait([write])
        (result,) = await asyncio.gather(write, return_exceptions=True)
        if how == "cancelled":
            assert isinstance(result, asyncio.CancelledError)
        else:
            assert isinstance(result, ConnectionLost)
            assert result.outcome is Outcome.UNKNOWN
        read_on.set()
        await asyncio.wait_for(ended.wait(), 10)
    assert not received.endswith(b'END"}')


async def test_each_request_comes_on_a_connection_of_its_own() -> None:
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readline() not in (b"\r\n", b""):
            pass
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async with server(serve) as url, UltraCart(SimpleKey(Secret("k")), server=url, settings=ONCE) as client:
        for _ in range(3):
            assert await client.get_customer(7) == {}
    assert connections == 3


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline() not in (b"\r\n", b""):
            pass
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    async with server(proxy) as proxy_url, server(serve) as url:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy_url)
        monkeypatch.setenv("no_proxy", "")
        async with UltraCart(SimpleKey(Secret("k")), server=url, settings=ONCE) as client:
            assert await client.get_customer(7) == {}
    assert asked == []
