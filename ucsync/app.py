"""The wiring: what is made of configuration and handed to the verbs.

Owns the choice of real clock, transport, pace and disk, and the locks of a run. Never decides, prints or
reads configuration itself.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeVar

from ucsync.config import (
    KEY_SOURCES,
    Beginning,
    Config,
    MerchantConfig,
    load_config,
    scan_fingerprint,
    write_config,
)
from ucsync.flow import (
    BookedBudget,
    Ended,
    Errand,
    Ledger,
    Lister,
    Price,
    ReconcileResult,
    Result,
    Stop,
    SyncResult,
    Watcher,
    Wishes,
    Workplace,
    disagreements,
    reconcile,
    run_side_by_side,
    sync,
)
from ucsync.flow.push.writer import Writer
from ucsync.model import Clock, ConfigurationInvalid, Misused, Secret, StorageFailed
from ucsync.net import SystemClock, UltraCart
from ucsync.plan import Allowance, Lane, OnQuota, Rules
from ucsync.store import DiskFiles, Lake, QuotaBook, Staging, hold, use_system_allocator
from ucsync.store.pushes import Pushes
from ucsync.store.written import Written
from ucsync.ultracart import Credential
from ucsync.world import SYSTEM, World, application_of, book_of, own_book_of, rules_of, state_of, turns_of

#: Kinds of places that a key may be in, with the setting of each, safest first.
KEYS_FROM: Final = {source.removeprefix("key_"): source for source in KEY_SOURCES}
VERSION: Final = version("ucsync")

R = TypeVar("R", bound=Result)
T = TypeVar("T")

_TERMINATED: Final = 128 + signal.SIGTERM

#: A backfill waits so long at most for quota while it keeps others out: long enough for requests to follow
#: those of an hour or of a day before in their own rhythm.
_STINT_WAIT_S: Final = 5.0


def system_clock() -> Clock:
    """The machine's clock."""
    return SystemClock()


def prepare_process() -> None:
    """For a process that is ours alone; called once, before anything else."""
    use_system_allocator()


def read_config(path: Path | None) -> Config:
    """The configuration of this process; see `load_config`."""
    return load_config(path, os.environ)


def begin_config(
    path: Path | None, merchant: str | None, server: str | None, key_from: str | None
) -> Beginning:
    """Write a first configuration; see `write_config`.

    Args:
        path, merchant, server: as there.
        key_from: what kind of place the key is in: one of `KEYS_FROM`, or None.
    """
    return write_config(path, merchant, server, None if key_from is None else KEYS_FROM[key_from])


def merchants_of(config: Config, names: Sequence[str]) -> list[MerchantConfig]:
    """Those of these names, in their order; all when none is named."""
    return [config.merchant(name) for name in dict.fromkeys(names)] or list(config.merchants.values())


def lake_of(config: Config, merchant: MerchantConfig) -> Lake:
    """Where a merchant's snapshots are."""
    return Lake(DiskFiles(), config.lake / merchant.name)


def written_of(config: Config, name: str) -> Written:
    """The register of what was written for a merchant outside of lake and state."""
    return Written(DiskFiles(), config.state / "written" / name)


def secret_of(variable: str) -> Secret:
    """What an environment variable holds, which is never shown.

    Raises:
        Misused: there is none, or nothing is in it.
    """
    held = os.environ.get(variable, "").strip()
    if not held:
        raise Misused(f"the environment has no {variable}, or nothing is in it")
    return Secret(held)


def exports_held(config: Config, name: str) -> AbstractContextManager[None]:
    """Keeps others from exporting a merchant's customers; raises Busy while somebody does."""
    return hold(config.state / "locks", [f"export-{name}"])


def disagreeing(config: Config, name: str, customers: Iterable[Mapping[str, Any]]) -> list[int]:
    """The customers whose rows in the current snapshot are not as they should be; see `disagreements`.

    Raises:
        StorageFailed: there is no snapshot, or it is damaged.
    """
    merchant = config.merchant(name)
    lake = lake_of(config, merchant)
    receipt = lake.current()
    if receipt is None:
        raise StorageFailed(f"{name}: there is no snapshot yet")
    return disagreements(lake, receipt, merchant.sync, customers)


async def sync_merchants(
    config: Config,
    names: Sequence[str],
    wishes: Wishes,
    *,
    on_quota: OnQuota | None,
    stop: Stop,
    watch: Callable[[str], Watcher],
    world: World = SYSTEM,
) -> list[Ended[SyncResult]]:
    """Sync the merchants of these names, all when none is named, side by side.

    Args:
        on_quota: instead of what the configuration says.
        watch: gives the watcher of a merchant's name.
        world: in which it happens.
    """

    async def work(place: Workplace) -> SyncResult:
        return await sync(place, wishes)

    return await _side_by_side(config, names, "sync", work, on_quota, stop, watch, world)


def sync_now(
    config: Path | None = None,
    merchants: Sequence[str] = (),
    *,
    full: bool = False,
    on_quota: OnQuota | None = None,
) -> list[Ended[SyncResult]]:
    """Sync merchants as `ucsync sync` does, in an event loop of its own: for scripts and schedulers.

    Ctrl-C and SIGTERM let it finish its page; the next run goes on from there.

    Args:
        config: the file; else `./ucsync.toml`, else where UCSYNC_CONFIG points.
        merchants: their names in the configuration; all when none is given.
        full: read everything, whatever the calendar says.
        on_quota: "wait" or "stop" when the quota is spent; else as configured.

    Returns:
        How it ended for each merchant; one's failure is nobody else's.

    Raises:
        ConfigurationInvalid: the configuration cannot be used; nothing was done.
    """
    found, wishes = read_config(config), Wishes(full=full)

    async def main(stop: Stop) -> list[Ended[SyncResult]]:
        return await sync_merchants(
            found, merchants, wishes, on_quota=on_quota, stop=stop, watch=lambda merchant: Watcher()
        )

    return run_until_stopped(main)


def run_until_stopped(main: Callable[[Stop], Coroutine[Any, Any, T]]) -> T:
    """Run to the end, or until Ctrl-C or SIGTERM asks to stop; a second Ctrl-C ends at once."""

    async def body() -> T:
        stop, loop = Stop(), asyncio.get_running_loop()

        def interrupted() -> None:
            loop.remove_signal_handler(signal.SIGINT)
            stop.ask()

        with suppress(NotImplementedError):  # where there are no signals in this sense
            loop.add_signal_handler(signal.SIGINT, interrupted)
            loop.add_signal_handler(signal.SIGTERM, stop.ask, _TERMINATED)
        return await main(stop)

    return asyncio.run(body())


def serve_until_stopped(serving: Coroutine[Any, Any, None]) -> None:
    """Run what serves others until Ctrl-C or SIGTERM: either is the way to end it."""

    async def body() -> None:
        task, loop = asyncio.current_task(), asyncio.get_running_loop()
        if task is not None:
            with suppress(NotImplementedError):  # where there are no signals in this sense
                loop.add_signal_handler(signal.SIGINT, task.cancel)
                loop.add_signal_handler(signal.SIGTERM, task.cancel)
        await serving

    with suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(body())


async def reconcile_merchants(
    config: Config,
    names: Sequence[str],
    accept_deletes: int | None,
    *,
    on_quota: OnQuota | None,
    stop: Stop,
    watch: Callable[[str], Watcher],
    on_price: Callable[[str, Price], None],
    world: World = SYSTEM,
) -> list[Ended[ReconcileResult]]:
    """Reconcile the merchants of these names, all when none is named, side by side."""

    async def work(place: Workplace) -> ReconcileResult:
        told = partial(on_price, place.merchant)
        return await reconcile(place, accept_deletes, told)

    return await _side_by_side(config, names, "reconcile", work, on_quota, stop, watch, world)


@asynccontextmanager
async def workplace(
    config: Config,
    merchant: MerchantConfig,
    *,
    lane: Lane = Lane.NIGHTLY,
    on_quota: OnQuota | None = None,
    stop: Stop | None = None,
    watcher: Watcher | None = None,
    budget: Allowance | None = None,
    world: World = SYSTEM,
) -> AsyncIterator[Workplace]:
    """All that a run for one merchant needs, and the locks that keep other runs out.

    A backfill that holds the locks is asked to make way, unless this is part of a backfill itself; that
    waits for nobody, nor longer than a moment for quota, while it keeps others out.

    Args:
        budget: a limit of the backfill's own.

    Raises:
        ConfigurationInvalid: there is no key where the configuration says.
        Busy: another run holds the application or the merchant; no request was sent.
        Stopped: asked to, while a backfill makes way.
        StorageFailed: the state cannot be used.
    """
    stop, watcher = stop or Stop(), watcher or Watcher()
    credential = merchant.credential(os.environ)
    application = application_of(merchant, credential)
    turns = turns_of(config, merchant, application, world)
    async with AsyncExitStack() as held:
        if lane is Lane.BACKFILL:
            held.enter_context(turns.now())
        else:
            await held.enter_async_context(turns.in_turn(stop))
        database = held.enter_context(state_of(config, world))
        book = book_of(merchant, application, database, world.clock)
        own = own_book_of(merchant, application, database, world.clock, budget)
        booked = _booked(merchant, lane, on_quota, watcher, book, own)
        client = await held.enter_async_context(_client(merchant, credential, booked, world))
        rules, files = rules_of(merchant.sync), world.files
        yield Workplace(
            merchant=merchant.name,
            settings=merchant.sync,
            push=merchant.push,
            fingerprint=scan_fingerprint(merchant),
            version=VERSION,
            application=application,
            lister=Lister(client, merchant.sync.expansions, merchant.sync.query),
            writer=Writer(client, merchant.sync.expansions),
            files=files,
            lake=Lake(files, config.lake / merchant.name),
            staging=Staging(files, config.state / "staging" / merchant.name),
            windows=Staging(files, config.state / "windows" / merchant.name),
            pushes=Pushes(files, config.state / "pushes" / merchant.name),
            database=database,
            clock=world.clock,
            watcher=watcher,
            stop=stop,
            ledger=Ledger(book, rules, lane, world.clock, own=_own_ledger(own, rules, lane, world)),
        )


def application_now(merchant: MerchantConfig) -> str:
    """Names its application, by the key that is there now. Raises ConfigurationInvalid."""
    return application_of(merchant, merchant.credential(os.environ))


def _booked(
    merchant: MerchantConfig, lane: Lane, on_quota: OnQuota | None, watcher: Watcher,
    book: QuotaBook, own: QuotaBook | None,
) -> BookedBudget:  # fmt: skip
    """A stint of a backfill ends where others wait, and says so when it is over."""
    if lane is Lane.BACKFILL:
        return BookedBudget(book, lane, on_quota="stop", own=own, short_s=_STINT_WAIT_S)
    on_quota = on_quota or merchant.sync.on_quota
    return BookedBudget(book, lane, on_quota=on_quota, on_wait=lambda wait: watcher.on_wait(wait.until))


def _client(
    merchant: MerchantConfig, credential: Credential, budget: BookedBudget, world: World
) -> UltraCart:
    transport = None if world.transport is None else world.transport(merchant, credential)
    server = merchant.server if transport is None else None
    return UltraCart(
        credential, server=server, transport=transport, settings=merchant.settings, clock=world.clock,
        budget=budget, chance=world.chance,
    )  # fmt: skip


def _own_ledger(own: QuotaBook | None, rules: Rules, lane: Lane, world: World) -> Ledger | None:
    return None if own is None else Ledger(own, rules, lane, world.clock)


async def _side_by_side(
    config: Config,
    names: Sequence[str],
    verb: str,
    work: Callable[[Workplace], Awaitable[R]],
    on_quota: OnQuota | None,
    stop: Stop,
    watch: Callable[[str], Watcher],
    world: World,
) -> list[Ended[R]]:
    errands = []
    for merchant in merchants_of(config, names):
        opened = partial(
            workplace, config, merchant,
            on_quota=on_quota, stop=stop, watcher=watch(merchant.name), world=world,
        )  # fmt: skip
        errands.append(Errand(merchant.name, turn_of(merchant), verb, opened, work))
    return await run_side_by_side(errands)


def turn_of(merchant: MerchantConfig) -> str:
    """By application; a merchant without a usable key is told so when its turn comes."""
    try:
        return application_now(merchant)
    except ConfigurationInvalid:
        return merchant.name
