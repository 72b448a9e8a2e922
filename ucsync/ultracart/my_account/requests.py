"""From an operation's row and arguments to the exact request; pure.

`build_account` is the only way to an `AccountRequest`, so whatever is sent has been checked against the
tables.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from ucsync.ultracart.check import Fault
from ucsync.ultracart.fields import Kind
from ucsync.ultracart.masking import WORDS_READ_MAX
from ucsync.ultracart.my_account.checking import sent_body, sent_faults
from ucsync.ultracart.my_account.operations import AccountOperation, Gives
from ucsync.ultracart.requests import (
    encoded_body,
    path_faults,
    query_texts,
    refuse,
    refuse_no_mappings,
    strings_in,
    target_of,
)

_FILTER_TIME = re.compile(r"last30days|last6months|year-[0-9]{4}")
_FIELD = re.compile(r"\b[a-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*)?")

#: Operations without a body of which every query parameter is needed (§2.1: 400 when one is missing).
_ALL_NEEDED: Final = frozenset({"loginByQuery"})


@dataclass(frozen=True, slots=True)
class AccountRequest:
    """One request, complete but for the server's address and the session.

    `target` is the percent-encoded path and query below `/rest/myaccount`. `masked` are the strings that must
    not be shown when the server repeats them: all that is sent, and the cart id once a session has been put
    on.
    """

    operation: AccountOperation
    target: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes | None = field(repr=False)
    masked: frozenset[str] = field(repr=False)

    def field_named(self, text: str) -> str | None:
        """The field that the server's words name, as `address.firstName`, or a parameter.

        The names are those of the operation. One that is an English word, too (`title`), counts only where
        the words begin with it or name it as the body's.
        """
        operation, row = self.operation, self.operation.body
        parameters = {parameter.name for parameter in (*operation.path_parameters, *operation.query)}
        fields = row.model.fields if row is not None and row.model is not None else {}
        body = row.name if row is not None else ""
        for found in _FIELD.finditer(text[:WORDS_READ_MAX]):
            head, _, name = found.group().partition(".")
            if head == body and name in fields:
                return found.group()
            if name or (head.islower() and head.isalpha() and found.start() > 0):
                continue
            if head in fields:
                return f"{body}.{head}"
            if head in parameters:
                return head
        return None


def build_account(
    operation: AccountOperation,
    path: Mapping[str, object] | None = None,
    query: Mapping[str, object] | None = None,
    body: object = None,
) -> AccountRequest:
    """The request that `operation` makes of these arguments; a session is put on it with `Session.on`.

    Args:
        operation: a row of `ACCOUNT_OPERATIONS`.
        path: the path parameters by name.
        query: query parameters by the vendor's names (`pageNumber` …). None counts as not given.
        body: an object of the row's model, or the text that the row sends. Fields of the model that the
            server assigns or ignores are left out, as are the ids None, 0 and -1 of what is inserted.

    Raises:
        InvalidRequest: with every fault, when something does not fit the row.
    """
    refuse_no_mappings(operation.operation_id, path, query)
    path = path or {}
    given = {name: held for name, held in (query or {}).items() if held is not None}
    faults = [
        *path_faults(operation.path_parameters, path),
        *sent_faults(operation, path, body),
        *_query_faults(operation, given),
    ]
    texts = query_texts(operation.query, given, faults)
    sent = encoded = None
    if operation.body is not None and not faults:
        sent = sent_body(operation, body)
        encoded = encoded_body(operation.body.name, sent, faults)
    refuse(operation.operation_id, faults)
    return AccountRequest(
        operation=operation,
        target=target_of(operation.path, path, texts),
        headers=_headers(operation),
        body=encoded,
        masked=_masked(operation, path, given, sent),
    )


def _headers(operation: AccountOperation) -> tuple[tuple[str, str], ...]:
    accept = ("Accept", "text/plain" if operation.gives is Gives.TEXT else "application/json")
    if operation.body is None:
        return (accept,)
    return accept, ("Content-Type", "application/json; charset=UTF-8")


def _query_faults(operation: AccountOperation, given: Mapping[str, object]) -> Iterator[Fault]:
    """What the columns do not say: the form of a time filter, and that a login needs all of its three."""
    known = {parameter.name for parameter in operation.query}
    time = given.get("_filterTime")
    if "_filterTime" in known and isinstance(time, str) and _FILTER_TIME.fullmatch(time) is None:
        yield Fault("_filterTime", "not last30days, last6months or year- and four digits")
    for parameter in operation.query if operation.operation_id in _ALL_NEEDED else ():
        held = given.get(parameter.name)
        if held is None:
            yield Fault(parameter.name, "missing")
        elif isinstance(held, str) and not held.strip():
            yield Fault(parameter.name, "blank")


def _masked(
    operation: AccountOperation, path: object, query: Mapping[str, object], body: object
) -> frozenset[str]:
    """What is personal in the arguments: all but numbers and choices in the query (`pageSize`, `sortBy`)."""
    plain = {
        parameter.name
        for parameter in operation.query
        if parameter.field.kind is not Kind.TEXT or parameter.field.choices or parameter.name == "_filterTime"
    }
    texts = {name: held for name, held in query.items() if name not in plain}
    return frozenset(strings_in((path, texts, body)))
