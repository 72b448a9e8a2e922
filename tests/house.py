"""A sandbox and a client of it, in two ways that must not differ: in memory and over sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from aiohttp import web

from tests.watch import KEY, WatchedClient
from ucsync import ClientSettings, Secret, SimpleKey, UltraCart
from ucsync.model import Clock
from ucsync.net import AiohttpTransport, NoPacer, SystemClock
from ucsync.plan import RetryPolicy
from ucsync.sandbox import SANDBOX, Sandbox, SandboxSettings, make_application
from ucsync.testing import Cut, MemoryServer, VirtualClock, run_virtual

T = TypeVar("T")


QUICK = ClientSettings(requests_per_s=None)
ONCE = ClientSettings(requests_per_s=None, retry=RetryPolicy(attempts_max=1))


@dataclass
class House:
    """What a scenario is given."""

    client: UltraCart
    sandbox: Sandbox
    clock: Clock
    cut: Cut = field(default_factory=Cut)
    server: str = ""


Scenario = Callable[[House], Awaitable[T]]


def small(customers: int = 30, **more: object) -> SandboxSettings:
    """A sandbox without limits on its rate, under the suite's key."""
    defaults: dict[str, object] = {"customers": customers, "key": KEY, "limits": ()}
    return SandboxSettings(**{**defaults, **more})  # type: ignore[arg-type]  # checked by the settings


def in_memory(
    scenario: Scenario[T], settings: SandboxSettings | None = None, client: ClientSettings = QUICK
) -> T:
    """Run a scenario without sockets, in virtual time."""

    async def main() -> T:
        clock = VirtualClock()
        application = make_application(settings or small(), clock)
        cut = Cut()
        async with MemoryServer(application) as memory:
            credential = SimpleKey(Secret(KEY))
            connector = memory.connector(cut)
            transport = AiohttpTransport("http://localhost", credential, client, connector=connector)
            async with WatchedClient(
                credential, transport=transport, settings=client, clock=clock, pacer=NoPacer(),
                chance=lambda: 0.5,
            ) as opened:  # fmt: skip
                return await scenario(House(opened, application[SANDBOX], clock, cut))

    return run_virtual(main())


def over_sockets(
    scenario: Scenario[T], settings: SandboxSettings | None = None, client: ClientSettings = QUICK
) -> T:
    """Run a scenario over loopback sockets, in real time."""

    async def main() -> T:
        clock = SystemClock()
        application = make_application(settings or small(), clock)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            server = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with WatchedClient(
                SimpleKey(Secret(KEY)), server=server, settings=client, chance=lambda: 0.0
            ) as opened:
                return await scenario(House(opened, application[SANDBOX], clock, server=server))
        finally:
            await runner.cleanup()

    return asyncio.run(main())


WAYS = {"memory": in_memory, "sockets": over_sockets}
