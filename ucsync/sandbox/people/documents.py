"""The wire form of a customer's document, and the oids of the rows inside it."""

from decimal import Context, Decimal
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]
"""A JSON object: str, int, bool, Decimal, list, dict; never None, never float."""

# A customer owns the 500 child oids from oid * 500; each kind of row has its own range in them.
# Oids are int32 on the wire, which is what bounds the number of customers (see Population).
CHILD_OIDS_PER_CUSTOMER = 500
BILLING = 0
SHIPPING = 10
CARD = 20
CC_EMAIL = 30
PROPERTY = 40
ATTACHMENT = 60
ENTITLEMENT = 70
LOYALTY_LEDGER = 100
REDEMPTION = 150
COUPON_CODE = 170
GIFT_CERTIFICATE = 200
GIFT_CERTIFICATE_LEDGER = 201
WISHLIST = 300

# Its own context, so that a caller's decimal context cannot change a customer.
_MONEY = Context(prec=28)


def child_oid(oid: int, kind: int, index: int = 0) -> int:
    """The oid of row ``index`` of a ``kind`` (a constant above) of the customer ``oid``."""
    return oid * CHILD_OIDS_PER_CUSTOMER + kind + index


def money(cents: int) -> Decimal:
    """``1999`` -> ``Decimal('19.99')``, always with two digits."""
    return _MONEY.scaleb(Decimal(cents), -2)


def present(fields: dict[str, Any]) -> Document:
    """The fields that have a value, in the same order."""
    return {name: value for name, value in fields.items() if value is not None}
