"""Scenes of a whole sync: locks, state, quota book, staging, publication and the list of runs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from tests.flow.mortal import (
    CLIENT,
    CUSTOMERS,
    HOUR_S,
    SCENES,
    Scene,
    faults_of,
    readable,
    set_scene,
    shop_of,
)
from tests.house import House, small
from tests.lakes import NAME
from tests.watch import KEY
from ucsync import Secret, SimpleKey, UltraCart
from ucsync.flow import (
    BookedBudget,
    Ended,
    Errand,
    SyncResult,
    Wishes,
    Workplace,
    disagreements,
    run_side_by_side,
    sync,
)
from ucsync.model import Clock, Receipt
from ucsync.net import AiohttpTransport, NoPacer
from ucsync.plan import Allowance, Grant, Lane, Rules, SyncSettings, Wait
from ucsync.sandbox import SANDBOX, make_application
from ucsync.store import Database, DiskFiles, Lake, QuotaBook, Staging, hold
from ucsync.store.verifying import verify
from ucsync.testing import START, MemoryServer, VirtualClock, run_virtual

Mark = Callable[[str], None]

#: Said when a request is granted, and at the end of a run, with its exit code.
GRANTED: Final = "granted"
ENDED: Final = "ended"

UNBOOKED: Final = "a request that was granted is not in the quota book"

_FIRST: Final = SCENES["first"]
#: When everything changes in a scene that comes later.
_CHANGED_AT: Final = START + timedelta(seconds=HOUR_S)
_RULES: Final = Rules((Allowance(1000, 86_400),))
_FILES: Final = DiskFiles()


class _Telling(BookedBudget):
    """Marks each grant: it is on the disk, and the request is about to leave."""

    def __init__(self, book: QuotaBook, mark: Mark) -> None:
        super().__init__(book, Lane.NIGHTLY)
        self._mark = mark

    def take(self) -> Grant | Wait:
        """See `Budget`."""
        taken = super().take()
        if isinstance(taken, Grant):
            self._mark(GRANTED)
        return taken


@dataclass(frozen=True)
class Syncing:
    """A sync of a merchant as it is on the day of `scene`, the way the command does it."""

    scene: Scene

    @property
    def name(self) -> str:
        return f"sync {self.scene.name}"

    def prepare(self, folder: Path) -> None:
        """What there is before: nothing, or a first snapshot and its state."""
        folder.mkdir()
        if self.scene.later:
            assert Syncing(_FIRST).act(folder, lambda text: None) == 0

    def act(self, folder: Path, mark: Mark, late_s: float = 0) -> int:
        """One run; its exit code."""
        code = run_virtual(self._run(folder, mark, late_s)).exit_code
        mark(f"{ENDED} {code}")
        return code

    def wrong(self, folder: Path) -> list[str]:
        return []

    def untrue(self, folder: Path) -> list[str]:
        """Whatever is not as a run leaves it, or not as the server has it."""
        lake = Lake(_FILES, folder / "lake" / NAME)
        receipt = lake.current()
        assert receipt is not None
        return [*faults_of(folder), *_disagreeing(lake, receipt, self.scene)]

    def behind(self, folder: Path) -> list[str]:
        """The lake has whatever changed before its watermark; one that is not current yet may be read not."""
        lake = Lake(_FILES, folder / "lake" / NAME)
        if not readable(lake):
            return ["the lake cannot be read"]
        receipts = lake.receipts()
        wrong = [f"{one.snapshot}: {fault}" for one in receipts for fault in verify(lake, one.snapshot)]
        for receipt in receipts:
            changed = receipt.watermark >= _CHANGED_AT
            wrong += _disagreeing(lake, receipt, self.scene if changed else _FIRST)
        return [*wrong, *(f"{snapshot}: damaged" for snapshot in lake.damaged_ids())]

    def lost(self, folder: Path, marks: Sequence[str]) -> list[str]:
        """A request that was granted is in the quota book; a page is kept before the next request leaves."""
        granted, lake = marks.count(GRANTED), Lake(_FILES, folder / "lake" / NAME)
        known, notice = run_virtual(self._booked(folder))
        wrong = [] if notice is None else [notice]
        wrong += [] if known >= granted else [UNBOOKED]
        if len(lake.receipts()) == self.scene.later:  # not published yet
            staged = Staging(_FILES, folder / "state" / "staging" / NAME).open_scan()
            kept = 0 if staged is None else staged.count
            wrong += [] if kept >= granted - 1 else ["a page is lost after which another was asked for"]
        return wrong

    async def _booked(self, folder: Path) -> tuple[int, str | None]:
        """How many requests the quota book knows of, and whether it was damaged."""
        clock = VirtualClock()
        await asyncio.sleep(HOUR_S)
        with Database.open(_FILES, folder / "state", clock.now()) as database:
            return _book(database, clock).spent(Lane.PUSH)[0].used, database.notice

    async def _run(self, folder: Path, mark: Mark, late_s: float) -> Ended[SyncResult]:
        async with _served() as (server, house):
            await set_scene(house, self.scene)
            await asyncio.sleep(late_s)
            opened = partial(_opened, server, house, folder, mark)
            work = partial(sync, wishes=Wishes(full=self.scene.full))
            [ended] = await run_side_by_side([Errand(NAME, NAME, "sync", opened, work)])
            return ended


def _disagreeing(lake: Lake, receipt: Receipt, scene: Scene) -> list[str]:
    """Customers who are not as the server has them; rows that were found right once are right again."""
    parts = sorted((lake.path_of(receipt.snapshot) / "customers").iterdir())
    table = pa.concat_tables([pq.read_table(part, use_threads=False) for part in parts])
    rows = table.drop_columns(["_scan", "_observed_at"])
    known = _RIGHT.setdefault(scene, [])
    if any(rows.equals(one) for one in known):
        return []
    found = disagreements(lake, receipt, *shop_on(scene))
    known += [] if found else [rows]
    return [f"customer {oid} disagrees" for oid in found]


#: By the day of the scene.
_RIGHT: Final[dict[Scene, list[Any]]] = {}


@cache
def shop_on(scene: Scene) -> tuple[SyncSettings, list[Mapping[str, Any]]]:
    """The settings, and every customer as the server has it on the day of a scene."""

    async def look() -> tuple[SyncSettings, list[Mapping[str, Any]]]:
        async with _served() as (_, house):
            await set_scene(house, scene)
            shop = shop_of(house, Path(), _FILES)
            return shop.settings, shop.truth()

    return run_virtual(look())


@asynccontextmanager
async def _served() -> AsyncIterator[tuple[MemoryServer, House]]:
    """The sandbox, and a house without a client: whoever runs brings one along."""
    clock = VirtualClock()
    application = make_application(small(CUSTOMERS), clock)
    async with MemoryServer(application) as server:
        yield server, House(None, application[SANDBOX], clock)  # type: ignore[arg-type]  # it follows


@asynccontextmanager
async def _opened(server: MemoryServer, house: House, folder: Path, mark: Mark) -> AsyncIterator[Workplace]:
    """A workplace in the order in which the application makes it."""
    state, credential = folder / "state", SimpleKey(Secret(KEY))
    with (
        hold(state / "locks", [f"application-{NAME}", f"merchant-{NAME}"]),
        hold(folder / "lake" / NAME, ["run"]),
        Database.open(_FILES, state, house.clock.now()) as database,
    ):
        budget = _Telling(_book(database, house.clock), mark)
        transport = AiohttpTransport("http://localhost", credential, CLIENT, connector=server.connector())
        async with UltraCart(
            credential, transport=transport, settings=CLIENT, clock=house.clock, pacer=NoPacer(),
            chance=lambda: 0.5, budget=budget,
        ) as client:  # fmt: skip
            house.client = client
            yield shop_of(house, folder, _FILES).place(database)


def _book(database: Database, clock: Clock) -> QuotaBook:
    return QuotaBook(database, NAME, _RULES, clock)
