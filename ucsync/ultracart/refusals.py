"""Which error an unsuccessful answer is, and what may be said of it."""

import re
from collections.abc import Mapping
from typing import Final, Protocol

from ucsync.model import (
    AnswerUnusable,
    ApplicationDisabled,
    BadRequest,
    NotFound,
    Outcome,
    RateLimited,
    ServerFault,
    Unauthorised,
)
from ucsync.model.errors import CallFailed, Refused, ServerWords
from ucsync.ultracart.instants import http_date
from ucsync.ultracart.masking import masked
from ucsync.ultracart.models import ErrorDetail
from ucsync.ultracart.operations import Retry

#: A wait longer than this is not believed: a day's limit frees a slot every 8.64 s.
WAIT_S_MAX: Final = 86_400

_LIMIT = re.compile(r"rate of (\d{1,9}) per (\d{1,9}) second")
_INTERNAL: Final = "internal error"  # UltraCart's own word for a 500 (§2.4)

#: What a refusal is by its status, in the Customer API; a status that is not here makes it a BadRequest.
REFUSALS: Final[Mapping[int, type[Refused]]] = {
    401: Unauthorised,
    404: NotFound,
    410: ApplicationDisabled,
    429: RateLimited,
}


class _Row(Protocol):
    @property
    def operation_id(self) -> str: ...

    @property
    def retry(self) -> Retry: ...


class Sent(Protocol):
    """What an error must know of the request that it is about; both APIs' requests are such."""

    @property
    def operation(self) -> _Row: ...

    @property
    def masked(self) -> frozenset[str]: ...

    def field_named(self, text: str) -> str | None:
        """The field that words of the server name, or None."""


def error_for(
    request: Sent,
    status: int,
    headers: Mapping[str, str],
    error: ErrorDetail,
    refusals: Mapping[int, type[Refused]] = REFUSALS,
) -> CallFailed:
    """The error that a status outside 2xx is.

    Args:
        request: what was asked.
        status, headers: of the answer.
        error: what it says, as far as that is text.
        refusals: the kinds of refusals by their status.
    """
    operation_id = request.operation.operation_id
    words = _words(error, headers)
    shown = masked(words.user_message or words.developer_message, request.masked)
    text = f"{status}: {shown}" if shown else f"{status}"
    if 300 <= status <= 399:
        return AnswerUnusable(operation_id, f"{status}: redirects are refused", status=status)
    if status >= 500 or status in (408, 425):
        fault = ServerFault(operation_id, text, status=status, words=words)
        fault.wait_s = retry_after_s(headers)
        return fault
    if status < 400:
        return AnswerUnusable(operation_id, f"status {status}", status=status)
    if status == 404 and words == ServerWords():
        # a proxy's page, perhaps: believing it would turn a bad night into deleted customers
        return AnswerUnusable(operation_id, "404, but not in UltraCart's form", status=404, passing=True)
    return _refused(request, status, headers, words, refusals.get(status, BadRequest), text)


def error_in_answer(
    request: Sent,
    headers: Mapping[str, str],
    error: ErrorDetail,
    *,
    landed: bool,
    denied: bool,
    refusals: Mapping[int, type[Refused]] = REFUSALS,
) -> CallFailed:
    """The error that a 2xx carries; its `error_code` is documented to be an HTTP status (§2.3).

    Args:
        request: what was asked.
        headers: of the answer.
        error: what it carries.
        landed: the answer also says `success: true`, or holds what was asked for.
        denied: the answer also says `success: false`.
        refusals: the kinds of refusals by their status.
    """
    code = (error.get("error_code") or "").strip()
    coded = re.fullmatch(r"[45]\d\d", code) is not None
    internal = (error.get("user_message") or "").lower().startswith(_INTERNAL)
    status = int(code) if coded else 500 if internal else 400
    failure = error_for(request, status, headers, error, refusals)
    safe = request.operation.retry is Retry.SAFE
    if safe or failure.outcome is not Outcome.REFUSED or (not landed and (coded or denied)):
        return failure
    # a complaint beside a success, or one without a code: the write may have landed in spite of it
    shown = masked(failure.words.user_message, request.masked) if isinstance(failure, Refused) else ""
    text = f"a success that carries an error: {shown}"
    return AnswerUnusable(request.operation.operation_id, text, status=200)


def _refused(
    request: Sent,
    status: int,
    headers: Mapping[str, str],
    words: ServerWords,
    kind: type[Refused],
    text: str,
) -> Refused:
    refused = kind(request.operation.operation_id, text, status=status, words=words)
    if isinstance(refused, BadRequest):
        named = map(request.field_named, (words.user_message, words.developer_message))
        refused.field = next(filter(None, named), None)
    elif isinstance(refused, RateLimited):
        refused.wait_s = retry_after_s(headers)
        refused.limit = _limit_of(words)
    return refused


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds that `Retry-After` asks to wait: a number, or a date read by the server's own clock.

    None when absent or absurd: negative, no number, a date without a Date beside it, over a day.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", value):
        wait_s = float(value)
    else:
        then, now = http_date(value), http_date(headers.get("date", ""))
        if then is None or now is None:
            return None
        wait_s = (then - now).total_seconds()
    return wait_s if 0 <= wait_s <= WAIT_S_MAX else None


def _words(error: ErrorDetail, headers: Mapping[str, str]) -> ServerWords:
    return ServerWords(
        user_message=error.get("user_message") or headers.get("uc-rest-error", ""),
        developer_message=error.get("developer_message") or "",
        error_code=error.get("error_code") or "",
        more_info=error.get("more_info") or "",
        object_id=error.get("object_id") or "",
    )


def _limit_of(words: ServerWords) -> tuple[int, int] | None:
    found = _LIMIT.search(words.user_message) or _LIMIT.search(words.developer_message)
    return (int(found.group(1)), int(found.group(2))) if found else None
