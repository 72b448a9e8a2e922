"""Whether an archive is as its manifest says."""

from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ucsync.model.accounts import ArchiveFile
from ucsync.store.account_archive.manifest import MANIFEST, read_manifest, why_none
from ucsync.store.files import storage


def verify_archive(folder: Path) -> list[str]:
    """What is wrong with it, a line each; nothing where it is as it was written.

    Files that are not in the manifest are somebody else's, and are not looked at.

    Raises:
        StorageFailed: the disk refuses to tell.
    """
    with storage("verifying an archive"):
        manifest = read_manifest(folder / MANIFEST)
        if manifest is None:
            return [f"{MANIFEST}: {why_none(folder)}"]
        return [fault for entry in manifest.files for fault in _faults(folder, entry)]


def _faults(folder: Path, entry: ArchiveFile) -> list[str]:
    path = folder / entry.path
    if not path.is_file():
        return [f"{entry.path}: missing"]
    data = path.read_bytes()
    if len(data) != entry.bytes:
        return [f"{entry.path}: {len(data)} bytes, {entry.bytes} were written"]
    if sha256(data).hexdigest() != entry.sha256:
        return [f"{entry.path}: other bytes than were written"]
    if path.suffix == ".parquet" and pq.read_metadata(pa.BufferReader(data)).num_rows != entry.rows:
        return [f"{entry.path}: another number of rows than its manifest says"]
    return []
