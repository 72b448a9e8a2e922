"""What a reader finds in a scene's lake, who knows nothing of ucsync: files, byte by byte."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tests.shim.disk import Tree, tree_of

_LAKE: Final = "lake/shop"
_SNAPSHOTS: Final = f"{_LAKE}/snapshots/"

#: Of scans, pushes and snapshots, or an instant alone.
_IDS: Final = re.compile(r"\d{8}T\d{6}Z(-[0-9a-f]{8})?")
#: What is in snapshots, and the log that SQLite keeps beside a journal until somebody writes there again, or
#: beside a database that was set aside.
_BESIDE: Final = re.compile(r"/snapshots/|(/pushes/|\.damaged-).*-(wal|shm)$")


@dataclass(frozen=True)
class Seen:
    """What CURRENT says, and of each snapshot its files."""

    current: str | None
    snapshots: dict[str, Tree]

    @classmethod
    def of(cls, tree: Tree) -> Self:
        """In the lake of this tree."""
        text, snapshots = tree.get(f"{_LAKE}/CURRENT"), dict[str, dict[str, bytes | None]]()
        for path, data in tree.items():
            if path.startswith(_SNAPSHOTS):
                snapshot, _, name = path.removeprefix(_SNAPSHOTS).partition("/")
                files = snapshots.setdefault(snapshot, {})
                if data is not None:
                    files[name] = data
        return cls(None if text is None else text.decode(errors="replace"), dict(snapshots))

    def other_than(self, stages: Sequence[Self]) -> list[str]:
        """What must not be found: anything but what stood at one of the stages from the old to the new."""
        wrong = [
            f"snapshot {name} is neither the old nor the new one"
            for name, files in self.snapshots.items()
            if not any(files == stage.snapshots.get(name) for stage in stages)
        ]
        wrong += [f"snapshot {name} is gone" for name in stages[0].snapshots if name not in self.snapshots]
        if not any(self.current == stage.current for stage in stages):
            wrong.append(f"CURRENT says {self.current!r}")
        elif self.current is not None and self.current.removesuffix("\n") not in self.snapshots:
            wrong.append("CURRENT names a snapshot that is not there")
        return wrong


def seen(place: Path) -> Seen:
    """In the lake of a scene."""
    return Seen.of(tree_of(place))


def names_in(place: Path) -> set[str]:
    """Whatever there is, without ids and instants; see `_BESIDE`."""
    paths = (path.relative_to(place).as_posix() for path in place.rglob("*"))
    return {_IDS.sub("*", path) for path in paths if not _BESIDE.search(path)}
