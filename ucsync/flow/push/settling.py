"""Requests whose outcome is unknown: read back, once they cannot act any more, and settled by what is there.

What has not acted may be sent again, and nothing else. Somebody may have changed the same fields in the
meantime; then nobody can tell any more, and the step is left to a person.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ucsync.flow.push.inserting import judge_insert
from ucsync.flow.push.marks import read_back
from ucsync.flow.push.merge_protocol import absorbed_of, conclude
from ucsync.flow.push.run import Run, Unreadable
from ucsync.flow.push.updating import GONE, named, oid_of
from ucsync.model.pushes import Action, Standing, StepState
from ucsync.store.journal import JournalStep
from ucsync.ultracart.changes import standing


async def settle_due(run: Run) -> int:
    """Read back every step in doubt whose time has come.

    Returns:
        How many of them are not in doubt any more.

    Raises:
        PushHalted: a merge turns out to have lost something.
        CallFailed, QuotaSpent, Stopped, StorageFailed: the run ends; the rest stays in doubt.
    """
    settled = 0
    for entry in run.due():
        try:
            await _READ_BACK[entry.step.action](run, entry)
        except Unreadable as unread:
            run.put_off(entry, unread.failure)
        else:
            settled += 1
    return settled


async def wait_and_settle(run: Run) -> int:
    """The same for the next of them, after waiting until its time has come. Raises likewise."""
    due = run.next_due()
    if due is None:
        return 0
    wait_s = (due - run.now).total_seconds()
    if wait_s > 0:
        await run.place.stop.unless(_sleep(run, wait_s))
    return await settle_due(run)


async def _sleep(run: Run, seconds: float) -> None:
    await run.place.clock.sleep(seconds)


async def _update(run: Run, entry: JournalStep) -> None:
    known = await run.customer(oid_of(entry))
    if known is None:
        run.settle(entry, StepState.REFUSED, GONE)
        return
    changes = entry.step.changes
    found = standing(known.record, changes)
    if found is Standing.UNTOUCHED:
        run.again(entry)
        return
    run.found_update(entry)
    if found is Standing.THERE:
        run.settle(entry, StepState.LANDED, told=known)
    else:
        others = [change for change in changes if standing(known.record, [change]) is Standing.ELSE]
        reason = f"its answer was lost, and by now there is something else in {named(others)}"
        run.settle(entry, StepState.DIVERGED, reason, told=known)


async def _insert(run: Run, entry: JournalStep) -> None:
    if not entry.step.email:
        reason = "whether it was inserted cannot be seen without an e-mail address"
        run.settle(entry, StepState.DIVERGED, reason)
        return
    known = await run.customer_by_email(entry.step.email)
    if known is None:
        run.again(entry)
    else:
        judge_insert(run, entry, known)


async def _merge(run: Run, entry: JournalStep) -> None:
    if await run.customer(absorbed_of(entry)) is not None:
        run.again(entry)
    else:
        conclude(run, entry, await run.customer(oid_of(entry)))


async def _delete(run: Run, entry: JournalStep) -> None:
    if await run.customer(oid_of(entry)) is not None:
        run.again(entry)
    else:
        run.settle(entry, StepState.LANDED)


_READ_BACK: Final[Mapping[Action, Callable[[Run, JournalStep], Awaitable[None]]]] = {
    Action.UPDATE: _update,
    Action.INSERT: _insert,
    Action.MERGE: _merge,
    Action.DELETE: _delete,
    Action.STORE_CREDIT: read_back,
    Action.CASHBACK: read_back,
    Action.EMAIL_LISTS: read_back,
}
