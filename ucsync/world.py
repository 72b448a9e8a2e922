"""What a run meets outside of itself, and what of a merchant lies in the state: locks, quota books.

Owns the names of these. Never decides, prints or reads configuration.
"""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

from ucsync.config import Config, MerchantConfig
from ucsync.flow.turns import Turns
from ucsync.model import Clock
from ucsync.net import SystemClock, Transport, api_address
from ucsync.plan import Allowance, Reserves, Rules, SyncSettings
from ucsync.store import Database, DiskFiles, Files, QuotaBook
from ucsync.ultracart import Credential

_HOUR_S: Final = 3600
_DAY_S: Final = 86_400
#: A request under way may take its client's deadline, and a little more until it is settled.
_ANSWER_SPARE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class World:
    """What a run meets outside of itself.

    Attributes:
        clock: time and waiting.
        files: the disk.
        transport: makes what sends a merchant's requests; None for aiohttp to its server.
        chance: draws evenly from [0, 1) for the jitter of retries; None for the client's own.
    """

    clock: Clock = field(default_factory=SystemClock)
    files: Files = field(default_factory=DiskFiles)
    transport: Callable[[MerchantConfig, Credential], Transport] | None = None
    chance: Callable[[], float] | None = None


#: The machine, its disk and the network.
SYSTEM: Final = World()


def application_of(merchant: MerchantConfig, credential: Credential) -> str:
    """Names an application without telling its key: quota and "one request at a time" belong to it."""
    text = f"{api_address(merchant.server)} {credential.secret.reveal()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def turns_of(config: Config, merchant: MerchantConfig, application: str, world: World) -> Turns:
    """Who may run for a merchant, and when."""
    return Turns(config.state / "locks", config.lake / merchant.name, application, merchant.name, world.clock)


def state_of(config: Config, world: World) -> AbstractContextManager[Database]:
    """What outlives a run. Raises StorageFailed."""
    return Database.open(world.files, config.state, world.clock.now())


def book_of(merchant: MerchantConfig, application: str, database: Database, clock: Clock) -> QuotaBook:
    """The application's quota book, by the limits that the merchant's configuration has."""
    return _book(merchant, application, database, clock, rules_of(merchant.sync))


def own_book_of(
    merchant: MerchantConfig, application: str, database: Database, clock: Clock, budget: Allowance | None
) -> QuotaBook | None:
    """Of the backfill's requests alone, with a limit of their own; None without one."""
    if budget is None:
        return None
    return _book(merchant, f"{application}-backfill", database, clock, Rules((budget,), Reserves(0, 0)))


def _book(merchant: MerchantConfig, name: str, database: Database, clock: Clock, rules: Rules) -> QuotaBook:
    answer_s_max = merchant.settings.deadline_s + _ANSWER_SPARE_S
    return QuotaBook(database, name, rules, clock, answer_s_max=answer_s_max)


def rules_of(settings: SyncSettings) -> Rules:
    """The limits as configured, and the lanes' reserves."""
    figures = ((settings.requests_per_hour, _HOUR_S), (settings.requests_per_day, _DAY_S))
    limits = tuple(Allowance(requests, seconds) for requests, seconds in figures if requests)
    nightly = settings.reserve_percent
    backfill = max(nightly, settings.backfill_reserve_percent)  # it never goes before a sync
    return Rules(limits, Reserves(nightly / 100, backfill / 100))
