"""A year of nights: it goes as its script has it, and every morning the lake is looked at."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from tests.store.faulty import How
from tests.year.diary import Diary
from tests.year.machine import NAME, Fate, Machine, Ran
from tests.year.morning import Morning, Tally, YearFailed, expect
from tests.year.people import People
from tests.year.script import BACKFILL_RUN, BUDGET, EVENINGS, PLENTY, THIRD, Night, Script
from tests.year.server import Server
from ucsync.backfilling import backfill_merchants
from ucsync.flow import Ended, Stop, Watcher, Wishes, Workplace, reconcile, sync
from ucsync.flow.backfill.backfill_result import BackfillWishes
from ucsync.plan import Allowance
from ucsync.world import World

AGAIN_S: Final = 3600.0
TRIES: Final = 4
#: The day's work is done so long before the night, the late work so shortly before.
DAY_BEFORE: Final = timedelta(hours=9)
LATE_BEFORE: Final = timedelta(minutes=4)
#: Somebody else uses the key so long before a night in which hardly anything of the hour is left.
SPENT_BEFORE: Final = timedelta(minutes=20)
#: A backfill is started in the evening, or with the nightly run, and pauses so long after that.
UNTIL_AFTER: Final = timedelta(hours=3)
DONE: Final = (0, 3)
PAUSED: Final = 76


class Year:
    """One year.

    Args:
        script: how it goes.
        folder: for the lake and the state; empty.
        diary: takes it down.
    """

    def __init__(self, script: Script, folder: Path, diary: Diary) -> None:
        self._script = script
        self._server = Server(script.seed)
        self._people = People(self._server.merchant, script.seed)
        self._machine = Machine(folder, self._server, self._people, diary, script.seed)
        self.tally = Tally()
        self._morning = Morning(self._machine, self._server, diary, self.tally)
        self._backfill: asyncio.Task[None] | None = None
        self._began_s = 0.0

    async def live(self) -> Tally:
        """All of it, in a loop of virtual time.

        Raises:
            YearFailed: something is not as it should be.
        """
        async with self._server:
            try:
                for night in self._script.nights:
                    await self._lived(night)
            finally:
                self._machine.close()
                if self._backfill is not None:
                    self._backfill.cancel()
        self._count()
        return self.tally

    async def _lived(self, night: Night) -> None:
        try:
            await self._day(night)
            await self._night(night)
        except YearFailed:
            raise
        except Exception as fault:
            raise YearFailed(night.number, f"{type(fault).__name__}: {fault}") from fault

    async def _day(self, night: Night) -> None:
        """The day before a night."""
        await self._until(night.at - DAY_BEFORE)
        self._work(night.acts)
        if night.number == self._script.backfill:
            self._backfill = asyncio.ensure_future(self._backfilled(self._script.afresh))
        if night.left is not None:
            await self._until(night.at - SPENT_BEFORE)
            await self._machine.spend(night.left)
        await self._until(night.at - LATE_BEFORE)
        self._work(night.late_acts)
        if night.change is not None:
            self._change(night.change)
        await self._until(night.at)

    async def _night(self, night: Night) -> None:
        fate = Fate.planned(self._script.plan, night.number, night.busy)
        fate.step_clock(self._machine.clock)
        died, codes, quiet = not fate.deadly, list[str](), self.tally.quiet
        for _ in range(TRIES):
            ran = await self._run(night, fate)
            self._morning.look(night.number)
            died = died or ran.code is None
            codes.append(_word(ran))
            if died and (ran.code in DONE or not night.again):
                break
            await asyncio.sleep(AGAIN_S)
        fate.step_clock(self._machine.clock, all_of_it=True)
        expect(night.number, died, "nothing died on a night on which a process has to")
        if self._backfill is not None and self._backfill.done():
            self._backfill.result()
        elif night.number == self._script.backfill + EVENINGS:
            raise YearFailed(night.number, "the backfill is not done")
        self._morning.judge(night, ran, on_full_disk=night.full_disk and How.ENOSPC.name in fate.met)
        self.tally.met.update(fate.met)
        self.tally.nights += 1
        equal = ", equal to the truth" if self.tally.quiet > quiet else ""
        self.tally.story.append(f"{' '.join(codes)}{equal}")

    async def _run(self, night: Night, fate: Fate) -> Ran:
        """The nightly job; when all is calm it also looks for what was deleted."""
        full = night.full or self._morning.reshaped_at is not None
        beside = self._backfill is not None and not self._backfill.done()

        async def verb(place: Workplace) -> Any:
            if night.calm and not (full or beside or self._morning.was_paused):
                return await reconcile(place, None, lambda price: None)
            return await sync(place, Wishes(full=full))

        async def work(world: World) -> Sequence[Ended[Any]]:
            return await self._machine.at_its_place(world, "night", verb)

        ran = await self._machine.run(fate, "night", work)
        self._morning.acted_at = self._server.sandbox.clock.now() if ran.disturbed else self._morning.acted_at
        self.tally.ended[_word(ran)] += 1
        return ran

    async def _backfilled(self, afresh: bool) -> None:
        """A backfill, from its first evening to its end: paused in the mornings, begun again when it dies."""
        if afresh:
            self._machine.lose()
            self._morning.forget()
        fate, began_s = Fate.planned(self._script.plan, BACKFILL_RUN, 0.0), self._now_s()
        first = self._script.backfill - 1
        evenings = self._script.nights[first : first + EVENINGS]
        for number, night in enumerate(evenings):
            await self._until(night.at if number == 1 else night.at - DAY_BEFORE)
            budget = BUDGET if number < THIRD else PLENTY
            ran = await self._backfill_until(night.at + UNTIL_AFTER, budget, fate)
            if ran.code in DONE:
                break
        self.tally.backfill_days = (self._now_s() - began_s) / 86_400
        self.tally.met.update(fate.met)
        if ran.code == PAUSED and len(evenings) < EVENINGS:
            return  # the year ends meanwhile
        expect(first + EVENINGS + 1, ran.code == 0, f"the backfill ended with {ran.code}: {ran.said}")

    async def _backfill_until(self, until: datetime, requests: int, fate: Fate) -> Ran:
        wishes, budget = BackfillWishes(window_pages=1, until=until), Allowance(requests, 86_400)

        async def work(world: World) -> Sequence[Ended[Any]]:
            return await backfill_merchants(
                self._machine.config, [NAME], wishes,
                budget=budget, on_quota="wait", stop=Stop(), watch=lambda _: Watcher(), world=world,
            )  # fmt: skip

        while True:
            ran = await self._machine.run(fate, "backfill", work)
            self.tally.backfill[_word(ran)] += 1
            if ran.code in (*DONE, PAUSED) or self._machine.clock.now() > until:
                return ran
            await asyncio.sleep(AGAIN_S)

    def _work(self, acts: int) -> None:
        self._people.work(acts)
        self._morning.acted_at = self._server.sandbox.clock.now() if acts else self._morning.acted_at

    def _change(self, change: str) -> None:
        """Something has another shape from now on."""
        machine, merchant = self._machine, self._server.merchant
        if change == "more expansions":
            machine.settings = replace(
                machine.settings, expansions=("billing", "shipping", "privacy", "tags")
            )
        elif change == "a new version":
            machine.version = f"{machine.version}.1"
        else:
            merchant.more, merchant.fewer = True, change == "lost fields"
            self._morning.reshaped_at = self._server.sandbox.clock.now()
        self.tally.changes[change] += 1

    def _count(self) -> None:
        tally, faults, nights = self.tally, self._server.faults, self._script.nights
        tally.met.update(faults)
        tally.acts = self._people.done
        tally.requests, tally.faulted = self._server.connections, faults.total()
        gaps = (later.at - night.at for night, later in pairwise(nights))
        tally.gaps_h = Counter(gap.total_seconds() / 3600 for gap in gaps)

    async def _until(self, instant: datetime) -> None:
        """As the machine's clock has it, by which cron goes."""
        await asyncio.sleep(max(0.0, (instant - self._machine.clock.now()).total_seconds()))

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()


def _word(ran: Ran) -> str:
    return "killed" if ran.code is None else str(ran.code)
