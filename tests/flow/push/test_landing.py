"""Answers to a push flow into the lake: it is as the server is, without another sync, and stays proven."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.flow.push.by_hand import begun, delete, insert, land, merge, pushed, pushes_of, send, update
from tests.house import House, in_memory, small
from tests.lakes import Shop
from ucsync.flow import Stop
from ucsync.flow.push.landing import publish_landed, publish_left_behind
from ucsync.model import Proof, ScanKind
from ucsync.model.pushes import StepState
from ucsync.store.merges import merges_of
from ucsync.store.querying import open_tables
from ucsync.store.verifying import verify
from ucsync.ultracart.codec import encode_json

MANY = 40


async def opened(house: House, folder: Path, **settings: Any) -> tuple[Shop, list[int]]:
    """A shop that is in step, and its customers."""
    shop = Shop(house, folder)
    shop = shop.with_settings(**settings) if settings else shop
    await shop.sync()
    await asyncio.sleep(60)
    return shop, list(house.sandbox.merchant.oids())


def rows(shop: Shop, query: str) -> Sequence[list[str | None]]:
    with open_tables(shop.lake, shop.lake.receipts(), shop.receipt) as tables, tables.ask(query) as answer:
        assert answer is not None
        return list(answer.rows)


def test_the_lake_is_as_the_server_is_without_another_sync(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        before, requests = shop.receipt, house.client.requests_sent
        receipt = await pushed(
            shop, update(oids[0], website_url="https://a.example"), insert("new@example.com"),
            delete(oids[5]), merge(oids[7], oids[8]), update(oids[9], website_url="https://b.example"),
        )  # fmt: skip
        assert shop.disagreements() == []
        assert house.client.requests_sent - requests == 6  # one of them to read the survivor
        assert (receipt.kind, receipt.proof, receipt.parent) == (ScanKind.PUSH, Proof.PROVEN, before.snapshot)
        assert (receipt.inserted, receipt.deleted, receipt.requests) == (1, 2, 0)
        assert 2 <= receipt.updated <= 3
        carried = (
            "watermark",
            "full_snapshot",
            "full_at",
            "fingerprint",
            "started_at",
            "merchant_id",
            "schema",
        )
        assert all(getattr(receipt, name) == getattr(before, name) for name in carried)
        assert verify(shop.lake, receipt.snapshot) == []

    in_memory(scenario, small(MANY))


def test_the_next_sync_reads_only_what_changed_and_finds_the_lake_right(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        await pushed(shop, update(oids[0], website_url="https://a.example"), delete(oids[1]))
        await asyncio.sleep(3600)
        synced = await shop.sync()
        assert (synced.receipt.kind, synced.receipt.proof) == (ScanKind.INCREMENTAL, Proof.PROVEN)
        assert (synced.receipt.inserted, synced.receipt.updated) == (0, 0)
        assert shop.disagreements() == []

    in_memory(scenario, small(MANY))


def test_history_tells_a_merge_from_a_deletion_and_who_has_survived(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        first = await pushed(shop, merge(oids[1], oids[0]), delete(oids[2]))
        await asyncio.sleep(60)
        second = await pushed(shop, merge(oids[3], oids[1]))
        ops = rows(shop, "SELECT op, customer_profile_oid FROM changes WHERE op IN ('merge', 'delete')")
        assert sorted(ops) == sorted(
            [["merge", str(oids[0])], ["delete", str(oids[2])], ["merge", str(oids[1])]]
        )
        found = rows(shop, "SELECT snapshot, absorbed_oid, survivor_oid, push FROM merges ORDER BY merged_at")
        ids = pushes_of(shop).ids()
        assert found == [
            [first.snapshot, str(oids[0]), str(oids[1]), ids[0]],
            [second.snapshot, str(oids[1]), str(oids[3]), ids[1]],
        ]
        assert merges_of(shop.lake) == {oids[0]: oids[3], oids[1]: oids[3]}
        assert [verify(shop.lake, one.snapshot) for one in (first, second)] == [[], []]

    in_memory(scenario, small(MANY))


def test_a_customer_who_was_gone_before_we_deleted_them_is_no_merge(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        with begun(shop, [merge(oids[1], oids[0]), delete(oids[2])]) as journal:
            house.sandbox.merchant.delete(oids[0])
            house.sandbox.merchant.delete(oids[2])
            for number in (1, 2):
                journal.settle(number, StepState.ALREADY, house.clock.now())
            receipt = await land(shop, journal)
        assert receipt is not None
        assert receipt.deleted == 2
        assert rows(shop, "FROM merges") == []
        assert shop.disagreements() == []

    in_memory(scenario, small(MANY))


def test_of_several_answers_about_one_customer_the_newest_stands(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        names = [f"https://{number}.example" for number in range(5)]
        receipt = await pushed(shop, *(update(oids[0], website_url=name) for name in names))
        assert receipt.updated == 1
        assert shop.disagreements() == []

    in_memory(scenario, small(MANY))


def test_an_answer_that_is_older_than_the_lake_is_left_out(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        with begun(shop, [update(oids[0], website_url="https://ours.example")]) as journal:
            await send(shop, journal)
            await asyncio.sleep(60)
            house.sandbox.merchant.update(oids[0], {"website_url": "https://theirs.example"})
            await asyncio.sleep(60)
            synced = await shop.sync()
            assert await land(shop, journal) is None
            assert shop.receipt == synced.receipt
            assert journal.landings.unpublished() == []
        assert shop.disagreements() == []

    in_memory(scenario, small(MANY))


@pytest.mark.parametrize("how", ["full", "incremental", "reconcile"])
def test_nobody_comes_back_who_is_gone_since_they_were_written_to(tmp_path: Path, how: str) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        steps = [update(oids[0], website_url="https://a.example"), insert("new@example.com")]
        with begun(shop, steps) as journal:
            await send(shop, journal)
            house.sandbox.merchant.delete(oids[0])
            house.sandbox.merchant.delete(max(house.sandbox.merchant.oids()))
            await asyncio.sleep(3600)
            if how == "reconcile":
                await shop.reconcile(accept_deletes=2)
            else:
                await shop.sync(full=how == "full", accept_deletes=2)
            assert await land(shop, journal) is None or how == "incremental"
        assert shop.disagreements() == ([oids[0]] if how == "incremental" else [])  # it is not asked about

    in_memory(scenario, small(MANY))


def test_what_was_published_is_not_published_again(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        with begun(
            shop, [update(oids[0], website_url="https://a.example"), merge(oids[1], oids[2])]
        ) as journal:
            await send(shop, journal)
            assert await land(shop, journal) is not None
            assert await land(shop, journal) is None
        assert len(shop.lake.receipts()) == 2

    in_memory(scenario, small(MANY))


def test_a_push_that_died_before_it_published_is_published_by_the_next_one(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        with begun(shop, [merge(oids[1], oids[2])]) as journal:
            await send(shop, journal)
        await asyncio.sleep(3600)
        with shop.database() as database:
            (receipt,) = await publish_left_behind(shop.place(database))
            assert await publish_left_behind(shop.place(database)) == []
        assert receipt == shop.receipt
        assert merges_of(shop.lake) == {oids[2]: oids[1]}
        assert shop.disagreements() == []

    in_memory(scenario, small(MANY))


def test_a_lake_of_another_configuration_is_left_alone_until_all_is_read_anew(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        other = replace(shop, fingerprint="another")
        with begun(shop, [update(oids[0], website_url="https://a.example")]) as journal:
            await send(shop, journal)
            before = shop.receipt
            assert await land(other, journal) is None
            assert (shop.receipt, len(journal.landings.unpublished())) == (before, 1)
            await asyncio.sleep(60)
            await other.sync()
            assert await land(other, journal) is None
            assert journal.landings.unpublished() == []
        assert other.disagreements() == []

    in_memory(scenario, small(MANY))


def test_what_was_done_is_published_even_by_a_run_that_is_asked_to_stop(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        stop = Stop()
        with begun(shop, [update(oids[0], website_url="https://a.example")]) as journal:
            await send(shop, journal)
            stop.ask()
            with shop.database() as database:
                assert await publish_landed(shop.place(database, stop=stop), journal) is not None
        assert shop.disagreements() == []

    in_memory(scenario, small(MANY))


def test_a_field_that_the_merchant_does_not_keep_is_not_kept_from_an_answer(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path, tax_ids=False)
        await pushed(shop, update(oids[0], tax_id="12-3456789", website_url="https://a.example"))
        query = "SELECT website_url, tax_id FROM customers WHERE customer_profile_oid = "
        assert rows(shop, f"{query}{oids[0]}") == [["https://a.example", None]]

    in_memory(scenario, small(MANY))


def test_an_answer_that_cannot_be_stored_is_set_aside_and_the_others_go_on(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shop, oids = await opened(house, tmp_path)
        odd = encode_json({"customer": {"customer_profile_oid": oids[0], "tax_exempt": "perhaps"}})
        with begun(shop, [update(oids[0]), update(oids[1], website_url="https://a.example")]) as journal:
            journal.settle(1, StepState.ALREADY, house.clock.now(), answer=odd)
            await send(shop, journal)
            receipt = await land(shop, journal)
        assert receipt is not None
        assert (receipt.updated, receipt.quarantined, receipt.aside) == (1, 1, (oids[0],))
        assert verify(shop.lake, receipt.snapshot) == []
        await asyncio.sleep(3600)
        assert (await shop.sync()).receipt.aside == ()
        assert shop.disagreements() == []

    in_memory(scenario, small(MANY))
