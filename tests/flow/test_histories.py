"""The warehouse of a lake as syncs, backfills and pushes leave it: each state can be rebuilt."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq

from tests.flow.backfill.meddling import Meddler
from tests.flow.backfill.yard import Yard, in_yard
from tests.flow.push.handmade import Counter, at_the_counter, confirmed, merge
from tests.store.faulty import QuickFiles
from tests.store.warehouse.nights import asked, customers_at
from ucsync.model import Hashing, Receipt, Tier
from ucsync.store.lake import Lake
from ucsync.store.warehouse import Blueprint, Shown, Warehouse, built, open_warehouse

PAGES = {"page_size": 10, "keep_daily": 30}


@contextmanager
def warehouse_of(lake: Lake) -> Iterator[Warehouse]:
    """Open as long as the context lasts."""
    current = lake.current()
    assert current is not None
    blueprint = Blueprint(
        lake=lake, receipts=lake.receipts(), current=current, shown=Shown(Tier.HIGH, Hashing.HMAC_SHA256),
        key=bytes(32), built_at=current.finished_at, version="1",
    )  # fmt: skip
    with built(QuickFiles(), blueprint, lake.folder) as path, open_warehouse(path) as warehouse:
        yield warehouse


def whole(lake: Lake) -> list[Receipt]:
    """Of the snapshots whose full state is there."""
    return [receipt for receipt in lake.receipts() if lake.has_rows(receipt.snapshot)]


def check(lake: Lake, warehouse: Warehouse) -> None:
    """What is rebuilt is what the snapshots hold."""
    held_from = {row["snapshot"]: row["held_from"] for row in asked(warehouse, "FROM receipts")}
    for receipt in whole(lake):
        parts = sorted((lake.path_of(receipt.snapshot) / "customers").glob("*.parquet"))
        state = [row for part in parts for row in pq.read_table(part).to_pylist()]
        assert customers_at(warehouse, held_from[receipt.snapshot]) == state, receipt.snapshot


def test_a_backfill_beside_nights_while_others_work_on_the_customers() -> None:
    async def scenario(yard: Yard) -> None:
        meddler = Meddler(yard, 3)
        backfill = asyncio.ensure_future(yard.backfill(watcher=meddler.watcher))
        await asyncio.sleep(5)
        await yard.sync()
        await backfill
        for _ in range(3):
            await asyncio.sleep(86_400)
            merchant = yard.sandbox.merchant
            first, second, *_ = merchant.oids()
            merchant.delete(first)
            merchant.update(second, {"email": f"{second}@elsewhere.example"})
            merchant.insert({"email": f"new-{second}@example.com", "tags": [{"tag_value": "new"}]})
            await yard.sync(full=True)
        assert len(yard.lake.receipts()) > len(whole(yard.lake)) == 5
        with warehouse_of(yard.lake) as warehouse:
            check(yard.lake, warehouse)

    in_yard(scenario, 120, sync=PAGES)


def test_a_push_that_merges_two_customers_closes_the_absorbed_ones_history(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        survivor, absorbed = counter.oids[:2]
        plan = counter.plan(merge(survivor, absorbed))
        assert (await counter.apply(plan, **confirmed(plan))).exit_code == 0
        lake = counter.shop.lake
        with warehouse_of(lake) as warehouse:
            check(lake, warehouse)
            ended = asked(
                warehouse, "SELECT customer_profile_oid AS oid FROM history WHERE ended_by = 'merge'"
            )
            (merged,) = asked(warehouse, "SELECT absorbed_oid, survivor_oid, push FROM merges")
            assert asked(warehouse, "SELECT merged FROM changes_daily WHERE merged > 0") == [{"merged": 1}]
        assert ended == [{"oid": absorbed}]
        assert (merged["absorbed_oid"], merged["survivor_oid"]) == (absorbed, survivor)

    at_the_counter(scenario, tmp_path)
