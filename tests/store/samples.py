"""Small scans, receipts and snapshots to try durable things on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.store.faulty import QuickFiles
from ucsync.model import FileEntry, PageNote, Pass, PassReport, Proof, Receipt, ScanHeader, ScanKind
from ucsync.store.files import Files, storage
from ucsync.store.lake import Lake

MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)

HEADER = ScanHeader(
    scan="20261122T000000Z-0000000a",
    kind=ScanKind.FULL,
    parent=None,
    since=None,
    fingerprint="f" * 16,
    version="0.1.0",
)

NOTE = PageNote(
    walk=Pass.MAIN,
    offset=0,
    limit=200,
    sort="customer_profile_oid",
    since=None,
    server_time=MIDNIGHT,
    observed_at=MIDNIGHT + timedelta(microseconds=123),
)

REPORT = PassReport(
    walk=Pass.MAIN,
    order="customer_profile_oid",
    limit=200,
    pages=2,
    rows=205,
    distinct=200,
    repairs=0,
    total_first=200,
    total_last=200,
    reasons=(),
)

DRAFT = Receipt(
    snapshot="",
    parent=None,
    merchant="shop",
    merchant_id="DEMO",
    kind=ScanKind.FULL,
    scan=HEADER.scan,
    proof=Proof.PROVEN,
    reasons=(),
    watermark=MIDNIGHT - timedelta(seconds=300),
    started_at=MIDNIGHT,
    finished_at=MIDNIGHT + timedelta(minutes=5, microseconds=1),
    rows=0,
    inserted=0,
    updated=0,
    deleted=0,
    unchanged=0,
    quarantined=0,
    requests=2,
    requests_floor=1,
    full_snapshot="",
    full_at=MIDNIGHT,
    fingerprint="f" * 16,
    schema="5" * 16,
    version="0.1.0",
    passes=(REPORT,),
    files=(),
)


NO_FILE = FileEntry(path="", bytes=0, sha256="", rows=1)


def a_snapshot(
    lake: Lake,
    parts: Sequence[Sequence[int]] = ((1, 2, 3), (5, 8)),
    files: Files | None = None,
    *,
    finished_at: datetime = MIDNIGHT + timedelta(minutes=5),
) -> Receipt:
    """Publish one after the current one: parts with these oids, one changed row after the first."""
    files = files or QuickFiles()
    parent = lake.current()
    draft = replace(DRAFT, parent=parent.snapshot if parent else None, finished_at=finished_at)
    building = lake.begin(draft.scan)
    with storage("writing a snapshot"):
        files.make_folder(building / "customers")
        entries = [
            _table(files, building, f"customers/part-{number:05d}.parquet", oids)
            for number, oids in enumerate(parts)
        ]
        if parent is not None:
            entries.append(_table(files, building, "changes.parquet", [parts[0][0]], _op=["update"]))
            text = b'{"page":1,"row":3,"oid":9,"reason":"points: not an integer","raw":"{}"}\n'
            entries.append(written(files, building, "quarantine.jsonl", text, NO_FILE))
    rows = sum(len(part) for part in parts)
    changed = 0 if parent is None else 1
    receipt = replace(
        draft,
        rows=rows,
        inserted=rows if parent is None else 0,
        updated=changed,
        quarantined=changed,
        files=tuple(entries),
    )
    return lake.publish(building, receipt)


def _table(files: Files, building: Path, path: str, oids: Sequence[int], **more: list[str]) -> FileEntry:
    columns = {"customer_profile_oid": pa.array(oids, pa.int32()), **more}
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, compression="zstd", store_schema=False)
    draft = replace(NO_FILE, rows=len(oids))
    if path.startswith("customers/"):
        draft = replace(draft, oid_first=oids[0], oid_last=oids[-1])
    return written(files, building, path, sink.getvalue().to_pybytes(), draft)


def written(files: Files, building: Path, path: str, data: bytes, draft: FileEntry) -> FileEntry:
    """Write a file of a snapshot; `draft` with its path, length and digest filled in."""
    with files.create(building / path) as file:
        files.write(file, data)
        files.sync(file)
    return replace(draft, path=path, bytes=len(data), sha256=sha256(data).hexdigest())


def flipped(data: bytes, bit: int) -> bytes:
    """`data` with one bit the other way."""
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def overwrite(path: Path, data: bytes) -> None:
    """Other bytes of the same length in a file, in place: truncating it first would cost a flush."""
    with path.open("r+b") as file:
        file.write(data)
