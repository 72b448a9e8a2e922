"""Apply a plan: begin it or go on with it, send what waits, settle what is in doubt, publish what landed.

Whatever ends a run, the next one goes on from the journal. What was answered is published however a run
ends; what it ended with comes first, though, and is what the user is told.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Final

from ucsync.flow.push.admitting import ApplyWishes as ApplyWishes  # part of what is offered here
from ucsync.flow.push.admitting import check_age, check_confirmed, check_new, check_place
from ucsync.flow.push.landing import publish_landed
from ucsync.flow.push.merge_protocol import verified_note
from ucsync.flow.push.push_result import PROBLEMS_MAX, TROUBLES, Problem, PushResult
from ucsync.flow.push.rounds import Rounds
from ucsync.flow.push.run import (
    HALTED,
    HALTED_BY,
    MERGES_VERIFIED,
    TROUBLE,
    PushHalted,
    Run,
    halted,
    trouble,
)
from ucsync.flow.workplace import Workplace
from ucsync.model import QuotaSpent, RateLimited, UcsyncError
from ucsync.model.pushes import StepState
from ucsync.store.journal import Journal
from ucsync.store.plan_files import PlanFile

_CONFIRMED: Final = "confirmed"
#: Where a 429 does not say how long to wait.
_PAUSE_S: Final = 60.0
_TO_TELL: Final = (*TROUBLES, StepState.DROPPED, StepState.SENT)


async def apply_push(place: Workplace, plan: PlanFile, wishes: ApplyWishes) -> PushResult:
    """Begin a plan, or go on with it when it was begun; one that is done sends nothing.

    Args:
        place: of the plan's merchant.
        plan: from `read_plan`.
        wishes: of the user.

    Raises:
        Misused, InputUnusable: it is not for here, or has expired, and was not begun.
        Guarded: a guard stops it, a confirmation is missing, or it was halted before; nothing was sent.
        Stopped, CallFailed, StorageFailed: the run ended; what landed is in the lake, or will be after the
            next run, which goes on.
    """
    now = place.clock.now()
    if plan.id not in place.pushes.ids():
        check_new(place, plan, now)
        check_confirmed(plan.header, plan.digest, wishes)
    with place.pushes.begin(plan, now) as journal:
        return await _go_on(place, journal, wishes)


async def continue_push(place: Workplace, push_id: str, wishes: ApplyWishes) -> PushResult:
    """Go on with a push that was begun, without its plan's file.

    Raises:
        Misused: there is no such push; else as `apply_push`.
    """
    with place.pushes.open(push_id) as journal:
        return await _go_on(place, journal, wishes)


@dataclass(slots=True)
class _End:
    """How a run ended."""

    failure: UcsyncError | None = None
    paused_until: datetime | None = None
    snapshot: str | None = None
    notes: list[str] = field(default_factory=list)


async def _go_on(place: Workplace, journal: Journal, wishes: ApplyWishes) -> PushResult:
    check_place(place, journal.header)
    counts = journal.counts()
    if counts[StepState.WAITING] == sum(counts.values()):  # an earlier run came to nothing
        check_age(journal.header, place.clock.now())
    if journal.noted(_CONFIRMED) is None:
        check_confirmed(journal.header, journal.digest, wishes)
        journal.note(_CONFIRMED, True)
    started_s = place.clock.monotonic()
    if wishes.retry:
        _retry(place, journal)
    reason = journal.noted(HALTED)
    run = Run(place, journal, read_first=wishes.read_first)
    rounds = Rounds(run)
    end = await _carried_out(rounds)
    with suppress(UcsyncError):  # figures; what they are of is safe
        run.note_windows()
    await _publish(place, journal, end, halted_now=journal.noted(HALTED) is not None)
    if end.failure is not None:
        raise end.failure
    if reason is not None:
        raise halted(journal.id, reason)
    return _result(run, rounds, end, place.clock.monotonic() - started_s)


def _retry(place: Workplace, journal: Journal) -> None:
    """What was refused for a while waits again; a push that was halted for too much of it may go on."""
    journal.retry(place.clock.now())
    passed = trouble(journal.counts(), place.push.trouble_percent_max) is None
    if journal.noted(HALTED_BY) == TROUBLE and passed:
        journal.note(HALTED, None)


async def _carried_out(rounds: Rounds) -> _End:
    end = _End()
    try:
        await rounds.carry_out()
        end.paused_until = rounds.merging_until
    except PushHalted:
        pass  # the journal has it
    except QuotaSpent as spent:
        end.paused_until = spent.until
    except RateLimited as refusal:
        wait_s = _PAUSE_S if refusal.wait_s is None else refusal.wait_s
        end.paused_until = rounds.run.now + timedelta(seconds=wait_s)
    except UcsyncError as failure:
        end.failure = failure
    return end


async def _publish(place: Workplace, journal: Journal, end: _End, *, halted_now: bool) -> None:
    """Bring what landed into the lake. Raises StorageFailed, unless the run ended with something else."""
    try:
        receipt = await publish_landed(place, journal)
        current = receipt or place.lake.current()
    except UcsyncError as failure:
        if end.failure is None and end.paused_until is None and not halted_now:
            raise
        text = f"what landed could not be published, the next run does it: {failure}"
        end.notes.append(text)
        if end.failure is not None:
            end.failure.add_note(text)
    else:
        end.snapshot = current.snapshot if current else ""


def _result(run: Run, rounds: Rounds, end: _End, seconds: float) -> PushResult:
    journal = run.journal
    counts = journal.counts()
    notes = [*rounds.notes, *end.notes]
    if verified := verified_note(int(journal.noted(MERGES_VERIFIED) or 0)):
        notes.append(verified)
    if in_doubt := counts[StepState.SENT]:
        notes.append(f"of {in_doubt} steps nobody knows yet what came of them; the next run looks again")
    return PushResult(
        merchant=run.place.merchant,
        push=journal.id,
        counts=counts,
        transient=sum(entry.transient for entry in journal.steps(StepState.REFUSED)),
        halted=journal.noted(HALTED),
        paused_until=end.paused_until,
        window_s=run.windows.figures(),
        problems=_problems(journal),
        notes=notes,
        requests=run.requests,
        snapshot=end.snapshot or "",
        seconds=seconds,
    )


def _problems(journal: Journal) -> Sequence[Problem]:
    found = chain.from_iterable(journal.steps(state) for state in _TO_TELL)
    return [
        Problem(rows=entry.step.rows, oid=entry.oid, state=entry.state, reason=entry.reason)
        for entry in islice(found, PROBLEMS_MAX)
    ]
