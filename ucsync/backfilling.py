"""The wiring of backfills, for scripts and for the command line.

Owns what a backfill holds for its whole life: its own locks and its place in the list of runs. A stint is
an `app.workplace` like any other. Never decides, prints or parses.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path

from ucsync.app import (
    application_now,
    merchants_of,
    read_config,
    run_until_stopped,
    turn_of,
    workplace,
)
from ucsync.config import Config, MerchantConfig
from ucsync.flow import Ended, Stop, Watcher, Workplace
from ucsync.flow.backfill.asking import budget_of, wishes_of
from ucsync.flow.backfill.backfill_result import BackfillResult, BackfillWishes
from ucsync.flow.backfill.run import backfill
from ucsync.flow.backfill.shift import Shift
from ucsync.flow.fleet import RunNote, Task, noted, take_turns
from ucsync.plan import Allowance, Lane, OnQuota, Wait
from ucsync.world import SYSTEM, World, book_of, own_book_of, state_of, turns_of


async def backfill_merchants(
    config: Config,
    names: Sequence[str],
    wishes: BackfillWishes,
    *,
    budget: Allowance | None,
    on_quota: OnQuota | None,
    stop: Stop,
    watch: Callable[[str], Watcher],
    world: World = SYSTEM,
) -> list[Ended[BackfillResult]]:
    """Backfill the merchants of these names, all when none is named, side by side.

    Args:
        wishes: of each; whether to wait is filled in.
        budget: a limit of each backfill's own requests; None for none.
        on_quota: "wait" or "stop" when the quota is spent or the server is away; None for what the
            configuration says.
        watch: gives the watcher of a merchant's name.
        world: in which it happens.
    """
    tasks = []
    for merchant in merchants_of(config, names):
        waits = (on_quota or merchant.sync.on_quota) == "wait"
        run = partial(
            _one, config, merchant, replace(wishes, waits=waits), budget, stop, watch(merchant.name), world
        )
        tasks.append(Task(merchant.name, turn_of(merchant), run))
    return await take_turns(tasks)


def backfill_now(
    config: Path | None = None,
    merchants: Sequence[str] = (),
    *,
    by: str | None = None,
    since: str | None = None,
    before: str | None = None,
    oldest_first: bool = False,
    budget: str | None = None,
    until: str | None = None,
    on_quota: OnQuota | None = None,
    restart: bool = False,
    if_needed: bool = False,
) -> list[Ended[BackfillResult]]:
    """Backfill merchants as `ucsync backfill` does, in an event loop of its own: for scripts and schedulers.

    Ctrl-C and SIGTERM let it finish its page; the next run goes on from there.

    Args:
        config: the file; else `./ucsync.toml`, else where UCSYNC_CONFIG points.
        merchants: their names in the configuration; all when none is given.
        by: "oid", "modified" or "signup"; None for oids where the server lists customers by these.
        since, before: what --from and --to take: oids, or dates with "modified" and "signup"; None for no
            bound.
        oldest_first: else the newest come first.
        budget: a limit of the backfill's own, e.g. "6000/day".
        until: a time of day to pause at, e.g. "06:00"; the result's exit code is 76 then.
        on_quota: "wait" or "stop" when the quota is spent or the server is away; else as configured.
        restart: forget a backfill that is under way.
        if_needed: begin none where every customer is there already, e.g. for a timer.

    Returns:
        How it ended for each merchant; one's failure is nobody else's.

    Raises:
        ConfigurationInvalid, Misused: the configuration, or what is asked for, cannot be used; nothing was
            done.
    """
    found = read_config(config)
    wishes = wishes_of(
        SYSTEM.clock.now(), by=by, since=since, before=before, until=until, oldest_first=oldest_first,
        restart=restart, if_needed=if_needed,
    )  # fmt: skip
    limit = None if budget is None else budget_of(budget)

    async def main(stop: Stop) -> list[Ended[BackfillResult]]:
        return await backfill_merchants(
            found, merchants, wishes,
            budget=limit, on_quota=on_quota, stop=stop, watch=lambda merchant: Watcher(),
        )  # fmt: skip

    return run_until_stopped(main)


async def _one(
    config: Config,
    merchant: MerchantConfig,
    wishes: BackfillWishes,
    budget: Allowance | None,
    stop: Stop,
    watcher: Watcher,
    world: World,
) -> BackfillResult:
    """One merchant's, from the start of the command to its end."""
    application = application_now(merchant)

    def opened(stint: Stop, meter: Watcher) -> AbstractAsyncContextManager[Workplace]:
        return workplace(
            config, merchant, lane=Lane.BACKFILL, stop=stint, watcher=meter, budget=budget, world=world
        )

    def wait() -> Wait | None:
        with state_of(config, world) as state:
            books = (
                book_of(merchant, application, state, world.clock),
                own_book_of(merchant, application, state, world.clock, budget),
            )
            waits = [book.wait(Lane.BACKFILL) for book in books if book is not None]
        return max((one for one in waits if one is not None), key=lambda one: one.until, default=None)

    turns = turns_of(config, merchant, application, world)
    shift = Shift(
        merchant=merchant.name, open=opened, turns=turns, wait=wait, clock=world.clock, stop=stop,
        watcher=watcher,
    )  # fmt: skip
    note = RunNote(merchant.name, "backfill", partial(state_of, config, world), world.clock)
    async with turns.backfill(stop):
        return await noted(note, lambda: shift.tally.requests, partial(backfill, shift, wishes))
