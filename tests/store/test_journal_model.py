"""The journal against a plain dict: whatever is done in whatever order, killed and opened again."""

import shutil
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.store.books import quick_folder
from tests.store.journals import a_step, as_killed, at, customer, plan_of, pushes_in
from ucsync.model.pushes import Action, Step, StepState
from ucsync.store.journal import Journal
from ucsync.store.plan_files import PlanFile
from ucsync.ultracart.codec import decode_json

DONE = {StepState.LANDED, StepState.ALREADY}
MAY_SETTLE = {
    StepState.WAITING: {StepState.ALREADY, StepState.REFUSED, StepState.CONFLICT, StepState.DROPPED},
    StepState.SENT: {StepState.LANDED, StepState.REFUSED, StepState.DIVERGED},
}
STEPS = 8


@dataclass
class Told:
    """What the model knows of a step."""

    step: Step
    state: StepState = StepState.WAITING
    attempts: int = 0
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    reason: str = ""
    transient: bool = False
    oid: int | None = None
    body: dict[str, object] | None = None
    because: bool = False
    answer: bytes | None = None
    archived: dict[int, bytes] = field(default_factory=dict)
    published: bool = True
    landing: str | None = None

    def drop(self, reason: str, now: datetime, *, because: bool) -> None:
        self.state, self.reason, self.settled_at, self.because = StepState.DROPPED, reason, now, because


@st.composite
def some_steps(draw: st.DrawFn) -> list[Step]:
    steps = []
    for number in range(1, draw(st.integers(1, STEPS)) + 1):
        rests_on = draw(st.sets(st.integers(1, number - 1), max_size=2)) if number > 1 else set()
        action = draw(st.sampled_from([Action.UPDATE, Action.MERGE, Action.DELETE, Action.INSERT]))
        oid = None if action is Action.INSERT else draw(st.integers(1, 4))
        absorbed = draw(st.integers(5, 7)) if action is Action.MERGE else None
        steps.append(a_step(oid, action=action, absorbed=absorbed, rests_on=tuple(sorted(rests_on))))
    return steps


numbers = st.integers(1, STEPS)
reasons = st.text(max_size=8)


class JournalMachine(RuleBasedStateMachine):
    """One push, from its beginning through any number of deaths."""

    def __init__(self) -> None:
        super().__init__()
        self._closing = ExitStack()
        self.folder = self._closing.enter_context(quick_folder())
        self.deaths = count()
        self.minutes = count(1)
        self.told: dict[int, Told] = {}
        self.notes: dict[str, object] = {}
        self.plan: PlanFile
        self.journal: Journal

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.journal.close()
        self._closing.close()

    @initialize(steps=some_steps())
    def begin(self, steps: list[Step]) -> None:
        self.plan = plan_of(self.folder, steps)
        self.told = {number: Told(replace(step, number=number)) for number, step in enumerate(steps, 1)}
        self.open(self.folder)

    def open(self, folder: Path) -> None:
        self.live = folder
        self.journal = pushes_in(folder).begin(self.plan, at(0))

    def now(self) -> datetime:
        return at(next(self.minutes))

    def only_if(self, sound: bool, act: Callable[[], object]) -> bool:
        if not sound:
            with pytest.raises(ValueError, match="is not"):
                act()
        else:
            act()
        return sound

    def of(self, number: int) -> tuple[int, Told]:
        number = (number - 1) % len(self.told) + 1
        return number, self.told[number]

    @rule(number=numbers, city=st.text(max_size=5))
    def intend(self, number: int, city: str) -> None:
        number, told = self.of(number)
        now = self.now()
        body: dict[str, object] = {"billing": [{"city": city}]}
        waits = told.state is StepState.WAITING
        if self.only_if(waits, lambda: self.journal.intend(number, body, now)):
            told.state, told.sent_at, told.settled_at, told.reason = StepState.SENT, now, None, ""
            told.attempts, told.body = told.attempts + 1, body

    @rule(number=numbers, left=st.booleans())
    def back(self, number: int, left: bool) -> None:
        number, told = self.of(number)
        act = self.journal.again if left else self.journal.take_back
        if self.only_if(told.state is StepState.SENT, lambda: act(number)):
            told.state, told.attempts = StepState.WAITING, told.attempts - (not left)

    @rule(number=numbers, state=st.sampled_from(sorted(StepState, key=str)), reason=reasons,
          transient=st.booleans(), answered=st.booleans(), oid=st.none() | st.integers(1, 9))  # fmt: skip
    def settle(
        self, number: int, state: StepState, reason: str, transient: bool, answered: bool, oid: int | None
    ) -> None:
        number, told = self.of(number)
        if state in (StepState.WAITING, StepState.SENT):
            return
        now, answer = self.now(), customer(oid or 3, reason) if answered else None
        sound = state in MAY_SETTLE.get(told.state, set())
        if self.only_if(sound, lambda: self.journal.settle(
            number, state, now, reason=reason, transient=transient, oid=oid, answer=answer
        )):  # fmt: skip
            told.state, told.settled_at, told.reason, told.transient = state, now, reason, transient
            told.oid, told.published, told.landing = oid or told.oid, False, None
            told.answer = answer or told.answer

    @rule(number=numbers, reason=reasons)
    def drop_dependents(self, number: int, reason: str) -> None:
        number, _ = self.of(number)
        now = self.now()
        assert self.journal.drop_dependents(number, reason, now) == self.dropped([number], reason, now)

    @rule(oids=st.sets(st.integers(1, 7), max_size=3), reason=reasons)
    def drop(self, oids: set[int], reason: str) -> None:
        now = self.now()
        found = [
            number
            for number, told in self.told.items()
            if told.state is StepState.WAITING and {told.step.oid, told.step.absorbed} & oids
        ]
        for number in found:
            self.told[number].drop(reason, now, because=False)
        dropped = len(found) + self.dropped(found, reason, now)
        assert self.journal.drop(oids, reason, now) == dropped

    def dropped(self, roots: Iterable[int], reason: str, now: datetime) -> int:
        gone, dropped = set(roots), 0
        for number, told in self.told.items():  # what is rested on has a lower number
            if told.state is StepState.WAITING and gone & set(told.step.rests_on):
                told.drop(reason, now, because=True)
                gone.add(number)
                dropped += 1
        return dropped

    @rule()
    def retry(self) -> None:
        again = 0
        for told in self.told.values():
            on = [self.told[number].state for number in told.step.rests_on]
            revives = told.because and told.state is StepState.DROPPED
            revives = revives and all(state in DONE | {StepState.WAITING, StepState.SENT} for state in on)
            if revives or (told.state is StepState.REFUSED and told.transient):
                told.state, told.attempts, told.settled_at = StepState.WAITING, 0, None
                told.reason, told.transient, told.because = "", False, False
                again += 1
        assert self.journal.retry(self.now()) == again

    @rule(number=numbers, oid=st.integers(1, 9), city=st.text(max_size=5))
    def archive(self, number: int, oid: int, city: str) -> None:
        number, told = self.of(number)
        self.journal.archive(number, oid, customer(oid, city), self.now())
        told.archived[oid] = customer(oid, city)

    @rule(key=st.sampled_from(["halted", "windows"]), value=st.none() | st.text(max_size=4) | st.integers())
    def note(self, key: str, value: object) -> None:
        self.journal.note(key, value)
        self.notes[key] = value

    @rule(scan=st.sampled_from(["a", "b"]), chosen=st.sets(numbers))
    def begin_landing(self, scan: str, chosen: set[int]) -> None:
        found = [one.number for one in self.journal.landings.unpublished() if one.number in chosen]
        self.journal.landings.begin(scan, found)
        for number, told in self.told.items():
            told.landing = scan if number in found else None

    @rule()
    def end_landing(self) -> None:
        self.journal.landings.end("snapshot")
        for told in self.told.values():
            if told.landing is not None:
                told.landing, told.published = None, True
                told.answer = told.answer if told.archived else None

    @rule(killed=st.booleans())
    def come_again(self, killed: bool) -> None:
        folder = self.live
        if killed:
            folder = as_killed(self.live, self.folder / f"life-{next(self.deaths)}")
        self.journal.close()
        if killed and self.live != self.folder:
            shutil.rmtree(self.live)
        self.open(folder)

    @invariant()
    def says_what_the_model_says(self) -> None:
        if not hasattr(self, "journal"):
            return
        assert self.journal.counts() == {
            state: sum(told.state is state for told in self.told.values()) for state in StepState
        }
        for entry, told in zip(self.journal.steps(), self.told.values(), strict=True):
            assert (entry.step, entry.state, entry.attempts) == (told.step, told.state, told.attempts)
            assert (entry.sent_at, entry.settled_at) == (told.sent_at, told.settled_at)
            assert (entry.reason, entry.transient, entry.body) == (told.reason, told.transient, told.body)
            assert entry.oid == (told.oid or told.step.oid)
            assert self.journal.entry(entry.step.number) == entry
        self.agrees_on_lists()
        assert {key: self.journal.noted(key) for key in self.notes} == self.notes

    def agrees_on_lists(self) -> None:
        ready = [
            number
            for number, told in self.told.items()
            if told.state is StepState.WAITING
            and all(self.told[other].state in DONE for other in told.step.rests_on)
        ]
        assert [one.step.number for one in self.journal.waiting(STEPS)] == ready
        assert [one.step.number for one in self.journal.waiting(1, after=2)] == [n for n in ready if n > 2][
            :1
        ]
        sent = [number for number, told in self.told.items() if told.state is StepState.SENT]
        assert [one.step.number for one in self.journal.unsettled()] == sent
        news = {
            number: None if told.answer is None else decode_json(told.answer)["customer"]
            for number, told in self.told.items()
            if told.settled_at and not told.published
            and (told.answer or (told.state in DONE and told.step.action in (Action.MERGE, Action.DELETE)))
        }  # fmt: skip
        found = self.journal.landings.unpublished()
        assert [one.number for one in found] == list(news)
        for one in found:
            held = self.journal.answered(one.number)
            assert (None if held is None else decode_json(held)) == news[one.number]
        landing = {told.landing for told in self.told.values()} - {None}
        assert self.journal.landings.begun == (landing.pop() if landing else None)
        for number, told in self.told.items():
            archived = {oid: decode_json(held)["customer"] for oid, held in told.archived.items()}
            found_there = self.journal.archived(number)
            assert {oid: decode_json(held) for oid, held in found_there.items()} == archived


TestJournal = JournalMachine.TestCase
