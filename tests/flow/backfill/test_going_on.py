"""A backfill that was stopped, killed, moved, set back or has lost its state goes on and comes to its end."""

import asyncio
import os
import shutil
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from tests.flow.backfill.meddling import Meddler
from tests.flow.backfill.yard import Log, Yard, in_yard
from ucsync.flow import Stop
from ucsync.model import By, Guarded, Misused, Proof, Stopped

DEEP = bool(os.environ.get("UCSYNC_DEEP"))
#: Two windows of 4 pages, one request before them and one after them.
CUSTOMERS = 73
REQUESTS = 10
SMALL: dict[str, Any] = {"page_size": 10}


async def stopped_at(yard: Yard, page: int, **wishes: Any) -> None:
    """A backfill that is asked to stop at this page of its own."""
    stop = Stop()
    with pytest.raises(Stopped):
        await yard.backfill(stop=stop, watcher=Log(lambda at: stop.ask() if at == page else None), **wishes)


def windows_in(yard: Yard) -> int:
    """How many the lake knows of."""
    assert yard.receipt.backfill is not None
    return yard.receipt.backfill.windows


async def check_finished(yard: Yard, **wishes: Any) -> tuple[str, ...]:
    """One more run ends it; its notes."""
    done = await yard.backfill(**wishes)
    assert (done.exit_code, yard.receipt.proof) == (0, Proof.PROVEN)
    assert yard.disagreements() == []
    return done.notes


@pytest.mark.parametrize("seed", range(40 if DEEP else 2))
def test_killed_again_and_again_it_ends_and_refetches_at_most_a_page_for_each_kill(seed: int) -> None:
    async def scenario(yard: Yard) -> None:
        chance, kills, killed = Random(seed), 0, True  # noqa: S311  (a test's deaths)
        by = chance.choice([None, By.MODIFIED, By.SIGNUP])
        wishes: dict[str, Any] = {"by": by, "oldest_first": chance.random() < 0.3}
        while killed:
            backfill = asyncio.ensure_future(yard.backfill(**wishes))
            done, _ = await asyncio.wait([backfill], timeout=chance.uniform(0.1, 12))
            killed = not done
            kills += killed
            backfill.cancel()
            await asyncio.gather(backfill, return_exceptions=True)
            await asyncio.sleep(2)  # the server is still at work on what nobody waits for any more
        assert yard.disagreements() == []
        assert yard.receipt.proof is Proof.PROVEN
        if by is None:
            assert yard.requests <= REQUESTS + kills

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_with_the_state_lost_it_goes_on_from_the_lake() -> None:
    async def scenario(yard: Yard) -> None:
        await stopped_at(yard, 6)
        assert windows_in(yard) == 1
        shutil.rmtree(yard.folder / "state")
        await check_finished(yard)
        assert yard.requests == REQUESTS + 2, "the two pages that were staged"

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_moved_to_another_machine_it_goes_on_there() -> None:
    async def scenario(yard: Yard) -> None:
        await stopped_at(yard, 6)
        there = yard.folder / "there"
        there.mkdir()
        for name in ("lake", "state"):
            shutil.move(yard.folder / name, there / name)
        moved = replace(yard, folder=there)
        assert await check_finished(moved)
        assert yard.requests == REQUESTS

    in_yard(scenario, CUSTOMERS, sync=SMALL)


@pytest.mark.parametrize("with_state", [True, False] if DEEP else [True])
def test_a_lake_that_is_set_back_to_an_older_copy_is_gone_on_with_from_there(with_state: bool) -> None:
    async def scenario(yard: Yard) -> None:
        await stopped_at(yard, 6)
        copied = ["lake"] if with_state else ["lake", "state"]
        for name in copied:
            shutil.copytree(yard.folder / name, yard.folder / "copies" / name)
        meddler = Meddler(yard, 1)
        for _ in range(10):
            meddler.meddle()
        await yard.sync()
        await stopped_at(yard, 5)
        for name in copied:
            shutil.rmtree(yard.folder / name)
            shutil.move(yard.folder / "copies" / name, yard.folder / name)
        assert windows_in(yard) == 1
        done = await yard.backfill()
        assert done.exit_code == 0
        assert any("discarded" in note for note in done.notes) is with_state
        assert meddler.wrong() == set()

    in_yard(scenario, CUSTOMERS, sync=SMALL)


@pytest.mark.parametrize(
    "other", [{"low": 1_000_040}, {"oldest_first": True}, {"by": By.SIGNUP}][: 3 if DEEP else 1], ids=str
)  # fmt: skip
def test_one_that_is_under_way_is_not_turned_into_another_unless_that_is_said(other: dict[str, Any]) -> None:
    async def scenario(yard: Yard) -> None:
        await stopped_at(yard, 2)
        before = yard.requests
        with pytest.raises(Misused, match="under way"):
            await yard.backfill(**other)
        assert yard.requests == before
        assert windows_in(yard) == 0
        done = await yard.backfill(restart=True, **other)
        assert done.backfill.finished
        assert (done.backfill.by, done.backfill.low) == (other.get("by", By.OID), other.get("low"))
        assert done.backfill.newest_first is not other.get("oldest_first", False)

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_a_part_by_oid_costs_what_it_holds_and_the_rest_is_said_to_be_missing() -> None:
    async def scenario(yard: Yard) -> None:
        oids = list(yard.sandbox.merchant.oids())
        done = await yard.backfill(low=oids[30], high=oids[55], window_pages=3)
        assert done.exit_code == 0, "all that was asked for is there"
        assert set(oids[30:55]) <= set(oids) - set(yard.disagreements())
        assert yard.receipt.rows <= 25 + 20
        assert yard.receipt.reasons == ("only a part of the customers was asked for by the backfill",)
        assert yard.requests <= 7 + 7 + 3 + 3
        night = await yard.sync()
        assert (night.exit_code, night.requests) == (0, 1)
        assert (await yard.backfill()).exit_code == 0
        assert (yard.disagreements(), yard.receipt.proof) == ([], Proof.PROVEN)

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_after_a_change_of_what_is_read_it_is_begun_anew() -> None:
    async def scenario(yard: Yard) -> None:
        await stopped_at(yard, 6)
        changed = yard.with_sync(expansions=("tags", "billing"))
        notes = await check_finished(changed)
        assert "the backfill under way was for another configuration; it is begun anew" in notes

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_a_full_scan_that_is_half_done_has_to_be_decided_on_first() -> None:
    async def scenario(yard: Yard) -> None:
        stop = Stop()
        asyncio.get_running_loop().call_later(4.5, stop.ask)
        with pytest.raises(Stopped):
            await yard.sync(full=True, stop=stop)
        before = yard.requests
        with pytest.raises(Guarded, match="a full scan is half done") as guarded:
            await yard.backfill()
        assert (guarded.value.exit_code, yard.requests) == (4, before)

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_a_full_scan_by_somebody_else_is_its_end() -> None:
    async def scenario(yard: Yard) -> None:
        backfill = asyncio.ensure_future(yard.backfill())
        await asyncio.sleep(7)
        assert (await yard.sync(full=True)).receipt.proof is Proof.PROVEN
        before, done = yard.requests, await backfill
        assert (done.exit_code, yard.requests) == (0, before)
        assert "everything was read by a full scan meanwhile" in done.notes
        assert yard.disagreements() == []

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_of_a_lake_that_is_there_it_finds_who_is_gone_and_asks_before_removing_many() -> None:
    async def scenario(yard: Yard) -> None:
        await yard.sync()
        oids = list(yard.sandbox.merchant.oids())
        for oid in oids[3:6]:
            yard.sandbox.merchant.delete(oid)
        done = await yard.backfill()
        assert (done.exit_code, done.backfill.deleted) == (0, 3)
        assert yard.disagreements() == []
        for oid in oids[10:50]:
            yard.sandbox.merchant.delete(oid)
        with pytest.raises(Guarded) as guarded:
            await yard.backfill()
        assert guarded.value.exit_code == 4
        done = await yard.backfill(accept_deletes=40)
        assert (done.exit_code, done.backfill.deleted) == (0, 40)
        assert yard.disagreements() == []

    in_yard(scenario, CUSTOMERS, sync=SMALL)


def test_progress_tells_how_much_is_left() -> None:
    async def scenario(yard: Yard) -> None:
        await stopped_at(yard, 6)
        await yard.backfill(watcher=(log := Log()))
        told = log.progress
        assert [(one.window, one.windows) for one in told] == [(2, 2), (2, 2)]
        assert {one.total for one in told} == {CUSTOMERS}
        assert [one.requests for one in told] == [8, 9]
        assert [one.customers for one in told] == sorted(one.customers for one in told)
        ends = [one.ends_at for one in told if one.ends_at is not None]
        assert len(ends) == len(told)
        assert abs((ends[0] - yard.world.clock.now()).total_seconds()) <= 5

    in_yard(scenario, CUSTOMERS, sync=SMALL)
