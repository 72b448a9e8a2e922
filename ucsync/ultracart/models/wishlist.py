"""Wish lists."""

from typing import Annotated, TypedDict

from ucsync.ultracart.fields import READ_ONLY, Instant, Int32, Max, Text


class CustomerWishListItem(TypedDict, total=False):
    """A wished item; `merchant_item_oid` is an oid, not an item id."""

    add_dts: Annotated[Instant, READ_ONLY]
    comments: Annotated[Text, Max(1024)]
    customer_profile_oid: Annotated[Int32, READ_ONLY]
    customer_wishlist_item_oid: Annotated[Int32, READ_ONLY]
    merchant_item_oid: Int32
    position: Int32
    priority: Int32  # 3 low .. 5 high
