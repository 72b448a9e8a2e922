"""A push by counts: what a report may say of it to people who are not to see customers."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Final

from ucsync.flow.push.push_reports import push_report
from ucsync.flow.push.run import HALTED_BY
from ucsync.model.pushes import Change
from ucsync.model.runs import PushFigures
from ucsync.store.journal import Journal

#: What stands in rows that are found by a name of the merchant's own: the name is not told.
_NAMED: Final = ("properties", "tags", "pricing_tiers", "cc_emails")

_Counts = dict[str, Counter[str]]


def push_figures(journal: Journal, requests: int | None) -> PushFigures:
    """How a push stands, without anybody's data.

    Args:
        journal: of the push, or a copy of it.
        requests: sent for it, None where that is not known.

    Raises:
        StorageFailed: the journal is damaged.
    """
    report, header = push_report(journal, problems_max=0), journal.header
    steps: _Counts = defaultdict(Counter)
    fields: _Counts = defaultdict(Counter)
    for entry in journal.steps():
        state = entry.state.value
        steps[entry.step.action.value][state] += 1
        for change in entry.step.changes:
            fields[_field_of(change)][state] += 1
    halted_by = journal.noted(HALTED_BY) if report.halted is not None else None
    return PushFigures(
        push=journal.id,
        state=report.state,
        next=report.next,
        exit_code=report.exit_code,
        planned_at=header.created_at,
        begun_at=journal.begun_at,
        against=header.snapshot,
        snapshots=tuple(journal.landings.snapshots()),
        undoes=header.undoes,
        touched=header.touched,
        customers=header.customers,
        steps=_plain(steps),
        fields=_plain(fields),
        cleared=header.cleared,
        equal=header.equal,
        queued=header.queued,
        rejected=header.rejected,
        priced=header.price.total,
        requests=requests,
        transient=report.transient,
        halted_by=halted_by if isinstance(halted_by, str) else None,
        window_s=report.window_s,
    )


def _field_of(change: Change) -> str:
    """What changes, without saying in which row, nor by which name of the merchant's own: `billing.city`,
    `properties`."""
    if change.field is None or change.part in _NAMED:
        return change.part
    return f"{change.part}.{change.field}"


def _plain(counts: _Counts) -> Mapping[str, Mapping[str, int]]:
    return {name: dict(held) for name, held in sorted(counts.items(), key=lambda one: -one[1].total())}
