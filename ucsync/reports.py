"""The wiring of the commands that report: what is read, without locks where a run may be under way.

Owns the choice of what to look at for a merchant of the configuration. Never decides, prints or writes,
but for the removal of what the keep policy does not keep, and exports.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from ucsync.app import (
    VERSION,
    application_now,
    lake_of,
    merchants_of,
    system_clock,
    workplace,
    written_of,
)
from ucsync.config import Config, MerchantConfig, scan_fingerprint
from ucsync.flow import Stop
from ucsync.flow.backfill.asking import time_of_day
from ucsync.flow.backfill.backfill_forecast import BackfillForecast, BackfillProspect, forecast_backfill
from ucsync.flow.backfill.backfill_result import BackfillWishes
from ucsync.flow.checkup import Checkup, Premises, check_up
from ucsync.flow.forecast import Forecast, Prospect, forecast_sync
from ucsync.flow.ledger import Ledger
from ucsync.flow.sampling import SampleResult, read_sample
from ucsync.flow.snapshots import (
    SnapshotList,
    Verification,
    find_snapshot,
    keep_policy,
    list_snapshots,
    receipt_of,
    verify_snapshot,
)
from ucsync.flow.status import Status, status
from ucsync.model import ConfigurationInvalid, Guarded, Misused, Receipt, Tier
from ucsync.plan import Allowance, Basis, Lane, Reserves, Rules
from ucsync.store import SCHEMA_ID, Database, Lake, hold
from ucsync.store.exporting import ExportKind, export
from ucsync.store.looking import copy_of_database, half_done
from ucsync.store.querying import Answer as Answer  # for those who may not look into the store
from ucsync.store.querying import Tables as Tables
from ucsync.store.querying import open_tables
from ucsync.store.written import Deed, Wrote
from ucsync.world import book_of, own_book_of, rules_of

#: Kinds of files that a snapshot can be exported to, by the ending of a file's name.
EXPORTS: Final = {f".{kind.value}": kind.value for kind in ExportKind} | {".jsonl": ExportKind.NDJSON.value}


def statuses(config: Config, names: Sequence[str]) -> list[Status]:
    """How the merchants of these names stand, all when none is named; no request, no lock, no write."""
    clock = system_clock()
    found = []
    with copy_of_database(config.state) as (database, fault):
        for merchant in merchants_of(config, names):
            ledger, unknown = ledger_of(merchant, database, Lane.NIGHTLY)
            notes = tuple(note for note in (fault, unknown) if note)
            staging, windows = (config.state / name / merchant.name for name in ("staging", "windows"))
            found.append(
                status(
                    merchant.name, lake_of(config, merchant), staging, windows, merchant.sync, database,
                    ledger, now=clock.now(), notes=notes,
                )
            )  # fmt: skip
    return found


def forecasts(config: Config, names: Sequence[str], *, full: bool, customers: int | None) -> list[Forecast]:
    """What the next sync of these merchants would be, each as if the others sent nothing; no request, no
    lock, no write."""
    clock = system_clock()
    found = []
    with copy_of_database(config.state) as (database, fault):
        for merchant in merchants_of(config, names):
            ledger, unknown = ledger_of(merchant, database, Lane.NIGHTLY)
            prospect = Prospect(
                merchant=merchant.name,
                settings=merchant.sync,
                basis=Basis(scan_fingerprint(merchant), SCHEMA_ID),
                version=VERSION,
                half_done=half_done(config.state / "staging" / merchant.name),
                ledger=ledger,
                notes=tuple(note for note in (fault, unknown) if note),
            )
            lake = lake_of(config, merchant)
            found.append(forecast_sync(prospect, lake, now=clock.now(), full=full, customers=customers))
    return found


def backfill_forecasts(
    config: Config,
    names: Sequence[str],
    wishes: BackfillWishes,
    *,
    budget: Allowance | None,
    customers: int | None,
    nightly_at: str | None,
) -> list[BackfillForecast]:
    """What a backfill of these merchants would be, each as if the others sent nothing; no request, no lock,
    no write.

    Args:
        budget: the backfill's own limit.
        nightly_at: when the nightly runs begin, HH:MM by the machine's clock, or `never`; None to go by
            those so far.

    Raises:
        Misused: `nightly_at` is no time, or another backfill is under way.
    """
    clock = system_clock()
    no_nights = nightly_at == "never"
    at = None if nightly_at is None or no_nights else time_of_day("--nightly-at", nightly_at)
    found = []
    with copy_of_database(config.state) as (database, fault):
        for merchant in merchants_of(config, names):
            ledger, unknown = ledger_of(merchant, database, Lane.BACKFILL, budget)
            prospect = BackfillProspect(
                merchant=merchant.name,
                settings=merchant.sync,
                basis=Basis(scan_fingerprint(merchant), SCHEMA_ID),
                version=VERSION,
                half_done=half_done(config.state / "windows" / merchant.name),
                full_half_done=half_done(config.state / "staging" / merchant.name),
                ledger=ledger,
                budget=budget,
                now=clock.now(),
                nightly=at,
                no_nights=no_nights,
                zone=None,
                notes=tuple(note for note in (fault, unknown) if note),
            )
            lake = lake_of(config, merchant)
            try:
                found.append(forecast_backfill(prospect, lake, wishes, customers))
            except Misused as misused:
                raise Misused(f"{merchant.name}: {misused}") from None
    return found


def merchant_and_snapshot(config: Config, words: Sequence[str]) -> tuple[str, str | None]:
    """What a person means by `[MERCHANT] [SNAPSHOT]`: of the only merchant the name may be left out.

    Raises:
        ConfigurationInvalid: there is no such merchant, or none is named and there are several.
    """
    if len(words) == 1 and words[0] not in config.merchants and len(config.merchants) == 1:
        return config.merchant(None).name, words[0]
    name = config.merchant(words[0] if words else None).name
    return name, words[1] if len(words) > 1 else None


def snapshots_of(config: Config, name: str) -> SnapshotList:
    """See `list_snapshots`."""
    return list_snapshots(name, _lake(config, name))


def receipt_named(config: Config, name: str, wanted: str | None) -> Receipt:
    """See `receipt_of`."""
    return receipt_of(name, _lake(config, name), wanted)


def verified(config: Config, name: str, wanted: str | None) -> Verification:
    """See `verify_snapshot`."""
    return verify_snapshot(name, _lake(config, name), wanted)


async def sampled(config: Config, name: str, snapshot: str, count: int, *, stop: Stop) -> SampleResult:
    """See `read_sample`; it holds the locks of a run.

    Raises:
        Busy: a run is under way.
    """
    merchant = config.merchant(name)
    receipt = receipt_of(name, lake_of(config, merchant), snapshot)
    async with workplace(config, merchant, on_quota="stop", stop=stop) as place:
        return await read_sample(place, receipt, count)


def exported(config: Config, name: str, wanted: str | None, target: Path, kind: str, *, force: bool) -> str:
    """Export a snapshot's full state; see `export`. Its id."""
    lake = _lake(config, name)
    snapshot = find_snapshot(name, lake, wanted)
    deed = Deed(what=Wrote.SNAPSHOT, of=snapshot, tier=Tier.HIGH, at=system_clock().now())
    written = written_of(config, name)
    try:
        export(lake, snapshot, target, ExportKind(kind), written=written, deed=deed, force=force)
    except Guarded as stopped:
        stopped.mend = "say --force"
        raise
    return snapshot


def pruned(config: Config, name: str, *, dry_run: bool) -> list[str]:
    """Remove the full states that the policy does not keep; the snapshots whose they are, oldest first.

    Args:
        dry_run: only tell.

    Raises:
        Busy: a run is under way.
    """
    merchant = config.merchant(name)
    lake, policy = lake_of(config, merchant), keep_policy(merchant.sync)
    if dry_run:
        return lake.prunable(policy)
    with hold(config.lake / name, ["run"]):
        return lake.prune(policy)


@contextmanager
def tables_of(config: Config, name: str) -> Iterator[Tables]:
    """The current snapshot for SQL; see `open_tables`."""
    lake = _lake(config, name)
    current = receipt_of(name, lake, None)
    with open_tables(lake, lake.receipts(), current) as tables:
        yield tables


async def checked_up(config: Config, name: str, *, deep: bool) -> Checkup:
    """See `check_up`."""
    merchant = config.merchant(name)
    premises = Premises(
        merchant=name,
        merchants=len(config.merchants),
        lake_folder=config.lake,
        state_folder=config.state,
        lake=lake_of(config, merchant),
        open=partial(workplace, config, merchant, lane=Lane.PUSH, on_quota="stop"),
    )
    return await check_up(premises, deep=deep)


def _lake(config: Config, name: str) -> Lake:
    return lake_of(config, config.merchant(name))


def ledger_of(
    merchant: MerchantConfig, database: Database | None, lane: Lane, budget: Allowance | None = None
) -> tuple[Ledger | None, str | None]:
    """The quota of a merchant's application, or why it cannot be told."""
    clock, rules = system_clock(), rules_of(merchant.sync)
    try:
        application = application_now(merchant)
    except ConfigurationInvalid as fault:
        return None, f"quota not known: {fault}"
    book = own_book = None
    if database is not None:
        book = book_of(merchant, application, database, clock)
        own_book = own_book_of(merchant, application, database, clock, budget)
    own = None if budget is None else Ledger(own_book, Rules((budget,), Reserves(0, 0)), lane, clock)
    return Ledger(book, rules, lane, clock, own), None
