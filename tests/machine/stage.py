"""A merchant, and a machine that dies, loses its state, gets an old lake back, has a wrong clock.

Everything is as the application wires it; only the clock, the disk and the way to the server are given to
it. One loop in virtual time lives as long as the stage.
"""

import asyncio
import os
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from shutil import copytree, rmtree
from typing import Any, Final, TypeVar

import pyarrow.parquet as pq

from tests.flow.backfill.yard import NAME, Yard
from tests.house import QUICK, small
from tests.store.books import quick_folder
from tests.store.faulty import FaultyFiles, How, Killed, QuickFiles
from tests.watch import KEY
from ucsync.config import MerchantConfig
from ucsync.model import Backfill, Receipt, ScanKind, UcsyncError
from ucsync.net import AiohttpTransport, Transport
from ucsync.plan import SyncSettings
from ucsync.sandbox import SANDBOX, make_application
from ucsync.store import Lake, Staging
from ucsync.store.receipts import to_json
from ucsync.store.staging import header_of
from ucsync.testing import MemoryServer, VirtualClock, VirtualLoop
from ucsync.ultracart import Credential, RawAnswer, Request
from ucsync.world import World

T = TypeVar("T")

CUSTOMERS: Final = 24
#: Small pages; any number may be deleted, for that guard is tried elsewhere.
SYNC: Final = SyncSettings(
    expansions=("tags",), page_size=7, requests_per_hour=0, requests_per_day=0, lag_s=60,
    deletes_max_percent=100, full_every_nights=5, keep_daily=2, keep_weekly=1, keep_monthly=1,
)  # fmt: skip
LATENCY_S: Final = 1.0


class SteppedClock(VirtualClock):
    """Virtual time as a machine has it whose clock is put forward and back."""

    def __init__(self) -> None:
        super().__init__()
        self._wrong = timedelta(0)

    def now(self) -> datetime:
        """See `Clock`."""
        return super().now() + self._wrong

    def step(self, hours: float) -> None:
        """Put it forward, or back."""
        self._wrong += timedelta(hours=hours)


@dataclass(frozen=True)
class Death:
    """When a run dies: at a change to the disk, or at a request before or after it is sent; counted from 1,
    and 0 is never."""

    file: int = 0
    how: How = How.KILL
    request: int = 0
    is_sent: bool = False


class Way:
    """To the server; at one request the process dies."""

    def __init__(self, inner: Transport, death: Death) -> None:
        self._inner = inner
        self._death = death
        self._count = 0

    async def send(self, request: Request) -> RawAnswer:
        """See `Transport`."""
        self._count += 1
        dies = self._count == self._death.request
        if dies and not self._death.is_sent:
            raise Killed
        answer = await self._inner.send(request)
        if dies:
            raise Killed
        return answer

    async def close(self) -> None:
        """See `Transport`."""
        await self._inner.close()


class Stage:
    """What the rules of a state machine act upon; `close` it.

    Args:
        quirks: of the server.
        seed: of its customers.

    Attributes:
        clock: the machine's, which may be wrong.
        yard: the merchant as it is configured now, for runs that meet no fault.
    """

    def __init__(self, quirks: frozenset[str], seed: int) -> None:
        self._runner = asyncio.Runner(loop_factory=VirtualLoop)
        self._closing, self._leaving = ExitStack(), AsyncExitStack()
        self.folder = self._closing.enter_context(quick_folder())
        self.clock = SteppedClock()
        self._backups = 0
        settings = small(CUSTOMERS, seed=seed, quirks=quirks, latency_s=LATENCY_S)
        self.run(self._open(settings))

    async def _open(self, settings: Any) -> None:
        clock = VirtualClock()
        clock.now()  # so that it knows the loop, for those who ask outside of it
        application = make_application(settings, clock)
        self._memory = await self._leaving.enter_async_context(MemoryServer(application))
        key = self.folder / "key"
        key.touch(mode=0o600)
        key.write_text(KEY, encoding="utf-8")
        merchant = MerchantConfig(
            NAME, server="http://localhost", key_source="key_file", key_place=str(key), settings=QUICK,
            sync=SYNC,
        )  # fmt: skip
        world = World(self.clock, QuickFiles(), self._way(Death()), chance=lambda: 0.5)
        self.yard = Yard(self.folder, application[SANDBOX], merchant, world)

    def close(self) -> None:
        """Leave nothing."""
        self.run(self._leaving.aclose())
        self._runner.close()
        self._closing.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """To its end."""
        return self._runner.run(work)

    def mortal(self, death: Death) -> Yard:
        """The merchant in a process that dies."""
        files = FaultyFiles(QuickFiles(), death.file, death.how)
        return replace(self.yard, world=replace(self.yard.world, files=files, transport=self._way(death)))

    def survives(self, work: Coroutine[Any, Any, object]) -> bool:
        """Run it; whether it came to an end of its own, be that an error."""
        try:
            self.run(work)
        except Killed:
            return False
        except UcsyncError:
            return True
        return True

    def _way(self, death: Death) -> Any:
        def transport(merchant: MerchantConfig, credential: Credential) -> Transport:
            connector = self._memory.connector()
            inner = AiohttpTransport("http://localhost", credential, merchant.settings, connector=connector)
            return Way(inner, death)

        return transport

    def pass_time(self, hours: float) -> None:
        """Nothing happens."""
        self.run(asyncio.sleep(hours * 3600))

    # What befalls lake and state between runs.

    def lose_state(self) -> None:
        """As on a new machine."""
        rmtree(self.folder / "state", ignore_errors=True)

    def back_up(self) -> int:
        """Of the lake; the number of the backup."""
        self._backups += 1
        if (self.folder / "lake").exists():
            copytree(self.folder / "lake", self.folder / f"backup-{self._backups}", copy_function=os.link)
        return self._backups

    def roll_back(self, backup: int) -> None:
        """The lake is what it was then."""
        rmtree(self.folder / "lake", ignore_errors=True)
        if (self.folder / f"backup-{backup}").exists():
            copytree(self.folder / f"backup-{backup}", self.folder / "lake", copy_function=os.link)

    def update_ucsync(self) -> None:
        """Scans that are half done are of another version of ucsync from now on."""
        for kept in ("staging", "windows"):
            for folder in (self.folder / "state" / kept / NAME).glob("*"):
                header = header_of(folder)
                if header is not None:
                    elsewhere = self.folder / "older" / kept
                    Staging(QuickFiles(), elsewhere).begin(replace(header, version="older"))
                    (elsewhere / header.scan / "scan.json").replace(folder / "scan.json")
                    rmtree(self.folder / "older")

    def change_columns(self) -> None:
        """The newest snapshot is one with other columns from now on."""
        receipt = self.receipt
        if receipt is not None:
            path = self.lake.path_of(receipt.snapshot) / "receipt.json"
            path.unlink()  # a backup may have the same file
            path.write_bytes(to_json(replace(receipt, schema="older")))

    # What is looked at.

    @property
    def now_s(self) -> float:
        """Virtual seconds since the beginning."""
        return self._runner.get_loop().time()

    @property
    def lake(self) -> Lake:
        """Of the merchant."""
        return self.yard.lake

    @property
    def receipt(self) -> Receipt | None:
        """Of the current snapshot, once what a death has left is set right."""
        self.lake.recover()
        return self.lake.current()

    def staged(self) -> set[str]:
        """The places in which a half-done scan with pages is."""
        return {
            kept
            for kept in ("staging", "windows")
            if list((self.folder / "state" / kept / NAME).glob("*/*.json.zst"))
        }

    def rows(self) -> set[int]:
        """The oids in the lake."""
        receipt = self.receipt
        if receipt is None:
            return set()
        parts = (self.lake.path_of(receipt.snapshot) / "customers").glob("*.parquet")
        found = [
            oid
            for part in parts
            for oid in pq.ParquetFile(part).read(["customer_profile_oid"])[0].to_pylist()
        ]
        assert len(found) == len(set(found)), "a customer is there twice"
        return set(found)

    def there(self) -> set[int]:
        """The oids at the server."""
        return set(self.yard.sandbox.merchant.oids())

    def customer(self, choice: int) -> int:
        """One of them."""
        oids = list(self.yard.sandbox.merchant.oids())
        return oids[choice % len(oids)]

    def configure(self, **settings: Any) -> None:
        """Other choices of the merchant's owner."""
        self.yard = self.yard.with_sync(**settings)

    def is_read_anew(self, told: Backfill) -> bool:
        """Whether a backfill was begun on a lake that had been read under other settings."""
        receipts = {receipt.snapshot: receipt for receipt in self.lake.receipts()}
        begun = (one for one in receipts.values() if one.backfill is not None)
        first = next(one for one in begun if one.backfill and one.backfill.started_at == told.started_at)
        before = receipts.get(first.parent or "")
        return before is not None and (before.fingerprint, before.schema) != (told.fingerprint, told.schema)

    def is_full_begun(self) -> bool:
        """Whether a scan of everything is half done."""
        folders = (self.folder / "state" / "staging" / NAME).glob("*")
        headers = [header_of(folder) for folder in folders]
        return any(header is not None and header.kind is ScanKind.FULL for header in headers)


def change_of(what: str, number: int) -> Mapping[str, Any]:
    """An edit."""
    changes: dict[str, Mapping[str, Any]] = {
        "notes": {"business_notes": f"called {number} times", "terms": f"Net {number}"},
        "email": {"email": f"moved-{number}@example.com"},
        "tags": {"tags": [{"tag_value": f"tag {number}"}] * (number % 3)},
        "emptied": {"business_notes": None, "cc_emails": []},
    }
    return changes[what]
