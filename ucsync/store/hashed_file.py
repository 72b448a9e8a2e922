"""A file that is written once, hashed on the way, and on the disk before it counts."""

from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final

from ucsync.model import FileEntry
from ucsync.store.files import Files

#: Encoders write a few bytes at a time; the disk gets pieces of about this many, or larger.
_PIECE_BYTES: Final = 1 << 20


class HashedFile:
    """A new file of a snapshot, as a context; pyarrow takes it as an open file.

    Left by an error it is closed as it is, without being synced: what was being built is removed as a
    whole. The operations raise OSError where the operating system refuses.
    """

    def __init__(self, files: Files, folder: Path, path: str) -> None:
        """`path` is relative to `folder`, the snapshot's, and appears in the entry."""
        self._files = files
        self._path = path
        self._file = files.create(folder / path)
        self._digest = sha256()
        self._waiting = bytearray()
        self._bytes = 0
        self.closed = False

    def write(self, data: bytes | memoryview) -> int:
        """All of `data`, sooner or later; returns its length.

        After `close` nothing is done: an encoder that is let go of still writes its end.
        """
        view = memoryview(data).cast("B")
        if self.closed:
            return len(view)
        self._bytes += len(view)
        if len(self._waiting) + len(view) < _PIECE_BYTES:
            self._waiting += view
        else:
            self._pass_on(self._waiting)
            self._waiting = bytearray()
            self._pass_on(view)
        return len(view)

    def tell(self) -> int:
        """Bytes written so far."""
        return self._bytes

    def flush(self) -> None:
        """Nothing: `finish` is what puts it on the disk."""

    def finish(self, rows: int, oid_first: int | None = None, oid_last: int | None = None) -> FileEntry:
        """Put it on the disk, and say what it is."""
        self._pass_on(self._waiting)
        self._files.sync(self._file)
        self.close()
        return FileEntry(
            path=self._path,
            bytes=self._bytes,
            sha256=self._digest.hexdigest(),
            rows=rows,
            oid_first=oid_first,
            oid_last=oid_last,
        )

    def close(self) -> None:
        """Let go of it, finished or not."""
        self.closed = True
        self._file.close()

    def __enter__(self) -> "HashedFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _pass_on(self, piece: bytearray | memoryview) -> None:
        if piece:
            self._digest.update(piece)
            self._files.write(self._file, memoryview(piece))
