"""updateCustomer: one request a customer where that is safe, and its answer proves it.

Some updates are canaries: read before, kept, and compared in every field afterwards. All others are
computed from the newest row that is known, so that what somebody else has changed beside the plan stays;
where the plan's own fields have changed, nothing is sent.
"""

from collections.abc import Sequence
from typing import Final

from ucsync.flow.push.attempt import attempt
from ucsync.flow.push.canary import canary_passed, is_canary
from ucsync.flow.push.newest import READS_MAX, Newest
from ucsync.flow.push.run import CANARY, Known, Run
from ucsync.model.pushes import Change, Standing, StepState
from ucsync.store.journal import JournalStep
from ucsync.ultracart.changes import after_changes, in_effect, standing, unplanned, update_body
from ucsync.ultracart.records import Record

GONE: Final = "there is no such customer any more"

#: A reason names so many places at most.
_NAMED_MAX: Final = 5


async def update(run: Run, newest: Newest, entry: JournalStep) -> None:
    """Send an update that waits, if the customer still is as the plan found them. Raises as `take`."""
    oid, changes = oid_of(entry), entry.step.changes
    canary = is_canary(run, changes)
    known = await _latest(run, newest, entry, oid, read=canary)
    if known is None:
        _settle_gone(run, newest, entry, oid)
        return
    found = standing(known.record, changes)
    if found is Standing.THERE:
        run.done_before(entry, known)
    elif found is Standing.ELSE:
        others = [change for change in changes if standing(known.record, [change]) is Standing.ELSE]
        run.settle(entry, StepState.CONFLICT, f"changed since the plan: {named(others)}", told=known)
    else:
        await _send(run, entry, oid, known, canary=canary)


def oid_of(entry: JournalStep) -> int:
    """The customer of a step that is about one."""
    if entry.oid is None:
        raise AssertionError(f"step {entry.step.number} is about nobody")
    return entry.oid


def named(changes: Sequence[Change]) -> str:
    """Where changes are, for a person."""
    return _listed([change.path for change in changes])


def is_whole(expected: Record, answered: Record) -> bool:
    """Whether an answer holds every part that there ought to be something in.

    A part that is missing may be empty, or not answered: only reading the customer tells.
    """
    parts = (name for name, held in expected.items() if isinstance(held, dict | list))
    return all(name in answered for name in parts)


def missing_of(changes: Sequence[Change], record: Record) -> list[Change]:
    """The changes that are not in effect."""
    return [change for change in changes if not in_effect(record, change)]


async def _latest(run: Run, newest: Newest, entry: JournalStep, oid: int, *, read: bool) -> Known | None:
    """The customer as far as is known; read now, where the lake may not know the newest."""
    doubtful = entry.attempts or entry.step.rests_on or newest.is_doubtful(oid)
    known = newest.row(oid)
    if known is not None and not (read or run.read_first or doubtful):
        return known
    for _ in range(READS_MAX):
        known = await run.customer(oid)
        if not newest.waits_long():  # a long wait for quota belongs before a read, not behind it
            break
    return known


def _settle_gone(run: Run, newest: Newest, entry: JournalStep, oid: int) -> None:
    survivor = newest.survivor_of(oid)
    if survivor is None:
        run.settle(entry, StepState.REFUSED, GONE)
    else:
        run.settle(entry, StepState.DROPPED, f"the customer was merged into {survivor} since the plan")


async def _send(run: Run, entry: JournalStep, oid: int, known: Known, *, canary: bool) -> None:
    changes, asked_at = entry.step.changes, run.now
    try:
        body = update_body(known.record, changes)
    except ValueError as fault:  # something has come there that cannot be sent back, and would be lost
        run.settle(entry, StepState.REFUSED, str(fault), told=known)
        return
    if canary and known.answer is not None:
        run.journal.archive(entry.step.number, oid, known.answer.raw, run.now)
    answer = await attempt(run, entry, oid, body)
    run.sent_update(entry, known.asked_at)
    if answer is None:
        return
    told = run.known(answer, asked_at)
    expected = after_changes(known.record, changes)
    if not is_whole(expected, told.record) or missing_of(changes, told.record):
        read = await run.customer(oid)
        if read is None:
            run.settle(entry, StepState.REFUSED, GONE)
            return
        told = read
    _judge(run, entry, known.record, told, canary=canary)


def _judge(run: Run, entry: JournalStep, before: Record, told: Known, *, canary: bool) -> None:
    """What an update came to, by the customer after it."""
    changes = entry.step.changes
    missing = missing_of(changes, told.record)
    beside = unplanned(before, told.record, changes) if canary else []
    told_already = {change.path for change in missing}
    more = [difference.path for difference in beside if difference.path not in told_already]
    reasons = [f"the server did not take {named(missing)}"] if missing else []
    reasons += [f"what was not planned has changed: {_listed(more)}"] if more else []
    state, reason = StepState.LANDED, "; ".join(reasons)
    if missing:
        taken = any(change not in missing and not in_effect(before, change) for change in changes)
        state = StepState.DIVERGED if taken or more else StepState.REFUSED
    # The halt is noted first: a death in between must not let the push go on.
    halt = run.halt(CANARY, f"step {entry.step.number}: {reason}") if canary and reason else None
    run.settle(entry, state, reason, told=told)
    if halt is not None:
        raise halt
    if canary:
        canary_passed(run, missing_of(changes, before))


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _NAMED_MAX} more" if len(paths) > _NAMED_MAX else ""
    return ", ".join(paths[:_NAMED_MAX]) + more
