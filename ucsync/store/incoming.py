"""What was read, in the order of oids, whatever the order of the pages.

Pages of a scan are nearly always ordered themselves; then each is decoded when its turn comes, and
little is held (`Sweep`). When they are not, sorted runs go to disk first (`Spill`).
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa

from ucsync.store.files import Files, storage
from ucsync.store.lasting import remove_tree
from ucsync.store.merging import between_rows, ordered
from ucsync.store.page_rows import PageRows
from ucsync.store.schema import CUSTOMER
from ucsync.store.selection import Selection

SORTING: Final = "sorting"

#: Of the runs on disk: half the size of plain Arrow for a microsecond a row.
_RUN: Final = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
_READ: Final = pa.ipc.IpcReadOptions(use_threads=False)


class Incoming(Protocol):
    """Hands out what was read."""

    def upto(self, high: int) -> Any:
        """The rows that were not handed out yet, up to this oid; ordered, as a table.

        `high` is each of the bounds in turn that this was made for; others in between or beyond, up to
        which nothing was read, do no harm.
        """
        ...

    def finish(self) -> None:
        """Remove what it kept on disk; there is nothing to hand out any more."""
        ...

    def close(self) -> None:
        """Let go of files, finished or not."""
        ...


class Sweep:
    """Decodes each page when a stretch comes to its least oid; holds what lies beyond the stretch."""

    def __init__(self, rows: PageRows, selection: Selection) -> None:
        self._rows = rows
        self._least = {page: selection.least(page) for page in selection.pages}
        self._waiting = sorted(selection.pages, key=self._least.__getitem__, reverse=True)
        self._held = CUSTOMER.empty_table()

    def upto(self, high: int) -> Any:
        """See `Incoming`."""
        due = []
        while self._waiting and self._least[self._waiting[-1]] <= high:
            due.append(self._waiting.pop())
        if due:
            self._held = ordered(pa.concat_tables([self._held, *self._rows.read(due)]))
        found = between_rows(self._held, 0, high)
        self._held = self._held.slice(found.num_rows)
        return found

    def finish(self) -> None:
        """See `Incoming`."""

    def close(self) -> None:
        """See `Incoming`."""


class Spill:
    """Decodes all pages as they come into sorted runs on disk, one record batch a stretch in each."""

    def __init__(
        self, rows: PageRows, selection: Selection, highs: Sequence[int], *,
        files: Files, folder: Path, run_rows: int,
    ) -> None:  # fmt: skip
        """`highs` are the bounds to come; `folder` is made and removed; `run_rows` are sorted at once."""
        self._files = files
        self._folder = folder
        self._run_rows = run_rows
        self._bounds = [0, *highs]
        self._batches = {high: index for index, high in enumerate(highs)}
        self._pages: Iterator[Any] | None = rows.read(selection.pages)
        self._runs: list[Any] = []
        self._open = ExitStack()

    def upto(self, high: int) -> Any:
        """See `Incoming`."""
        if self._pages is not None:
            self._sort(self._pages)
            self._pages = None
        index = self._batches.pop(high, None)
        if index is None:
            return CUSTOMER.empty_table()
        with storage("sorting what was read"):
            batches = [run.get_batch(index) for run in self._runs]
        return ordered(pa.Table.from_batches(batches, CUSTOMER))

    def finish(self) -> None:
        """See `Incoming`."""
        self.close()
        with storage("sorting what was read"):
            remove_tree(self._files, self._folder)

    def close(self) -> None:
        """See `Incoming`."""
        self._runs = []
        self._open.close()

    def _sort(self, tables: Iterator[Any]) -> None:
        with storage("sorting what was read"):
            self._files.make_folder(self._folder)
        waiting: list[Any] = []
        for table in tables:
            waiting.append(table)
            if sum(part.num_rows for part in waiting) >= self._run_rows:
                self._write_run(waiting)
                waiting = []
        if waiting:
            self._write_run(waiting)

    def _write_run(self, tables: Sequence[Any]) -> None:
        rows = ordered(pa.concat_tables(tables)).combine_chunks()
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, CUSTOMER, options=_RUN) as run:
            for low, high in zip(self._bounds, self._bounds[1:], strict=False):
                batches = between_rows(rows, low, high).to_batches()
                run.write_batch(batches[0] if batches else _NOTHING)
        path = self._folder / f"{len(self._runs):05d}.arrow"
        with storage("sorting what was read"):
            with self._files.create(path) as file:  # not synced: it does not outlive this process
                self._files.write(file, memoryview(sink.getvalue()))
            source = self._open.enter_context(pa.OSFile(str(path), "rb"))
            self._runs.append(pa.ipc.open_file(source, options=_READ))


_NOTHING: Final = pa.RecordBatch.from_arrays([pa.nulls(0, field.type) for field in CUSTOMER], schema=CUSTOMER)


def held_most(selection: Selection, highs: Sequence[int]) -> int:
    """How many rows a `Sweep` over these bounds would have in memory at once."""
    pages = sorted((selection.least(page), selection.winners(page)) for page in selection.pages)
    most = opened = handed_out = place = 0
    for high in highs:
        while place < len(pages) and pages[place][0] <= high:
            opened += pages[place][1]
            place += 1
        most = max(most, opened - handed_out)
        handed_out = selection.count(0, high)
    return most
