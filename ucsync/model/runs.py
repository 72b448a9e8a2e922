"""Runs, and what is told of one when it is over; nobody's data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ucsync.model.figures import QuotaUse
from ucsync.model.receipts import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run.

    Attributes:
        number: of the run, ascending; 0 for one that was refused before it could be noted.
        merchant: whose.
        kind: the verb, e.g. "sync" or "push apply".
        started: when, in UTC.
        ended: when, None while it runs, and for ever when it was killed.
        exit_code: as the command line returned it, None until it ended.
        requests: sent, None until it ended.
        snapshot: id of what it published, None for nothing.
        result: in one line, "" for none; no personal data.
    """

    number: int
    merchant: str
    kind: str
    started: datetime
    ended: datetime | None
    exit_code: int | None
    requests: int | None
    snapshot: str | None
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PushFigures:
    """A push by counts and names of fields; whom and what it was about is on the page of its plan.

    Attributes:
        push: its id, which is its plan's.
        state: of the whole, in a few words.
        next: what a person may do about it, None when nothing is left to do.
        exit_code: as `ucsync push status` has it.
        planned_at, begun_at: when.
        against: the snapshot that it was planned against.
        snapshots: those that have what it has come to, oldest first.
        undoes: the push that it takes back, None for none.
        touched, customers: whom it changes, of how many in the lake.
        steps: how many, by action and state.
        fields: changes of updates and inserts, by field and the state of their step.
        cleared: fields that become empty.
        equal, queued, rejected: rows that ask for nothing new, changes held back, problems in rows.
        priced: requests that it was to take at the most.
        requests: sent by the runs that have worked on it, None where none of them is known.
        transient: refused steps that can be sent again.
        halted_by: `canary`, `merge` or `trouble`; None when it was not halted.
        window_s: median and largest age, in seconds, of what updates rest on; None without any.
    """

    push: str
    state: str
    next: str | None
    exit_code: int
    planned_at: datetime
    begun_at: datetime
    against: str
    snapshots: tuple[str, ...]
    undoes: str | None
    touched: int
    customers: int
    steps: Mapping[str, Mapping[str, int]]
    fields: Mapping[str, Mapping[str, int]]
    cleared: int
    equal: int
    queued: int
    rejected: int
    priced: int
    requests: int | None
    transient: int
    halted_by: str | None
    window_s: tuple[float, float] | None

    def count(self, *states: str) -> int:
        """Steps in these states, all when none is named."""
        by_state = (held for counts in self.steps.values() for held in counts.items())
        return sum(count for state, count in by_state if not states or state in states)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """All that is told of one run, snapshot or push.

    Attributes:
        merchant: its name.
        version: of ucsync.
        made_at: when it was looked at; `quota` is of then.
        run: from the list of runs; None where that does not know it.
        is_over: whether a run that has no end is known to be over: another one has begun since.
        why: of the kind of scan, "" where that is not known any more.
        notes: what is wrong with the records, and, at the end of a run only, what had to be set right.
        told: the receipt that speaks for it: of what was published last, or of what stood then; None
            where nothing did.
        published: by it, oldest first.
        earlier: receipts of scans before it, newest first, to compare.
        runs: the runs before it, newest first.
        aside: rows of `told` that were set aside: by reason, how many.
        merged: customers of `told` who were merged into another by a push.
        kept_pages: pages of a scan left half done, which the next run goes on with.
        quota: None where it cannot be told.
        push: what it is about, None for no push.
    """

    merchant: str
    version: str
    made_at: datetime
    run: Run | None
    is_over: bool
    why: str
    notes: tuple[str, ...]
    told: Receipt | None
    published: tuple[Receipt, ...]
    earlier: tuple[Receipt, ...]
    runs: tuple[Run, ...]
    aside: Mapping[str, int]
    merged: int
    kept_pages: int
    quota: tuple[QuotaUse, ...] | None
    push: PushFigures | None

    @property
    def exit_code(self) -> int | None:
        """That of the run, or what it would have been; None for one that has not ended."""
        if self.run is not None:
            return self.run.exit_code
        if self.push is not None:
            return self.push.exit_code
        return None if self.told is None else 3 * bool(self.doubts)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What of its snapshot wants looking at, one line each; that a backfill goes on is no doubt."""
        told = self.told
        if told is None:
            return ()
        reasons = () if told.sound_so_far else (told.reasons or ("the snapshot is not proven complete",))
        aside = max(told.quarantined, len(told.aside))
        named = (f"{aside:,} customer{'s were' if aside != 1 else ' was'} set aside",) if aside else ()
        return (*reasons, *named)

    @property
    def is_new(self) -> bool:
        """Whether `told` is of a snapshot that it has published."""
        return self.told in self.published
