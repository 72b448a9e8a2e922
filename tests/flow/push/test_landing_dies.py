"""Publishing answers meets a fault at every change on disk: nothing is lost, nothing is published twice."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

from tests.flow.push.by_hand import begun, delete, insert, merge, send, update
from tests.flow.push.mortal_landing import CUSTOMERS, left, publish_all, shop_in
from tests.flow.push.test_landing import rows
from tests.house import House, in_memory, small
from tests.lakes import Shop
from tests.store.books import quick_folder
from tests.store.faulty import DEADLY, FaultyFiles, How, Killed, QuickFiles
from tests.store.powerless import PowerlessFiles
from tests.ward import Ward
from ucsync.flow.push.landing import publish_left_behind
from ucsync.model import StorageFailed
from ucsync.store.verifying import verify

DEEP = "UCSYNC_DEEP" in os.environ
HOWS: Sequence[How] = tuple(How) if DEEP else (How.SHORT, How.ENOSPC)
#: Every so many changes, at each of the hows another.
STEP = 1 if DEEP else 4


@dataclass
class Sent:
    """A push that has landed and is not published yet.

    Attributes:
        folder: with lake and state, to be copied for each trial.
        shop: in it.
        operations: changes on disk that a sound publication makes.
    """

    folder: Path
    shop: Shop
    operations: list[tuple[str, str]]

    def copy(self, name: str) -> Shop:
        """A shop of its own, as it was before the publication."""
        return shop_in(self.shop.house, copytree(self.folder, self.folder.with_name(name)))


async def a_push(house: House, folder: Path) -> Sent:
    shop = shop_in(house, folder / "sent")
    await shop.sync()
    oids = list(house.sandbox.merchant.oids())
    steps = [
        update(oids[0], website_url="https://a.example"), insert("new@example.com"), delete(oids[2]),
        merge(oids[4], oids[3]), update(oids[11], website_url="https://b.example"),
    ]  # fmt: skip
    with begun(shop, steps) as journal:
        await send(shop, journal)
    made = Sent(shop.folder, shop, [])
    recorder = FaultyFiles(QuickFiles())
    sound = made.copy("sound")
    with sound.database() as database:
        await publish_left_behind(shop_in(house, sound.folder, recorder).place(database))
    made.operations = recorder.operations
    return made


async def check(shop: Shop, why: object) -> bool:
    """Whatever was left, the next run makes the lake right; whether all had been published before."""
    before = len(shop.lake.receipts())
    assert await publish_all(shop) == 2 - before, why
    assert shop.disagreements() == [], why
    assert len(shop.lake.receipts()) == 2, why
    assert len(rows(shop, "FROM merges")) == 1, why
    assert len(rows(shop, "FROM changes WHERE op = 'merge'")) == 1, why
    assert verify(shop.lake, shop.receipt.snapshot) == [], why
    assert left(shop) == [], why
    assert not any((shop.folder / "lake" / "shop" / "building").iterdir()), why
    return before == 2


def test_whatever_dies_while_answers_are_published_the_next_run_does_it_once(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        made, seen = await a_push(house, tmp_path), set()
        for place, how in enumerate(HOWS):
            for at in range(1 + 2 * place % STEP, len(made.operations) + 1, STEP):
                shop = made.copy(f"{how.name}-{at}")
                mortal = shop_in(house, shop.folder, FaultyFiles(QuickFiles(), at, how))
                with suppress(Killed, StorageFailed), shop.database() as database:
                    await publish_left_behind(mortal.place(database))
                seen.add((how in DEADLY, await check(shop, (how, at, made.operations[at - 1]))))
        assert {(True, False), (True, True), (False, False)} <= seen

    in_memory(scenario, small(CUSTOMERS))


def test_a_power_loss_while_answers_are_published_costs_nothing(tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        made, seen = await a_push(house, tmp_path), set()
        for at in range(1, len(made.operations) + 2, 1 if DEEP else 2):
            shop = made.copy(f"power-{at}")
            disk = PowerlessFiles(tmp_path / f"lost-{at}")
            mortal = shop_in(house, shop.folder, FaultyFiles(disk, at))
            with suppress(Killed), shop.database() as database:
                await publish_left_behind(mortal.place(database))
            disk.lose_power()
            seen.add(await check(shop, at))
        assert seen == {True, False}

    in_memory(scenario, small(CUSTOMERS))


def test_kill_9_at_any_change_is_made_good_by_the_next_run(ward: Ward) -> None:
    async def scenario(house: House) -> None:
        made, seen, step = await a_push(house, folder), set(), 1 if DEEP else 7
        for at in range(1, len(made.operations) + 1, step):
            shop = made.copy(f"killed-{at}")
            how = (How.KILL, How.DIE_AFTER)[at % 2]
            ended = ward.run("tests.flow.push.mortal_landing:be_mortal", str(shop.folder), at, how.name)
            assert ended.code == -9, ended.err
            seen.add(await check(shop, (how, at)))
        assert seen == {True, False}

    with quick_folder() as folder:
        in_memory(scenario, small(CUSTOMERS))
