"""Several merchants side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.house import House, in_memory, small
from tests.lakes import Shop
from ucsync.flow import Errand, SyncResult, Wishes, Workplace, run_side_by_side, sync, worst_exit_code
from ucsync.model import Busy
from ucsync.store import last_runs


def errand(shop: Shop, merchant: str, application: str) -> Errand[SyncResult]:
    """A sync of this merchant."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Workplace]:
        if merchant == "busy":
            raise Busy("another run holds it; no request was sent")
        with shop.database() as database:
            yield replace(shop.place(database), merchant=merchant)

    async def work(place: Workplace) -> SyncResult:
        if merchant == "broken":
            raise RuntimeError("a bug")
        return await sync(place, Wishes())

    return Errand(merchant, application, "sync", opened, work)


def test_one_merchants_failure_is_nobody_elses(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shops = {name: Shop(house, tmp_path / name) for name in ("one", "busy", "two")}
        ended = await run_side_by_side([errand(shop, name, name) for name, shop in shops.items()])
        assert [one.exit_code for one in ended] == [0, 75, 0]
        assert worst_exit_code(ended) == 75
        assert ended[1].document()["exit_code"] == 75
        assert "another run" in str(ended[1].document()["error"])
        assert shops["two"].receipt.rows == 30

    in_memory(scenario, small(30, in_flight_max=3))


def test_merchants_of_one_application_never_ask_at_the_same_time(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shops = [Shop(house, tmp_path / str(number)) for number in range(3)]
        errands = [errand(shop, f"m{number}", "same") for number, shop in enumerate(shops)]
        ended = await run_side_by_side(errands)
        assert [one.exit_code for one in ended] == [0, 0, 0]
        assert house.sandbox.counters.in_flight_most == 1

    in_memory(scenario, small(30))


def test_a_bug_comes_out_once_the_others_have_ended(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        good = Shop(house, tmp_path / "good")
        errands = [errand(Shop(house, tmp_path / "bad"), "broken", "b"), errand(good, "good", "g")]
        with pytest.raises(RuntimeError, match="a bug"):
            await run_side_by_side(errands)
        assert good.receipt.rows == 30

    in_memory(scenario, small(30))


def test_every_run_is_in_the_list_of_runs(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path)
        await run_side_by_side([errand(shop, "shop", "a")])
        await asyncio.sleep(60)
        house.sandbox.disabled = True
        await run_side_by_side([errand(shop, "shop", "a")])
        with shop.database() as database:
            failed, done = last_runs(database)
        assert (done.exit_code, done.requests, done.snapshot) == (0, 1, shop.receipt.snapshot)
        assert (failed.exit_code, failed.snapshot, failed.ended is not None) == (77, None, True)

    in_memory(scenario, small(30))
