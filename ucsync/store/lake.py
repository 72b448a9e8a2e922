"""The lake of one merchant: immutable snapshots, and one file that names the newest.

A snapshot is built aside, under `building/`, and shows itself by one rename. Another rename makes it
the current one. What a death leaves in between is set right by `recover`: the building is removed,
unless it had become a whole snapshot, which is then made current.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ucsync.model import Receipt, StorageFailed
from ucsync.plan.keeping import KeepPolicy, to_keep
from ucsync.store.files import Files, storage
from ucsync.store.lasting import damaged, make_lasting, remove_tree, write_lasting
from ucsync.store.receipts import RECEIPT as RECEIPT  # for those who look at the file
from ucsync.store.receipts import from_json, to_json, with_id
from ucsync.store.rewriting import is_between, settle
from ucsync.store.suppression import Suppression, read_suppression, write_suppression

CUSTOMERS: Final = "customers"

_AGAIN: Final = "run it again"
_REBUILD: Final = "remove the file CURRENT and run it again, to go on from the newest snapshot that is there"


class Lake:
    """Snapshots of one merchant. One writer at a time (a lock sees to that), any number of readers."""

    def __init__(self, files: Files, folder: Path) -> None:
        """`folder` is `<lake>/<merchant>`; it need not exist."""
        self._files = files
        self._folder = folder
        self._snapshots = folder / "snapshots"
        self._building = folder / "building"
        self._current = folder / "CURRENT"
        self._next = folder / "CURRENT.next"

    def current(self) -> Receipt | None:
        """The receipt of the newest snapshot, None when nothing was ever published.

        Raises:
            StorageFailed: CURRENT, or what it names, is missing or damaged.
        """
        with storage("reading the lake"):
            named = self._named()
            if named is None:
                if self._ids():
                    raise damaged("the lake has snapshots, but no CURRENT", _AGAIN)
                return None
            if not self.path_of(named).is_dir():
                mend = f"restore snapshots/{named} from a backup; or {_REBUILD}"
                mend = _AGAIN if is_between(self._folder, named) else mend
                raise damaged(f"CURRENT names snapshot {named}, which is not there", mend)
            return self._receipt(named)

    def receipts(self) -> list[Receipt]:
        """Of every snapshot with a sound receipt, oldest first; `damaged_ids` has the others."""
        with storage("reading the lake"):
            found = (self._sound(snapshot) for snapshot in self._ids())
            sound = [receipt for receipt in found if receipt is not None]
        return sorted(sound, key=lambda receipt: receipt.finished_at)  # ids tell seconds only

    def damaged_ids(self) -> list[str]:
        """The snapshots whose receipt cannot be used."""
        with storage("reading the lake"):
            return [snapshot for snapshot in self._ids() if self._sound(snapshot) is None]

    def path_of(self, snapshot: str) -> Path:
        """The folder of the snapshot of this id."""
        return self._snapshots / snapshot

    def has_rows(self, snapshot: str) -> bool:
        """Whether its full state is there; `prune` takes that, and only that, as a whole."""
        return (self.path_of(snapshot) / CUSTOMERS).is_dir()

    @property
    def folder(self) -> Path:
        """In which all of it is."""
        return self._folder

    def suppression(self) -> Suppression:
        """Whom nobody may import again. Raises StorageFailed when the list is damaged."""
        return read_suppression(self._folder)

    def suppress(self, told: Suppression) -> None:
        """Replace that list; it is on the disk when this returns. Raises StorageFailed."""
        write_suppression(self._files, self._folder, told)

    def begin(self, scan: str) -> Path:
        """An empty folder in which to build the snapshot that this scan gives.

        Whoever fills it syncs each file; `publish` syncs the folders.
        """
        building = self._building / scan
        with storage("beginning a snapshot"):
            remove_tree(self._files, building)
            make_lasting(self._files, building)
        return building

    def publish(self, building: Path, receipt: Receipt) -> Receipt:
        """Make what was built the current snapshot.

        The order is what makes it safe: (1) every file of it, the receipt last, is on the disk; (2) so
        are all names in it, innermost folder first; only then (3) it is renamed to where snapshots
        are, and that name is put on the disk; only then (4) CURRENT is replaced. So a snapshot that is
        seen is whole, and CURRENT never names one that a power loss could take away.

        Args:
            building: from `begin`; its files synced.
            receipt: lists every file in it; its `snapshot` is filled in here.

        Returns:
            The receipt with its `snapshot`.

        Raises:
            StorageFailed: the disk refuses, what was built is not what the receipt lists, or its
                parent is not (any more) the newest snapshot. The old snapshot stands; after the last
                step but before its sync the new one may.
        """
        receipt = with_id(receipt)
        with storage("publishing a snapshot"):
            self._check_parent(receipt)
            if not _is_whole(building, receipt):
                raise StorageFailed("publishing a snapshot: what was built is not what its receipt lists")
            write_lasting(self._files, building / RECEIPT, to_json(receipt))
            for folder in _folders_bottom_up(building):
                self._files.sync_folder(folder)
            make_lasting(self._files, self._snapshots)
            self._files.rename(building, self.path_of(receipt.snapshot))
            self._files.sync_folder(self._snapshots)
            self._files.sync_folder(self._building)
            self._point_at(receipt.snapshot)
        return receipt

    def recover(self) -> str | None:
        """Set right what a run that died has left; nothing to do costs no write.

        Ends what was being rewritten, removes what was being built or pruned. A whole snapshot that was
        not made current any more, and follows the current one, is made current. So is, where CURRENT is
        missing, the one snapshot that no other follows.

        Returns:
            What was done, in one line, or None.

        Raises:
            StorageFailed: the disk refuses, or there is no telling which snapshot is the newest.
        """
        done: list[str] = []
        with storage("recovering the lake"):
            done.extend(settle(self._files, self._folder))
            if self._next.exists():
                self._files.remove(self._next)
                done.append("removed CURRENT.next")
            leftovers = sorted(self._building.iterdir()) if self._building.exists() else []
            for leftover in leftovers:
                remove_tree(self._files, leftover)
            if leftovers:
                self._files.sync_folder(self._building)
                done.append(f"removed {len(leftovers)} unfinished folder(s)")
            newest = self._newest()
            if newest is not None and newest != self._named():
                self._point_at(newest)
                done.append(f"made snapshot {newest} current, which was complete")
        return "; ".join(done) or None

    def prune(self, policy: KeepPolicy) -> list[str]:
        """Remove the full state of snapshots that the policy does not keep.

        Receipts, changes and quarantine stay: history is never lost. Nor is the full state of the
        first snapshot, on which history rests, of the current one and of the one before it. A full
        state leaves the snapshot by one rename into `building/` and is removed there, so it is whole or
        gone, whatever dies.

        Returns:
            The ids of those pruned, oldest first.
        """
        gone = self.prunable(policy)
        with storage("pruning the lake"):
            for snapshot in gone:
                self._prune(snapshot)
        return gone

    def prunable(self, policy: KeepPolicy) -> list[str]:
        """The snapshots whose full state `prune` would remove, oldest first."""
        safe = self.kept_always()
        with storage("reading the lake"):
            full = [one for one in map(self._sound, filter(self.has_rows, self._ids())) if one is not None]
        kept = to_keep((receipt.finished_at for receipt in full), policy)
        return [one.snapshot for one in full if one.finished_at not in kept and one.snapshot not in safe]

    def kept_always(self) -> frozenset[str]:
        """The snapshots whose full state no policy removes: the first, the current, the one before."""
        current = self.current()
        with storage("reading the lake"):
            first = {snapshot for snapshot in self._ids() if self._says(snapshot, _parent_mark(None))}
        last = {current.snapshot, current.parent or ""} if current else set()
        return frozenset(first | last)

    def _prune(self, snapshot: str) -> None:
        aside = self._building / f"pruned-{snapshot}"
        make_lasting(self._files, self._building)
        self._files.rename(self.path_of(snapshot) / CUSTOMERS, aside)
        self._files.sync_folder(self.path_of(snapshot))
        remove_tree(self._files, aside)
        self._files.sync_folder(self._building)

    def _point_at(self, snapshot: str) -> None:
        """Replace CURRENT: the new text is on the disk before it gets the name."""
        self._files.remove(self._next)
        write_lasting(self._files, self._next, f"{snapshot}\n".encode())
        self._files.rename(self._next, self._current)
        self._files.sync_folder(self._folder)

    def _check_parent(self, receipt: Receipt) -> None:
        current = self.current()
        if receipt.parent != (current.snapshot if current else None):
            raise damaged("publishing a snapshot: another run has published one meanwhile", _AGAIN)
        if self._child_of(receipt.parent) is not None:
            raise damaged("publishing a snapshot: one was published and not made current", _AGAIN)

    def _named(self) -> str | None:
        """What CURRENT says."""
        if not self._current.exists():
            return None
        snapshot, newline, rest = self._current.read_bytes().partition(b"\n")
        if not newline or rest or not snapshot or not snapshot.replace(b"-", b"").isalnum():
            raise damaged("the file CURRENT of the lake is damaged", _REBUILD)
        return snapshot.decode("ascii")

    def _newest(self) -> str | None:
        """The snapshot that CURRENT should name."""
        named = self._named()
        if named is not None:
            return self._child_of(named) or named
        parents = {receipt.parent for receipt in self.receipts()}
        last = [receipt.snapshot for receipt in self.receipts() if receipt.snapshot not in parents]
        if len(last) > 1:
            mend = "write the id of the right one into the file CURRENT"
            raise damaged(f"no CURRENT, and {len(last)} snapshots that no other follows", mend)
        return last[0] if last else None

    def _child_of(self, parent: str | None) -> str | None:
        """The whole snapshot that was built on this one."""
        for snapshot in reversed(self._ids()):
            if self._says(snapshot, _parent_mark(parent)):
                receipt = self._sound(snapshot)
                if receipt is not None and _is_whole(self.path_of(snapshot), receipt):
                    return snapshot
        return None

    def _says(self, snapshot: str, mark: bytes) -> bool:
        """Whether this is in the text of a receipt, which is canonical: so that tells which ones are worth
        decoding, of which there may be thousands."""
        path = self.path_of(snapshot) / RECEIPT
        return path.is_file() and mark in path.read_bytes()

    def _ids(self) -> list[str]:
        """Oldest first: ids begin with the time."""
        if not self._snapshots.exists():
            return []
        return sorted(path.name for path in self._snapshots.iterdir())

    def _sound(self, snapshot: str) -> Receipt | None:
        try:
            return self._receipt(snapshot)
        except (StorageFailed, FileNotFoundError, NotADirectoryError):
            return None

    def _receipt(self, snapshot: str) -> Receipt:
        receipt = from_json((self.path_of(snapshot) / RECEIPT).read_bytes())
        if receipt.snapshot != snapshot:
            raise damaged(f"snapshots/{snapshot} holds the receipt of another", "restore it from a backup")
        return receipt


def _parent_mark(parent: str | None) -> bytes:
    return f'\n  "parent": "{parent}"'.encode() if parent else b'\n  "parent": null'


def _is_whole(folder: Path, receipt: Receipt) -> bool:
    """Whether it holds exactly the files that the receipt lists, by name and length."""
    listed = {entry.path: entry.bytes for entry in receipt.files}
    found = {path.relative_to(folder).as_posix(): path.stat().st_size for path in _files_in(folder)}
    found.pop(RECEIPT, None)
    return found == listed


def _files_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not path.is_dir())


def _folders_bottom_up(folder: Path) -> list[Path]:
    inner = [path for path in folder.rglob("*") if path.is_dir()]
    return [*sorted(inner, key=lambda path: len(path.parts), reverse=True), folder]
