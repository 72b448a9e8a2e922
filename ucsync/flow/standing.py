"""What a snapshot stands on beside its own scan: a proven full scan before it, or a backfill."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Self

from ucsync.flow.workplace import Workplace
from ucsync.model import ASIDE_MAX, Backfill, Proof, Receipt
from ucsync.plan.windows import DOUBTS_MAX
from ucsync.store import SCHEMA_ID

#: Said where it stands on nothing.
NOTHING: Final = "no full scan that it could stand on is proven"

_CLOCK: Final = "the server's clock was set back while it went on, so changes may be missing"
_ASIDE: Final = "more customers are set aside than can be remembered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a snapshot stands on.

    Attributes:
        full_snapshot, full_at: the newest proven full scan and its start, as in a receipt; None for none.
        backfill: the one that is under way, or has not been concluded; None for none.
    """

    full_snapshot: str | None = None
    full_at: datetime | None = None
    backfill: Backfill | None = None

    @classmethod
    def before(cls, place: Workplace, parent: Receipt | None, *, clock_odd: bool = False) -> Self:
        """What the parent leaves to a snapshot that is read in the same way.

        Args:
            clock_odd: the server's clock is before the watermark, so some changes may be in no stream.
        """
        if parent is None:
            return cls()
        now, backfill = (place.fingerprint, SCHEMA_ID), parent.backfill
        too_many = len(parent.aside) >= ASIDE_MAX
        if backfill is not None:
            alike = (backfill.fingerprint, backfill.schema) == now
            doubts = [doubt for doubt, holds in ((_CLOCK, clock_odd), (_ASIDE, too_many)) if holds]
            backfill = _doubted(backfill, doubts) if alike else None
        if clock_odd or too_many or (parent.fingerprint, parent.schema) != now:
            return cls(backfill=backfill)
        return cls(full_snapshot=parent.full_snapshot, full_at=parent.full_at, backfill=backfill)

    @property
    def is_nothing(self) -> bool:
        """Whether there is neither."""
        return self.full_at is None and self.backfill is None

    @property
    def lacks(self) -> tuple[str, ...]:
        """Why a snapshot is not complete, though its own scan be proven."""
        return (self.backfill.lacks,) if self.full_at is None and self.backfill is not None else ()

    def after_full(self, started_at: datetime) -> Self:
        """With a proven full scan, begun then: it stands on itself."""
        return replace(self, full_snapshot="", full_at=started_at, backfill=None)

    def after_changes(self) -> Self:
        """With a proven scan of what changed: it draws the conclusion of a backfill that is finished."""
        if self.backfill is None or not self.backfill.finished:
            return self
        if self.backfill.concludes:
            return self.after_full(self.backfill.started_at)
        return replace(self, backfill=None) if self.full_at is not None else self


def carried(parent: Receipt, standing: Standing) -> tuple[Proof, tuple[str, ...]]:
    """The proof of a snapshot that adds customers to its parent, and says nothing of those who are there.

    What is wrong with the parent stays so; what it lacks is said anew.
    """
    before = {NOTHING, *((parent.backfill.lacks,) if parent.backfill is not None else ())}
    reasons = (*(reason for reason in parent.reasons if reason not in before), *standing.lacks)
    return (Proof.UNPROVEN if reasons else Proof.PROVEN), reasons


def _doubted(backfill: Backfill, doubts: list[str]) -> Backfill:
    return replace(backfill, doubts=tuple(dict.fromkeys((*backfill.doubts, *doubts)))[:DOUBTS_MAX])
