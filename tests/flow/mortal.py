"""A shop whose runs die: what a ward's child does, and what is looked at afterwards.

Every run is a process: it makes the same sandbox from the same seed, in virtual time, and brings it to
the same day; only the folder stays. So the parent knows the truth without having been there.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from tests.house import House, small
from tests.lakes import Shop
from tests.store.faulty import FaultyFiles, How, Killed, QuickFiles, kill_this_process
from tests.store.powerless import PowerlessFiles
from tests.watch import KEY, WatchedClient
from ucsync import ClientSettings, Secret, SimpleKey
from ucsync.flow import BookedBudget
from ucsync.model import StorageFailed
from ucsync.model.errors import CallFailed
from ucsync.net import AiohttpTransport, NoPacer
from ucsync.plan import Allowance, Grant, Lane, Rules, Wait
from ucsync.sandbox import SANDBOX, make_application
from ucsync.store import Database, DiskFiles, Files, Lake, QuotaBook
from ucsync.store.verifying import verify
from ucsync.testing import MemoryServer, VirtualClock, run_virtual

CUSTOMERS: Final = 16
PAGE: Final = 10
EXPANSIONS: Final = ("billing", "tags")
CLIENT: Final = ClientSettings(requests_per_s=None)
DAY: Final = Allowance(1000, 86_400)
HOUR_S: Final = 3600.0
#: Longer than the lag of a watermark, so that a run costs the same whenever it comes.
LATER_S: Final = 1000.0

LAKE_HOLDS: Final = {"CURRENT", "snapshots", "building", "run.lock"}
STATE_HOLDS: Final = {
    "ucsync.db", "ucsync.db-wal", "ucsync.db-shm", "ucsync.db-redo", "locks", "staging", "windows",
}  # fmt: skip

Told = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """What a run has to do.

    Attributes:
        later: whether there is a snapshot already, and customers have been inserted and updated since.
        full: whether all is read again; then some have been deleted, too.
    """

    name: str
    later: bool
    full: bool


SCENES: Final = {
    scene.name: scene
    for scene in (Scene("first", False, False), Scene("incremental", True, False), Scene("full", True, True))
}


@dataclass(frozen=True)
class Death:
    """When a run dies; `at` counts from 1, 0 is never.

    Attributes:
        how, at: what happens, at which change on disk.
        after_s: so many seconds after its beginning.
        asked, point: at which request, and where: before or after its grant, before or after it is settled.
    """

    how: How = How.KILL
    at: int = 0
    after_s: float | None = None
    asked: int = 0
    point: str = ""


POINTS: Final = ("before take", "after take", "before settle", "after settle")


class MortalBudget:
    """A budget at one of whose requests the process dies."""

    def __init__(self, inner: BookedBudget, death: Death, die: Callable[[], None]) -> None:
        self._inner = inner
        self._death = death
        self._die = die
        self._asked = 0

    @property
    def keeps_waits(self) -> bool:
        return self._inner.keeps_waits

    def take(self) -> Grant | Wait:
        self._asked += 1
        self._pass("before take")
        granted = self._inner.take()
        self._pass("after take")
        return granted

    def settle(self, grant: Grant, failure: CallFailed | None) -> None:
        self._pass("before settle")
        self._inner.settle(grant, failure)
        self._pass("after settle")

    def _pass(self, point: str) -> None:
        if (self._asked, point) == (self._death.asked, self._death.point):
            self._die()


def be_mortal(folder: str, scene: str, death: dict[str, Any], late_s: float, latency_s: float) -> Told:
    """One run of a scene, in a process that may die; says how far it came.

    Args:
        late_s: seconds since the scene was set.
        latency_s: of each answer.
    """
    death["how"] = How[death["how"]]
    return _lived(folder, scene, QuickFiles(), Death(**death), late_s=late_s, latency_s=latency_s)


def lose_power(folder: str, scene: str, at: int) -> Told:
    """A run that ends before a change on disk, and with it all that was not synced; then one that is sound.

    Says how far the first came, how much was lost, and as `go_on` does.
    """
    disk, ends = PowerlessFiles(Path(f"{folder}-lost")), list[Told]()

    def vanish(told: Told) -> None:
        ends.append(told)
        raise Killed

    with suppress(Killed):
        _lived(folder, scene, disk, Death(at=at), end=vanish)
    spent, lost, done = ends[0]["requests"], disk.lose_power(), published(folder)
    return {"spent": spent, "lost": lost, "published": done, **go_on(folder, scene, 60)}


def meet_a_fault(folder: str, scene: str, how: str, at: int) -> Told:
    """A run on a disk that is full or failing; then one on a sound disk.

    Says how the first ended and what stood afterwards, and as `go_on` does.
    """
    lake = Lake(DiskFiles(), Path(folder) / "lake" / "shop")
    before, failure, code = lake.receipts(), "", 0
    try:
        _lived(folder, scene, QuickFiles(), Death(How[how], at))
    except StorageFailed as failed:
        failure, code = str(failed), failed.exit_code
    faults = [fault for one in lake.receipts() for fault in verify(lake, one.snapshot)] + lake.damaged_ids()
    stands = lake.receipts()[: len(before)] == before and not faults and readable(lake)
    return {"failure": failure, "code": code, "old_stands": stands, **go_on(folder, scene, 60)}


def go_on(folder: str, scene: str, late_s: float) -> Told:
    """A run that meets no fault; what it came to, and what is wrong with what it left, in words."""
    told = _lived(folder, scene, QuickFiles(), Death(), late_s=late_s)
    return {**told, **run_virtual(_look(Path(folder), SCENES[scene]))}


def each(task: str, trials: list[list[Any]]) -> list[Told]:
    """One task with these arguments after the other, in one process: the first costs most."""
    tasks: dict[str, Callable[..., Told]] = {one.__name__: one for one in (lose_power, meet_a_fault, go_on)}
    return [tasks[task](*trial) for trial in trials]


def prepare(folder: str, scene: str) -> Told:
    """What there is before the scene: nothing, or a first snapshot."""
    Path(folder).mkdir()
    return _lived(folder, "first", QuickFiles(), Death()) if SCENES[scene].later else {}


def published(folder: str | Path) -> int:
    """How many snapshots are in their place."""
    snapshots = Path(folder) / "lake" / "shop" / "snapshots"
    return len(list(snapshots.iterdir())) if snapshots.is_dir() else 0


def readable(lake: Lake) -> bool:
    """Whether a reader finds the newest snapshot, before anybody has recovered the lake.

    A first snapshot that is there, and not current yet, is all that may be in the way.
    """
    try:
        return lake.current() is None or lake.current() in lake.receipts()
    except StorageFailed:
        return len(lake.receipts()) == 1


def _killed(told: Told) -> None:
    os.write(1, json.dumps(told).encode())
    kill_this_process()


def _lived(
    folder: str, scene: str, disk: Files, death: Death, *, end: Callable[[Told], None] = _killed,
    late_s: float = 0, latency_s: float = 0,
) -> Told:  # fmt: skip
    return run_virtual(_run(Path(folder), SCENES[scene], disk, death, end, late_s, latency_s))


async def _run(
    folder: Path, scene: Scene, disk: Files, death: Death, end: Callable[[Told], None],
    late_s: float, latency_s: float,
) -> Told:  # fmt: skip
    def told(**more: object) -> Told:
        return {"requests": house.sandbox.counters.requests, "operations": files.operations, **more}

    def die() -> None:
        end(told())

    files = FaultyFiles(disk, death.at, death.how, die)
    async with _house(folder, latency_s, lambda budget: MortalBudget(budget, death, die)) as house:
        await set_scene(house, scene)
        await asyncio.sleep(late_s)
        if death.after_s is not None:
            asyncio.get_running_loop().call_later(death.after_s, die)
        result = await shop_of(house, folder, files).sync(full=scene.full)
        return told(snapshot=result.snapshot, proof=result.receipt.proof.value, scanned=result.requests)


async def _look(folder: Path, scene: Scene) -> Told:
    async with _house(folder, 0, lambda budget: budget) as house:
        await set_scene(house, scene)
        shop = shop_of(house, folder, QuickFiles())
        wrong = [f"customer {oid} disagrees" for oid in shop.disagreements()] + faults_of(folder)
        with shop.database() as database:
            used = _book(database, house).spent(Lane.PUSH)[0].used
            return {"wrong": wrong, "used": used, "notice": database.notice}


def faults_of(folder: Path, merchant: str = "shop") -> list[str]:
    """Whatever is not as a run leaves it: unsound snapshots, temporary files, staged pages."""
    own = folder / "lake" / merchant
    lake = Lake(DiskFiles(), own)
    faults = [f"{one.snapshot}: {fault}" for one in lake.receipts() for fault in verify(lake, one.snapshot)]
    faults += [f"{snapshot}: damaged" for snapshot in lake.damaged_ids()]
    staged = [folder / "state" / name / merchant for name in ("staging", "windows")]
    for place in (own / "building", *staged):
        faults += [f"left in {place.name}: {path.name}" for path in place.rglob("*")]
    for place, known in ((own, LAKE_HOLDS), (folder / "state", STATE_HOLDS)):
        beside = {path.name for path in place.iterdir()} - known
        faults += [f"left in {place.name}: {name}" for name in beside]
    return faults


def shop_of(house: House, folder: Path, files: Any) -> Shop:
    """A small one."""
    shop = Shop(house, folder, files=files)
    return replace(shop, settings=replace(shop.settings, page_size=PAGE, expansions=EXPANSIONS))


async def set_scene(house: House, scene: Scene) -> None:
    """Bring the sandbox to the day of the scene."""
    if not scene.later:
        return
    await asyncio.sleep(HOUR_S - house.clock.monotonic())
    merchant = house.sandbox.merchant
    oids = list(merchant.oids())
    for oid in oids[2:13]:
        merchant.update(oid, {"business_notes": "called"})
    for number in range(3):
        merchant.insert({"email": f"new{number}@example.com"})
    if scene.full:
        for oid in oids[:2]:
            merchant.delete(oid)
    await asyncio.sleep(LATER_S)


@asynccontextmanager
async def _house(folder: Path, latency_s: float, budgeted: Callable[[Any], Any]) -> AsyncIterator[House]:
    """As `in_memory` has it, with a quota book in the shop's state."""
    clock = VirtualClock()
    application = make_application(small(CUSTOMERS, latency_s=latency_s), clock)
    credential = SimpleKey(Secret(KEY))
    with Database.open(DiskFiles(), folder / "state", clock.now()) as database:
        async with MemoryServer(application) as memory:
            transport = AiohttpTransport("http://localhost", credential, CLIENT, connector=memory.connector())
            house = House(None, application[SANDBOX], clock)  # type: ignore[arg-type]  # it follows
            budget = budgeted(BookedBudget(_book(database, house), Lane.PUSH))
            async with WatchedClient(
                credential, transport=transport, settings=CLIENT, clock=clock, pacer=NoPacer(),
                chance=lambda: 0.5, budget=budget,
            ) as client:  # fmt: skip
                house.client = client
                yield house


def _book(database: Database, house: House) -> QuotaBook:
    return QuotaBook(database, "shop", Rules((DAY,)), house.clock)
