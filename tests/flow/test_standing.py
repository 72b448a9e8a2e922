"""What a lake stands on while a backfill brings it in, and what is concluded once it has."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.flow.liars import Page, behind
from tests.flow.windows import ByHand
from tests.house import House, in_memory, small
from tests.lakes import Noting, Shop
from tests.store.faulty import QuickFiles
from ucsync.flow import Stop
from ucsync.flow.backfill.publication import check_no_full_scan
from ucsync.flow.standing import Standing
from ucsync.model import ASIDE_MAX, Backfill, By, Guarded, Misused, Proof, Receipt, ScanKind, Stopped
from ucsync.ultracart.listing import look_at

FEW = 12
MORE = 40
DAY_S = 86_400


def by_hand(house: House, folder: Path, pages: int = 1) -> ByHand:
    return ByHand(Shop(house, folder, files=QuickFiles()), pages=pages)


def stands(receipt: Receipt) -> tuple[Proof, bool, Backfill | None]:
    """Its proof, whether a full scan is behind it, and its backfill."""
    return receipt.proof, receipt.full_at is not None, receipt.backfill


async def unproven(house: House, folder: Path) -> ByHand:
    """Over a lake of which nothing is proven."""
    hand = by_hand(house, folder)
    cached = hand.shop.with_settings(query={"query_target": "cache"})
    assert (await cached.sync()).receipt.proof is Proof.UNPROVEN
    return hand


def test_a_lake_that_is_proven_stays_so_and_stands_on_the_backfill_in_the_end(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand = by_hand(house, tmp_path)
        before = (await hand.shop.sync()).receipt
        await asyncio.sleep(DAY_S)
        begun = await hand.begin()
        assert begun.watermark == before.watermark
        night = (await hand.shop.sync()).receipt
        last = await hand.windows()
        assert {one.proof for one in (begun, night, last)} == {Proof.PROVEN}
        assert {one.full_at for one in (begun, night, last)} == {before.full_at}
        assert last.watermark == night.watermark > before.watermark
        closed = (await hand.close()).receipt
        assert stands(closed) == (Proof.PROVEN, True, None)
        assert closed.full_at == last.backfill.started_at if last.backfill else None
        assert closed.full_snapshot == closed.snapshot

    in_memory(scenario, small(FEW))


def test_windows_by_time_prove_a_lake_that_began_with_nothing(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand = by_hand(house, tmp_path)
        await hand.begin(By.MODIFIED)
        await hand.windows()
        assert hand.backfill.doubts == ()
        assert stands((await hand.close()).receipt) == (Proof.PROVEN, True, None)
        assert hand.shop.disagreements() == []

    in_memory(scenario, small(FEW))


def test_windows_by_time_over_a_lake_that_was_there_do_not_tell_who_is_gone(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand = await unproven(house, tmp_path)
        await hand.begin(By.MODIFIED)
        await hand.windows()
        closed = await hand.close()
        assert closed.receipt.reasons == ("the backfill was by time, so nobody has looked who was deleted",)
        assert closed.exit_code == 3
        assert closed.receipt.backfill is not None
        full = await hand.shop.sync()  # no full scan is proven, and this one fits into a day
        assert (full.receipt.kind, *stands(full.receipt)) == (ScanKind.FULL, Proof.PROVEN, True, None)

    in_memory(scenario, small(FEW))


def test_over_a_proven_lake_nothing_is_lost_by_a_backfill_that_proves_less(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand = by_hand(house, tmp_path)
        before = (await hand.shop.sync()).receipt
        await hand.begin(By.SIGNUP)
        await hand.windows()
        closed = (await hand.close()).receipt
        assert stands(closed) == (Proof.PROVEN, True, None)
        assert closed.full_at == before.full_at

    in_memory(scenario, small(FEW))


def test_a_part_is_good_as_it_is_and_a_second_backfill_may_bring_in_the_rest(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        oids = list(house.sandbox.merchant.oids())
        hand = by_hand(house, tmp_path)
        await hand.begin(low=oids[-3])
        await hand.windows()
        for night in (await hand.close(), await hand.shop.sync()):
            assert night.receipt.reasons == ("only a part of the customers was asked for by the backfill",)
            assert (night.exit_code, night.receipt.kind, night.why) == (
                0, ScanKind.INCREMENTAL, "only what changed",
            )  # fmt: skip
            await asyncio.sleep(DAY_S)
        await hand.begin()
        assert not hand.backfill.on_nothing
        await hand.windows()
        assert stands((await hand.close()).receipt) == (Proof.PROVEN, True, None)
        assert hand.shop.disagreements() == []

    in_memory(scenario, small(FEW))


def test_a_proven_full_scan_in_the_middle_is_the_end_of_it(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand = by_hand(house, tmp_path)
        await hand.begin()
        await hand.publish()
        full = (await hand.shop.sync(full=True)).receipt
        assert stands(full) == (Proof.PROVEN, True, None)
        assert hand.shop.disagreements() == []

    in_memory(scenario, small(FEW))


def test_an_unproven_full_scan_in_the_middle_leaves_it_as_far_as_it_was(tmp_path: Path) -> None:
    lies = [0]

    def miscount(page: Page) -> None:
        page.said["total_records"] += lies[0]

    async def scenario(house: House) -> None:
        hand = by_hand(house, tmp_path)
        begun = await hand.begin()
        first = (await hand.publish()).backfill
        lies[0] = 1
        full = (await hand.shop.sync(full=True)).receipt
        assert stands(full) == (Proof.UNPROVEN, False, first)
        assert full.reasons[-1] == f"a backfill is under way: 5 of about {FEW} customers are there"
        assert full.watermark == begun.watermark
        lies[0] = 0
        last = await hand.windows()
        assert full.reasons[0] in last.reasons  # a window does not mend what is wrong with the lake
        assert stands((await hand.close()).receipt) == (Proof.PROVEN, True, None)

    behind(miscount, scenario, small(FEW))


def test_another_configuration_is_read_anew_and_ends_it(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand = by_hand(house, tmp_path)
        await hand.begin()
        await hand.publish()
        hand.shop = replace(hand.shop, fingerprint="f" * 16)
        with pytest.raises(Misused, match="configuration of what is read has changed"):
            await hand.close()
        assert stands((await hand.shop.sync()).receipt) == (Proof.PROVEN, True, None)

    in_memory(scenario, small(FEW))


def test_a_backfill_may_begin_under_another_configuration(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand = by_hand(house, tmp_path)
        before = (await hand.shop.sync()).receipt
        hand.shop = replace(hand.shop, fingerprint="f" * 16)
        begun = await hand.begin()
        assert (begun.fingerprint, begun.full_at, begun.rows) == ("f" * 16, None, before.rows)
        assert begun.sound_so_far
        assert (await hand.shop.sync()).receipt.kind is ScanKind.INCREMENTAL
        await hand.windows()
        assert stands((await hand.close()).receipt) == (Proof.PROVEN, True, None)

    in_memory(scenario, small(FEW))


def test_a_server_clock_that_is_set_back_meanwhile_leaves_a_doubt(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        clock = house.sandbox.clock
        clock.set_to(clock.now() - timedelta(hours=2))
        hand = by_hand(house, tmp_path)
        await hand.begin()
        clock.set_to(clock.now() - timedelta(hours=2))
        night = await hand.shop.sync()
        assert (night.exit_code, night.receipt.proof) == (3, Proof.UNPROVEN)
        clock.set_to(clock.now() + timedelta(hours=4))
        await hand.windows()
        closed = await hand.close()
        assert closed.exit_code == 3
        assert closed.receipt.full_at is None
        assert "clock was set back" in closed.receipt.reasons[0]
        assert closed.receipt.is_partial

    in_memory(scenario, small(FEW))


def test_a_window_that_hides_somebody_is_a_doubt_and_removes_nobody(tmp_path: Path) -> None:
    hidden: set[int] = set()

    def hide(page: Page) -> None:
        rows = [row for row in page.rows if row["customer_profile_oid"] not in hidden]
        away = len(page.rows) - len(rows)
        page.document["customers"] = rows
        for figure in ("count", "total_records"):
            page.said[figure] -= away

    async def scenario(house: House) -> None:
        oids = list(house.sandbox.merchant.oids())
        hand = by_hand(house, tmp_path)
        await hand.shop.sync()
        await hand.begin()
        hidden.add(oids[-2])
        await hand.publish()
        hidden.clear()
        doubt = "window 1: 1 customers that are there were on no page"
        assert (hand.backfill.doubts, hand.backfill.deleted) == ((doubt,), 0)
        await hand.windows()
        closed = (await hand.close()).receipt
        assert stands(closed) == (Proof.PROVEN, True, None)  # as it was before
        assert hand.shop.disagreements() == []

    behind(hide, scenario, small(FEW))


def test_who_cannot_be_read_stays_set_aside_until_something_newer_can(tmp_path: Path) -> None:
    bad: set[int] = set()

    def spoil(page: Page) -> None:
        for row in page.rows:
            if row["customer_profile_oid"] in bad:
                row["maximum_item_count"] = "three"

    async def scenario(house: House) -> None:
        merchant, oids = house.sandbox.merchant, list(house.sandbox.merchant.oids())
        hand = by_hand(house, tmp_path)
        await hand.begin()
        bad.add(oids[-2])
        await hand.publish()
        assert (hand.shop.receipt.quarantined, hand.shop.receipt.aside) == (1, (oids[-2],))
        bad.clear()
        assert (await hand.shop.sync()).receipt.aside == ()  # asked for singly
        next_one = [oid for oid in oids if oid < (hand.backfill.reached or 0)][-1]
        await hand.read(1)  # a page on which they can be read
        await asyncio.sleep(60)
        merchant.update(next_one, {"business_notes": "newer"})
        bad.add(next_one)
        night = await hand.shop.sync()
        assert (night.receipt.aside, night.exit_code) == ((next_one,), 3)
        receipt = await hand.publish()
        assert receipt.aside == (next_one,)  # what the page had is older than what could not be read
        bad.clear()
        await hand.windows()
        closed = await hand.close()
        assert (closed.exit_code, closed.receipt.aside) == (0, ())
        assert hand.shop.disagreements() == []

    behind(spoil, scenario, small(FEW))


def test_more_of_them_than_a_receipt_names_are_a_doubt(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand = by_hand(house, tmp_path)
        begun = await hand.begin()
        with hand.shop.database() as database:
            place = hand.shop.place(database)
            for aside, doubts in ((ASIDE_MAX - 1, 0), (ASIDE_MAX, 1)):
                parent = replace(begun, full_at=begun.started_at, aside=tuple(range(1, aside + 1)))
                standing = Standing.before(place, parent)
                assert (standing.full_at is None, standing.backfill is None) == (bool(doubts), False)
                assert len(standing.backfill.doubts if standing.backfill else ()) == doubts

    in_memory(scenario, small(FEW))


def test_customers_who_are_in_no_window_are_counted(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand = by_hand(house, tmp_path)
        await hand.begin(By.SIGNUP)
        while (told := hand.shop.receipt.backfill) is not None and not told.finished:
            await hand.publish(counted=FEW + 1 if told.rows == FEW else None)
        assert hand.backfill.doubts[-1].endswith(
            f"the server counts {FEW + 1} customers, {FEW} are there: some have no date of sign-up"
        )
        closed = await hand.close()
        assert (closed.exit_code, closed.receipt.full_at) == (3, None)

    in_memory(scenario, small(FEW))


def test_another_merchants_key_does_not_begin_and_does_not_go_on(tmp_path: Path) -> None:
    async def first(house: House) -> None:
        hand = by_hand(house, tmp_path)
        await hand.begin()
        await hand.publish()

    async def second(house: House) -> None:
        hand = by_hand(house, tmp_path)
        hand.shop = replace(hand.shop, application="1" * 16)
        before = hand.shop.lake.receipts()
        for act in (hand.begin, hand.publish):
            with pytest.raises(Guarded, match="belongs to UltraCart merchant OTHER"):
                await act()
        assert hand.shop.lake.receipts() == before

    in_memory(first, small(FEW))
    in_memory(second, small(FEW, merchant_id="OTHER", seed=2))


def test_a_full_scan_that_is_half_done_goes_first(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand = by_hand(house, tmp_path)
        await half_done(hand.shop, pages=1)
        with hand.shop.database() as database:
            place = hand.shop.place(database)
            assert len(check_no_full_scan(place)) == 1  # a line for the user: one page is no loss
            assert check_no_full_scan(place) == []
            await half_done(hand.shop, pages=2)
            with pytest.raises(Guarded, match="a full scan is half done: 2 pages are there"):
                check_no_full_scan(place)
            await hand.shop.sync()
            assert check_no_full_scan(place) == []

    in_memory(scenario, small(FEW))


async def half_done(shop: Shop, pages: int) -> None:
    """A full scan that was stopped after so many pages."""
    stop = Stop()
    left = iter(range(pages - 1))
    with pytest.raises(Stopped):
        await shop.sync(Noting(lambda _: None if next(left, None) is not None else stop.ask()), stop)


def test_counts_do_not_tell_who_is_gone_while_only_a_part_is_there(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand = by_hand(house, tmp_path, pages=4)
        await hand.begin()
        await hand.publish()
        with pytest.raises(Misused, match=r"a backfill is under way: 17 of about 40 customers are there"):
            await hand.shop.reconcile()
        await hand.windows()
        gone = next(iter(house.sandbox.merchant.oids()))
        house.sandbox.merchant.delete(gone)
        assert (await hand.shop.reconcile()).deleted == 1
        assert stands(hand.shop.receipt) == (Proof.PROVEN, True, None)

    in_memory(scenario, small(MORE))


def test_counting_goes_on_beside_a_backfill_over_a_proven_lake_and_carries_it_on(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand = by_hand(house, tmp_path, pages=4)
        await hand.shop.sync()
        await hand.begin()
        first = (await hand.publish()).backfill
        await hand.read(1)
        staged = hand.staged()
        assert staged is not None
        page = look_at(staged.read(1)[1])["customers"]
        house.sandbox.merchant.delete(page[2].oid)  # the page has them still
        told = await hand.shop.reconcile()
        assert (told.deleted, told.receipt.kind, told.receipt.backfill) == (1, ScanKind.RECONCILE, first)
        await hand.windows()
        assert stands((await hand.close()).receipt) == (Proof.PROVEN, True, None)
        assert hand.shop.disagreements() == []

    in_memory(scenario, small(MORE))
