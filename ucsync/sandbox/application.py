"""The sandbox as an aiohttp application: route, admit, act, churn, answer; faults where they are drawn."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import hdrs, web

from ucsync.model import Clock
from ucsync.sandbox import control, routes
from ucsync.sandbox.admission import Admission
from ucsync.sandbox.churn import churn
from ucsync.sandbox.faults import fault_at
from ucsync.sandbox.limits import Grant
from ucsync.sandbox.my_account import BASE, PortalReply
from ucsync.sandbox.reply import Refusal, Reply
from ucsync.sandbox.routes import Match, check_path
from ucsync.sandbox.settings import SandboxSettings
from ucsync.sandbox.state import SANDBOX, Sandbox
from ucsync.sandbox.wire import (
    Sending,
    abort,
    compress,
    garbage_response,
    html_response,
    json_response,
    portal_response,
    send,
)
from ucsync.ultracart.codec import decode_json

BODY_BYTES_MAX: Final = 8 * 2**20
FIELDS_MAX: Final = 1000

_log = logging.getLogger("ucsync.sandbox")

_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_JSON_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True)
class _Call:
    """An admitted request on its way, whichever of the two APIs it is for.

    Attributes:
        request: as aiohttp has it.
        name: of the operation, for the log.
        number: of the request.
        fault: what it meets, or None.
        act: does what it asks for, given its body, and answers.
        refuse: answers a refusal.
        leave: is told once what became of it: a status, or None.
    """

    request: web.Request
    name: str
    number: int
    fault: str | None
    act: Callable[[bytes], web.Response]
    refuse: Callable[[Refusal], web.Response]
    leave: Callable[[int | None], None]


def make_application(settings: SandboxSettings, clock: Clock) -> web.Application:
    """An application that answers as UltraCart does under `/rest/v2` and `/rest/myaccount`, and as a lab
    under `/sandbox/`.

    Args:
        settings: who the merchant is, what goes wrong and how often.
        clock: real time, or a test's; the server's own clock is a `ServerClock` around it.

    Returns:
        The application; `application[SANDBOX]` is its `Sandbox`. It learns of connections that go
        away from aiohttp (`handler_cancellation`), and needs no real socket.
    """
    application = web.Application(client_max_size=BODY_BYTES_MAX, handler_args={"handler_cancellation": True})
    sandbox = Sandbox(settings, clock)
    shell = _Shell(sandbox)
    application[SANDBOX] = sandbox
    application.router.add_route("*", "/{path:.*}", shell.handle)
    application.on_shutdown.append(shell.let_go)
    application.on_cleanup.append(shell.end)
    return application


class _Shell:
    """What surrounds the merchant."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._admission = Admission(sandbox)
        self._acting: set[asyncio.Task[Sending] | asyncio.Task[None]] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request of any kind."""
        raw_path = request.rel_url.raw_path
        if raw_path.startswith(control.BASE):
            return await self._control(request, raw_path)
        if raw_path.startswith(f"{BASE}/"):
            return await self._take(self._portal_call(request, raw_path))
        if not raw_path.startswith(routes.BASE):
            return await send(request, self._whole(request, self._error(Refusal(404, "No such resource."))))
        number = self._sandbox.arrive()
        try:
            found, grant = self._admission.admit(request.method, raw_path, request.headers)
        except Refusal as refusal:
            return await send(request, self._count(self._whole(request, self._error(refusal))))
        return await self._take(self._customer_call(request, number, found, grant))

    def _customer_call(self, request: web.Request, number: int, found: Match, grant: Grant) -> _Call:
        """A request to `/rest/v2` that was let in."""
        return _Call(
            request,
            found.operation.operation_id,
            number,
            self._fault_at(number),
            act=lambda raw: self._json(self._performed(request, found, raw)),
            refuse=lambda refusal: self._json(self._error(refusal)),
            leave=lambda status: self._admission.leave(grant, status),
        )

    def _portal_call(self, request: web.Request, raw_path: str) -> _Call:
        """A request to `/rest/myaccount`, which is no application's: no key, no quota, any number at once."""
        portal, query = self._sandbox.portal, request.rel_url.raw_query_string
        number = self._sandbox.arrive()

        def act(raw: bytes) -> web.Response:
            headers, cookies = request.headers, request.cookies
            return self._portal(portal.answer(request.method, raw_path, query, headers, cookies, raw))

        return _Call(
            request,
            f"{request.method} of the portal",
            number,
            self._fault_at(number),
            act=act,
            refuse=lambda refusal: self._portal(portal.refused(refusal, request.headers)),
            leave=lambda _: None,
        )

    def _fault_at(self, number: int) -> str | None:
        return fault_at(self._sandbox.faults, self._sandbox.settings.seed, number)

    async def _take(self, call: _Call) -> web.StreamResponse:
        return await (self._stall(call) if call.fault == "stall" else self._answer(call))

    async def let_go(self, _: web.Application) -> None:
        """At shutdown: stalled requests do not hold it up."""
        self._sandbox.closing.set()

    async def end(self, _: web.Application) -> None:
        """After shutdown: nothing goes on acting."""
        for task in self._acting:
            task.cancel()
        await asyncio.gather(*self._acting, return_exceptions=True)

    async def _control(self, request: web.Request, raw_path: str) -> web.StreamResponse:
        try:
            control.check_origin(request)
            body = await _read(request)
            document = control.answer(self._sandbox, request.method, raw_path, request.query, body)
            reply = Reply(200, document)
        except Refusal as refusal:
            reply = Reply(refusal.status, {"error": refusal.message}, refusal.headers)
        return await send(request, self._whole(request, reply))

    async def _stall(self, call: _Call) -> web.StreamResponse:
        """Hold the connection until the client gives it up (then this is cancelled) or the end."""
        counters = self._sandbox.counters
        counters.faults["stall"] += 1
        counters.unanswered += 1
        try:
            self._churn(call.number)
            await _drain(call.request)
            await self._sandbox.closing.wait()
        finally:
            call.leave(None)
        abort(call.request)
        return web.Response()

    async def _answer(self, call: _Call) -> web.StreamResponse:
        # Shielded: a server goes on acting, and stays busy, when its client has gone away.
        task = asyncio.ensure_future(self._act(call))
        self._keep(task)
        return await send(call.request, await asyncio.shield(task))

    def _keep(self, task: asyncio.Task[Sending] | asyncio.Task[None]) -> None:
        self._acting.add(task)
        task.add_done_callback(self._acting.discard)

    async def _act(self, call: _Call) -> Sending:
        status: int | None = None
        try:
            sending = await self._outcome_or_bug(call)
            status = sending.status
            self._churn(call.number)
            return self._count(sending)
        finally:
            call.leave(status)

    async def _outcome_or_bug(self, call: _Call) -> Sending:
        try:
            return await self._outcome(call)
        except Exception:  # noqa: BLE001  (a bug of the sandbox: said aloud, answered as a server would)
            _log.exception("a bug of the sandbox, in %s", call.name)
            return self._fails(call)

    async def _outcome(self, call: _Call) -> Sending:
        sandbox = self._sandbox
        try:
            raw = await _read(call.request)
        except Refusal as refusal:
            return self._refused(call, refusal)
        except ConnectionError:  # the client went away in the middle of its body
            return Sending(None)
        if sandbox.settings.latency_s:
            await sandbox.real_clock.sleep(sandbox.settings.latency_s)
        if call.fault is None:
            return _squeezed(call, call.act(raw))
        sandbox.counters.faults[call.fault] += 1
        if call.fault == "late":
            return self._postponed(call, raw)
        if call.fault in _WITHOUT_ACTING:
            return _WITHOUT_ACTING[call.fault](self, call)
        return _AFTER_ACTING[call.fault](self, call, call.act(raw))

    def _postponed(self, call: _Call, raw: bytes) -> Sending:
        """A queue behind the server has the request, and comes to it in its own time.

        It leaves the application's place, so that others are answered before it acts.
        """
        counters = self._sandbox.counters

        def acted(_: asyncio.Task[None]) -> None:
            counters.acting_later -= 1

        counters.acting_later += 1
        task = asyncio.ensure_future(self._act_later(call, raw))
        task.add_done_callback(acted)
        self._keep(task)
        return Sending(None)

    async def _act_later(self, call: _Call, raw: bytes) -> None:
        """What the operation answers, a refusal too, nobody hears."""
        try:
            await self._sandbox.real_clock.sleep(self._sandbox.settings.late_s)
            call.act(raw)
        except Exception:  # noqa: BLE001  (a bug of the sandbox: said aloud, as there is nobody to answer)
            _log.exception("a bug of the sandbox, in %s", call.name)

    def _performed(self, request: web.Request, found: Match, raw: bytes) -> Reply:
        operation, path = found.operation, found.path
        raw_query = request.rel_url.raw_query_string
        try:
            check_path(found)
            query = _pairs(raw_query)
            body = _body(request, raw) if operation.body is not None else None
            form = _form(request, raw) if operation.body is None else {}
        except Refusal as refusal:
            return self._error(refusal)
        return self._sandbox.merchant.perform(operation, path, query, raw_query, body, form)

    def _churn(self, number: int) -> None:
        sandbox = self._sandbox
        done = churn(sandbox.merchant, sandbox.churn, sandbox.settings.seed, number)
        if done is not None:
            sandbox.counters.churn[done] += 1

    def _error(self, refusal: Refusal) -> Reply:
        return self._sandbox.merchant.error_reply(refusal.status, refusal.message, refusal.headers)

    def _json(self, reply: Reply) -> web.Response:
        return json_response(reply, self._sandbox.clock.now())

    def _portal(self, reply: PortalReply) -> web.Response:
        return portal_response(reply, self._sandbox.clock.now())

    def _whole(self, request: web.Request, reply: Reply) -> Sending:
        return Sending(_compressed(request, self._json(reply)))

    def _html(self, status: int, title: str) -> Sending:
        return Sending(html_response(status, title, self._sandbox.clock.now()))

    def _garbage(self, whole: web.Response) -> Sending:
        return Sending(garbage_response(whole, self._sandbox.clock.now()))

    def _fails(self, call: _Call) -> Sending:
        message = "Internal error.  Please contact UltraCart Support."  # its own words (§2.4)
        return self._refused(call, Refusal(500, message))

    def _refuses(self, call: _Call) -> Sending:
        return self._refused(call, self._admission.too_many("fault", "Too many requests.", 1))

    def _refused(self, call: _Call, refusal: Refusal) -> Sending:
        return _squeezed(call, call.refuse(refusal))

    def _count(self, sending: Sending) -> Sending:
        counters = self._sandbox.counters
        if sending.status is None:
            counters.unanswered += 1
        else:
            counters.answered[sending.status] += 1
        return sending


_WITHOUT_ACTING: Final[Mapping[str, Callable[[_Shell, _Call], Sending]]] = MappingProxyType({
    "500": lambda shell, call: shell._fails(call),
    "503-html": lambda shell, _: shell._html(503, "Service Unavailable"),
    "429": lambda shell, call: shell._refuses(call),
    "html": lambda shell, _: shell._html(200, "Scheduled maintenance"),
    "reset": lambda *_: Sending(None),
})  # fmt: skip

_AFTER_ACTING: Final[Mapping[str, Callable[[_Shell, _Call, web.Response], Sending]]] = MappingProxyType({
    "garbage": lambda shell, _, whole: shell._garbage(whole),
    "lost-answer": lambda *_: Sending(None),
    "truncate": lambda _, call, whole: Sending(_compressed(call.request, whole), halved=True),
})  # fmt: skip


def _squeezed(call: _Call, whole: web.Response) -> Sending:
    return Sending(_compressed(call.request, whole))


def _compressed(request: web.Request, whole: web.Response) -> web.Response:
    return compress(whole, request.headers.get(hdrs.ACCEPT_ENCODING, ""))


async def _read(request: web.Request) -> bytes:
    if hdrs.CONTENT_ENCODING in request.headers:  # no source says that it would be taken
        raise Refusal(415, "A Content-Encoding of the body is not supported.")
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(413, f"The body is larger than {BODY_BYTES_MAX} bytes.") from None
    except web.RequestPayloadError:
        raise Refusal(400, "The body does not fit its transfer or content encoding.") from None


async def _drain(request: web.Request) -> None:
    """Read what the client still sends, or aiohttp would not see it go away."""
    try:
        await _read(request)
    except (Refusal, ConnectionError):
        return


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except UnicodeDecodeError:
        raise Refusal(400, "A parameter is not UTF-8.") from None
    except ValueError:
        raise Refusal(400, f"More than {FIELDS_MAX} parameters.") from None


def _body(request: web.Request, raw: bytes) -> object:
    if request.content_type != _JSON_TYPE:
        raise Refusal(400, f"Content-Type must be {_JSON_TYPE}.")
    if not raw.strip():
        raise Refusal(400, "A body is missing and is required.")
    try:
        value: object = decode_json(raw)
    except ValueError:
        raise Refusal(400, "Invalid JSON.") from None
    return value


def _form(request: web.Request, raw: bytes) -> dict[str, str]:
    if request.content_type != _FORM_TYPE:
        return {}
    return dict(_pairs(raw.decode(errors="replace")))
