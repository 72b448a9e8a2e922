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
    """An admitted request on its way."""

    request: web.Request
    found: Match
    grant: Grant
    number: int
    fault: str | None


def make_application(settings: SandboxSettings, clock: Clock) -> web.Application:
    """An application that answers as UltraCart does under `/rest/v2`, and as a lab under `/sandbox/`.

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
        if not raw_path.startswith(routes.BASE):
            return await send(request, self._whole(request, self._error(Refusal(404, "No such resource."))))
        number = self._sandbox.arrive()
        try:
            found, grant = self._admission.admit(request.method, raw_path, request.headers)
        except Refusal as refusal:
            return await send(request, self._count(self._whole(request, self._error(refusal))))
        settings = self._sandbox.settings
        fault = fault_at(self._sandbox.faults, settings.seed, number)
        call = _Call(request, found, grant, number, fault)
        return await (self._stall(call) if fault == "stall" else self._answer(call))

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
            self._admission.leave(call.grant, None)
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
            self._admission.leave(call.grant, status)

    async def _outcome_or_bug(self, call: _Call) -> Sending:
        try:
            return await self._outcome(call)
        except Exception:  # noqa: BLE001  (a bug of the sandbox: said aloud, answered as a server would)
            _log.exception("a bug of the sandbox, in %s", call.found.operation.operation_id)
            return self._fails(call)

    async def _outcome(self, call: _Call) -> Sending:
        sandbox = self._sandbox
        try:
            raw = await _read(call.request)
        except Refusal as refusal:
            return self._whole(call.request, self._error(refusal))
        except ConnectionError:  # the client went away in the middle of its body
            return Sending(None)
        if sandbox.settings.latency_s:
            await sandbox.real_clock.sleep(sandbox.settings.latency_s)
        if call.fault is None:
            return self._whole(call.request, self._performed(call, raw))
        sandbox.counters.faults[call.fault] += 1
        if call.fault == "late":
            return self._postponed(call, raw)
        if call.fault in _WITHOUT_ACTING:
            return _WITHOUT_ACTING[call.fault](self, call)
        return _AFTER_ACTING[call.fault](self, call, self._performed(call, raw))

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
            self._performed(call, raw)
        except Exception:  # noqa: BLE001  (a bug of the sandbox: said aloud, as there is nobody to answer)
            _log.exception("a bug of the sandbox, in %s", call.found.operation.operation_id)

    def _performed(self, call: _Call, raw: bytes) -> Reply:
        operation, path = call.found.operation, call.found.path
        raw_query = call.request.rel_url.raw_query_string
        try:
            check_path(call.found)
            query = _pairs(raw_query)
            body = _body(call.request, raw) if operation.body is not None else None
            form = _form(call.request, raw) if operation.body is None else {}
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

    def _whole(self, request: web.Request, reply: Reply) -> Sending:
        response = json_response(reply, self._sandbox.clock.now())
        return Sending(compress(response, request.headers.get(hdrs.ACCEPT_ENCODING, "")))

    def _html(self, status: int, title: str) -> Sending:
        return Sending(html_response(status, title, self._sandbox.clock.now()))

    def _garbage(self, reply: Reply) -> Sending:
        return Sending(garbage_response(reply, self._sandbox.clock.now()))

    def _fails(self, call: _Call) -> Sending:
        message = "Internal error.  Please contact UltraCart Support."  # its own words (§2.4)
        return self._whole(call.request, self._error(Refusal(500, message)))

    def _refuses(self, call: _Call) -> Sending:
        refusal = self._admission.too_many("fault", "Too many requests.", 1)
        return self._whole(call.request, self._error(refusal))

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

_AFTER_ACTING: Final[Mapping[str, Callable[[_Shell, _Call, Reply], Sending]]] = MappingProxyType({
    "garbage": lambda shell, _, reply: shell._garbage(reply),
    "lost-answer": lambda *_: Sending(None),
    "truncate": lambda shell, call, reply: Sending(shell._whole(call.request, reply).response, halved=True),
})  # fmt: skip


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
