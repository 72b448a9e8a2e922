"""Which updates are canaries: the first ones of a push, and the first that does something of its kind.

What a server makes of a value says nothing about what it makes of a null, or of a list that is sent
without one of its rows (fact sheet §4). So each kind of change is tried on one customer, who is read
before, kept, and compared in every field afterwards.
"""

from collections.abc import Iterable
from typing import Final

from ucsync.flow.push.run import Run
from ucsync.model.pushes import Change
from ucsync.ultracart import PARTS

_CANARIES: Final = "canaries"
_PROVEN: Final = "proven"


def is_canary(run: Run, changes: Iterable[Change]) -> bool:
    """Whether an update of these changes is to be compared in every field; never, if no row is to be."""
    rows = run.place.push.canary_rows
    if rows < 1:
        return False
    passed = int(run.journal.noted(_CANARIES) or 0)
    return passed < rows or not _kinds(changes) <= set(run.journal.noted(_PROVEN) or ())


def canary_passed(run: Run, changes: Iterable[Change]) -> None:
    """One update has done exactly this, and nothing else; it is in the journal when this returns."""
    proven = set(run.journal.noted(_PROVEN) or ())
    run.journal.note(_PROVEN, sorted(proven | _kinds(changes)))
    run.journal.note(_CANARIES, int(run.journal.noted(_CANARIES) or 0) + 1)


def _kinds(changes: Iterable[Change]) -> set[str]:
    return {_kind(change) for change in changes}


def _kind(change: Change) -> str:
    """Where it is and what is done there: `base field cleared`, `tags row new`."""
    where = change.part if change.part in PARTS else "base"
    if change.field is not None or change.row is None:
        return f"{where} field {'cleared' if change.after is None else 'set'}"
    done = "removed" if change.after is None else "new" if change.before is None else "changed"
    return f"{where} row {done}"
