"""The lines of a plan: one for each change, and one for each deed that is none, such as a merge."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from ucsync.model.pushes import SECRETS, Action, Change, Queued, Step, StepState

#: What became of the steps of a push: state and reason, by the number of the step.
States = Mapping[int, tuple[StepState, str]]

PLANNED: Final = "planned"
HELD_BACK: Final = "held_back"
REJECTED: Final = "rejected"

#: In place of what nobody is to read.
_NOT_SHOWN: Final = "(not shown)"
_MONEY: Final = {Action.STORE_CREDIT: "amount", Action.CASHBACK: "adjustment_amount"}
_PARTS: Final[Mapping[str, str]] = {
    "billing": "Billing address",
    "shipping": "Shipping address",
    "cc_emails": "Copied e-mail",
    "edi": "EDI",
    "pricing_tiers": "Pricing tier",
    "properties": "Property",
    "tags": "Tag",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One change, or one deed, as a person reads it.

    Attributes:
        state: `planned`, `held_back`, or where the step of a push stands.
        step: its number, None for what is held back.
        action: of the step.
        oid: the customer's, None for a new one.
        customer: the e-mail address, None when it is not known.
        field: what changes, without saying in which row: `billing.city`, `tags`.
        label: the same for people, with the row's name where it has one.
        path: as the plan has it, `billing[55].city`.
        before, after: canonical values, None for nothing.
        rows: of the change set.
        worth: of the step.
        reason: why it stands where it does.
    """

    state: str
    step: int | None
    action: str
    oid: int | None
    customer: str | None
    field: str
    label: str
    path: str
    before: Any
    after: Any
    rows: tuple[int, ...]
    worth: Decimal | None = None
    reason: str = ""

    @property
    def deed(self) -> bool:
        """Whether it is a deed and no change of a field."""
        return self.field == self.action

    @property
    def cleared(self) -> bool:
        """Whether a field that held something is to be empty; a label taken off is none."""
        emptied = self.before is not None and self.after is None and not self.deed
        return emptied and self.state != HELD_BACK and self.field not in ("tags", "pricing_tiers")


def step_lines(step: Step, states: States | None) -> Iterator[Line]:
    """The lines of one step, at least one.

    Args:
        step: of a plan.
        states: of the push, None while it is but a plan.
    """
    state, reason = (PLANNED, "")
    if states is not None:
        stands, reason = states.get(step.number, (StepState.WAITING, ""))
        state = stands.value
    blank = Line(
        state=state, step=step.number, action=step.action.value, oid=step.oid, customer=step.email,
        field=step.action.value, label=_words(step.action.value), path=step.action.value, before=None,
        after=None, rows=step.rows, worth=step.worth, reason=reason,
    )  # fmt: skip
    if step.changes:
        yield from (_of_change(blank, change) for change in step.changes)
    elif step.action is Action.EMAIL_LISTS:
        yield from _of_lists(blank, step.body)
    else:
        yield _of_deed(blank, step)


def queued_line(queued: Queued) -> Line:
    """The line of a change that is held back."""
    blank = Line(
        state=HELD_BACK, step=None, action=Action.UPDATE.value, oid=queued.oid, customer=None, field="",
        label="", path="", before=None, after=None, rows=(queued.row,), reason=queued.reason,
    )  # fmt: skip
    return _of_change(blank, queued.change)


def _of_change(blank: Line, change: Change) -> Line:
    part = _PARTS.get(change.part, _words(change.part))
    named = change.row if isinstance(change.row, str) and change.part != "billing" else None
    field = change.part
    label = part
    if change.field is not None:
        field, label = f"{change.part}.{change.field}", f"{part}: {change.field.replace('_', ' ')}"
    elif change.part in ("billing", "shipping"):
        label = f"{part}, a new one" if change.before is None else part
    elif named is not None:
        field = f"{change.part}.{named}" if change.part == "properties" else change.part
        label = f"{part} “{named}”"
    before, after = change.before, change.after
    if change.part in SECRETS:
        before, after = (None if held is None else _NOT_SHOWN for held in (before, after))
    return replace(blank, field=field, label=label, path=change.path, before=before, after=after)


def _of_lists(blank: Line, body: Mapping[str, Any]) -> Iterator[Line]:
    for name in body.get("add_to_lists") or ():
        yield replace(blank, label=f"E-mail list “{name}”", path=f'email_lists["{name}"]', after={})
    for name in body.get("remove_from_lists") or ():
        yield replace(blank, label=f"E-mail list “{name}”", path=f'email_lists["{name}"]', before={})


def _of_deed(blank: Line, step: Step) -> Line:
    if step.oid is None and not step.body and step.action is not Action.INSERT:
        return replace(blank, label=f"{_words(step.action.value)}: a customer who was forgotten")
    if step.action is Action.MERGE:
        return replace(
            blank, label="Merge", before=f"customer {step.absorbed}",
            after=f"is absorbed by customer {step.oid}, and is gone",
        )  # fmt: skip
    if step.action is Action.DELETE:
        return replace(blank, label="Delete", before=f"customer {step.oid}", after="is gone")
    if step.action in _MONEY:
        name = _MONEY[step.action]
        return replace(blank, after={name: step.body.get(name), **step.body})
    return replace(blank, after=dict(step.body) or None)


def _words(name: str) -> str:
    """`tax_id` as people write it."""
    return name.replace("_", " ").capitalize()
