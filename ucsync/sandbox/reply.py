"""What an operation comes to, before it is put on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, body and further headers; `document` None is an empty body.

    Documents hold str, int, Decimal, bool, list and dict; None only under the quirk `send-nulls`
    and in `total_records` under `no-total`.
    """

    status: int
    document: Document | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """Raised inside an operation: the request is answered with an ErrorResponse of this status."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}
