"""Other people work on the customers while they are read: who was there throughout is in the lake, once."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.flow.orders import BESIDE, BUSIER, BUSY, ORDERS, UNPROVABLE, DryScan, named
from tests.house import House, in_memory, small
from tests.lakes import Noting, Shop
from tests.store.faulty import QuickFiles
from ucsync.flow import Progress
from ucsync.model import Proof
from ucsync.ultracart.scanning import BY_EMAIL

DEEP = bool(os.environ.get("UCSYNC_DEEP"))

SEEDS = 200
CUSTOMERS = 3000
PAGE = 50

every_order = pytest.mark.parametrize("quirks", ORDERS, ids=named)
by_email = [quirks for quirks, sort in ORDERS.items() if sort == BY_EMAIL]

#: Where the server tells neither `more` nor a total, it takes a second page to see that the first was all;
#: in an order in which rows move, two pages are not of one moment.
UNTOLD = "no-result-set"


def seeds_for(quirks: tuple[str, ...]) -> range:
    """All of them in the deep run; else every third one, each under one order."""
    return range(SEEDS) if DEEP else range(list(ORDERS).index(quirks), SEEDS, 3 * len(ORDERS))


def rows_of(shop: Shop) -> list[int]:
    """The oids in the current snapshot, as any Parquet reader has them."""
    parts = sorted((shop.lake.path_of(shop.receipt.snapshot) / "customers").glob("*.parquet"))
    return [oid for part in parts for oid in pq.read_table(part)["customer_profile_oid"].to_pylist()]


def is_provable(quirks: tuple[str, ...], beside: tuple[str, ...] = ()) -> bool:
    """Whether a scan of more than one page can be proven at all."""
    return quirks not in UNPROVABLE and not (quirks in by_email and UNTOLD in beside)


@every_order
def test_who_was_there_throughout_is_read_whatever_others_do_meanwhile(quirks: tuple[str, ...]) -> None:
    for seed in seeds_for(quirks):
        beside = BESIDE[seed // 2 % len(BESIDE)]
        rates = BUSIER if seed % 2 else BUSY
        scan = DryScan(CUSTOMERS, PAGE, seed, (*quirks, *beside), rates).run()
        proof, reasons = scan.conclusion
        assert proof is (Proof.PROVEN if is_provable(quirks, beside) else Proof.UNPROVEN), (seed, reasons)
        assert bool(reasons) == (proof is Proof.UNPROVEN)
        assert scan.walks[0].order == ORDERS[quirks]
        if scan.proven:
            assert scan.lost == set(), seed


def lively(seed: int, *, moves: int, chance_of_moves: float) -> Callable[[DryScan, int], None]:
    """Before each request customers get other e-mails, so that by these they move; some come, some go."""
    chance = Random(seed)  # noqa: S311  (a test's churn)

    def address(number: int) -> str:
        return f"{chance.choice('abcdefghijklmnopqrstuvwxyz')}-{number}-{chance.random()}@example.com"

    def meddle(scan: DryScan, number: int) -> None:
        merchant = scan.merchant
        if chance.random() < chance_of_moves:
            for oid in chance.sample(list(merchant.oids()), moves):
                merchant.update(oid, {"email": address(number)})
        if chance.random() < 0.4:
            merchant.delete(chance.choice(list(merchant.oids())))
        if chance.random() < 0.1:
            merchant.merge(*chance.sample(list(merchant.oids()), 2))
        if chance.random() < 0.2:
            merchant.insert({"email": address(number)})

    return meddle


@pytest.mark.parametrize(
    ("moves", "chance_of_moves", "second_s"), [(1, 0.4, 0.5), (3, 0.5, 60), (3, 1.0, 60)]
)
def test_customers_whose_e_mail_changes_move_in_that_order_and_are_caught_up_with(
    moves: int, chance_of_moves: float, second_s: float
) -> None:
    """Slow requests, so that a catch-up has not the whole scan before it, and needs one of its own."""
    told = [beside for beside in BESIDE if UNTOLD not in beside]
    passed_by = catch_ups = 0
    for seed in range(SEEDS if DEEP else 12):
        beside, quirks = told[seed % len(told)], by_email[seed % len(by_email)]
        meddle = lively(seed, moves=moves, chance_of_moves=chance_of_moves)
        scan = DryScan(1000, PAGE, seed, (*quirks, *beside), meddle=meddle, second_s=second_s).run()
        assert scan.proven, (seed, scan.conclusion)
        assert scan.lost == set(), seed
        main = {oid for page in scan.course.oids[: scan.walks[0].pages] for oid in page}
        passed_by += bool((scan.before & set(scan.merchant.oids())) - main)
        catch_ups += len(scan.walks) - 1
    assert passed_by > 8  # without the catch-up they would be missing
    assert catch_ups >= (24 if chance_of_moves == 1 else 12)


def test_when_customers_move_faster_than_can_be_followed_it_is_said() -> None:
    for seed in range(4):
        meddle = lively(seed, moves=10, chance_of_moves=1)
        scan = DryScan(400, 20, seed, ("sort-email-only",), meddle=meddle).run()
        assert scan.conclusion[0] is Proof.UNPROVEN
        assert "customers change faster than the catch-up passes can follow" in scan.conclusion[1]


@pytest.mark.parametrize("quirks", [(), *by_email[:1], ("sort-refused",)], ids=named)
@pytest.mark.parametrize("beside", BESIDE, ids=named)
def test_a_mass_deletion_in_the_middle_hides_nobody(quirks: tuple[str, ...], beside: tuple[str, ...]) -> None:
    for seed in range(40 if DEEP else 3):
        chance = Random(seed)  # noqa: S311  (a test's choice)
        at, first, gone = chance.randrange(3, 12), chance.randrange(300), chance.randrange(5, 600)

        def purge(scan: DryScan, number: int, at: int = at, start: int = first, gone: int = gone) -> None:
            if number == at:
                for oid in list(scan.merchant.oids())[start : start + gone]:
                    scan.merchant.delete(oid)

        scan = DryScan(1500, 200, seed, (*quirks, *beside), meddle=purge).run()
        assert scan.proven, (seed, scan.conclusion)
        assert scan.lost == set(), seed


@pytest.mark.parametrize("quirks", [(), *by_email[:1], ("sort-refused",)], ids=named)
def test_a_scan_that_was_killed_goes_on_hours_later_among_other_customers(quirks: tuple[str, ...]) -> None:
    for seed in range(200 if DEEP else 8):
        beside, chance = BESIDE[seed % len(BESIDE)], Random(seed)  # noqa: S311  (a test's choice)
        scan = DryScan(1200, PAGE, seed, (*quirks, *beside), BUSIER)
        for _ in range(3):
            scan.run(chance.randrange(1, 12))
            oids = list(scan.merchant.oids())
            start, gone = chance.randrange(len(oids)), chance.choice([0, 3, 80, 300])
            for oid in oids[start : start + gone]:
                scan.merchant.delete(oid)
            for oid in chance.sample(list(scan.merchant.oids()), 6):
                scan.merchant.update(oid, {"email": f"{chance.choice('amz')}-{chance.random()}@example.com"})
            scan.driver.clock.move(chance.choice([1, 4000]))
            scan.killed()
        scan.run()
        assert scan.proven or quirks in by_email or UNTOLD in beside, (seed, scan.conclusion)
        if scan.proven:
            assert scan.lost == set(), seed


dearest = ((), ("sort-refused",))


@pytest.mark.parametrize(
    "quirks", [one for one in ORDERS if one not in UNPROVABLE] if DEEP else dearest, ids=named
)
def test_proof_costs_few_requests(quirks: tuple[str, ...]) -> None:
    """At most 5 % more than the pages that so many customers fill, the way to find the order included."""
    scan = DryScan(40_000, 200, 7, quirks, BUSIER).run()
    assert scan.proven
    assert scan.requests <= 1.05 * 40_000 / 200


def test_plain_paging_loses_customers_where_a_proven_scan_does_not(tmp_path: Path) -> None:
    """The same merchant and the same people at work, who do the same things after the same requests."""
    lost = Counter[str]()
    for seed in range(SEEDS if DEEP else 5):

        async def plainly(house: House) -> set[int]:
            before, seen = set(house.sandbox.merchant.oids()), set[int]()
            async for page in house.client.pages(limit=PAGE, sort="customer_profile_oid"):
                seen.update(row["customer_profile_oid"] or 0 for row in page.customers)
            return (before & set(house.sandbox.merchant.oids())) - seen

        async def with_proof(house: House, folder: Path = tmp_path / f"{seed}") -> set[int]:
            shop = _bare(house, folder, PAGE)
            before = set(house.sandbox.merchant.oids())
            assert (await shop.sync()).receipt.proof is Proof.PROVEN
            return (before & set(house.sandbox.merchant.oids())) - set(rows_of(shop))

        settings = small(CUSTOMERS, seed=seed, churn=BUSY)
        lost["plain"] += bool(in_memory(plainly, settings))
        lost["proven"] += bool(in_memory(with_proof, settings))
    assert lost["plain"] > (SEEDS if DEEP else 5) // 2
    assert lost["proven"] == 0


def _bare(house: House, folder: Path, page_size: int) -> Shop:
    """Without parts, which would only take time, and without fsyncs."""
    return Shop(house, folder, files=QuickFiles()).with_settings(
        expansions=(), page_size=page_size, deletes_max_percent=50
    )


@pytest.mark.parametrize("quirks", list(ORDERS)[:: 1 if DEEP else 3], ids=named)
def test_from_pages_that_moved_to_a_lake_that_is_right(tmp_path: Path, quirks: tuple[str, ...]) -> None:
    """A full sync, then an incremental one, while others work; then quiet."""

    async def scenario(house: House) -> None:
        shop, merchant = _bare(house, tmp_path, 20), house.sandbox.merchant
        provable = is_provable(quirks)
        before = {oid: _stamp(merchant, oid) for oid in merchant.oids()}
        first = (await shop.sync()).receipt
        _check_throughout(shop, before)
        assert (first.proof is Proof.PROVEN) == provable
        assert (first.full_snapshot is not None) == provable
        await asyncio.sleep(3600)
        _work(merchant, 40)
        before = {oid: _stamp(merchant, oid) for oid in merchant.oids()}
        await shop.sync()
        _check_throughout(shop, before)
        house.sandbox.churn = {}
        await asyncio.sleep(3600)
        await shop.sync()
        gone = set(rows_of(shop)) - set(merchant.oids())
        assert set(shop.disagreements()) <= gone
        last = (await shop.sync(full=True)).receipt
        assert (last.proof is Proof.PROVEN) == provable
        assert shop.disagreements() == ([] if provable else sorted(gone))

    in_memory(scenario, small(160, seed=5, quirks=frozenset(quirks), churn=BUSIER))


def _work(merchant: Any, changes: int) -> None:
    """A day's."""
    for number, oid in enumerate(list(merchant.oids())[::3][:changes]):
        merchant.update(oid, {"email": f"moved-{oid}@example.com"} if number % 2 else {"terms": "Net 30"})
        merchant.insert({"email": f"new-{number}@example.com"})


def _stamp(merchant: Any, oid: int) -> object:
    truth = merchant.truth(oid)
    return (
        None
        if truth is None
        else (truth.get("email"), truth["last_modified_dts"], truth.get("business_notes"))
    )


def _check_throughout(shop: Shop, before: dict[int, object]) -> None:
    """Those who were there before and are there still: in the lake once; as they are, unless they changed."""
    merchant = shop.house.sandbox.merchant
    rows = Counter(rows_of(shop))
    assert set(rows.values()) <= {1}
    there = {oid: stamp for oid, stamp in before.items() if merchant.truth(oid) is not None}
    if shop.receipt.proof is Proof.PROVEN:
        assert there.keys() <= rows.keys()
    unchanged = {oid for oid, stamp in there.items() if _stamp(merchant, oid) == stamp and oid in rows}
    assert not unchanged & set(shop.disagreements())


def test_who_moves_at_each_page_is_in_the_lake_of_a_proven_scan(tmp_path: Path) -> None:
    """From the last e-mail to the first, past the reader, at every page; one who was read changes, too."""

    async def scenario(house: House) -> None:
        shop, merchant = _bare(house, tmp_path, 50), house.sandbox.merchant
        moved: list[int] = []

        def email(oid: int) -> str:
            return str((merchant.truth(oid) or {}).get("email", "")).lower()

        read = sorted(merchant.oids(), key=email)[10]

        def move(progress: Progress) -> None:
            if len(moved) < 12:
                last = max(merchant.oids(), key=email)
                merchant.update(read, {"business_notes": f"called {progress.pages} times"})
                merchant.update(last, {"email": f"0-{progress.pages}@example.com"})
                moved.append(last)

        receipt = (await shop.sync(Noting(move))).receipt
        assert receipt.proof is Proof.PROVEN
        assert receipt.passes[0].order == BY_EMAIL
        assert sorted(rows_of(shop)) == list(merchant.oids())
        assert shop.disagreements() == []
        main = receipt.passes[0]
        assert main.distinct < receipt.rows  # the catch-up has those whom the main pass missed

    in_memory(scenario, small(600, quirks=frozenset({"sort-email-only"})))
