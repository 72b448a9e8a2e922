"""What a customer does with orders, cases, reviews and wishes; each scenario runs in either way."""

import pytest

from tests.net.my_account.portal_house import MERCHANT, OID, ORDERS, PortalHouse
from ucsync.model import NotFound
from ucsync.ultracart.my_account import models as m


async def reads_orders(house: PortalHouse) -> None:
    client = house.account
    rows = [order async for order in client.orders()]
    assert rows == [held["order"] for held in house.truth()["orders"]]
    assert len(rows) == ORDERS[OID]
    assert await client.get_orders() == rows[:10]
    assert await client.get_orders(page_number=5, page_size=5) == rows[20:]
    assert await client.get_orders(page_number=6, page_size=5) == []
    (found,) = await client.get_orders(search=rows[3]["orderId"])
    assert found == rows[3] == await client.get_order(str(rows[3]["orderId"]))
    years = [order async for order in client.orders(filter_time="year-2001")]
    assert years == []
    lately = [order async for order in client.orders(filter_time="last6months")]
    assert lately == rows[: len(lately)]
    paging = (await client.call("getOrders", query={"pageNumber": 2, "pageSize": 10})).paging
    assert paging is not None
    figures = paging.page_size, paging.page_number, paging.total_records, paging.total_pages
    assert figures == (10, 2, 25, 3)


async def follows_parcels(house: PortalHouse) -> None:
    for held in house.truth()["orders"]:
        order_id = held["order"]["orderId"]
        assert await house.account.get_order_tracking(order_id) == held["tracking"]


async def writes_to_customer_service(house: PortalHouse) -> None:
    client = house.account
    order_id = next(held["order"]["orderId"] for held in house.truth()["orders"] if not held["case"])
    assert await client.get_order_case(order_id) is None
    with pytest.raises(NotFound):
        await client.get_order_case_messages(order_id)
    case: m.Case = {"subject": "Where is it?", "messages": [{"message": "It has not come yet."}]}
    opened = await client.insert_order_case(order_id, case)
    assert (opened["subject"], opened["orderId"], opened["merchantId"]) == (
        "Where is it?",
        order_id,
        MERCHANT,
    )
    assert await client.get_order_case(order_id) == opened
    second = await client.insert_order_case_message(order_id, {"message": "Now it has. Thank you 😀"})
    assert second["message"] == "Now it has. Thank you 😀"
    messages = await client.get_order_case_messages(order_id)
    assert messages == [*(opened["messages"] or ()), second]
    assert [one["messageSender"] for one in messages] == ["Customer", "Customer"]
    assert len(house.mail("case-message")) == 2


async def reviews_what_was_bought(house: PortalHouse) -> None:
    client = house.account
    waiting = [item async for item in client.not_reviewed_yet()]
    written = [review async for review in client.reviews()]
    assert waiting == house.truth()["notReviewedYet"]
    assert written == [held["review"] for held in house.truth()["reviews"]]
    assert await client.get_not_reviewed_yet(page_size=1) == waiting[:1]
    item_id = waiting[0]["itemId"] or ""
    form = await client.get_review(item_id)
    ratings = [{**rating, "score": 4} for rating in form["ratings"] or ()]
    said: m.ItemReview = {
        "ratings": ratings,  # type: ignore[typeddict-item]  # rows as they came
        "recommendToFriend": True, "title": "Solid", "review": "It does what it should, and quietly so. " * 2,
        "nickname": "tilda", "agreeToTermsAndConditions": True,
    }  # fmt: skip
    answered = await client.update_review(item_id, {**form, **said})
    assert (answered["title"], answered["ratings"]) == ("Solid", ratings)
    assert await client.get_review(item_id) == answered
    (newest,) = await client.get_reviews(page_size=1)
    assert (newest["itemId"], newest["title"], newest["statusCode"]) == (item_id, "Solid", "Unapproved")
    assert item_id not in [item["itemId"] async for item in client.not_reviewed_yet()]
    thumbnails = await client.get_reviews(thumbnail_width=40, thumbnail_height=30, thumbnail_square=False)
    assert "40x30" in str(thumbnails)


async def wishes(house: PortalHouse) -> None:
    client = house.account
    before = [wish async for wish in client.wishlist()]
    item_id = house.truth()["orders"][0]["order"]["items"][0]["itemId"]
    added = await client.insert_wishlist_item({"itemId": item_id, "priority": 5, "comments": "in blue"})
    number = added["wishlistOid"] or 0
    assert (added["itemId"], added["priority"], added["comments"]) == (item_id, 5, "in blue")
    assert await client.get_wishlist_item(number) == added
    await client.update_wishlist_item(number, {**added, "priority": 1})
    changed = await client.get_wishlist_item(number)
    assert changed == {**added, "priority": 1}
    listed = [wish async for wish in client.wishlist(sort_by="priority_asc")]
    assert listed[0] == changed
    assert len(await client.get_wishlist(page_size=1, sort_by="date_desc")) == 1
    await client.delete_wishlist_item(number)
    assert [wish async for wish in client.wishlist()] == before
