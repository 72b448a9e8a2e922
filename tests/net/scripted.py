"""A server that answers what a test lays down for it, and clients to it in memory and over sockets."""

import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from ucsync import ClientSettings, Secret, SimpleKey, UltraCart
from ucsync.net import AiohttpTransport
from ucsync.testing import Cut, MemoryServer, VirtualClock
from ucsync.ultracart.codec import encode_json

KEY = "7f3a5be1c09d4e22a1b0c3d4"

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ScriptedServer:
    """Answers the n-th request with the n-th reply, and the last one ever after."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.seen: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.raw_path))
        self.headers.append(dict(request.headers))
        self.bodies.append(await request.read())
        reply = self.replies[min(len(self.seen), len(self.replies)) - 1]
        return await reply(request)

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_route("*", "/{tail:.*}", self.handle)
        return application


@asynccontextmanager
async def memory_client(
    server: ScriptedServer,
    *,
    cut: Cut | None = None,
    settings: ClientSettings | None = None,
    chance: Callable[[], float] = lambda: 0.5,
) -> AsyncIterator[UltraCart]:
    """A client of a scripted server in memory, under the running (virtual) loop's clock."""
    settings = settings or ClientSettings(requests_per_s=None)
    credential = SimpleKey(Secret(KEY))
    async with MemoryServer(server.application()) as memory:
        transport = AiohttpTransport(
            "http://localhost", credential, settings, connector=memory.connector(cut)
        )
        async with UltraCart(
            credential, transport=transport, settings=settings, clock=VirtualClock(), chance=chance
        ) as client:
            yield client


def answer(
    document: Any = None,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    content_type: str = "application/json; charset=UTF-8",
) -> Reply:
    """A reply of this document, or of these bytes."""

    async def reply(_request: web.Request) -> web.StreamResponse:
        sent = (b"" if document is None else encode_json(document)) if body is None else body
        return web.Response(
            body=sent, status=status, headers={"Content-Type": content_type, **(headers or {})}
        )

    return reply


def gzipped(body: bytes) -> Reply:
    """A JSON reply whose bytes are compressed."""
    return answer(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})


async def broken(request: web.Request) -> web.StreamResponse:
    """No reply: the connection is reset after the request has been read."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def error(message: str, status: int, **headers: str) -> Reply:
    """UltraCart's ErrorResponse."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return answer({"error": {"user_message": message}, "metadata": {}}, status=status, headers=named)


CUSTOMER = {"customer_profile_oid": 7, "email": "ann@example.com"}
ONE = answer({"success": True, "customer": CUSTOMER})
