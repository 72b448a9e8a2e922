"""A backfill beside nightly runs ends when its forecast has said, and costs what that has said."""

import asyncio
import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from tests.flow.backfill.yard import NAME, Log, Yard, in_yard
from ucsync.config import scan_fingerprint
from ucsync.flow.backfill.asking import moments
from ucsync.flow.backfill.backfill_forecast import BackfillForecast, BackfillProspect, forecast_backfill
from ucsync.flow.backfill.backfill_result import BackfillWishes
from ucsync.flow.ledger import Ledger
from ucsync.model import By
from ucsync.plan import Allowance, Basis, Lane, Reserves, Rules
from ucsync.store import SCHEMA_ID
from ucsync.store.looking import half_done
from ucsync.world import application_of, book_of, own_book_of, rules_of

DEEP = bool(os.environ.get("UCSYNC_DEEP"))
#: As the vendor's limits are, in the proportion of their windows and of the customers.
SCALED = {"page_size": 10, "requests_per_hour": 12, "requests_per_day": 60}
NIGHT = time(3, 15)
PAGES = 20


def foretold(
    yard: Yard, wishes: BackfillWishes, customers: int | None, budget: Allowance | None = None
) -> BackfillForecast:
    """Without a request."""
    merchant, clock = yard.merchant, yard.world.clock
    application = application_of(merchant, merchant.credential({}))
    with yard.state() as state:
        own = Ledger(
            own_book_of(merchant, application, state, clock, budget),
            Rules((budget,) if budget else (), Reserves(0, 0)), Lane.BACKFILL, clock,
        )  # fmt: skip
        book = book_of(merchant, application, state, clock)
        ledger = Ledger(book, rules_of(merchant.sync), Lane.BACKFILL, clock, own if budget else None)
        return forecast_backfill(
            BackfillProspect(
                merchant=NAME, settings=merchant.sync, basis=Basis(scan_fingerprint(merchant), SCHEMA_ID),
                version="", half_done=half_done(yard.config.state / "windows" / NAME), full_half_done=None,
                ledger=ledger, budget=budget, now=clock.now(), nightly=NIGHT, no_nights=False, zone=UTC,
                notes=(),
            ),
            yard.lake, wishes, customers,
        )  # fmt: skip


async def every_night(yard: Yard) -> None:
    for at in moments(NIGHT, yard.world.clock.now(), UTC):
        await asyncio.sleep((at - yard.world.clock.now()).total_seconds())
        for oid in list(yard.sandbox.merchant.oids())[::100]:  # what is taken to change in a day
            yard.sandbox.merchant.update(oid, {"business_notes": f"{at}"})
        night = await yard.sync()
        assert night.exit_code == 0
        assert night.receipt.finished_at - at < timedelta(minutes=1), "on time"


async def run(
    yard: Yard, wishes: BackfillWishes, budget: Allowance | None = None
) -> tuple[datetime, int, Log]:
    """When it was done, for how many requests."""
    nights, log = asyncio.ensure_future(every_night(yard)), Log()
    done = await yard.backfill(
        budget=budget, watcher=log, by=wishes.by, window_pages=wishes.window_pages,
        oldest_first=wishes.oldest_first,
    )  # fmt: skip
    at = yard.world.clock.now()
    nights.cancel()
    with suppress(asyncio.CancelledError):
        await nights
    assert done.exit_code == 0
    assert dict(yard.sandbox.counters.too_many) == {}
    return at, done.requests, log


@pytest.mark.parametrize(
    ("by", "budget", "off"),
    [(By.OID, None, 0.03)]
    + (
        # how many windows by time there will be is not known before
        [
            (By.OID, Allowance(30, 86_400), 0.03),
            (By.SIGNUP, None, 0.1),
            (By.MODIFIED, Allowance(3, 3600), 0.1),
        ]
        if DEEP
        else []
    ),
)
def test_the_end_is_as_foretold(by: By, budget: Allowance | None, off: float) -> None:
    customers = 2000 if DEEP else 600

    async def scenario(yard: Yard) -> None:
        wishes = BackfillWishes(by=by, window_pages=PAGES)
        [case] = foretold(yard, wishes, customers, budget).cases
        began = yard.world.clock.now()
        ended, requests, log = await run(yard, wishes, budget)
        assert case.ends_at is not None
        assert ended - began > timedelta(days=1)
        assert abs(case.ends_at - ended) < (ended - began) * off
        assert abs(case.cost.likely - requests) <= requests * off
        told = [one.ends_at for one in log.progress[len(log.progress) // 4 :]]
        assert by is not By.OID or all(
            at is not None and abs(at - ended) < (ended - began) * 0.1 for at in told
        )

    in_yard(scenario, customers, sync=SCALED)


def test_one_under_way_is_told_as_far_as_it_is_left() -> None:
    async def scenario(yard: Yard) -> None:
        before = foretold(yard, BackfillWishes(window_pages=4), 400)
        assert not before.goes_on
        at = yard.world.clock.now() + timedelta(seconds=22)
        paused = await yard.backfill(until=at, window_pages=4)
        assert paused.exit_code == 76
        found = foretold(yard, BackfillWishes(window_pages=4), None)
        assert (found.goes_on, found.there) == (True, paused.backfill.rows)
        [case] = found.cases
        done = await yard.backfill(window_pages=4)
        assert abs(done.requests - case.cost.likely) <= 3
        assert before.cases[0].cost.likely > case.cost.likely + 10

    in_yard(scenario, 400, sync={"page_size": 10})


def test_of_a_part_the_customers_in_the_lake_are_counted() -> None:
    async def scenario(yard: Yard) -> None:
        await yard.sync(full=True)
        oids = sorted(one["customer_profile_oid"] for one in yard.truth())
        since = datetime(2024, 1, 1, tzinfo=UTC).timestamp()
        signed_up = [one for one in yard.truth() if _at(one["signup_dts"]) >= since]
        modified = [one for one in yard.truth() if _at(one["last_modified_dts"]) < since]
        asked = BackfillWishes(low=oids[10], high=oids[50])
        assert foretold(yard, asked, None).cases[0].cost.customers == 40
        asked = BackfillWishes(by=By.SIGNUP, low=int(since))
        assert foretold(yard, asked, None).cases[0].cost.customers == len(signed_up)
        asked = BackfillWishes(by=By.MODIFIED, high=int(since))
        assert foretold(yard, asked, None).cases[0].cost.customers == len(modified)
        assert foretold(yard, replace(asked, high=None), None).cases[0].cost.customers == len(oids)

    in_yard(scenario, 100)


def _at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
