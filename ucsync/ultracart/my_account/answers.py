"""From status, headers and bytes to a value or the right error; pure.

Only the outermost shape of an answer is insisted on: the vendor describes these models loosely and its portal
reads them otherwise in places (§6), so that a value of another kind is kept as it came and named in `odd`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from ucsync.model import LoginRefused, NotFound, RateLimited, SessionExpired, Unauthorised
from ucsync.model.errors import CallFailed, Refused
from ucsync.ultracart.answers import (
    RawAnswer,
    error_object,
    is_empty,
    is_nothing,
    json_value,
    media_type_of,
    texts_only,
    unusable,
)
from ucsync.ultracart.check import Fault, answer_faults
from ucsync.ultracart.codec import decode_cut_json, decode_json
from ucsync.ultracart.instants import http_date
from ucsync.ultracart.models import ErrorDetail
from ucsync.ultracart.my_account.operations import AccountOperation, Gives
from ucsync.ultracart.my_account.requests import AccountRequest
from ucsync.ultracart.operations import Retry
from ucsync.ultracart.refusals import error_for, error_in_answer

#: This API has no application that could be switched off, so that 410 means nothing in particular.
_REFUSALS: Final[Mapping[int, type[Refused]]] = {401: Unauthorised, 404: NotFound, 429: RateLimited}
_LOGINS: Final = frozenset({"login", "loginByQuery"})
_PASSWORD_MEND: Final = "check the old password; or log in again"  # noqa: S105  (a 401 means either, §2.1)
_COUNT = re.compile(r"[0-9]{1,15}")
_PAGING: Final = "uc-pagination-"


@dataclass(frozen=True, slots=True)
class Paging:
    """What the `uc-pagination-*` headers say; None for one that is absent or no integer of zero or more."""

    page_size: int | None
    page_number: int | None
    total_records: int | None
    total_pages: int | None


@dataclass(frozen=True, slots=True)
class AccountAnswer:
    """An answer of the shape that its row gives.

    `value` is the whole body: a dict, a list of dicts, a text, None for nothing. `paging` is None where no
    header of it came. `odd` names the fields whose values are not of their model's kind, by their paths.
    """

    operation: AccountOperation
    status: int
    value: Any = field(repr=False)
    raw: bytes = field(repr=False)
    server_time: datetime | None = None
    paging: Paging | None = None
    odd: tuple[Fault, ...] = ()


def decode_account(request: AccountRequest, raw: RawAnswer) -> AccountAnswer:
    """The value of an answer to a request.

    Raises:
        LoginRefused: a login was answered 401.
        Unauthorised: any other call was.
        NotFound: a 404, or `{}` where a record was asked for.
        CallFailed: another of its kinds, by status, by an error in the body, or because the answer has not
            the shape of its row (`AnswerUnusable`).
    """
    if not 200 <= raw.status <= 299:
        raise _failure(request, raw)
    value = _value(request, raw)
    return AccountAnswer(
        operation=request.operation,
        status=raw.status,
        value=value,
        raw=raw.body,
        server_time=http_date(raw.headers.get("date", "")),
        paging=_paging(raw.headers),
        odd=tuple(_odd(request.operation, value)),
    )


def _failure(request: AccountRequest, raw: RawAnswer) -> CallFailed:
    """The error that a status outside 2xx is."""
    failure = error_for(request, raw.status, raw.headers, _error_said(raw), _refusals(request))
    return _mended(request, failure)


def _refusals(request: AccountRequest) -> Mapping[int, type[Refused]]:
    login = request.operation.operation_id in _LOGINS
    return {**_REFUSALS, 401: LoginRefused} if login else _REFUSALS


def _mended(request: AccountRequest, failure: CallFailed) -> CallFailed:
    if isinstance(failure, Unauthorised) and not isinstance(failure, LoginRefused):
        # the kind's own words are about keys, of which this API has none
        password = request.operation.operation_id == "changePassword"
        failure.mend = _PASSWORD_MEND if password else SessionExpired.mend
    return failure


def _error_said(raw: RawAnswer) -> ErrorDetail:
    """The error in a body: an object, a text under `error`, or a plain text; its form is unknown (§1)."""
    error = error_object(raw)
    if error:
        return error
    if media_type_of(raw) == "text/plain":
        # not of a 404: that is what a proxy says, too, and it would pass for the vendor's word
        text = raw.body.decode("utf-8", "replace") if raw.status != 404 else ""
        return ErrorDetail(user_message=text) if text.strip() else ErrorDetail()
    try:
        value = decode_json(raw.body)
    except ValueError:
        return ErrorDetail()
    return _error_in(value) or ErrorDetail()


def _error_in(value: object) -> ErrorDetail | None:
    """What an object says under `error`, which no model has as a field; None where it says nothing."""
    error = value.get("error") if isinstance(value, dict) else None
    if is_nothing(error):
        return None
    return texts_only({"user_message": error} if isinstance(error, str) else error)


def _value(request: AccountRequest, raw: RawAnswer) -> Any:
    """The body, in the shape that the row gives."""
    operation = request.operation
    operation_id, gives = operation.operation_id, operation.gives
    if gives is Gives.TEXT:
        return _text(operation_id, raw)
    if gives in (Gives.NOTHING, Gives.ANYTHING):
        if raw.status not in (200, 204):
            raise unusable(operation_id, raw, f"status {raw.status}, which does not say that it is done")
        if is_empty(operation_id, raw):
            return None
        if gives is Gives.ANYTHING and media_type_of(raw) == "text/plain":
            return _text(operation_id, raw)
    value = json_value(operation_id, raw, decode_cut_json)
    error = _error_in(value)
    if error is not None:
        kinds = _refusals(request)
        failure = error_in_answer(request, raw.headers, error, landed=True, denied=False, refusals=kinds)
        raise _mended(request, failure)
    if gives is Gives.LIST:
        _check_list(operation_id, raw, value)
    elif gives is Gives.NOTHING:
        raise unusable(operation_id, raw, "something where nothing is due")
    elif gives is not Gives.ANYTHING:
        _check_object(operation, raw, value)
    return value


def _check_list(operation_id: str, raw: RawAnswer, value: object) -> None:
    if not isinstance(value, list):
        raise unusable(operation_id, raw, "JSON, but no list")
    for position, held in enumerate(value):
        if not isinstance(held, dict):
            raise unusable(operation_id, raw, f"answer[{position}]: expected an object")


def _check_object(operation: AccountOperation, raw: RawAnswer, value: object) -> None:
    operation_id = operation.operation_id
    if not isinstance(value, dict):
        raise unusable(operation_id, raw, "JSON, but no object")
    if value or operation.gives is Gives.OBJECT_OR_EMPTY:
        return
    # {} is the vendor's word for none (§2.1, §2.4); what was written must be read back to be known
    if operation.retry is Retry.SAFE:
        raise NotFound(operation_id, "an empty object, so there is none", status=raw.status)
    raise unusable(operation_id, raw, "an empty object")


def _text(operation_id: str, raw: RawAnswer) -> str:
    """A text, as it stands or as one JSON string: the page calls it plain and says JSON of all answers."""
    media_type = media_type_of(raw)
    if media_type == "application/json":
        value = json_value(operation_id, raw)
        if not isinstance(value, str):
            raise unusable(operation_id, raw, "JSON, but no text")
        return value
    if media_type != "text/plain":
        kind = "HTML" if media_type == "text/html" else "another content type"
        raise unusable(operation_id, raw, f"{kind} instead of text", passing=True)
    return raw.body.decode("utf-8", "replace")


def _paging(headers: Mapping[str, str]) -> Paging | None:
    if not any(name.startswith(_PAGING) for name in headers):
        return None
    names = ("page-size", "page-number", "total-records", "total-pages")
    return Paging(*(_count(headers.get(_PAGING + name, "")) for name in names))


def _count(text: str) -> int | None:
    return int(text) if _COUNT.fullmatch(text.strip()) else None


def _odd(operation: AccountOperation, value: object) -> Iterator[Fault]:
    if operation.model is None:
        return
    if isinstance(value, dict):
        yield from answer_faults(operation.model, value, "answer")
    elif isinstance(value, list):
        for position, held in enumerate(value):
            yield from answer_faults(operation.model, held, f"answer[{position}]")
