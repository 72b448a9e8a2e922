"""The wiring: what is made of configuration and handed to the verbs.

Owns the choice of real clock, transport, pace and disk, and the locks of a run. Never decides, prints or
reads configuration itself.
"""

import asyncio
import hashlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
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
from ucsync.model import Clock, ConfigurationInvalid, StorageFailed
from ucsync.net import SystemClock, UltraCart, api_address
from ucsync.plan import Allowance, Lane, OnQuota, Reserves, Rules, SyncSettings
from ucsync.store import Database, DiskFiles, Lake, QuotaBook, Staging, hold, use_system_allocator
from ucsync.store.pushes import Pushes
from ucsync.ultracart import Credential

#: Kinds of places that a key may be in, with the setting of each, safest first.
KEYS_FROM: Final = {source.removeprefix("key_"): source for source in KEY_SOURCES}
VERSION: Final = version("ucsync")

R = TypeVar("R", bound=Result)
T = TypeVar("T")

_TERMINATED: Final = 128 + signal.SIGTERM

_HOUR_S: Final = 3600
_DAY_S: Final = 86_400
#: A request under way may take its client's deadline, and a little more until it is settled.
_ANSWER_SPARE_S: Final = 60.0


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
) -> list[Ended[SyncResult]]:
    """Sync the merchants of these names, all when none is named, side by side.

    Args:
        on_quota: instead of what the configuration says.
        watch: gives the watcher of a merchant's name.
    """

    async def work(place: Workplace) -> SyncResult:
        return await sync(place, wishes)

    return await _side_by_side(config, names, "sync", work, on_quota, stop, watch)


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


async def reconcile_merchants(
    config: Config,
    names: Sequence[str],
    accept_deletes: int | None,
    *,
    on_quota: OnQuota | None,
    stop: Stop,
    watch: Callable[[str], Watcher],
    on_price: Callable[[str, Price], None],
) -> list[Ended[ReconcileResult]]:
    """Reconcile the merchants of these names, all when none is named, side by side."""

    async def work(place: Workplace) -> ReconcileResult:
        told = partial(on_price, place.merchant)
        return await reconcile(place, accept_deletes, told)

    return await _side_by_side(config, names, "reconcile", work, on_quota, stop, watch)


@asynccontextmanager
async def workplace(
    config: Config,
    merchant: MerchantConfig,
    *,
    lane: Lane = Lane.NIGHTLY,
    on_quota: OnQuota | None = None,
    stop: Stop | None = None,
    watcher: Watcher | None = None,
) -> AsyncIterator[Workplace]:
    """All that a run for one merchant needs, and the locks that keep other runs out.

    Raises:
        ConfigurationInvalid: there is no key where the configuration says.
        Busy: another run holds the application or the merchant; no request was sent.
        StorageFailed: the state cannot be used.
    """
    clock, files, watcher = system_clock(), DiskFiles(), watcher or Watcher()
    credential = merchant.credential(os.environ)
    application = application_of(merchant, credential)
    locks = [f"application-{application}", f"merchant-{merchant.name}"]
    with (
        hold(config.state / "locks", locks),
        hold(config.lake / merchant.name, ["run"]),
        Database.open(files, config.state, clock.now()) as database,
    ):
        rules = rules_of(merchant.sync)
        book = QuotaBook(
            database, application, rules, clock,
            answer_s_max=merchant.settings.deadline_s + _ANSWER_SPARE_S,
        )  # fmt: skip
        budget = BookedBudget(
            book,
            lane,
            on_quota=on_quota or merchant.sync.on_quota,
            on_wait=lambda wait: watcher.on_wait(wait.until),
        )
        async with UltraCart(
            credential, server=merchant.server, settings=merchant.settings, clock=clock, budget=budget
        ) as client:
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
                pushes=Pushes(files, config.state / "pushes" / merchant.name),
                database=database,
                clock=clock,
                watcher=watcher,
                stop=stop or Stop(),
                ledger=Ledger(book, rules, lane, clock),
            )


def application_of(merchant: MerchantConfig, credential: Credential) -> str:
    """Names an application without telling its key: quota and "one request at a time" belong to it."""
    text = f"{api_address(merchant.server)} {credential.secret.reveal()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rules_of(settings: SyncSettings) -> Rules:
    """The limits as configured, and the lanes' reserves."""
    figures = ((settings.requests_per_hour, _HOUR_S), (settings.requests_per_day, _DAY_S))
    limits = tuple(Allowance(requests, seconds) for requests, seconds in figures if requests)
    return Rules(limits, Reserves(nightly=settings.reserve_percent / 100))


async def _side_by_side(
    config: Config,
    names: Sequence[str],
    verb: str,
    work: Callable[[Workplace], Awaitable[R]],
    on_quota: OnQuota | None,
    stop: Stop,
    watch: Callable[[str], Watcher],
) -> list[Ended[R]]:
    errands = []
    for merchant in merchants_of(config, names):
        opened = partial(
            workplace, config, merchant, on_quota=on_quota, stop=stop, watcher=watch(merchant.name)
        )
        errands.append(Errand(merchant.name, _turn_of(merchant), verb, opened, work))
    return await run_side_by_side(errands)


def _turn_of(merchant: MerchantConfig) -> str:
    """By application; a merchant without a usable key is told so when its turn comes."""
    try:
        return application_of(merchant, merchant.credential(os.environ))
    except ConfigurationInvalid:
        return merchant.name
