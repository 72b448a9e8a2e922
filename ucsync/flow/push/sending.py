"""The steps of a push that wait: what must hold before, what is sent, and what it came to."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ucsync.flow.push.attempt import attempt
from ucsync.flow.push.inserting import insert
from ucsync.flow.push.marks import give
from ucsync.flow.push.merge_protocol import merge
from ucsync.flow.push.newest import Newest
from ucsync.flow.push.run import Known, Run, Unreadable
from ucsync.flow.push.undo_changes import why_it_stays
from ucsync.flow.push.updating import GONE, oid_of, update
from ucsync.model import BadRequest, NotFound
from ucsync.model.pushes import Action, StepState
from ucsync.store.journal import JournalStep


async def take(run: Run, newest: Newest, entry: JournalStep) -> None:
    """Do one step that waits. When this returns, the journal has what came of it, or that it is in doubt.

    Raises:
        PushHalted: it came to what the plan had not shown; nothing more may be sent.
        CallFailed, QuotaSpent, Stopped, StorageFailed: the run ends; the step waits again, or is in doubt.
    """
    try:
        await _ACTIONS[entry.step.action](run, newest, entry)
    except NotFound:  # told by the write itself, which so did nothing
        run.answered()
        gone = entry.step.action is Action.DELETE
        run.settle(entry, StepState.LANDED if gone else StepState.REFUSED, GONE)
    except Unreadable as unread:
        if run.journal.entry(entry.step.number).state is StepState.SENT:  # it could not be verified
            run.lose(entry, unread.failure)
            return
        passing = not isinstance(unread.failure, BadRequest)
        run.settle(entry, StepState.REFUSED, str(unread), transient=passing)
        run.stumble(unread.failure)


async def _delete(run: Run, _: Newest, entry: JournalStep) -> None:
    """Keep a customer, then delete them."""
    oid = oid_of(entry)
    known = await run.customer(oid)
    if known is None or known.answer is None:
        run.done_before(entry)
        return
    why = _why_it_stays(run, oid, known)
    if why is not None:
        run.settle(entry, StepState.CONFLICT, why, told=known)
        return
    run.journal.archive(entry.step.number, oid, known.answer.raw, run.now)
    if await attempt(run, entry, oid, {}) is not None:
        run.settle(entry, StepState.LANDED)


def _why_it_stays(run: Run, oid: int, known: Known) -> str | None:
    """Why a customer is not to be deleted who was to go because nothing had happened to them; else None."""
    undoes = run.journal.header.undoes
    if undoes is None:
        return None
    with run.place.pushes.read(undoes) as journal:
        made = (entry for entry in journal.steps(StepState.LANDED) if entry.oid == oid)
        insert_of_them = next((entry for entry in made if entry.step.action is Action.INSERT), None)
    if insert_of_them is None:
        return None
    return why_it_stays(insert_of_them, known.record, run.place.settings.expansions)


_ACTIONS: Final[Mapping[Action, Callable[[Run, Newest, JournalStep], Awaitable[None]]]] = {
    Action.UPDATE: update,
    Action.INSERT: insert,
    Action.MERGE: merge,
    Action.DELETE: _delete,
    Action.STORE_CREDIT: give,
    Action.CASHBACK: give,
    Action.EMAIL_LISTS: give,
}
