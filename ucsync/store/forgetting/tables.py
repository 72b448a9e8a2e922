"""The tables of a lake: full states and changes, each different file once, as they stand in it."""

import json
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ucsync.model import FileEntry, Receipt
from ucsync.model.pushes import Step
from ucsync.store.changes import CHANGES
from ucsync.store.files import storage
from ucsync.store.lake import Lake
from ucsync.store.lasting import damaged
from ucsync.store.parts import in_order, is_part
from ucsync.store.schema import OID, SCAN

_MEND: Final = (
    "restore it from a backup of the lake, or remove its snapshot; `ucsync snapshots verify` names every "
    "damaged file, and nobody can be taken out of one"
)
_PIECE_BYTES: Final = 1 << 20
#: Columns that say nothing of a customer.
_OURS: Final = frozenset({SCAN, "_op", "merchant_id"})


def is_table(entry: FileEntry) -> bool:
    """Whether a file of a snapshot has rows of customers."""
    return is_part(entry) or entry.path == CHANGES


def tables_of(lake: Lake, receipts: Iterable[Receipt]) -> Iterator[tuple[Path, FileEntry]]:
    """Every file with rows of customers that is there; what snapshots share comes once."""
    seen = set[str]()
    for receipt in receipts:
        for entry in receipt.files:
            path = lake.path_of(receipt.snapshot) / entry.path
            if is_table(entry) and entry.rows and entry.sha256 not in seen and path.exists():
                seen.add(entry.sha256)
                yield path, entry


def may_hold(entry: FileEntry, oids: AbstractSet[int]) -> bool:
    """Whether it can have one of these customers, as far as its entry tells."""
    if not entry.rows:
        return False
    if not is_part(entry):
        return True
    return any((entry.oid_first or 0) <= oid <= (entry.oid_last or 0) for oid in oids)


def opened(path: Path, entry: FileEntry) -> Any:
    """A file with rows of customers, whose bytes are those that were written.

    Raises:
        StorageFailed: they are not; what is damaged must not be made to look sound.
    """
    digest = sha256()
    with storage("reading the lake"), path.open("rb", buffering=0) as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    if digest.hexdigest() != entry.sha256:
        raise damaged(f"{entry.path} of snapshot {_snapshot_of(path, entry)} is damaged", _MEND)
    return pq.ParquetFile(path)


def groups_of(file: Any, columns: list[str] | None = None) -> Iterator[Any]:
    """The rows of an open file, a group at a time."""
    there = None if columns is None else [name for name in columns if name in file.schema_arrow.names]
    for number in range(file.num_row_groups):
        yield file.read_row_group(number, columns=there, use_threads=False)


def among(rows: Any, oids: AbstractSet[int]) -> Any:
    """For each row whether it is one of these customers', as an array."""
    held = rows.column(OID).combine_chunks().cast(pa.int64())
    return pc.is_in(held, value_set=in_order(oids))


def holds(path: Path, entry: FileEntry, oids: AbstractSet[int]) -> bool:
    """Whether a file has rows of these customers. Raises StorageFailed."""
    if not may_hold(entry, oids):
        return False
    with opened(path, entry) as file:
        return any(pc.any(among(rows, oids)).as_py() for rows in groups_of(file, [OID]))


def versions_of(lake: Lake, receipts: Iterable[Receipt], oids: AbstractSet[int]) -> Iterator[Any]:
    """All rows that the lake has of these customers, as tables of the columns that each file has.

    Raises:
        StorageFailed: a file is damaged.
    """
    for path, entry in tables_of(lake, receipts):
        if holds(path, entry, oids):
            with opened(path, entry) as file:
                for rows in groups_of(file):
                    found = rows.filter(among(rows, oids))
                    if found.num_rows:
                        yield found


def texts_in(rows: Any) -> set[str]:
    """Every text in a table, however deep, but for what ucsync itself has put there; of JSON its texts."""
    found: set[str] = set()
    for name in rows.column_names:
        if name not in _OURS:
            for chunk in rows.column(name).chunks:
                for texts in text_arrays(chunk):
                    for text in pc.unique(texts).to_pylist():
                        found.update(texts_in_json(text) if text else ())
    return found


def text_arrays(array: Any) -> Iterator[Any]:
    """The arrays of texts in an array, at any depth."""
    if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
        yield array
    elif pa.types.is_list(array.type):
        yield from text_arrays(array.flatten())
    elif pa.types.is_struct(array.type):
        for field in array.flatten():
            yield from text_arrays(field)


def texts_in_json(text: str) -> set[str]:
    """A text; or where it is a JSON object or list, the texts in that."""
    if text[:1] in "{[":
        try:
            return set(texts_held(json.loads(text)))
        except (ValueError, RecursionError):
            return {text}  # it only begins like one
    return {text}


def texts_held(held: Any) -> Iterator[str]:
    """The texts in a value as JSON has it, names of fields left out."""
    if isinstance(held, str):
        yield held
    elif isinstance(held, Mapping):
        for value in held.values():
            yield from texts_held(value)
    elif isinstance(held, list | tuple):
        for value in held:
            yield from texts_held(value)


def texts_of_step(step: Step) -> Iterator[str]:
    """What a step says of a customer."""
    yield from texts_held(step.email)
    yield from texts_held(step.body)
    for change in step.changes:
        yield from texts_held((change.before, change.after))


def _snapshot_of(path: Path, entry: FileEntry) -> str:
    return path.parents[entry.path.count("/")].name
