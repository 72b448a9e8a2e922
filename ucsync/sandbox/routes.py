"""From method and raw path to an operation: the rows of `OPERATIONS`, matched segment by segment.

Matching happens before decoding, so a `%2F` inside an e-mail does not split it. A static segment wins
over a parameter in the same place: `/customer/customers/search` is no oid (fact sheet §1).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from ucsync.sandbox.reply import Refusal
from ucsync.ultracart.fields import Kind
from ucsync.ultracart.operations import INT32_MAX, OPERATIONS, Operation

BASE: Final = "/rest/v2"

_INTEGER = re.compile(r"-?[0-9]{1,10}", re.ASCII)


@dataclass(slots=True)
class _Node:
    """What may follow a path so far."""

    static: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    rows: dict[str, Operation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """An operation and its path parameters, decoded but not yet checked."""

    operation: Operation
    path: Mapping[str, str]


def match(method: str, raw_path: str) -> Match:
    """The operation of a request; `raw_path` is percent-encoded as it came, without the query.

    Raises:
        Refusal: 404 for a path that no row has, 405 for another method than its rows', 400 for a
            parameter that is not UTF-8 when decoded.
    """
    values: list[str] = []
    node = _walk(raw_path, values)
    if node is None or not node.rows:
        raise Refusal(404, "No such resource.")
    operation = node.rows.get(method)
    if operation is None:
        raise Refusal(405, "Method not allowed.", {"Allow": ", ".join(sorted(node.rows))})
    names = (parameter.name for parameter in operation.path_parameters)
    return Match(operation, dict(zip(names, map(_decoded, values), strict=True)))


def check_path(found: Match) -> None:
    """Refuse (400) a path parameter that is to be an integer of 32 bits and is none."""
    for parameter in found.operation.path_parameters:
        value = found.path[parameter.name]
        if parameter.field.kind is not Kind.INT32:
            continue
        if not _INTEGER.fullmatch(value) or not -INT32_MAX - 1 <= int(value) <= INT32_MAX:
            raise Refusal(400, f"{parameter.name} must be an integer.")


def _walk(raw_path: str, values: list[str]) -> _Node | None:
    if not raw_path.startswith(BASE + "/"):
        return None
    node: _Node | None = _TREE
    for segment in raw_path.removeprefix(BASE + "/").split("/"):
        if node is None:
            return None
        if (static := node.static.get(segment)) is not None:
            node = static
        else:
            node = node.parameter if segment else None
            values.append(segment)
    return node


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise Refusal(400, "The path is not UTF-8.") from None


def _tree(rows: Iterator[Operation]) -> _Node:
    root = _Node()
    for row in rows:
        node = root
        for segment in row.path.removeprefix("/").split("/"):
            if segment.startswith("{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.static.setdefault(segment, _Node())
        node.rows[row.method] = row
    return root


_TREE: Final = _tree(iter(OPERATIONS.values()))
