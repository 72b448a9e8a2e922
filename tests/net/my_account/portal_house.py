"""A sandbox with its portal, a customer's client of it and the merchant's own, in two ways that must not
differ: in memory and over sockets. Nothing secret may be read in what is shown there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp
from aiohttp import web

from tests.house import QUICK, House, small
from tests.lakes import Shop
from tests.net.my_account.portal_watch import FORBIDDEN, WatchedAccount, forbid, nothing_forbidden_is_shown
from tests.watch import KEY, WatchedClient
from ucsync import ClientSettings, Secret, SimpleKey, UltraCart
from ucsync.model import Clock
from ucsync.net import ACCOUNT_PATH, AccountTransport, AiohttpTransport, MyAccount, NoPacer, SystemClock
from ucsync.sandbox import SANDBOX, Sandbox, SandboxSettings, make_application
from ucsync.sandbox.my_account import validate
from ucsync.testing import Cut, MemoryServer, VirtualClock, run_virtual
from ucsync.ultracart.my_account import Credentials, Session

T = TypeVar("T")

MERCHANT: Final = "DEMO"
#: The customer whose client the house has.
OID: Final = 1_000_001
#: A customer with this many orders.
ORDERS: Final = {OID: 25}

Connect = Callable[[], aiohttp.BaseConnector | None]
#: What a test puts between a client and its transport.
Around = Callable[[AccountTransport], AccountTransport]


@dataclass
class PortalHouse:
    """What a scenario is given.

    Attributes:
        account: a client with the customer's credentials, not logged in yet.
        ultracart: the merchant's client of the Customer API.
        cut: where connections to the sandbox break (in memory).
    """

    account: MyAccount
    ultracart: UltraCart
    sandbox: Sandbox
    clock: Clock
    server: str
    settings: ClientSettings
    connect: Connect
    cut: Cut
    _opened: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def open(
        self,
        credentials: Credentials | None = None,
        session: Session | None = None,
        settings: ClientSettings | None = None,
        around: Around | None = None,
    ) -> WatchedAccount:
        """Another client of the same merchant, open until the end."""
        made = _account(
            self.server, self.connect(), settings or self.settings, self.clock, credentials, session, around
        )
        return await self._opened.enter_async_context(made)

    async def browser(self) -> aiohttp.ClientSession:
        """What speaks to the sandbox as a browser does, cookies kept by the test; open until the end."""
        made = aiohttp.ClientSession(
            self.server, connector=self.connect(), cookie_jar=aiohttp.DummyCookieJar()
        )
        return await self._opened.enter_async_context(made)

    async def someone(self, oid: int = OID) -> WatchedAccount:
        """A client that is logged in as this customer."""
        client = await self.open(credentials_of(self.sandbox, oid))
        await client.login()
        return client

    def truth(self, oid: int = OID) -> dict[str, Any]:
        """What the portal's side knows of a customer."""
        document = self.sandbox.portal.truth(oid)
        assert document is not None
        return document

    def email(self, oid: int = OID) -> str:
        """A customer's address."""
        return credentials_of(self.sandbox, oid).email

    def mail(self, kind: str) -> list[dict[str, str]]:
        """Mail of a kind that was sent, oldest first."""
        return [one for one in self.sandbox.portal.office.outbox.document() if one["kind"] == kind]

    def follow(self, token: str) -> None:
        """The link in the mail about a registration."""
        validate(self.sandbox.portal.office, token)

    def shop(self, folder: Path) -> Shop:
        """The merchant's lake, filled through the other API."""
        return Shop(House(self.ultracart, self.sandbox, self.clock, server=self.server), folder)

    async def close(self) -> None:
        """All that was opened meanwhile."""
        await self._opened.aclose()


Scenario = Callable[[PortalHouse], Awaitable[T]]


def credentials_of(sandbox: Sandbox, oid: int = OID) -> Credentials:
    """What a customer of the sandbox logs in with."""
    document = sandbox.merchant.truth(oid)
    assert document is not None
    password = f"password-{oid}"
    forbid(document["email"], password)
    return Credentials(document["email"], Secret(password))


def portal(customers: int = 30, **more: object) -> SandboxSettings:
    """A sandbox with a customer who has ordered a lot."""
    return small(customers, **{"orders": ORDERS, **more})


def in_memory(
    scenario: Scenario[T], settings: SandboxSettings | None = None, client: ClientSettings = QUICK
) -> T:
    """Run a scenario without sockets, in virtual time."""

    async def main() -> T:
        clock, cut = VirtualClock(), Cut()
        application = make_application(settings or portal(), clock)
        async with MemoryServer(application) as memory:

            def connect() -> aiohttp.BaseConnector:
                return memory.connector(cut)

            async with _house(application, clock, "http://localhost", client, connect, cut) as house:
                return await scenario(house)

    return run_virtual(main())


def over_sockets(
    scenario: Scenario[T], settings: SandboxSettings | None = None, client: ClientSettings = QUICK
) -> T:
    """Run a scenario over loopback sockets, in real time."""

    async def main() -> T:
        clock = SystemClock()
        application = make_application(settings or portal(latency_s=0.0), clock)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            server = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with _house(application, clock, server, client, lambda: None, Cut()) as house:
                return await scenario(house)
        finally:
            await runner.cleanup()

    return asyncio.run(main())


WAYS: Final = {"memory": in_memory, "sockets": over_sockets}


@asynccontextmanager
async def _house(
    application: web.Application,
    clock: Clock,
    server: str,
    client: ClientSettings,
    connect: Connect,
    cut: Cut,
) -> AsyncIterator[PortalHouse]:
    FORBIDDEN.clear()
    sandbox, key = application[SANDBOX], SimpleKey(Secret(KEY))
    merchant = AiohttpTransport(server, key, client, connector=connect())
    async with (
        WatchedClient(
            key, transport=merchant, settings=client, clock=clock, pacer=NoPacer(), chance=lambda: 0.0
        ) as ultracart,
        _account(server, connect(), client, clock, credentials_of(sandbox)) as account,
    ):
        house = PortalHouse(account, ultracart, sandbox, clock, server, client, connect, cut)
        try:
            yield house
        finally:
            await house.close()
            nothing_forbidden_is_shown()


def _account(
    server: str,
    connector: aiohttp.BaseConnector | None,
    settings: ClientSettings,
    clock: Clock,
    credentials: Credentials | None,
    session: Session | None = None,
    around: Around | None = None,
) -> WatchedAccount:
    made: AccountTransport | None = None
    if connector is not None or around is not None:  # else the client makes its own
        made = AiohttpTransport(server, None, settings, base_path=ACCOUNT_PATH, connector=connector)
    transport = around(made) if around is not None and made is not None else made
    return WatchedAccount(
        MERCHANT, credentials, server=None if transport else server, transport=transport, settings=settings,
        clock=clock, pacer=NoPacer(), chance=lambda: 0.0, session=session,
    )  # fmt: skip
