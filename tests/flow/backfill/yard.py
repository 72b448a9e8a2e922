"""A shop in virtual time with everything real but the network: runs side by side, wired as the application
wires them, with the operating system's locks and the quota book.

    async def scenario(yard: Yard) -> None:
        backfill = asyncio.ensure_future(yard.backfill())
        await asyncio.sleep(900)
        night = await yard.sync()
        done = await backfill

    in_yard(scenario, customers=3000)

Each call is a run of its own, as a process of its own would be: its own locks, database, client, budget.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from tests.flow.test_quirks import TEXTS
from tests.house import QUICK, small
from tests.store.books import quick_folder
from tests.store.faulty import QuickFiles
from tests.watch import KEY
from ucsync import ClientSettings
from ucsync.app import reconcile_merchants, sync_merchants, workplace
from ucsync.backfilling import backfill_merchants
from ucsync.config import Config, MerchantConfig
from ucsync.flow import (
    Ended,
    ReconcileResult,
    Result,
    Stop,
    SyncResult,
    Watcher,
    Wishes,
    Workplace,
    disagreements,
)
from ucsync.flow.backfill.backfill_result import BackfillResult, BackfillWishes
from ucsync.flow.progress import BackfillProgress, Progress
from ucsync.model import Receipt
from ucsync.net import AiohttpTransport, Transport
from ucsync.plan import Allowance, OnQuota, SyncSettings
from ucsync.sandbox import SANDBOX, Sandbox, SandboxSettings, make_application
from ucsync.store import Database, Files, Lake
from ucsync.testing import Cut, MemoryServer, VirtualClock, run_virtual
from ucsync.ultracart import Credential
from ucsync.world import World, state_of

R = TypeVar("R", bound=Result)
T = TypeVar("T")

NAME: Final = "shop"
#: Few parts, small pages: what is at stake here is the order of things.
SYNC: Final = SyncSettings(
    expansions=("tags",), page_size=20, requests_per_hour=0, requests_per_day=0, lag_s=60
)


class Log(Watcher):
    """Keeps what it was told; may do something at each page of a window.

    Attributes:
        pages: those of the closing sync included.
    """

    def __init__(self, at_page: Callable[[int], None] = lambda pages: None) -> None:
        self.pages = 0
        self.progress: list[BackfillProgress] = []
        self.turns = 0
        self.waits = 0
        self.outages: list[str] = []
        self._at_page = at_page

    def on_scan(self, progress: Progress) -> None:
        self.pages += 1

    def on_backfill(self, progress: BackfillProgress) -> None:
        self.pages += 1
        self.progress.append(progress)
        self._at_page(len(self.progress))

    def on_turn(self) -> None:
        self.turns += 1

    def on_wait(self, until: object) -> None:
        self.waits += 1

    def on_outage(self, until: object, why: str) -> None:
        self.outages.append(why)


@dataclass
class Yard:
    """A merchant's lake and state, and the sandbox that they come from.

    Attributes:
        folder: holds lake and state; what is lost of them may be removed between runs.
        sandbox: the server.
        merchant: the configuration; replace it to change what is read.
        world: clock, disk, network.
        cut: breaks connections.
        named: the folder of the lakes.
    """

    folder: Path
    sandbox: Sandbox
    merchant: MerchantConfig
    world: World
    cut: Cut = field(default_factory=Cut)
    named: str = "lake"

    @property
    def config(self) -> Config:
        """As if it had been read from a file."""
        folder = self.folder
        return Config(folder / "ucsync.toml", folder / self.named, folder / "state", {NAME: self.merchant})

    @property
    def lake(self) -> Lake:
        return Lake(self.world.files, self.folder / self.named / NAME)

    @property
    def receipt(self) -> Receipt:
        """Of the current snapshot."""
        receipt = self.lake.current()
        assert receipt is not None
        return receipt

    async def sync(
        self, *, on_quota: OnQuota | None = None, stop: Stop | None = None, watcher: Watcher | None = None,
        **wishes: Any,
    ) -> SyncResult:  # fmt: skip
        """A nightly run, to its end; raises what it fails with."""
        ended = await sync_merchants(
            self.config, (), Wishes(**wishes),
            on_quota=on_quota, stop=stop or Stop(), watch=lambda _: watcher or Watcher(), world=self.world,
        )  # fmt: skip
        return result_of(ended)

    async def backfill(
        self, *, budget: Allowance | None = None, on_quota: OnQuota | None = None, stop: Stop | None = None,
        watcher: Watcher | None = None, **wishes: Any,
    ) -> BackfillResult:  # fmt: skip
        """A backfill, to its end or its pause; raises what it fails with. Windows are small unless it is
        said otherwise."""
        ended = await backfill_merchants(
            self.config, (), BackfillWishes(**{"window_pages": 4, **wishes}),
            budget=budget, on_quota=on_quota, stop=stop or Stop(), watch=lambda _: watcher or Watcher(),
            world=self.world,
        )  # fmt: skip
        return result_of(ended)

    async def reconcile(self, accept_deletes: int | None = None) -> ReconcileResult:
        """The same for `reconcile`."""
        ended = await reconcile_merchants(
            self.config, (), accept_deletes,
            on_quota=None, stop=Stop(), watch=lambda _: Watcher(), on_price=lambda *_: None,
            world=self.world,
        )  # fmt: skip
        return result_of(ended)

    def workplace(self, **more: Any) -> AbstractAsyncContextManager[Workplace]:
        """For any other run; see `app.workplace`."""
        return workplace(self.config, self.merchant, world=self.world, **more)

    def with_sync(self, **settings: Any) -> "Yard":
        """The same under other choices."""
        merchant = replace(self.merchant, sync=replace(self.merchant.sync, **settings))
        return replace(self, merchant=merchant)

    def with_lake(self, name: str) -> "Yard":
        """The same shop with another lake."""
        return replace(self, named=name)

    def state(self) -> AbstractContextManager[Database]:
        """What outlives a run."""
        return state_of(self.config, self.world)

    def disagreements(self) -> list[int]:
        """Customers whose rows are not what the sandbox has."""
        return disagreements(self.lake, self.receipt, self.merchant.sync, self.truth())

    def truth(self) -> list[Mapping[str, Any]]:
        """Every customer as the sandbox knows it, the one instant that is a text in the API as the quirks
        have it."""
        merchant, quirks = self.sandbox.merchant, self.sandbox.settings.quirks
        form = next((TEXTS[quirk] for quirk in sorted(quirks) if quirk in TEXTS), None)
        whole = [merchant.truth(oid) or {} for oid in merchant.oids()]
        return [one if form is None else {**one, **_signed_up(one, form)} for one in whole]

    @property
    def requests(self) -> int:
        """That the server has seen so far."""
        return self.sandbox.counters.requests


def _signed_up(customer: Mapping[str, Any], form: str) -> dict[str, str]:
    instant = datetime.fromisoformat(customer["signup_dts"]).astimezone(UTC)
    return {"signup_dts": instant.strftime(f"%Y-%m-%dT%H:%M:%S{form}")}


def result_of(ended: Sequence[Ended[R]]) -> R:
    """Of the only merchant; raises what it failed with."""
    [one] = ended
    if one.result is None:
        raise one.failure or AssertionError("a run ends with a result or with a failure")
    return one.result


def _key_in(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    key = folder / "key"
    key.touch(mode=0o600)
    key.write_text(KEY, encoding="utf-8")
    return key


@asynccontextmanager
async def opened(
    folder: Path, sandbox: SandboxSettings, sync: SyncSettings = SYNC, client: ClientSettings = QUICK,
    files: Files | None = None,
) -> AsyncIterator[Yard]:  # fmt: skip
    """A yard around a new sandbox, as of now; what is in the folder already stays."""
    clock, cut = VirtualClock(), Cut()
    application = make_application(sandbox, clock)
    key = _key_in(folder)
    merchant = MerchantConfig(
        NAME, server="http://localhost", key_source="key_file", key_place=str(key), settings=client, sync=sync
    )
    async with MemoryServer(application) as memory:

        def transport(merchant: MerchantConfig, credential: Credential) -> Transport:
            connector = memory.connector(cut)
            return AiohttpTransport("http://localhost", credential, merchant.settings, connector=connector)

        world = World(clock, files or QuickFiles(), transport, chance=lambda: 0.5)
        yield Yard(folder, application[SANDBOX], merchant, world, cut)


def in_yard(
    scenario: Callable[[Yard], Awaitable[T]],
    customers: int = 400,
    *,
    sync: Mapping[str, Any] | None = None,
    client: ClientSettings = QUICK,
    **sandbox: Any,
) -> T:
    """Run a scenario in virtual time; a request takes a second.

    Args:
        sync: choices of the merchant's owner, instead of those of `SYNC`.
        sandbox: settings of the sandbox.
    """

    async def main(folder: Path) -> T:
        settings = small(customers, **{"latency_s": 1.0, **sandbox})
        async with opened(folder, settings, replace(SYNC, **(sync or {})), client) as yard:
            return await scenario(yard)

    with quick_folder() as folder:
        return run_virtual(main(folder))
