"""From method and raw path to an operation of the portal: the rows of `ACCOUNT_OPERATIONS`."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote

from ucsync.sandbox.reply import Refusal
from ucsync.ultracart.fields import Kind
from ucsync.ultracart.my_account.operations import ACCOUNT_OPERATIONS, AccountOperation

BASE: Final = "/rest/myaccount"

_INTEGER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


class Found(NamedTuple):
    """An operation, and its path parameters decoded; an id is an integer as text."""

    operation: AccountOperation
    path: Mapping[str, str]


def found(method: str, raw_path: str) -> Found:
    """The operation of a request; `raw_path` is percent-encoded as it came, without the query.

    A path is taken apart before it is decoded, so a `%2F` in an id does not split it.

    Raises:
        Refusal: 404 for a path that no row has, or with an id that is none; 405 for another method than
            its rows'; 400 for an id that is not UTF-8 when decoded.
    """
    segments = raw_path.removeprefix(BASE).split("/") if raw_path.startswith(BASE + "/") else []
    rows = {row.method: row for row in ACCOUNT_OPERATIONS.values() if _fits(row.path, segments)}
    if not rows:
        raise Refusal(404, "No such resource.")
    if method not in rows:
        raise Refusal(405, "Method not allowed.", {"Allow": ", ".join(sorted(rows))})
    row = rows[method]
    path = {
        name[1:-1]: _decoded(segment)
        for name, segment in zip(row.path.split("/"), segments, strict=True)
        if name.startswith("{")
    }
    for parameter in row.path_parameters:
        name = parameter.field.name
        if parameter.field.kind is not Kind.TEXT and not _INTEGER.fullmatch(path[name]):
            raise Refusal(404, "No such resource.")
    return Found(row, path)


def _fits(pattern: str, segments: list[str]) -> bool:
    names = pattern.split("/")
    return len(names) == len(segments) and all(
        bool(segment) if name.startswith("{") else name == segment
        for name, segment in zip(names, segments, strict=True)
    )


def _decoded(segment: str) -> str:
    try:
        return unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise Refusal(400, "The path is not UTF-8.") from None
