"""From status, headers and bytes to a value or the right error; pure.

The rules for odd answers (an error inside a 200, no `success`, HTML, a 200 without what was asked
for) are those of the fact sheet, §2.4 and §10.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final, cast

from ucsync.model import AnswerUnusable, NotFound
from ucsync.ultracart.check import answer_faults
from ucsync.ultracart.codec import decode_json
from ucsync.ultracart.fields import Model
from ucsync.ultracart.instants import http_date
from ucsync.ultracart.listing import look_at
from ucsync.ultracart.models import MODELS, ErrorDetail, ResultSet, WarningDetail
from ucsync.ultracart.operations import Operation, Retry
from ucsync.ultracart.refusals import error_for, error_in_answer
from ucsync.ultracart.requests import Request


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it came: header names in lower case, the body decompressed; `cookies` are the values of
    its Set-Cookie headers, of which there may be several."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    cookies: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A checked answer.

    `value` is the whole body (None when empty), `payload` what was asked for: the row's payload key,
    or the whole value where the row has none. Both fit the row's model; unknown keys are kept.
    """

    operation: Operation
    status: int
    value: Any = field(repr=False)
    payload: Any = field(repr=False)
    raw: bytes = field(repr=False)
    server_time: datetime | None = None
    warning: WarningDetail | None = field(default=None, repr=False)
    result_set: ResultSet = field(default_factory=lambda: ResultSet())


def decode(request: Request, raw: RawAnswer) -> Answer:
    """The value of an answer to a request.

    Raises:
        CallFailed: one of its kinds, by status, by the error object, or because the answer does not
            fit the operation's model (`AnswerUnusable`, which names the place, never the value).
    """
    operation = request.operation
    if not 200 <= raw.status <= 299:
        raise error_for(request, raw.status, raw.headers, error_object(raw))
    if operation.answer is None:
        return _decode_empty(request, raw)
    value = _json_object(request, raw)
    _refuse_error_inside(request, raw, value)
    payload = _payload(operation, raw, value)
    if request.look:
        if not isinstance(payload, list):
            raise _unusable(operation, raw, f"answer.{operation.payload}: expected a list")
        envelope = {name: held for name, held in value.items() if name != operation.payload}
        _check_kinds(operation, operation.answer, raw, envelope)
        return _answer(operation, raw, value, payload)
    _check_whose(request, raw, payload)
    _check_kinds(operation, operation.answer, raw, value)
    return _answer(operation, raw, value, payload)


def _answer(operation: Operation, raw: RawAnswer, value: Any, payload: Any) -> Answer:
    enveloped = operation.enveloped and isinstance(value, dict)
    metadata = (value.get("metadata") or {}) if enveloped else {}
    return Answer(
        operation=operation,
        status=raw.status,
        value=value,
        payload=payload,
        raw=raw.body,
        server_time=http_date(raw.headers.get("date", "")),
        warning=value.get("warning") if enveloped else None,
        result_set=metadata.get("result_set") or ResultSet(),
    )


def _decode_empty(request: Request, raw: RawAnswer) -> Answer:
    """An operation without an answer: done, unless its body says otherwise."""
    operation, value = request.operation, None
    if raw.status not in operation.success:
        raise _unusable(operation, raw, f"status {raw.status}, which does not say that it is done")
    if not is_empty(operation.operation_id, raw):
        value = _json_object(request, raw)
        _refuse_error_inside(request, raw, value)
        _check_kinds(operation, MODELS["BaseResponse"], raw, value)
    return _answer(request.operation, raw, value, None)


def _check_kinds(operation: Operation, model: Model, raw: RawAnswer, value: object) -> None:
    for fault in islice(answer_faults(model, value, "answer"), 1):
        raise _unusable(operation, raw, f"{fault.path}: {fault.problem}")


def is_empty(operation_id: str, raw: RawAnswer) -> bool:
    """Whether a body is empty.

    Raises:
        AnswerUnusable: it is, but ends with the connection: it may be cut off, and a merge is not taken for
            done on the strength of it.
    """
    if raw.body.strip():
        return False
    length, coding = raw.headers.get("content-length"), raw.headers.get("transfer-encoding", "")
    if raw.status != 204 and length is None and "chunked" not in coding.lower():
        raise unusable(operation_id, raw, "empty, and nothing tells that it is whole")
    return True


def _json_object(request: Request, raw: RawAnswer) -> dict[str, Any]:
    operation_id = request.operation.operation_id
    value = json_value(operation_id, raw, look_at if request.look else decode_json)
    if not isinstance(value, dict):
        raise unusable(operation_id, raw, "JSON, but no object")
    return value


def json_value(operation_id: str, raw: RawAnswer, read: Callable[[bytes], Any] = decode_json) -> Any:
    """The value of a JSON body, read by `read`.

    Raises:
        AnswerUnusable: it has another content type, or is broken.
    """
    media_type = media_type_of(raw)
    if media_type != "application/json":
        # the type itself is not shown: it is the server's free text
        kind = "HTML" if media_type == "text/html" else "another content type"
        raise unusable(operation_id, raw, f"{kind} instead of JSON", passing=True)
    try:
        value, problem = read(raw.body), None
    except ValueError as fault:
        value, problem = None, str(fault)
    if problem is not None:
        raise unusable(operation_id, raw, problem, passing=True)
    return value


def media_type_of(raw: RawAnswer) -> str:
    """The content type without its parameters, in lower case."""
    return raw.headers.get("content-type", "").partition(";")[0].strip().lower()


def error_object(raw: RawAnswer) -> ErrorDetail:
    """The `error` of a body that may hold anything; what is not text is left out."""
    try:
        value = decode_json(raw.body)
    except ValueError:
        return ErrorDetail()
    error = value.get("error") if isinstance(value, dict) else None
    return texts_only(error)


def texts_only(error: object) -> ErrorDetail:
    """The parts of an error object that are text or a code; what is no object has none."""
    found = error if isinstance(error, dict) else {}
    kept: Any = {name: held for name, held in found.items() if isinstance(held, str) and held}
    if type(found.get("error_code")) is int:
        kept["error_code"] = str(found["error_code"])
    return cast(ErrorDetail, kept)


def is_nothing(error: object) -> bool:
    """An error that is not there, or of which no field says anything."""
    held = list(error.values()) if isinstance(error, dict) else [error]
    return all(value is None or value == "" for value in held)


def _refuse_error_inside(request: Request, raw: RawAnswer, value: dict[str, Any]) -> None:
    """A 2xx may carry an `error` (§2.4), or `success: false` alone, which only one operation means."""
    operation = request.operation
    error, success = value.get("error"), value.get("success")  # no bare model has fields of these names
    if not is_nothing(error):
        detail = texts_only({"user_message": error} if isinstance(error, str) else error)
        landed = success is True or value.get(operation.payload or "") is not None
        raise error_in_answer(request, raw.headers, detail, landed=landed, denied=success is False)
    if operation.operation_id in _SUCCESS_IS_THE_ANSWER:
        if not isinstance(success, bool):
            raise _unusable(operation, raw, "no success in it, which alone is the answer")
    elif success is False:
        raise _unusable(operation, raw, "success is false, and no error says why")


#: validity is the `success` flag of the answer (§4)
_SUCCESS_IS_THE_ANSWER: Final = frozenset({"validateEmailVerificationToken"})


def _payload(operation: Operation, raw: RawAnswer, value: dict[str, Any]) -> Any:
    if operation.payload is None:
        return value
    payload = value.get(operation.payload)
    if payload is not None:
        return payload
    if operation.retry is not Retry.SAFE:
        # it may have landed: only reading back tells
        raise _unusable(operation, raw, f"no {operation.payload} in it")
    if operation.answer is not None and _is_list(operation):
        return _empty_list(operation, raw, value)
    raise NotFound(operation.operation_id, f"no {operation.payload} in the answer", status=raw.status)


def _check_whose(request: Request, raw: RawAnswer, payload: Any) -> None:
    """The customer that was asked for, not another's answer that a proxy mixed up."""
    if request.operation.payload == "customer" and request.oid is not None and isinstance(payload, dict):
        found = payload.get("customer_profile_oid")
        if found not in (None, request.oid):
            raise _unusable(request.operation, raw, "another customer than was asked for")


def _is_list(operation: Operation) -> bool:
    assert operation.answer is not None  # noqa: S101  (the caller has looked)
    return operation.answer.fields[operation.payload or ""].item is not None


def _empty_list(operation: Operation, raw: RawAnswer, value: dict[str, Any]) -> list[Any]:
    """A list may be left out when it is empty, but not when the server counts rows in it."""
    metadata = value.get("metadata")
    result_set = metadata.get("result_set") if isinstance(metadata, dict) else None
    paged = any(parameter.name == "_offset" for parameter in operation.query)
    if paged and not (isinstance(result_set, dict) and result_set.get("count") == 0):
        raise _unusable(operation, raw, f"no {operation.payload} in it")
    return []


def _unusable(operation: Operation, raw: RawAnswer, text: str) -> AnswerUnusable:
    return unusable(operation.operation_id, raw, text)


def unusable(operation_id: str, raw: RawAnswer, text: str, *, passing: bool = False) -> AnswerUnusable:
    """The error for an answer that cannot be trusted, because of `text`."""
    return AnswerUnusable(operation_id, f"answer unusable: {text}", status=raw.status, passing=passing)
