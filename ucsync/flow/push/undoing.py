"""Taking a push back: a new plan, priced and guarded like any, that is applied like any.

A field gets back what it held before only if it still holds what the push has written. What others have
changed since is kept and listed, and so is what nothing can take back.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ucsync.flow.push.freshness import newest_snapshot
from ucsync.flow.push.plan_book import Origin, PlanBook
from ucsync.flow.push.plan_result import PlanResult
from ucsync.flow.push.rebuild import write_rebuild
from ucsync.flow.push.rejects import write_rejects
from ucsync.flow.push.undo_steps import Findings, Impossible, TakingBack
from ucsync.flow.workplace import Workplace
from ucsync.model.pushes import Limits, Queued
from ucsync.store.plan_files import PlanDraft, PlanFile


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoResult:
    """A plan that takes a push back; it satisfies `fleet.Result`.

    Attributes:
        planned: the plan, with what is kept as held back, and what is impossible as rejected.
        push: that it takes back.
        kept: the first changes that others have made since, and that stay.
        impossible: the first things that cannot be taken back.
        rebuild: a plan that inserts anew who is gone, None when nobody is.
    """

    planned: PlanResult
    push: str
    kept: tuple[Queued, ...]
    impossible: tuple[Impossible, ...]
    rebuild: PlanFile | None

    @property
    def exit_code(self) -> int:
        """4 when a guard stops the plan, 3 when something is kept or impossible, else 0."""
        return self.planned.exit_code

    @property
    def requests(self) -> int:
        """Sent to find out how everybody is now."""
        return self.planned.requests

    @property
    def snapshot(self) -> str:
        """That the plan was made against."""
        return self.planned.snapshot

    @property
    def line(self) -> str:
        """The outcome in one line."""
        header = self.planned.plan.header
        stopped = ", stopped by a guard" if header.tripped else ""
        return (
            f"plan {self.planned.plan.id} takes back push {self.push}: {sum(header.steps.values())} steps, "
            f"{header.queued} later changes kept, {header.rejected} things cannot be undone{stopped}"
        )

    def document(self) -> dict[str, object]:
        """All of it as one JSON object, without values: the plan has those."""
        return {
            **self.planned.document(),
            "kept": [
                {
                    "row": one.row,
                    "customer_profile_oid": one.oid,
                    "field": one.change.path,
                    "reason": one.reason,
                }
                for one in self.kept
            ],
            "impossible": [{"what": one.what, "why": one.why} for one in self.impossible],
            "rebuild": None if self.rebuild is None else str(self.rebuild.path),
        }


async def undo_push(
    place: Workplace, push_id: str, *, refresh: bool, out: Path, delete_inserted: bool, limits: Limits
) -> UndoResult:
    """Plan how to take a push back; nothing is changed at the server.

    Args:
        place: of the merchant.
        push_id: the push.
        refresh: whether to bring the lake up to date first.
        out: the plan's file, or a folder for it.
        delete_inserted: whether new customers are deleted, if they are as they were inserted.
        limits: how far the plan may go; but what the push has filled may become empty again in any case.

    Raises:
        Misused: there is no such push; `out` is there already; or `sync` has to come first.
        Stopped, CallFailed, QuotaSpent, Guarded: from the refresh.
        StorageFailed: the lake or a journal is damaged, or the disk refuses.
    """
    started_s, before = place.clock.monotonic(), place.writer.requests_sent
    place.pushes.open(push_id).close()  # whoever mistypes it pays nothing
    receipt, notes = await newest_snapshot(place, refresh=refresh)
    with place.pushes.open(push_id) as journal:
        origin = Origin(
            receipt=receipt, base=None, source=f"push {journal.id}", source_sha256=journal.digest,
            mapping_sha256="", limits=limits, undoes=journal.id,
        )  # fmt: skip
        with PlanDraft(place.files, out) as draft:
            book = PlanBook(draft, place.lake.suppression())
            taking = TakingBack(place, receipt, journal, book, delete_inserted=delete_inserted)
            found = await asyncio.to_thread(taking.find)
            rebuild = write_rebuild(place, origin, journal, found.rebuild, out) if found.rebuild else None
            book.notes += [*notes, *_notes(found, journal.id, rebuild)]
            # What the push has filled may become empty again: it was, and a person has seen that plan.
            wider = replace(limits, cleared_max=max(limits.cleared_max, found.cleared))
            plan = book.seal(place, replace(origin, limits=wider))
    rejects = write_rejects(place.files, plan)
    planned = PlanResult(
        plan=plan,
        rejects=rejects,
        requests=place.writer.requests_sent - before,
        seconds=place.clock.monotonic() - started_s,
    )
    return UndoResult(
        planned=planned,
        push=push_id,
        kept=tuple(found.kept),
        impossible=tuple(found.impossible),
        rebuild=rebuild,
    )


def _notes(found: Findings, push_id: str, rebuild: PlanFile | None) -> Iterator[str]:
    if found.doubtful:
        yield (
            f"of {found.doubtful} steps nobody knows yet what came of them: go on with push {push_id} "
            "first, it reads back what they did; else only what can be seen of them is taken back"
        )
    if found.waiting:
        yield f"{found.waiting} steps of push {push_id} were not sent, and still can be"
    if rebuild is not None:
        yield f"who is gone can be inserted anew by the plan {rebuild.path.name}"
