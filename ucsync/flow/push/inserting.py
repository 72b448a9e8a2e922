"""insertCustomer: who is new is known by e-mail address alone until the server has made them."""

from ucsync.flow.push.attempt import attempt
from ucsync.flow.push.newest import Newest
from ucsync.flow.push.run import Known, Run
from ucsync.flow.push.updating import is_whole, missing_of, named
from ucsync.model.pushes import StepState
from ucsync.store.journal import JournalStep
from ucsync.ultracart.changes import after_changes


async def insert(run: Run, newest: Newest, entry: JournalStep) -> None:
    """Send an insert that waits, unless somebody of that e-mail address is there. Raises as `take`."""
    email = entry.step.email
    held = newest.holder(email) if email else None
    # an earlier attempt may have acted after it was given up; a backfill may have yet to bring them in
    if email and (entry.attempts or (held is None and newest.is_partial)):
        held = await run.customer_by_email(email)
    if held is not None:
        _settle_held(run, entry, held)
        return
    asked_at = run.now
    answer = await attempt(run, entry, None, entry.step.body)
    if answer is None:
        return
    told: Known | None = run.known(answer, asked_at)
    oid = inserted_oid(told)
    if oid is None:
        told = await run.customer_by_email(email) if email else None
    elif told is not None and not _is_as_planned(entry, told):
        told = await run.customer(oid)
    judge_insert(run, entry, told)


def judge_insert(run: Run, entry: JournalStep, told: Known | None) -> None:
    """What an insert that the server has done came to, by the customer whom it made."""
    oid = inserted_oid(told)
    if told is None or oid is None:
        run.settle(entry, StepState.DIVERGED, "the server has inserted a customer who cannot be found")
        return
    missing = missing_of(entry.step.changes, told.record)
    if missing:
        reason = f"customer {oid} was inserted, but the server did not take {named(missing)}"
        run.settle(entry, StepState.DIVERGED, reason, told=told, oid=oid)
    else:
        run.settle(entry, StepState.LANDED, told=told, oid=oid)


def inserted_oid(told: Known | None) -> int | None:
    """The oid of a customer, None when there is none."""
    oid = told.record.get("customer_profile_oid") if told else None
    return oid if isinstance(oid, int) else None


def _settle_held(run: Run, entry: JournalStep, held: Known) -> None:
    oid = inserted_oid(held)
    if missing_of(entry.step.changes, held.record):
        reason = f"customer {oid} has this e-mail address by now"
        run.settle(entry, StepState.CONFLICT, reason, told=held)
    else:
        run.done_before(entry, held, oid=oid)


def _is_as_planned(entry: JournalStep, told: Known) -> bool:
    whole = is_whole(after_changes({}, entry.step.changes), told.record)
    return whole and not missing_of(entry.step.changes, told.record)
