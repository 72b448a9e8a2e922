"""The scene of a backfill: its beginning, two windows, and the sync that closes it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from tests.flow.backfill.yard import NAME, SYNC, Yard
from tests.house import QUICK, small
from tests.shim.stored import lake_in, unsound
from tests.shim.synced import ENDED, GRANTED, UNBOOKED, Mark
from tests.watch import KEY
from ucsync.config import MerchantConfig
from ucsync.model import Proof, Secret, UcsyncError
from ucsync.net import AiohttpTransport, Transport
from ucsync.plan import Allowance, Lane, Rules, SyncSettings
from ucsync.sandbox import SANDBOX, make_application
from ucsync.store import Database, DiskFiles, QuotaBook, Staging
from ucsync.testing import MemoryServer, VirtualClock, run_virtual
from ucsync.ultracart import Credential, RawAnswer, Request, SimpleKey
from ucsync.world import World, application_of

CUSTOMERS: Final = 6
#: Two windows of one page.
_SETTINGS: Final = SyncSettings(
    expansions=("tags",), page_size=4, requests_per_hour=0, requests_per_day=0, lag_s=SYNC.lag_s
)
_DISK: Final = DiskFiles()
_SECRET: Final = SimpleKey(Secret(KEY))


class _Telling:
    """A transport that marks each request: it is granted, and about to leave."""

    def __init__(self, inner: Transport, mark: Mark) -> None:
        self._inner = inner
        self._mark = mark

    async def send(self, request: Request) -> RawAnswer:
        """See `Transport`."""
        self._mark(GRANTED)
        return await self._inner.send(request)

    async def close(self) -> None:
        """See `Transport`."""
        await self._inner.close()


class Backfilling:
    """A backfill into an empty lake, as the command does it."""

    name = "backfill"

    def prepare(self, folder: Path) -> None:
        folder.mkdir()
        self._key(folder).write_text(KEY, encoding="utf-8")
        self._key(folder).chmod(0o600)

    def act(self, folder: Path, mark: Mark, late_s: float = 0) -> int:
        async def work() -> int:
            async with self._yard(folder, mark, late_s) as yard:
                try:
                    return (await yard.backfill(window_pages=1, waits=False, on_quota="stop")).exit_code
                except UcsyncError as failure:
                    return failure.exit_code

        code = run_virtual(work())
        mark(f"{ENDED} {code}")
        return code

    def wrong(self, folder: Path) -> list[str]:
        staged = Staging(_DISK, folder / "state" / "windows" / NAME).open_scan()
        return [] if staged is None else ["a window is still staged"]

    def untrue(self, folder: Path) -> list[str]:
        async def work() -> list[str]:
            async with self._yard(folder, lambda text: None, 0) as yard:
                told = yard.receipt
                whole = told.backfill is None and told.full_at is not None and told.proof is Proof.PROVEN
                wrong = [f"customer {oid} disagrees" for oid in yard.disagreements()]
                return [*wrong, *([] if whole else ["the lake is not whole"]), *unsound(yard.lake)]

        return run_virtual(work())

    def behind(self, folder: Path) -> list[str]:
        return unsound(lake_in(folder))

    def lost(self, folder: Path, marks: Sequence[str]) -> list[str]:
        """A request that was granted is in the quota book."""
        clock = VirtualClock()

        async def known() -> int:
            with Database.open(_DISK, folder / "state", clock.now()) as database:
                application = application_of(self._merchant(folder), _SECRET)
                book = QuotaBook(database, application, Rules((Allowance(1000, 86_400),)), clock)
                return book.spent(Lane.PUSH)[0].used

        booked = run_virtual(known())
        return [] if booked >= marks.count(GRANTED) else [UNBOOKED]

    @asynccontextmanager
    async def _yard(self, folder: Path, mark: Mark, late_s: float) -> AsyncIterator[Yard]:
        clock = VirtualClock()
        application = make_application(small(CUSTOMERS), clock)
        async with MemoryServer(application) as memory:

            def transport(merchant: MerchantConfig, credential: Credential) -> Transport:
                inner = AiohttpTransport(
                    "http://localhost", credential, merchant.settings, connector=memory.connector()
                )
                return _Telling(inner, mark)

            await clock.sleep(late_s)
            world = World(clock, _DISK, transport, chance=lambda: 0.5)
            yield Yard(folder, application[SANDBOX], self._merchant(folder), world)

    def _merchant(self, folder: Path) -> MerchantConfig:
        return MerchantConfig(
            NAME, server="http://localhost", key_source="key_file", key_place=str(self._key(folder)),
            settings=QUICK, sync=_SETTINGS,
        )  # fmt: skip

    @staticmethod
    def _key(folder: Path) -> Path:
        """Beside what is looked at."""
        return folder.parent / "key"
