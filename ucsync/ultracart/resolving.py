"""From what a row of a change set wishes to the changes of one customer that it comes to."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ucsync.model.pushes import NEW_ROW, Change, Rule
from ucsync.ultracart.changes import NEVER_CLEARED, UNSEEN
from ucsync.ultracart.child_rows import CUSTOMER_PARTS, Part
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.records import Record, same
from ucsync.ultracart.targets import Pick, PickBy
from ucsync.ultracart.wishes import ListMode, Wish

_FIELDS: Final = MODELS["Customer"].fields
_DEFAULT_FLAGS: Final = {"billing": "default_billing", "shipping": "default_shipping"}

#: Lists whose names are the same in whatever case: the merchant's tiers, and e-mail addresses.
_CASELESS: Final = frozenset({"pricing_tiers", "cc_emails"})

#: Of several rules the one that gives away least.
_CAUTION: Final = (Rule.OURS, Rule.FILL_EMPTY, Rule.THEIRS, Rule.QUEUE)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change, and the wish that asks for it; of a new address the wish with the most cautious rule."""

    change: Change
    wish: Wish


def resolve(record: Record, wishes: Sequence[Wish]) -> tuple[list[Proposal], list[tuple[str, str]]]:
    """What wishes come to for one customer.

    A default address is the row that says so, else the only row; where there is none, one is made of all
    that is wished for it. So is an address or cc e-mail that is found by a label and is not there. A row
    that becomes the default one takes that from the row that was it. Nothing is proposed where a
    customer is as wished. Store credit, cashback and e-mail lists are no fields of a customer and are
    passed over; so is a password for a customer who is there.

    Args:
        record: the customer; empty for one that is to be inserted.
        wishes: of one row, or of several that are for one customer.

    Returns:
        The proposals, no two of one place; and (column, problem) for each wish that cannot be had.
    """
    findings = _Findings(record)
    rows: dict[tuple[str, str, str | int | None], list[Wish]] = {}
    for wish in wishes:
        target = wish.target
        if target.part not in _FIELDS or (target.part in UNSEEN and record):
            continue
        pick = target.pick
        if pick is not None:
            wanted = wish.pick_oid if pick.by is PickBy.OID else pick.value
            rows.setdefault((target.part, pick.field, wanted), []).append(wish)
        elif target.key is not None:
            _property(findings, wish, target.key)
        elif wish.mode is not None:
            _names(findings, wish, wish.mode)
        elif wish.after is None and target.part in NEVER_CLEARED:
            findings.problems.append((wish.column, f"{target.part} cannot be cleared"))
        else:
            held = record.get(target.part)
            before = (held or {}).get(target.field) if target.field is not None else held
            findings.propose(wish, None, target.field, before, wish.after)
    for (name, _, _), group in rows.items():
        _row(findings, CUSTOMER_PARTS[name], group)
    for removal in [
        one for one in findings.proposals if one.change.field is None and one.change.after is None
    ]:
        _refuse_changes_of_what_is_removed(findings, removal)
    return findings.proposals, findings.problems


@dataclass(slots=True)
class _Findings:
    """What has been found out so far.

    Attributes:
        record: the customer.
        proposals, problems: the outcome.
        wished: what is to be at each place, and the column that said so.
    """

    record: Record
    proposals: list[Proposal] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    wished: dict[tuple[str, int | str | None, str | None], tuple[Any, str]] = field(default_factory=dict)

    def rows(self, part: str) -> list[Record]:
        """Of a list of the customer."""
        found: list[Record] = self.record.get(part, [])
        return found

    def propose(self, wish: Wish, row: int | str | None, name: str | None, before: Any, after: Any) -> None:
        """One place that is to hold `after`."""
        part = wish.target.part
        place = (part, row, name)
        if place in self.wished:
            other, column = self.wished[place]
            if not same(other, after):
                path = Change(part, row, name, None, None).path
                self.problems.append((wish.column, f"{path} is to be something else by column {column}"))
            return
        self.wished[place] = (after, wish.column)
        if not same(before, after):
            self.proposals.append(Proposal(Change(part, row, name, before, after), wish))

    def refuse(self, wishes: Iterable[Wish], problem: str) -> None:
        """None of these can be had."""
        self.problems.extend((wish.column, problem) for wish in wishes)


def _refuse_changes_of_what_is_removed(findings: _Findings, removal: Proposal) -> None:
    part = CUSTOMER_PARTS.get(removal.change.part)
    if part is None or not part.rows:
        return
    names = (part.key or "", part.own or "")
    for row in findings.rows(part.name):
        known = [row[name] for name in names if name in row]
        if removal.change.row in known:
            for other in [one.change for one in findings.proposals if one.change.part == part.name]:
                if other.field is not None and other.row in known:
                    column = removal.wish.column
                    findings.problems.append((column, f"{other.path} is to be changed, not removed"))


def _property(findings: _Findings, wish: Wish, name: str) -> None:
    part = CUSTOMER_PARTS[wish.target.part]
    rows = [row for row in findings.rows(part.name) if row.get(part.key or "") == name]
    row = rows[0] if rows else None
    if len(rows) > 1:
        findings.refuse([wish], f"{len(rows)} rows of {part.name} have this name")
    elif row is None:
        findings.propose(wish, name, None, None, None if wish.after is None else {"value": wish.after})
    elif wish.after is None:
        findings.propose(wish, name, None, part.beside_key(row), None)
    else:
        findings.propose(wish, name, "value", row.get("value"), wish.after)


def _names(findings: _Findings, wish: Wish, mode: ListMode) -> None:
    part = CUSTOMER_PARTS[wish.target.part]
    key = part.key or ""
    fold: Callable[[str], str] = str.casefold if part.name in _CASELESS else str
    named = [row for row in findings.rows(part.name) if key in row]
    rows = {fold(row[key]): row for row in named}
    wished = {fold(name): name for name in wish.after or ()}
    unclear = {fold(row[key]) for row in named if row != rows[fold(row[key])]}
    if unclear if mode is ListMode.SET else unclear & wished.keys():
        findings.refuse([wish], f"two rows of {part.name} have one name and are not the same")
        return
    for folded, name in wished.items():
        row = rows.get(folded)
        held = None if row is None else part.beside_key(row)
        known = name if row is None else row[key]
        after = None if mode is ListMode.REMOVE else {} if held is None else held
        findings.propose(wish, known, None, held, after)
    if mode is ListMode.SET:
        for folded, row in rows.items():
            if folded not in wished:
                findings.propose(wish, row[key], None, part.beside_key(row), None)


def _row(findings: _Findings, part: Part, wishes: Sequence[Wish]) -> None:
    """Wishes for one address or cc e-mail."""
    pick = wishes[0].target.pick
    if pick is None:
        raise TypeError(f"{wishes[0].target.text} picks no row")
    found, problem = _picked(part, pick, wishes[0].pick_oid, findings.rows(part.name))
    if problem is not None:
        findings.refuse(wishes, problem)
    elif found is None:
        _new_row(findings, part, pick, wishes)
    elif part.own not in found:
        findings.refuse(wishes, f"the server has not said the oid of this row of {part.name}")
    else:
        for wish in wishes:
            _field(findings, part, found, wish)


def _picked(
    part: Part, pick: Pick, oid: int | None, rows: Sequence[Record]
) -> tuple[Record | None, str | None]:
    """The row that is meant, None when there is none and one may be made; and what is wrong."""
    if pick.by is PickBy.OID:
        found = [row for row in rows if row.get(pick.field) == oid]
        return (found[0], None) if found else (None, f"this customer has no {pick.field} of that number")
    if pick.by is PickBy.FIELD:
        found = [row for row in rows if row.get(pick.field) == pick.value]
        several = f"{len(found)} rows of {part.name} are so by their {pick.field}"
    else:
        found = [row for row in rows if row.get(pick.field)] or list(rows)
        several = f"of {len(found)} rows of {part.name} it is not clear which is the default"
    if len(found) > 1:
        return None, several
    return (found[0] if found else None), None


def _field(findings: _Findings, part: Part, row: Record, wish: Wish) -> None:
    name, own, after = wish.target.field or "", row[part.own or ""], wish.after
    if name == part.key and after is None:
        findings.propose(wish, own, None, part.fields(row), None)
        return
    findings.propose(wish, own, name, row.get(name), after)
    _take_over(findings, part, row, wish)


def _take_over(findings: _Findings, part: Part, row: Record | None, wish: Wish) -> None:
    """A row, None for a new one, that is to be the default one takes that from the row that was it."""
    name = wish.target.field or ""
    if name == _DEFAULT_FLAGS.get(part.name) and wish.after is True:
        for other in findings.rows(part.name):
            if other is not row and other.get(name) and part.own in other:
                findings.propose(wish, other[part.own], name, True, False)


def _new_row(findings: _Findings, part: Part, pick: Pick, wishes: Sequence[Wish]) -> None:
    """An address or cc e-mail of all that is wished for it."""
    given = {wish.target.field or "": wish.after for wish in wishes if wish.after is not None}
    if all(held is False for held in given.values()):
        return
    fields = given | {pick.field: True if pick.by is PickBy.DEFAULT else pick.value}
    wish = max(wishes, key=lambda wish: _CAUTION.index(wish.rule))
    key = part.key
    if key is None:
        findings.proposals.append(Proposal(Change(part.name, NEW_ROW, None, None, fields), wish))
        for one in wishes:
            _take_over(findings, part, None, one)
        return
    name = fields.pop(key, None)
    if name is None:
        findings.refuse(wishes, f"there is none, and to add one a column has to give its {key}")
    elif any(row.get(key, "").casefold() == name.casefold() for row in findings.rows(part.name)):
        findings.refuse(wishes, f"there is a row of {part.name} of that {key} with another {pick.field}")
    else:
        findings.propose(wish, name, None, None, fields)
