"""aiohttp, in the one file that knows it.

Every request has a connection of its own. A kept one may be closed by the server just as a write goes
out, whose outcome is then unknown; and an answer too many on it would be taken for the next request's.
A handshake is cheap beside a request, of which there are a thousand an hour.

What aiohttp does by itself and must not do here: repeat a GET, PUT or DELETE whose connection broke
(a merge is a PUT, and each repetition spends a request), follow a redirect with the key in hand, keep
cookies, take a proxy from the environment, show the key in its exceptions. The last is why failures
are raised outside the `except` that saw them: nothing of aiohttp hangs on our errors.
"""

import asyncio
import socket
import ssl
import struct
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
from yarl import URL

from ucsync.model import AnswerUnusable, ConfigurationInvalid, ConnectionLost, InvalidRequest, Outcome
from ucsync.model.errors import CallFailed
from ucsync.net.settings import API_PATH, ClientSettings, api_address
from ucsync.net.transport import Outgoing
from ucsync.ultracart import Credential, RawAnswer

_DROP_WHAT_WAITS: Final = struct.pack("ii", 1, 0)  # linger on, for no time: the connection is reset
_CHUNK_BYTES: Final = 64 * 1024
_NO_TIMERS: Final = aiohttp.ClientTimeout(total=None, connect=None, sock_read=None, sock_connect=None)
_USER_AGENT: Final = "ucsync"


class _ConnectionBroken(Exception):
    """Stands in for the two aiohttp exceptions after which it would silently send again."""


@dataclass(slots=True, eq=False)
class _Attempt:
    """What is known of one attempt while it runs."""

    connected: bool = False
    sockets: list[socket.socket] = field(default_factory=list)

    def cut(self) -> None:
        """Stop sending at once, and drop what the system has not sent yet. Closing alone would let the
        rest of a body go out behind our back, and the server act on a request that was given up."""
        for opened in self.sockets:
            with suppress(OSError):  # already closed
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _DROP_WHAT_WAITS)
                opened.shutdown(socket.SHUT_RDWR)


#: The attempt that a connection is being made for.
_ATTEMPT: Final[ContextVar[_Attempt]] = ContextVar("attempt")


def _socket(address: Any) -> socket.socket:
    """A socket for an address as getaddrinfo gives it, known to the attempt that it is for."""
    opened = socket.socket(*address[:3])
    _ATTEMPT.get().sockets.append(opened)
    return opened


class AiohttpTransport:
    """The way to one API of one server, with one credential or none.

    Args:
        server: scheme, host and port, e.g. `https://secure.ultracart.com`.
        credential: goes into a header of requests to this server, and nowhere else; None where the
            requests themselves say who is asking (MyAccount).
        settings: deadline and size.
        base_path: where the API is at the server.
        tls: which certificates to trust, e.g. `ssl.create_default_context(cafile=...)`; by default the
            system's.
        connector: how connections are made, instead of over TCP. It must not keep connections for later
            requests (`force_close`). What a request that is given up had already handed to it may still
            be sent, which the TCP connections made here prevent.

    Raises:
        ConfigurationInvalid: the address, or the connector, cannot be used.
    """

    def __init__(
        self,
        server: str,
        credential: Credential | None,
        settings: ClientSettings,
        *,
        base_path: str = API_PATH,
        tls: ssl.SSLContext | None = None,
        connector: aiohttp.BaseConnector | None = None,
    ) -> None:
        self._base = api_address(server, base_path)
        self._who = () if credential is None else (credential.header(),)
        self._settings = settings
        if connector is not None and not connector.force_close:
            raise ConfigurationInvalid("the connector keeps connections; make it with force_close=True")
        self._connector = connector
        self._tls = tls
        self._running: set[_Attempt] = set()
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def send(self, request: Outgoing) -> RawAnswer:
        """See `Transport.send`."""
        if self._closed:
            wrong = ("client", "closed; use it inside `async with`")
            raise InvalidRequest(request.operation.operation_id, (wrong,))
        attempt = _Attempt()
        _ATTEMPT.set(attempt)
        try:
            async with asyncio.timeout(self._settings.deadline_s):
                return await self._exchange(request, attempt)
        except CallFailed:
            raise
        except TimeoutError:
            cause = f"no answer within {self._settings.deadline_s:g} s"
        except (_ConnectionBroken, aiohttp.ClientError, OSError, ssl.SSLError) as fault:
            cause = _cause_of(fault)
        except Exception as fault:  # noqa: BLE001  (hostile bytes may raise anything in an HTTP parser)
            cause = f"not HTTP ({type(fault).__name__})"
        outcome = Outcome.UNKNOWN if attempt.connected else Outcome.NOT_SENT
        raise ConnectionLost(request.operation.operation_id, cause, outcome=outcome)

    async def close(self) -> None:
        """Close for good: what is under way is cut off, and nothing more is sent."""
        self._closed = True
        for attempt in self._running:
            attempt.cut()  # before the session closes them: then it would be too late to reset them
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _exchange(self, request: Outgoing, attempt: _Attempt) -> RawAnswer:
        self._running.add(attempt)
        try:
            return await self._answer(request, attempt)
        except BaseException:
            attempt.cut()
            raise
        finally:
            self._running.discard(attempt)

    async def _answer(self, request: Outgoing, attempt: _Attempt) -> RawAnswer:
        async with self._opened().request(
            request.operation.method,
            URL(self._base + request.target, encoded=True),
            data=request.body,
            headers=[*request.headers, *self._who],
            allow_redirects=False,
            trace_request_ctx=attempt,
        ) as response:
            body = await self._body(request, response)
            headers = {key.lower(): response.headers[key] for key in response.headers}
            cookies = tuple(response.headers.getall("Set-Cookie", ()))
            return RawAnswer(response.status, headers, body, cookies)

    async def _body(self, request: Outgoing, response: aiohttp.ClientResponse) -> bytes:
        """The whole body; aiohttp inflates piecewise, so the size is bounded while it grows."""
        parts, size = [], 0
        async for part in response.content.iter_chunked(_CHUNK_BYTES):
            parts.append(part)
            size += len(part)
            if size > self._settings.answer_bytes_max:
                text = f"answer unusable: over {self._settings.answer_bytes_max} bytes"
                raise AnswerUnusable(request.operation.operation_id, text, status=response.status)
        return b"".join(parts)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._connector or _tcp_connector(self._tls),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": _USER_AGENT, "Accept-Encoding": "gzip, deflate"},
                timeout=_NO_TIMERS,
                trace_configs=[_connection_trace()],
                middlewares=(_never_again,),
            )
        return self._session


def _tcp_connector(tls: ssl.SSLContext | None) -> aiohttp.TCPConnector:
    trust = True if tls is None else tls  # True: verify by the system's certificates
    return aiohttp.TCPConnector(limit=0, force_close=True, ssl=trust, socket_factory=_socket)


async def _never_again(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Hide from aiohttp the failures after which it would send the request a second time."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise  # no connection was made; this one it does not repeat
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        broken = _ConnectionBroken()
    raise broken


def _connection_trace() -> aiohttp.TraceConfig:
    """Marks an attempt as connected: from then on the server may have seen it."""

    async def connected(_session: object, context: Any, _params: object) -> None:
        context.trace_request_ctx.connected = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(connected)
    return trace


def _cause_of(fault: Exception) -> str:
    """A fault in our own words: aiohttp's may hold the address, and in its repr the key."""
    if isinstance(fault, aiohttp.ClientConnectorCertificateError):
        return "the server's certificate is not trusted"
    if isinstance(fault, (aiohttp.ClientSSLError, ssl.SSLError)):
        return "no TLS connection to the server"
    if isinstance(fault, aiohttp.ClientConnectorDNSError):
        return "the server's name cannot be resolved"
    if isinstance(fault, aiohttp.ClientConnectorError):
        return "no connection to the server"
    if isinstance(fault, aiohttp.ClientPayloadError):
        return "the answer broke off, or its encoding is damaged"
    if isinstance(fault, aiohttp.ClientResponseError):
        return "the answer is not HTTP"
    return "the connection broke"
