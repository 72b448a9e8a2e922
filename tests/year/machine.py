"""The user's machine for a year: its clock that is wrong at times, its disk, its processes that die.

A run goes through the application's own wiring, with the real locks and the real quota book; only the
clock, the disk and the way to the server are given to it.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from shutil import rmtree
from typing import Any, Final, NoReturn

from tests.store.faulty import DEADLY, FaultyFiles, How, Killed
from tests.watch import KEY
from tests.year.diary import Diary
from tests.year.disk import NotedFiles
from tests.year.people import People
from tests.year.script import DEATHS
from tests.year.server import DAILY, HOURLY, LATENCY_S, Server
from ucsync.app import VERSION, workplace
from ucsync.config import Config, MerchantConfig
from ucsync.flow import Ended, Errand, ReconcileResult, SyncResult, Workplace, run_side_by_side
from ucsync.model.errors import CallFailed
from ucsync.net import AiohttpTransport, ClientSettings
from ucsync.plan import Lane, SyncSettings
from ucsync.store.database import FILE_NAME
from ucsync.testing import CLOCK, FILE, REQUEST, Cut, Fault, FaultPlan, VirtualClock
from ucsync.ultracart import Credential, RawAnswer, Request
from ucsync.world import World

NAME: Final = "shop"
SERVER: Final = "http://localhost"
CLIENT: Final = ClientSettings(requests_per_s=None)
KILLS: Final = {*DEATHS, *(how.name for how in DEADLY)}
#: Small pages, and full scans by the calendar beside the weekly ones that are asked for.
SYNC: Final = SyncSettings(
    expansions=("billing", "tags"), page_size=12, full_every_nights=8, on_quota="stop",
    requests_per_hour=HOURLY, requests_per_day=DAILY, keep_daily=3, keep_weekly=2, keep_monthly=2,
)  # fmt: skip


class SteppedClock(VirtualClock):
    """Virtual time as a machine has it whose clock is put forward and back."""

    def __init__(self) -> None:
        super().__init__()
        self._wrong = timedelta(0)

    def now(self) -> datetime:
        """See `Clock`."""
        return super().now() + self._wrong

    def step(self, seconds: int) -> None:
        """Put it forward, or back."""
        self._wrong += timedelta(seconds=seconds)


@dataclass
class Fate:
    """What befalls one run of the plan, however many processes it takes.

    Attributes:
        faults: by where, then by number.
        busy: how likely somebody changes something before a request.
        requests, operations: so many there were.
        met: faults that came to pass, by name; those of requests are counted where they happen.
    """

    faults: dict[str, dict[int, Fault]] = field(default_factory=dict)
    busy: float = 0.0
    requests: int = 0
    operations: int = 0
    met: Counter[str] = field(default_factory=Counter)

    @classmethod
    def planned(cls, plan: FaultPlan, run: int, busy: float) -> "Fate":
        """As the plan has it."""
        return cls({where: plan.of(run, where) for where in (REQUEST, FILE, CLOCK)}, busy)

    @property
    def deadly(self) -> bool:
        """Whether a process has to die of it."""
        return any(fault.what in KILLS for faults in self.faults.values() for fault in faults.values())

    def step_clock(self, clock: SteppedClock, *, all_of_it: bool = False) -> None:
        """The machine's clock steps before the request that comes next, before the first process with none,
        or, when the run is over, as often as it has not yet."""
        steps = self.faults.get(CLOCK, {})
        for at in list(steps) if all_of_it else [at for at in steps if at == self.requests]:
            clock.step(steps.pop(at).figure)
            self.met["step"] += 1

    def of_files(self) -> tuple[int, How]:
        """At which change to the disk from now on what happens; 0 for never."""
        for at, fault in sorted(self.faults.get(FILE, {}).items()):
            how = How[fault.what]
            if at > self.operations or how is How.ENOSPC:
                return max(1, at - self.operations), how
        return 0, How.KILL


@dataclass(frozen=True)
class Ran:
    """How a process ended.

    Attributes:
        code: its exit code, None when it was killed.
        result: of the verb.
        said: its failure's text.
        disturbed: whether somebody worked on the customers meanwhile.
    """

    code: int | None
    result: Any
    said: str
    disturbed: bool

    @property
    def why(self) -> str:
        """Of a sync, why it read what it did."""
        return self.result.why if isinstance(self.result, SyncResult) else ""

    @property
    def looked_for_deletions(self) -> bool:
        """Whether customers that are no more were looked for by counting."""
        return isinstance(self.result, ReconcileResult)


class Machine:
    """One machine, all year.

    Attributes:
        clock: its own.
        settings: of the merchant, as configured now.
        version: of ucsync, as installed now.
        sent: requests.
        wrong: what must never be seen, in words.
    """

    def __init__(self, folder: Path, server: Server, people: People, diary: Diary, seed: int) -> None:
        self.folder = folder
        self.server = server
        self.people = people
        self.diary = diary
        self.clock = SteppedClock()
        self.settings = SYNC
        self.version = VERSION
        self.sent = 0
        self.wrong: list[str] = []
        self._chance = Random(f"{seed} jitter")  # noqa: S311  (a test's jitter)
        self._ticket = 0
        self._ledger: sqlite3.Connection | None = None
        key = folder / "key"
        key.write_text(KEY)
        key.chmod(0o600)

    @property
    def config(self) -> Config:
        """As it is now."""
        merchant = MerchantConfig(
            name=NAME, server=SERVER, key_source="key_file", key_place=str(self.folder / "key"),
            settings=CLIENT, sync=self.settings,
        )  # fmt: skip
        return Config(self.folder, self.folder / "lake", self.folder / "state", {NAME: merchant})

    async def run(
        self, fate: Fate, verb: str, work: Callable[[World], Awaitable[Sequence[Ended[Any]]]]
    ) -> Ran:
        """One process that does one thing.

        Args:
            fate: what befalls it.
            verb: for the diary.
            work: what it does, in the world that it is given.
        """
        process, acts = Process(self, fate), self.people.acts
        code, result, said = None, None, ""
        try:
            [ended] = await work(process.world(self._chance))
            code, result, said = ended.exit_code, ended.result, str(ended.failure or "")
        except Killed:
            pass
        finally:
            process.ended()
        self.diary.note("ended", verb, code, said, getattr(result, "snapshot", ""))
        return Ran(code, result, said, self.people.acts != acts)

    async def at_its_place(
        self, world: World, verb: str, work: Callable[[Workplace], Awaitable[Any]]
    ) -> Sequence[Ended[Any]]:
        """A verb by this machine's version of ucsync, with the locks of a run."""
        opened = partial(workplace, self.config, self.config.merchant(NAME), world=world)

        async def installed(place: Workplace) -> Any:
            return await work(replace(place, version=self.version))

        return await run_side_by_side([Errand(NAME, NAME, verb, opened, installed)])

    def lose(self) -> None:
        """The lake and the state: this is another machine from now on."""
        self.close()
        for name in ("lake", "state"):
            rmtree(self.folder / name, ignore_errors=True)
        self._ticket = 0

    async def spend(self, left: int) -> None:
        """Somebody else's run takes all requests of the hour but so many of a nightly run's."""

        config, world = self.config, Process(self, Fate()).world(self._chance)
        async with workplace(config, config.merchant(NAME), lane=Lane.PUSH, world=world) as place:
            nightly = replace(place.ledger, lane=Lane.NIGHTLY)
            oid = next(self.server.merchant.oids())
            while (nightly.left() or 0) > left:
                await place.lister.customer(oid)

    def take(self) -> None:
        """A request is about to leave: it must have a grant of its own."""
        if self._ledger is None:
            self._ledger = sqlite3.connect(self.folder / "state" / FILE_NAME)
        book = "FROM quota_books WHERE application NOT LIKE '%-backfill'"  # whose own limit comes on top
        query = f"SELECT max(tickets), (SELECT count(*) FROM quota_unanswered) {book}"  # noqa: S608  (a constant)
        [(ticket, unanswered)] = self._ledger.execute(query)
        if not ticket > self._ticket or not unanswered:
            self.wrong.append(f"a request without a grant: ticket {ticket} after {self._ticket}")
        self._ticket = ticket

    def close(self) -> None:
        """Look into the book no more."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None


class Process:
    """One process: it sends requests and changes files, until it is dead."""

    def __init__(self, machine: Machine, fate: Fate) -> None:
        self._machine = machine
        self._fate = fate
        self._dead = False
        at, how = fate.of_files()
        self._at, self._how = at, how
        self._files = FaultyFiles(NotedFiles(self._note), at, how, self.die)

    def world(self, chance: Random) -> World:
        """What it meets outside of itself."""
        return World(self._machine.clock, self._files, self._way, chance.random)

    def _way(self, _: MerchantConfig, credential: Credential) -> "Way":
        return Way(self, self._machine, self._fate, credential)

    def ended(self) -> None:
        """It is over: what it did to files counts for the run of the plan that it was part of."""
        done = len(self._files.operations)
        self._fate.operations += done
        if self._at and done >= self._at:
            self._fate.met[self._how.name] += 1

    def die(self) -> NoReturn:
        """Nothing is done any more."""
        self._dead = True
        raise Killed

    def _note(self, operation: str, name: str, size: int) -> None:
        if self._dead:
            raise Killed
        self._machine.diary.note("file", operation, name, size)


class Way:
    """A process's way to the server, with what befalls its requests."""

    def __init__(self, process: Process, machine: Machine, fate: Fate, credential: Credential) -> None:
        self._process = process
        self._machine = machine
        self._fate = fate
        self._fault: Fault | None = None
        connector = machine.server.connector(self._connected)
        self._inner = AiohttpTransport(SERVER, credential, CLIENT, connector=connector)

    async def send(self, request: Request) -> RawAnswer:
        """See `Transport`."""
        machine, fate = self._machine, self._fate
        machine.take()
        fate.step_clock(machine.clock)
        fate.requests += 1
        self._fault = fate.faults.get(REQUEST, {}).get(fate.requests)
        machine.people.perhaps(fate.busy)
        answer = await self._answered(request, "" if self._fault is None else self._fault.what)
        machine.diary.note("answer", request.target, answer.status, len(answer.body))
        return answer

    async def close(self) -> None:
        """See `Transport`."""
        await self._inner.close()

    async def _answered(self, request: Request, fault: str) -> RawAnswer:
        if fault not in DEATHS:
            self._machine.sent += 1
            try:
                return await self._inner.send(request)
            except CallFailed as failure:
                self._machine.diary.note(
                    "answer", request.target, type(failure).__name__, failure.outcome.name
                )
                raise
        self._fate.met[fault] += 1
        if fault != "die before":
            self._machine.sent += 1
            sending = asyncio.ensure_future(self._inner.send(request))
            await asyncio.wait([sending], timeout=LATENCY_S / 2 if fault == "die under way" else None)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
        return self._process.die()

    def _connected(self) -> Cut:
        return self._machine.server.connected(self._fault)
