"""A shop whose plans are made by hand, and the way to it, on which a test decides what befalls a request."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar

from tests.house import QUICK, House, small
from tests.lakes import DISK, NAME, Shop
from tests.watch import KEY, WatchedClient
from ucsync import ClientSettings, Secret, SimpleKey
from ucsync.flow import BookedBudget, Ledger, Stop, Watcher
from ucsync.flow.progress import PushProgress
from ucsync.flow.push.applying import ApplyWishes, apply_push, continue_push
from ucsync.flow.push.push_result import PushResult
from ucsync.model.pushes import Action, Change, Limits, PlanHeader, PushPrice, Step, StepState
from ucsync.net import AiohttpTransport, NoPacer
from ucsync.plan import Allowance, Lane, OnQuota, RetryPolicy, Rules
from ucsync.plan.push_settings import PushSettings
from ucsync.sandbox import SANDBOX, make_application
from ucsync.store import Database, QuotaBook
from ucsync.store.customers_at import CustomersAt
from ucsync.store.journal import JournalStep
from ucsync.store.plan_files import PlanDraft, PlanFile
from ucsync.testing import MemoryServer, VirtualClock, run_virtual
from ucsync.ultracart import RawAnswer, Request
from ucsync.ultracart.changes import insert_body, update_body
from ucsync.ultracart.records import Record, record_of

T = TypeVar("T")

WIDE: Final = Limits(percent_max=100, cleared_max=1000, merges_per_day=1000, deletes_max=1000)
#: No canary and no limit on trouble, where a test is about something else.
PLAIN: Final = PushSettings(limits=WIDE, canary_rows=0, trouble_percent_max=100)
ONCE: Final = replace(QUICK, retry=RetryPolicy(attempts_max=1))


@dataclass
class Wire:
    """A transport that asks a test before each request which fault it is to meet, "" for none.

    Attributes:
        before: given the operation's name and the customer's oid.
        after: told likewise, once the answer is there, or is known not to come.
        newer: what a newer server would have answered, from an answer's body.
        sent: every request, in order.
    """

    inner: AiohttpTransport
    faults: Callable[[str], None]
    before: Callable[[str, int | None], str] = lambda operation, oid: ""
    after: Callable[[str, int | None], None] = lambda operation, oid: None
    newer: Callable[[bytes], bytes] = lambda body: body
    sent: list[tuple[str, int | None]] = field(default_factory=list)

    async def send(self, request: Request) -> RawAnswer:
        """See `Transport.send`."""
        asked = (request.operation.operation_id, request.oid)
        self.sent.append(asked)
        self.faults(self.before(*asked))
        try:
            answer = await self.inner.send(request)
            return replace(answer, body=self.newer(answer.body))
        finally:
            self.faults("")
            self.after(*asked)

    async def close(self) -> None:
        """See `Transport.close`."""
        await self.inner.close()

    def count(self, operation: str) -> int:
        """How often an operation was sent."""
        return sum(name == operation for name, _ in self.sent)


class Following(Watcher):
    """Calls back after each step."""

    def __init__(self, at_step: Callable[[PushProgress], None]) -> None:
        self._at_step = at_step

    def on_push(self, progress: PushProgress) -> None:
        """See `Watcher`."""
        self._at_step(progress)


@dataclass
class Counter:
    """Where plans are made and applied.

    Attributes:
        shop: the lake and the state.
        wire: the way to the sandbox.
        ledger: what is left of the quota, None for as much as one likes.
    """

    shop: Shop
    wire: Wire
    ledger: Ledger | None = None
    _plans: int = 0

    @property
    def merchant(self) -> Any:
        """The sandbox's, to act on directly."""
        return self.shop.house.sandbox.merchant

    @property
    def oids(self) -> list[int]:
        """Who is there."""
        return list(self.merchant.oids())

    def truth(self, oid: int) -> Record:
        """A customer as the server has it; empty when there is none."""
        return record_of(self.merchant.truth(oid) or {})

    def known(self, oid: int) -> Record:
        """A customer as the lake has it; empty when there is none."""
        found = CustomersAt(self.shop.lake, self.shop.receipt, None).read([oid])
        return record_of(found[oid][0]) if oid in found else {}

    def plan(self, *steps: Step, **header: Any) -> PlanFile:
        """Steps in this order as a plan; `rests_on` names them by their place, from 1."""
        self._plans += 1
        now = self.shop.house.clock.now()
        counts: dict[str, int] = {}
        for step in steps:
            counts[step.action.value] = counts.get(step.action.value, 0) + 1
        made: dict[str, Any] = {
            "merchant": NAME, "application": self.shop.application, "fingerprint": self.shop.fingerprint,
            "version": "1", "snapshot": self.shop.receipt.snapshot, "base": None, "created_at": now,
            "expires_at": now + timedelta(hours=24), "source": f"changes-{self._plans}.csv",
            "source_sha256": f"{self._plans:064x}", "mapping_sha256": "0" * 64,
            "limits": self.shop.push.limits, "tripped": (), "customers": self.shop.receipt.rows,
            "touched": len(steps), "steps": counts, "changes": sum(len(step.changes) for step in steps),
            "cleared": 0, "equal": 0, "queued": 0,
            "rejected": 0,
            "price": PushPrice(requests={}, total=0, hours=0.0, days=0.0, ends_at=now),
        }  # fmt: skip
        folder = self.shop.folder / "plans"
        folder.mkdir(exist_ok=True)
        with PlanDraft(DISK, folder) as draft:
            for step in steps:
                draft.add(step)
            return draft.seal(PlanHeader(**{**made, **header}))

    async def apply(
        self, plan: PlanFile, watcher: Watcher | None = None, stop: Stop | None = None, **wishes: Any
    ) -> PushResult:
        """One run, as a new process."""
        with self.shop.database() as database:
            place = self.shop.place(database, watcher, stop)
            place = replace(place, ledger=self.ledger or place.ledger)
            return await apply_push(place, plan, ApplyWishes(**wishes))

    async def go_on(self, push_id: str, **wishes: Any) -> PushResult:
        """One run without the plan's file."""
        with self.shop.database() as database:
            return await continue_push(self.shop.place(database), push_id, ApplyWishes(**wishes))

    def steps(self, plan: PlanFile) -> list[JournalStep]:
        """The journal's word."""
        with self.shop.database() as database, self.shop.place(database).pushes.open(plan.id) as journal:
            return list(journal.steps())

    def archived(self, plan: PlanFile, number: int) -> dict[int, bytes]:
        """Whom the journal has kept before a step."""
        with self.shop.database() as database, self.shop.place(database).pushes.open(plan.id) as journal:
            return journal.archived(number)

    def states(self, plan: PlanFile) -> list[StepState]:
        """The journal's word on each step."""
        return [entry.state for entry in self.steps(plan)]

    @contextmanager
    def unchanged_but(self, *oids: int) -> Iterator[None]:
        """Nobody else is changed meanwhile, in any field."""
        before = {oid: self.truth(oid) for oid in self.oids if oid not in oids}
        yield
        assert {oid: self.truth(oid) for oid in self.oids if oid in before} == before

    def update(self, oid: int, *changes: Change, **values: Any) -> Step:
        """An update of a customer as the lake has it; keywords are base fields, None clears."""
        record = self.known(oid)
        every = (*changes, *(Change(name, None, None, record.get(name), to) for name, to in values.items()))
        body = update_body(record, every)
        return Step(
            number=0, action=Action.UPDATE, oid=oid, email=record.get("email"), changes=every, body=body,
            rows=(1,),
        )  # fmt: skip

    def city(self, oid: int, city: str) -> Change:
        """A change of the first billing address."""
        row = self.known(oid)["billing"][0]
        return Change("billing", row["customer_billing_oid"], "city", row.get("city"), city)


def tag(name: str, *, gone: bool = False) -> Change:
    """A tag that is added, or taken away."""
    return Change("tags", name, None, {} if gone else None, None if gone else {})


def insert(email: str, **values: Any) -> Step:
    """A new customer."""
    changes = tuple(Change(name, None, None, None, held) for name, held in {"email": email, **values}.items())
    return Step(
        number=0, action=Action.INSERT, oid=None, email=email, changes=changes, body=insert_body(changes),
        rows=(1,),
    )  # fmt: skip


def merge(survivor: int, absorbed: int) -> Step:
    """Two become one."""
    return Step(
        number=0, action=Action.MERGE, oid=survivor, email=None, absorbed=absorbed,
        body={"customer_profile_oid": absorbed}, rows=(1,),
    )  # fmt: skip


def delete(oid: int) -> Step:
    """One is deleted."""
    return Step(number=0, action=Action.DELETE, oid=oid, email=None, rows=(1,))


def credit(oid: int | None, amount: str, mark: str = " #0badcafe", **more: Any) -> Step:
    """Store credit."""
    body = {"amount": Decimal(amount), "description": f"thanks{mark}"}
    return Step(
        number=0, action=Action.STORE_CREDIT, oid=oid, email=None, body=body, mark=mark, rows=(1,), **more
    )


def cashback(oid: int, amount: str, mark: str = " #0badcafe") -> Step:
    """Cashback."""
    body = {"adjustment_amount": Decimal(amount), "description": f"thanks{mark}"}
    return Step(number=0, action=Action.CASHBACK, oid=oid, email=None, body=body, mark=mark, rows=(1,))


def confirmed(plan: PlanFile) -> dict[str, Any]:
    """What a person types."""
    short, steps = plan.digest[:8], plan.header.steps
    counts = {"confirm_merges": steps.get("merge", 0), "confirm_deletes": steps.get("delete", 0)}
    words = {flag: f"{short}:{count}" for flag, count in counts.items() if count}
    return {"confirm": short, **words} if words else {}


def once(fault: str, operation: str, times: int = 1) -> Callable[[str, int | None], str]:
    """The first requests of an operation meet a fault."""
    left = [times]

    def before(asked: str, _: int | None) -> str:
        if asked != operation or not left[0]:
            return ""
        left[0] -= 1
        return fault

    return before


@asynccontextmanager
async def opened(
    folder: Path, push: PushSettings = PLAIN, customers: int = 30, client: ClientSettings = ONCE,
    quota: Allowance | None = None, on_quota: OnQuota = "stop", **settings: Any,
) -> AsyncIterator[Counter]:  # fmt: skip
    """A counter whose shop was synced two hours ago, so that nothing is so new that it is read again."""
    clock = VirtualClock()
    application = make_application(small(customers, **settings), clock)
    sandbox, credential = application[SANDBOX], SimpleKey(Secret(KEY))

    def faults(name: str) -> None:
        sandbox.faults = {name: 1.0} if name else {}

    async with MemoryServer(application) as memory:
        inner = AiohttpTransport("http://localhost", credential, client, connector=memory.connector())
        wire = Wire(inner, faults)
        with Database.open(DISK, folder / "quota", clock.now()) as database:
            rules = Rules((quota,) if quota else ())
            book = QuotaBook(database, "0" * 16, rules, clock)
            async with WatchedClient(
                credential, transport=wire, settings=client, clock=clock, pacer=NoPacer(),
                budget=BookedBudget(book, Lane.PUSH, on_quota=on_quota), chance=lambda: 0.5,
            ) as opened_client:  # fmt: skip
                shop = Shop(House(opened_client, sandbox, clock), folder, push=push)
                await shop.sync()
                await clock.sleep(7200)
                wire.sent.clear()
                yield Counter(shop, wire, Ledger(book, rules, Lane.PUSH, clock))


def at_the_counter(
    scenario: Callable[[Counter], Awaitable[T]], folder: Path, push: PushSettings = PLAIN, **settings: Any
) -> T:
    """Run a scenario in virtual time."""

    async def main() -> T:
        async with opened(folder, push, **settings) as counter:
            return await scenario(counter)

    return run_virtual(main())
