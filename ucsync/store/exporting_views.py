"""Views of a warehouse as files for other tools, all of them from one and the same snapshot."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import duckdb

from ucsync.store.export_cells import quoted
from ucsync.store.exporting import ExportKind, copy_rows
from ucsync.store.written import Deed, Written


def export_views(
    connection: duckdb.DuckDBPyConnection,
    written: Written,
    targets: Sequence[tuple[Path, Deed]],
    kind: ExportKind,
    *,
    force: bool = False,
    watch: Callable[[str, int], None] = lambda view, rows: None,
) -> list[int]:
    """Write each view to a file; the files take their names one after the other when all are written.

    So a full disk, or a view that fails, leaves every file as it was. Cells are those of `copy_rows`.

    Args:
        connection: to the warehouse; COPY may write to what `partial_of` says of the files.
        written: where they are registered.
        targets: the file of each view, and what is told of it; its `of` names the view, with a schema
            where it is in one.
        kind: of file.
        force: replace files that are there.
        watch: told the view that is written, and how many rows it has.

    Returns:
        How many rows each has.

    Raises:
        Guarded: a file is there, and not `force`.
        Misused: a folder is not there, or a column is of a type that has no exact form.
        StorageFailed: the disk refuses.
    """
    counts = []
    with ExitStack() as held:
        for target, deed in targets:
            partial, _ = held.enter_context(written.writing(target, deed, replace=force))
            relation = ".".join(map(quoted, deed.of.split(".")))
            counts.append(copy_rows(connection, relation, partial, kind))
            watch(deed.of, counts[-1])
    return counts
