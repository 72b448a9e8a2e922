"""What the merchant sells, as the portal shows it: in orders, reviews and wish lists."""

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from ucsync.sandbox.my_account.desk import Entry
from ucsync.sandbox.my_account.order_sums import Sums, in_dollars
from ucsync.sandbox.my_account.visit import Visit
from ucsync.sandbox.people import ITEMS, Item, money
from ucsync.sandbox.reply import Document, Refusal

_SHOP: Final = "https://shop.example"
_BY_OID: Final = MappingProxyType({item.merchant_item_oid: item for item in ITEMS})
_BY_ID: Final = MappingProxyType({item.merchant_item_id: item for item in ITEMS})
_SIDE_MAX: Final = 10_000
_PROGRAM: Final = "APP-BREW-PRO"  # the one item that comes with a code


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """The picture that is asked for; the portal's own defaults, in pixels."""

    width: int = 80
    height: int = 80
    square: bool = True

    def url(self, item: Item) -> str:
        """Where it is; a picture is named after what was asked for."""
        form = "square" if self.square else "whole"
        return f"{_SHOP}/images/{item.merchant_item_id}/{self.width}x{self.height}-{form}.jpg"


def thumbnail_of(visit: Visit) -> Thumbnail:
    """What `thumbnailWidth`, `thumbnailHeight` and `thumbnailSquare` say; each has a default.

    Raises:
        Refusal: 400, a side is no number of pixels.
    """
    default = Thumbnail()
    return Thumbnail(
        _side(visit, "thumbnailWidth", default.width),
        _side(visit, "thumbnailHeight", default.height),
        visit.query.get("thumbnailSquare", "true") == "true",
    )


def _side(visit: Visit, name: str, default: int) -> int:
    text = visit.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= _SIDE_MAX):
        raise Refusal(400, f"{name} must be an integer of 1 to {_SIDE_MAX}.")
    return int(text)


def item_id_of(merchant_item_oid: int) -> str | None:
    """The merchant's own name of an item; None where there is no such item."""
    item = _BY_OID.get(merchant_item_oid)
    return item.merchant_item_id if item else None


def oid_of_item(item_id: str) -> int | None:
    """The number of an item; None where there is no such item. Case matters."""
    item = _BY_ID.get(item_id)
    return item.merchant_item_oid if item else None


def price_of(merchant_item_oid: int) -> Decimal:
    """What one of it costs. Raises KeyError where there is no such item."""
    return money(_BY_OID[merchant_item_oid].cents)


def item_document(merchant_item_oid: int, thumbnail: Thumbnail | None = None) -> Document:
    """An `Item` that is not part of an order, so that it has neither a quantity nor a sum.

    Raises:
        KeyError: there is no such item.
    """
    item = _BY_OID[merchant_item_oid]
    return {
        "itemId": item.merchant_item_id,
        "description": item.description,
        "quantity": None,
        "viewUrl": f"{_SHOP}/{item.merchant_item_id}.html",
        "defaultImageUrl": f"{_SHOP}/images/{item.merchant_item_id}/large.jpg",
        "defaultThumbnailSsl": (thumbnail or Thumbnail()).url(item),
        "metaData": {"sold by": "piece"},
        "options": [],
        "activationCode": None,
        "totalCostFormatted": None,
        "totalRefundFormatted": None,
    }


def ordered_item(entry: Entry, sums: Sums) -> Document:
    """The `Item` of an order: how many, what they came to, and what was refunded of that."""
    item = entry.item
    code = f"{entry.origin:08X}-{entry.number:08X}" if item.merchant_item_id == _PROGRAM else None
    return {
        **item_document(item.merchant_item_oid),
        "quantity": entry.quantity,
        "activationCode": code,
        "totalCostFormatted": in_dollars(sums.subtotal),
        "totalRefundFormatted": in_dollars(sums.subtotal_refunded),
    }
