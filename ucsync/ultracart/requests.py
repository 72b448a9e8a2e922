"""From an operation's row and arguments to the exact request; pure.

`build` is the only way to a `Request`, so whatever is sent has been checked against the tables.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from ucsync.model import InvalidRequest, format_instant
from ucsync.ultracart.check import Fault, body_faults, scalar_problem, shown_name
from ucsync.ultracart.codec import encode_json
from ucsync.ultracart.fields import Kind
from ucsync.ultracart.masking import WORDS_READ_MAX
from ucsync.ultracart.operations import EXPANSIONS, EXPANSIONS_UNDOCUMENTED, Operation, Parameter

API_VERSION: Final = "2017-03-01"  # the only one; requests fail without it (§2.1)
BODY_BYTES_MAX: Final = 1024 * 1024

_FIELD = re.compile(r"\b([a-z_][a-z0-9_]*)((?:\.[a-z_][a-z0-9_]*)*)\b")


@dataclass(frozen=True, slots=True)
class Request:
    """One request, complete but for the server's address and the key.

    `target` is the percent-encoded path and query below the API's base. It and the body may hold
    personal data, so neither is rendered; `masked` are the strings that must not be shown when the
    server repeats them: all that is sent, and the key once the client has added it. `oid` is the
    customer asked for by the path, if one is. `look` asks for no more of a page of customers than
    `listing.look_at` sees.
    """

    operation: Operation
    target: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes | None = field(repr=False)
    masked: frozenset[str] = field(repr=False)
    oid: int | None = field(repr=False)
    look: bool = False

    def field_named(self, text: str) -> str | None:
        """The field that UltraCart's words name: one of the operation's own, nothing else that has a dot."""
        operation = self.operation
        parameters = {parameter.name for parameter in (*operation.path_parameters, *operation.query)}
        for found in _FIELD.finditer(text[:WORDS_READ_MAX]):
            head, rest = found.groups()
            if not rest and head in parameters:
                return head
            first = rest.split(".")[1] if rest else ""
            if operation.body is not None and head == operation.body_name and first in operation.body.fields:
                return head + rest
        return None


def build(
    operation: Operation,
    path: Mapping[str, object] | None = None,
    query: Mapping[str, object] | None = None,
    body: object = None,
) -> Request:
    """The request that `operation` makes of these arguments.

    Args:
        operation: a row of `OPERATIONS`.
        path: the path parameters by name.
        query: query parameters by the vendor's names (`_limit` …). None counts as not given; instants
            are aware datetimes; `_expand` is a sequence of names.
        body: what the row's body model describes: str, int, Decimal, bool, None, list, dict.

    Raises:
        InvalidRequest: with every fault, when something does not fit the row.
    """
    refuse_no_mappings(operation.operation_id, path, query)
    path = path or {}
    given = {name: held for name, held in (query or {}).items() if held is not None}
    faults = [*path_faults(operation.path_parameters, path), *_body_faults(operation, body)]
    texts = query_texts(operation.query, given, faults)
    encoded = _encoded_body(operation, body, faults)
    refuse(operation.operation_id, faults)
    oid = path.get("customer_profile_oid")
    return Request(
        operation=operation,
        target=target_of(operation.path, path, texts),
        headers=_headers(operation),
        body=encoded,
        masked=_masked(path, given, body),
        oid=oid if isinstance(oid, int) else None,
    )


def refuse_no_mappings(operation_id: str, path: object, query: object) -> None:
    """Raise InvalidRequest where an untyped caller gives something else than parameters by name."""
    for name, mapping in (("path", path), ("query", query)):
        if not isinstance(mapping, Mapping | None):
            raise InvalidRequest(operation_id, ((name, "expected a mapping by name"),))


def refuse(operation_id: str, faults: Iterable[Fault]) -> None:
    """Raise InvalidRequest with all faults, if there is one."""
    pairs = tuple((fault.path, fault.problem) for fault in faults)
    if pairs:
        raise InvalidRequest(operation_id, pairs)


def target_of(route: str, path: Mapping[str, object], texts: Mapping[str, str]) -> str:
    """A route with its path parameters filled in and its query appended, percent-encoded."""
    for name, held in path.items():
        route = route.replace(f"{{{name}}}", quote(str(held), safe=""))
    query = "&".join(f"{name}={quote(text, safe='')}" for name, text in texts.items())
    return f"{route}?{query}" if texts else route


def _headers(operation: Operation) -> tuple[tuple[str, str], ...]:
    headers = [("Accept", "application/json"), ("X-UltraCart-Api-Version", API_VERSION)]
    if operation.content_type:
        headers.append(("Content-Type", operation.content_type))
    return tuple(headers)


def path_faults(parameters: Sequence[Parameter], path: Mapping[str, object]) -> Iterator[Fault]:
    """What is wrong with the path parameters: all of them are needed, and no others."""
    known = {parameter.name: parameter for parameter in parameters}
    for name in path.keys() - known.keys():
        yield Fault("path", f"no parameter {shown_name(name)}")
    for name, parameter in known.items():
        held = path.get(name)
        if held is None:
            yield Fault(name, "missing")
        elif (problem := _parameter_problem(parameter, held)) is not None:
            yield Fault(name, problem)
        elif isinstance(held, str) and held.strip() in ("", ".", ".."):
            # a dot segment would be taken as another path, and with it another operation
            yield Fault(name, "empty or made of dots")


def query_texts(
    parameters: Sequence[Parameter], given: Mapping[str, object], faults: list[Fault]
) -> dict[str, str]:
    """Each query parameter as text, in the table's order; what does not fit goes to `faults`."""
    known = {parameter.name: parameter for parameter in parameters}
    faults.extend(Fault("query", f"no parameter {shown_name(name)}") for name in given if name not in known)
    texts: dict[str, str] = {}
    for name, parameter in known.items():
        if name not in given:
            continue
        try:
            held = _as_text_value(name, parameter, given[name])
        except ValueError as fault:
            faults.append(Fault(name, str(fault)))
            continue
        problem = _parameter_problem(parameter, held)
        if problem is None:
            texts[name] = str(held)
        else:
            faults.append(Fault(name, problem))
    return texts


def _as_text_value(name: str, parameter: Parameter, held: object) -> object:
    if name == "_expand":
        return _expand_text(held)
    if parameter.field.kind is Kind.INSTANT and isinstance(held, datetime):
        return format_instant(held)
    return held


def _expand_text(held: object) -> str:
    if isinstance(held, str) or not isinstance(held, (list, tuple, set, frozenset)):
        raise ValueError("expected a sequence of names, e.g. ('billing', 'shipping')")
    known = (*EXPANSIONS, *EXPANSIONS_UNDOCUMENTED)
    if any(name not in known for name in held):
        raise ValueError(f"an unknown expansion; there are {', '.join(known)}")
    return ",".join(name for name in known if name in held)


def _parameter_problem(parameter: Parameter, held: object) -> str | None:
    problem = scalar_problem(parameter.field, held)
    if problem is None and isinstance(held, int):
        low, high = parameter.minimum, parameter.maximum
        if (low is not None and held < low) or (high is not None and held > high):
            return f"outside {low} to {high}"
    return problem


def _body_faults(operation: Operation, body: object) -> Iterator[Fault]:
    if operation.body is None:
        if body is not None:
            yield Fault("body", "this operation has none")
        return
    try:
        yield from body_faults(operation.body, body, operation.body_name or "body")
    except RecursionError:
        yield Fault(operation.body_name or "body", "nests too deep, or holds itself")


def _encoded_body(operation: Operation, body: object, faults: list[Fault]) -> bytes | None:
    if operation.body is None or faults:
        return None
    return encoded_body(operation.body_name or "body", body, faults)


def encoded_body(where: str, body: object, faults: list[Fault]) -> bytes | None:
    """A checked body as JSON; what cannot be sent after all goes to `faults`, under the name `where`."""
    try:
        encoded = encode_json(body)
    except (ValueError, TypeError, OverflowError, RecursionError):
        # what a model leaves open (an Order is opaque) may hold what JSON cannot
        faults.append(Fault(where, "holds a value that JSON cannot carry"))
        return None
    if len(encoded) > BODY_BYTES_MAX:
        faults.append(Fault(where, f"larger than {BODY_BYTES_MAX} bytes"))
    return encoded


def _masked(path: object, query: Mapping[str, object], body: object) -> frozenset[str]:
    """What is personal in the arguments: all text but the paging parameters (`_sort` …)."""
    filters = {name: held for name, held in query.items() if not name.startswith("_")}
    return frozenset(strings_in((path, filters, body)))


def strings_in(value: Any) -> Iterator[str]:
    """Every text and number in the arguments as text, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, Mapping):
        for held in value.values():
            yield from strings_in(held)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for held in value:
            yield from strings_in(held)
