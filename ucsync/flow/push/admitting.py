"""Whether a plan may be applied: it is meant for here, no guard stops it, and a person has confirmed it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ucsync.flow.workplace import Workplace
from ucsync.model import Guarded, InputUnusable, Misused
from ucsync.model.pushes import Action, PlanHeader
from ucsync.plan.push_guards import Tally, tripped
from ucsync.store.plan_files import PlanFile

#: What nothing takes back, with the confirmation that it wants beside the plan's digest.
_FINAL: Final[Mapping[Action, str]] = {Action.MERGE: "--confirm-merges", Action.DELETE: "--confirm-deletes"}
_SHORT: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyWishes:
    """What the user asks of this run.

    Attributes:
        confirm: the first eight digits of the plan's digest; needed for merges and deletions.
        confirm_merges, confirm_deletes: the same, a colon, and how many of them.
        read_first: read each customer just before they are written.
        retry: try again what was refused for a passing reason.
    """

    confirm: str | None = None
    confirm_merges: str | None = None
    confirm_deletes: str | None = None
    read_first: bool = False
    retry: bool = False


def check_place(place: Workplace, header: PlanHeader) -> None:
    """Whether a plan, begun or not, is meant for this merchant as it is configured now.

    Raises:
        Misused: it is another merchant's.
        Guarded: what is read of customers has changed, so that it is not known what a part may hold.
    """
    if header.merchant != place.merchant:
        raise Misused(f"the plan is for the merchant {header.merchant}, and this is {place.merchant}")
    if header.fingerprint != place.fingerprint:
        raise _again(
            f"{place.merchant}: the plan was made under another configuration of what is read of customers"
        )


def check_new(place: Workplace, plan: PlanFile, now: datetime) -> None:
    """Whether a plan may be begun. The guards are asked anew, by the steps that are in the file.

    Raises:
        Misused, Guarded: as `check_place`; or a guard stops it, or it was made under another key, or about
            customers who were forgotten.
        InputUnusable: it has expired.
    """
    header = plan.header
    check_place(place, header)
    if header.application != place.application:
        raise _again(f"{place.merchant}: the plan was made under another key")
    check_age(header, now)
    tally, own, forgotten = Tally(), place.push.limits, place.lake.suppression()
    for step in plan.steps():
        tally.add(step)
        if forgotten.covers([step.oid or 0, step.absorbed or 0]) or forgotten.covers_email(step.email):
            raise _again(f"{place.merchant}: the plan is about customers who were forgotten since")
    protected = tuple(dict.fromkeys((*header.limits.protected, *own.protected)))
    limits = replace(header.limits, protected=protected, merges_per_day=own.merges_per_day)
    stops = dict.fromkeys((*header.tripped, *tripped(tally, header.customers, limits)))
    if stops:
        raise Guarded(f"{place.merchant}: nothing was sent. " + "; ".join(stops))


def check_age(header: PlanHeader, now: datetime) -> None:
    """Whether a plan of which nothing was sent yet is young enough. Raises InputUnusable."""
    if now >= header.expires_at:
        until = f"{header.expires_at:%Y-%m-%d %H:%M}"
        expired = InputUnusable(f"the plan has expired: it was to be begun by {until} UTC")
        expired.mend = "make the plan again"
        raise expired


def check_confirmed(header: PlanHeader, digest: str, wishes: ApplyWishes) -> None:
    """Whether a person has confirmed just these merges and deletions, of just this plan.

    Raises:
        Guarded: not so; the text says exactly what to add.
    """
    short = digest[:_SHORT]
    counts = {action: header.steps.get(action.value, 0) for action in _FINAL}
    given = {Action.MERGE: wishes.confirm_merges, Action.DELETE: wishes.confirm_deletes}
    wanted = {action: f"{short}:{count}" if count else None for action, count in counts.items()}
    needed = any(counts.values())
    right = wishes.confirm == short if needed else wishes.confirm in (None, short)
    if right and given == wanted:
        return
    flags = [f"--confirm {short}"] if needed else []
    flags += [f"{_FINAL[action]} {words}" for action, words in wanted.items() if words]
    if not needed:
        raise Guarded("a confirmation was given that is not this plan's, which needs none: leave it out")
    told = [f"{count} {_counted(action, count)}" for action, count in counts.items() if count]
    raise Guarded(f"{header.merchant}: the plan has {' and '.join(told)}, which nothing takes back; "
                  f"nothing was sent. If they are meant, add `{' '.join(flags)}`")  # fmt: skip


def _counted(action: Action, count: int) -> str:
    noun = "merge" if action is Action.MERGE else "deletion"
    return noun if count == 1 else f"{noun}s"


def _again(text: str) -> Guarded:
    failure = Guarded(text)
    failure.mend = "make a new plan"
    return failure
