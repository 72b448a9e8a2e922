"""The register of what was written for people to take away: exports, pages, tables in other databases.

An entry is a small file of its own, named by a digest of the place, so that writers never wait for one
another. It is on the disk before the first byte of what it names, and before that has its name: no file
of ours is ever out of the register's sight, though an entry may name one that never came to be.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from ucsync.model import Guarded, Misused, Tier
from ucsync.store.files import Files, storage
from ucsync.store.lasting import damaged, make_lasting, write_lasting

_SUFFIX: Final = ".json"
_TIERS: Final = list(Tier)


class Wrote(Enum):
    """What kind of thing."""

    EXPORT = "export"
    SNAPSHOT = "snapshot export"
    DASHBOARD = "dashboard"
    REPORT = "report"
    PLAN = "plan"
    PLAN_PAGE = "plan page"
    PLAN_TABLE = "plan table"
    TABLE = "table in Postgres"
    ACCOUNT = "account archive"


class Standing(Enum):
    """What is at an entry's place."""

    SAME = "the file that was written"
    CHANGED = "another file, or one that was changed since"
    GONE = "nothing"
    UNSEEN = "a table, which cannot be seen from here"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What is told of something that is written.

    Attributes:
        what: kind of thing.
        of: a view's name, a snapshot's, push's or plan's id; of an account's archive the customer's oid.
        tier: what it shows; HIGH where clear values of the lake are in it.
        at: when it was written.
    """

    what: Wrote
    of: str
    tier: Tier
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What tells a file from what somebody else has put there."""

    bytes: int
    modified_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was written.

    Attributes:
        place: absolute path of a file; of a table `postgresql://host:port/database/schema/table`, without
            user or password.
        deed: the newest; while one replaces another, the higher tier of the two.
        stamps: of the file as it was written last, and of the one that was to be replaced.
        unfinished: it is still written to, or was when its writer died: it is ours whatever is in it.
    """

    place: str
    deed: Deed
    stamps: tuple[Stamp, ...] = ()
    unfinished: bool = False

    @property
    def path(self) -> Path | None:
        """Of a file."""
        return None if self.deed.what is Wrote.TABLE else Path(self.place)

    @property
    def partial(self) -> Path | None:
        """Where a death while writing may have left rows of a file."""
        return None if self.path is None else partial_of(self.path)

    def standing(self) -> Standing:
        """What is there now.

        Raises:
            StorageFailed: the disk refuses to tell.
        """
        if self.path is None:
            return Standing.UNSEEN
        with storage("looking for a file that was written"):
            if not self.path.exists():
                return Standing.GONE
            if self.unfinished:
                return Standing.SAME
            return Standing.SAME if _stamp(self.path) in self.stamps else Standing.CHANGED


class Written:
    """What was written for one merchant.

    Args:
        files: to write with.
        folder: `<state>/written/<merchant>`; made where it is missing.
    """

    def __init__(self, files: Files, folder: Path) -> None:
        self._files = files
        self._folder = folder

    @contextmanager
    def writing(self, target: Path, deed: Deed, *, replace: bool) -> Iterator[tuple[Path, BinaryIO]]:
        """A file that appears under its name in one step, when all of it is on the disk and registered.

        A death may leave `.<name>.partial` beside it, which the next one replaces. It is readable by its
        owner only, and one writer at a time may have a target.

        Args:
            target: the file; its folder must exist.
            deed: what is told of it.
            replace: whether a file that is there may be.

        Returns:
            The path to write to, and the file there, open; either may be used.

        Raises:
            Guarded: there is a file, and not `replace`.
            Misused: its folder is not there, or it is a folder.
            StorageFailed: the disk refuses; what was at `target` is as it was.
        """
        target = _place_of(target)
        check_target(target, replace=replace)
        known, partial = self._known(target), partial_of(target)
        with storage(f"writing {target.name}"):
            self._note(_merged(known, Entry(place=str(target), deed=deed)))
            self._files.remove(partial)
            with self._removed_unless_done(partial), self._files.create(partial) as file:
                yield partial, file
                self._files.sync(file)
                entry = Entry(place=str(target), deed=deed, stamps=(_stamp(partial),))
                self._note(_merged(known, entry))
                self._files.rename(partial, target)
            self._files.sync_folder(target.parent)
            self._note(entry)

    def write(self, target: Path, deed: Deed, pieces: Iterable[bytes], *, replace: bool) -> None:
        """The same, of bytes that are at hand; see `writing`."""
        with self.writing(target, deed, replace=replace) as (_, file):
            for piece in pieces:
                self._files.write(file, piece)

    def note_coming(self, paths: Iterable[Path], deed: Deed) -> None:
        """Files that are about to be written in another way, before the first byte of them.

        They are ours whatever is in them, until `note_file` says what they have come to.

        Args:
            paths: of files that nobody else writes to.
            deed: what is told of each.

        Raises:
            StorageFailed: the disk refuses.
        """
        with storage("registering files"):
            for path in paths:
                self._note(Entry(place=str(_place_of(path)), deed=deed, unfinished=True))

    def note_file(self, path: Path, deed: Deed) -> None:
        """A file that was written in another way and is there. Raises StorageFailed."""
        place = _place_of(path)
        with storage("registering a file"):
            self._note(Entry(place=str(place), deed=deed, stamps=(_stamp(place),)))

    def note_table(self, place: str, deed: Deed) -> None:
        """A table of another database; to be called before it is there. Raises StorageFailed."""
        with storage("registering a table"):
            self._note(Entry(place=place, deed=deed))

    def entries(self) -> list[Entry]:
        """All, by their places.

        Raises:
            StorageFailed: one is damaged.
        """
        with storage("reading what was written"):
            found = [_read(path) for path in self._folder.glob(f"*{_SUFFIX}")]
        return sorted(found, key=lambda entry: entry.place)

    def drop(self, entry: Entry) -> None:
        """Out of the register, for good; nothing is done to the file itself. Raises StorageFailed."""
        with storage("dropping what was written from the register"):
            self._files.remove(self._path_of(entry.place))
            self._files.sync_folder(self._folder)

    def _known(self, target: Path) -> Entry | None:
        path = self._path_of(str(target))
        return _read(path) if path.exists() else None

    def _path_of(self, place: str) -> Path:
        return self._folder / f"{sha256(place.encode()).hexdigest()}{_SUFFIX}"

    def _note(self, entry: Entry) -> None:
        path = self._path_of(entry.place)
        building = path.with_suffix(".building")
        make_lasting(self._files, self._folder)
        self._files.remove(building)
        write_lasting(self._files, building, msgspec.json.encode(entry))
        self._files.rename(building, path)
        self._files.sync_folder(self._folder)

    @contextmanager
    def _removed_unless_done(self, path: Path) -> Iterator[None]:
        try:
            yield
        except BaseException:
            with suppress(OSError):  # the first fault is the one to tell
                self._files.remove(path)
            raise


def check_target(target: Path, *, replace: bool) -> None:
    """Say before anything is spent what would be said in `Written.writing`; see there."""
    if not target.parent.is_dir():
        raise Misused(f"there is no folder {target.parent} to write {target.name} into")
    if target.is_dir():
        raise Misused(f"{target} is a folder; name a file")
    if target.exists() and not replace:
        raise Guarded(f"{target} is there already; it is replaced only when that is asked for")


def _merged(known: Entry | None, new: Entry) -> Entry:
    """For as long as either may be there."""
    if known is None:
        return new
    tier = max(known.deed.tier, new.deed.tier, key=_TIERS.index)
    stamps = (*new.stamps, *known.stamps)[:2]
    return replace(new, deed=replace(new.deed, tier=tier), stamps=stamps)


def partial_of(target: Path) -> Path:
    """Where a file is while it is written."""
    return target.parent.resolve() / f".{target.name}.partial"


def _place_of(path: Path) -> Path:
    """One name for a file, however it is named; the file itself may be a link, and is not followed."""
    return path.parent.resolve() / path.name


def _stamp(path: Path) -> Stamp:
    found = path.stat()
    return Stamp(bytes=found.st_size, modified_ns=found.st_mtime_ns)


def _read(path: Path) -> Entry:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Entry)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        mend = f"what it named is not known any more; remove {path}"
        raise damaged("an entry of the register of written files is damaged", mend) from None
