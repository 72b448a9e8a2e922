"""The models of the MyAccount API: one typed dict each, from which the field tables are read.

Owns names, types, lengths and marks as the vendor's page has them (`api/my_account_api.md` §4), and what only
its portal shows. Names are the vendor's own, in its spelling. Never does: checking, sending, storing.
"""

from typing import Final, is_typeddict

from ucsync.ultracart.fields import Model, read_model
from ucsync.ultracart.my_account.models.account import (
    Address,
    ChangePasswordRequest,
    CreditCard,
    CustomerCredentials,
    MyAccountDetail,
)
from ucsync.ultracart.my_account.models.cases import (
    Case,
    CaseMessage,
)
from ucsync.ultracart.my_account.models.items import (
    Item,
    ItemReview,
    ItemReviewQuestion,
    ItemReviewRating,
    NotReviewedItem,
    ReviewedItem,
    WishlistItem,
)
from ucsync.ultracart.my_account.models.labels import ORDER_LABELS
from ucsync.ultracart.my_account.models.orders import (
    Coupon,
    Order,
    OrderTracking,
)

#: Every model under the vendor's own name; each name imported above is one.
MODELS: Final[dict[str, Model]] = {
    model.name: model for model in map(read_model, filter(is_typeddict, tuple(globals().values())))
}

__all__ = [
    "MODELS",
    "ORDER_LABELS",
    "Address",
    "Case",
    "CaseMessage",
    "ChangePasswordRequest",
    "Coupon",
    "CreditCard",
    "CustomerCredentials",
    "Item",
    "ItemReview",
    "ItemReviewQuestion",
    "ItemReviewRating",
    "MyAccountDetail",
    "NotReviewedItem",
    "Order",
    "OrderTracking",
    "ReviewedItem",
    "WishlistItem",
]
