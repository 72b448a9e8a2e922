"""The five wish list operations."""

from typing import Final

from ucsync.sandbox.engine.checking import admitted
from ucsync.sandbox.engine.rendering import empty, envelope
from ucsync.sandbox.engine.shop import Call, Shop, changing_children, missing, path_customer, path_oid
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.reply import Document, Refusal, Reply
from ucsync.ultracart.operations import INT32_MAX

_OID: Final = "customer_wishlist_item_oid"
_NAME: Final = "wishlist_item"
_PRIORITIES: Final = (3, 4, 5)  # 3 = low, 5 = high (fact sheet §4)


def get_customer_wish_list(shop: Shop, call: Call) -> Reply:
    oid = path_customer(shop, call)
    return envelope(shop, call, {"wishlist_items": list(shop.store.wishlist(oid))})


def get_customer_wish_list_item(shop: Shop, call: Call) -> Reply:
    oid = path_customer(shop, call)
    return envelope(shop, call, {"wishlist_item": _item(shop, call, oid)})


def insert_wish_list_item(shop: Shop, call: Call) -> Reply:
    oid = path_customer(shop, call)
    sent = admitted(shop, call)
    sent.pop(_OID, None)
    _check(sent)
    held = shop.store.wishlist(oid)
    item = {
        "add_dts": eastern_text(shop.clock.now_s()),
        "customer_profile_oid": oid,
        _OID: shop.store.new_child_oid(),
        "position": min(INT32_MAX, 1 + max((row.get("position", 0) for row in held), default=0)),
        **{name: given for name, given in sent.items() if given is not None},
    }
    with changing_children(shop, oid) as record:
        record.wishlist = [*record.wishlist, item]
    return Reply(200, item)  # no envelope (fact sheet §2.3)


def update_wish_list_item(shop: Shop, call: Call) -> Reply:
    oid = path_customer(shop, call)
    before = _item(shop, call, oid)
    sent = admitted(shop, call)
    sent.pop(_OID, None)
    if shop.settings.has("put-null-ignored"):
        sent = {name: given for name, given in sent.items() if given is not None}
    merged = {**before, **sent}
    _check({**merged, "priority": sent.get("priority")})  # the portal may have set one that is none here
    item = {name: given for name, given in merged.items() if given is not None}
    with changing_children(shop, oid) as record:
        record.wishlist = [item if row[_OID] == item[_OID] else row for row in record.wishlist]
    return Reply(200, item)


def delete_wish_list_item(shop: Shop, call: Call) -> Reply:
    oid = path_customer(shop, call)
    item = _item(shop, call, oid)
    with changing_children(shop, oid) as record:
        record.wishlist = [row for row in record.wishlist if row[_OID] != item[_OID]]
    return empty(shop)


def _item(shop: Shop, call: Call, oid: int) -> Document:
    wanted = path_oid(call, _OID)
    for row in shop.store.wishlist(oid):
        if row[_OID] == wanted:
            return row
    raise missing(shop, _OID)


def _check(item: Document) -> None:
    if item.get("merchant_item_oid") is None:
        raise Refusal(400, f"{_NAME}.merchant_item_oid is missing and is required.")
    if item.get("priority") not in (None, *_PRIORITIES):
        raise Refusal(400, f"{_NAME}.priority must be 3, 4 or 5.")
