"""Scenes of a push: its journal, and the publication of what the server answered."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.flow.push.by_hand import begun, delete, insert, merge, send, update
from tests.flow.push.mortal_landing import CUSTOMERS, publish_all, shop_in
from tests.house import House, in_memory, small
from tests.lakes import NAME
from tests.shim.stored import ended, lake_in, unsound
from tests.shim.synced import ENDED, Mark
from tests.store.journals import MORNING, a_step, customer, plan_of
from ucsync.flow import disagreements
from ucsync.model import UcsyncError
from ucsync.model.pushes import StepState
from ucsync.store import DiskFiles
from ucsync.store.plan_files import read_plan
from ucsync.store.pushes import Pushes

_DISK: Final = DiskFiles()
_OIDS: Final = (7, 8)


class Journaling:
    """A plan's journal is begun; every step is noted before it is sent, and what came of it after."""

    name = "journal"

    _INTENDED: Final = "intended"
    _SETTLED: Final = "settled"

    def prepare(self, folder: Path) -> None:
        (folder / "state").mkdir(parents=True)
        plan_of(folder, [a_step(oid, body={"business_notes": "called"}) for oid in _OIDS])

    def act(self, folder: Path, mark: Mark, late_s: float = 0) -> int:
        return ended(mark, partial(self._work, folder, mark))

    def wrong(self, folder: Path) -> list[str]:
        [push_id] = self._pushes(folder).ids()
        with self._pushes(folder).open(push_id) as journal:
            landed, waits = journal.counts()[StepState.LANDED], journal.landings.unpublished()
        return [] if landed == len(_OIDS) and not waits else ["not all of it was done"]

    def untrue(self, folder: Path) -> list[str]:
        return []

    def behind(self, folder: Path) -> list[str]:
        return []

    def lost(self, folder: Path, marks: Sequence[str]) -> list[str]:
        """What was noted stands there."""
        noted = {StepState.SENT: marks.count(self._INTENDED), StepState.LANDED: marks.count(self._SETTLED)}
        if not any(noted.values()):
            return []
        [push_id] = self._pushes(folder).ids()
        with self._pushes(folder).open(push_id) as journal:
            counts = journal.counts()
        known = {**counts, StepState.SENT: counts[StepState.SENT] + counts[StepState.LANDED]}
        return [f"{state.value}: {known[state]} of {at_least}"
                for state, at_least in noted.items() if known[state] < at_least]  # fmt: skip

    def _pushes(self, folder: Path) -> Pushes:
        return Pushes(_DISK, folder / "state" / "pushes" / NAME)

    def _work(self, folder: Path, mark: Mark) -> None:
        [path] = folder.glob("*.plan*")
        with self._pushes(folder).begin(read_plan(path), MORNING) as journal:
            for entry in journal.waiting(100):
                journal.intend(entry.step.number, entry.step.body, MORNING)
                mark(self._INTENDED)
                oid = entry.step.oid or 0
                journal.archive(entry.step.number, oid, customer(oid), MORNING)
            for entry in journal.unsettled():
                answer = customer(entry.step.oid or 0, "Kiel")
                journal.settle(entry.step.number, StepState.LANDED, MORNING, answer=answer)
                mark(self._SETTLED)
            waits = [one.number for one in journal.landings.unpublished()]
            if waits:
                journal.landings.begin("scan", waits)
                journal.landings.end("snapshot")


class Landing:
    """The answers to a push become a snapshot, with a merge in it."""

    name = "landing"

    def __init__(self) -> None:
        self._truth: list[Mapping[str, Any]] = []

    def prepare(self, folder: Path) -> None:
        async def scenario(house: House) -> None:
            shop = shop_in(house, folder, _DISK)
            await shop.sync()
            oids = list(house.sandbox.merchant.oids())
            steps = [
                update(oids[0], website_url="https://a.example"), insert("new@example.com"),
                delete(oids[2]), merge(oids[4], oids[3]),
            ]  # fmt: skip
            with begun(shop, steps) as journal:
                await send(shop, journal)
            self._truth = shop.truth()

        folder.mkdir()
        in_memory(scenario, small(CUSTOMERS))

    def act(self, folder: Path, mark: Mark, late_s: float = 0) -> int:
        async def scenario(house: House) -> int:
            await asyncio.sleep(late_s)
            try:
                await publish_all(shop_in(house, folder, _DISK))
            except UcsyncError as failure:
                return failure.exit_code
            return 0

        code = in_memory(scenario, small(CUSTOMERS))
        mark(f"{ENDED} {code}")
        return code

    def wrong(self, folder: Path) -> list[str]:
        waits = Pushes(_DISK, folder / "state" / "pushes" / NAME).unpublished()
        return [f"push {one} waits to be published" for one in waits]

    def untrue(self, folder: Path) -> list[str]:
        async def scenario(house: House) -> list[str]:
            shop = shop_in(house, folder, _DISK)
            found = disagreements(shop.lake, shop.receipt, shop.settings, self._truth)
            return [f"customer {oid} disagrees" for oid in found] + (
                [] if len(shop.lake.receipts()) == 2 else ["not one new snapshot"]
            )

        return [*unsound(lake_in(folder)), *in_memory(scenario, small(CUSTOMERS))]

    def behind(self, folder: Path) -> list[str]:
        return unsound(lake_in(folder))

    def lost(self, folder: Path, marks: Sequence[str]) -> list[str]:
        return []
