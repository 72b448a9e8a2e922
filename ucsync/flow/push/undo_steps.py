"""The steps of a push, gone through from the last to the first of each customer, to be taken back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Final

from ucsync.flow.push.plan_book import PlanBook
from ucsync.flow.push.undo_changes import Verdict, undone, unread_part, why_it_stays
from ucsync.flow.workplace import Workplace
from ucsync.model import Receipt
from ucsync.model.pushes import Action, Change, Queued, Rejected, Step, StepState
from ucsync.plan.push_guards import Tally
from ucsync.store.customers_at import CustomersAt
from ucsync.store.journal import Journal, JournalStep
from ucsync.store.matching import match_emails
from ucsync.store.merges import merges_of
from ucsync.ultracart.changes import after_changes, update_body
from ucsync.ultracart.records import Record, record_of, same

#: Customers whose rows are in memory at a time.
_BATCH: Final = 1000
#: What was kept, and what cannot be undone, is named so often in a result; the plan has it all.
NAMED_MAX: Final = 1000

#: A step in one of these has acted, or may have.
_ACTED: Final = (StepState.LANDED, StepState.DIVERGED, StepState.SENT)
_GIFTS: Final = (Action.STORE_CREDIT, Action.CASHBACK)
_KEPT: Final = "it was changed since the push; what is there now stays"
_LASTING: Final[Mapping[Action, str]] = {
    Action.MERGE: "a merge cannot be undone; the rebuild plan inserts who was absorbed anew",
    Action.DELETE: "who was deleted cannot be had back; the rebuild plan inserts them anew",
    Action.STORE_CREDIT: "store credit that was added cannot be taken away through the API",
    Action.CASHBACK: "cashback may have been spent; ask for the opposite amount in a change set of its own",
    Action.EMAIL_LISTS: "who was on a list before cannot be read; ask for the opposite in a change set",
}


@dataclass(frozen=True, slots=True)
class Impossible:
    """Something that an undo does not take back.

    Attributes:
        what: what was done to whom, by oid.
        why: in words.
    """

    what: str
    why: str


@dataclass(slots=True)
class Findings:
    """What there is beside the steps of the undo.

    Attributes:
        kept: the first changes that others have made since.
        impossible: the first things that are not taken back.
        rebuild: numbers of the steps after which somebody is gone, in the order of sending.
        doubtful, waiting: steps of which nobody knows what came of them, and that were not sent yet.
        cleared: fields that become empty again, because they were.
    """

    kept: list[Queued] = field(default_factory=list)
    impossible: list[Impossible] = field(default_factory=list)
    rebuild: list[int] = field(default_factory=list)
    doubtful: int = 0
    waiting: int = 0
    cleared: int = 0


class TakingBack:
    """Finds what is to be sent to take a push back, and puts it into a plan.

    Args:
        place: of the merchant.
        receipt: of the snapshot that tells how everybody is now.
        journal: of the push.
        book: of the plan that is made.
        delete_inserted: whether new customers are to be deleted, if they are as they were inserted.
    """

    def __init__(
        self, place: Workplace, receipt: Receipt, journal: Journal, book: PlanBook, *, delete_inserted: bool
    ) -> None:
        self._place = place
        self._receipt = receipt
        self._journal = journal
        self._book = book
        self._delete_inserted = delete_inserted
        self._tally = Tally()
        self._given: set[int] = set()
        self.findings = Findings()

    def find(self) -> Findings:
        """Go through the whole journal; it may be called in a thread.

        Raises:
            Stopped: as asked.
            StorageFailed: the lake or the journal is damaged, or the disk refuses.
        """
        by_customer = sorted(self._acted(), key=lambda one: (one[0], -one[1]))
        customers = [(oid, [number for _, number in group]) for oid, group in groupby(by_customer, _oid)]
        rows = CustomersAt(self._place.lake, self._receipt, None)
        merged = merges_of(self._place.lake) if customers else {}
        for start in range(0, len(customers), _BATCH):
            self._place.stop.check()
            batch = customers[start : start + _BATCH]
            there = rows.read([oid for oid, _ in batch])
            steps = []
            for oid, numbers in batch:
                if oid in there:
                    steps += self._customer(oid, numbers, record_of(there[oid][0]))
                else:
                    into = f", but into {merged[oid]} in a merge" if oid in merged else ""
                    self._refuse(self._journal.entry(numbers[0]), f"the customer is not there any more{into}")
            for step in self._with_free_emails(steps):
                self._tally.add(step)
                self._book.add(step)
        self.findings.cleared = self._tally.cleared
        return self.findings

    def _acted(self) -> Iterator[tuple[int, int]]:
        """Customer and number of the steps that may be taken back; the others are told."""
        for entry in self._journal.steps():
            step = entry.step
            self.findings.waiting += entry.state is StepState.WAITING
            self.findings.doubtful += entry.state is StepState.SENT
            if entry.state not in _ACTED:
                continue
            if entry.state is StepState.SENT and step.action is not Action.UPDATE:
                self._given.update(step.rests_on)
                self._refuse(entry, "whether it was done is not known yet; go on with the push first")
            elif step.action in _LASTING:
                self._refuse(entry, _LASTING[step.action])
                self._given.update(step.rests_on if step.action in _GIFTS else ())
                if step.action in (Action.MERGE, Action.DELETE):
                    self.findings.rebuild.append(step.number)
            elif entry.oid is not None:
                yield entry.oid, step.number
            else:
                self._refuse(entry, "it is not known whom the server has made of it")

    def _customer(self, oid: int, numbers: Sequence[int], now: Record) -> list[Step]:
        """The steps, at most one, that take back what was done to one customer."""
        record, net = now, dict[tuple[str, int | str | None, str | None], Change]()
        last = self._journal.entry(numbers[0])
        edited = False
        for number in numbers:
            entry = self._journal.entry(number)
            if entry.step.action is Action.INSERT:
                if self._may_be_deleted(entry, record):
                    return [replace(entry.step, action=Action.DELETE, oid=oid, changes=(), body={})]
                edited = True
                continue
            for one in undone(self._journal, entry, oid, record):
                change = one.change
                if unread_part(change, self._place.settings.expansions):
                    edited = True
                    self._refuse(entry, f"{change.part} is not read any more: it is not among the expansions")
                elif one.verdict is Verdict.EDITED:
                    edited = True
                    self._note_kept(Queued(row=_row(entry.step), oid=oid, change=change, reason=_KEPT))
                elif one.verdict is Verdict.BACK:
                    where = (change.part, change.row, change.field)
                    net[where] = replace(net[where], after=change.after) if where in net else change
                    record = after_changes(record, [change])
        changes = tuple(one for one in net.values() if not same(one.before, one.after))
        if not changes:
            self._book.equal += not edited
            return []
        try:
            body = update_body(now, changes)
        except ValueError as fault:
            self._refuse(last, str(fault))
            return []
        return [
            Step(
                number=0, action=Action.UPDATE, oid=oid, email=now.get("email"), changes=changes, body=body,
                rows=last.step.rows, worth=last.step.worth,
            )
        ]  # fmt: skip

    def _may_be_deleted(self, entry: JournalStep, now: Record) -> bool:
        """Whether a customer whom the push has inserted can go, because nothing has happened to them."""
        why = None
        if not self._delete_inserted:
            why = "new customers stay, unless --delete-inserted is given"
        elif entry.step.number in self._given:
            why = "the new customer was given store credit or cashback by the push, and stays"
        else:
            why = why_it_stays(entry, now, self._place.settings.expansions)
        if why is not None:
            self._refuse(entry, why)
        return why is None

    def _with_free_emails(self, steps: Sequence[Step]) -> Iterator[Step]:
        """The steps without e-mail addresses that somebody else has by now."""
        backs = [(step, change) for step in steps for change in step.changes if change.part == "email"]
        emails = [change.after for _, change in backs if change.after]
        holders = match_emails(self._place.lake, self._receipt, emails) if emails else {}
        taken: dict[int | None, Change] = {}
        for step, change in backs:
            for other in holders.get(str(change.after).lower(), ()):
                if other != step.oid and step.oid not in taken:
                    taken[step.oid] = change
                    reason = f"customer {other} has the e-mail address by now"
                    self._note_kept(Queued(row=_row(step), oid=step.oid or 0, change=change, reason=reason))
        for step in steps:
            left = tuple(one for one in step.changes if one is not taken.get(step.oid))
            if step.oid not in taken:
                yield step
            elif left:
                body = {name: held for name, held in step.body.items() if name != "email"}
                yield replace(step, changes=left, body=body)

    def _note_kept(self, kept: Queued) -> None:
        self._book.queue(kept)
        if len(self.findings.kept) < NAMED_MAX:
            self.findings.kept.append(kept)

    def _refuse(self, entry: JournalStep, why: str) -> None:
        step = entry.step
        customer = f"customer {entry.oid if entry.oid is not None else 'unknown'}"
        if step.absorbed is not None:
            customer = f"customer {step.absorbed} into {step.oid}"
        done = step.action.value.replace("_", " ")
        self._book.reject(
            [Rejected(row=_row(step), key=step.email or customer, column=None, problem=f"{done}: {why}")]
        )
        if len(self.findings.impossible) < NAMED_MAX:
            self.findings.impossible.append(Impossible(f"{done} of {customer}", why))


def _oid(pair: tuple[int, int]) -> int:
    return pair[0]


def _row(step: Step) -> int:
    return step.rows[0] if step.rows else 0
