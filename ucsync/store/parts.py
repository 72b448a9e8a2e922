"""Parts: the Parquet files of a snapshot's full state, each a stretch of customers ordered by oid."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ucsync.model import FileEntry
from ucsync.store.files import Files, storage
from ucsync.store.hashed_file import HashedFile
from ucsync.store.lake import CUSTOMERS
from ucsync.store.lasting import damaged
from ucsync.store.schema import CUSTOMER, OID

#: Rows of a part. Measured (`make bench`): smaller parts cost more CPU a row and grow, larger ones
#: take more memory and are rewritten for fewer changes.
ROWS_PART: Final = 16_384

#: Texts are mostly different from customer to customer: dictionaries made files 20 % larger and
#: writing 20 % dearer. Bounds of values are kept for plain columns; readers skip nothing by those of
#: nested ones. One row group a part.
PARQUET: Final = {
    "compression": "zstd",
    "compression_level": 1,
    "use_dictionary": False,
    "write_statistics": [field.name for field in CUSTOMER if not pa.types.is_nested(field.type)],
}


def part_path(number: int) -> str:
    """Relative to the snapshot; numbers order as names do up to 100,000 parts."""
    return f"{CUSTOMERS}/part-{number:05d}.parquet"


def is_part(entry: FileEntry) -> bool:
    """Whether a file of a snapshot is one of the full state."""
    return entry.path.startswith(f"{CUSTOMERS}/")


def write_part(files: Files, folder: Path, number: int, rows: Any) -> FileEntry:
    """One part, on the disk when this returns.

    Args:
        files: the file system.
        folder: of the snapshot.
        number: of the part, from 0.
        rows: a table of the schema CUSTOMER, ordered by oid.
    """
    encoded = pa.BufferOutputStream()  # encoders write in many small pieces; a part is small itself
    pq.write_table(rows, encoded, row_group_size=max(1, rows.num_rows), **PARQUET)
    oids = rows.column(OID)
    ends = (oids[0].as_py(), oids[-1].as_py()) if rows.num_rows else (None, None)
    with storage("writing a part"), HashedFile(files, folder, part_path(number)) as file:
        file.write(memoryview(encoded.getvalue()))
        return file.finish(rows.num_rows, *ends)


def link_part(files: Files, old: Path, entry: FileEntry, folder: Path, number: int) -> FileEntry:
    """An unchanged part of the snapshot in `old` under its number in the one in `folder`."""
    path = part_path(number)
    with storage("taking over a part"):
        files.link(old / entry.path, folder / path)
    return replace(entry, path=path)


def read_part(folder: Path, entry: FileEntry) -> Any:
    """The rows of a part, as a table of the schema CUSTOMER.

    A part that another version wrote is brought to today's columns: those it lacks are null, those that
    there are no more are left out.

    Raises:
        StorageFailed: it is missing, or not what its receipt says.
    """
    table = _open(folder, entry).read(use_threads=False)
    return table if table.schema.equals(CUSTOMER) else _brought_to_today(table, entry, CUSTOMER)


def read_customers(folder: Path, entry: FileEntry, names: Sequence[str]) -> Any:
    """Some columns of a part, brought to today's as `read_part` does; no other is decoded.

    Args:
        names: of columns of the schema CUSTOMER.

    Raises:
        StorageFailed: as `read_part`.
    """
    schema = pa.schema([CUSTOMER.field(name) for name in names])
    file = _open(folder, entry)
    there = [name for name in names if name in file.schema_arrow.names]
    table = file.read(columns=there, use_threads=False)
    return table if table.schema.equals(schema) else _brought_to_today(table, entry, schema)


def read_oids(folder: Path, entry: FileEntry) -> Any:
    """The oids of a part, ascending, as an int64 array; nothing else of it is decoded.

    Raises:
        StorageFailed: as `read_part`.
    """
    return read_columns(folder, entry, [OID]).column(OID).combine_chunks().cast(pa.int64())


def read_columns(folder: Path, entry: FileEntry, names: Sequence[str]) -> Any:
    """Some columns of a Parquet file of a snapshot, as they stand in it; nothing else of it is decoded.

    Raises:
        StorageFailed: as `read_part`.
    """
    return _open(folder, entry).read(columns=list(names), use_threads=False)


def missing(
    folder: Path, entries: Iterable[FileEntry], seen: Any, low: int | None = None, high: int | None = None
) -> Iterator[int]:
    """The customers of a snapshot that were not seen, ascending; one part is in memory at a time.

    Args:
        folder: the snapshot's.
        entries: its files; those that are no parts are passed over.
        seen: oids that were seen, ascending, as `in_order` gives them.
        low, high: only those from `low` up to, and without, `high`; None for no bound.
    """
    view = int64_view(seen)
    for entry in (entry for entry in entries if is_part(entry) and entry.rows):
        if (entry.oid_last or 0) < (low or 0) or (high is not None and (entry.oid_first or 0) >= high):
            continue
        oids = read_oids(folder, entry)
        whole = int64_view(oids)
        oids = oids.slice(bisect_left(whole, low or 0))
        oids = oids if high is None else oids.slice(0, bisect_left(int64_view(oids), high))
        if len(oids):
            start, end = bisect_left(view, oids[0].as_py()), bisect_right(view, oids[-1].as_py())
            there = pc.is_in(oids, value_set=seen.slice(start, end - start))
            yield from oids.filter(pc.invert(there)).to_pylist()


def in_order(oids: Iterable[int]) -> Any:
    """Different oids, ascending, as an int64 array."""
    found = pa.array(oids if isinstance(oids, Sequence) else list(oids), pa.int64())
    return pc.unique(found.take(pc.array_sort_indices(found)))


def int64_view(oids: Any) -> Sequence[int]:
    """An int64 array without nulls as something that `bisect` takes, without a copy."""
    if not len(oids):
        return ()
    view = memoryview(oids.buffers()[1]).cast("B").cast("q")
    return view[oids.offset : oids.offset + len(oids)]


def _open(folder: Path, entry: FileEntry) -> Any:
    with storage("reading a part"):
        data = (folder / entry.path).read_bytes()
    if sha256(data).hexdigest() != entry.sha256:
        mend = "restore it from a backup of the lake; `ucsync snapshots verify` names every damaged file"
        raise damaged(f"{entry.path} of snapshot {folder.name} is damaged", mend)
    return pq.ParquetFile(pa.BufferReader(data))


def _brought_to_today(table: Any, entry: FileEntry, schema: Any) -> Any:
    def column(field: Any) -> Any:
        if field.name not in table.column_names:
            return pa.nulls(table.num_rows, field.type)
        return table.column(field.name).cast(field.type)

    try:
        return pa.Table.from_arrays([column(field) for field in schema], schema=schema)
    except pa.ArrowException:
        mend = "read everything anew into an empty lake folder; the old one stays readable as it is"
        raise damaged(f"{entry.path} holds columns of kinds that this version cannot take", mend) from None
