"""The operations on what an account holds: one coroutine each, a thin line over its row of the table."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any, cast

from ucsync.ultracart.my_account import AccountAnswer
from ucsync.ultracart.my_account import models as m
from ucsync.ultracart.my_account.operations import PAGE_SIZE_MAX


class AccountOperations(ABC):
    """Addresses, cards, orders, cases, reviews and wish list, over `call` and `pages`.

    Errors are those of `call`.
    """

    @abstractmethod
    async def call(
        self,
        operation_id: str,
        path: dict[str, object] | None = None,
        query: dict[str, object] | None = None,
        body: object = None,
    ) -> AccountAnswer:
        """Any operation by its name in `ACCOUNT_OPERATIONS`, with all that its answer says."""

    @abstractmethod
    def pages(
        self, operation_id: str, query: dict[str, object] | None = None, *, page_size: int = PAGE_SIZE_MAX
    ) -> AsyncIterator[AccountAnswer]:
        """Page after page of a paged list to its end."""

    async def _value(
        self,
        operation_id: str,
        path: dict[str, object] | None = None,
        query: dict[str, object] | None = None,
        body: object = None,
    ) -> Any:
        return (await self.call(operation_id, path, query, body)).value

    async def _rows(self, operation_id: str, query: dict[str, object] | None = None) -> AsyncIterator[Any]:
        async for answer in self.pages(operation_id, query):
            for row in answer.value:
                yield row

    # Address books

    async def get_shipping_addresses(self) -> list[m.Address]:
        """The whole shipping address book."""
        return cast(list[m.Address], await self._value("getShippingAddresses"))

    async def get_shipping_address(self, address_id: int) -> m.Address:
        """One shipping address."""
        return cast(m.Address, await self._value("getShippingAddress", {"id": address_id}))

    async def insert_shipping_address(self, address: m.Address) -> m.Address:
        """Add a shipping address; the answer has its id."""
        return cast(m.Address, await self._value("insertShippingAddress", body=address))

    async def update_shipping_address(self, address_id: int, address: m.Address) -> m.Address:
        """Replace a shipping address."""
        return cast(m.Address, await self._value("updateShippingAddress", {"id": address_id}, None, address))

    async def delete_shipping_address(self, address_id: int) -> None:
        """Delete a shipping address."""
        await self.call("deleteShippingAddress", {"id": address_id})

    async def get_billing_addresses(self) -> list[m.Address]:
        """The whole billing address book."""
        return cast(list[m.Address], await self._value("getBillingAddresses"))

    async def get_billing_address(self, address_id: int) -> m.Address:
        """One billing address."""
        return cast(m.Address, await self._value("getBillingAddress", {"id": address_id}))

    async def insert_billing_address(self, address: m.Address) -> m.Address:
        """Add a billing address; the answer has its id."""
        return cast(m.Address, await self._value("insertBillingAddress", body=address))

    async def update_billing_address(self, address_id: int, address: m.Address) -> m.Address:
        """Replace a billing address."""
        return cast(m.Address, await self._value("updateBillingAddress", {"id": address_id}, None, address))

    async def delete_billing_address(self, address_id: int) -> None:
        """Delete a billing address."""
        await self.call("deleteBillingAddress", {"id": address_id})

    # Cards

    async def get_credit_cards(self) -> list[m.CreditCard]:
        """All stored cards, their numbers masked."""
        return cast(list[m.CreditCard], await self._value("getCreditCards"))

    async def get_credit_card(self, card_id: int) -> m.CreditCard:
        """One stored card."""
        return cast(m.CreditCard, await self._value("getCreditCard", {"id": card_id}))

    async def insert_credit_card(self, credit_card: m.CreditCard) -> m.CreditCard:
        """Store a card, by its number or by a token for it."""
        return cast(m.CreditCard, await self._value("insertCreditCard", body=credit_card))

    async def update_credit_card(self, card_id: int, credit_card: m.CreditCard) -> m.CreditCard:
        """Change a stored card; a number that is masked, blank or absent stays."""
        return cast(m.CreditCard, await self._value("updateCreditCard", {"id": card_id}, None, credit_card))

    async def delete_credit_card(self, card_id: int) -> None:
        """Delete a stored card."""
        await self.call("deleteCreditCard", {"id": card_id})

    # Orders and cases

    async def get_orders(
        self,
        *,
        page_number: int | None = None,
        page_size: int | None = None,
        search: str | None = None,
        filter_time: str | None = None,
    ) -> list[m.Order]:
        """One page of the orders, newest first.

        Args:
            page_number: from 1.
            page_size: 1 to 10.
            search: an order id, an item id, or a part of an item's description.
            filter_time: `last30days`, `last6months` or `year-2026`.
        """
        query = {**_page(page_number, page_size), "search": search, "_filterTime": filter_time}
        return cast(list[m.Order], await self._value("getOrders", None, query))

    def orders(self, *, search: str | None = None, filter_time: str | None = None) -> AsyncIterator[m.Order]:
        """Order after order to the last; arguments as of `get_orders`, paging as of `pages`."""
        return self._rows("getOrders", {"search": search, "_filterTime": filter_time})

    async def get_order(self, order_id: str) -> m.Order:
        """One order."""
        return cast(m.Order, await self._value("getOrder", {"orderId": order_id}))

    async def get_order_tracking(self, order_id: str) -> list[m.OrderTracking]:
        """The parcels of an order; none is an empty list."""
        value = await self._value("getOrderTracking", {"orderId": order_id})
        return cast(list[m.OrderTracking], value)

    async def get_order_case(self, order_id: str) -> m.Case | None:
        """The case of an order with its messages, or None where there is none."""
        return cast(m.Case, await self._value("getOrderCase", {"orderId": order_id})) or None

    async def insert_order_case(self, order_id: str, case: m.Case) -> m.Case:
        """Open a case with a `subject` and exactly one message; customer service is told."""
        return cast(m.Case, await self._value("insertOrderCase", {"orderId": order_id}, None, case))

    async def get_order_case_messages(self, order_id: str) -> list[m.CaseMessage]:
        """The messages of an order's case. Raises NotFound where there is no case."""
        value = await self._value("getOrderCaseMessages", {"orderId": order_id})
        return cast(list[m.CaseMessage], value)

    async def insert_order_case_message(self, order_id: str, case_message: m.CaseMessage) -> m.CaseMessage:
        """Write to customer service, in a case that is there. (The vendor's page says that the answer is the
        Case, its portal that it is the message.)"""
        value = await self._value("insertOrderCaseMessage", {"orderId": order_id}, None, case_message)
        return cast(m.CaseMessage, value)

    # Reviews

    async def get_not_reviewed_yet(
        self, *, page_number: int | None = None, page_size: int | None = None
    ) -> list[m.NotReviewedItem]:
        """One page of the items that were bought and not reviewed; paging as of `get_orders`."""
        value = await self._value("getNotReviewedYet", None, _page(page_number, page_size))
        return cast(list[m.NotReviewedItem], value)

    def not_reviewed_yet(self) -> AsyncIterator[m.NotReviewedItem]:
        """Item after item to the last."""
        return self._rows("getNotReviewedYet")

    async def get_reviews(
        self,
        *,
        page_number: int | None = None,
        page_size: int | None = None,
        thumbnail_width: int | None = None,
        thumbnail_height: int | None = None,
        thumbnail_square: bool | None = None,
    ) -> list[m.ReviewedItem]:
        """One page of the reviews written; thumbnails (in pixels) are of their items."""
        thumbnails = _thumbnails(thumbnail_width, thumbnail_height, thumbnail_square)
        query = {**_page(page_number, page_size), **thumbnails}
        return cast(list[m.ReviewedItem], await self._value("getReviews", None, query))

    def reviews(self) -> AsyncIterator[m.ReviewedItem]:
        """Review after review to the last."""
        return self._rows("getReviews")

    async def get_review(self, item_id: str) -> m.ItemReview:
        """The form to review an item with, and what was answered in it so far."""
        return cast(m.ItemReview, await self._value("getReview", {"itemId": item_id}))

    async def update_review(self, item_id: str, item_review: m.ItemReview) -> m.ItemReview:
        """Write a review, or change it."""
        return cast(m.ItemReview, await self._value("updateReview", {"itemId": item_id}, None, item_review))

    # Wish list

    async def get_wishlist(
        self,
        *,
        page_number: int | None = None,
        page_size: int | None = None,
        thumbnail_width: int | None = None,
        thumbnail_height: int | None = None,
        thumbnail_square: bool | None = None,
        sort_by: str | None = None,
    ) -> list[m.WishlistItem]:
        """One page of the wish list; `sort_by` is one of `SORTS`."""
        thumbnails = _thumbnails(thumbnail_width, thumbnail_height, thumbnail_square)
        query = {**_page(page_number, page_size), **thumbnails, "sortBy": sort_by}
        return cast(list[m.WishlistItem], await self._value("getWishlist", None, query))

    def wishlist(self, *, sort_by: str | None = None) -> AsyncIterator[m.WishlistItem]:
        """Wish after wish to the last."""
        return self._rows("getWishlist", {"sortBy": sort_by})

    async def get_wishlist_item(self, wishlist_oid: int) -> m.WishlistItem:
        """One wished item."""
        return cast(m.WishlistItem, await self._value("getWishlistItem", {"wishlistOid": wishlist_oid}))

    async def insert_wishlist_item(self, wishlist_item: m.WishlistItem) -> m.WishlistItem:
        """Add a wished item by its `itemId`; the answer has its `wishlistOid`."""
        return cast(m.WishlistItem, await self._value("insertWishlistItem", body=wishlist_item))

    async def update_wishlist_item(self, wishlist_oid: int, wishlist_item: m.WishlistItem) -> None:
        """Change `priority` and `comments` of a wished item."""
        await self.call("updateWishlistItem", {"wishlistOid": wishlist_oid}, None, wishlist_item)

    async def delete_wishlist_item(self, wishlist_oid: int) -> None:
        """Take an item off the wish list."""
        await self.call("deleteWishlistItem", {"wishlistOid": wishlist_oid})


def _page(number: int | None, size: int | None) -> dict[str, object]:
    return {"pageNumber": number, "pageSize": size}


def _thumbnails(width: int | None, height: int | None, square: bool | None) -> dict[str, object]:
    text = None if square is None else str(square).lower()
    return {"thumbnailWidth": width, "thumbnailHeight": height, "thumbnailSquare": text}
