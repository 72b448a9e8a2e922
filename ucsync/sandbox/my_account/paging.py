"""Pages of the lists that have them: orders, reviews, items not reviewed, wishes (fact sheet §3, §7)."""

import re
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.visit import Given, Visit
from ucsync.sandbox.reply import Document, Refusal
from ucsync.ultracart.my_account.operations import PAGE_SIZE_MAX

Row = TypeVar("Row")

_INTEGER: Final = re.compile(r"\s*[0-9]{1,18}\s*", re.ASCII)


def page(office: Office, visit: Visit, rows: Sequence[Row], shown: Callable[[Row], Document]) -> Given:
    """The page that the visit asks for, with the four headers about it.

    Without a size, or with one that is none, it is the largest, and a larger one is lowered to that; a number
    below 1, or that is none, is 1; a page beyond the end is empty, with the true totals.

    Raises:
        Refusal: 400, for too large a size under `account-page-size-400`.
    """
    settings = office.shop.settings
    size = _positive(visit, "pageSize", PAGE_SIZE_MAX)
    if size > PAGE_SIZE_MAX and settings.has("account-page-size-400"):
        raise Refusal(400, f"pageSize is larger than {PAGE_SIZE_MAX}.")
    size = min(size, PAGE_SIZE_MAX)
    number = _positive(visit, "pageNumber", 1)
    start = (number - 1) * size
    document = [shown(row) for row in rows[start : start + size]]
    figures = {
        "page-size": size,
        "page-number": number,
        "total-records": len(rows),
        "total-pages": -(-len(rows) // size),
    }
    headers = tuple((f"uc-pagination-{name}", str(figure)) for name, figure in figures.items())
    return Given(document=document, headers=() if settings.has("account-no-paging-headers") else headers)


def _positive(visit: Visit, name: str, default: int) -> int:
    text = visit.query.get(name, "")
    return int(text) or default if _INTEGER.fullmatch(text) else default
