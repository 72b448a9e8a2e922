"""Which function answers which operation about orders, cases and reviews."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ucsync.sandbox.my_account import cases, orders, reviews, tracking
from ucsync.sandbox.my_account.office import Action

#: By operation id.
DESK_ACTIONS: Final[Mapping[str, Action]] = MappingProxyType({
    "getNotReviewedYet": reviews.get_not_reviewed_yet,
    "getOrder": orders.get_order,
    "getOrderCase": cases.get_order_case,
    "getOrderCaseMessages": cases.get_order_case_messages,
    "getOrderTracking": tracking.get_order_tracking,
    "getOrders": orders.get_orders,
    "getReview": reviews.get_review,
    "getReviews": reviews.get_reviews,
    "insertOrderCase": cases.insert_order_case,
    "insertOrderCaseMessage": cases.insert_order_case_message,
    "updateReview": reviews.update_review,
})  # fmt: skip
