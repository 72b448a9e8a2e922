"""Plan a push: what a change set comes to, against the newest rows of the lake, before anything is sent."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ucsync.flow.push.freshness import newest_snapshot
from ucsync.flow.push.plan_book import Origin, PlanBook
from ucsync.flow.push.plan_customers import CustomerPlanner
from ucsync.flow.push.plan_inserts import plan_strangers
from ucsync.flow.push.plan_merges import plan_merges
from ucsync.flow.push.plan_result import PlanResult
from ucsync.flow.push.plan_rows import Ground, Located, locate
from ucsync.flow.push.rejects import write_rejects
from ucsync.flow.snapshots import receipt_of
from ucsync.flow.workplace import Workplace
from ucsync.model import InputUnusable, Misused, Receipt
from ucsync.model.pushes import Limits
from ucsync.store.change_sets import ChangeSet, open_change_set
from ucsync.store.merges import merges_of
from ucsync.store.plan_files import PlanDraft, PlanFile
from ucsync.ultracart import PARTS
from ucsync.ultracart.asked import check_columns
from ucsync.ultracart.targets import parse_target
from ucsync.ultracart.wishes import Mapping as ChangeMapping

#: Faults of a file that are told at once.
_FAULTS_MAX = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWishes:
    """What is to be planned.

    Attributes:
        source: the file of the change set.
        sql: which rows of it, None for all.
        mapping: what its columns are about, or what makes a mapping of their names.
        base: the snapshot that the CRM had exported from, or the beginning of its id; None when it is
            not known.
        refresh: whether the lake is brought up to date first.
        limits: how far the push may go.
        out: where the plan goes: a folder that is there, or a file that is not.
    """

    source: Path
    sql: str | None
    mapping: ChangeMapping | Callable[[Sequence[str]], ChangeMapping]
    base: str | None
    refresh: bool = True
    limits: Limits
    out: Path


async def plan_push(place: Workplace, wishes: PlanWishes) -> PlanResult:
    """Make a plan; the only requests are those that bring the lake up to date.

    Raises:
        InputUnusable: the change set, or the mapping with it, cannot be used as a whole.
        Misused: there is a plan of that name; no such base, or none that can be compared with; or `sync`
            has to come first.
        Stopped, CallFailed, QuotaSpent, StorageFailed: there is no plan.
    """
    started_s, before = place.clock.monotonic(), place.lister.requests_sent
    changes = await asyncio.to_thread(open_change_set, wishes.source, wishes.sql)
    mapping = wishes.mapping(changes.columns) if callable(wishes.mapping) else wishes.mapping
    _check(place, wishes.source.name, mapping, changes)
    with PlanDraft(place.files, wishes.out) as draft:
        base = _base(place, wishes.base)
        receipt, notes = await newest_snapshot(place, refresh=wishes.refresh)
        book = PlanBook(draft, place.lake.suppression())
        book.notes += notes
        work = _Work(place, wishes, changes, mapping, receipt, base, book)
        await asyncio.to_thread(work.compare)
        plan = work.sealed()  # the quota book belongs to this thread
    rejects = await asyncio.to_thread(write_rejects, place.files, plan)
    return PlanResult(
        plan=plan,
        rejects=rejects,
        requests=place.lister.requests_sent - before,
        seconds=place.clock.monotonic() - started_s,
    )


def _check(place: Workplace, source: str, mapping: ChangeMapping, changes: ChangeSet) -> None:
    """What is wrong with the file as a whole."""
    faults = [*check_columns(mapping, changes.columns), *_unread(place, mapping)]
    if mapping.insert and place.settings.query is not None:
        faults.append("the lake holds only customers of a query, so nobody knows who is new; do not insert")
    if faults:
        told = faults[:_FAULTS_MAX]
        more = [f"and {len(faults) - _FAULTS_MAX} more"] if len(faults) > _FAULTS_MAX else []
        raise InputUnusable("\n  ".join([f"{source}: {told[0]}", *told[1:], *more]))


def _unread(place: Workplace, mapping: ChangeMapping) -> Iterator[str]:
    """Nothing is written that was not read: what is there would be overwritten unseen."""
    merge = mapping.merge
    kept = [name for group in merge.keep for name in group.fields] if merge is not None else []
    targets = [*(column.target for column in mapping.columns), *map(parse_target, kept)]
    read = place.settings.expansions
    for part in dict.fromkeys(target.part for target in targets):
        if part in PARTS and part not in read:
            yield (
                f"{part} is not among the merchant's expansions, so it is not read and cannot be written: "
                "add it and run `ucsync sync`, or leave the column out"
            )
        elif part == "tax_id" and not place.settings.tax_ids:
            yield (
                "tax_id is not kept in the lake (tax_ids = false), so it cannot be compared and written: "
                "set it to true and run `ucsync sync`, or leave the column out"
            )
        elif part == "cashback" and "loyalty" not in read:
            yield "cashback can only be verified by loyalty, which is not among the merchant's expansions"


def _base(place: Workplace, wanted: str | None) -> Receipt | None:
    """The receipt of the snapshot that the CRM had exported from."""
    if wanted is None:
        return None
    receipt = receipt_of(place.merchant, place.lake, wanted)
    why = None
    if not place.lake.has_rows(receipt.snapshot):
        why = "its full state was removed by the keep policy"
    elif receipt.fingerprint != place.fingerprint:
        why = "it was read under another configuration"
    if why is not None:
        raise Misused(
            f"{place.merchant}: snapshot {receipt.snapshot} cannot be the base: {why}; plan without --base, "
            f"or name another of `ucsync snapshots list {place.merchant}`"
        )
    return receipt


class _Work:
    """What planning does without a request."""

    def __init__(
        self, place: Workplace, wishes: PlanWishes, changes: ChangeSet, mapping: ChangeMapping,
        receipt: Receipt, base: Receipt | None, book: PlanBook,
    ) -> None:  # fmt: skip
        self._place = place
        self._wishes = wishes
        self._book = book
        self._base = base
        self._ground = Ground(
            changes=changes,
            mapping=mapping,
            lake=place.lake,
            receipt=receipt,
            base=base,
            merged=merges_of(place.lake),
            given=place.pushes.marks_landed(),
            settings=place.push,
            forgotten=book.forgotten,
        )

    def compare(self) -> None:
        """Everything that may take long, for a thread of its own."""
        ground, book = self._ground, self._book
        located = locate(ground)
        self._note_moved(located)
        merges = plan_merges(ground, located, book)
        planner = CustomerPlanner(ground, located, merges, book)
        for batch in located.batches(merges.done_with):
            self._place.stop.check()
            planner.plan(batch)
            self._place.watcher.on_rows(sum(len(rows) for _, rows in batch))
        for strangers in located.strangers(merges.done_with):
            self._place.stop.check()
            plan_strangers(ground, located, strangers, book)
            self._place.watcher.on_rows(sum(map(len, strangers)))
        planner.finish()
        if planner.lists:
            book.notes.append("nobody can read who is on which e-mail list, so all of that is sent as asked")

    def sealed(self) -> PlanFile:
        """The plan, once all is compared."""
        ground = self._ground
        return self._book.seal(
            self._place,
            Origin(
                receipt=ground.receipt,
                base=None if self._base is None else self._base.snapshot,
                source=self._wishes.source.name,
                source_sha256=ground.changes.sha256,
                mapping_sha256=ground.mapping.digest,
                limits=self._wishes.limits,
            ),
        )

    def _note_moved(self, located: Located) -> None:
        """Rows that name a customer who was merged away meanwhile are about the survivor now."""
        moved = located.moved
        if moved:
            rows = ", ".join(str(position + 1) for position in moved[:10]) + (" …" if len(moved) > 10 else "")
            self._book.notes.append(
                f"{len(moved)} rows name a customer whom an earlier push has merged into another, and are "
                f"taken for that one: rows {rows}"
            )
