"""A merchant's lake beside a sandbox: what a flow's test is given, and how it compares the two."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.house import House
from ucsync.flow import (
    Ledger,
    Lister,
    Progress,
    ReconcileResult,
    Stop,
    SyncResult,
    Watcher,
    Wishes,
    Workplace,
    disagreements,
    reconcile,
    sync,
)
from ucsync.flow.push.writer import Writer
from ucsync.model import Receipt
from ucsync.plan import Lane, Rules, SyncSettings
from ucsync.plan.push_settings import PushSettings
from ucsync.store import Database, DiskFiles, Files, Lake, Staging
from ucsync.store.pushes import Pushes
from ucsync.ultracart import EXPANSIONS

NAME = "shop"
SETTINGS = SyncSettings(expansions=tuple(name for name in EXPANSIONS if name != "cards"))

PUSH = PushSettings()

DISK = DiskFiles()

UNLIMITED = Rules(())


class Noting(Watcher):
    """Keeps what it was told; may do something at each page."""

    def __init__(self, at_page: Callable[[Progress], None] = lambda progress: None) -> None:
        self.pages: list[Progress] = []
        self._at_page = at_page

    def on_scan(self, progress: Progress) -> None:
        """See `Watcher`."""
        self.pages.append(progress)
        self._at_page(progress)


@dataclass
class Shop:
    """A house with a lake; as a new process each time it is `opened`."""

    house: House
    folder: Path
    settings: SyncSettings = SETTINGS
    push: PushSettings = PUSH
    files: Files = DISK
    fingerprint: str = "0123456789abcdef"
    version: str = "1"
    application: str = "0" * 16
    rules: Rules = UNLIMITED

    @property
    def lake(self) -> Lake:
        return Lake(self.files, self.folder / "lake" / NAME)

    @property
    def receipt(self) -> Receipt:
        """Of the current snapshot."""
        receipt = self.lake.current()
        assert receipt is not None
        return receipt

    def place(
        self, database: Database, watcher: Watcher | None = None, stop: Stop | None = None
    ) -> Workplace:
        """A workplace as the application makes it."""
        return Workplace(
            merchant=NAME,
            settings=self.settings,
            push=self.push,
            fingerprint=self.fingerprint,
            version=self.version,
            lister=Lister(self.house.client, self.settings.expansions, self.settings.query),
            writer=Writer(self.house.client, self.settings.expansions),
            files=self.files,
            lake=self.lake,
            staging=Staging(self.files, self.folder / "state" / "staging" / NAME),
            windows=Staging(self.files, self.folder / "state" / "windows" / NAME),
            pushes=Pushes(self.files, self.folder / "state" / "pushes" / NAME),
            database=database,
            clock=self.house.clock,
            watcher=watcher or Watcher(),
            stop=stop or Stop(),
            application=self.application,
            ledger=Ledger(None, self.rules, Lane.NIGHTLY, self.house.clock),
        )

    def database(self) -> Database:
        """The state."""
        return Database.open(self.files, self.folder / "state", self.house.clock.now())

    async def sync(
        self, watcher: Watcher | None = None, stop: Stop | None = None, **wishes: Any
    ) -> SyncResult:
        """One run."""
        with self.database() as database:
            return await sync(self.place(database, watcher, stop), Wishes(**wishes))

    async def reconcile(self, accept_deletes: int | None = None) -> ReconcileResult:
        """One run."""
        with self.database() as database:
            return await reconcile(self.place(database), accept_deletes, lambda price: None)

    def with_settings(self, **settings: Any) -> "Shop":
        """The same shop under other choices."""
        return replace(self, settings=replace(self.settings, **settings))

    def truth(self) -> list[Mapping[str, Any]]:
        """Every customer as the sandbox knows it."""
        merchant = self.house.sandbox.merchant
        return [merchant.truth(oid) or {} for oid in merchant.oids()]

    def disagreements(self) -> list[int]:
        """Customers whose rows are not what the sandbox has."""
        return disagreements(self.lake, self.receipt, self.settings, self.truth())
