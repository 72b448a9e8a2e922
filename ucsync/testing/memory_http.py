"""aiohttp without sockets: real HTTP parsers at both ends of two transports in memory."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
from aiohttp import web


@dataclass(slots=True)
class Cut:
    """Where to break connections: after so many bytes in one direction, counted over all connections
    that it is used for. `None` never breaks; what `heals` breaks once, and later connections hold. `seen`
    counts what has been delivered, `broken` how often a connection broke."""

    after_to_server: int | None = None
    after_to_client: int | None = None
    heals: bool = False
    seen_to_server: int = 0
    seen_to_client: int = 0
    broken: int = 0

    def to_server(self, size: int) -> int:
        """How many of so many bytes get through to the server."""
        allowed = _allowed(size, self.after_to_server, self.seen_to_server)
        self.seen_to_server += allowed
        if self._breaks(allowed, size):
            self.after_to_server = None
        return allowed

    def to_client(self, size: int) -> int:
        """How many of so many bytes get through to the client."""
        allowed = _allowed(size, self.after_to_client, self.seen_to_client)
        self.seen_to_client += allowed
        if self._breaks(allowed, size):
            self.after_to_client = None
        return allowed

    def _breaks(self, allowed: int, size: int) -> bool:
        """Whether something breaks here that heals."""
        self.broken += allowed < size
        return allowed < size and self.heals


class MemoryTransport(asyncio.Transport):
    """One end of a connection in memory; what is written arrives at the peer's protocol."""

    def __init__(self, allow: Callable[[int], int]) -> None:
        super().__init__({"peername": ("127.0.0.1", 0), "sockname": ("127.0.0.1", 0)})
        self._loop = asyncio.get_running_loop()
        self._allow = allow
        self._protocol: asyncio.Protocol | None = None
        self._peer: Self | None = None
        self._closing = False
        self._paused = False
        self._arrived: list[bytes] = []

    def join(self, protocol: asyncio.Protocol, peer: Self) -> None:
        """Attach the protocol that reads here and the other end."""
        self._protocol, self._peer = protocol, peer
        protocol.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or self._peer is None or not data:
            return
        data = bytes(data)
        let_through = data[: self._allow(len(data))]
        if let_through:
            self._loop.call_soon(self._peer.arrive, let_through)
        if len(let_through) < len(data):
            self.abort()

    def arrive(self, data: bytes) -> None:
        """Bytes from the peer."""
        if self._closing or self._protocol is None:
            return
        if self._paused or self._arrived:
            self._arrived.append(data)
        else:
            self._protocol.data_received(data)

    def close(self) -> None:
        self._end(None)

    def abort(self) -> None:
        self._end(ConnectionResetError("cut"))

    def _end(self, fault: Exception | None) -> None:
        if self._closing:
            return
        self._closing = True
        if fault is None:  # a close comes after the bytes before it; a reset does not wait for them
            self._deliver(all_of_it=True)
        if self._protocol is not None:
            self._loop.call_soon(self._protocol.connection_lost, fault)
        if self._peer is not None:
            self._loop.call_soon(self._peer._end, fault)

    def _deliver(self, *, all_of_it: bool = False) -> None:
        """What waits, in the order in which it came, until reading is paused again."""
        while self._arrived and self._protocol is not None and (all_of_it or not self._paused):
            self._protocol.data_received(self._arrived.pop(0))

    def is_closing(self) -> bool:
        return self._closing

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        if self._paused:
            self._paused = False
            self._loop.call_soon(self._deliver)

    def is_reading(self) -> bool:
        return not self._paused

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Nothing is buffered here, so there is nothing to limit."""

    def get_protocol(self) -> asyncio.BaseProtocol:
        if self._protocol is None:
            raise RuntimeError("not joined")
        return self._protocol

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        if isinstance(protocol, asyncio.Protocol):
            self._protocol = protocol

    def can_write_eof(self) -> bool:
        return False


class MemoryConnector(aiohttp.BaseConnector):
    """Connects aiohttp's client to a server in the same loop, without a socket.

    Args:
        server: makes a protocol for each connection, e.g. an aiohttp `web.Server`.
        cut: where to break connections.
        each: asked before each connection is made where to break that one, instead of `cut`; when it
            raises OSError, no connection is made.
    """

    def __init__(
        self,
        server: Callable[[], asyncio.Protocol],
        cut: Cut | None = None,
        *,
        each: Callable[[], Cut] | None = None,
    ) -> None:
        super().__init__(limit=0, force_close=True)
        self._server = server
        self._cut = cut or Cut()
        self._each = each or (lambda: self._cut)

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  (aiohttp's own signature)
    ) -> Any:
        cut = self._each()
        client, server = MemoryTransport(cut.to_server), MemoryTransport(cut.to_client)
        protocol = self._factory()
        server.join(self._server(), client)
        client.join(protocol, server)
        return protocol


def _allowed(size: int, after: int | None, seen: int) -> int:
    return size if after is None else max(0, min(size, after - seen))


class MemoryServer:
    """An aiohttp application served in memory; an async context manager.

    `connector()` gives a new connector to it, for `AiohttpTransport(..., connector=...)`.
    """

    def __init__(self, application: web.Application) -> None:
        self._runner = web.AppRunner(application, handle_signals=False, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def connector(self, cut: Cut | None = None, *, each: Callable[[], Cut] | None = None) -> MemoryConnector:
        """A way to the server; each has its own connections. Arguments as of `MemoryConnector`."""
        if self._runner.server is None:
            raise RuntimeError("enter the server first")
        return MemoryConnector(self._runner.server, cut, each=each)
