"""`sync` from the first page to the snapshot, against the sandbox."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.flow.liars import Page, behind
from tests.house import QUICK, House, in_memory, small
from tests.lakes import Noting, Shop
from tests.store.faulty import FaultyFiles, How, QuickFiles
from ucsync.flow import Progress, Stop
from ucsync.model import Guarded, Pass, Proof, ScanKind, Stopped, StorageFailed


def test_the_first_sync_reads_everything_and_the_next_one_what_changed(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path), house.sandbox.merchant
        first = (await shop.sync()).receipt
        assert (first.kind, first.proof, first.rows, first.inserted) == (
            ScanKind.FULL,
            Proof.PROVEN,
            450,
            450,
        )
        assert first.requests_floor == 3
        await asyncio.sleep(3600)
        oids = list(merchant.oids())
        merchant.update(oids[3], {"business_notes": "called"})
        merchant.insert({"email": "new@example.com"})
        merchant.merge(oids[7], oids[8])
        second = (await shop.sync()).receipt
        assert (second.kind, second.proof) == (ScanKind.INCREMENTAL, Proof.PROVEN)
        assert (second.inserted, second.updated, second.deleted, second.requests) == (1, 2, 0, 1)
        third = (await shop.sync(full=True)).receipt
        assert (third.kind, third.inserted, third.updated, third.deleted) == (ScanKind.FULL, 0, 0, 1)
        assert shop.disagreements() == []

    in_memory(scenario, small(450))


def test_a_run_without_a_change_publishes_a_snapshot_of_the_same_parts(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path)
        first = (await shop.sync()).receipt
        await asyncio.sleep(3600)
        second = (await shop.sync()).receipt
        assert second.snapshot != first.snapshot
        assert second.watermark > first.watermark
        parts = [
            (shop.lake.path_of(one.snapshot) / "customers" / "part-00000.parquet").stat().st_ino
            for one in (first, second)
        ]
        assert parts[0] == parts[1]

    in_memory(scenario, small(30))


def test_an_empty_merchant_has_an_empty_snapshot(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path)
        result = await shop.sync()
        assert (result.receipt.rows, result.receipt.proof, result.exit_code) == (0, Proof.PROVEN, 0)
        house.sandbox.merchant.insert({"email": "first@example.com"})
        assert (await shop.sync()).receipt.inserted == 1

    in_memory(scenario, small(0))


def test_tax_ids_and_cards_are_stored_only_by_choice(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        merchant = house.sandbox.merchant
        merchant.update(next(iter(merchant.oids())), {"tax_id": "12-3456789"})
        plain = Shop(house, tmp_path / "plain")
        await plain.sync()
        assert plain.disagreements() == []
        for path in (tmp_path / "plain" / "lake").rglob("*"):
            assert not path.is_file() or b"12-3456789" not in path.read_bytes()
        chosen = Shop(house, tmp_path / "chosen").with_settings(
            tax_ids=True, expansions=(*plain.settings.expansions, "cards")
        )
        await chosen.sync()
        assert chosen.disagreements() == []

    in_memory(scenario, small(30))


def test_deletions_are_confirmed_one_by_one_when_they_are_few(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path), house.sandbox.merchant
        await shop.sync()
        for oid in list(merchant.oids())[10:15]:
            merchant.delete(oid)
        receipt = (await shop.sync(full=True)).receipt
        assert (receipt.deleted, receipt.proof) == (5, Proof.PROVEN)
        assert receipt.requests == 3 + 1 + 5  # pages, catch-up, one for each missing customer
        assert shop.disagreements() == []

    in_memory(scenario, small(500))


def test_a_mass_deletion_stops_for_a_person_and_then_costs_no_request(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path), house.sandbox.merchant
        before = (await shop.sync()).receipt
        for oid in list(merchant.oids())[:200]:
            merchant.delete(oid)
        with pytest.raises(Guarded, match="--accept-deletes 200"):
            await shop.sync(full=True)
        assert shop.receipt.snapshot == before.snapshot
        sent = house.client.requests_sent
        with pytest.raises(Guarded):
            await shop.sync(accept_deletes=199)
        receipt = (await shop.sync(accept_deletes=200)).receipt
        assert house.client.requests_sent == sent
        assert (receipt.deleted, receipt.rows) == (200, 300)
        assert shop.disagreements() == []

    in_memory(scenario, small(500))


def test_a_key_of_another_merchant_changes_nothing(tmp_path: Path) -> None:
    async def first(house: House) -> None:
        await Shop(house, tmp_path).sync()

    async def second(house: House) -> None:
        shop = Shop(house, tmp_path)
        before = shop.receipt.snapshot
        house.sandbox.merchant.insert({"email": "stranger@example.com"})
        with pytest.raises(Guarded, match="belongs to UltraCart merchant OTHER"):
            await shop.sync()
        assert shop.receipt.snapshot == before

    in_memory(first, small(30))
    in_memory(second, small(30, merchant_id="OTHER", seed=2))


def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, stop = Shop(house, tmp_path).with_settings(page_size=20), Stop()

        def at_page(progress: Progress) -> None:
            if progress.pages == 4:
                stop.ask(143)

        with pytest.raises(Stopped) as stopped:
            await shop.sync(Noting(at_page), stop)
        assert stopped.value.exit_code == 143
        sent = house.client.requests_sent
        assert sent == 4
        result = await shop.sync()
        assert result.receipt.requests == house.client.requests_sent
        assert result.receipt.requests <= 100 // 16 + 3
        assert any("4 pages" in note for note in result.notes)
        assert shop.disagreements() == []

    in_memory(scenario, small(100))


def test_a_run_that_publishes_what_an_earlier_night_read_also_reads_what_changed_since(
    tmp_path: Path,
) -> None:
    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path), house.sandbox.merchant
        await shop.sync()
        oids = list(merchant.oids())
        merchant.update(oids[3], {"business_notes": "called"})
        await asyncio.sleep(3600)
        full_disk = replace(shop, files=FaultyFiles(QuickFiles(), 20, How.ENOSPC))
        with pytest.raises(StorageFailed):
            await full_disk.sync()
        await asyncio.sleep(86_400)
        merchant.update(oids[5], {"business_notes": "called, too"})
        again = await shop.sync()
        assert again.why == "going on with the scan that was left half done"
        assert "1 updated" in " ".join(again.notes)
        assert (again.exit_code, again.receipt.updated) == (0, 1)
        assert shop.disagreements() == []

    in_memory(scenario, small(30))


def test_a_request_under_way_is_given_up_within_ten_seconds(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, stop = Shop(house, tmp_path), Stop()
        house.sandbox.faults = {"stall": 1.0}
        run = asyncio.create_task(shop.sync(None, stop))
        await asyncio.sleep(5)
        stop.ask()
        asked_s = house.clock.monotonic()
        with pytest.raises(Stopped):
            await run
        assert house.clock.monotonic() - asked_s < 10

    in_memory(scenario, small(30))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fingerprint": "f" * 16}, "configuration of what is read has changed"),
        ({"version": "2"}, "begun by version 1"),
        ({"application": "1" * 16}, "begun with another key"),
    ],
)
def test_a_half_finished_scan_that_does_not_fit_is_discarded_and_said(
    tmp_path: Path, change: dict[str, str], said: str
) -> None:
    async def scenario(house: House) -> None:
        shop, stop = Shop(house, tmp_path).with_settings(page_size=20), Stop()
        with pytest.raises(Stopped):
            await shop.sync(Noting(lambda progress: stop.ask()), stop)
        result = await replace(shop, **change).sync()  # type: ignore[arg-type]  # as its fields
        assert any(said in note for note in result.notes)
        assert shop.disagreements() == []

    in_memory(scenario, small(100))


def test_a_full_scan_comes_by_itself_after_so_many_nights(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, kinds = Shop(house, tmp_path), []
        for _ in range(16):
            kinds.append((await shop.sync()).receipt.kind)
            await asyncio.sleep(86_400)
        assert [night for night, kind in enumerate(kinds) if kind is ScanKind.FULL] == [0, 7, 14]

    in_memory(scenario, small(30))


def test_what_was_learned_of_the_server_is_not_paid_for_again(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path)
        first = (await shop.sync()).receipt
        assert (first.passes[0].order, first.passes[0].limit) == ("email", 100)
        await asyncio.sleep(3600)
        second = (await shop.sync(full=True)).receipt
        assert second.requests < first.requests
        assert second.requests == sum(walk.pages for walk in second.passes)

    in_memory(scenario, small(450, quirks=frozenset({"sort-email-only", "limit-cap-100"})))


def test_a_scan_tells_how_far_it_is(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        noting = Noting()
        await Shop(house, tmp_path).sync(noting)
        assert [one.walk for one in noting.pages] == [Pass.MAIN] * 3 + [Pass.CATCH_UP]
        assert [one.total for one in noting.pages[:3]] == [450] * 3
        assert noting.pages[-1].requests == 4

    in_memory(scenario, small(450))


def test_a_merchant_read_by_a_query_loses_those_who_cease_to_match(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        merchant = house.sandbox.merchant
        shop = Shop(house, tmp_path).with_settings(query={"qb_class": "gold"})
        oids = list(merchant.oids())
        for oid in oids[:10]:
            merchant.update(oid, {"qb_class": "gold"})
        assert (await shop.sync()).receipt.rows == 10
        merchant.update(oids[0], {"qb_class": "silver"})
        merchant.update(oids[20], {"qb_class": "gold"})
        receipt = (await shop.sync(full=True)).receipt
        assert (receipt.rows, receipt.inserted, receipt.deleted) == (10, 1, 1)

    in_memory(scenario, small(50))


def test_the_state_may_be_lost_without_losing_a_row(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path)
        await shop.sync()
        await asyncio.sleep(3600)
        (tmp_path / "state").rename(tmp_path / "lost")
        house.sandbox.merchant.insert({"email": "late@example.com"})
        receipt = (await shop.sync()).receipt
        assert (receipt.kind, receipt.inserted) == (ScanKind.INCREMENTAL, 1)
        assert shop.disagreements() == []

    in_memory(scenario, small(30), QUICK)


def test_another_key_that_sees_nobody_does_not_move_the_watermark(tmp_path: Path) -> None:
    """A quiet merchant's list of changes is empty, so no row tells whose it is."""

    async def first(house: House) -> None:
        await Shop(house, tmp_path).sync()

    async def second(house: House) -> None:
        shop = replace(Shop(house, tmp_path), application="1" * 16)
        before = shop.receipt
        await asyncio.sleep(3600)
        with pytest.raises(Guarded, match="belongs to UltraCart merchant OTHER"):
            await shop.sync()
        assert shop.receipt == before

    in_memory(first, small(30))
    in_memory(second, small(30, merchant_id="OTHER", seed=2))


def test_an_incremental_scan_on_unproven_ground_is_not_proven_either(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop = Shop(house, tmp_path).with_settings(page_size=20, query={"query_target": "cache"})
        assert (await shop.sync()).receipt.reasons == ("the query reads a cache, which may be behind",)
        plain = Shop(house, tmp_path).with_settings(page_size=20)
        await asyncio.sleep(3600)
        result = await plain.sync()
        assert (result.receipt.kind, result.receipt.proof) == (ScanKind.FULL, Proof.PROVEN)

    in_memory(scenario, small(100))


def test_a_server_clock_that_ran_ahead_for_a_moment_leaves_no_change_behind(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, clock, merchant = Shop(house, tmp_path), house.sandbox.clock, house.sandbox.merchant
        await shop.sync()
        await asyncio.sleep(3600)
        clock.set_to(clock.now() + timedelta(hours=2))
        await shop.sync()
        clock.set_to(clock.now() - timedelta(hours=2))
        oid = merchant.insert({"email": "between@example.com"})
        await asyncio.sleep(60)
        await shop.sync()
        assert oid not in shop.disagreements()

    in_memory(scenario, small(30))


def test_who_was_found_there_singly_makes_the_scan_unproven_after_a_stop_as_well(tmp_path: Path) -> None:
    """A page hides a customer, its totals agree, and the run ends just after the customer was read."""
    hidden: set[int] = set()

    def hide(page: Page) -> None:
        rows = [row for row in page.rows if row["customer_profile_oid"] not in hidden]
        away = len(page.rows) - len(rows)
        page.document["customers"] = rows
        for figure in ("count", "total_records"):
            page.said[figure] -= away

    async def scenario(house: House) -> None:
        shop, stop = Shop(house, tmp_path), Stop()
        await shop.sync()
        oids = list(house.sandbox.merchant.oids())
        hidden.update(oids[3:5])
        # an answer takes 0.02 s: the page, one of the two customers, and half of the other
        asyncio.get_running_loop().call_later(0.05, stop.ask)
        with pytest.raises(Stopped):
            await shop.sync(None, stop, full=True)
        receipt = (await shop.sync(full=True)).receipt
        assert (receipt.proof, receipt.deleted) == (Proof.UNPROVEN, 0)
        assert receipt.reasons == ("2 customers that are there were on no page",)

    behind(hide, scenario, small(30))


def test_a_row_set_aside_is_asked_for_again_until_it_can_be_read(tmp_path: Path) -> None:
    bad: set[int] = set()

    def spoil(page: Page) -> None:
        for row in page.rows:
            if row["customer_profile_oid"] in bad:
                row["maximum_item_count"] = "three"

    async def scenario(house: House) -> None:
        shop, merchant = Shop(house, tmp_path), house.sandbox.merchant
        await shop.sync()
        await asyncio.sleep(3600)
        oid = next(iter(merchant.oids()))
        merchant.update(oid, {"business_notes": "called"})
        bad.add(oid)
        await asyncio.sleep(3600)
        second = await shop.sync()
        assert (second.receipt.quarantined, second.receipt.aside, second.exit_code) == (1, (oid,), 3)
        assert shop.disagreements() == [oid]
        bad.clear()
        await asyncio.sleep(3600)
        third = await shop.sync()
        assert (third.receipt.aside, third.exit_code, third.receipt.requests) == ((), 0, 2)
        assert shop.disagreements() == []

    behind(spoil, scenario, small(30))
