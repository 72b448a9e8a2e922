"""`ucsync plan`: what a command would do and cost, before anything is spent."""

from typing import Annotated, Final

import typer

from ucsync.app import read_config, system_clock
from ucsync.cli.backfill_words import forecast_in_words
from ucsync.cli.flags import (
    AsJson,
    Before,
    Budget,
    By,
    ConfigFile,
    Merchants,
    OldestFirst,
    Since,
    WindowPages,
)
from ucsync.cli.words import block, columns, duration, instant, quota, tell
from ucsync.flow.backfill.asking import budget_of, wishes_of
from ucsync.flow.backfill.backfill_result import WINDOW_PAGES
from ucsync.flow.forecast import Case, Forecast
from ucsync.reports import backfill_forecasts, forecasts

#: More than UltraCart can have.
CUSTOMERS_MAX: Final = 1_000_000_000


def plan_sync(
    merchants: Merchants = None,
    config: ConfigFile = None,
    full: Annotated[bool, typer.Option("--full", help="As `ucsync sync --full` would do.")] = False,
    customers: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="So many are to be read, if you know better.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what the next sync reads and why, its requests, when it would end, and the quota left.

    No request is sent, so before a first sync the number of customers is not known: say it with
    --customers, or see what 10,000, 100,000 and 1,000,000 would take.

    Example:  ucsync plan sync shop --full --customers 250000
    """
    found = forecasts(read_config(config), merchants or (), full=full, customers=customers)
    tell(found, [0], in_words, as_json=as_json)


def plan_backfill(
    merchants: Merchants = None,
    config: ConfigFile = None,
    by: By = None,
    since: Since = None,
    before: Before = None,
    oldest_first: OldestFirst = False,
    budget: Budget = None,
    customers: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, max=CUSTOMERS_MAX, help="So many there are, if you know better."),
    ] = None,
    nightly_at: Annotated[
        str | None,
        typer.Option(
            metavar="HH:MM|never", help="When the nightly run begins; else as in the nights before."
        ),
    ] = None,
    window_pages: WindowPages = WINDOW_PAGES,
    as_json: AsJson = False,
) -> None:
    """Show a backfill's windows and requests, its days beside the nightly runs, and when it would end.

    No request is sent, so without a lake the number of customers is not known: say it with --customers.
    One that is under way is told as far as it is left. Days are days in UTC, --nightly-at is local time.

    Example:  ucsync plan backfill shop --customers 2100000 --budget 6000/day
    """
    found = read_config(config)
    wishes = wishes_of(
        system_clock().now(),
        by=by,
        since=since,
        before=before,
        oldest_first=oldest_first,
        window_pages=window_pages,
    )
    limit = None if budget is None else budget_of(budget)
    told = backfill_forecasts(
        found, merchants or (), wishes, budget=limit, customers=customers, nightly_at=nightly_at
    )
    tell(told, [0], forecast_in_words, as_json=as_json)


def in_words(found: Forecast) -> str:
    """A forecast for people."""
    lines = [f"{found.merchant}: {found.kind.value} scan ({found.why})"]
    if found.known_from is None:
        lines += block("customers", ["not known without a request; say --customers N. For example:"])
    else:
        lines += block("customers", [f"{found.cases[0].cost.customers:,} to read, {found.known_from}"])
    if found.pages_there:
        lines += block("staged", [f"{found.pages_there:,} pages are there and not asked for again"])
    heading = ("customers", "requests", "at least", "takes", "ends at")
    table = columns([heading, *map(_row, found.cases)], (True, True, True, True, False))
    lines += block("cost", table)
    if found.quota is not None:
        lines += block("quota", [quota(spent) for spent in found.quota] or ["no limit"])
    lines += [line for note in found.notes for line in block("note", [note])]
    return "\n".join(lines)


def _row(case: Case) -> tuple[str, ...]:
    takes = "?" if case.seconds is None else duration(case.seconds)
    ends = "?" if case.ends_at is None else instant(case.ends_at)
    return (f"{case.cost.customers:,}", f"{case.cost.likely:,}", f"{case.cost.floor:,}", takes, ends)


plan = typer.Typer(
    help="Show what a command would do and cost, before anything is spent.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
plan.command("sync")(plan_sync)
plan.command("backfill")(plan_backfill)
