"""What planning came to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ucsync.model.pushes import PlanHeader
from ucsync.store.plan_files import PlanFile


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanResult:
    """A plan, frozen in its file.

    Attributes:
        plan: the file.
        rejects: the file of what cannot be sent, None when there is nothing of it.
        requests: that planning has sent.
        seconds: that it took.
    """

    plan: PlanFile
    rejects: Path | None
    requests: int
    seconds: float

    @property
    def exit_code(self) -> int:
        """4 when a guard stops it, 3 when rows are rejected or wait for a person, else 0."""
        header = self.plan.header
        return 4 if header.tripped else 3 if header.rejected or header.queued else 0

    @property
    def snapshot(self) -> str:
        """That it was made against."""
        return self.plan.header.snapshot

    @property
    def line(self) -> str:
        """The outcome in one line."""
        header = self.plan.header
        stopped = ", stopped by a guard" if header.tripped else ""
        return (
            f"plan {self.plan.id}: steps {sum(header.steps.values())}, customers {header.touched}, "
            f"rows equal {header.equal}, changes held back {header.queued}, "
            f"problems {header.rejected}{stopped}"
        )

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        return {
            "plan": self.plan.id,
            "path": str(self.plan.path),
            "digest": self.plan.digest,
            "rejects": None if self.rejects is None else str(self.rejects),
            **header_document(self.plan.header),
            "requests": self.requests,
            "seconds": round(self.seconds, 3),
            "exit_code": self.exit_code,
        }


def header_document(header: PlanHeader) -> dict[str, Any]:
    """A plan's header as JSON."""
    return {name: _json(held) for name, held in asdict(header).items()}


def _json(held: Any) -> Any:
    if isinstance(held, datetime):
        return held.isoformat()
    if isinstance(held, Mapping):
        return {name: _json(inner) for name, inner in held.items()}
    return list(held) if isinstance(held, tuple) else held
