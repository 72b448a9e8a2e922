"""What applying a plan came to, and for how long somebody else's edit could have been overwritten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from ucsync.model.pushes import StepState

#: A result names so many steps that did not land; the journal has them all.
PROBLEMS_MAX: Final = 1000

#: Steps in these states are as they were asked for.
DONE: Final = (StepState.LANDED, StepState.ALREADY)
#: In these nothing, or not what was asked for, was done, and a push with many of them is stopped.
TROUBLES: Final = (StepState.REFUSED, StepState.CONFLICT, StepState.DIVERGED)


@dataclass(slots=True)
class Windows:
    """The ages of what updates were computed from, when their answers came, or when they were found to have
    acted without one.

    That is the time in which an edit of somebody else's could have come between and been overwritten
    unseen; the most that it can be, because when a lost request acted is not known. Kept to three digits,
    so that a push of any length has few different ones.
    """

    counts: dict[int, int] = field(default_factory=dict)

    @classmethod
    def read(cls, noted: Any) -> Self:
        """From a journal's note, which may be None."""
        held = noted if isinstance(noted, dict) else {}
        return cls({int(ms): count for ms, count in held.items()})

    def document(self) -> dict[str, int]:
        """As a journal notes it: how many, by milliseconds."""
        return {str(ms): count for ms, count in sorted(self.counts.items())}

    def add(self, seconds: float) -> None:
        """One more."""
        ms = int(float(f"{max(0.0, seconds) * 1000:.3g}"))
        self.counts[ms] = self.counts.get(ms, 0) + 1

    def figures(self) -> tuple[float, float] | None:
        """The median and the largest, in seconds; None without any."""
        half = (sum(self.counts.values()) + 1) // 2
        for ms in sorted(self.counts):
            half -= self.counts[ms]
            if half <= 0:
                return ms / 1000, max(self.counts) / 1000
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A step that is not as it was asked for.

    Attributes:
        rows: of the change set, from 1.
        oid: the customer, None for an insert that came to nothing.
        state: where it stands.
        reason: in words.
    """

    rows: tuple[int, ...]
    oid: int | None
    state: StepState
    reason: str

    def document(self) -> dict[str, object]:
        """As JSON."""
        return {
            "rows": list(self.rows),
            "customer_profile_oid": self.oid,
            "state": self.state.value,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PushResult:
    """How far a push is after a run; it satisfies `fleet.Result`.

    Attributes:
        merchant: its name in the configuration.
        push: id of the push.
        counts: steps by state, over all runs.
        transient: steps that were refused for a reason that may pass.
        halted: why it was stopped for good, None when it was not.
        paused_until: when it can go on, None when it need not.
        window_s: median and largest age, in seconds, of what the updates were computed from; of all
            runs, None without any.
        problems: the first `PROBLEMS_MAX` steps that are not as they were asked for.
        notes: for a person, one line each.
        requests: sent by this run.
        snapshot: the newest one, with all answers in it; "" when there is none.
        seconds: that this run took.
    """

    merchant: str
    push: str
    counts: Mapping[StepState, int]
    transient: int
    halted: str | None
    paused_until: datetime | None
    window_s: tuple[float, float] | None
    problems: Sequence[Problem]
    notes: Sequence[str]
    requests: int
    snapshot: str
    seconds: float

    @property
    def exit_code(self) -> int:
        """4 halted, 76 paused, 3 when a step is not as it was asked for, else 0."""
        if self.halted is not None:
            return 4
        if self.paused_until is not None:
            return 76
        return 3 if any(count for state, count in self.counts.items() if state not in DONE) else 0

    @property
    def line(self) -> str:
        """The outcome in one line."""
        told = ", ".join(f"{count} {state.value}" for state, count in self.counts.items() if count)
        if self.halted is not None:
            return f"halted: {told}"
        until = f"; paused until {self.paused_until:%Y-%m-%d %H:%M} UTC" if self.paused_until else ""
        return f"{told or 'nothing to do'}{until}"

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        median, largest = self.window_s or (None, None)
        return {
            "merchant": self.merchant,
            "push": self.push,
            "steps": {state.value: count for state, count in self.counts.items()},
            "transient": self.transient,
            "halted": self.halted,
            "paused_until": self.paused_until.isoformat() if self.paused_until else None,
            "window_s": {"median": median, "largest": largest},
            "problems": [problem.document() for problem in self.problems],
            "notes": list(self.notes),
            "requests": self.requests,
            "snapshot": self.snapshot,
            "seconds": round(self.seconds, 3),
            "exit_code": self.exit_code,
        }
