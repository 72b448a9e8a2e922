"""Orders: lists of them, page by page, and single ones (fact sheet §2.4)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ucsync.sandbox.my_account.desk import Entry
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.order_rows import order_document
from ucsync.sandbox.my_account.paging import page
from ucsync.sandbox.my_account.visit import Given, Visit
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.reply import Document, Refusal

_EASTERN: Final = ZoneInfo("America/New_York")
_YEAR: Final = re.compile(r"year-(\d{4})", re.ASCII)
_LAST_MONTHS: Final = "last6months"
_NOT_IN_LISTS: Final = ("trackingNumbers", "orderCase")


def get_orders(office: Office, visit: Visit) -> Given:
    """A page of orders, newest first; `search` and `_filterTime` narrow down which."""
    entries = office.desk.orders(visit.oid).newest_first
    settings, now = office.shop.settings, office.shop.clock.now()
    wanted = visit.query.get("_filterTime") or (_LAST_MONTHS if settings.has("account-last6months") else "")
    if wanted:
        is_then = _period(wanted, now)
        entries = tuple(entry for entry in entries if is_then(entry.at_s))
    text = visit.query.get("search", "").strip().casefold()
    if text:
        entries = tuple(entry for entry in entries if _has(entry, text))
    light = settings.has("account-light-orders")

    def shown(entry: Entry) -> Document:
        document = order_document(office, visit.oid, entry)
        return {name: document[name] for name in document if not (light and name in _NOT_IN_LISTS)}

    return page(office, visit, entries, shown)


def get_order(office: Office, visit: Visit) -> Given:
    """One order."""
    return Given(document=order_document(office, visit.oid, order_of(office, visit)))


def order_of(office: Office, visit: Visit) -> Entry:
    """The customer's own order that the path names.

    Raises:
        Refusal: 404, there is none of that name, or it is somebody else's.
    """
    entry = office.desk.orders(visit.oid).by_id.get(visit.path["orderId"])
    if entry is None:
        raise Refusal(404, "Order not found.")
    return entry


def _has(entry: Entry, text: str) -> bool:
    """Whether the folded text is part of the order's id, its item's id or its description."""
    item = entry.item
    return any(text in held.casefold() for held in (entry.order_id, item.merchant_item_id, item.description))


def _period(wanted: str, now: datetime) -> Callable[[int], bool]:
    """Whether an instant falls into what `_filterTime` names.

    Raises:
        Refusal: 400, it names nothing.
    """
    year = _YEAR.fullmatch(wanted)
    if year is not None:
        start = f"{year[1]}-"
        return lambda at_s: eastern_text(at_s).startswith(start)
    if wanted == "last30days":
        since = now - timedelta(days=30)
    elif wanted == _LAST_MONTHS:
        since = _months_before(now, 6)
    else:
        raise Refusal(400, "_filterTime must be last30days, last6months or year-YYYY.")
    return lambda at_s: since.timestamp() <= at_s


def _months_before(now: datetime, months: int) -> datetime:
    """The same day and hour so many months ago; the last of a month that is too short."""
    here = now.astimezone(_EASTERN)
    count = here.year * 12 + here.month - 1 - months
    first = here.replace(year=count // 12, month=count % 12 + 1, day=1)
    following = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    last_day = (following - timedelta(days=1)).day
    return first.replace(day=min(here.day, last_day)).astimezone(UTC)
