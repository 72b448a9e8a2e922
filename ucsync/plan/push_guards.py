"""Guards of a push: how much a plan may change without a person's word."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from ucsync.model.pushes import NEW_ROW, Action, Change, Limits, Step

#: Removing one of these clears no field: they are sets of names.
_SETS: Final = ("tags", "pricing_tiers")
#: What these change is named like their action.
_OWN_NAME: Final = (Action.STORE_CREDIT, Action.CASHBACK, Action.EMAIL_LISTS)


#: A part, a field of it, a row's name, fields of a row as a whole.
_Kind = tuple[str, str | None, str | None, tuple[str, ...]]


@dataclass(slots=True)
class Tally:
    """What a plan comes to, step by step.

    Attributes:
        steps: how many, by action.
        changes, cleared: fields that change, and how many of them become empty.
    """

    steps: dict[Action, int] = field(default_factory=dict)
    changes: int = 0
    cleared: int = 0
    _oids: set[int] = field(default_factory=set)
    _kinds: dict[_Kind, int] = field(default_factory=dict)

    @property
    def touched(self) -> int:
        """Customers that are changed, new, merged or deleted."""
        return len(self._oids) + self.steps.get(Action.INSERT, 0)

    def add(self, step: Step) -> None:
        """One more step."""
        action, oids, kinds = step.action, self._oids, self._kinds
        self.steps[action] = self.steps.get(action, 0) + 1
        if step.oid is not None:
            oids.add(step.oid)
        if step.absorbed is not None:
            oids.add(step.absorbed)
        if action in _OWN_NAME:
            kind: _Kind = (action.value, None, None, ())
            kinds[kind] = kinds.get(kind, 0) + 1
        if action is not Action.UPDATE:
            return  # who is new had nothing that could be protected or cleared
        self.changes += len(step.changes)
        for change in step.changes:
            self.cleared += change.after is None and _clears(change)
            kind = _kind(change)
            kinds[kind] = kinds.get(kind, 0) + 1

    def changing(self, name: str) -> int:
        """How many changes a protected name would keep off."""
        return sum(count for kind, count in self._kinds.items() if name in _names(kind))


def tripped(tally: Tally, customers: int, limits: Limits) -> tuple[str, ...]:
    """The guards that stop a plan, each in words with what to do about it.

    A share of no customers, or one that is no number, cannot be evaluated, and so stops it; with
    `percent_max` 0 no share is asked for, and only `customers_max` counts.

    Args:
        tally: of the plan's steps.
        customers: in the lake.
        limits: how far it may go.
    """
    return tuple(_tripped(tally, customers, limits))


def _tripped(tally: Tally, customers: int, limits: Limits) -> Iterator[str]:
    touched = tally.touched
    if touched:
        permitted = _permitted(customers, limits)
        if permitted is None:
            yield (
                f"{limits.percent_max} % of {customers} customers cannot be evaluated; if {touched} are to "
                f"change, make the plan with --accept-changes {touched}"
            )
        elif touched > permitted:
            yield (
                f"{touched} of {customers} customers would change, {permitted} may; if they are meant to, "
                f"make the plan with --accept-changes {touched}"
            )
    if tally.cleared > limits.cleared_max:
        yield (
            f"{_counted(tally.cleared, 'field')} would become empty, {limits.cleared_max} may; if they are "
            f"meant to, make the plan with --accept-cleared {tally.cleared}"
        )
    deletes = tally.steps.get(Action.DELETE, 0)
    if deletes > limits.deletes_max:
        yield (
            f"{_counted(deletes, 'customer')} would be deleted, {limits.deletes_max} may; if they are "
            f"meant to, make the plan with --accept-deletes {deletes}"
        )
    merges = tally.steps.get(Action.MERGE, 0)
    if merges and limits.merges_per_day < 1:
        yield f"{_counted(merges, 'customer')} would be merged away, and `merges_per_day` permits none"
    for name in limits.protected:
        if changing := tally.changing(name):
            yield f"{changing} changes of {name}, which is protected by the configuration"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _permitted(customers: int, limits: Limits) -> int | None:
    """How many customers may change, None when it cannot be told."""
    if limits.percent_max == 0:
        return limits.customers_max
    if customers < 1 or not isfinite(limits.percent_max):
        return None
    return max(limits.customers_max, int(customers * limits.percent_max / 100))


def _clears(change: Change) -> bool:
    return change.before is not None and change.after is None and change.part not in _SETS


def _kind(change: Change) -> _Kind:
    """All of a change that protecting goes by."""
    row = change.row if type(change.row) is str and change.row != NEW_ROW else None
    rows = (change.before, change.after) if change.field is None else ()
    fields = tuple(name for held in rows if type(held) is dict for name in held)
    return change.part, change.field, row, fields


def _names(kind: _Kind) -> Iterator[str]:
    """All names under which a change may be protected, from its part to its field."""
    part, inner, row, fields = kind
    yield part
    yield from (f"{part}.{name}" for name in (inner, row, *fields) if name is not None)
