"""For tests of code that uses ucsync: virtual time, and HTTP without sockets.

`run_virtual` runs a coroutine in a loop whose clock jumps to the next timer instead of waiting, so a
simulated day takes as long as its work. `MemoryConnector` joins aiohttp's client to an aiohttp
application by two in-memory transports: real HTTP parsers at both ends, no socket, and the connection
can be cut at any byte. Together with a seed the same run happens again, event for event.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self, TypeVar

import aiohttp
from aiohttp import web

T = TypeVar("T")

START: Final = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time: nothing ready means jump to the next timer.

    No timer and nothing ready is a deadlock, and an error. While work runs in the loop's threads,
    virtual time stands still.
    """

    def __init__(self) -> None:
        self._virtual_s = 0.0
        self.jobs = 0
        self._jumping = _JumpingSelector(self)
        super().__init__(self._jumping)
        # a finer resolution stalls: at large times the next timer is not reachable by addition
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual_s

    def run_in_executor(  # type: ignore[override]  # looser than asyncio's stubs, and the same at run time
        self, executor: Any, func: Any, *args: Any
    ) -> "asyncio.Future[Any]":
        """As any loop, but counting, so that time waits for it."""
        future = super().run_in_executor(executor, func, *args)
        self.jobs += 1
        future.add_done_callback(self._job_done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  (asyncio's)
        """As any loop; its threads end in real time."""
        self.jobs += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self.jobs -= 1

    def _job_done(self, _future: object) -> None:
        self.jobs -= 1

    def jump(self, seconds: float) -> None:
        """Put the clock forward."""
        self._virtual_s += seconds


class _JumpingSelector(selectors.DefaultSelector):
    """Polls, and where it would have waited moves the loop's clock instead."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(None if self._loop.jobs and timeout != 0 else 0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("deadlock: every task waits, and no timer is set")
        self._loop.jump(timeout)
        return ready


def run_virtual(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a new loop of virtual time, to its end."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


class VirtualClock:
    """The running loop's time as a `Clock`: instants count from `start`.

    A thread that the loop has started sees the time of the loop in which the clock was asked last.
    """

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._loop: asyncio.AbstractEventLoop | None = None

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Virtual seconds."""
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            if self._loop is None:
                raise
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Let so much virtual time pass."""
        await asyncio.sleep(seconds)


@dataclass(slots=True)
class Cut:
    """Where to break connections: after so many bytes in one direction, counted over all connections
    of a connector. `None` never breaks; what `heals` breaks once, and later connections hold. `seen`
    counts what has been delivered."""

    after_to_server: int | None = None
    after_to_client: int | None = None
    heals: bool = False
    seen_to_server: int = 0
    seen_to_client: int = 0


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
    """

    def __init__(self, server: Callable[[], asyncio.Protocol], cut: Cut | None = None) -> None:
        super().__init__(limit=0, force_close=True)
        self._server = server
        self._cut = cut or Cut()

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,
        traces: list[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109  (aiohttp's own signature)
    ) -> Any:
        client, server = MemoryTransport(self._to_server), MemoryTransport(self._to_client)
        protocol = self._factory()
        server.join(self._server(), client)
        client.join(protocol, server)
        return protocol

    def _to_server(self, size: int) -> int:
        allowed = _allowed(size, self._cut.after_to_server, self._cut.seen_to_server)
        self._cut.seen_to_server += allowed
        if allowed < size and self._cut.heals:
            self._cut.after_to_server = None
        return allowed

    def _to_client(self, size: int) -> int:
        allowed = _allowed(size, self._cut.after_to_client, self._cut.seen_to_client)
        self._cut.seen_to_client += allowed
        if allowed < size and self._cut.heals:
            self._cut.after_to_client = None
        return allowed


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

    def connector(self, cut: Cut | None = None) -> MemoryConnector:
        """A way to the server; each has its own connections."""
        if self._runner.server is None:
            raise RuntimeError("enter the server first")
        return MemoryConnector(self._runner.server, cut)
