"""Which error an unsuccessful answer is, and what may be said of it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from ucsync.model import (
    AnswerUnusable,
    ApplicationDisabled,
    BadRequest,
    NotFound,
    RateLimited,
    ServerFault,
    Unauthorised,
)
from ucsync.model.errors import CallFailed, Refused, ServerWords
from ucsync.model.secret import MASK
from ucsync.ultracart.models import ErrorDetail
from ucsync.ultracart.requests import Request

#: A wait longer than this is not believed: a day's limit frees a slot every 8.64 s.
WAIT_S_MAX: Final = 86_400
WORDS_SHOWN_MAX: Final = 300

_LIMIT = re.compile(r"rate of (\d{1,9}) per (\d{1,9}) second")
_FIELD = re.compile(r"\b([a-z][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)+)\b")
_WORD = re.compile(r"[^\W_]{4,}")
_EMAIL_LIKE = re.compile(r"\S+@\S+")
_KEY_LIKE = re.compile(r"\b(?:[0-9a-fA-F]{16,}|\d{6,})\b")
_KINDS: Final[dict[int, type[Refused]]] = {
    401: Unauthorised,
    404: NotFound,
    410: ApplicationDisabled,
    429: RateLimited,
}


def error_for(request: Request, status: int, headers: Mapping[str, str], error: ErrorDetail) -> CallFailed:
    """The error that a status outside 2xx is."""
    operation_id = request.operation.operation_id
    words = _words(error, headers)
    text = f"{status}{_shown(request, words)}"
    if 300 <= status <= 399:
        return AnswerUnusable(operation_id, f"{status}: redirects are refused", status=status)
    if status >= 500 or status in (408, 425):
        return ServerFault(operation_id, text, status=status, words=words)
    if status < 400:
        return AnswerUnusable(operation_id, f"status {status}", status=status)
    refused = _KINDS.get(status, BadRequest)(operation_id, text, status=status, words=words)
    if isinstance(refused, BadRequest):
        refused.field = _field_of(words)
    elif isinstance(refused, RateLimited):
        refused.wait_s = retry_after_s(headers)
        refused.limit = _limit_of(words)
    return refused


def error_in_answer(request: Request, headers: Mapping[str, str], error: ErrorDetail) -> CallFailed:
    """The error that a 2xx carries; its `error_code` is documented to be an HTTP status (§2.3)."""
    code = error.get("error_code") or ""
    status = int(code) if re.fullmatch(r"[45]\d\d", code) else 400
    return error_for(request, status, headers, error)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks to wait: a number, or a date read by the server's own clock.

    None when absent or absurd: negative, no number, a date without a Date beside it, over a day.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", value):
        wait_s = float(value)
    else:
        then, now = _date(value), _date(headers.get("date", ""))
        if then is None or now is None:
            return None
        wait_s = (then - now).total_seconds()
    return wait_s if 0 <= wait_s <= WAIT_S_MAX else None


def _date(text: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text)
        return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _words(error: ErrorDetail, headers: Mapping[str, str]) -> ServerWords:
    return ServerWords(
        user_message=error.get("user_message") or headers.get("uc-rest-error", ""),
        developer_message=error.get("developer_message") or "",
        error_code=error.get("error_code") or "",
        more_info=error.get("more_info") or "",
        object_id=error.get("object_id") or "",
    )


def _shown(request: Request, words: ServerWords) -> str:
    """UltraCart's words as they may stand in an exception: what was sent, whole or word by word,
    addresses and long numbers are masked; the rest is one short line."""
    text = words.user_message or words.developer_message
    hidden = {word for sent in request.masked for word in (sent, *_WORD.findall(sent))}
    for word in sorted(hidden, key=len, reverse=True):
        if len(word) >= 2:
            text = re.sub(re.escape(word), MASK, text, flags=re.IGNORECASE)
    text = _KEY_LIKE.sub(MASK, _EMAIL_LIKE.sub(MASK, text))
    line = " ".join(part for part in text.split() if part.isprintable())
    return f": {line[:WORDS_SHOWN_MAX]}" if line else ""


def _field_of(words: ServerWords) -> str | None:
    for text in (words.user_message, words.developer_message):
        if found := _FIELD.search(text):
            return found.group(1)
    return None


def _limit_of(words: ServerWords) -> tuple[int, int] | None:
    found = _LIMIT.search(words.user_message) or _LIMIT.search(words.developer_message)
    return (int(found.group(1)), int(found.group(2))) if found else None
