"""Store credit, cashback and e-mail lists: whether something was given is seen in the server's own books.

An amount that was added twice is lost money, and no value tells that it was. So the description of each
ends with a mark that no other has, and the ledger is searched for it.
"""

from typing import Any

from ucsync.flow.push.attempt import attempt
from ucsync.flow.push.newest import Newest
from ucsync.flow.push.run import Known, Run
from ucsync.flow.push.updating import GONE
from ucsync.model.pushes import Action, StepState
from ucsync.store.journal import JournalStep


async def give(run: Run, _: Newest, entry: JournalStep) -> None:
    """Add store credit or cashback, or change e-mail lists, once. Raises as `take`."""
    oid = recipient(run, entry)
    if entry.attempts and entry.step.mark:
        given, known = await is_given(run, entry, oid)
        if given:
            run.done_before(entry, known)
            return
    if await attempt(run, entry, oid, entry.step.body) is None:
        return
    # What it did to loyalty is not in the answer, and moves no last_modified_dts: it is read for the lake.
    told = await run.customer(oid) if entry.step.action is Action.CASHBACK else None
    run.settle(entry, StepState.LANDED, told=told)


async def read_back(run: Run, entry: JournalStep) -> None:
    """Find out what came of it. Raises Unreadable, and what ends the run."""
    if entry.step.action is Action.EMAIL_LISTS:
        run.again(entry)  # sent twice, it comes to the same
        return
    if not entry.step.mark or not _can_tell(run, entry):
        run.settle(entry, StepState.DIVERGED, "whether it was given cannot be seen; look at the customer")
        return
    given, known = await is_given(run, entry, recipient(run, entry))
    if given is None:
        run.settle(entry, StepState.REFUSED, GONE)
    elif given:
        run.settle(entry, StepState.LANDED, told=known)
    else:
        run.again(entry)


async def is_given(run: Run, entry: JournalStep, oid: int) -> tuple[bool | None, Known | None]:
    """Whether the ledger has the step's mark, None when there is no such customer; and who was read."""
    if entry.step.action is Action.CASHBACK:
        known = await run.customer(oid)
        return (None if known is None else _has_mark(_cashback(known), entry.step.mark)), known
    answer = await run.store_credit(oid)
    if answer is None:
        return None, None
    rows = [*(answer.payload.get("past_ledgers") or ()), *(answer.payload.get("future_ledgers") or ())]
    return _has_mark(rows, entry.step.mark), None


def recipient(run: Run, entry: JournalStep) -> int:
    """Whom it is for: somebody whom the push has inserted, where the step itself cannot say."""
    oids = [entry.oid, *(run.journal.entry(number).oid for number in entry.step.rests_on)]
    return next(oid for oid in oids if oid is not None)


def _can_tell(run: Run, entry: JournalStep) -> bool:
    return entry.step.action is not Action.CASHBACK or "loyalty" in run.place.settings.expansions


def _cashback(known: Known) -> list[Any]:
    certificate = known.record.get("loyalty", {}).get("internal_gift_certificate", {})
    return list(certificate.get("ledger_entries", ()))


def _has_mark(rows: list[Any], mark: str) -> bool:
    return any(str(row.get("description") or "").endswith(mark) for row in rows)
