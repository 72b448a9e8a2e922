"""A served sandbox with a hand-moved clock and a plain aiohttp client, for the tests beside it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from ucsync.sandbox.application import make_application
from ucsync.sandbox.settings import SandboxSettings
from ucsync.sandbox.state import SANDBOX, Sandbox

KEY = {"x-ultracart-simple-key": "sandbox-key"}
VERSION = {"X-UltraCart-Api-Version": "2017-03-01"}
GOOD = {**KEY, **VERSION}
ALL = "/customer/customers"
ENOUGH_S = 20  # only a hung test takes so long


class HandClock:
    """Stands at one instant; `sleep` waits until the test lets go."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
        self.sleeping = asyncio.Event()
        self.wake = asyncio.Event()
        self.slept_s: list[float] = []

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.instant.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.sleeping.set()
        await self.wake.wait()


@dataclass
class Lab:
    """A served sandbox and a client of it."""

    sandbox: Sandbox
    clock: HandClock
    client: aiohttp.ClientSession
    base: URL
    runner: web.AppRunner

    def url(self, path: str) -> URL:
        return URL(f"{self.base}rest/v2{path}", encoded=True)

    async def ask(
        self, path: str = ALL, method: str = "GET", headers: dict[str, str] | None = None, **further: Any
    ) -> tuple[int, Any, Any]:
        """Status, headers and JSON of an answer."""
        sent = GOOD if headers is None else headers
        async with self.client.request(method, self.url(path), headers=sent, **further) as answer:
            text = await answer.text()
            return answer.status, answer.headers, json.loads(text) if text else None

    def oid(self) -> int:
        return next(iter(self.sandbox.merchant.oids()))

    @property
    def counted(self) -> dict[str, Any]:
        return self.sandbox.counters.document()


@asynccontextmanager
async def lab(**settings: Any) -> AsyncIterator[Lab]:
    settings.setdefault("customers", 30)
    settings.setdefault("latency_s", 0.0)
    clock = HandClock()
    application = make_application(SandboxSettings(**settings), clock)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = URL(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        async with asyncio.timeout(ENOUGH_S), aiohttp.ClientSession() as client:
            yield Lab(application[SANDBOX], clock, client, base, runner)
    finally:
        await runner.cleanup()


async def until(true: Callable[[], bool]) -> None:
    """Let everything else run until something holds."""
    while not true():  # noqa: ASYNC110  (no event tells of a counter)
        await asyncio.sleep(0)


async def speak(lab: Lab, request: str) -> bytes:
    """Send bytes on a connection of their own, read until it ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", lab.base.port)
    try:
        writer.write(request.encode())
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
