"""The answers as they were received, one file an operation."""

from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

import msgspec

from ucsync.store.account_archive.progress import Kept
from ucsync.store.account_archive.values import is_strict_json


def received_text(operation: str, answers: Iterable[Kept]) -> Iterator[bytes]:
    """One JSON object; each answer's body stands in it byte for byte.

    A body that no strict reader of JSON would take (NaN, bytes that are not UTF-8) stands in it as text in
    Base64, under another name.
    """
    yield b'{"operation":' + msgspec.json.encode(operation) + b',"answers":['
    for number, kept in enumerate(answers):
        yield (b",\n" if number else b"\n") + _answer(kept)
    yield b"\n]}\n"


def _answer(kept: Kept) -> bytes:
    asked = kept.asked
    facts: dict[str, Any] = {
        "request": {"path": asked.path, "query": asked.query},
        "status": asked.status,
        "received_at": asked.received_at.astimezone(UTC),
        "headers": _headers(kept),
    }
    body, name = kept.body, b"body"
    if not body.strip():
        body = b"null"
    elif not is_strict_json(body):
        body, name = msgspec.json.encode(b64encode(body).decode()), b"body_base64"
    return msgspec.json.encode(facts)[:-1] + b',"' + name + b'":' + body + b"}"


def _headers(kept: Kept) -> dict[str, str]:
    paging = kept.asked.paging
    if paging is None:
        return {}
    told = {
        "page-size": paging.page_size,
        "page-number": paging.page_number,
        "total-records": paging.total_records,
        "total-pages": paging.total_pages,
    }
    return {f"uc-pagination-{name}": f"{count}" for name, count in told.items() if count is not None}
