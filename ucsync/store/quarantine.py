"""Rows that could not be decoded, kept beside the snapshot with the reason: one line of JSON for each."""

from base64 import b64encode
from pathlib import Path
from typing import Final

import msgspec

from ucsync.model import FileEntry
from ucsync.store.decoding import Aside
from ucsync.store.files import Files, storage
from ucsync.store.hashed_file import HashedFile

QUARANTINE: Final = "quarantine.jsonl"


class Quarantine:
    """The file of a snapshot in the making; there is none while nothing was added."""

    def __init__(self, files: Files, folder: Path) -> None:
        self._files = files
        self._folder = folder
        self._file: HashedFile | None = None
        self.rows = 0
        self.oids: set[int] = set()

    def add(self, aside: Aside) -> None:
        """One row: page, row on it, oid, reason, and its raw text.

        Text that is not UTF-8 is kept as `raw_base64` instead of `raw`.
        """
        line: dict[str, object] = {
            "page": aside.page,
            "row": aside.row,
            "oid": aside.oid,
            "reason": aside.reason,
        }
        try:
            line["raw"] = aside.raw.decode()
        except UnicodeDecodeError:
            line["raw_base64"] = b64encode(aside.raw).decode("ascii")
        with storage("writing quarantine"):
            if self._file is None:
                self._file = HashedFile(self._files, self._folder, QUARANTINE)
            self._file.write(msgspec.json.encode(line) + b"\n")
        self.rows += 1
        if aside.oid is not None:
            self.oids.add(aside.oid)

    def finish(self) -> list[FileEntry]:
        """Put it on the disk; its entry, if there is one."""
        if self._file is None:
            return []
        with storage("writing quarantine"):
            return [self._file.finish(self.rows)]

    def close(self) -> None:
        """Let go of the file, finished or not."""
        if self._file is not None:
            self._file.close()
