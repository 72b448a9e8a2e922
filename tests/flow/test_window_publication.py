"""Windows of a backfill in the lake: nothing newer is replaced, nobody comes back, who is gone goes."""

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.flow.push.by_hand import begun, delete, insert, land, merge, pushed, send, update
from tests.flow.windows import ByHand
from tests.house import House, in_memory, small
from tests.lakes import NAME, Shop
from tests.store.faulty import QuickFiles
from ucsync.flow.backfill.publication import publish_window
from ucsync.model import Guarded, Proof, ScanKind, StorageFailed
from ucsync.store.verifying import verify

MANY = 16


async def opened(
    house: House, folder: Path, *, synced: bool = False, **more: Any
) -> tuple[ByHand, list[int]]:
    """A backfill to be driven by hand, over an empty lake or one that is in step; and the customers."""
    hand = ByHand(Shop(house, folder, files=QuickFiles()), **more)
    if synced:
        await hand.shop.sync()
        await asyncio.sleep(60)
    return hand, list(house.sandbox.merchant.oids())


def notes(shop: Shop) -> dict[int, str | None]:
    """What the lake has of each customer in a field that others change."""
    parts = sorted((shop.lake.path_of(shop.receipt.snapshot) / "customers").glob("*.parquet"))
    names = ["customer_profile_oid", "business_notes"]
    rows = [row for part in parts for row in pq.read_table(part, columns=names).to_pylist()]
    return {row[names[0]]: row[names[1]] for row in rows}


def set_back_to(shop: Shop, snapshot: str, lost: str) -> None:
    """As a restored backup does: a snapshot is gone, and the one before it is the current one."""
    shutil.rmtree(shop.lake.path_of(lost))
    (shop.folder / "lake" / NAME / "CURRENT").write_text(f"{snapshot}\n")


def oids_of(shop: Shop) -> list[int]:
    return list(notes(shop))


def test_windows_bring_in_everybody_and_the_first_sync_after_them_proves_it(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand, oids = await opened(house, tmp_path)
        start = await hand.begin()
        assert (start.kind, start.rows, start.proof) == (ScanKind.WINDOW, 0, Proof.UNPROVEN)
        assert start.reasons == (f"a backfill is under way: 0 of about {MANY} customers are there",)
        assert start.sound_so_far
        first = await hand.publish()
        assert oids_of(hand.shop) == oids[-first.rows :]  # the newest come first
        assert first.watermark == start.watermark
        last = await hand.windows()
        assert (last.rows, last.proof) == (MANY, Proof.UNPROVEN)
        closed = (await hand.close()).receipt
        assert (closed.proof, closed.reasons, closed.backfill) == (Proof.PROVEN, (), None)
        assert (closed.full_snapshot, closed.full_at) == (closed.snapshot, start.started_at)
        assert hand.shop.disagreements() == []
        assert all(verify(hand.shop.lake, one.snapshot) == [] for one in hand.shop.lake.receipts())

    in_memory(scenario, small(MANY))


def test_a_night_between_two_pages_keeps_what_it_has_read(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand, oids = await opened(house, tmp_path)
        await hand.begin()
        await hand.read(1)
        first, later = oids[-9], oids[-1]
        await asyncio.sleep(60)
        for oid in (first, later):
            house.sandbox.merchant.update(oid, {"business_notes": "newer"})
        house.sandbox.merchant.insert({"email": "new@example.com"})
        night = await hand.shop.sync()
        assert (night.receipt.kind, night.exit_code, night.receipt.inserted) == (ScanKind.INCREMENTAL, 0, 3)
        assert "a backfill brings in the rest" in night.why
        receipt = await hand.publish()
        assert {notes(hand.shop)[oid] for oid in (first, later)} == {"newer"}
        assert receipt.watermark == night.receipt.watermark
        await hand.windows()
        assert (await hand.close()).receipt.proof is Proof.PROVEN
        assert hand.shop.disagreements() == []

    in_memory(scenario, small(MANY))


def test_whoever_a_push_has_changed_deleted_or_merged_stays_so(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand, oids = await opened(house, tmp_path, synced=True)
        await hand.begin()
        await hand.read(1)
        changed, gone, survivor, absorbed = oids[-9:-5]
        landed = await pushed(
            hand.shop, update(changed, business_notes="ours"), delete(gone), merge(survivor, absorbed),
            insert("new@example.com"),
        )  # fmt: skip
        assert landed.backfill == hand.backfill
        await hand.publish()
        there = notes(hand.shop)
        assert there[changed] == "ours"
        assert not {gone, absorbed} & there.keys()
        assert hand.shop.disagreements() == []
        await hand.windows()
        await hand.close()
        assert hand.shop.disagreements() == []
        assert hand.shop.receipt.backfill is None

    in_memory(scenario, small(MANY))


def test_who_was_inserted_before_a_window_is_published_after_it_all_the_same(tmp_path: Path) -> None:
    """A window has asked nobody who is new."""

    async def scenario(house: House) -> None:
        hand, _ = await opened(house, tmp_path, synced=True)
        await hand.begin()
        await hand.publish()
        with begun(hand.shop, [insert("new@example.com")]) as journal:
            await send(hand.shop, journal)
            await asyncio.sleep(60)
            await hand.publish()
            await land(hand.shop, journal)
        assert hand.shop.disagreements() == []

    in_memory(scenario, small(MANY))


def test_of_two_pages_the_one_that_came_after_the_night_counts(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand, oids = await opened(house, tmp_path, page_size=5)
        await hand.begin()
        await hand.read(1)
        on_both = sorted(oids[-9:])[4]  # two pages share one row
        await asyncio.sleep(60)
        house.sandbox.merchant.update(on_both, {"business_notes": "at night"})
        await hand.shop.sync()
        house.sandbox.merchant.update(on_both, {"business_notes": "after it"})
        await hand.publish()
        assert notes(hand.shop)[on_both] == "after it"

    in_memory(scenario, small(MANY))


def test_who_is_gone_goes_with_the_window_in_which_they_were(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand, oids = await opened(house, tmp_path, synced=True)
        for oid in (oids[0], oids[-1], oids[-4]):
            house.sandbox.merchant.delete(oid)
        await hand.begin()
        receipt = await hand.publish()
        assert (receipt.deleted, hand.backfill.deleted) == (2, 2)
        assert oids[0] in oids_of(hand.shop)  # that part has not been read yet
        await hand.windows()
        assert (hand.backfill.deleted, hand.backfill.doubts) == (3, ())
        assert hand.shop.disagreements() == []
        assert (await hand.close()).receipt.full_at is not None

    in_memory(scenario, small(MANY))


def test_nobody_is_removed_whom_the_lake_has_learned_of_since_the_window_began(tmp_path: Path) -> None:
    """They came after its first page, so that they are on none of its pages says nothing."""

    async def scenario(house: House) -> None:
        hand, oids = await opened(house, tmp_path, synced=True)
        await hand.begin(newest_first=False)
        while await hand.read(1) is False:
            pass
        await pushed(hand.shop, insert("new@example.com"))
        await asyncio.sleep(60)
        house.sandbox.merchant.insert({"email": "another@example.com"})
        await hand.shop.sync()
        assert len(oids_of(hand.shop)) == MANY + 2
        await hand.publish()
        await hand.windows()
        assert (len(oids_of(hand.shop)), hand.backfill.deleted) == (MANY + 2, 0)
        assert oids == oids_of(hand.shop)[:MANY]

    in_memory(scenario, small(MANY))


def test_who_comes_to_match_the_query_behind_the_pages_stays(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        merchant, oids = house.sandbox.merchant, list(house.sandbox.merchant.oids())
        for oid in oids:
            merchant.update(oid, {"qb_class": "gold"})
        merchant.update(oids[-8], {"qb_class": "tin"})
        hand, _ = await opened(house, tmp_path, synced=True)
        hand.shop = hand.shop.with_settings(query={"qb_class": "gold"})
        await hand.shop.sync(full=True)
        await hand.begin()
        await hand.read(1)
        await asyncio.sleep(60)
        merchant.update(oids[-8], {"qb_class": "gold"})
        assert (await hand.shop.sync()).receipt.inserted == 1
        receipt = await hand.publish()
        assert (receipt.deleted, receipt.rows) == (0, MANY)

    in_memory(scenario, small(MANY))


def test_too_many_gone_need_a_persons_word_over_all_windows_together(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand, oids = await opened(house, tmp_path, synced=True)
        hand.shop = hand.shop.with_settings(deletes_max_count=3)
        await hand.begin()
        for oid in oids[-2:]:
            house.sandbox.merchant.delete(oid)
        await hand.publish()
        assert hand.backfill.deleted == 2
        for oid in just_below(hand, oids, 2):
            house.sandbox.merchant.delete(oid)
        with pytest.raises(Guarded, match=r"4 of 16 customers .* `ucsync backfill shop --accept-deletes 4`"):
            await hand.publish()
        staged, requests = hand.staged(), house.client.requests_sent
        assert staged is not None
        assert hand.backfill.windows == 1
        await hand.publish(accepted=4)
        assert house.client.requests_sent - requests == 2  # the two, to make sure
        assert (hand.backfill.windows, hand.backfill.deleted) == (2, 4)

    in_memory(scenario, small(MANY))


def just_below(hand: ByHand, oids: Sequence[int], count: int) -> list[int]:
    """Customers just below what is covered."""
    reached = hand.backfill.reached
    assert reached is not None
    return [oid for oid in oids if oid < reached][-count:]


def test_a_lake_that_is_set_back_while_a_window_is_read_has_it_read_anew(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand, oids = await opened(house, tmp_path, synced=True)
        first = await hand.begin()
        await asyncio.sleep(60)
        house.sandbox.merchant.update(oids[-9], {"business_notes": "newer"})
        night = await hand.shop.sync()
        await hand.read(1)
        scan = hand.staged()
        assert scan is not None
        set_back_to(hand.shop, first.snapshot, night.receipt.snapshot)
        await pushed(hand.shop, delete(oids[-8]))
        await hand.publish()
        assert hand.staged() is None
        assert notes(hand.shop)[oids[-9]] == "newer"
        assert oids[-8] not in oids_of(hand.shop)
        await hand.windows()
        assert (await hand.close()).receipt.proof is Proof.PROVEN
        assert hand.shop.disagreements() == []

    in_memory(scenario, small(MANY))


def test_pages_that_rest_on_a_lost_snapshot_are_never_published(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        hand, _ = await opened(house, tmp_path, synced=True)
        first = await hand.begin()
        night = await hand.shop.sync()
        with hand.shop.database() as database:
            place = hand.shop.place(database)
            scan = await hand.scan(place)
            set_back_to(hand.shop, first.snapshot, night.receipt.snapshot)
            window, receipts = scan.staged.header.window, hand.shop.lake.receipts()
            assert window is not None
            with pytest.raises(StorageFailed, match="set back to an older snapshot"):
                await publish_window(place, scan, hand.shop.receipt, hand.backfill, window, None)
        assert hand.shop.lake.receipts() == receipts

    in_memory(scenario, small(MANY))
