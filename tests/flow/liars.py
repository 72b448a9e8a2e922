"""A sandbox behind somebody who changes what its pages say."""

import json
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from aiohttp import web

from tests.house import QUICK, House, Scenario, T
from tests.watch import KEY, WatchedClient
from ucsync import Secret, SimpleKey
from ucsync.net import AiohttpTransport, ClientSettings, NoPacer
from ucsync.sandbox import SANDBOX, SandboxSettings, make_application
from ucsync.testing import MemoryServer, VirtualClock, run_virtual

_GZIP: Final = 31  # zlib's figure for a gzip frame

#: More than any honest list of this suite takes; a walk that goes on beyond it hangs.
REQUESTS_MAX: Final = 1500


@dataclass(frozen=True)
class Page:
    """One answered page, to be changed in place.

    Attributes:
        number: of the page, from 1.
        offset, limit: as asked.
    """

    number: int
    offset: int
    limit: int
    document: dict[str, Any]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The customers on it."""
        found: list[dict[str, Any]] = self.document["customers"]
        return found

    @property
    def said(self) -> dict[str, Any]:
        """What it says of itself."""
        found: dict[str, Any] = self.document["metadata"].setdefault("result_set", {})
        return found


class Refuse(Exception):
    """Raised by a lie: the answer is a 400 of these words."""


Lie: TypeAlias = Callable[[Page], None]


def behind(lie: Lie, scenario: Scenario[T], settings: SandboxSettings, client: ClientSettings = QUICK) -> T:
    """Run a scenario in memory, where every page of customers is changed by `lie` on its way."""
    pages = 0

    @web.middleware
    async def change(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        nonlocal pages
        response = await handler(request)
        listing = request.method == "GET" and request.path.endswith("/customer/customers")
        if not (listing and isinstance(response, web.Response) and response.status == 200):
            return response
        pages += 1
        if pages > REQUESTS_MAX:
            raise web.HTTPBadRequest(text="no end")
        asked = {name: int(request.query.get(name, 0)) for name in ("_offset", "_limit")}
        page = Page(pages, asked["_offset"], asked["_limit"], json.loads(_plain(response)))
        try:
            lie(page)
        except Refuse as refusal:
            error = {"user_message": str(refusal), "developer_message": str(refusal), "error_code": "400"}
            return web.json_response({"error": error, "success": False}, status=400)
        headers = {name: response.headers[name] for name in ("Date", "Content-Type")}
        return web.Response(body=json.dumps(page.document).encode(), headers=headers)

    async def main() -> T:
        clock = VirtualClock()
        application = make_application(settings, clock)
        application.middlewares.append(change)
        async with MemoryServer(application) as memory:
            credential = SimpleKey(Secret(KEY))
            transport = AiohttpTransport("http://localhost", credential, client, connector=memory.connector())
            async with WatchedClient(
                credential, transport=transport, settings=client, clock=clock, pacer=NoPacer(),
                chance=lambda: 0.5,
            ) as opened:  # fmt: skip
                found = await scenario(House(opened, application[SANDBOX], clock))
        assert pages < REQUESTS_MAX
        return found

    return run_virtual(main())


def _plain(response: web.Response) -> bytes:
    body = response.body
    assert isinstance(body, bytes)
    return zlib.decompress(body, _GZIP) if response.headers.get("Content-Encoding") == "gzip" else body
