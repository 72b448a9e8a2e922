"""A backfill too large for a day's quota, in virtual time, with nightly runs beside it; and the least that it
could have cost, worked out without any of our code."""

import asyncio
from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from tests.flow.backfill.yard import Log, Yard, in_yard
from ucsync.flow.backfill.backfill_result import BackfillResult
from ucsync.sandbox.settings import Limit

CUSTOMERS: Final = 2_100_000
PAGE: Final = 200
WINDOW_PAGES: Final = 200
HOUR: Final = Limit(1000, 3600)
DAY: Final = Limit(10_000, 86_400)
#: What the other lanes have for themselves, by default.
RESERVE: Final = 0.2
#: Of a request.
EACH_S: Final = 1.0
#: A nightly run every six hours is harder than one a night; the first while the backfill is at work.
NIGHTS_S: Final = tuple(600.0 + 6 * 3600 * number for number in range(8))
EDITS: Final = 20


@dataclass(frozen=True)
class Night:
    """A nightly run: when it was due, how late its last request was answered beside its own requests, and
    how many these were."""

    due_s: float
    late_s: float
    requests: int
    exit_code: int


@dataclass(frozen=True)
class Large:
    """What it came to.

    Attributes:
        result: of the backfill.
        least: requests.
        least_s: seconds, by the share of the quota that a backfill has.
        bare_s: the same by the whole quota.
        nights: the runs beside it.
        refused: answers 429.
        rows: in the lake.
    """

    result: BackfillResult
    least: int
    least_s: float
    bare_s: float
    nights: Sequence[Night]
    refused: int
    rows: int


def large(scale: int) -> Large:
    """Customers, limits and windows so many times smaller; pages as they are."""
    customers = CUSTOMERS // scale
    hour, day = (Limit(limit.requests // scale, limit.seconds) for limit in (HOUR, DAY))

    async def scenario(yard: Yard) -> Large:
        nights: list[Night] = []
        beside = asyncio.ensure_future(nightly(yard, nights))
        result = await yard.backfill(watcher=Log(), window_pages=-(-WINDOW_PAGES // min(scale, 10)))
        beside.cancel()
        await asyncio.gather(beside, return_exceptions=True)
        least, others = -(-customers // PAGE), [night.due_s for night in nights]
        share = [Limit(int(limit.requests * (1 - RESERVE)), limit.seconds) for limit in (hour, day)]
        refused = sum(yard.sandbox.counters.too_many.values())
        return Large(
            result, least, least_s(least, share, others), least_s(least, (hour, day), others), nights,
            refused, yard.receipt.rows,
        )  # fmt: skip

    sync = {
        "requests_per_hour": hour.requests, "requests_per_day": day.requests,
        "page_size": PAGE, "expansions": (),
    }  # fmt: skip
    return in_yard(scenario, customers, sync=sync, limits=(hour, day), latency_s=EACH_S)


async def nightly(yard: Yard, nights: list[Night]) -> None:
    """Some people are edited, then a run reads that."""
    chance, clock = Random(1), yard.world.clock  # noqa: S311  (a test's edits)
    oids = list(yard.sandbox.merchant.oids())
    for due_s in NIGHTS_S:
        await asyncio.sleep(due_s - clock.monotonic())
        for oid in chance.sample(oids, EDITS):
            yard.sandbox.merchant.update(oid, {"business_notes": f"edited {due_s}"})
        done = await yard.sync()
        late_s = clock.monotonic() - due_s - done.requests * EACH_S
        nights.append(Night(due_s, late_s, done.requests, done.exit_code))


def least_s(requests: int, limits: Sequence[Limit], others: Sequence[float]) -> float:
    """When the last of so many requests can be answered: each leaves as soon as every window has room.

    Args:
        others: when somebody else's were answered.
    """
    answered, now_s = sorted(others), 0.0
    for _ in range(requests):
        while (free_s := max(_free_s(limit, answered, now_s) for limit in limits)) > now_s:
            now_s = free_s
        now_s += EACH_S
        insort(answered, now_s)
    return now_s


def _free_s(limit: Limit, answered: Sequence[float], now_s: float) -> float:
    end = bisect_right(answered, now_s)
    if end - bisect_right(answered, now_s - limit.seconds) < limit.requests:
        return now_s
    return answered[end - limit.requests] + limit.seconds
