"""Snapshots without people: every file that has rows of theirs is written anew, the others are taken over.

What several snapshots share they share afterwards, too: a file is written for the first of them, and the
others get it by a link, known by its digest. That holds after a death as well, because the same rows give
the same bytes.
"""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ucsync.model import FileEntry, Receipt
from ucsync.store.changes import CHANGES, OP
from ucsync.store.files import Files, storage
from ucsync.store.forgetting.people import People
from ucsync.store.forgetting.tables import among, groups_of, holds, opened, texts_in_json
from ucsync.store.hashed_file import HashedFile
from ucsync.store.lake import Lake
from ucsync.store.lasting import write_lasting
from ucsync.store.merges import ABSORBED, MERGES, SURVIVOR
from ucsync.store.parts import PARQUET, is_part, read_columns
from ucsync.store.quarantine import QUARANTINE
from ucsync.store.receipts import RECEIPT, rewritten, to_json
from ucsync.store.rewriting import begin_rewriting, take_place
from ucsync.store.schema import OID

_ENDS: Final = {"insert": "inserted", "update": "updated", "delete": "deleted", "merge": "deleted"}


@dataclass(slots=True)
class SnapshotEraser:
    """Takes people out of snapshots.

    Attributes:
        files: the file system.
        lake: of the snapshots.
        people: who goes.
        now: our clock.
        rows: versions of customers that were taken out so far; one that snapshots share counts once.
        lines: rows of quarantine, likewise.
    """

    files: Files
    lake: Lake
    people: People
    now: Callable[[], datetime]
    rows: int = 0
    lines: int = 0
    _known: dict[str, Path] = field(default_factory=dict)
    _new: dict[str, tuple[FileEntry, int]] = field(default_factory=dict)
    _held: dict[str, bool] = field(default_factory=dict)

    def touches(self, receipt: Receipt) -> bool:
        """Whether there is anything of them in a snapshot. Raises StorageFailed when it is damaged."""
        if self.people.oids.intersection(receipt.aside):
            return True
        return any(self._is_touched(receipt, entry) for entry in self._there(receipt))

    def rewrite(self, receipt: Receipt) -> Receipt:
        """Put a snapshot without them in its place; see `rewriting`.

        Raises:
            StorageFailed: the disk refuses, or a file is damaged; the old one stands, or `recover` ends it.
        """
        folder = self.lake.path_of(receipt.snapshot)
        building = begin_rewriting(self.files, self.lake.folder, receipt.snapshot)
        for name in sorted({Path(entry.path).parent.as_posix() for entry in self._there(receipt)} - {"."}):
            with storage("rewriting a snapshot"):
                self.files.make_folder(building / name)
        draft = self._all(receipt, folder, building)
        with storage("rewriting a snapshot"):
            write_lasting(self.files, building / RECEIPT, to_json(draft))
        take_place(self.files, self.lake.folder, receipt.snapshot)
        for entry in draft.files:
            self._known[entry.sha256] = folder / entry.path
        return draft

    def know(self, receipts: Iterable[Receipt]) -> None:
        """Tell which files there are, to be shared by their digests."""
        for receipt in receipts:
            for entry in self._there(receipt):
                self._known.setdefault(entry.sha256, self.lake.path_of(receipt.snapshot) / entry.path)

    def _there(self, receipt: Receipt) -> Iterator[FileEntry]:
        """Its files, without a full state that was pruned."""
        whole = self.lake.has_rows(receipt.snapshot)
        return (entry for entry in receipt.files if whole or not is_part(entry))

    def _is_touched(self, receipt: Receipt, entry: FileEntry) -> bool:
        path = self.lake.path_of(receipt.snapshot) / entry.path
        if entry.path == MERGES:
            return len(self._merges_left(path, entry)) < entry.rows
        if entry.path == QUARANTINE:
            return any(self._is_theirs(line) for line in _lines(path))
        if entry.sha256 not in self._held:
            self._held[entry.sha256] = holds(path, entry, self.people.oids)
        return self._held[entry.sha256]

    def _all(self, receipt: Receipt, folder: Path, building: Path) -> Receipt:
        """Every file but the receipt, which comes back with its counts."""
        draft, files = receipt, list[FileEntry]()
        whole = self.lake.has_rows(receipt.snapshot)
        for entry in receipt.files:
            if is_part(entry) and not whole:
                files.append(entry)
            elif not self._is_touched(receipt, entry):
                self._link(folder / entry.path, building / entry.path)
                files.append(entry)
            elif entry.path == QUARANTINE:
                kept = self._quarantine(folder / entry.path, building)
                draft = replace(draft, quarantined=kept.rows if kept else 0)
                files += [kept] if kept else []
            elif entry.path == MERGES:
                files += self._merges(folder / entry.path, entry, building)
            elif entry.path == CHANGES:
                changes, gone = self._changes(folder / entry.path, entry, building)
                files.append(changes)
                draft = replace(draft, **{name: getattr(draft, name) - gone[name] for name in gone})
            else:
                files.append(self._part(folder / entry.path, entry, building))
        gone_rows = sum(old.rows for old in receipt.files if is_part(old)) - sum(
            new.rows for new in files if is_part(new)
        )
        is_first = not any(entry.path == CHANGES for entry in receipt.files)
        draft = replace(
            draft,
            rows=receipt.rows - gone_rows,
            inserted=draft.inserted - (gone_rows if is_first else 0),
            aside=tuple(oid for oid in receipt.aside if oid not in self.people.oids),
            files=tuple(files),
        )
        return rewritten(draft, self.now())

    def _part(self, path: Path, entry: FileEntry, building: Path) -> FileEntry:
        done = self._new.get(entry.sha256)
        if done is None:
            with opened(path, entry) as file:
                rows = file.read(use_threads=False)
            left = rows.filter(pc.invert(among(rows, self.people.oids)))
            oids = left.column(OID)
            sink = pa.BufferOutputStream()
            pq.write_table(left, sink, row_group_size=max(1, left.num_rows), **_options(left.schema))
            new = self._put(sink.getvalue(), building, replace(
                entry, rows=left.num_rows,
                oid_first=oids[0].as_py() if left.num_rows else None,
                oid_last=oids[-1].as_py() if left.num_rows else None,
            ))  # fmt: skip
            self.rows += rows.num_rows - left.num_rows
            self._new[entry.sha256] = new, rows.num_rows - left.num_rows
            return new
        new = replace(done[0], path=entry.path)
        self._link(self._known[new.sha256], building / new.path)
        return new

    def _put(self, data: Any, building: Path, entry: FileEntry) -> FileEntry:
        """A file of these bytes, by a link where there is one already."""
        view = memoryview(data)
        digest = sha256(view).hexdigest()
        new = replace(entry, bytes=view.nbytes, sha256=digest)
        if digest in self._known and self._known[digest].exists():
            self._link(self._known[digest], building / entry.path)
        else:
            with storage("rewriting a snapshot"), self.files.create(building / entry.path) as file:
                self.files.write(file, view)
                self.files.sync(file)
            self._known[digest] = building / entry.path
        return new

    def _link(self, path: Path, target: Path) -> None:
        with storage("rewriting a snapshot"):
            self.files.link(path, target)

    def _changes(self, path: Path, entry: FileEntry, building: Path) -> tuple[FileEntry, Counter[str]]:
        gone = Counter[str]()
        with opened(path, entry) as old, storage("rewriting changes"), \
                HashedFile(self.files, building, CHANGES) as file:  # fmt: skip
            writer = pq.ParquetWriter(file, old.schema_arrow, **_options(old.schema_arrow))
            kept = 0
            for rows in groups_of(old):
                theirs = among(rows, self.people.oids)
                gone.update(_ENDS[op] for op in rows.column(OP).filter(theirs).to_pylist())
                left = rows.filter(pc.invert(theirs))
                kept += left.num_rows
                if left.num_rows:
                    writer.write_table(left, row_group_size=left.num_rows)
            writer.close()
            self.rows += entry.rows - kept
            return file.finish(kept), gone

    def _merges_left(self, path: Path, entry: FileEntry) -> Any:
        folder = path.parents[entry.path.count("/")]
        rows = read_columns(folder, entry, pq.read_schema(path).names)
        theirs = self.people.oids
        keep = [
            absorbed not in theirs and survivor not in theirs
            for absorbed, survivor in zip(
                rows.column(ABSORBED).to_pylist(), rows.column(SURVIVOR).to_pylist(), strict=True
            )
        ]
        return rows.filter(pa.array(keep, pa.bool_()))

    def _merges(self, path: Path, entry: FileEntry, building: Path) -> list[FileEntry]:
        left = self._merges_left(path, entry)
        if not left.num_rows:
            return []
        sink = pa.BufferOutputStream()
        pq.write_table(left, sink, compression="zstd")
        return [self._put(sink.getvalue(), building, replace(entry, rows=left.num_rows))]

    def _quarantine(self, path: Path, building: Path) -> FileEntry | None:
        lines = list(_lines(path))
        kept = [line for line in lines if not self._is_theirs(line)]
        self.lines += len(lines) - len(kept)
        if not kept:
            return None
        with storage("rewriting quarantine"), HashedFile(self.files, building, QUARANTINE) as file:
            for line in kept:
                file.write(line)
            return file.finish(len(kept))

    def _is_theirs(self, line: bytes) -> bool:
        """Whether a line of quarantine is about them. One that does not say whom it is about is theirs where
        it has their address."""
        told = json.loads(line)
        oid, raw = told.get("oid"), _raw_of(told)
        return oid in self.people.oids if oid is not None else self.people.told_in(raw)


def texts_aside(lake: Lake, receipts: Iterable[Receipt], people: People) -> Iterator[str]:
    """The texts in rows of quarantine that are about people, and in those that nobody can read all of it."""
    for receipt in receipts:
        for entry in receipt.files:
            if entry.path == QUARANTINE:
                for line in _lines(lake.path_of(receipt.snapshot) / entry.path):
                    told = json.loads(line)
                    raw = _raw_of(told)
                    if people.are(told.get("oid")) or (told.get("oid") is None and people.told_in(raw)):
                        yield from texts_in_json(raw)


def _raw_of(told: dict[str, Any]) -> str:
    if "raw_base64" in told:
        return b64decode(told["raw_base64"]).decode(errors="replace")
    return str(told.get("raw", ""))


def _lines(path: Path) -> Iterator[bytes]:
    with storage("reading quarantine"), path.open("rb") as file:
        yield from file


def _options(schema: Any) -> dict[str, Any]:
    """As files of a lake are written; of columns that are not nested any more bounds are kept."""
    plain = [field.name for field in schema if not pa.types.is_nested(field.type)]
    return {**PARQUET, "write_statistics": plain}
