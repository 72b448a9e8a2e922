"""A push whose process dies: what a ward's child does, and what is looked at afterwards.

Every run is a process of its own. The sandbox dies with it, so that what acts on it is written to a file
first, and each process brings its sandbox to where the last one's was by doing all of that again.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq

from tests.flow.mortal import faults_of
from tests.flow.push.asks import MAPPING, MERGES, PEOPLE, Ask, ask, can, tags
from tests.flow.push.rig import DONE, IMPATIENT, UNSTOPPED, Rig, confirmations
from tests.flow.push.wire import LATE, Sent, Wire
from tests.flow.push.witness import Witness
from tests.house import House, small
from tests.lakes import Shop
from tests.store.faulty import FaultyFiles, QuickFiles, kill_this_process
from tests.watch import KEY, WatchedClient
from ucsync import Secret, SimpleKey
from ucsync.flow.push.applying import ApplyWishes, apply_push
from ucsync.net import AiohttpTransport, NoPacer
from ucsync.sandbox import SANDBOX, make_application
from ucsync.store.plan_files import PlanDraft, PlanFile, read_plan
from ucsync.store.pushes import Pushes
from ucsync.testing import START, MemoryServer, VirtualClock, run_virtual
from ucsync.ultracart import OPERATIONS, RawAnswer, Request

CUSTOMERS: Final = 24
PUSH: Final = replace(UNSTOPPED, canary_rows=2)

PLAN: Final = "all.plan"
HOUR_S: Final = 3600.0
#: Of the merchant's.
A_LIST: Final = "5f0c1b7a-3d52-4c1e-a6de-0a6f4d1c9b04"
_OF_THE_MOMENT: Final = ("_dts", "_by", "_e164", "code", "customer_profile_oid")
#: From here on the sandbox numbers new rows, in the order in which they come.
_NEW_ROWS_FROM: Final = 2_000_000_000

#: What a journal is told that it has to keep, and what is kept of its publishing.
VERBS: Final = (
    "intend", "take_back", "again", "settle", "drop_dependents", "drop", "retry", "archive", "note",
)  # fmt: skip
LANDING: Final = ("begin", "end")

Told = dict[str, Any]


@dataclass
class Death:
    """When a run dies; `at` counts from 1, 0 is never.

    Attributes:
        by: what is counted: `journal` (what it is told), `write` (requests that change something), or
            `disk` (changes on it, the journal's own aside).
        at: at which of them.
        after: whether it dies after it, else before.
        fault: that the first write meets which has the number `fault_at`; "" for none.
        passed: what was counted so far.
    """

    by: str = ""
    at: int = 0
    after: bool = False
    fault: str = ""
    fault_at: int = 0
    passed: Counter[str] = field(default_factory=Counter)

    def around(self, by: str, act: Callable[[], Any]) -> Any:
        """Do it, and die where it is to be died."""
        self.passed[by] += 1
        here = (by, self.passed[by]) == (self.by, self.at)
        if here and not self.after:
            kill_this_process()
        done = act()
        if here:
            kill_this_process()
        return done


class MortalJournal:
    """A journal, or a part of it, at one of whose changes the process dies."""

    def __init__(self, inner: Any, death: Death, verbs: tuple[str, ...] = VERBS) -> None:
        self._inner = inner
        self._death = death
        self._verbs = verbs

    def __getattr__(self, name: str) -> Any:
        held = getattr(self._inner, name)
        if name == "landings":
            return MortalJournal(held, self._death, LANDING)
        if name not in self._verbs:
            return held
        return lambda *given, **named: self._death.around("journal", lambda: held(*given, **named))

    def __enter__(self) -> "MortalJournal":
        return self

    def __exit__(self, *_: object) -> None:
        self._inner.close()


class MortalPushes:
    """Pushes with such journals; beginning one is a change, too."""

    def __init__(self, inner: Pushes, death: Death) -> None:
        self._inner = inner
        self._death = death

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def begin(self, plan: PlanFile, now: datetime) -> MortalJournal:
        """See `Pushes.begin`."""
        return MortalJournal(self._death.around("journal", lambda: self._inner.begin(plan, now)), self._death)

    def open(self, push_id: str) -> MortalJournal:
        """See `Pushes.open`."""
        return MortalJournal(self._inner.open(push_id), self._death)


@dataclass(frozen=True)
class Deed:
    """A request that acted on the sandbox, or is going to."""

    at: str
    operation: str
    target: str
    headers: list[list[str]]
    body: str
    oid: int | None

    @property
    def acts_at(self) -> datetime:
        """The server's instant."""
        return datetime.fromisoformat(self.at)

    def request(self) -> Request:
        """As it was sent."""
        headers = tuple((name, text) for name, text in self.headers)
        body = self.body.encode() if self.body else None
        return Request(OPERATIONS[self.operation], self.target, headers, body, frozenset(), self.oid)


class LoggedTransport:
    """Writes down what is going to act, then lets it pass: the server's own disk."""

    def __init__(self, inner: AiohttpTransport, house: House, log: Path) -> None:
        self._inner = inner
        self._house = house
        self._log = log

    async def send(self, request: Request) -> RawAnswer:
        """See `Transport.send`."""
        fault = next(iter(self._house.sandbox.faults), "")
        if request.operation.scope == "customer_write" and fault not in ("reset", "500"):
            late_s = self._house.sandbox.settings.late_s if fault in LATE else 0
            deed = Deed(
                (self._house.clock.now() + timedelta(seconds=late_s)).isoformat(),
                request.operation.operation_id, request.target, [list(pair) for pair in request.headers],
                (request.body or b"").decode(), request.oid,
            )  # fmt: skip
            with self._log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(vars(deed)) + "\n")
        return await self._inner.send(request)

    async def close(self) -> None:
        """See `Transport.close`."""
        await self._inner.close()


def deeds_of(folder: Path) -> list[Deed]:
    """All that was written down, in the order in which it acts."""
    log = folder / "server.log"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return sorted((Deed(**json.loads(line)) for line in lines), key=lambda deed: deed.at)


@asynccontextmanager
async def living(folder: Path, death: Death, later_s: float) -> AsyncIterator[Rig]:
    """A rig so many seconds after the very beginning, its sandbox where the last one's was."""
    clock = VirtualClock(START + timedelta(seconds=later_s))
    application = make_application(small(CUSTOMERS, latency_s=0.0), clock)
    sandbox, credential = application[SANDBOX], SimpleKey(Secret(KEY))
    async with MemoryServer(application) as memory:
        inner = AiohttpTransport("http://localhost", credential, IMPATIENT, connector=memory.connector())
        house = House(None, sandbox, clock)  # type: ignore[arg-type]  # it follows
        late = asyncio.ensure_future(_replay(deeds_of(folder), inner, house))
        await asyncio.sleep(0.01)
        logged = LoggedTransport(inner, house, folder / "server.log")
        wire = Wire(logged, sandbox, clock, Witness(sandbox), _Dying(death))
        async with WatchedClient(
            credential, transport=wire, settings=IMPATIENT, clock=clock, pacer=NoPacer(), chance=lambda: 0.5
        ) as house.client:
            files = FaultyFiles(QuickFiles(), death.at if death.by == "disk" else 0, die=kill_this_process)
            yield Rig(Shop(house, folder, push=PUSH, files=files), wire)
            death.passed["disk"] = len(files.operations)
        late.cancel()


async def _replay(deeds: list[Deed], inner: AiohttpTransport, house: House) -> None:
    """Do again what was done, at the server's instants of then; what is to act still acts in its time."""
    for deed in deeds:
        ahead_s = (deed.acts_at - house.clock.now()).total_seconds()
        if ahead_s > 0:
            await asyncio.sleep(ahead_s)
        house.sandbox.clock.set_to(deed.acts_at)
        await inner.send(deed.request())
        house.sandbox.clock.set_to(house.clock.now())


@dataclass
class _Dying:
    """A script under which the process dies around a write."""

    death: Death

    def before(self, sent: Sent) -> str:
        """See `Script`."""
        if not sent.writes:
            return ""
        self.death.passed["write"] += 1
        self._die(after=False)
        return self.death.fault if self.death.passed["write"] == self.death.fault_at else ""

    def after(self, sent: Sent) -> None:
        """See `Script`."""
        if sent.writes:
            self._die(after=True)

    def _die(self, *, after: bool) -> None:
        if (self.death.by, self.death.at) == (
            "write",
            self.death.passed["write"],
        ) and self.death.after is after:
            kill_this_process()


# What a child does


def prepare(folder: str) -> Told:
    """A synced lake, and one plan in which there is a step of every kind."""
    place = Path(folder)
    place.mkdir()

    async def plan() -> None:
        async with living(place, Death(), 0) as rig:
            await rig.shop.sync()
            await asyncio.sleep(HOUR_S)
            together(rig, [await rig.plan(asks, mapping) for asks, mapping in wishes(rig)], place / PLAN)

    run_virtual(plan())
    return {}


def wishes(rig: Rig) -> Iterator[tuple[list[Ask], str]]:
    """Change sets of every kind."""
    people = [oid for oid in rig.oids if can(now := rig.now(oid), "City") and len(tags(now)) > 1]
    cells: list[dict[str, str]] = [
        {"Terms": "Net 45", "City": "Ulm"},
        {"Tag": "crm", "Segment": "b2b"},
        {"City": "Bonn", "Credit": "5.00"},
        {"TaxJar": "tj", "Cashback": "3.50"},
        {"Do": "delete"},
        {"List": A_LIST},
    ]
    rows = [ask(oid, rig.now(oid), **own) for oid, own in zip(people, cells, strict=False)]
    yield rows, MAPPING
    yield [Ask(None, {"Email": "new@crm.example", "Terms": "Net 45", "Tag": "crm"})], PEOPLE
    yield [Ask(people[6], {"Keep": str(people[6]), "Drop": str(people[7])})], MERGES


def together(rig: Rig, plans: Sequence[PlanFile], out: Path) -> None:
    """One plan of several."""
    kinds = Counter[str]()
    with PlanDraft(QuickFiles(), out) as draft:
        for plan in plans:
            numbers: dict[int, int] = {}
            for step in plan.steps():
                rests_on = tuple(numbers[other] for other in step.rests_on)
                numbers[step.number] = draft.add(replace(step, rests_on=rests_on))
                kinds[step.action.value] += 1
        draft.seal(replace(plans[0].header, steps=dict(kinds), touched=sum(kinds.values())))


def die(folder: str, death: dict[str, Any], later_s: float) -> Told:
    """One run, which may die; what it did, when it did not."""
    how = Death(**death)

    async def once() -> Told:
        async with living(Path(folder), how, later_s) as rig:
            plan = read_plan(Path(folder) / PLAN)
            with rig.shop.database() as database:
                place = rig.shop.place(database)
                mortal: Any = MortalPushes(place.pushes, how)
                await apply_push(replace(place, pushes=mortal), plan, ApplyWishes(**confirmations(plan)))
        return {"passed": dict(how.passed)}

    return run_virtual(once())


def go_on(folder: str, later_s: float) -> Told:
    """Runs until everything is settled; what came of it, and what is wrong with it, in words."""

    async def to_the_end() -> Told:
        async with living(Path(folder), Death(), later_s) as rig:
            plan = read_plan(Path(folder) / PLAN)
            result = await rig.finish(plan)
            states = {one.step.number: one.state for one in rig.steps(plan)}
            wrong = [
                f"step {number} is {state.value}" for number, state in states.items() if state not in DONE
            ]
            wrong += [f"customer {oid} is not so in the lake" for oid in rig.shop.disagreements()]
            wrong += [fault for fault in faults_of(Path(folder)) if not fault.endswith(": pushes")]
            await asyncio.sleep(HOUR_S)  # what acts late has acted by then
            return {
                "wrong": wrong, "code": result.exit_code, "deeds": deeds_done(Path(folder)),
                "customers": [await plain(rig, oid) for oid in rig.oids], "history": history(rig),
            }  # fmt: skip

    return run_virtual(to_the_end())


def each(trials: list[list[Any]]) -> list[Told]:
    """`go_on` with these arguments one after the other, in one process."""
    return [go_on(*trial) for trial in trials]


def history(rig: Rig) -> list[Any]:
    """Who came, went and was merged, as often as the lake says so."""
    found: list[Any] = []
    for path in (rig.shop.folder / "lake").rglob("changes.parquet"):
        rows = pq.read_table(path, columns=["customer_profile_oid", "_op"]).to_pylist()
        found += [[row["customer_profile_oid"], row["_op"]] for row in rows if row["_op"] != "update"]
    for path in (rig.shop.folder / "lake").rglob("merges.parquet"):
        rows = pq.read_table(path).to_pylist()
        found += [[row["absorbed_oid"], row["survivor_oid"]] for row in rows]
    return sorted(found, key=str)


def deeds_done(folder: Path) -> dict[str, int]:
    """How often each write acted, whatever the order of the keys in its body.

    Who is in an e-mail list cannot be read, and twice comes to the same, so that counts once.
    """
    done = Counter(
        f"{deed.operation} {deed.target} {json.dumps(json.loads(deed.body or 'null'), sort_keys=True)}"
        for deed in deeds_of(folder)
    )
    twice_is_once = {deed: 1 for deed in done if deed.startswith("updateCustomerEmailLists")}
    return dict(sorted({**done, **twice_is_once}.items()))


async def plain(rig: Rig, oid: int) -> Any:
    """A customer without what depends on when, and in which order, things were done."""
    credit = await rig.shop.house.client.get_customer_store_credit(oid)
    ledger = [(str(row["amount"]), row.get("description")) for row in credit.get("past_ledgers") or []]
    truth = rig.merchant.truth(oid) or {}
    known = oid if oid <= max(rig.oids[: CUSTOMERS - 2]) else None
    return [known, truth.get("email"), sorted(map(str, ledger)), json.dumps(_timeless(truth), sort_keys=True)]


def _timeless(value: Any) -> Any:
    if isinstance(value, Mapping):
        lasting = (name for name in value if not name.endswith(_OF_THE_MOMENT))
        return {name: _timeless(value[name]) for name in lasting}
    if isinstance(value, list):
        return [_timeless(held) for held in value]
    if isinstance(value, int) and value >= _NEW_ROWS_FROM:
        return "new"
    return value if isinstance(value, bool | int | None) else str(value)
