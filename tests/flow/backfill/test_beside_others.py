"""A backfill beside nightly runs, pushes and people at work: they go first, and nothing is lost or undone."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.flow.backfill.meddling import Meddler
from tests.flow.backfill.yard import Log, Yard, in_yard
from ucsync.config.mapping import read_mapping
from ucsync.flow import Stop, SyncResult
from ucsync.flow.push.applying import ApplyWishes, apply_push
from ucsync.flow.push.planning import PlanWishes, plan_push
from ucsync.flow.turns import POLL_S
from ucsync.model import By, Proof, ScanKind, Stopped
from ucsync.model.pushes import Limits
from ucsync.plan import Lane

DEEP = bool(os.environ.get("UCSYNC_DEEP"))
SMALL = {"page_size": 10}


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def on_time(yard: Yard, requests: int = 1) -> SyncResult:
    """A nightly run; beside its own requests it waits for no more than the one under way."""
    before_s = now_s()
    night = await yard.sync()
    assert night.requests <= requests
    assert now_s() - before_s <= night.requests + 1 + POLL_S
    return night


@pytest.mark.parametrize("seed", range(20 if DEEP else 1))
@pytest.mark.parametrize("by", [None, By.MODIFIED, By.SIGNUP] if DEEP else [None])
def test_nightly_runs_are_on_time_and_all_that_others_do_meanwhile_is_in_the_lake(
    by: By | None, seed: int
) -> None:
    async def scenario(yard: Yard) -> None:
        meddler = Meddler(yard, seed)
        backfill = asyncio.ensure_future(yard.backfill(by=by, watcher=(log := meddler.watcher)))
        for _ in range(2):
            await asyncio.sleep(4.3 + seed % 3)
            night = await on_time(yard, requests=6)
            assert night.exit_code == 0, "nothing is wrong, only not all is there yet"
            assert night.receipt.proof is Proof.UNPROVEN
            assert "a backfill is under way" in night.receipt.reasons[0]
        done = await backfill
        assert (done.exit_code, done.receipt.proof) == (0, Proof.PROVEN)
        assert meddler.deeds > 10
        assert meddler.wrong() == set()
        assert log.turns == 2
        counters = yard.sandbox.counters
        assert (counters.in_flight_most, dict(counters.too_many)) == (1, {})

    in_yard(scenario, 120, sync=SMALL)


def test_a_row_that_was_read_before_a_change_never_takes_the_place_of_the_newer_one() -> None:
    """A window's first pages are staged; those customers are edited, a nightly run has the edits, then the
    window is published with its older pages."""

    async def scenario(yard: Yard) -> None:
        stop, nights = Stop(), list[asyncio.Task[SyncResult]]()

        def at_page(pages: int) -> None:
            if pages == 2:
                for oid in list(yard.sandbox.merchant.oids())[-37:-29]:
                    yard.sandbox.merchant.update(oid, {"business_notes": "newer"})
                nights.append(asyncio.ensure_future(on_time(yard)))
            if pages == 5:  # of the next window
                stop.ask()

        with pytest.raises(Stopped):
            await yard.backfill(watcher=Log(at_page), stop=stop)
        assert (await nights[0]).receipt.inserted == 8
        assert yard.receipt.kind is ScanKind.WINDOW
        assert yard.receipt.backfill is not None
        assert yard.receipt.backfill.windows == 1
        assert (yard.receipt.rows, yard.receipt.updated) == (37, 0)
        assert not set(yard.disagreements()) & set(list(yard.sandbox.merchant.oids())[-37:])

    in_yard(scenario, 120, sync=SMALL)


def test_a_push_goes_first_and_what_it_has_done_stays(tmp_path: Path) -> None:
    async def push(yard: Yard, oids: list[int]) -> None:
        mapping = tmp_path / "mapping.toml"
        mapping.write_text(
            '[match]\nby = "customer_profile_oid"\ncolumn = "Id"\n[columns]\n"Terms" = "terms"\n'
        )
        rules = read_mapping(mapping)
        source = tmp_path / "changes.csv"
        rows = "".join(f"{oid},by the CRM\n" for oid in oids)
        source.write_text(f"Id,Terms\n{rows}", encoding="utf-8")
        limits = Limits(customers_max=100, percent_max=100, cleared_max=0, merges_per_day=0, deletes_max=0)
        async with yard.workplace(lane=Lane.PUSH) as place:
            wishes = PlanWishes(
                source=source, sql=None, mapping=rules, base=None, limits=limits, out=tmp_path
            )
            plan = (await plan_push(place, wishes)).plan
        async with yard.workplace(lane=Lane.PUSH) as place:
            assert (await apply_push(place, plan, ApplyWishes())).exit_code == 0

    async def scenario(yard: Yard) -> None:
        backfill = asyncio.ensure_future(yard.backfill(window_pages=6))
        await asyncio.sleep(9.5)  # the first window is there, the second half read
        read = list(yard.sandbox.merchant.oids())[-30:-25]
        await push(yard, read)
        assert (await backfill).exit_code == 0
        assert yard.disagreements() == []
        terms = [(yard.sandbox.merchant.truth(oid) or {})["terms"] for oid in read]
        assert terms == ["by the CRM"] * 5

    in_yard(scenario, 120, sync=SMALL)
