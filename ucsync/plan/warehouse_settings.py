"""What a merchant's owner has chosen for warehouses. The names are those of the configuration's `warehouse`
table."""

from dataclasses import dataclass

from ucsync.model import Hashing, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseSettings:
    """The choices of one merchant.

    Attributes:
        tier: how much of customers a warehouse shows when nothing else is asked for.
        hashing: how what it hides is told apart.
    """

    tier: Tier = Tier.STANDARD
    hashing: Hashing = Hashing.HMAC_SHA256
