"""Merges: which customer was absorbed by which, beside the changes of the snapshot that took it over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from ucsync.model import FileEntry
from ucsync.store.files import Files, storage
from ucsync.store.hashed_file import HashedFile
from ucsync.store.lake import Lake
from ucsync.store.parts import read_columns

MERGES: Final = "merges.parquet"
ABSORBED: Final = "absorbed_oid"
SURVIVOR: Final = "survivor_oid"
SCHEMA: Final = pa.schema(
    [
        (ABSORBED, pa.int64()),
        (SURVIVOR, pa.int64()),
        ("merged_at", pa.timestamp("us", "UTC")),
        ("push", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Merge:
    """One merge that was done.

    Attributes:
        absorbed: the customer that is gone.
        survivor: who has what was theirs.
        merged_at: when.
        push: that did it.
    """

    absorbed: int
    survivor: int
    merged_at: datetime
    push: str


def write_merges(files: Files, folder: Path, merges: Sequence[Merge]) -> FileEntry:
    """The file of a snapshot's merges, on the disk when this returns.

    Args:
        files: the file system.
        folder: of the snapshot.
        merges: each absorbed customer once.
    """
    rows = sorted(merges, key=lambda merge: merge.absorbed)
    columns: list[list[object]] = [
        [merge.absorbed for merge in rows],
        [merge.survivor for merge in rows],
        [merge.merged_at for merge in rows],
        [merge.push for merge in rows],
    ]
    sink = pa.BufferOutputStream()
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    pq.write_table(pa.table(arrays, schema=SCHEMA), sink, compression="zstd")
    with storage("writing merges"), HashedFile(files, folder, MERGES) as file:
        file.write(memoryview(sink.getvalue()))
        return file.finish(len(rows))


def merges_of(lake: Lake) -> dict[int, int]:
    """For each customer that was absorbed who has what was theirs now: the last survivor.

    Raises:
        StorageFailed: the lake cannot be read, or one of these files is damaged.
    """
    nearest: dict[int, int] = {}
    for receipt in lake.receipts():
        for entry in receipt.files:
            if entry.path == MERGES:
                rows = read_columns(lake.path_of(receipt.snapshot), entry, [ABSORBED, SURVIVOR])
                nearest.update(zip(*(column.to_pylist() for column in rows.columns), strict=True))
    return {absorbed: _last(nearest, absorbed) for absorbed in nearest}


def _last(nearest: dict[int, int], absorbed: int) -> int:
    seen, survivor = {absorbed}, nearest[absorbed]
    while survivor in nearest and survivor not in seen:  # a ring cannot be, and must not hang us
        seen.add(survivor)
        survivor = nearest[survivor]
    return survivor
