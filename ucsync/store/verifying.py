"""Whether a snapshot is still exactly what was published: every file, every byte, every count."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ucsync.model import FileEntry, Receipt, StorageFailed
from ucsync.store.changes import CHANGES
from ucsync.store.lake import CUSTOMERS, RECEIPT, Lake
from ucsync.store.merges import ABSORBED, MERGES
from ucsync.store.receipts import from_json, is_own_id

_OID: Final = "customer_profile_oid"
_CHUNK_BYTES: Final = 1 << 20


def verify(lake: Lake, snapshot: str) -> list[str]:
    """What is wrong with a snapshot, one line each; empty when it is sound.

    Looks at the receipt (its exact text, and that the id is its digest), at each file that it lists
    (there, its length, its SHA-256, its rows and the order of its oids), and for files that it does
    not list. A full state that was pruned is not missed, where a policy may prune it.

    Raises:
        StorageFailed: what decides whether it may be pruned, CURRENT, is damaged itself.
    """
    folder = lake.path_of(snapshot)
    try:
        data = (folder / RECEIPT).read_bytes()
    except OSError as fault:
        return [f"{RECEIPT}: {fault.strerror}"]
    faults = receipt_faults(snapshot, data)
    if faults:
        return faults
    receipt = from_json(data)
    entries = _still_there(lake, receipt)
    faults = [*_strangers(folder, receipt), *_order_faults(receipt)]
    for entry in entries:
        faults += _file_faults(folder / entry.path, entry, receipt)
    return faults


def receipt_faults(snapshot: str, data: bytes) -> list[str]:
    """What is wrong with the text of a snapshot's receipt.

    Args:
        snapshot: the id, which is the name of its folder.
        data: the whole text.
    """
    try:
        receipt = from_json(data)
    except StorageFailed as failure:
        return [f"{RECEIPT}: {failure}"]
    if receipt.snapshot != snapshot:
        return [f"{RECEIPT}: it is that of another snapshot"]
    if not is_own_id(receipt):
        return [f"{RECEIPT}: the id is not that of its contents"]
    return []


def digest_faults(entry: FileEntry, chunks: Iterable[bytes]) -> list[str]:
    """What is wrong with the bytes of a file.

    Args:
        entry: what the receipt says of it.
        chunks: its bytes, in order, in pieces of any size.
    """
    digest, length = sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        length += len(chunk)
    if length != entry.bytes:
        return [f"{entry.path}: {length} bytes, {entry.bytes} were written"]
    if digest.hexdigest() != entry.sha256:
        return [f"{entry.path}: the SHA-256 is not that of what was written"]
    return []


def _still_there(lake: Lake, receipt: Receipt) -> list[FileEntry]:
    pruned = not lake.has_rows(receipt.snapshot) and receipt.snapshot not in lake.kept_always()
    return [entry for entry in receipt.files if not (pruned and _is_part(entry))]


def _is_part(entry: FileEntry) -> bool:
    return entry.path.startswith(f"{CUSTOMERS}/")


def _strangers(folder: Path, receipt: Receipt) -> Iterator[str]:
    listed = {RECEIPT, CUSTOMERS, *(entry.path for entry in receipt.files)}
    found = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")))
    return (f"{path}: not of this snapshot" for path in found if path not in listed)


def _order_faults(receipt: Receipt) -> Iterator[str]:
    """Readers take the parts by name, so that must be the order of the oids."""
    parts = sorted((entry for entry in receipt.files if _is_part(entry)), key=lambda entry: entry.path)
    counted = sum(part.rows for part in parts)
    if counted != receipt.rows:
        yield f"{RECEIPT}: {receipt.rows} rows in all, {counted} in its parts"
    last = 0
    for part in parts:
        if part.rows and not last < (part.oid_first or 0) <= (part.oid_last or 0):
            yield f"{part.path}: its oids do not follow those of the part before"
        last = part.oid_last or last


def _file_faults(path: Path, entry: FileEntry, receipt: Receipt) -> list[str]:
    try:
        return digest_faults(entry, _chunks(path)) or _content_faults(path, entry, receipt)
    except OSError as fault:
        return [f"{entry.path}: {fault.strerror or 'cannot be read'}"]
    except pa.ArrowException as fault:
        return [f"{entry.path}: not a Parquet file of customers ({type(fault).__name__})"]


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _content_faults(path: Path, entry: FileEntry, receipt: Receipt) -> list[str]:
    """Faults of a file whose bytes are those that were written."""
    if path.suffix != ".parquet":
        rows = sum(chunk.count(b"\n") for chunk in _chunks(path))
        return _rows_faults(entry, rows)
    name = ABSORBED if entry.path == MERGES else _OID
    oids = pq.read_table(path, columns=[name], use_threads=False)[name].combine_chunks()
    faults = _rows_faults(entry, len(oids))
    if not _ascending(oids):
        faults.append(f"{entry.path}: its rows are not in the order of their oids")
    if _is_part(entry):
        ends = (oids[0].as_py(), oids[-1].as_py()) if len(oids) else (None, None)
        if ends != (entry.oid_first, entry.oid_last):
            faults.append(f"{entry.path}: its first or last oid is not the one in the receipt")
    elif entry.path == CHANGES and entry.rows != receipt.inserted + receipt.updated + receipt.deleted:
        faults.append(f"{entry.path}: not as many rows as the receipt counts changes")
    return faults


def _rows_faults(entry: FileEntry, rows: int) -> list[str]:
    return [] if rows == entry.rows else [f"{entry.path}: {rows} rows, {entry.rows} were written"]


def _ascending(oids: Any) -> bool:
    """Strictly, and without nulls."""
    steps = pc.less(oids[:-1], oids[1:])
    return oids.null_count == 0 and bool(pc.all(steps, min_count=0).as_py())
