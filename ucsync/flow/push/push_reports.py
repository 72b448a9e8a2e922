"""How pushes stand: looked at without a request, a lock or a write."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ucsync.flow.fleet import in_full
from ucsync.flow.push.plan_result import header_document
from ucsync.flow.push.push_result import DONE, PROBLEMS_MAX, TROUBLES, Problem, Windows
from ucsync.flow.push.run import HALTED, WINDOWS
from ucsync.model import StorageFailed
from ucsync.model.pushes import PlanHeader, Step, StepState
from ucsync.store.journal import Journal, JournalStep
from ucsync.store.pushes import Pushes

#: Pushes that a list shows, the newest.
SHOWN: Final = 20

#: What a person looks for first comes first.
_BY_CARE: Final = (*TROUBLES, StepState.SENT, StepState.DROPPED, StepState.WAITING, StepState.LANDED,
                   StepState.ALREADY)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PushReport:
    """How one push stands.

    Attributes:
        push: its id.
        header: of its plan.
        begun_at: when it began.
        counts: steps by state.
        halted: why it was stopped for good, None when it was not.
        transient: refused steps that `retry` sends again.
        window_s: median and largest age, in seconds, of what the updates were computed from; None without
            any.
        problems: the first steps that are not as they were asked for.
    """

    push: str
    header: PlanHeader
    begun_at: datetime
    counts: Mapping[StepState, int]
    halted: str | None
    transient: int
    window_s: tuple[float, float] | None
    problems: tuple[Problem, ...]

    @property
    def open(self) -> int:
        """Steps that are still to be sent, or in doubt."""
        return self.counts.get(StepState.WAITING, 0) + self.counts.get(StepState.SENT, 0)

    @property
    def exit_code(self) -> int:
        """4 halted, 3 when a step is not, or not yet, as it was asked for, else 0."""
        if self.halted is not None:
            return 4
        return 3 if any(count for state, count in self.counts.items() if state not in DONE) else 0

    @property
    def state(self) -> str:
        """In one word or two."""
        if self.halted is not None:
            return "halted"
        return "under way, or to be gone on with" if self.open else "ended"

    @property
    def next(self) -> str | None:
        """What a person may do about it, None when nothing is left to do."""
        if self.halted is not None:
            return f"`ucsync push undo {self.push}`, or a new plan"
        if self.open:
            return f"`ucsync push apply {self.push}` goes on with it"
        return f"`ucsync push retry {self.push}` sends {self.transient} again" if self.transient else None

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        median, largest = self.window_s or (None, None)
        return {
            "push": self.push,
            "state": self.state,
            "begun_at": self.begun_at.isoformat(),
            "steps": {state.value: count for state, count in self.counts.items()},
            "halted": self.halted,
            "transient": self.transient,
            "window_s": {"median": median, "largest": largest},
            "problems": [problem.document() for problem in self.problems],
            "next": self.next,
            "plan": header_document(self.header),
            "exit_code": self.exit_code,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PushList:
    """The newest pushes of a merchant, newest first.

    Attributes:
        merchant: its name.
        pushes: how each stands, without its single problems.
        older: how many more there are.
        damaged: journals that cannot be read, one line each.
    """

    merchant: str
    pushes: tuple[PushReport, ...]
    older: int
    damaged: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """74 when a journal is damaged; else of the newest push: 4 halted, 3 when not all is as asked."""
        if self.damaged:
            return 74
        return self.pushes[0].exit_code if self.pushes else 0

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        return {
            "merchant": self.merchant,
            "pushes": [_short(one) for one in self.pushes],
            "older": self.older,
            "damaged": list(self.damaged),
            "exit_code": self.exit_code,
        }


def push_list(merchant: str, pushes: Pushes) -> PushList:
    """How the newest pushes of a merchant stand.

    Raises:
        StorageFailed: their folder cannot be read.
    """
    ids, found, damaged = pushes.ids(), [], []
    for push_id in reversed(ids[-SHOWN:]):
        try:
            with pushes.read(push_id) as journal:
                found.append(push_report(journal, problems_max=0))
        except StorageFailed as failure:
            damaged.append(in_full(failure))
    return PushList(
        merchant=merchant, pushes=tuple(found), older=max(0, len(ids) - SHOWN), damaged=tuple(damaged)
    )


def push_report(journal: Journal, *, problems_max: int = PROBLEMS_MAX) -> PushReport:
    """How one push stands.

    Args:
        journal: of the push, or a copy of it.
        problems_max: so many steps are named.

    Raises:
        StorageFailed: the journal is damaged.
    """
    refused = journal.steps(StepState.REFUSED)
    return PushReport(
        push=journal.id,
        header=journal.header,
        begun_at=journal.begun_at,
        counts=journal.counts(),
        halted=journal.noted(HALTED),
        transient=sum(one.transient for one in refused),
        window_s=Windows.read(journal.noted(WINDOWS)).figures(),
        problems=tuple(_problems(journal, problems_max)),
    )


def outcomes(journal: Journal) -> tuple[Iterator[Step], dict[int, tuple[StepState, str]]]:
    """For a page or a table of a push: its steps, those that want care first, and where each stands."""
    states = {one.step.number: (one.state, one.reason) for one in journal.steps()}
    return (one.step for one in _by_care(journal)), states


def _by_care(journal: Journal) -> Iterator[JournalStep]:
    for state in _BY_CARE:
        yield from journal.steps(state)


def _problems(journal: Journal, problems_max: int) -> Iterator[Problem]:
    left = problems_max
    for state in (*TROUBLES, StepState.DROPPED):
        for one in journal.steps(state) if left > 0 else ():
            yield Problem(rows=one.step.rows, oid=one.oid, state=one.state, reason=one.reason)
            left -= 1
            if left <= 0:
                return


def _short(report: PushReport) -> dict[str, Any]:
    told = report.document()
    del told["problems"], told["plan"]
    plan = report.header
    return {**told, "source": plan.source, "undoes": plan.undoes, "created_at": plan.created_at.isoformat()}
