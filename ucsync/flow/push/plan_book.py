"""A plan while it grows: its steps are counted for guards and price as they are written."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from ucsync.flow.workplace import Workplace
from ucsync.model import Receipt
from ucsync.model.pushes import Limits, PlanHeader, Queued, Rejected, Step
from ucsync.plan import Lane
from ucsync.plan.costs import cost, likely_changes
from ucsync.plan.push_costs import Circumstances, push_price
from ucsync.plan.push_guards import Tally, tripped
from ucsync.store.plan_files import PlanDraft, PlanFile
from ucsync.store.suppression import Suppression

#: Why nothing is sent for somebody.
WAS_FORGOTTEN: Final = "this customer was forgotten by `ucsync forget`, and is neither read nor written"

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a plan comes from.

    Attributes:
        receipt: of the snapshot that it is made against.
        base: id of the snapshot that the CRM had exported from, None when it is not known.
        source, source_sha256, mapping_sha256: of the change set.
        limits: how far it may go.
        undoes: the plan that it takes back, None for none.
    """

    receipt: Receipt
    base: str | None
    source: str
    source_sha256: str
    mapping_sha256: str
    limits: Limits
    undoes: str | None = None


class PlanBook:
    """What a plan will hold.

    Args:
        draft: of its file.

    Attributes:
        forgotten: who is not named in it, whatever a change set calls them by.
        rejected_rows: rows of which at least one problem was told.
        equal: rows that ask for nothing new; whoever finds one counts it.
        notes: for a person, one line each.
    """

    def __init__(self, draft: PlanDraft, forgotten: Suppression) -> None:
        self._draft = draft
        self.forgotten = forgotten
        self._tally = Tally()
        self._queued = 0
        self._rejected = 0
        self.rejected_rows: set[int] = set()
        self.equal = 0
        self.notes: list[str] = []

    def add(self, step: Step) -> int:
        """One more step; see `PlanDraft.add`."""
        self._tally.add(step)
        return self._draft.add(step)

    def queue(self, queued: Queued) -> None:
        """One more change that is held back."""
        self._queued += 1
        self._draft.queue(queued)

    def reject(self, problems: Iterable[Rejected]) -> None:
        """What cannot be sent, and why."""
        for rejected in problems:
            self._rejected += 1
            self.rejected_rows.add(rejected.row)
            self._draft.reject(self._unnamed(rejected))

    def _unnamed(self, rejected: Rejected) -> Rejected:
        """Without what the row names somebody by who was forgotten: its number tells enough."""
        key = rejected.key
        oid = int(key) if key.isascii() and key.isdecimal() else 0
        if self.forgotten.covers([oid]) or self.forgotten.covers_email(key):
            return replace(rejected, key="", problem=WAS_FORGOTTEN)
        return rejected

    def seal(self, place: Workplace, origin: Origin) -> PlanFile:
        """Price it, ask the guards, and write it.

        Raises:
            Misused: there is a file of its name.
            StorageFailed: the disk refuses, or the lake or a journal is damaged.
        """
        now = place.clock.now()
        header = PlanHeader(
            merchant=place.merchant,
            application=place.application,
            fingerprint=place.fingerprint,
            version=place.version,
            snapshot=origin.receipt.snapshot,
            base=origin.base,
            created_at=now,
            expires_at=now + timedelta(hours=place.push.plan_max_age_h),
            source=origin.source,
            source_sha256=origin.source_sha256,
            mapping_sha256=origin.mapping_sha256,
            limits=origin.limits,
            tripped=tripped(self._tally, origin.receipt.rows, origin.limits),
            customers=origin.receipt.rows,
            touched=self._tally.touched,
            steps={action.value: count for action, count in self._tally.steps.items()},
            changes=self._tally.changes,
            cleared=self._tally.cleared,
            equal=self.equal,
            queued=self._queued,
            rejected=self._rejected,
            price=push_price(self._tally.steps, _circumstances(place, origin)),
            undoes=origin.undoes,
            notes=tuple(self.notes),
        )
        return self._draft.seal(header)


def _circumstances(place: Workplace, origin: Origin) -> Circumstances:
    now, rows, page = place.clock.now(), origin.receipt.rows, place.settings.page_size
    return Circumstances(
        now=now,
        finish=replace(place.ledger, lane=Lane.PUSH).finished_at,
        canary_rows=place.push.canary_rows,
        recheck_min=place.push.recheck_min,
        merges_per_day=origin.limits.merges_per_day,
        credits_read=place.push.block_two_credits,
        merged=place.pushes.merges_since(now - _DAY),
        nightly=cost(likely_changes(place.lake.receipts(), rows), page).likely,
        page_rows=page,
    )
