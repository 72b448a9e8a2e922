"""The folder of an archive: what may be done with it, and the order in which it comes to be.

1. `.progress` appears, with its first answer, and grows with each (`progress`). It is registered before.
2. When everything is fetched: the files of an archive that is to be replaced go, its manifest first.
3. Every file that is to come is registered.
4. Answers, tables and the summary are written, each hashed on the way and on the disk; then their names are.
5. `manifest.json` appears, in one step. Only this makes it an archive.
6. The register is told what the files have come to; `.progress` goes.

A death before 5 leaves an unfinished archive: the next run, within a day, reads `.progress`, asks for what is
missing, and does 2 to 6 anew. A death after it leaves a complete one, perhaps with a `.progress` of the same
beginning beside it, which the next run removes. An archive that is to be replaced stands until 2.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from ucsync.model import FileEntry, Guarded, Misused, Tier
from ucsync.model.accounts import AccountBook, ArchiveFile
from ucsync.store.account_archive.columns import TABLES
from ucsync.store.account_archive.manifest import (
    MANIFEST,
    PROGRESS,
    Manifest,
    manifest_of,
    manifest_text,
    read_manifest,
)
from ucsync.store.account_archive.masking import Mask
from ucsync.store.account_archive.progress import (
    Asked,
    Kept,
    Progress,
    ProgressHeader,
    begin_progress,
    read_progress,
    resume_progress,
)
from ucsync.store.account_archive.received import received_text
from ucsync.store.account_archive.tables import parquet_of, tables_of
from ucsync.store.files import Files, storage
from ucsync.store.hashed_file import HashedFile
from ucsync.store.lasting import make_lasting, write_lasting
from ucsync.store.permissions import why_not_writable
from ucsync.store.written import Deed, Entry, Written, Wrote, partial_of

SUMMARY: Final = "summary.html"
RECEIVED: Final = "received"
TABLE_FOLDER: Final = "tables"

#: What is asked for, in this order; each has a file of what was received.
OPERATIONS: Final = (
    "getSettings", "getShippingAddresses", "getBillingAddresses", "getCreditCards", "getOrders",
    "getOrderTracking", "getOrderCase", "getOrderCaseMessages", "getNotReviewedYet", "getReviews",
    "getReview", "getWishlist",
)  # fmt: skip
_TABLE_PATHS: Final = tuple(f"{TABLE_FOLDER}/{name}.parquet" for name in TABLES)
_RECEIVED_PATHS: Final = tuple(f"{RECEIVED}/{name}.json" for name in OPERATIONS)
_ANOTHER: Final = "name another folder with --out"
_DROPPED: Final = f"{_ANOTHER}, or drop it with --force"
#: What was answered longer ago is not mixed with what is answered now.
_OLD: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is in the folder.

    Attributes:
        manifest: of an archive.
        header: of progress.
        answers: that the progress has.
        empty: there is nothing at all.
    """

    manifest: Manifest | None
    header: ProgressHeader | None
    answers: int
    empty: bool


class Archive:
    """One customer's archive in a folder; nothing is touched by making this.

    Args:
        files: to write with.
        written: where its files are registered.
        out: the folder; the one above it must be there.
    """

    def __init__(self, files: Files, written: Written, out: Path) -> None:
        self._files = files
        self._written = written
        self.out = out

    @property
    def tables(self) -> tuple[Path, ...]:
        """The Parquet files of one that is complete."""
        return tuple(self.out / path for path in _TABLE_PATHS)

    def check(self, header: ProgressHeader, *, replace: bool) -> None:
        """Say before anything is spent whether an archive may come here; what a death has left is tidied.

        Args:
            header: whose it is to be.
            replace: whether one that is complete, or an unfinished one that cannot be gone on with, may go.

        Raises:
            Guarded: there is an archive, or an unfinished one of another customer or of a day before, and not
                `replace`; or anything else is in the folder, which is not touched.
            Misused: the folder above is not there, something else is in its place, or it cannot be made.
            StorageFailed: the disk refuses.
        """
        found = self._look()
        if found.manifest is not None:
            self._tidy(found.manifest, found.header)
            if not replace:
                at = found.manifest.finished_at
                raise _guarded(
                    f"{self.out} has an archive already, complete since {at:%Y-%m-%d %H:%M} UTC",
                    f"{_ANOTHER}, or replace it with --force",
                )
        elif found.header is not None:
            self._check_unfinished(found.header, header, replace=replace)
        elif not found.empty:
            raise _guarded(f"{self.out} holds something else, which is left alone", _ANOTHER)

    def tidy(self) -> None:
        """Remove what a death beside a complete archive has left. Raises as `check` does."""
        found = self._look()
        if found.manifest is not None:
            self._tidy(found.manifest, found.header)

    def _check_unfinished(self, found: ProgressHeader, header: ProgressHeader, *, replace: bool) -> None:
        if replace:
            return
        if not found.is_of(header):
            text = f"{self.out} has an unfinished archive of another customer or merchant"
            raise _guarded(text, _DROPPED)
        if _is_old(found, header):
            text = f"{self.out} has an unfinished archive that was begun on {found.started_at:%Y-%m-%d}"
            raise _guarded(f"{text}, too long ago to go on with", _DROPPED)

    def resume(self, header: ProgressHeader, mask: Mask) -> Progress | None:
        """The progress of an unfinished archive of this customer, to go on with; None where there is none, or
        one from longer ago.

        Args:
            header: whose it is to be.
            mask: through which every answer goes from here on.

        Raises:
            StorageFailed: the disk refuses; what is kept stays.
        """
        found = self._look()
        if found.header is None or not found.answers or not found.header.is_of(header):
            return None
        if _is_old(found.header, header):
            return None
        return resume_progress(self._files, self.out / PROGRESS, mask)

    def begin(self, header: ProgressHeader, oid: int, mask: Mask, asked: Asked, body: bytes) -> Progress:
        """The progress of a new archive, registered and with its first answer on the disk.

        Args:
            header: whose it is.
            oid: of the customer, who is forgotten by it.
            mask: through which every answer goes.
            asked, body: of the answer that has told the oid, as received.

        Raises:
            StorageFailed: the disk refuses.
        """
        path = self.out / PROGRESS
        self._written.note_coming([path], _deed(oid, header.started_at))
        with storage(f"making {self.out}"):
            make_lasting(self._files, self.out)
        return begin_progress(self._files, path, header, mask, asked, body)

    def finish(
        self, progress: Progress, answers: Iterable[Kept], book: AccountBook, page: Iterable[str]
    ) -> Manifest:
        """Make the archive of what was fetched: steps 2 to 6 of the module.

        Args:
            progress: that has all of it; closed when this returns.
            answers: those that the book was made from, masked.
            book: what is in them.
            page: the summary in pieces.

        Raises:
            StorageFailed: the disk refuses; the progress stays, and is gone on with.
        """
        deed = _deed(book.customer_profile_oid, book.finished_at)
        by_operation: dict[str, list[Kept]] = {}
        for kept in answers:
            by_operation.setdefault(kept.asked.operation, []).append(kept)
        received: dict[str, list[Kept]] = {
            name: by_operation[name] for name in OPERATIONS if name in by_operation
        }
        coming = [f"{RECEIVED}/{name}.json" for name in received]
        paths = [self.out / path for path in (*coming, *_TABLE_PATHS, SUMMARY, MANIFEST)]
        self._clear()
        self._written.note_coming(paths, deed)
        manifest = manifest_of(book, progress.header, tuple(self._write(received, book, page)))
        with storage("writing the manifest of an archive"):
            made = partial_of(self.out / MANIFEST)
            self._files.remove(made)
            write_lasting(self._files, made, manifest_text(manifest))
            self._files.rename(made, self.out / MANIFEST)
            self._files.sync_folder(self.out)
        for path in paths:
            self._written.note_file(path, deed)
        progress.close()
        self._drop_progress()
        return manifest

    def _look(self) -> _Found:
        with storage(f"looking for an archive at {self.out}"):
            if not self.out.parent.is_dir():
                raise Misused(f"there is no folder {self.out.parent} to make {self.out.name} in")
            if not self.out.exists():
                self._check_it_can_be_made()
                return _Found(None, None, 0, empty=True)
            if not self.out.is_dir():
                raise Misused(f"{self.out} is a file; name a folder")
            names = {path.name for path in self.out.iterdir()}
            manifest = read_manifest(self.out / MANIFEST)
            progress = read_progress(self.out / PROGRESS) if PROGRESS in names else None
        # a death before the first answer was kept leaves no more than this
        nothing = {partial_of(self.out / PROGRESS).name}
        header, kept = progress or (None, [])
        return _Found(manifest, header, len(kept), empty=not names - nothing)

    def _check_it_can_be_made(self) -> None:
        if self.out.is_symlink():
            raise Misused(f"{self.out} is a link to nothing; name a folder")
        reason = why_not_writable(self.out)
        if reason is not None:
            raise Misused(f"{self.out} cannot be made: {reason}")

    def _tidy(self, manifest: Manifest, header: ProgressHeader | None) -> None:
        """What a death after the manifest has left; progress of another beginning replaces the archive."""
        if header is not None and header.started_at == manifest.started_at:
            self._drop_progress()

    def _drop_progress(self) -> None:
        path = self.out / PROGRESS
        with storage("removing the progress of an archive"):
            self._files.remove(path)
            self._files.sync_folder(self.out)
        self._written.drop(Entry(place=str(path.parent.resolve() / path.name), deed=_deed(0, _NEVER)))

    def _clear(self) -> None:
        """Without the files of an archive before this one, or of a run that died: the manifest goes first."""
        with storage("removing the files of an archive"):
            if (self.out / MANIFEST).exists():
                self._files.remove(self.out / MANIFEST)
                self._files.sync_folder(self.out)
            for path in (SUMMARY, *_TABLE_PATHS, *_RECEIVED_PATHS):
                self._files.remove(self.out / path)

    def _write(
        self, received: dict[str, list[Kept]], book: AccountBook, page: Iterable[str]
    ) -> Iterator[ArchiveFile]:
        for folder in (RECEIVED, TABLE_FOLDER):
            with storage("making a folder of an archive"):
                make_lasting(self._files, self.out / folder)
        for name, answers in received.items():
            yield self._file(f"{RECEIVED}/{name}.json", received_text(name, answers), len(answers))
        for path, (_, table) in zip(_TABLE_PATHS, tables_of(book), strict=True):
            yield self._file(path, [parquet_of(table)], table.num_rows)
        yield self._file(SUMMARY, (piece.encode("utf-8", "replace") for piece in page), 0)
        with storage("writing an archive"):
            for folder in (RECEIVED, TABLE_FOLDER):
                self._files.sync_folder(self.out / folder)
            self._files.sync_folder(self.out)

    def _file(self, path: str, pieces: Iterable[bytes | memoryview], rows: int) -> ArchiveFile:
        with storage(f"writing {path}"), HashedFile(self._files, self.out, path) as file:
            for piece in pieces:
                file.write(piece)
            made: FileEntry = file.finish(rows)
        return ArchiveFile(path=made.path, bytes=made.bytes, sha256=made.sha256, rows=made.rows)


def _is_old(found: ProgressHeader, header: ProgressHeader) -> bool:
    return header.started_at - found.started_at > _OLD


def _deed(oid: int, at: datetime) -> Deed:
    return Deed(what=Wrote.ACCOUNT, of=f"{oid}", tier=Tier.HIGH, at=at)


_NEVER: Final = datetime.min


def _guarded(text: str, mend: str) -> Guarded:
    failure = Guarded(text)
    failure.mend = mend
    return failure
