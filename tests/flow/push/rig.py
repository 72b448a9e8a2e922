"""A shop with a CRM, in virtual time: a change set is planned and applied while a script does its worst.

Whatever acts on the sandbox passes a witness, and what is left is compared with a plain model: `judge`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from tests.flow.push.asks import MAPPING, Ask, write_csv
from tests.flow.push.wire import Wire
from tests.flow.push.witness import Leaves, Witness
from tests.house import QUICK, House, small
from tests.lakes import Shop
from tests.store.books import quick_folder
from tests.store.faulty import QuickFiles
from tests.watch import KEY, WatchedClient
from ucsync import ClientSettings, Secret, SimpleKey
from ucsync.config.mapping import read_mapping
from ucsync.flow.push.applying import ApplyWishes, apply_push
from ucsync.flow.push.plan_result import PlanResult
from ucsync.flow.push.planning import PlanWishes, plan_push
from ucsync.flow.push.push_result import PushResult
from ucsync.model import UcsyncError
from ucsync.model.pushes import Action, Limits, StepState
from ucsync.net import AiohttpTransport, NoPacer
from ucsync.plan import RetryPolicy
from ucsync.plan.push_settings import PushSettings
from ucsync.sandbox import SANDBOX, SandboxSettings, make_application
from ucsync.store.journal import JournalStep
from ucsync.store.plan_files import PlanFile
from ucsync.testing import MemoryServer, VirtualClock, run_virtual

T = TypeVar("T")

#: So wide that no guard has a part in it.
WIDE: Final = Limits(
    customers_max=100_000, percent_max=100, cleared_max=10_000, merges_per_day=1000, deletes_max=1000
)
#: Trouble is made on purpose, so none of it is too much.
UNSTOPPED: Final = PushSettings(limits=WIDE, trouble_percent_max=100)
#: One read that failed is one: what comes next is the push's to decide.
IMPATIENT: Final = replace(QUICK, retry=RetryPolicy(attempts_max=2, first_wait_s=1))

DONE: Final = (StepState.LANDED, StepState.ALREADY)
STAYING: Final = (StepState.CONFLICT, StepState.DIVERGED)
#: Runs until everything is settled; only a push that never ends takes so many.
RUNS_MAX: Final = 60


@dataclass
class Rig:
    """A shop, its CRM, and others who work on the same customers.

    Attributes:
        shop: the lake and the state.
        wire: the way to the sandbox.
        asked: all that was asked for, with the plan that it went into.
        results: of every run.
    """

    shop: Shop
    wire: Wire
    asked: list[tuple[PlanFile, list[Ask]]] = field(default_factory=list)
    results: list[PushResult] = field(default_factory=list)

    @property
    def merchant(self) -> Any:
        """The sandbox's, to act on directly."""
        return self.shop.house.sandbox.merchant

    @property
    def witness(self) -> Witness:
        """Who saw it all."""
        return self.wire.witness

    @property
    def oids(self) -> list[int]:
        """Who is there now."""
        return list(self.merchant.oids())

    def now(self, oid: int) -> Leaves:
        """A customer as the server has it."""
        return self.witness.now(oid)

    async def planned(
        self, asks: Sequence[Ask], mapping: str = MAPPING, limits: Limits = WIDE, **wishes: Any
    ) -> PlanResult:
        """Plan a change set; what it wants counts as wanted from here on."""
        folder = self.shop.folder / "crm"
        folder.mkdir(exist_ok=True)
        rules = folder / f"mapping-{len(self.asked)}.toml"
        rules.write_text(mapping, encoding="utf-8")
        read = read_mapping(rules)
        source = write_csv(folder / f"changes-{len(self.asked)}.csv", read.names, asks)
        self.wire.begin()
        with self.shop.database() as database:
            result = await plan_push(
                self.shop.place(database),
                PlanWishes(
                    source=source, sql=None, mapping=read, base=None, limits=limits,
                    out=folder, **wishes,
                ),
            )  # fmt: skip
        self.asked.append((result.plan, list(asks)))
        self.witness.wanted |= {one.oid: one.effect for one in asks if one.oid is not None}
        return result

    async def plan(self, asks: Sequence[Ask], mapping: str = MAPPING) -> PlanFile:
        """The same; every row of it is to be sent."""
        result = await self.planned(asks, mapping)
        assert list(result.plan.rejected()) == []
        assert list(result.plan.queued()) == []
        return result.plan

    async def apply(self, plan: PlanFile, **wishes: Any) -> PushResult:
        """One run, confirmed."""
        confirmed = {**confirmations(plan), **wishes}
        self.wire.begin()
        with self.shop.database() as database:
            result = await apply_push(self.shop.place(database), plan, ApplyWishes(**confirmed))
        self.results.append(result)
        return result

    async def finish(self, plan: PlanFile, **wishes: Any) -> PushResult:
        """Run it as a person would, until every step is settled for good or it is halted."""
        for _ in range(RUNS_MAX):
            try:
                result = await self.apply(plan, **wishes)
            except UcsyncError as failure:
                assert failure.exit_code in (69, 76), failure
                await self.shop.house.clock.sleep(600)
                continue
            if result.halted is not None:
                return result
            if result.paused_until is not None:
                clock = self.shop.house.clock
                await clock.sleep((result.paused_until - clock.now()).total_seconds())
            elif any(one.transient for one in self.steps(plan, StepState.REFUSED)):
                wishes["retry"] = True
            elif not self.steps(plan, StepState.WAITING) and not self.steps(plan, StepState.SENT):
                return result
        raise AssertionError("the push does not come to its end")

    def steps(self, plan: PlanFile, state: StepState | None = None) -> list[JournalStep]:
        """The journal's word on a plan."""
        with self.shop.database() as database:
            place = self.shop.place(database)
        with place.pushes.open(plan.id) as journal:
            return list(journal.steps(state))

    def edit(self, oid: int, **changes: Any) -> None:
        """Somebody else changes a customer."""
        self.wire.settle()
        if oid in self.witness.known and self.merchant.truth(oid) is not None:
            self.merchant.update(oid, changes)
            self.witness.somebody(oid, self.shop.house.clock.monotonic())

    def remove(self, oid: int) -> None:
        """Somebody else deletes a customer."""
        self.wire.settle()
        if self.merchant.truth(oid) is not None:
            self.merchant.delete(oid)
            self.witness.somebody(oid, self.shop.house.clock.monotonic())

    async def quiet(self) -> None:
        """Until nothing acts late any more."""
        counters = self.shop.house.sandbox.counters
        while counters.acting_later:
            await self.shop.house.clock.sleep(1)
        self.wire.settle()

    async def judge(self, *, halted: bool = False) -> None:
        """Nothing was done but what was asked for, nothing was lost, and the lake has it all.

        Of a push that was `halted`, what it has done by then.
        """
        await self.quiet()
        waiting = (StepState.WAITING, StepState.DROPPED) if halted else ()
        assert self.witness.faults == []
        assert self.witness.unexplained() == []
        for plan, asks in self.asked:
            entries = [one for one in self.steps(plan) if one.state not in waiting]
            for row, one in enumerate(asks, 1):
                own = [entry for entry in entries if row in entry.step.rows]
                assert own or waiting, "every row of a change set comes to an end"
                for entry in own:
                    self._judge_step(one, entry)
            for entry in entries:
                await self._judge_mark(entry)
        # whoever was edited, to no effect too, was moved by it
        assert set(self.shop.disagreements()) <= self.witness.edited.keys(), "answers are in the lake"
        await self.shop.sync(full=True, accept_deletes=1000)
        assert self.shop.disagreements() == []

    def _judge_step(self, one: Ask, entry: JournalStep) -> None:
        """It has landed and stands, or somebody else was in its way."""
        if entry.step.action not in (Action.UPDATE, Action.DELETE) or one.oid is None:
            return
        there, edited = self.merchant.truth(one.oid) is not None, self.witness.edited.get(one.oid, {})
        if not there:
            assert one.effect.gone or "customer_profile_oid" in edited
        elif entry.state in DONE:
            kept = {path: held for path, held in one.effect.after.items() if path not in edited}
            assert replace(one.effect, after=kept).there(self.now(one.oid)), (entry.state, kept)
        else:
            assert entry.state in STAYING, (entry.state, entry.reason)
            assert one.effect.after.keys() & edited.keys(), entry.reason

    async def _judge_mark(self, entry: JournalStep) -> None:
        """A sum was given once, or not at all where it is said so."""
        step = entry.step
        if not step.mark or step.oid is None or self.merchant.truth(step.oid) is None:
            return
        if step.action is Action.CASHBACK:
            loyalty = (self.merchant.truth(step.oid) or {}).get("loyalty", {})
            ledger = loyalty.get("internal_gift_certificate", {}).get("ledger_entries", [])
        else:
            credit = await self.shop.house.client.get_customer_store_credit(step.oid)
            ledger = credit.get("past_ledgers") or []
        given = [row for row in ledger if (row.get("description") or "").endswith(step.mark)]
        assert len(given) == (entry.state in DONE), (entry.state, len(given))


def confirmations(plan: PlanFile) -> dict[str, Any]:
    """What a person types."""
    short, steps = plan.digest[:8], plan.header.steps
    merges, deletes = steps.get("merge", 0), steps.get("delete", 0)
    return {
        **({"confirm": short} if merges or deletes else {}),
        **({"confirm_merges": f"{short}:{merges}"} if merges else {}),
        **({"confirm_deletes": f"{short}:{deletes}"} if deletes else {}),
    }


@asynccontextmanager
async def opened(
    folder: Path, settings: SandboxSettings, push: PushSettings = UNSTOPPED,
    client: ClientSettings = IMPATIENT, *, watched: bool = True,
) -> AsyncIterator[Rig]:  # fmt: skip
    """A rig whose shop has been synced once."""
    clock = VirtualClock()
    application = make_application(settings, clock)
    sandbox, credential = application[SANDBOX], SimpleKey(Secret(KEY))
    async with MemoryServer(application) as memory:
        inner = AiohttpTransport("http://localhost", credential, client, connector=memory.connector())
        wire = Wire(inner, sandbox, clock, Witness(sandbox))
        async with WatchedClient(
            credential, transport=wire, settings=client, clock=clock, pacer=NoPacer(), chance=lambda: 0.5
        ) as opened_client:
            house = House(opened_client, sandbox, clock)
            rig = Rig(Shop(house, folder, push=push, files=QuickFiles()), wire)
            if watched:
                wire.witness.watch()
            await rig.shop.sync()
            # by then nothing is so new any more that an incremental scan reads it again
            await clock.sleep(timedelta(hours=1).total_seconds())
            yield rig


def on_a_rig(
    scenario: Callable[[Rig], Awaitable[T]], customers: int = 16,
    push: PushSettings = UNSTOPPED, client: ClientSettings = IMPATIENT, *, watched: bool = True,
    **settings: Any,
) -> T:  # fmt: skip
    """Run a scenario in virtual time; no request takes any but the wire's."""

    async def main(folder: Path) -> T:
        async with opened(
            folder, small(customers, latency_s=0.0, **settings), push, client, watched=watched
        ) as rig:
            return await scenario(rig)

    with quick_folder() as folder:
        return run_virtual(main(folder))
