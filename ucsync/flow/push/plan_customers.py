"""Rows that are about customers of the lake: what each of them comes to, after a look at the newest row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ucsync.flow.push.plan_book import PlanBook
from ucsync.flow.push.plan_credits import given, is_given
from ucsync.flow.push.plan_merges import Merges
from ucsync.flow.push.plan_rows import Ground, Located, disagreement
from ucsync.model.pushes import Action, Change, Queued, Rejected, Rule, Step
from ucsync.plan.differing import Choice, choose
from ucsync.store.customers_at import CustomersAt
from ucsync.ultracart.changes import held_at, update_body
from ucsync.ultracart.check import body_faults
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.records import Record, record_of
from ucsync.ultracart.resolving import Proposal, resolve
from ucsync.ultracart.wishes import Asked, Wish

_CUSTOMER: Final = MODELS["Customer"]

_BROKEN: Final = "is to be merged with a row that is rejected"

#: The lengths of texts within parts.
_LONGEST: Final[Mapping[str, Mapping[str, int]]] = {
    part.name: {field.name: field.max_length for field in part.model.fields.values() if field.max_length}
    for part in _CUSTOMER.fields.values()
    if part.model
}

#: An address that becomes the default one takes that from another: both or neither.
_DEFAULT_FLAGS: Final = ("default_billing", "default_shipping")


@dataclass(slots=True)
class _Outcome:
    """What the rows of one customer come to, before any of it is written.

    Attributes:
        apply: changes to make.
        late: those of them that are made once its merges are done.
        held: changes that are held back, with the reason.
        given: steps beside its fields.
        problems: (column, problem); with any of them nothing is sent.
    """

    apply: list[Change] = field(default_factory=list)
    late: list[Change] = field(default_factory=list)
    held: list[tuple[Change, str]] = field(default_factory=list)
    given: list[Step] = field(default_factory=list)
    problems: list[tuple[str | None, str]] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        """Whether the customer is as asked for."""
        return not (self.apply or self.late or self.held or self.given or self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What is to be written of one customer.

    Attributes:
        rows: that ask for the same.
        found: it.
        update: the changes that are made first, None for none.
        late: those that are made after its merges.
    """

    rows: Sequence[Asked]
    found: _Outcome
    update: Step | None
    late: Step | None


class CustomerPlanner:
    """Plans what is to become of customers that are there, in batches by ascending oid.

    What is about a survivor of merges waits for `finish`: of merges that hang together all rows are sent,
    or none.

    Attributes:
        lists: whether anybody is to join or to leave an e-mail list.
    """

    def __init__(self, ground: Ground, located: Located, merges: Merges, book: PlanBook) -> None:
        columns = _columns(ground, merges)
        self._ground = ground
        self._located = located
        self._merges = merges
        self._book = book
        self._now = CustomersAt(ground.lake, ground.receipt, columns)
        self._then = None if ground.base is None else CustomersAt(ground.lake, ground.base, columns)
        self._gives = any(is_given(column.target) for column in ground.mapping.columns)
        self._unread = frozenset(ground.receipt.aside)
        self._unread_then = frozenset() if ground.base is None else frozenset(ground.base.aside)
        self._merged_rows = frozenset(row for pair in merges.pairs for row in pair.rows)
        self._emails: dict[int, str | None] = {}
        self._waiting: dict[int, _Change] = {}
        self._broken: set[int] = set()
        self.lists = False

    def plan(self, batch: Sequence[tuple[int, Sequence[int]]]) -> None:
        """Some customers with the positions of their rows.

        Raises:
            StorageFailed: a part of the lake is missing or damaged.
        """
        oids = [oid for oid, _ in batch]
        now = self._now.read(oids)
        then = {} if self._then is None else self._then.read(oids)
        asked: dict[int, list[Asked]] = {oid: [] for oid in oids}
        spoilt: set[int] = set()
        whose = {position: oid for oid, positions in batch for position in positions}
        for position, one, faults in self._ground.read([*whose]):
            if one is None:
                spoilt.add(whose[position])
                self._book.reject(faults)
            else:
                asked[whose[position]].append(one)
        for oid, asks in asked.items():
            if asks:
                base = record_of(then[oid][0]) if oid in then and oid not in self._unread_then else None
                self._customer(oid, record_of(now[oid][0]), base, asks, spoilt=oid in spoilt)

    def _customer(
        self, oid: int, record: Record, base: Record | None, asks: list[Asked], *, spoilt: bool
    ) -> None:
        if oid in self._merges.survivors:
            self._emails[oid] = record.get("email")
        absorbing = self._merges.into.get(oid)
        if absorbing is not None:
            where = f"row {absorbing.rows[0]} merges this customer into {absorbing.survivor}"
            self._of_an_absorbed(oid, record, base, asks, f"not sent: {where}")
            return
        problem = (
            "what this customer is now could not be read; see quarantine" if oid in self._unread else None
        )
        problem = problem or disagreement(asks, spoilt=spoilt)
        if problem is not None:
            self._reject(oid, asks, [(None, problem)])
            return
        one = next((one for one in asks if one.action is not Action.MERGE or one.wishes), asks[0])
        if one.action is Action.DELETE:
            self._delete(oid, record, asks)
        else:
            self._change(oid, record, base, one, asks)

    def _of_an_absorbed(
        self, oid: int, record: Record, base: Record | None, asks: list[Asked], problem: str
    ) -> None:
        """Its own changes would be lost with it; that is said, where there are any."""
        for one in asks:
            if one.action is Action.DELETE or not self._outcome(oid, record, base, one, ()).is_nothing:
                self._book.reject([Rejected(row=one.row, key=one.key, column=None, problem=problem)])
            elif one.row not in self._merged_rows:
                self._book.equal += 1

    def _delete(self, oid: int, record: Record, asks: list[Asked]) -> None:
        if oid in self._merges.survivors:
            self._reject(oid, asks, [(None, "is to be deleted, and to survive a merge")])
        elif self._located.directory.is_merged_away(asks[0].key):
            self._book.equal += len(asks)
            self._book.notes.append(f"row {asks[0].row}: merged away by an earlier push, so gone already")
        else:
            rows, email = tuple(one.row for one in asks), record.get("email")
            self._book.add(
                Step(number=0, action=Action.DELETE, oid=oid, email=email, rows=rows, worth=asks[0].worth)
            )

    def _change(self, oid: int, record: Record, base: Record | None, one: Asked, asks: list[Asked]) -> None:
        kept = self._merges.kept.get(oid, ())
        found = self._outcome(oid, record, base, one, kept)
        rows = tuple(sorted(ask.row for ask in asks))
        if one.action is Action.INSERT and not found.is_nothing and not found.problems:
            found.problems.append((None, "there is such a customer already; ask for an update"))
        update = self._update(oid, record, found.apply, rows, one, found)
        late = self._update(oid, record, found.late, rows, one, found)
        if found.problems:
            self._reject(oid, asks, found.problems)
            return
        change = _Change(rows=asks, found=found, update=update, late=late)
        if oid in self._merges.survivors:
            self._waiting[oid] = change
        else:
            self._write(oid, change)

    def _write(self, oid: int, change: _Change) -> int | None:
        """The steps before any merge; the number of the update, None when there is none."""
        found = change.found
        if found.is_nothing:
            self._book.equal += sum(1 for ask in change.rows if ask.row not in self._merged_rows)
        number = self._book.add(change.update) if change.update is not None else None
        for step in found.given:
            self._book.add(replace(step, rows=tuple(sorted(ask.row for ask in change.rows))))
            self.lists = self.lists or step.action is Action.EMAIL_LISTS
        for ask in change.rows if found.held else ():
            if ask.wishes:
                for held, reason in found.held:
                    self._book.queue(Queued(row=ask.row, oid=oid, change=held, reason=reason))
        return number

    def finish(self) -> None:
        """What has waited: the survivors' own changes, the merges that rest on them, and what comes last.

        A merge rests on its survivor's update, because what that takes over would be lost otherwise.
        """
        merges, updates = self._merges, dict[int, int]()
        for oid, change in self._waiting.items():
            if merges.root(oid) in self._broken:
                self._reject(oid, change.rows, [(None, _BROKEN)])
            elif (number := self._write(oid, change)) is not None:
                updates[oid] = number
        into: dict[int, list[int]] = {}
        trees: dict[int, list[int]] = {}
        for pair in merges.pairs:
            root = merges.root(pair.survivor)
            if root in self._broken:
                self._book.reject(
                    Rejected(row=row, key=merges.keys[row], column=None, problem=_BROKEN)
                    for row in pair.rows
                    if row not in self._book.rejected_rows
                )
                continue
            first = (updates[pair.survivor],) if pair.survivor in updates else ()
            step = merges.step(pair, self._emails.get(pair.survivor))
            number = self._book.add(replace(step, rests_on=(*first, *into.get(pair.absorbed, ()))))
            into.setdefault(pair.survivor, []).append(number)
            trees.setdefault(root, []).append(number)
        for oid, change in self._waiting.items():
            if change.late is not None and oid in trees:
                self._book.add(replace(change.late, rests_on=tuple(trees[oid])))

    def _outcome(
        self, oid: int, record: Record, base: Record | None, one: Asked, kept: Sequence[Wish]
    ) -> _Outcome:
        """What one row comes to; what its customer takes over by a merge gives way to its own cells."""
        found = _Outcome()
        own = {wish.target.text for wish in one.wishes} if kept else ()
        taken = [wish for wish in kept if wish.target.text not in own]
        proposals, problems = resolve(record, [*one.wishes, *taken] if taken else one.wishes)
        found.problems += problems
        leading, lead = None, Choice.EQUAL
        for proposal in proposals:
            change, wish = proposal.change, proposal.wish
            is_taken = bool(taken) and wish in taken
            follows = wish is leading and change.field in _DEFAULT_FLAGS
            choice = lead if follows else Choice.APPLY if is_taken else _chosen(proposal, base)
            leading, lead = wish, choice
            if choice is Choice.APPLY:
                (found.late if is_taken and change.part == "email" else found.apply).append(change)
                if change.part == "email" and not is_taken:
                    clash = self._located.clash(change.after, oid)
                    found.problems += [(wish.column, clash)] if clash else []
            elif choice is not Choice.EQUAL:
                found.held.append((change, _reason(wish.rule, known=base is not None)))
        if self._gives:
            steps, problems = given(self._ground, one, oid, record.get("email"), (one.row,))
            found.given += steps
            found.problems += problems
        return found

    def _update(
        self, oid: int, record: Record, changes: Sequence[Change], rows: tuple[int, ...], one: Asked,
        found: _Outcome,
    ) -> Step | None:  # fmt: skip
        """The step for these changes. A row that is sent back whole may hold what the vendor's model does not
        permit; better said now, as a problem, than when it is to be sent."""
        if found.problems or not changes:
            return None
        try:
            body = update_body(record, changes)
        except ValueError as fault:
            found.problems.append((None, str(fault)))
            return None
        if _may_be_too_long(body):
            found.problems += [
                (None, f"would have to be sent with {fault.path}: {fault.problem}")
                for fault in body_faults(_CUSTOMER, body, "customer")
            ]
        return Step(
            number=0, action=Action.UPDATE, oid=oid, email=record.get("email"), changes=tuple(changes),
            body=body, rows=rows, worth=one.worth,
        )  # fmt: skip

    def _reject(self, oid: int, asks: Sequence[Asked], problems: Sequence[tuple[str | None, str]]) -> None:
        if oid in self._merges.survivors:
            self._broken.add(self._merges.root(oid))
        for one in asks:
            self._book.reject(
                Rejected(row=one.row, key=one.key, column=column, problem=problem)
                for column, problem in problems
            )


def _columns(ground: Ground, merges: Merges) -> list[str]:
    """Names of the fields that are compared; a customer's e-mail address is shown."""
    parts = {column.target.part for column in ground.mapping.columns}
    parts |= {wish.target.part for wishes in merges.kept.values() for wish in wishes}
    stored = (name for name, held in _CUSTOMER.fields.items() if not held.write_only)
    return sorted({"email", *parts.intersection(stored)})


def _may_be_too_long(body: Mapping[str, Any]) -> bool:
    """Whether a look at each text is due. All else in a body is of the right kind, for cells were checked and
    the lake's columns have types; and looking closely at everything took a quarter of a plan's time."""
    for name, held in body.items():
        longest = _LONGEST.get(name)
        for row in held if isinstance(held, list) else (held,) if longest else ():
            for inner, value in row.items():
                if type(value) is str and longest and inner in longest:
                    length = len(value) if value.isascii() else 2 * len(value)
                    if length > longest[inner]:
                        return True
    return False


def _chosen(proposal: Proposal, base: Record | None) -> Choice:
    change = proposal.change
    return choose(
        base=None if base is None else held_at(base, change),
        base_known=base is not None,
        theirs=change.before,
        ours=change.after,
        rule=proposal.wish.rule,
    )


def _reason(rule: Rule, *, known: bool) -> str:
    if rule is Rule.FILL_EMPTY:
        return "it is filled already"
    both = "both sides have changed it" if known else "who has changed it is not known"
    return f"{both}: a person decides" if rule is Rule.QUEUE else f"{both}: theirs stands"
