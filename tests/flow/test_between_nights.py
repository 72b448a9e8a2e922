"""What changes while a night's run reads is read by that run or by the next one, whatever comes between."""

import asyncio
from pathlib import Path
from shutil import rmtree

import pytest

from tests.flow.liars import Page, behind
from tests.house import House, in_memory, small
from tests.lakes import NAME, Noting, Shop
from ucsync.flow import Progress, Stop
from ucsync.model import Pass, Proof, Stopped

#: A page takes longer than the lag that is chosen here, so that the lag hides nothing.
LATENCY_S = 30.0
LAG_S = 5.0


def test_who_changes_while_changes_are_caught_up_with_is_read_the_next_night(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path).with_settings(page_size=10, lag_s=LAG_S)
        merchant = house.sandbox.merchant
        first, *others = merchant.oids()
        late: list[int] = []

        def meddle(progress: Progress) -> None:
            if progress.pages == 1:  # so that the catch-up has several pages
                for oid in others:
                    merchant.update(oid, {"business_notes": "in the first night"})
            elif progress.walk is Pass.CATCH_UP and not late:
                late.append(progress.pages)
                merchant.update(first, {"business_notes": "while that was read"})

        night = await shop.sync(Noting(meddle))
        assert night.receipt.proof is Proof.PROVEN
        assert shop.disagreements() == [first], "that page had gone by"
        await asyncio.sleep(86_400)
        assert (await shop.sync()).receipt.updated == 1
        assert shop.disagreements() == []

    in_memory(scenario, small(60, latency_s=LATENCY_S))


@pytest.mark.parametrize("ahead_s", [-3600, 3600], ids=["behind", "ahead"])
def test_no_change_is_lost_where_our_clock_and_the_servers_disagree(tmp_path: Path, ahead_s: int) -> None:
    async def scenario(house: House) -> None:
        house.sandbox.clock.move(-ahead_s)
        shop = Shop(house, tmp_path).with_settings(lag_s=LAG_S)
        await shop.sync()
        for night in range(3):
            await asyncio.sleep(600)
            house.sandbox.merchant.update(next(iter(house.sandbox.merchant.oids())), {"terms": f"{night}"})
            await asyncio.sleep(600)
            await shop.sync()
            assert shop.disagreements() == [], night

    in_memory(scenario, small(20))


@pytest.mark.parametrize("quirks", [(), ("since-exclusive",)], ids=["inclusive", "exclusive"])
def test_what_changes_in_the_very_second_of_a_run_is_read_by_the_next(
    tmp_path: Path, quirks: tuple[str, ...]
) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path).with_settings(lag_s=0), house.sandbox.merchant
        for night in range(3):
            await shop.sync()
            merchant.update(next(iter(merchant.oids())), {"terms": f"{night}"})
            await asyncio.sleep(3600)
            await shop.sync()
            assert shop.disagreements() == [], night

    in_memory(scenario, small(20, quirks=frozenset(quirks)))


def test_a_scan_that_stood_on_a_snapshot_which_is_gone_is_not_gone_on_with(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path).with_settings(page_size=10), house.sandbox.merchant
        first = (await shop.sync()).receipt
        await asyncio.sleep(86_400)
        merchant.update(list(merchant.oids())[-1], {"terms": "only in the second night"})
        second = (await shop.sync()).receipt
        await asyncio.sleep(86_400)
        for oid in list(merchant.oids())[:40]:
            merchant.update(oid, {"terms": "in the third"})
        stop = Stop()
        with pytest.raises(Stopped):
            await shop.sync(Noting(lambda progress: stop.ask() if progress.pages == 2 else None), stop)
        # somebody restores an older copy of the lake, and keeps the state
        rmtree(shop.lake.path_of(second.snapshot))
        (tmp_path / "lake" / NAME / "CURRENT").write_text(f"{first.snapshot}\n")
        result = await shop.sync()
        assert "it does not go on from the current snapshot" in " ".join(result.notes)
        assert shop.disagreements() == []

    in_memory(scenario, small(60))


def test_of_a_customer_who_is_read_twice_the_later_version_is_published(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path).with_settings(page_size=10), house.sandbox.merchant
        oids = list(merchant.oids())

        def meddle(progress: Progress) -> None:
            if progress.pages == 3:  # these have been on a page, and will be on one of the catch-up
                for oid in oids[:15]:
                    merchant.update(oid, {"terms": "meanwhile"})

        await shop.sync(Noting(meddle))
        assert shop.disagreements() == []

    in_memory(scenario, small(40))


def test_who_is_not_seen_by_a_scan_that_is_not_proven_stays(tmp_path: Path) -> None:
    hidden: set[int] = set()

    def hide(page: Page) -> None:
        """Rows are missing, and the server counts them all the same."""
        page.rows[:] = [row for row in page.rows if row["customer_profile_oid"] not in hidden]
        page.said["count"] = len(page.rows)

    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path).with_settings(page_size=20), house.sandbox.merchant
        assert (await shop.sync()).receipt.proof is Proof.PROVEN
        await asyncio.sleep(3600)
        oids = list(merchant.oids())
        hidden.update(oids[1::3])  # more than are looked at singly, fewer than the guard permits
        unproven = (await shop.sync(full=True)).receipt
        assert (unproven.proof, unproven.deleted, unproven.rows) == (Proof.UNPROVEN, 0, len(oids))
        assert shop.disagreements() == []

    behind(hide, scenario, small(90))
