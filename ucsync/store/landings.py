"""From a journal to the lake: what settled steps say of customers, and whether it is published yet.

Which outcomes a snapshot takes is noted before it is published, and that it did afterwards. So a death
in between is told by looking whether the lake has that snapshot, and nothing is published twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ucsync.model.pushes import Action, StepState
from ucsync.store.journal_file import JournalFile, read_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """What a settled step says about the lake, and is not in it yet.

    Attributes:
        number, action: of the step.
        oid: whom; of a merge the survivor.
        absorbed: of a merge.
        state: how it was settled.
        settled_at: when.
        answered: the customer that its newest answer is about, None when there is none to publish.
        observed_at: when that answer came, None likewise.
    """

    number: int
    action: Action
    oid: int | None
    absorbed: int | None
    state: StepState
    settled_at: datetime
    answered: int | None
    observed_at: datetime | None


class Landings:
    """Those of one journal; every operation may raise StorageFailed, as the journal's do."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    def unpublished(self) -> list[Landed]:
        """What settled steps say about the lake and is not in it yet, in the order of sending."""
        query = (
            "SELECT number, action, coalesce(outcomes.oid, steps.oid), absorbed, state, settled, answers.oid,"
            " observed FROM outcomes CROSS JOIN steps USING (number) LEFT JOIN answers USING (number)"
            " WHERE snapshot IS NULL AND settled IS NOT NULL AND (answers.oid IS NOT NULL"
            " OR state IN ('landed', 'already') AND action IN ('merge', 'delete')) ORDER BY number"
        )
        return [_landed(row) for row in self._file.rows("reading outcomes", query)]

    def begin(self, scan: str, numbers: Sequence[int]) -> None:
        """Note which outcomes are about to be published, before they are; an earlier note is forgotten.

        Args:
            scan: by which the snapshot can be told.
            numbers: of their steps.
        """
        with self._file.transaction("beginning to publish answers") as connection:
            connection.execute("UPDATE outcomes SET landing = NULL WHERE landing IS NOT NULL")
            connection.executemany(
                "UPDATE outcomes SET landing = ? WHERE number = ?", ((scan, number) for number in numbers)
            )

    def snapshots(self) -> list[str]:
        """Those that have what it has come to, oldest first."""
        query = "SELECT DISTINCT snapshot FROM outcomes WHERE snapshot IS NOT NULL ORDER BY snapshot"
        return [str(row[0]) for row in self._file.rows("reading outcomes", query)]

    @property
    def begun(self) -> str | None:
        """The scan by which outcomes were about to be published, None when none were."""
        query = "SELECT landing FROM outcomes WHERE landing IS NOT NULL LIMIT 1"
        found = self._file.rows("reading outcomes", query)
        return str(found[0][0]) if found else None

    def end(self, snapshot: str) -> None:
        """Note that they were published. Answers go, save where a customer was archived to compare with."""
        with self._file.transaction("noting what was published") as connection:
            connection.execute(
                "DELETE FROM answers WHERE number IN (SELECT number FROM outcomes WHERE landing IS NOT NULL)"
                " AND number NOT IN (SELECT number FROM archives)"
            )
            connection.execute(
                "UPDATE outcomes SET snapshot = ?, landing = NULL WHERE landing IS NOT NULL", (snapshot,)
            )


def _landed(row: tuple[Any, ...]) -> Landed:
    number, action, oid, absorbed, state, settled, answered, observed = row
    return Landed(
        number=number,
        action=Action(action),
        oid=oid,
        absorbed=absorbed,
        state=StepState(state),
        settled_at=read_instant(settled),
        answered=answered,
        observed_at=None if observed is None else read_instant(observed),
    )
