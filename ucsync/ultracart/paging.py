"""Pages: what one answer of a list operation says, and where the next one begins."""

from dataclasses import dataclass, field
from datetime import datetime

from ucsync.model import AnswerUnusable
from ucsync.ultracart.answers import Answer
from ucsync.ultracart.models import Customer
from ucsync.ultracart.operations import LIMIT_DEFAULT


@dataclass(frozen=True, slots=True)
class Page:
    """One page of customers, in the server's order.

    `offset` is that of its first row, `next_offset` that of the page to ask for next, None at the
    end. `limit` is the page size the server worked with; `total_records` may be None (fact sheet
    §2.5). `raw` is the answer's body as it came; neither it nor the customers are rendered.
    """

    offset: int
    limit: int
    next_offset: int | None
    total_records: int | None
    server_time: datetime | None
    customers: list[Customer] = field(repr=False)
    raw: bytes = field(repr=False)


def page_of(answer: Answer, asked_offset: int | None, asked_limit: int | None) -> Page:
    """The page that an answer holds.

    Args:
        answer: of getCustomers, getCustomersByQuery or searchCustomers.
        asked_offset: the `_offset` that was sent, None for the vendor's default 0.
        asked_limit: the `_limit` that was sent, None for the vendor's default 100.

    Raises:
        AnswerUnusable: the answer contradicts itself or what was asked, so that following it could
            lose rows or never end.
    """
    found, customers = answer.result_set, answer.payload
    offset, limit = asked_offset or 0, asked_limit or LIMIT_DEFAULT
    if found.get("offset") not in (None, offset):
        raise _contradiction(answer, f"asked for offset {offset}, answered {found['offset']}")
    if found.get("count") not in (None, len(customers)):
        raise _contradiction(answer, f"counts {found['count']} rows, holds {len(customers)}")
    if len(customers) > limit:
        raise _contradiction(answer, f"holds {len(customers)} rows, {limit} were asked for")
    limit = min(limit, found.get("limit") or limit)
    return Page(
        offset=offset,
        limit=limit,
        next_offset=_next_offset(answer, offset, limit),
        total_records=found.get("total_records"),
        server_time=answer.server_time,
        customers=customers,
        raw=answer.raw,
    )


def _next_offset(answer: Answer, offset: int, limit: int) -> int | None:
    """`more` decides (§2.5), but it has to agree with the total."""
    found, count = answer.result_set, len(answer.payload)
    more, total = found.get("more"), found.get("total_records")
    # a total below what has been read already says nothing
    rows_left = None if total is None or total < offset + count else total > offset + count
    if more is None and rows_left and count == 0:
        raise _contradiction(answer, f"an empty page at {offset}, but {total} in all")
    if more is None:
        return offset + count if _goes_on(count, limit, rows_left) else None
    if not more:
        if rows_left:
            raise _contradiction(answer, f"no more after {offset + count}, but {total} in all")
        return None
    if count == 0:
        raise _contradiction(answer, "an empty page that says there is more")
    following = found.get("next_offset")
    if following is None:
        return offset + count
    if following <= offset:
        raise _contradiction(answer, f"next_offset {following} does not go on from {offset}")
    if following > offset + count:
        raise _contradiction(answer, f"next_offset {following} would skip rows after {offset + count}")
    return following


def _goes_on(count: int, limit: int, rows_left: bool | None) -> bool:
    """Without `more`: a page that is not full is the last, as in the samples; but the server may lower
    any ceiling above 100 without notice (§2.5), so a hundred rows are a full page whatever was asked."""
    if count == 0:
        return False
    return rows_left if rows_left is not None else count >= min(limit, LIMIT_DEFAULT)


def _contradiction(answer: Answer, text: str) -> AnswerUnusable:
    return AnswerUnusable(
        answer.operation.operation_id, f"paging answer unusable: {text}", status=answer.status
    )
