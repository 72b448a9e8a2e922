"""What a page claims, said or shown: of itself, of the list, of the order. Judged without any memory."""

from itertools import pairwise
from typing import Final

from ucsync.ultracart.listing import Listing

#: The share of neighbours that must be in order for a page to count as sorted by e-mail: how the server
#: compares letters is not known.
EMAIL_ORDER_SHARE: Final = 0.9


def contradiction(page: Listing, offset: int, limit: int) -> str | None:
    """What a page says that cannot be, None when it is consistent.

    Args:
        page: what came.
        offset, limit: as asked.
    """
    held = len(page.rows)
    if page.offset not in (None, offset):
        return f"asked for offset {offset}, answered {page.offset}"
    if page.count not in (None, held):
        return f"counts {page.count} rows, holds {held}"
    if held > limit:
        return f"holds {held} rows, {limit} were asked for"
    if held == 0 and page.more:
        return "an empty page that says there is more"
    return None


def is_end(page: Listing, end: int, *, new: bool, under_way: bool) -> bool:
    """Whether the list ends with a page.

    `more` decides, then the total, unless the page itself shows more than that; without either only a
    page that adds nothing is the end, because the server may give fewer rows than were asked for at any
    time (§2.5).

    Args:
        page: the last one so far.
        end: the offset behind its last row.
        new: whether it has shown something new.
        under_way: whether there is reason to look further, though nobody says that there is more.
    """
    counted = page.total is not None and end >= page.total
    if page.more is not None:
        return not page.more or (counted and not new)
    believed = page.total is not None and (end <= page.total or not page.rows)
    return counted if believed else not under_way


def ascends(page: Listing) -> bool:
    """Whether a page is in the order of its oids."""
    return page.oids == sorted(page.oids)


def goes_by_email(page: Listing) -> bool:
    """Whether a page is, as far as can be told, in the order of its e-mails."""
    emails = [row.email.casefold() for row in page.rows if isinstance(row.email, str)]
    in_order = sum(1 for one, two in pairwise(emails) if one <= two)
    return in_order >= EMAIL_ORDER_SHARE * (len(emails) - 1)
