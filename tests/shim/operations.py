"""Operations on files as the shim sees them: its face in Python, its log, and what each file is for."""

import ctypes
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from struct import Struct
from typing import Final

SOURCE: Final = Path(__file__).with_name("shim.c")


class Kind(IntEnum):
    """What is done; `MARK` is a remark of the process itself."""

    CREATE = 1
    EMPTY = 2
    WRITE = 3
    RESIZE = 4
    RENAME = 5
    LINK = 6
    UNLINK = 7
    RMDIR = 8
    MKDIR = 9
    CHMOD = 10
    SYNC = 11
    SYNC_FOLDER = 12
    MARK = 13


class How(IntEnum):
    """What happens at an operation."""

    NOTHING = 0
    KILL_BEFORE = 1
    KILL_AFTER = 2
    SHORT = 3  # half of a write, then killed
    FULL = 4  # half of a write; from there on nothing grows any more
    FAIL = 5  # an input/output error, once


KILLS: Final = (How.KILL_BEFORE, How.KILL_AFTER, How.SHORT)

#: What a disk that is full may refuse.
TAKES_ROOM: Final = {
    Kind.CREATE, Kind.WRITE, Kind.RESIZE, Kind.RENAME, Kind.LINK, Kind.MKDIR, Kind.SYNC, Kind.SYNC_FOLDER,
}  # fmt: skip


class Detail(IntEnum):
    """How much of it the log has."""

    MET = 0
    NAMES = 1
    CONTENTS = 2


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry of the log.

    Attributes:
        met: it is where something was to happen, and stands here before it does.
        path: relative to the folder; the text of a mark.
        second: the new name of what was renamed or linked.
        inode: of the file that was made, written, resized or synced.
        offset, length: of a write; the length of what was resized; the mode of what was changed in it.
        data: what was written, if the log has contents.
    """

    kind: Kind
    met: bool
    path: str
    second: str
    inode: int
    offset: int
    length: int
    data: bytes

    @property
    def role(self) -> str:
        """What the file is for; of what gets a new name, what it is under that."""
        return role_of(self.second or self.path)

    @property
    def label(self) -> str:
        """Kind and role."""
        return f"{self.kind.name.lower()} {self.role}"


_RECORD: Final = Struct("=IIIIQqqq")
_GONE: Final = " (deleted)"


class Shim:
    """The shim that this process was started with."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(os.environ["LD_PRELOAD"])
        self._library.shim_begin.argtypes = [
            ctypes.c_char_p, ctypes.c_int, ctypes.c_int64, ctypes.c_int, ctypes.c_int,
        ]  # fmt: skip
        self._library.shim_begin.restype = None
        self._library.shim_mark.restype = None
        self._library.shim_end.restype = ctypes.c_int64

    @contextmanager
    def watching(
        self, folder: Path, log: Path, how: How = How.NOTHING, at: int = 0, detail: Detail = Detail.MET
    ) -> Iterator[None]:
        """Below `folder`, whose path has no links: something happens at operation `at`, from 1."""
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        self._library.shim_begin(os.fsencode(folder), how, at, descriptor, detail)
        try:
            yield
        finally:
            self._library.shim_end()
            os.close(descriptor)

    def mark(self, text: str) -> None:
        """A remark for the log."""
        self._library.shim_mark(text.encode())


def read_log(log: Path, folder: Path) -> list[Operation]:
    """The log of what happened below `folder`."""
    data, place, found = log.read_bytes(), 0, []
    while place < len(data):
        kind, met, *sizes, inode, offset, length, data_bytes = _RECORD.unpack_from(data, place)
        place += _RECORD.size
        pieces = []
        for size in (*sizes, data_bytes):
            pieces.append(data[place : place + size])
            place += size
        path, second = (os.fsdecode(piece).removesuffix(_GONE) for piece in pieces[:2])
        if kind != Kind.MARK:
            path, second = (os.path.relpath(one, folder) if one else "" for one in (path, second))
        found.append(Operation(Kind(kind), bool(met), path, second, inode, offset, length, pieces[2]))
    return found


@cache
def why_not() -> str | None:
    """Why the shim cannot be used here; None when it can."""
    if sys.platform != "linux" or sys.maxsize < 2**32:
        return "the shim is for Linux on 64 bits"
    return None if shutil.which("cc") else "there is no C compiler (cc) to make the shim with"


def preloading(folder: Path) -> dict[str, str]:
    """The environment in which a process has the shim, compiled into `folder`; none where it cannot be."""
    if why_not() is not None:
        return {}
    library, compiler = folder / "shim.so", str(shutil.which("cc"))
    flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-pthread"]
    subprocess.run([compiler, *flags, "-o", str(library), str(SOURCE)], check=True)
    return {"LD_PRELOAD": str(library)}


#: What the files below a folder are for, by their names; the first that fits counts.
_ROLES: Final = [
    (re.compile(pattern + "$"), role)
    for pattern, role in (
        (r".*/part-\d+\.parquet", "part"),
        (r".*/changes\.parquet", "changes"),
        (r".*/merges\.parquet", "merges"),
        (r".*/quarantine\.jsonl", "quarantine"),
        (r".*/receipt\.json", "receipt"),
        (r".*/customers|.*/building/pruned-[^/]*", "full state"),
        (r".*/sorting/\d+\.arrow", "sorted run"),
        (r".*/sorting", "sorting"),
        (r".*/building/[^/]*|.*/snapshots/[^/]*", "snapshot"),
        (r".*/building", "building"),
        (r".*/snapshots", "snapshots"),
        (r".*/CURRENT\.next", "CURRENT.next"),
        (r".*/CURRENT", "CURRENT"),
        (r"lake(/shop)?", "lake"),
        (r".*/ucsync\.db(\.damaged-[^/]*|\.next)?", "database"),
        (r".*/ucsync\.db(\.damaged-[^/]*)?-wal", "database log"),
        (r".*/ucsync\.db(\.damaged-[^/]*)?-shm", "database index"),
        (r".*/ucsync\.db(\.next)?-journal", "database journal"),
        (r".*/ucsync\.db(\.damaged-[^/]*)?-redo(\.next)?", "database redo"),
        (r".*/locks/[^/]*\.lock|.*/run\.lock", "lock"),
        (r".*/locks", "locks"),
        (r".*/\.warehouse-standard", "warehouse folder"),
        (r".*/\.warehouse-standard/warehouse\.duckdb", "new warehouse"),
        (r".*/\.warehouse-standard/warehouse\.duckdb\..*", "log of the new warehouse"),
        (r".*/\.warehouse-standard/spill.*", "spill"),
        (r".*/warehouse\.duckdb(\.wal)?", "warehouse"),
        (r".*/(staging|windows)/shop/[^/]*/scan\.json", "scan header"),
        (r".*/(staging|windows)/shop/[^/]*/\d+\.json\.zst", "page"),
        (r".*/(staging|windows)/shop/[^/]*", "scan"),
        (r".*/(staging|windows)(/shop)?", "staging"),
        (r".*/pushes/shop/[^/]*\.(db|building)", "journal"),
        (r".*/pushes/shop/[^/]*\.db-wal", "journal log"),
        (r".*/pushes/shop/[^/]*\.db-shm", "journal index"),
        (r".*/pushes/shop/[^/]*\.db-journal", "journal journal"),
        (r".*/pushes/shop/[^/]*-redo(\.next)?", "journal redo"),
        (r".*/pushes(/shop)?", "pushes"),
        (r"state", "state"),
        (r"\.", "top"),
    )
]


@cache
def role_of(path: str) -> str:
    """What a file is for; a file that nobody knows is an error."""
    found = next((role for pattern, role in _ROLES if pattern.match(path)), None)
    assert found is not None, f"nobody knows what {path} is for"
    return found
