"""Replies as bytes on a connection, whole or broken on purpose."""

import asyncio
import re
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from aiohttp import hdrs, web

from ucsync.sandbox.my_account import PortalReply
from ucsync.sandbox.reply import Reply
from ucsync.ultracart.codec import encode_json

JSON_TYPE: Final = "application/json; charset=UTF-8"
HTML_TYPE: Final = "text/html; charset=UTF-8"
SERVER: Final = "ucsync-sandbox"
COMPRESSED_FROM_BYTES: Final = 1024

_PAGE: Final = b"<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n"
_GZIP: Final = 31  # zlib's figure for a gzip frame with the widest window
_CONTROLS: Final = dict.fromkeys((*range(32), 127), " ")


@dataclass(frozen=True, slots=True)
class Sending:
    """What is to go over the wire: a whole answer, the first half of it, or (None) a broken connection."""

    response: web.Response | None
    halved: bool = False

    @property
    def status(self) -> int | None:
        """What the client can read as the request's status; None when no whole answer comes."""
        return None if self.response is None or self.halved else self.response.status


def json_response(reply: Reply, now: datetime) -> web.Response:
    """A reply as an uncompressed response; `now` is the server's instant, for the Date header."""
    body = None if reply.document is None else encode_json(reply.document)
    return _response(reply.status, body, JSON_TYPE, now, reply.headers.items())


def html_response(status: int, title: str, now: datetime) -> web.Response:
    """What a proxy or a maintenance page answers."""
    body = _PAGE % (title.encode(), title.encode())
    return _response(status, body, HTML_TYPE, now)


def portal_response(reply: PortalReply, now: datetime) -> web.Response:
    """The same for the portal, whose answers may be text and have several headers of one name."""
    return _response(reply.status, reply.content, reply.content_type, now, reply.headers)


def garbage_response(whole: web.Response, now: datetime) -> web.Response:
    """200 and `application/json`, with the first half of a body: never valid JSON."""
    valid = whole.body if isinstance(whole.body, bytes) and whole.body else encode_json({"success": True})
    return _response(200, valid[: len(valid) // 2], JSON_TYPE, now)


def compress(response: web.Response, accepted: str) -> web.Response:
    """Gzip the body in place, cheaply, when it is worth it and `accepted` (Accept-Encoding) has it."""
    body = response.body
    if isinstance(body, bytes) and len(body) > COMPRESSED_FROM_BYTES and _takes_gzip(accepted):
        response.body = zlib.compress(body, level=1, wbits=_GZIP)
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
    return response


async def send(request: web.Request, sending: Sending) -> web.StreamResponse:
    """Put it on the wire as far as it is to go there.

    Returns:
        The response for aiohttp to write; one that it finds already begun, or on a closed
        connection, it drops.
    """
    if sending.response is None:
        abort(request)
        return web.Response()
    return await _send_half(request, sending.response) if sending.halved else sending.response


def abort(request: web.Request) -> None:
    """Break the connection at once."""
    transport = request.transport
    if isinstance(transport, asyncio.Transport):
        transport.abort()


async def _send_half(request: web.Request, whole: web.Response) -> web.StreamResponse:
    body = whole.body if isinstance(whole.body, bytes) else b""
    stream = web.StreamResponse(status=whole.status, headers=whole.headers)
    stream.headers[hdrs.CONTENT_LENGTH] = str(len(body))
    if body:
        with suppress(ConnectionError):  # the client may be gone already
            await stream.prepare(request)
            await stream.write(body[: len(body) // 2])
    abort(request)
    return stream


def _response(
    status: int,
    body: bytes | None,
    content_type: str,
    now: datetime,
    further: Iterable[tuple[str, str]] = (),
) -> web.Response:
    headers = {hdrs.DATE: format_datetime(now, usegmt=True), hdrs.SERVER: SERVER}
    if body is not None:
        headers[hdrs.CONTENT_TYPE] = content_type
    response = web.Response(status=status, body=body, headers=headers)
    for name, value in further:
        response.headers.add(name, value.translate(_CONTROLS))
    return response


def _takes_gzip(accepted: str) -> bool:
    for offer in accepted.lower().split(","):
        coding, _, parameters = offer.partition(";")
        if coding.strip() == "gzip":
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", parameters)
    return False
