"""From staged pages to a published snapshot: in one pass, in bounded memory, all or nothing."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from ucsync.model import ASIDE_MAX, FileEntry, Receipt, StorageFailed
from ucsync.store.changes import Changes
from ucsync.store.decoding import Decoder
from ucsync.store.files import Files, storage
from ucsync.store.full_state import FullState
from ucsync.store.incoming import SORTING, Incoming, Spill, Sweep, held_most
from ucsync.store.lake import Lake
from ucsync.store.lasting import remove_tree
from ucsync.store.merges import Merge, write_merges
from ucsync.store.merging import Merged, between_rows, merge, oids_of
from ucsync.store.page_rows import PageRows, Pages, stopped
from ucsync.store.parts import ROWS_PART, in_order, is_part, read_part
from ucsync.store.quarantine import Quarantine
from ucsync.store.schema import CUSTOMER, EMAIL, SCHEMA_ID
from ucsync.store.selection import Selection, select
from ucsync.store.stretches import END, Layout, Stretch, between
from ucsync.store.suppression import Suppression

#: Rows in memory at once, in parts, beyond which what was read is sorted on disk.
HELD_PARTS_MAX: Final = 3
#: Sorted runs on disk, each an open file; they have the rows of a part, or more if it takes more.
RUNS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be published.

    Attributes:
        staged: the pages.
        oids: of each page, row by row, below 1 where a row has none.
        gone: customers to remove, read or not; those that are not in the parent are passed over.
        decoder: for the pages.
        merges: that were done; those who were absorbed are removed, too, and each stands in a file of
            the snapshot's own, be they in the parent or not.
        gone_at: when those who are removed were seen to be gone; None when that was on the last page.
        passed_over: customers of whom the lake has newer rows than the pages: theirs stay as they are.
    """

    staged: Pages
    oids: Sequence[Sequence[int]]
    decoder: Decoder
    gone: Iterable[int] = ()
    merges: Sequence[Merge] = ()
    gone_at: datetime | None = None
    passed_over: Iterable[int] = ()

    @property
    def absorbed(self) -> list[int]:
        """The customers that were."""
        return [merge.absorbed for merge in self.merges]


@dataclass(frozen=True, slots=True)
class Watch:
    """How a long work is watched.

    Attributes:
        on_rows: told how many more rows of pages were worked off.
        stop: asked often; True ends the work without a trace.
        now: the clock, asked when all is written.
    """

    now: Callable[[], datetime]
    on_rows: Callable[[int], None] = lambda _: None
    stop: Callable[[], bool] = lambda: False


def publish(
    lake: Lake,
    reading: Reading,
    draft: Receipt,
    *,
    files: Files,
    parent: Receipt | None,
    watch: Watch,
    rows_part: int = ROWS_PART,
) -> Receipt:
    """Merge what was read into the newest snapshot, and publish the outcome as the next one.

    Of a customer that stands on several pages the row on the latest page counts. A row that equals the
    parent's but for when it was observed is no change, and a part without a change is the parent's own
    file. Of a row that cannot be decoded the parent's version stays; the row goes to quarantine. Who was
    forgotten is left out, and so is who is new under a forgotten person's e-mail address: from then on by
    oid, too.

    The same input gives the same bytes.

    Args:
        lake: where to.
        reading: the pages, and whom to remove.
        draft: the receipt; rows, counts, schema, files and `finished_at` are filled in here, and those
            set aside are added to its `aside`.
        files: the file system.
        parent: the current snapshot; None when there is none, and then there is no file of changes.
        watch: of the work.
        rows_part: how many rows a part should have.

    Returns:
        The receipt as published.

    Raises:
        Stopped: `watch.stop` said so; nothing is left of the attempt.
        StorageFailed: the disk refuses, or a page or an old part is damaged; the old snapshot stands.
    """
    folder = lake.begin(draft.scan)
    try:
        old = lake.path_of(parent.snapshot) if parent else folder
        forgotten = lake.suppression()
        building = _Building(reading, draft, files, folder, parent, old, watch, rows_part, forgotten)
        receipt = building.build()
        if building.returned:
            lake.suppress(forgotten.with_people(building.returned, (), receipt.finished_at))
        return lake.publish(folder, receipt)
    except BaseException:
        # What a full disk keeps from being removed now, the next run's recovery removes.
        with suppress(StorageFailed), storage("removing an unfinished snapshot"):
            remove_tree(files, folder)
        raise


@dataclass(slots=True)
class _Counts:
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0

    def add(self, merged: Merged) -> None:
        self.inserted += merged.inserted.num_rows
        self.updated += merged.updated.num_rows
        self.deleted += merged.deleted.num_rows
        self.unchanged += merged.unchanged


@dataclass(slots=True)
class _Building:
    """One snapshot in the making; `old` is the folder of the parent."""

    reading: Reading
    draft: Receipt
    files: Files
    folder: Path
    parent: Receipt | None
    old: Path
    watch: Watch
    rows_part: int
    forgotten: Suppression
    returned: set[int] = field(init=False, default_factory=set)
    gone: Any = field(init=False)
    counts: _Counts = field(init=False, default_factory=_Counts)
    cached: tuple[FileEntry, Any] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.gone = in_order([*self.reading.gone, *self.reading.absorbed])

    def build(self) -> Receipt:
        """Write every file but the receipt; the receipt, without its id."""
        kept_out = self.forgotten.covers(oid for page in self.reading.oids for oid in page)
        left_out = in_order([*self.gone.to_pylist(), *self.reading.passed_over, *kept_out])
        selection = select(self.reading.oids, left_out)
        stretches = self._plan(selection)
        state = FullState(self.files, self.folder, rows_part=self.rows_part)
        with ExitStack() as closing:
            quarantine = Quarantine(self.files, self.folder)
            closing.callback(quarantine.close)
            changes = self._changes() if self.parent else None
            if changes:
                closing.callback(changes.close)
            rows = PageRows(
                self.reading.staged, selection, decoder=self.reading.decoder, quarantine=quarantine,
                on_rows=self.watch.on_rows, stop=self.watch.stop, forgotten=self.forgotten,
            )  # fmt: skip
            incoming = self._incoming(rows, selection, stretches)
            closing.callback(incoming.close)
            for stretch in stretches:
                self._work_off(stretch, incoming, state, changes)
            incoming.upto(END)  # pages with nobody to publish may have rows for quarantine
            incoming.finish()
            listed = [*state.finish(), *([changes.finish()] if changes else []), *quarantine.finish()]
            listed += (
                [write_merges(self.files, self.folder, merges)] if (merges := self.reading.merges) else []
            )
        return replace(
            self.draft,
            finished_at=self.watch.now(),
            schema=SCHEMA_ID,
            rows=state.rows,
            inserted=self.counts.inserted,
            updated=self.counts.updated,
            deleted=self.counts.deleted,
            unchanged=self.counts.unchanged,
            quarantined=quarantine.rows,
            aside=tuple(sorted(quarantine.oids.union(self.draft.aside))[:ASIDE_MAX]),
            files=tuple(listed),
            suppressed=len(kept_out) + len(self.returned),
            rewritten=None,
        )

    def _anew(self) -> bool:
        """Whether the old parts have other columns: then none is taken over."""
        return self.parent is not None and self.parent.schema != SCHEMA_ID

    def _plan(self, selection: Selection) -> list[Stretch]:
        files = self.parent.files if self.parent else ()
        parts = [entry for entry in files if is_part(entry) and entry.rows]
        stretches = Layout(parts, selection, self.gone, self.rows_part).stretches()
        anew = self._anew()
        return [replace(stretch, touched=stretch.touched or anew) for stretch in stretches]

    def _changes(self) -> Changes:
        staged, seen_gone_at = self.reading.staged, self.reading.gone_at or self.draft.started_at
        if staged.count and self.reading.gone_at is None:
            seen_gone_at = staged.note(staged.count).observed_at
        return Changes(
            self.files, self.folder, group_rows=self.rows_part, scan=self.draft.scan,
            observed_at=seen_gone_at, absorbed=self.reading.absorbed,
        )  # fmt: skip

    def _incoming(self, rows: PageRows, selection: Selection, stretches: Sequence[Stretch]) -> Incoming:
        highs = [stretch.high for stretch in stretches if stretch.touched]
        if held_most(selection, highs) <= HELD_PARTS_MAX * self.rows_part:
            return Sweep(rows, selection)
        folder, run_rows = self.folder / SORTING, max(self.rows_part, len(selection.oids) // RUNS_MAX)
        return Spill(rows, selection, highs, files=self.files, folder=folder, run_rows=run_rows)

    def _work_off(
        self, stretch: Stretch, incoming: Incoming, state: FullState, changes: Changes | None
    ) -> None:
        if self.watch.stop():
            raise stopped()
        part = stretch.part
        if part and not stretch.touched and not state.wants(part):
            state.take_over(self.old, part)
            return
        gone = between(self.gone, stretch.low, stretch.high)
        old = self._old_rows(stretch)
        merged = merge(old, self._without_returned(incoming.upto(stretch.high), old), gone)
        self.counts.add(merged)
        if changes:
            changes.add(merged)
        same = stretch.whole and not merged.changed and not self._anew()
        if part and same and not state.wants(part):
            state.take_over(self.old, part)
        else:
            state.add(merged.rows)

    def _without_returned(self, read: Any, old: Any) -> Any:
        """What was read, without those who are new and have the e-mail address of somebody forgotten."""
        if not self.forgotten.people or not read.num_rows:
            return read
        oids, there = oids_of(read).to_pylist(), set(oids_of(old).to_pylist())
        emails = read.column(EMAIL).to_pylist()
        back = [
            oid not in there and self.forgotten.covers_email(email)
            for oid, email in zip(oids, emails, strict=True)
        ]
        self.returned.update(oid for oid, is_back in zip(oids, back, strict=True) if is_back)
        return read.filter(pa.array([not is_back for is_back in back])) if any(back) else read

    def _old_rows(self, stretch: Stretch) -> Any:
        """A part of several stretches is read once."""
        if stretch.part is None:
            return CUSTOMER.empty_table()
        if self.cached is None or self.cached[0] is not stretch.part:
            self.cached = None  # one at a time
            self.cached = (stretch.part, read_part(self.old, stretch.part))
        rows = between_rows(self.cached[1], stretch.low, stretch.high)
        if stretch.whole:
            self.cached = None
        return rows
