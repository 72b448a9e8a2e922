"""Proof by search: whether a text of people is in any file, as it lies on the disk or as what it means.

Files are read raw, byte by byte, and decoded: values of Parquet, staged pages, documents in journals. A text
that others have, too, proves nothing, and which those are the rows of the others tell: those in the lake, and
in the pages of a scan that is half done. A row that does not say whose it is is nobody's.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ucsync.store.cutting import cut
from ucsync.store.files import storage
from ucsync.store.forgetting.journals import kept_documents
from ucsync.store.forgetting.people import TELLING_BYTES_MIN, People
from ucsync.store.forgetting.tables import among, text_arrays
from ucsync.store.forgetting.worklist import WORKLIST
from ucsync.store.quarantine import QUARANTINE
from ucsync.store.schema import OID
from ucsync.store.staging import body_in
from ucsync.ultracart.listing import look_at

#: Bytes that are looked at together; what is cut is looked at again around the cut.
_PIECE_BYTES: Final = 16 << 20
_OVERLAP_BYTES: Final = 64 << 10
#: Texts that are looked for at once, and how much of each.
_GROUP: Final = 64
_WAY_BYTES_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search has come to.

    Attributes:
        files, bytes: that were looked through, decoded values included.
        values: texts that were looked for.
        short: texts that are too short to tell anything.
        shared: texts that others have, too.
        shared_addresses: e-mail addresses among these.
        left: files in which another one was found, with how many.
    """

    files: int
    bytes: int
    values: int
    short: int
    shared: int
    shared_addresses: int
    left: tuple[tuple[Path, int], ...]


class _Texts:
    """What is looked for, as bytes: each text in all ways in which our files write it, in small letters.

    A piece is first looked through for many at once, by a machine that does that in one go; only where one
    of them is there, for each.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        ways = {one: _ways(one) for one in sorted(texts)}
        names = sorted(ways)
        self._groups = [
            (_pattern(way for one in group for way in ways[one]), {one: ways[one] for one in group})
            for group in (names[start : start + _GROUP] for start in range(0, len(names), _GROUP))
        ]

    def found_in(self, piece: bytes) -> Iterator[str]:
        """Those that stand in a piece."""
        small = piece.lower()
        value = pa.array([small], pa.large_binary())
        for pattern, texts in self._groups:
            if pc.match_substring_regex(value, pattern)[0].as_py():
                yield from (one for one, ways in texts.items() if any(way in small for way in ways))


class _Tally:
    """What was found so far; a text that others have is looked for no more."""

    def __init__(self, telling: set[str]) -> None:
        self.files = self.bytes = 0
        self.shared: set[str] = set()
        self.found: dict[str, set[Path]] = {}
        self._telling = telling
        self._texts = _Texts(telling)

    def note(self, piece: bytes, path: Path, *, is_others: bool) -> None:
        """Look through a piece of a file; `is_others` for rows of customers who stay, which are theirs."""
        self.bytes += len(piece)
        here = set(self._texts.found_in(piece))
        if is_others and here:
            self.shared |= here
            self._texts = _Texts(self._telling - self.shared)
        for one in here if not is_others else ():
            self.found.setdefault(one, set()).add(path)


def search(folders: Iterable[Path], people: People, stop: Callable[[], None]) -> Found:
    """Look for people's texts in every file of some folders.

    Args:
        folders: or files; those that are not there have nothing.
        people: known by their texts, of which case does not count; a row of a table that says it is theirs
            is not of somebody else.
        stop: called between files; may raise.

    Raises:
        StorageFailed: a file cannot be read.
    """
    every = {value.strip() for value in people.values if value.strip()}
    telling = {one for one in every if len(one.encode(errors="replace")) >= TELLING_BYTES_MIN}
    tally, inodes = _Tally(telling), set[tuple[int, int]]()
    for path in _files_in(folders):
        stop()
        with storage("searching the files"):
            told = path.stat()
            if (told.st_dev, told.st_ino) in inodes or path.name in (WORKLIST, f"{WORKLIST}.next"):
                continue
            inodes.add((told.st_dev, told.st_ino))
            _look(path, tally, people.oids)
    left: dict[Path, int] = {}
    for one, paths in tally.found.items():
        for path in paths if one not in tally.shared else ():
            left[path] = left.get(path, 0) + 1
    return Found(
        files=tally.files, bytes=tally.bytes, values=len(telling), short=len(every) - len(telling),
        shared=len(tally.shared), shared_addresses=sum("@" in one for one in tally.shared),
        left=tuple(sorted(left.items())),
    )  # fmt: skip


def _files_in(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_file():
            yield folder
        elif folder.is_dir():
            yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


def _look(path: Path, tally: _Tally, oids: AbstractSet[int]) -> None:
    tally.files += 1
    if path.name == QUARANTINE:
        for line in path.read_bytes().splitlines():
            told = json.loads(line)
            raw = b64decode(told.get("raw_base64", "")) or str(told.get("raw", "")).encode()
            tally.note(line + b"\n" + raw, path, is_others=told.get("oid") is not None)
        return
    for piece in _raw(path):
        tally.note(piece, path, is_others=False)
    if path.suffix == ".parquet":
        _look_at_rows(path, tally, oids)
    elif path.name.endswith(".json.zst"):
        for rows, named in _staged(path):
            tally.note(rows, path, is_others=named)
    elif path.suffix == ".db" and path.parent.parent.name == "pushes":
        for piece in _together(kept_documents(path)):
            tally.note(piece, path, is_others=False)


def _look_at_rows(path: Path, tally: _Tally, oids: AbstractSet[int]) -> None:
    for is_others in (False, True):
        for piece in _together(_values(path, oids, is_others=is_others)):
            tally.note(piece, path, is_others=is_others)


def _raw(path: Path) -> Iterator[bytes]:
    tail = b""
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_PIECE_BYTES):
            yield tail + piece
            tail = piece[-_OVERLAP_BYTES:]


def _together(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The same in larger pieces: each is looked through for every text."""
    waiting, size = list[bytes](), 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _PIECE_BYTES:
            yield b"\n".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"\n".join(waiting)


def _staged(path: Path) -> Iterator[tuple[bytes, bool]]:
    """The rows of a staged page that say whose they are, and those that do not."""
    body = body_in(path)
    if body is not None:
        keys = look_at(body).get("customers") or []
        rows = list(zip(map(bytes, cut(body)), keys, strict=True))
        for named in (True, False):
            yield b"\n".join(row for row, key in rows if (key.oid is not None) is named), named


def _values(path: Path, oids: AbstractSet[int], *, is_others: bool) -> Iterator[bytes]:
    """The texts of a table, of the rows of these customers or of all the others."""
    try:
        file = pq.ParquetFile(path)
    except pa.ArrowException:  # no Parquet: its bytes have been looked at
        return
    with file:
        for number in range(file.num_row_groups):
            wanted = _whose(file, number, oids, is_others=is_others)
            for name in file.schema_arrow.names if pc.any(wanted).as_py() else ():
                column = file.read_row_group(number, columns=[name], use_threads=False).column(name)
                for chunk in column.filter(wanted).chunks:
                    for texts in text_arrays(chunk):
                        yield _bytes_of(texts)


def _whose(file: Any, number: int, oids: AbstractSet[int], *, is_others: bool) -> Any:
    """For each row of a group whether it is these customers', or the other way round; one that does not say
    is not."""
    if OID not in file.schema_arrow.names:
        return pa.repeat(is_others, file.metadata.row_group(number).num_rows)
    theirs = among(file.read_row_group(number, columns=[OID], use_threads=False), oids)
    return pc.invert(theirs) if is_others else theirs


def _bytes_of(texts: Any) -> bytes:
    """All of an array's texts, one after the other."""
    joined = pa.concat_arrays([texts])  # without what a slice leaves out
    data = joined.buffers()[2]
    return b"" if data is None else data.to_pybytes()


def _pattern(ways: Iterable[bytes]) -> str:
    """Any of these, byte by byte: of bytes, the machine knows no letters."""
    return "|".join("".join(f"\\x{byte:02x}" for byte in way) for way in ways)


def _ways(text: str) -> tuple[bytes, ...]:
    ways = (text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1])
    # where a text is, there is its beginning; and the machine takes no patterns of any length
    return tuple(dict.fromkeys(way.encode(errors="replace").lower()[:_WAY_BYTES_MAX] for way in ways))
