"""A push while it is applied: its journal, and what is known beside it until this process ends.

All that counts is in the journal. What is kept here can be lost at any moment: at worst a customer is
read once more, and a step in doubt is waited for once more.
"""

from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ucsync.flow.ledger import REQUEST_S
from ucsync.flow.progress import PushProgress
from ucsync.flow.push.push_result import DONE, TROUBLES, Windows
from ucsync.flow.workplace import Workplace
from ucsync.model import AnswerUnusable, BadRequest, ConnectionLost, Guarded, Outcome, ServerFault
from ucsync.model.errors import CallFailed
from ucsync.model.pushes import StepState
from ucsync.store.journal import Journal, JournalStep
from ucsync.ultracart import Answer
from ucsync.ultracart.records import Record, record_of

#: So many requests in a row of which nothing usable came: then the server is left alone.
STREAK_MAX: Final = 5
#: A step is sent so often at most; and so often, in one run, it is tried to read back what came of it.
TRIES_MAX: Final = 3
#: A push is judged by its share of troubles once so many steps are tried.
TRIED_MIN: Final = 20
#: After so many merges that were verified it is noted that they were.
MERGES_FIRST: Final = 10

# What a journal notes of a push, by these names.
HALTED: Final = "halted"
HALTED_BY: Final = "halted_by"
MERGES_VERIFIED: Final = "merges_verified"
WINDOWS: Final = "windows"

# What has halted a push.
CANARY: Final = "canary"
MERGE: Final = "merge"
TROUBLE: Final = "trouble"


class PushHalted(Guarded):
    """What came of a step is not what the plan showed: nothing more of the push is sent."""


class Unreadable(Exception):
    """A customer cannot be read now.

    Attributes:
        failure: why.
    """

    def __init__(self, failure: CallFailed) -> None:
        self.failure = failure
        super().__init__(str(failure))


@dataclass(frozen=True, slots=True)
class Known:
    """A customer as they are known.

    Attributes:
        record: what they are like.
        asked_at: they were so at this instant, or later.
        answer: as the server sent it; None for a row of the lake.
        observed_at: when that came.
    """

    record: Record
    asked_at: datetime
    answer: Answer | None
    observed_at: datetime


@dataclass(slots=True)
class _Lost:
    """A step of which nobody knows what came of it.

    Attributes:
        entry: as it was sent.
        due: when it can be read back, None when this run has given it up.
        computed_at: what was sent is of this instant, or later; None when that is not known any more.
        tries: how often it could not be read back.
    """

    entry: JournalStep
    due: datetime | None
    computed_at: datetime | None = None
    tries: int = 0


class Run:
    """One run over a journal.

    Attributes:
        place, journal: of the push.
        read_first: whether each customer is read just before they are written.
        seen: customers whom the server has shown to this run: of them the lake may know less.
        windows: of all runs.
    """

    def __init__(self, place: Workplace, journal: Journal, *, read_first: bool = False) -> None:
        self.place = place
        self.journal = journal
        self.read_first = read_first
        self.seen: set[int] = set()
        self.windows = Windows.read(journal.noted(WINDOWS))
        self._counts = Counter(journal.counts())
        self._streak = 0
        self._requests_before = place.writer.requests_sent
        # An earlier process may have died the moment before this one began, with its request on the way.
        due = self.now + self._late
        self._lost = {entry.step.number: _Lost(entry, due) for entry in journal.unsettled()}
        self._doubtful = Counter(oid for lost in self._lost.values() for oid in whom(lost.entry))

    @property
    def now(self) -> datetime:
        """Our clock."""
        return self.place.clock.now()

    def leaves_at(self) -> datetime:
        """When a request that is asked for now leaves: the quota may have to be waited for."""
        return max(self.now, self.place.ledger.finished_at(1) - timedelta(seconds=REQUEST_S))

    @property
    def requests(self) -> int:
        """Sent by this run."""
        return self.place.writer.requests_sent - self._requests_before

    @property
    def _late(self) -> timedelta:
        return timedelta(seconds=self.place.push.late_s)

    # Reading

    async def customer(self, oid: int) -> Known | None:
        """A customer as they are at the server, None when there is none.

        Raises:
            Unreadable: not now; the run goes on with others.
            CallFailed, QuotaSpent, Stopped, StorageFailed: the run ends.
        """
        asked_at = self.leaves_at()
        answer = await self._read(lambda: self.place.writer.customer(oid))
        return None if answer is None else self.known(answer, asked_at)

    async def customer_by_email(self, email: str) -> Known | None:
        """The same by e-mail address. Raises likewise."""
        asked_at = self.leaves_at()
        answer = await self._read(lambda: self.place.writer.customer_by_email(email))
        return None if answer is None else self.known(answer, asked_at)

    async def store_credit(self, oid: int) -> Answer | None:
        """Sums and movements of a customer's store credit. Raises likewise."""
        return await self._read(lambda: self.place.writer.store_credit(oid))

    def known(self, answer: Answer, asked_at: datetime) -> Known:
        """What an answer tells of its customer."""
        record = record_of(answer.payload)
        if isinstance(oid := record.get("customer_profile_oid"), int):
            self.seen.add(oid)
        return Known(record, asked_at, answer, self.now)

    # Outcomes

    def settle(
        self, entry: JournalStep, state: StepState, reason: str = "", *, told: Known | None = None,
        oid: int | None = None, transient: bool = False,
    ) -> None:  # fmt: skip
        """What came of a step, into the journal; what rests on it is dropped when it will not land.

        Args:
            entry: the step.
            state: where it stands now.
            reason: in words, without the customer's data.
            told: the newest that is known of the customer; an answer of the server's goes to the lake.
            oid: of an insert, whom the server made.
            transient: whether what refused it may pass.
        """
        number, answer = entry.step.number, told.answer if told else None
        self.journal.settle(
            number, state, self.now, reason=reason, transient=transient, oid=oid,
            answer=answer.raw if answer else None, observed_at=told.observed_at if told and answer else None,
        )  # fmt: skip
        self._moved(entry, state)
        if state not in DONE:
            self._drop_what_rests_on(number, state)
        self._tell()

    def done_before(self, entry: JournalStep, told: Known | None = None, *, oid: int | None = None) -> None:
        """A step that waits turns out to be done: by an earlier attempt of ours, or by somebody else."""
        if not entry.attempts:
            self.settle(entry, StepState.ALREADY, told=told, oid=oid)
            return
        self.journal.intend(entry.step.number, entry.body or {}, self.now)  # only what was sent can land
        reason = "in effect when it was looked at again"
        self.settle(entry, StepState.LANDED, reason, told=told, oid=oid)

    def again(self, entry: JournalStep) -> None:
        """It was read back that a request has done nothing: it may be sent again, but not for ever."""
        if entry.attempts >= TRIES_MAX:
            reason = f"sent {entry.attempts} times, and the server did nothing"
            self.settle(entry, StepState.REFUSED, reason, transient=True)
            return
        self.journal.again(entry.step.number)
        self._moved(entry, StepState.WAITING)

    def lose(self, entry: JournalStep, failure: CallFailed) -> None:
        """A request was sent, and nobody knows what came of it: it is read back when it cannot act any more.

        Raises:
            CallFailed: the failure, when it is one of many in a row.
        """
        self._moved(entry, StepState.SENT)
        sent = self.journal.entry(entry.step.number)
        self._lost[entry.step.number] = _Lost(sent, self.now + self._late)
        self._doubtful.update(whom(entry))
        self.stumble(failure)

    def sent_update(self, entry: JournalStep, computed_at: datetime) -> None:
        """An update was sent: for how long somebody's edit could have come between, as far as is known yet.

        Args:
            entry: its step.
            computed_at: what was sent is of this instant, or later.
        """
        lost = self._lost.get(entry.step.number)
        if lost is None:
            self.windows.add((self.now - computed_at).total_seconds())
        else:
            lost.computed_at = computed_at

    def found_update(self, entry: JournalStep) -> None:
        """An update in doubt has, or may have, acted at some time until now."""
        lost = self._lost[entry.step.number]
        began = lost.computed_at or lost.entry.sent_at
        if began is not None:
            self.windows.add((self.now - began).total_seconds())

    def put_off(self, entry: JournalStep, failure: CallFailed) -> None:
        """What came of a step cannot be read back now. Raises as `lose`."""
        lost = self._lost[entry.step.number]
        lost.tries += 1
        lost.due = None if lost.tries >= TRIES_MAX else self.now + self._late
        self.stumble(failure)

    def stumble(self, failure: CallFailed) -> None:
        """One more request that came to nothing. Raises the failure when it is one of many in a row."""
        self._streak += 1
        if self._streak >= STREAK_MAX:
            raise failure

    def answered(self) -> None:
        """The server answers."""
        self._streak = 0

    def is_in_doubt(self, oids: Iterable[int]) -> bool:
        """Whether it is not known what came of a step of one of these customers."""
        return any(self._doubtful[oid] for oid in oids)

    def hold_off(self, oids: Iterable[int]) -> None:
        """Leave these customers alone: an older push does not know what it did to them."""
        self._doubtful.update(oids)

    def due(self) -> list[JournalStep]:
        """The steps in doubt that can be read back now."""
        now = self.now
        return [lost.entry for lost in self._lost.values() if lost.due is not None and lost.due <= now]

    def next_due(self) -> datetime | None:
        """When the next step in doubt can be read back, None when none is worth waiting for."""
        return min((lost.due for lost in self._lost.values() if lost.due is not None), default=None)

    # Brakes

    def merge_verified(self) -> None:
        """One more merge has lost nothing."""
        self.journal.note(MERGES_VERIFIED, int(self.journal.noted(MERGES_VERIFIED) or 0) + 1)

    def note_windows(self) -> None:
        """Keep the ages of what was sent, for this run's figures and the next one's."""
        self.journal.note(WINDOWS, self.windows.document())

    def halt(self, by: str, reason: str) -> PushHalted:
        """Note, before anything else is, that nothing more of this push may be sent; the error to raise."""
        if self.journal.noted(HALTED) is None:
            self.journal.note(HALTED_BY, by)
            self.journal.note(HALTED, reason)
        return halted(self.journal.id, reason)

    def check_trouble(self) -> None:
        """Raises PushHalted when too many of the steps tried are refused or in conflict."""
        if (reason := trouble(self._counts, self.place.push.trouble_percent_max)) is not None:
            raise self.halt(TROUBLE, reason)

    async def _read(self, ask: Callable[[], Coroutine[Any, Any, Answer | None]]) -> Answer | None:
        try:
            answer = await self.place.stop.unless(ask())
        except (BadRequest, ServerFault, AnswerUnusable) as failure:
            raise Unreadable(failure) from None
        except ConnectionLost as failure:
            if failure.outcome is Outcome.NOT_SENT:
                raise
            raise Unreadable(failure) from None
        self.answered()
        return answer

    def _moved(self, entry: JournalStep, state: StepState) -> None:
        """Keep in mind what the journal has noted."""
        lost = self._lost.pop(entry.step.number, None)
        if lost is not None:
            self._doubtful.subtract(whom(entry))
        self._counts[StepState.WAITING if lost is None else StepState.SENT] -= 1
        self._counts[state] += 1

    def _drop_what_rests_on(self, number: int, state: StepState) -> None:
        reason = f"it rests on step {number}, which is {state.value}"
        dropped = self.journal.drop_dependents(number, reason, self.now)
        self._counts[StepState.WAITING] -= dropped
        self._counts[StepState.DROPPED] += dropped

    def _tell(self) -> None:
        total = sum(self._counts.values())
        self.place.watcher.on_push(
            PushProgress(
                settled=total - self._counts[StepState.WAITING] - self._counts[StepState.SENT],
                total=total,
                troubles=sum(self._counts[state] for state in TROUBLES),
                requests=self.requests,
                quota_left=self.place.ledger.left,
            )
        )


def whom(entry: JournalStep) -> tuple[int, ...]:
    """The customers that a step is about, as far as the server knows them."""
    oids = (entry.oid, entry.step.oid, entry.step.absorbed)
    return tuple({oid for oid in oids if oid is not None})


def trouble(counts: Mapping[StepState, int], percent_max: float) -> str | None:
    """Why a push of these outcomes is to be stopped, None when it is not."""
    troubles = sum(counts.get(state, 0) for state in TROUBLES)
    tried = troubles + sum(counts.get(state, 0) for state in DONE)
    if tried < TRIED_MIN or troubles * 100 <= percent_max * tried:
        return None
    return (
        f"{troubles} of {tried} steps tried were refused or are in conflict, and no more than "
        f"{percent_max:g} % may be"
    )


def halted(push_id: str, reason: str) -> PushHalted:
    """The error that says so."""
    failure = PushHalted(f"push {push_id} was halted: {reason}")
    failure.mend = f"make a new plan, or take it back with `ucsync push undo {push_id}`"
    return failure
