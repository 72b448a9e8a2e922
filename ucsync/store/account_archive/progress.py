"""The progress of an archive: one file of the answers so far, in the order in which they came.

Each record is on the disk before the next request leaves. A record is a frame, its facts as JSON and the
answer's body, masked; the checksum is over all of it. What a death or a full disk leaves of a record at the
end of the file is found by it and cut off, and that answer is asked for again. The first record is the
header. The file appears under its name in one step, with a header that is whole; from then on it only grows,
and going on with it begins with a copy without its torn end, which takes its place in one step.
"""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from struct import Struct
from typing import BinaryIO, Final
from zlib import crc32

import msgspec

from ucsync.store.account_archive.masking import Mask
from ucsync.store.files import Files, storage
from ucsync.store.written import partial_of

_FORMAT: Final = 1
#: Begins every record; then the lengths of facts and body, and the checksum of what follows it.
_MAGIC: Final = 0x75634161
_FRAME: Final = Struct("<IIII")
_NO_BODY: Final = b""


class ProgressHeader(msgspec.Struct, frozen=True, kw_only=True):
    """Whose archive it is to be.

    Attributes:
        merchant, merchant_id: its name in the configuration, and UltraCart's letters.
        email: that was logged in with, in lower case.
        started_at: of the first run.
        version: of ucsync that began it.
        format: of the file.
    """

    merchant: str
    merchant_id: str
    email: str
    started_at: datetime
    version: str
    format: int = _FORMAT

    def is_of(self, other: "ProgressHeader") -> bool:
        """Whether both are about the same customer of the same merchant."""
        return (self.merchant, self.merchant_id, self.email) == (
            other.merchant, other.merchant_id, other.email,
        )  # fmt: skip


class KeptPaging(msgspec.Struct, frozen=True):
    """What the answer's headers said of its list; None for what they did not."""

    page_size: int | None
    page_number: int | None
    total_records: int | None
    total_pages: int | None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an answer.

    Attributes:
        operation: its id.
        path, query: that it was asked with.
        status, received_at, paging: of the answer.
        walk: of a paged list, in which reading of it; from 1.
        requests: sent for the archive so far, this one included.
        masked: how many places of it were, by where; what keeps it says so.
    """

    operation: str
    path: dict[str, str] = {}
    query: dict[str, str] = {}
    status: int
    received_at: datetime
    paging: KeptPaging | None = None
    walk: int = 1
    requests: int
    masked: dict[str, int] = {}


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that is on the disk; `body` is masked, and where there was nothing to mask as received."""

    asked: Asked
    body: bytes = field(repr=False)


class Progress:
    """The file, open for more answers; a context manager. What is kept is in memory, too.

    Attributes:
        header: whose it is.
        kept: all answers, in their order.
    """

    def __init__(
        self, files: Files, header: ProgressHeader, kept: list[Kept], file: BinaryIO, mask: Mask
    ) -> None:
        self._files = files
        self._file = file
        self._mask = mask
        self.header = header
        self.kept = kept

    @property
    def requests(self) -> int:
        """Sent for the archive, as far as answers tell."""
        return self.kept[-1].asked.requests if self.kept else 0

    def append(self, asked: Asked, body: bytes) -> Kept:
        """One more answer; when this returns it is on the disk, masked.

        Args:
            asked: what is known of it.
            body: as received.

        Raises:
            StorageFailed: it is not kept; those before it are.
        """
        kept = _masked(asked, body, self._mask)
        with storage("keeping an answer"):
            self._files.write(self._file, _record(kept.asked, kept.body))
            self._files.sync(self._file)
        self.kept.append(kept)
        return kept

    def close(self) -> None:
        """Let go of the file; it stays as it is."""
        self._file.close()


def begin_progress(
    files: Files, path: Path, header: ProgressHeader, mask: Mask, asked: Asked, body: bytes
) -> Progress:
    """A new file with its first answer; when this returns its name is on the disk.

    Args:
        path: in a folder that is there; a file at it is replaced.
        header: whose it is.
        mask: through which every answer goes.
        asked, body: of the first, as `Progress.append` takes them.

    Raises:
        StorageFailed: the disk refuses; what was at `path` is as it was.
    """
    return _written(files, path, header, [_masked(asked, body, mask)], mask)


def resume_progress(files: Files, path: Path, mask: Mask) -> Progress:
    """Go on with a file, without what is torn at its end.

    Raises:
        StorageFailed: the disk refuses; the file is as it was.
        ValueError: `read_progress` would say None.
    """
    with storage("reading the progress of an archive"):
        found = read_progress(path)
    if found is None:
        raise ValueError("no progress of an archive")
    header, kept = found
    return _written(files, path, header, kept, mask)


def read_progress(path: Path) -> tuple[ProgressHeader, list[Kept]] | None:
    """What a file holds up to the first record that is torn or damaged; None where not even the header is
    sound. Raises OSError."""
    records = _records(path.read_bytes())
    try:
        header = msgspec.json.decode(records[0][0], type=ProgressHeader)
        kept = [Kept(msgspec.json.decode(facts, type=Asked), bytes(body)) for facts, body in records[1:]]
    except (IndexError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return (header, kept) if header.format == _FORMAT else None


def _masked(asked: Asked, body: bytes, mask: Mask) -> Kept:
    """Nothing gets past this onto the disk."""
    found = mask.masked(body)
    return Kept(msgspec.structs.replace(asked, masked=found.places), found.body)


def _written(files: Files, path: Path, header: ProgressHeader, kept: list[Kept], mask: Mask) -> Progress:
    """Contents first, then the name: so that a file under it always has a header."""
    made = partial_of(path)
    whole = [_record(header, _NO_BODY), *(_record(one.asked, one.body) for one in kept)]
    with storage("writing the progress of an archive"):
        files.remove(made)
        file = files.create(made)
        try:
            for record in whole:
                files.write(file, record)
            files.sync(file)
            files.rename(made, path)
            files.sync_folder(path.parent)
        except BaseException:
            file.close()
            raise
    return Progress(files, header, kept, file, mask)


def _record(facts: ProgressHeader | Asked, body: bytes) -> bytes:
    told = msgspec.json.encode(facts)
    return _FRAME.pack(_MAGIC, len(told), len(body), crc32(body, crc32(told))) + told + body


def _records(data: bytes) -> list[tuple[memoryview, memoryview]]:
    found = []
    view, at = memoryview(data), 0
    while at + _FRAME.size <= len(data):
        magic, told, body, crc = _FRAME.unpack_from(data, at)
        start = at + _FRAME.size
        end = start + told + body
        if magic != _MAGIC or end > len(data) or crc != crc32(view[start:end]):
            break
        found.append((view[start : start + told], view[start + told : end]))
        at = end
    return found
