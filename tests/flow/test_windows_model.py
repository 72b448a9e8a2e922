"""Windows, nights, pushes, other people, losses: in any order the lake only ever learns something newer."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.flow.push.by_hand import delete, insert, merge, pushed, update
from tests.flow.windows import ByHand
from tests.house import House, in_memory, small
from tests.lakes import NAME, Noting, Shop
from tests.store.faulty import QuickFiles
from ucsync.flow import Stop
from ucsync.model import Proof, Stopped
from ucsync.plan import KeepPolicy

SEEDS = 400 if os.environ.get("UCSYNC_DEEP") else 2
STEPS = 24
CUSTOMERS = 20


class World:
    """A shop, its backfill, and what a plain model knows of them.

    Attributes:
        versions: of each customer in the lake when it was last looked at; 0 for one nobody has changed.
        gone: whom pushes have removed; nobody of them is ever in the lake again.
        vanished: whom other people have removed, which the lake need not know.
    """

    def __init__(self, hand: ByHand, seed: int) -> None:
        self.hand = hand
        self.chance = Random(seed)  # noqa: S311  (a test's)
        self.versions: dict[int, int] = {}
        self.gone: set[int] = set()
        self.vanished: set[int] = set()
        self.number = 0
        self.done: list[str] = []

    @property
    def shop(self) -> Shop:
        return self.hand.shop

    @property
    def merchant(self) -> Any:
        return self.shop.house.sandbox.merchant

    async def step(self) -> None:
        """Anything may happen, and is noted for the message of a test that fails."""
        act = self.chance.choices(list(_ACTS), list(_ACTS.values()))[0]
        self.done.append(act.__name__)
        await act(self)
        self.look()

    def look(self) -> None:
        """What is in the lake is never older than it was, and nobody whom a push removed is in it."""
        now = self.rows()
        older = [oid for oid in now.keys() & self.versions.keys() if now[oid] < self.versions[oid]]
        assert older == [], self.done
        assert not now.keys() & self.gone, self.done
        self.versions = now

    def rows(self) -> dict[int, int]:
        """The lake."""
        names, found = ["customer_profile_oid", "business_notes"], dict[int, int]()
        folder = self.shop.lake.path_of(self.shop.receipt.snapshot) / "customers"
        for part in sorted(folder.glob("*.parquet")):
            for row in pq.read_table(part, columns=names).to_pylist():
                found[row[names[0]]] = int(told) if (told := row[names[1]] or "").isdigit() else 0
        return found

    def next_version(self) -> str:
        self.number += 1
        return str(self.number)

    def known(self, count: int) -> list[int]:
        """Different customers whom the lake and the server have, at most so many."""
        known = sorted(self.versions.keys() & set(self.merchant.oids()))
        return self.chance.sample(known, min(count, len(known)))


async def _pages(world: World) -> None:
    if not world.hand.is_done:
        await world.hand.read(world.chance.randint(1, 2))


async def _window(world: World) -> None:
    if not world.hand.is_done:
        await world.hand.publish(accepted=CUSTOMERS)


async def _night(world: World) -> None:
    await world.shop.sync(accept_deletes=CUSTOMERS)


async def _killed_night(world: World) -> None:
    stop = Stop()
    with suppress(Stopped):
        await world.shop.sync(Noting(lambda progress: stop.ask()), stop, accept_deletes=CUSTOMERS)


async def _push(world: World) -> None:
    kind, found = world.chance.randrange(4), world.known(2)
    if kind == 0 or len(found) < 2:
        await pushed(world.shop, insert(f"pushed-{world.next_version()}@example.com"))
    elif kind == 1:
        await pushed(world.shop, update(found[0], business_notes=world.next_version()))
    elif kind == 2:
        await pushed(world.shop, delete(found[0]))
        world.gone.add(found[0])
    else:
        await pushed(world.shop, merge(*found))
        world.gone.add(found[1])


async def _others(world: World) -> None:
    kind, oids = world.chance.randrange(5), list(world.merchant.oids())
    if kind == 0:
        world.merchant.insert({"email": f"new-{world.next_version()}@example.com"})
    elif kind == 1 and len(oids) > 4:
        oid = world.chance.choice(oids)
        world.merchant.delete(oid)
        world.vanished.add(oid)
    else:
        world.merchant.update(world.chance.choice(oids), {"business_notes": world.next_version()})


async def _time(world: World) -> None:
    await asyncio.sleep(world.chance.choice([1, 60, 3600, 86_400]))


async def _prune(world: World) -> None:
    world.shop.lake.prune(KeepPolicy(1, 0, 0))


async def _state_lost(world: World) -> None:
    shutil.rmtree(world.shop.folder / "state" / "windows", ignore_errors=True)


async def _set_back(world: World) -> None:
    """A backup is restored: the newest snapshot is gone, and with it what it alone knew. Where only the name
    of the current one is put back, the next run finds the newest again."""
    receipt, lake = world.shop.receipt, world.shop.lake
    parent = receipt.parent or ""
    before = [
        one for one in lake.receipts() if one.snapshot == parent and one.backfill and lake.has_rows(parent)
    ]
    if before:
        if world.chance.random() < 0.7:
            shutil.rmtree(lake.path_of(receipt.snapshot))
        current = world.shop.folder / "lake" / NAME / "CURRENT"
        current.write_text(f"{parent}\n")
        world.vanished |= world.gone
        world.gone.clear()
        world.versions = {}


_ACTS: dict[Callable[[World], Awaitable[None]], int] = {
    _pages: 9, _window: 3, _night: 4, _killed_night: 1, _push: 5, _others: 6, _time: 3, _prune: 1,
    _state_lost: 1, _set_back: 1,
}  # fmt: skip


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_happens_between_pages_the_lake_only_learns_something_newer(seed: int) -> None:
    async def scenario(house: House) -> None:
        with TemporaryDirectory() as folder:
            world = World(ByHand(Shop(house, Path(folder), files=QuickFiles()), page_size=4), seed)
            if seed % 2:
                await world.shop.sync()
                world.look()
            await world.hand.begin(newest_first=seed % 4 < 2)
            for _ in range(STEPS):
                await world.step()
            while not world.hand.is_done:
                await world.hand.publish(accepted=CUSTOMERS)
            await asyncio.sleep(600)
            closed = (await world.hand.close()).receipt
            world.look()
            assert (closed.proof, closed.backfill) == (Proof.PROVEN, None), closed.reasons
            wrong = set(world.shop.disagreements())
            assert wrong <= world.vanished, world.done
            assert wrong.isdisjoint(world.merchant.oids()), world.done

    in_memory(scenario, small(CUSTOMERS, seed=seed))
