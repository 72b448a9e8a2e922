"""What a merchant's owner has chosen for the sync: the ground that decisions stand on.

The names are those of the configuration, with `_` for the dots: `keep.daily` is `keep_daily`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

#: What to do when the quota is spent.
OnQuota = Literal["wait", "stop"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncSettings:
    """The choices of one merchant; checked where they are read.

    Attributes:
        expansions: names for `_expand`, in the documented order.
        tax_ids: whether `tax_id` is stored.
        page_size: rows a page to ask for; the server may give fewer.
        query: filters of getCustomersByQuery, checked against its model; None reads with getCustomers.
            They may be personal data, so they are not rendered.
        full_every_nights: every so many nights the nightly sync is a full one; 0 for never by itself.
        lag_s: seconds by which the watermark stays behind the server's clock at the scan's start.
        deletes_max_percent, deletes_max_count: beyond the larger of both, and never beyond half of the
            lake, a run stops for a person to confirm.
        requests_per_hour, requests_per_day: limits to keep; 0 for none.
        reserve_percent: share of each limit which syncs leave to the lane before theirs.
        backfill_reserve_percent: share which backfills leave to both lanes before theirs.
        on_quota: "wait" or "stop", when the quota is spent.
        stale_after_h: hours after which a lake without a newer snapshot is called stale.
        keep_daily, keep_weekly, keep_monthly: how many full states are kept.
    """

    expansions: tuple[str, ...]
    tax_ids: bool = False
    page_size: int = 200
    query: Mapping[str, object] | None = field(default=None, repr=False)
    full_every_nights: int = 7
    lag_s: int = 300
    deletes_max_percent: float = 1
    deletes_max_count: int = 50
    requests_per_hour: int = 1000
    requests_per_day: int = 10_000
    reserve_percent: int = 5
    backfill_reserve_percent: int = 20
    on_quota: OnQuota = "wait"
    stale_after_h: float = 26
    keep_daily: int = 7
    keep_weekly: int = 5
    keep_monthly: int = 12
