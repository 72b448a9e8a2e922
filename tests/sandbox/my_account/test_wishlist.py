"""The wish list, over the same rows that the merchant has."""

from typing import Any

import pytest

from tests.sandbox.my_account.visitor import FIRST, Shopfront, Visitor
from ucsync.sandbox.people.catalogue import ITEMS

CUP, POT, SPOON = ITEMS[3], ITEMS[5], ITEMS[16]


def wish(visitor: Visitor, item: Any = CUP, **further: object) -> Any:
    return visitor.send("POST", "/wishlist", {"itemId": item.merchant_item_id, **further})


def test_a_wish_comes_back_with_its_item_and_is_the_merchants_too(visitor: Visitor) -> None:
    given = wish(visitor, priority=4, comments="in blue", wishlistOid=0)
    assert (given["itemId"], given["priority"], given["comments"]) == ("CUP-STONE-BLUE", 4, "in blue")
    assert given["item"]["description"] == CUP.description
    assert given["addDateFormatted"] == "01 Jun 2026 08:00:00"
    positions = [row["position"] for row in visitor.shop.merchant.shop.store.wishlist(FIRST)]
    assert positions == [1]
    assert visitor.get("/wishlist") == [given] == [visitor.get(f"/wishlist/{given['wishlistOid']}")]
    rows = visitor.shop.merchant_asks("getCustomerWishList", FIRST)["wishlist_items"]
    assert [
        (row["customer_wishlist_item_oid"], row["merchant_item_oid"], row["priority"]) for row in rows
    ] == [(given["wishlistOid"], CUP.merchant_item_oid, 4)]


def test_what_the_merchant_adds_is_there_even_an_item_that_is_none(visitor: Visitor) -> None:
    visitor.shop.merchant_asks("insertWishListItem", FIRST, {"merchant_item_oid": 12, "priority": 5})
    (row,) = visitor.get("/wishlist")
    assert (row["itemId"], row["item"], row["priority"]) == (None, None, 5)
    assert visitor.status("GET", "/wishlist", query="sortBy=price_asc") == 200


def test_only_priority_and_comments_change(visitor: Visitor) -> None:
    given = wish(visitor, priority=1, comments="x")
    path = f"/wishlist/{given['wishlistOid']}"
    sent = {**given, "itemId": POT.merchant_item_id, "priority": 2, "comments": "y"}
    assert visitor.send("PUT", path, sent) == {**given, "priority": 2, "comments": "y"}
    assert visitor.send("PUT", path, {}) == {**given, "priority": None, "comments": None}


def test_the_merchant_can_change_what_a_customer_gave_a_low_priority(visitor: Visitor) -> None:
    given = wish(visitor, priority=1)
    path = {"customer_wishlist_item_oid": given["wishlistOid"]}
    visitor.shop.merchant_asks("updateWishListItem", FIRST, {"comments": "seen"}, **path)
    assert visitor.get("/wishlist")[0]["comments"] == "seen"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"itemId": None},
        {"itemId": " "},
        {"itemId": "NO-SUCH"},
        {"itemId": 510_004},
        {"itemId": CUP.merchant_item_id, "priority": 0},
        {"itemId": CUP.merchant_item_id, "priority": 6},
        {"itemId": CUP.merchant_item_id, "priority": ""},
        {"itemId": CUP.merchant_item_id, "comments": "x" * 1025},
        {"itemId": CUP.merchant_item_id, "wishlistOid": 12},
    ],
)
def test_what_no_wish_has_is_refused(visitor: Visitor, body: dict[str, object]) -> None:
    assert visitor.complaint("POST", "/wishlist", body)
    assert visitor.get("/wishlist") == []


def test_an_unknown_wish_and_anothers_are_404_and_a_deleted_one_is_gone(visitor: Visitor) -> None:
    theirs = wish(visitor.shop.visitor(FIRST + 1))["wishlistOid"]
    mine = wish(visitor)["wishlistOid"]
    for oid in (theirs, 1):
        for method, body in (("GET", None), ("PUT", {}), ("DELETE", None)):
            assert visitor.status(method, f"/wishlist/{oid}", body) == 404
    assert visitor.status("DELETE", f"/wishlist/{mine}") == 204
    assert visitor.status("DELETE", f"/wishlist/{mine}") == 404
    assert visitor.get("/wishlist") == []


def test_the_list_is_sorted_as_asked_and_paged(visitor: Visitor) -> None:
    oids = {}
    for name, item, priority in (("pot", POT, 1), ("cup", CUP, None), ("spoon", SPOON, 5)):
        oids[wish(visitor, item, priority=priority)["wishlistOid"]] = name
        visitor.shop.clock.move(60)

    def listed(query: str) -> str:
        return " ".join(oids[row["wishlistOid"]] for row in visitor.get("/wishlist", query=query))

    assert listed("") == listed("sortBy=") == listed("sortBy=date_desc") == "spoon cup pot"
    assert listed("sortBy=date_asc") == "pot cup spoon"
    assert listed("sortBy=priority_desc") == "spoon cup pot"
    assert listed("sortBy=price_asc") == "spoon cup pot"
    assert listed("sortBy=price_desc") == "pot cup spoon"
    assert listed("pageSize=2&pageNumber=2") == "pot"
    assert visitor.status("GET", "/wishlist", query="sortBy=height_asc") == 400


@pytest.mark.parametrize(
    ("query", "figures", "rows"),
    [
        ("", (10, 1, 12, 2), 10),
        ("pageNumber=&pageSize=", (10, 1, 12, 2), 10),
        ("pageNumber=2", (10, 2, 12, 2), 2),
        ("pageNumber=3", (10, 3, 12, 2), 0),
        ("pageSize=5&pageNumber=3", (5, 3, 12, 3), 2),
        ("pageSize=5&pageSize=3", (5, 1, 12, 3), 5),
        ("pageSize=500", (10, 1, 12, 2), 10),
        ("pageSize=0&pageNumber=0", (10, 1, 12, 2), 10),
        ("pageSize=-1&pageNumber=x", (10, 1, 12, 2), 10),
    ],
)
def test_pages_are_clamped_and_say_where_they_stand(query: str, figures: tuple[int, ...], rows: int) -> None:
    visitor = Shopfront(customers=1).visitor(FIRST)
    for _ in range(12):
        wish(visitor)
    reply = visitor.ask("GET", "/wishlist", query=query)
    headers = dict(reply.headers)
    names = ("page-size", "page-number", "total-records", "total-pages")
    assert tuple(int(headers[f"uc-pagination-{name}"]) for name in names) == figures
    assert len(visitor.get("/wishlist", query=query)) == rows


def test_wishes_of_the_beginning_can_be_changed_and_deleted() -> None:
    shop = Shopfront(customers=200)
    oid = next(
        oid
        for oid in shop.merchant.oids()
        if len(shop.merchant.shop.store.wishlist(oid)) > 1 and shop.merchant.shop.store.email(oid)
    )
    visitor = shop.visitor(oid)
    first, second, *rest = visitor.get("/wishlist")
    changed = visitor.send("PUT", f"/wishlist/{first['wishlistOid']}", {"priority": 1})
    assert visitor.status("DELETE", f"/wishlist/{second['wishlistOid']}") == 204
    assert visitor.get("/wishlist") == [changed, *rest]
    assert (changed["priority"], changed["itemId"]) == (1, first["itemId"])
