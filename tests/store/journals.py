"""Small plans and their journals to try."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy2
from typing import Any

from tests.store.faulty import QuickFiles
from ucsync.model.pushes import Action, Limits, PlanHeader, PushPrice, Step
from ucsync.store.files import Files
from ucsync.store.plan_files import PlanDraft, PlanFile
from ucsync.store.pushes import Pushes
from ucsync.ultracart.codec import encode_json

MORNING = datetime(2026, 11, 22, 8, tzinfo=UTC)

HEADER = PlanHeader(
    merchant="shop",
    application="0" * 16,
    fingerprint="f" * 16,
    version="1",
    snapshot="20261122T031500Z-9f3c21aa",
    base=None,
    created_at=MORNING,
    expires_at=MORNING + timedelta(days=1),
    source="changes.csv",
    source_sha256="a" * 64,
    mapping_sha256="b" * 64,
    limits=Limits(),
    tripped=(),
    customers=10,
    touched=1,
    steps={"update": 1},
    changes=1,
    cleared=0,
    equal=0,
    queued=0,
    rejected=0,
    price=PushPrice(requests={"updateCustomer": 1}, total=1, hours=0.1, days=0.0, ends_at=MORNING),
)


def at(minutes: float) -> datetime:
    """So many minutes after the plan was made."""
    return MORNING + timedelta(minutes=minutes)


def a_step(oid: int | None = 7, **more: Any) -> Step:
    """An update, or what `more` makes of it; its number is given by the plan."""
    return Step(**{"number": 0, "action": Action.UPDATE, "oid": oid, "email": None, **more})


def plan_of(folder: Path, steps: Sequence[Step], *, made_at: datetime = MORNING) -> PlanFile:
    """A plan with these steps in this order."""
    header = replace(HEADER, created_at=made_at)
    with PlanDraft(QuickFiles(), folder) as draft:
        for step in steps:
            draft.add(step)
        return draft.seal(header)


def pushes_in(folder: Path, files: Files | None = None) -> Pushes:
    """Those under `pushes`."""
    return Pushes(files or QuickFiles(), folder / "pushes")


def as_killed(folder: Path, into: Path) -> Path:
    """The journals as a process leaves them that is killed now: with logs, and nothing closed."""
    (into / "pushes").mkdir(parents=True)
    for path in (folder / "pushes").iterdir():
        if not path.name.endswith("-shm"):  # memory that is shared; what is in it is made anew
            copy2(path, into / "pushes")
    return into


def customer(oid: int, city: str = "Bonn") -> bytes:
    """An answer about one customer."""
    told = {"customer_profile_oid": oid, "email": f"{oid}@example.com", "billing": [{"city": city}]}
    return encode_json({"success": True, "customer": told})
