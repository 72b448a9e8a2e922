"""What a dashboard shows: sums by month of sign-up, country and segment, and how the lake is.

No row here is a customer's, but for those of `top`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ucsync.model.privacy import Tier

#: Sums of a cell of the cube, beside its `month`, `country` and `segment`.
MEASURES: Final = (
    "customers",  # all
    "buyers",  # with an order
    "repeat_buyers",  # with two or more
    "orders",
    "revenue_e4",  # what was ever spent, in ten-thousandths of the merchant's currency
    "orders_1", "orders_2", "orders_3_4", "orders_5_9", "orders_10",  # customers by how many orders
    # buyers by what they ever spent, the lower bound included
    "spent_0_50", "spent_50_100", "spent_100_250", "spent_250_500", "spent_500_1000", "spent_1000",
    "active_90", "active_365",  # whose last order is so many days old, or newer
    "opted_in", "opted_out",  # `privacy.marketing`; the rest has not said
    "no_mail",  # do_not_send_mail, or unsubscribed from everything
    "loyalty_members", "points",
)  # fmt: skip

#: The country of those who have none, and of those in countries with few customers.
NO_COUNTRY: Final = ""
OTHER_COUNTRIES: Final = "*"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table by columns, each as long as the others; cells are text, whole numbers, true, false or None."""

    columns: tuple[str, ...]
    values: tuple[Sequence[str | int | bool | None], ...]

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.values[0]) if self.values else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUse:
    """One limit of the quota: how many requests within how many seconds, and how many are spent."""

    requests: int
    seconds: int
    used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All of one merchant.

    Attributes:
        merchant: name of the configuration's section.
        tier: of the warehouse that they come from.
        snapshot: that they are of.
        taken_at: when that was complete; ages of orders are counted from here.
        watermark: from which the next scan asks.
        proof, reasons: of its receipt.
        built_at: of the warehouse.
        stale_after_h: hours after which a snapshot is called stale.
        customers: in it.
        cube: month ("2024-05", "" where no date of sign-up can be read), country (two letters, `NO_COUNTRY`
            or `OTHER_COUNTRIES`), segment, and `MEASURES`.
        segments: segment, meaning; in the order in which they are shown, whether anybody is in them or not.
        regions: country, region, customers, buyers, revenue_e4.
        tiers: tier of loyalty, customers, points.
        changes: day ("2026-11-22", UTC), inserted, updated, deleted, merged.
        syncs: snapshot, at, kind, proof, rows, requests, requests_floor, seconds, quarantined; oldest first.
        quality: check, meaning, customers; what is missing, malformed or likely there twice.
        top: the customers who have spent most: customer_profile_oid, country, segment, orders, revenue_e4,
            last_order ("2026-11-20"); name and email only where the tier shows people.
        quota: None where it is not known.
    """

    merchant: str
    tier: Tier
    snapshot: str
    taken_at: datetime
    watermark: datetime
    proof: str
    reasons: tuple[str, ...]
    built_at: datetime
    stale_after_h: float
    customers: int
    cube: Sheet
    segments: Sheet
    regions: Sheet
    tiers: Sheet
    changes: Sheet
    syncs: Sheet
    quality: Sheet
    top: Sheet
    quota: tuple[QuotaUse, ...] | None = None
