"""The wish list: the same rows that `/rest/v2` has, with items by their ids (portal only)."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from ucsync.sandbox.engine import changing_children, epoch_s
from ucsync.sandbox.my_account.accounts import BY_CUSTOMER
from ucsync.sandbox.my_account.dates import day_and_time
from ucsync.sandbox.my_account.forms import filled, units
from ucsync.sandbox.my_account.items import item_document, item_id_of, oid_of_item, price_of, thumbnail_of
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.paging import page
from ucsync.sandbox.my_account.visit import Given, Visit
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.reply import Document, Refusal
from ucsync.ultracart.operations import INT32_MAX

_OID: Final = "customer_wishlist_item_oid"
_COMMENTS_MAX: Final = 1024  # as `/rest/v2` has it; no source says so for the portal
_MEDIUM: Final = 3  # what the portal shows for a priority that is none


def list_wishes(office: Office, visit: Visit) -> Given:
    name, _, way = visit.query.get("sortBy", "date_desc").rpartition("_")
    if name not in _KEYS or way not in ("asc", "desc"):
        raise Refusal(400, "sortBy is not one of the orders that there are.")
    rows = sorted(office.shop.store.wishlist(visit.oid), key=_KEYS[name], reverse=way == "desc")
    return page(office, visit, rows, lambda row: _document(row, visit))


def get_wish(office: Office, visit: Visit) -> Given:
    return Given(document=_document(_row(office, visit), visit))


def insert_wish(office: Office, visit: Visit) -> Given:
    form = _checked(filled(office, visit))
    item_oid = oid_of_item(form["itemId"])
    if item_oid is None:
        raise Refusal(400, "wishlistItem.itemId is no item of this merchant.")
    held = office.shop.store.wishlist(visit.oid)
    row = {
        "add_dts": eastern_text(office.shop.clock.now_s()),
        "customer_profile_oid": visit.oid,
        _OID: office.shop.store.new_child_oid(),
        "merchant_item_oid": item_oid,
        "position": min(INT32_MAX, 1 + max((row.get("position", 0) for row in held), default=0)),
        **_said(form),
    }
    _write(office, visit.oid, [*held, row])
    return Given(document=_document(row, visit))


def update_wish(office: Office, visit: Visit) -> Given:
    """Priority and comments alone can change; what is not given of them is not there afterwards."""
    before = _row(office, visit)
    form = _checked(filled(office, visit))
    kept = {name: held for name, held in before.items() if name not in ("priority", "comments")}
    row = {**kept, **_said(form)}
    rows = office.shop.store.wishlist(visit.oid)
    _write(office, visit.oid, [row if held[_OID] == row[_OID] else held for held in rows])
    return Given(document=_document(row, visit))


def delete_wish(office: Office, visit: Visit) -> Given:
    gone = _row(office, visit)[_OID]
    rows = office.shop.store.wishlist(visit.oid)
    _write(office, visit.oid, [row for row in rows if row[_OID] != gone])
    return Given(204)


def wish_documents(office: Office, oid: int) -> list[Document]:
    """The whole list, newest first."""
    rows = sorted(office.shop.store.wishlist(oid), key=_KEYS["date"], reverse=True)
    return [_document(row, None) for row in rows]


def _row(office: Office, visit: Visit) -> Document:
    wanted = int(visit.path["wishlistOid"])
    for row in office.shop.store.wishlist(visit.oid):
        if row[_OID] == wanted:
            return row
    raise Refusal(404, "There is no such item in the wish list.")


def _write(office: Office, oid: int, rows: list[Document]) -> None:
    with changing_children(office.shop, oid, BY_CUSTOMER) as record:
        record.wishlist = rows


def _document(row: Document, visit: Visit | None) -> Document:
    item_oid = row["merchant_item_oid"]
    item_id = item_id_of(item_oid)  # none where `/rest/v2` was told of an item that is none
    thumbnail = thumbnail_of(visit) if visit is not None else None
    return {
        "wishlistOid": row[_OID],
        "itemId": item_id,
        "item": None if item_id is None else item_document(item_oid, thumbnail),
        "addDateFormatted": day_and_time(epoch_s(row["add_dts"])) if "add_dts" in row else None,
        "priority": row.get("priority"),
        "comments": row.get("comments"),
    }


def _checked(form: Document) -> Document:
    if units(form.get("comments") or "") > _COMMENTS_MAX:
        raise Refusal(400, f"wishlistItem.comments is longer than {_COMMENTS_MAX} characters.")
    return form


def _said(form: Document) -> Document:
    return {name: form[name] for name in ("priority", "comments") if form.get(name)}


def _added(row: Document) -> tuple[int, int]:
    return (epoch_s(row["add_dts"]) if "add_dts" in row else 0), row[_OID]


def _price(row: Document) -> tuple[Any, int]:
    known = item_id_of(row["merchant_item_oid"]) is not None
    return (price_of(row["merchant_item_oid"]) if known else 0), row[_OID]


_KEYS: Final[Mapping[str, Callable[[Document], tuple[Any, int]]]] = MappingProxyType({
    "date": _added,
    "priority": lambda row: (row.get("priority") or _MEDIUM, row[_OID]),
    "price": _price,
})  # fmt: skip
