"""What a push will cost in requests and time, before one is sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ucsync.model.pushes import Action, PushPrice

#: Requests of one step, by the vendor's operation. A merge reads both customers before and the survivor
#: afterwards, a deletion keeps what it deletes, cashback is looked for in the customer's own ledger.
_EACH: Final[Mapping[Action, Mapping[str, int]]] = {
    Action.UPDATE: {"updateCustomer": 1},
    Action.INSERT: {"insertCustomer": 1},
    Action.MERGE: {"getCustomer": 3, "mergeCustomer": 1},
    Action.DELETE: {"getCustomer": 1, "deleteCustomer": 1},
    Action.STORE_CREDIT: {"addCustomerStoreCredit": 1},
    Action.CASHBACK: {"getCustomer": 1, "adjustInternalCertificate": 1},
    Action.EMAIL_LISTS: {"updateCustomerEmailLists": 1},
}

#: While the quota is waited for nothing is refreshed: at least so many requests are sent between.
_BETWEEN: Final = 100
#: A forecast whose own refreshes and nights lengthen it is done again so often.
_ROUNDS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a push's price depends on beside its steps.

    Attributes:
        now: our clock.
        finish: when the last of so many requests would be answered, if they began now.
        canary_rows, recheck_min, merges_per_day: as the merchant's owner has chosen.
        credits_read: whether both customers of a merge are asked for their store credit.
        merged: merges of other pushes within the last 24 hours.
        nightly: requests of a night's sync, which goes on beside it.
        page_rows: customers on a page of a refresh.
    """

    now: datetime
    finish: Callable[[int], datetime]
    canary_rows: int
    recheck_min: float
    merges_per_day: int
    credits_read: bool
    merged: int
    nightly: int
    page_rows: int


def push_price(steps: Mapping[Action, int], about: Circumstances) -> PushPrice:
    """Of so many steps by action; nothing to do costs nothing."""
    requests: dict[str, int] = {}
    for action, count in steps.items():
        for operation, each in _EACH[action].items():
            requests[operation] = requests.get(operation, 0) + count * each
    if about.credits_read and steps.get(Action.MERGE, 0):
        requests["getCustomerStoreCredit"] = 2 * steps[Action.MERGE]
    canaries = min(about.canary_rows, steps.get(Action.UPDATE, 0))
    if canaries:
        requests["getCustomer"] = requests.get("getCustomer", 0) + canaries
    bare = sum(requests.values())
    if not bare:
        return PushPrice(requests={}, total=0, hours=0.0, days=0.0, ends_at=about.now)
    ends_at = about.finish(bare)
    for _ in range(_ROUNDS):
        requests["getCustomers"] = _refreshes(bare, ends_at - about.now, about)
        total, nights = sum(requests.values()), (ends_at - about.now).days
        ends_at = about.finish(total + nights * about.nightly)
    ends_at = max(ends_at, about.now + timedelta(days=_days_of_merging(steps.get(Action.MERGE, 0), about)))
    took = ends_at - about.now
    return PushPrice(
        requests=dict(sorted(requests.items())),
        total=total,
        hours=round(took / timedelta(hours=1), 2),
        days=round(took / timedelta(days=1), 2),
        ends_at=ends_at,
    )


def _refreshes(bare: int, took: timedelta, about: Circumstances) -> int:
    """Pages read to compare what is still to be sent with the server: at the start, and on the way.

    A refresh on the way reads what the push itself has changed since the one before, too.
    """
    on_the_way = int(took / timedelta(minutes=about.recheck_min)) if about.recheck_min > 0 else bare
    on_the_way = min(on_the_way, bare // _BETWEEN)
    return 1 + on_the_way * -(-bare // ((on_the_way + 1) * about.page_rows))


def _days_of_merging(merges: int, about: Circumstances) -> int:
    """Whole days that the daily cap adds."""
    if merges + about.merged <= about.merges_per_day or about.merges_per_day < 1:
        return 0
    return max(0, -(-(merges + about.merged) // about.merges_per_day) - 1) if merges else 0
