"""What an order came to: its sums, and the text beside each.

The same total as REST v2 shows. Of what the customer sees, subtotal and postage have discounts and refunds
taken off already (so says the vendor's page), so that with what was refunded they come to the total.
"""

from decimal import Decimal
from typing import Any, Final, NamedTuple

from ucsync.sandbox.my_account.desk import Entry
from ucsync.sandbox.people import OrderDetails, money
from ucsync.sandbox.reply import Document

_POSTAGE_CENTS: Final = 695  # what is not charged where shipping is free
_NOTHING: Final = (
    *("giftWrapCost", "tax", "taxRefunded", "giftCharge", "surcharge", "buysafeCost", "buysafeRefunded"),
    *("insureShipCost", "insureShipRefunded"),
)


class Sums(NamedTuple):
    """In cents; ``subtotal`` and ``postage`` before refunds."""

    discount: int
    subtotal: int
    subtotal_refunded: int
    postage: int
    postage_refunded: int
    total: int
    certificate: int


def sums_of(entry: Entry, details: OrderDetails, stage: str) -> Sums:
    """What an order came to; nothing is refunded before it is completed."""
    subtotal = entry.item.cents * entry.quantity
    postage = entry.cents - subtotal
    percent = details.refund_percent if stage == "Completed Order" else 0
    return Sums(
        discount=subtotal * details.discount_percent // (100 - details.discount_percent),
        subtotal=subtotal,
        subtotal_refunded=subtotal * percent // 100,
        postage=postage,
        postage_refunded=postage if percent and details.postage_refunded else 0,
        total=entry.cents,
        certificate=min(details.certificate_cents, entry.cents),
    )


def in_dollars(cents: int) -> str:
    """`123450` as `$1,234.50`."""
    return f"${cents // 100:,}.{cents % 100:02d}"


def sums_shown(sums: Sums) -> Document:
    """The money fields of an order with their twins, and what goes by them."""
    refunded = sums.subtotal_refunded + sums.postage_refunded
    shipping_discount = 0 if sums.postage else _POSTAGE_CENTS
    cents = {
        "subtotalBeforeDiscount": sums.subtotal + sums.discount,
        "discount": sums.discount,
        "subtotal": sums.subtotal - sums.subtotal_refunded,
        "subtotalRefunded": sums.subtotal_refunded,
        "shippingHandlingDiscount": shipping_discount,
        "shippingHandlingTotal": sums.postage - sums.postage_refunded,
        "shippingHandlingRefunded": sums.postage_refunded,
        "total": sums.total,
        "totalRefunded": refunded,
        "giftCertificateAmount": sums.certificate,
        **dict.fromkeys(_NOTHING, 0),
    }
    shown: dict[str, Any] = {}
    for name, amount in cents.items():
        shown[name], shown[f"{name}Formatted"] = money(amount), in_dollars(amount)
    has_discount = sums.discount + shipping_discount > 0
    flags = {"hasDiscount": has_discount, "hasRefund": refunded > 0, "refundPresent": refunded > 0}
    return {**shown, **flags, "taxRate": Decimal(0), "taxRateFormatted": "0%"}
