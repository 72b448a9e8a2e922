"""The file of what a snapshot changed against the one before."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ucsync.model import FileEntry
from ucsync.store.files import Files, storage
from ucsync.store.hashed_file import HashedFile
from ucsync.store.merging import Merged, oids_of, ordered
from ucsync.store.parts import PARQUET, in_order
from ucsync.store.schema import CUSTOMER, OBSERVED_AT, SCAN

CHANGES: Final = "changes.parquet"
OP: Final = "_op"
SCHEMA: Final = CUSTOMER.append(pa.field(OP, pa.string()))


class Changes:
    """Takes changes stretch by stretch, ascending; the file is there even when there are none."""

    def __init__(
        self, files: Files, folder: Path, *, group_rows: int, scan: str, observed_at: datetime,
        absorbed: Iterable[int] = (),
    ) -> None:  # fmt: skip
        """A row group has at least `group_rows` rows; `scan` and `observed_at` go to the deleted rows, and
        "merge" to those of them that were `absorbed`."""
        self._group_rows = group_rows
        self._how = {SCAN: scan, OBSERVED_AT: observed_at}
        self._absorbed = in_order(absorbed)
        self._waiting: list[Any] = []
        self._rows = 0
        with storage("writing changes"):
            self._file = HashedFile(files, folder, CHANGES)
            self._writer = pq.ParquetWriter(self._file, SCHEMA, **PARQUET)

    def add(self, merged: Merged) -> None:
        """What one stretch changed: new rows as they are now, deleted ones as they were last."""
        if not merged.changed:
            return
        absorbed = pc.is_in(oids_of(merged.deleted), value_set=self._absorbed)
        kinds = (
            (merged.inserted, _every("insert", merged.inserted)),
            (merged.updated, _every("update", merged.updated)),
            (self._seen_gone(merged.deleted), pc.if_else(absorbed, "merge", "delete")),
        )
        marked = [table.append_column(SCHEMA.field(OP), ops) for table, ops in kinds]
        self._waiting.append(ordered(pa.concat_tables(marked)))
        if sum(table.num_rows for table in self._waiting) >= self._group_rows:
            self._pass_on()

    def finish(self) -> FileEntry:
        """Put it on the disk."""
        self._pass_on()
        with storage("writing changes"):
            self._writer.close()
            return self._file.finish(self._rows)

    def close(self) -> None:
        """Let go of the file, finished or not."""
        self._file.close()

    def _seen_gone(self, rows: Any) -> Any:
        for name, value in self._how.items():
            index = CUSTOMER.get_field_index(name)
            field = CUSTOMER.field(index)
            rows = rows.set_column(index, field, pa.repeat(pa.scalar(value, field.type), rows.num_rows))
        return rows

    def _pass_on(self) -> None:
        if self._waiting:
            group = pa.concat_tables(self._waiting)
            self._waiting = []
            self._rows += group.num_rows
            with storage("writing changes"):
                self._writer.write_table(group, row_group_size=group.num_rows)


def _every(op: str, rows: Any) -> Any:
    return pa.repeat(pa.scalar(op), rows.num_rows)
