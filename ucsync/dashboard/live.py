"""A page on loopback that is made anew when there is something new to show."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from ucsync.model import Clock, ConfigurationInvalid, UcsyncError

_HOST: Final = "127.0.0.1"
_NAMES: Final = frozenset({_HOST, "localhost"})
_LOOK_S: Final = 1.0
_SHUTDOWN_S_MAX: Final = 1.0
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a page comes from.

    Attributes:
        newest: names what would be shown now, None when there is nothing; cheap, asked every second.
        make: the page, and what it shows by the same name, which the page holds in `meta[name=shown]`; may
            take its time.
        say: told what went wrong when a newer page could not be made.
    """

    newest: Callable[[], str | None]
    make: Callable[[], Awaitable[tuple[str, str]]]
    say: Callable[[UcsyncError], None]


class Live:
    """The newest page, and who waits for the next one."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._page, self._shown = b"", ""
        self._news = asyncio.Event()

    async def begin(self) -> None:
        """Make the first page. Raises what `Source.make` raises."""
        page, self._shown = await self._source.make()
        self._page = page.encode()

    async def follow(self) -> None:
        """Make it anew whenever there is something newer, until cancelled; what fails is tried again."""
        told = ""
        while True:
            await self._clock.sleep(_LOOK_S)
            try:
                if self._source.newest() in (None, self._shown):
                    continue
                await self.begin()
            except UcsyncError as failure:
                if str(failure) != told:
                    self._source.say(failure)
                told = str(failure)
                continue
            told = ""
            self._news.set()
            self._news = asyncio.Event()

    async def page(self, request: web.Request) -> web.Response:
        """The page as it is now."""
        return web.Response(body=self._page, content_type="text/html", charset="utf-8", headers=_HEADERS)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the name of what is shown, at once and at each change."""
        response = web.StreamResponse(headers={**_HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):  # whoever asked has gone
            while True:
                news = self._news
                await response.write(f"data: {self._shown}\n\n".encode())
                await news.wait()
        return response


async def serve_page(
    source: Source, clock: Clock, port: int, *, path: str, started: Callable[[str], None]
) -> None:
    """Serve on loopback until cancelled.

    What is asked for under another name than the machine's own is refused, so that no web page can have a
    browser read it under a name of its making.

    Args:
        source: of the page.
        clock: time and waiting.
        port: 0 for any free one.
        path: of the page, with a `/` at both ends.
        started: called once, with the address.

    Raises:
        ConfigurationInvalid: the port cannot be listened on.
    """
    live = Live(source, clock)
    application = web.Application(middlewares=[_only_here])
    application.router.add_get(path, live.page)
    application.router.add_get(f"{path}events", live.events)
    application.router.add_get("/favicon.ico", _nothing)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_SHUTDOWN_S_MAX)
    with _listening(port) as line:
        try:
            await live.begin()
            await runner.setup()
            await web.SockSite(runner, line).start()
            started(f"http://{_HOST}:{line.getsockname()[1]}{path}")
            await live.follow()
        finally:
            await runner.cleanup()


def _listening(port: int) -> socket.socket:
    """First of all, as a port that is taken is not worth a page."""
    try:
        return socket.create_server((_HOST, port))
    except OSError as fault:
        text = f"dashboard: cannot listen on {_HOST}, port {port}: {fault.strerror}"
        raise ConfigurationInvalid(f"{text}; choose another with --port") from None


@web.middleware
async def _only_here(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    with suppress(ValueError):  # of a name that is none
        if urlsplit(f"//{request.host}").hostname in _NAMES:
            return await handler(request)
    raise web.HTTPForbidden(text="not under this name")


async def _nothing(request: web.Request) -> web.Response:
    return web.Response(status=204)
