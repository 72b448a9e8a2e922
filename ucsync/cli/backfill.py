"""`ucsync backfill`: years of customers, window by window, over days."""

from typing import Annotated

import typer

from ucsync.app import read_config, run_until_stopped, system_clock
from ucsync.backfilling import backfill_merchants
from ucsync.cli.backfill_words import result_in_words
from ucsync.cli.flags import (
    AcceptDeletes,
    AsJson,
    Before,
    Budget,
    By,
    ConfigFile,
    Merchants,
    OldestFirst,
    OnQuota,
    Report,
    Since,
    WindowPages,
)
from ucsync.cli.progress import log_to_stderr, shown
from ucsync.cli.running import finish
from ucsync.flow import Ended, Stop
from ucsync.flow.backfill.asking import budget_of, wishes_of
from ucsync.flow.backfill.backfill_result import WINDOW_PAGES, BackfillResult
from ucsync.run_reports import Reporter


def backfill(
    merchants: Merchants = None,
    config: ConfigFile = None,
    by: By = None,
    since: Since = None,
    before: Before = None,
    oldest_first: OldestFirst = False,
    budget: Budget = None,
    until: Annotated[
        str | None, typer.Option(metavar="HH:MM", help="Pause at this time of day, local time.")
    ] = None,
    on_quota: OnQuota = None,
    accept_deletes: AcceptDeletes = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Forget a backfill that is under way, and begin anew.")
    ] = False,
    if_needed: Annotated[
        bool,
        typer.Option("--if-needed", help="Begin none where every customer is there already; for timers."),
    ] = False,
    window_pages: WindowPages = WINDOW_PAGES,
    report: Report = None,
    as_json: AsJson = False,
) -> None:
    """Read everything over days, within the quota: nightly runs and pushes go first whenever they come.

    It may be stopped, killed or moved to another machine at any moment, and goes on where it was; each
    window is published by itself, the newest first. Exit code 3: done, but not proven; 4: a person must
    decide; 76: paused, run it again to go on.

    Example:  ucsync backfill shop --budget 6000/day --until 06:00
    """
    found = read_config(config)
    wishes = wishes_of(
        system_clock().now(), by=by, since=since, before=before, until=until, oldest_first=oldest_first,
        window_pages=window_pages, accept_deletes=accept_deletes, restart=restart,
        if_needed=if_needed,
    )  # fmt: skip
    limit = None if budget is None else budget_of(budget)
    reporter = Reporter(found, merchants or (), "backfill", report)
    log_to_stderr()
    with shown() as watch:

        async def main(stop: Stop) -> list[Ended[BackfillResult]]:
            return await backfill_merchants(
                found, merchants or (), wishes, budget=limit, on_quota=on_quota, stop=stop, watch=watch
            )

        ended = run_until_stopped(main)
    finish(ended, result_in_words, as_json=as_json, besides=reporter.tell(ended))
