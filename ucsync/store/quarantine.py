"""Rows that could not be decoded, kept beside the snapshot with the reason: one line of JSON for each."""

import re
from base64 import b64encode
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Final

import msgspec

from ucsync.model import FileEntry
from ucsync.store.decoding import Aside
from ucsync.store.files import Files, storage
from ucsync.store.hashed_file import HashedFile

QUARANTINE: Final = "quarantine.jsonl"

#: So many rows are looked at to tell what was wrong with them.
LOOKED_AT_MAX: Final = 10_000

_ROW: Final = re.compile(r"\[\d+\]")


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


class _Line(msgspec.Struct):
    reason: str


def reasons_aside(snapshot: Path) -> Counter[str]:
    """Why rows of a snapshot were set aside: how many by reason, whichever row of a list it was; of
    `LOOKED_AT_MAX` rows at the most.

    Args:
        snapshot: its folder. A line that cannot be read counts as such.

    Raises:
        StorageFailed: the disk refuses.
    """
    found: Counter[str] = Counter()
    with storage("reading quarantine"):
        if not (snapshot / QUARANTINE).exists():
            return found
        with (snapshot / QUARANTINE).open("rb") as lines:
            for line in islice(lines, LOOKED_AT_MAX):
                try:
                    reason = msgspec.json.decode(line, type=_Line).reason
                except msgspec.MsgspecError:
                    reason = "its line in quarantine is damaged"
                found[_ROW.sub("[]", reason)] += 1
    return found
