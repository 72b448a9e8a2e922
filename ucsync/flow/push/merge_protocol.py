"""mergeCustomer, which nothing takes back: read, kept, checked, sent, and looked at once more.

Both customers are read and archived just before. What keeps them apart by the owner's choice is looked
for in what was read, not in the plan. Afterwards the survivor must have what both had together: orders,
licences, tags and points; a merge that has lost any of it stops the push.
"""

from collections import Counter
from typing import Any, Final

from ucsync.flow.push.attempt import attempt
from ucsync.flow.push.newest import Newest
from ucsync.flow.push.run import MERGE, MERGES_FIRST, Known, Run
from ucsync.flow.push.updating import oid_of
from ucsync.model.pushes import StepState
from ucsync.plan.forest import blockers
from ucsync.store.journal import JournalStep
from ucsync.ultracart.codec import decode_json
from ucsync.ultracart.records import OWN_OIDS, Record, record_of

_LICENCE_OID: Final = OWN_OIDS["CustomerSoftwareEntitlement"]


async def merge(run: Run, _: Newest, entry: JournalStep) -> None:
    """Do a merge that waits. Raises as `take`; PushHalted also when the survivor lacks something."""
    survivor, absorbed = oid_of(entry), absorbed_of(entry)
    keeping, going = await run.customer(survivor), await run.customer(absorbed)
    if going is None and keeping is not None and entry.attempts:
        run.journal.intend(entry.step.number, entry.body or {}, run.now)  # only what was sent can land
        conclude(run, entry, keeping)
        return
    if keeping is None or going is None:
        gone = survivor if keeping is None else absorbed
        run.settle(entry, StepState.CONFLICT, f"customer {gone} is not there any more")
        return
    if reasons := await _blocked(run, keeping, going):
        run.settle(entry, StepState.REFUSED, "; ".join(reasons))
        return
    for oid, known in ((survivor, keeping), (absorbed, going)):
        if known.answer is not None:
            run.journal.archive(entry.step.number, oid, known.answer.raw, run.now)
    # By oid, never by e-mail address: that may be anybody's by now.
    if await attempt(run, entry, survivor, {"customer_profile_oid": absorbed}) is not None:
        conclude(run, entry, await run.customer(survivor))


def absorbed_of(entry: JournalStep) -> int:
    """The customer who is gone after a merge."""
    if entry.step.absorbed is None:
        raise AssertionError(f"step {entry.step.number} absorbs nobody")
    return entry.step.absorbed


def conclude(run: Run, entry: JournalStep, after: Known | None) -> None:
    """Verify a merge that was done, by the archive.

    Args:
        run: of the push.
        entry: its step, which is in doubt as long as this is not done.
        after: the survivor now.

    Raises:
        PushHalted: the survivor is not there, or lacks what they ought to have.
    """
    both = [record_of(decode_json(held)) for held in run.journal.archived(entry.step.number).values()]
    lacking = ["the customer"] if after is None else losses(both, after.record)
    if not lacking:
        run.settle(entry, StepState.LANDED, told=after)
        run.merge_verified()
        return
    reason = f"the survivor lacks {', '.join(lacking)} after the merge"
    halt = run.halt(MERGE, f"step {entry.step.number}: {reason}")  # before all else, as with a canary
    run.settle(entry, StepState.DIVERGED if after is None else StepState.LANDED, reason, told=after)
    raise halt


def losses(both: list[Record], after: Record) -> list[str]:
    """What two customers had together and the survivor has not, in words.

    More than both had is no loss: an order may have come in meanwhile.
    """
    found = [
        name
        for name, part, field in (
            ("orders", "orders_summary", "order_count"),
            ("the total of orders", "orders_summary", "total"),
            ("loyalty points", "loyalty", "current_points"),
        )
        if _held(after, part, field) < sum(_held(one, part, field) for one in both)
    ]
    licences = Counter(_licence(row) for one in both for row in one.get("software_entitlements", ()))
    licences.subtract(_licence(row) for row in after.get("software_entitlements", ()))
    if any(count > 0 for count in licences.values()):
        found.append("software entitlements")
    tags = {row.get("tag_value") for one in both for row in one.get("tags", ())}
    if tags - {row.get("tag_value") for row in after.get("tags", ())}:
        found.append("tags")
    return found


def verified_note(verified: int) -> str | None:
    """What is said of the merges that were verified, None while it is too early."""
    if verified < MERGES_FIRST:
        return None
    return f"the first {MERGES_FIRST} merges, and each after them, were verified: nothing was lost"


async def _blocked(run: Run, keeping: Known, going: Known) -> list[str]:
    """Why two customers are not to be merged."""
    settings = run.place.push
    found = [
        f"customer {known.record.get('customer_profile_oid')} {reason}"
        for known in (keeping, going)
        for reason in blockers(known.record, settings)
    ]
    if not found and settings.block_two_credits and await _both_have_credit(run, keeping, going):
        found.append("both customers have store credit")
    return found


async def _both_have_credit(run: Run, keeping: Known, going: Known) -> bool:
    for known in (going, keeping):
        answer = await run.store_credit(known.record["customer_profile_oid"])
        held = answer.payload if answer else {}
        if not any(held.get(name) for name in ("available", "vesting")):
            return False
    return True


def _held(record: Record, part: str, field: str) -> Any:
    return record.get(part, {}).get(field, 0)


def _licence(row: Record) -> tuple[Any, ...]:
    """What makes a licence the same one, under whatever oid."""
    return tuple(sorted((name, str(held)) for name, held in row.items() if name != _LICENCE_OID))
