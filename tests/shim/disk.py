"""A disk in memory: what recorded operations come to, and all that may be left of them by a power loss.

The model is the weakest that POSIX promises, and so takes in what journalling file systems do:

- Contents. What was written to a file since it was last synced may be on the disk, all of it, none of it,
  the first half, or zeros of its length (the length came before the data). Syncing a file puts its
  contents on the disk, and no name.
- Names. A name that was made, changed or removed since its folder was last synced may be so on the disk,
  or not. Each change of names is by itself, in whatever order (a journal would keep a beginning of them:
  that is among it). A rename is one change, which is on the disk when the folder of the new name was
  synced; syncing that of the old name alone takes the old one away, and promises nothing of the new one.
  A folder whose own name is lost takes what is in it along.
- Removing a file takes away a name; what it held comes back with that name.

Contents that the operations do not tell, those of memory that is shared through a file, are left out.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from tests.shim.operations import Kind, Operation

#: SQLite writes there through shared memory, and makes it anew after a power loss.
SHARED: Final = "-shm"

_ROOT: Final = 0


class Left(Enum):
    """What is left of what was written to a file and not synced."""

    ALL = "all"
    HALF = "half"
    ZEROS = "zeros"
    NOTHING = "nothing"


@dataclass
class _Node:
    """A file or a folder.

    Attributes:
        synced: what of a file is on the disk.
        writes: since then: where, and what; a length alone is what the file was cut or grown to.
        names: of a folder that are on the disk.
    """

    is_folder: bool
    synced: bytes = b""
    writes: list[tuple[int, bytes | None]] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A change of names that is not on the disk yet: of each entry (folder, name) what it names then."""

    number: int
    entries: Mapping[tuple[int, str], int | None]


#: What there is, by path; None for a folder.
Tree = Mapping[str, bytes | None]


class Disk:
    """Goes through recorded operations.

    Attributes:
        changes: of names that are not on the disk yet, in their order.
    """

    def __init__(self, base: Path) -> None:
        """What is below `base` is on the disk."""
        self._nodes = [_Node(is_folder=True)]
        self._names: dict[int, dict[str, int]] = {_ROOT: {}}
        self._inodes: dict[int, int] = {}
        self._count = 0
        self._known: dict[tuple[int, Left], bytes] = {}  # contents that were asked for; they are many
        self.changes: list[Change] = []
        self._take(base, _ROOT)

    def do(self, operation: Operation) -> None:
        """One more operation."""
        kind, path = operation.kind, operation.path
        if kind is Kind.CREATE:
            number = self._made(path, is_folder=False)
            self._inodes[operation.inode] = number
        elif kind is Kind.MKDIR:
            self._made(path, is_folder=True)
        elif kind is Kind.WRITE:
            self._file(operation).writes.append((operation.offset, operation.data))
        elif kind in (Kind.RESIZE, Kind.EMPTY):
            self._file(operation).writes.append((operation.length, None))
        elif kind in (Kind.UNLINK, Kind.RMDIR):
            self._change({self._entry(path): None})
        elif kind is Kind.LINK:
            self._change({self._entry(operation.second): self._found(path)})
        elif kind is Kind.RENAME:
            self._change({self._entry(operation.second): self._found(path), self._entry(path): None})
        elif kind is Kind.SYNC:
            self._sync(self._file(operation))
        elif kind is Kind.SYNC_FOLDER:
            self._sync_names(self._found(path))

    def unsynced(self, kept: Iterable[Change]) -> list[int]:
        """The files that have a name after a power loss, and of which not all is on the disk.

        Args:
            kept: as below.
        """
        found = {number for _, number in self._walk(_ROOT, "", self._named(kept))}
        return [number for number in sorted(found) if self._nodes[number].writes]

    def now(self) -> Tree:
        """As it is for those who look while the power is on."""
        return self.after(self.changes, {})

    def after(self, kept: Iterable[Change], left: Mapping[int, Left]) -> Tree:
        """As it is after a power loss.

        Args:
            kept: the changes of names that were on the disk all the same, in their order.
            left: what is left of the files that are not synced; all, of those that do not stand here.
        """
        return {
            path: None
            if self._nodes[number].is_folder
            else self._contents(number, left.get(number, Left.ALL))
            for path, number in self._walk(_ROOT, "", self._named(kept))
        }

    def _named(self, kept: Iterable[Change]) -> dict[int, dict[str, int]]:
        """The names in each folder."""
        names = {number: dict(node.names) for number, node in enumerate(self._nodes) if node.is_folder}
        for change in kept:
            for (folder, name), target in change.entries.items():
                if target is None:
                    names[folder].pop(name, None)
                else:
                    names[folder][name] = target
        return names

    def _walk(
        self, folder: int, path: str, names: Mapping[int, Mapping[str, int]]
    ) -> Iterator[tuple[str, int]]:
        for name, number in sorted(names[folder].items()):
            own = f"{path}{name}"
            if self._nodes[number].is_folder:
                yield own, number
                yield from self._walk(number, f"{own}/", names)
            elif not own.endswith(SHARED):
                yield own, number

    def _contents(self, number: int, left: Left) -> bytes:
        if (number, left) not in self._known:
            self._known[number, left] = _contents(self._nodes[number], left)
        return self._known[number, left]

    def _take(self, folder: Path, number: int) -> None:
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            inode = entry.inode()
            known = None if entry.is_dir() else self._inodes.get(inode)
            if known is None:
                known = self._node(_Node(entry.is_dir()))
            self._nodes[number].names[entry.name] = self._names[number][entry.name] = known
            if entry.is_dir():
                self._take(Path(entry.path), known)
            else:
                self._inodes[inode] = known
                self._nodes[known].synced = Path(entry.path).read_bytes()

    def _node(self, node: _Node) -> int:
        self._nodes.append(node)
        number = len(self._nodes) - 1
        if node.is_folder:
            self._names[number] = {}
        return number

    def _made(self, path: str, *, is_folder: bool) -> int:
        number = self._node(_Node(is_folder))
        self._change({self._entry(path): number})
        return number

    def _file(self, operation: Operation) -> _Node:
        """The file that an operation is about to change, or sync."""
        number = self._inodes[operation.inode]
        for left in Left:
            self._known.pop((number, left), None)
        return self._nodes[number]

    def _found(self, path: str) -> int:
        number = _ROOT
        for name in path.split("/") if path != "." else ():
            number = self._names[number][name]
        return number

    def _entry(self, path: str) -> tuple[int, str]:
        folder, _, name = path.rpartition("/")
        return self._found(folder or "."), name

    def _change(self, entries: Mapping[tuple[int, str], int | None]) -> None:
        self._count += 1
        self.changes.append(Change(self._count, entries))
        for (folder, name), target in entries.items():
            if target is None:
                del self._names[folder][name]
            else:
                self._names[folder][name] = target

    @staticmethod
    def _sync(node: _Node) -> None:
        node.synced, node.writes = _contents(node, Left.ALL), []

    def _sync_names(self, folder: int) -> None:
        """Put on the disk what changed in this folder, and what it came together with."""
        settled: dict[tuple[int, str], int] = {}  # entries, and the change of them that is on the disk
        for change in self.changes:
            made = [entry for entry, target in change.entries.items() if target is not None]
            here = [entry for entry in change.entries if entry[0] == folder]
            done = change.entries if any(entry in here for entry in made) else here
            for where, name in done:
                settled[where, name] = change.number
                names, target = self._nodes[where].names, change.entries[where, name]
                if target is None:
                    names.pop(name, None)
                else:
                    names[name] = target
        # what an entry was before the change that is on the disk does not come back
        left = [
            Change(change.number, {
                entry: target for entry, target in change.entries.items()
                if settled.get(entry, 0) < change.number
            })
            for change in self.changes
        ]  # fmt: skip
        self.changes = [change for change in left if change.entries]


def _contents(node: _Node, left: Left) -> bytes:
    if not node.writes:
        return node.synced
    if left is Left.NOTHING:
        return node.synced
    writes: Sequence[tuple[int, bytes | None]] = node.writes
    if left is Left.HALF:
        writes = list(_first_half(writes))
    found = bytearray(node.synced)
    for offset, data in writes:
        if data is None:
            del found[offset:]
            found.extend(bytes(offset - len(found)))
            continue
        found.extend(bytes(max(0, offset - len(found))))
        found[offset : offset + len(data)] = bytes(len(data)) if left is Left.ZEROS else data
    return bytes(found)


def _first_half(writes: Sequence[tuple[int, bytes | None]]) -> Iterator[tuple[int, bytes | None]]:
    room = sum(len(data) for _, data in writes if data is not None) // 2
    for offset, data in writes:
        if data is None:
            yield offset, None
        else:
            yield offset, data[:room]
            room = max(0, room - len(data))


def tree_of(folder: Path) -> Tree:
    """What is below a real folder, as `Disk` would have it."""
    found: dict[str, bytes | None] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            found[name] = None
        elif not name.endswith(SHARED):
            found[name] = path.read_bytes()
    return found


def lay_out(tree: Tree, folder: Path) -> None:
    """Make a new folder with all that."""
    folder.mkdir()
    for name, data in tree.items():
        if data is None:
            (folder / name).mkdir(mode=0o700)
        else:
            (folder / name).write_bytes(data)
            (folder / name).chmod(0o600)
