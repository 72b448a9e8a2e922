"""A disk that forgets at a power loss whatever was not synced, the worst that may happen.

`PowerlessFiles` does everything at once, as the page cache does, and remembers how to undo it. A synced
file keeps its contents and a synced folder its names; `lose_power` undoes all else: contents are cut
short, new names vanish, removed and renamed ones are back.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

from tests.store.faulty import QuickFiles


@dataclass
class _Name:
    """A change of the names in a folder which is not on the disk yet; the folder is known by its inode,
    because it may be renamed meanwhile."""

    inode: int
    undo: Callable[[], None]


class PowerlessFiles(QuickFiles):
    """See the module; `morgue` is a folder of its own on the same disk, for what may have to come back."""

    def __init__(self, morgue: Path) -> None:
        morgue.mkdir()
        self._morgue = morgue
        self._numbers = count()
        self._descriptors: list[int] = []
        self._names: list[_Name] = []
        self._contents: dict[int, int] = {}

    def lose_power(self) -> int:
        """Only what was synced is left; how many contents and names are not."""
        lost = len(self._contents) + len(self._names)
        for descriptor in self._contents.values():
            os.ftruncate(descriptor, os.fstat(descriptor).st_size // 2)
        for name in reversed(self._names):
            name.undo()
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._contents, self._names, self._descriptors = {}, [], []
        return lost

    def create(self, path: Path) -> BinaryIO:
        file = super().create(path)
        again = os.dup(file.fileno())
        self._descriptors.append(again)
        self._contents[os.fstat(again).st_ino] = again
        self._vanishing(path)
        return file

    def sync(self, file: BinaryIO) -> None:
        self._contents.pop(os.fstat(file.fileno()).st_ino, None)

    def sync_folder(self, folder: Path) -> None:
        inode = folder.stat().st_ino
        self._names = [name for name in self._names if name.inode != inode]

    def make_folder(self, folder: Path) -> None:
        missing = [level for level in (folder, *folder.parents) if not level.exists()]
        super().make_folder(folder)
        for level in reversed(missing):
            self._vanishing(level)

    def rename(self, path: Path, target: Path) -> None:
        replaced = self._kept(target) if target.exists() else None
        source, _ = self._opened(path.parent)
        there, there_inode = self._opened(target.parent)
        super().rename(path, target)

        def undo() -> None:
            os.rename(target.name, path.name, src_dir_fd=there, dst_dir_fd=source)
            if replaced is not None:
                os.rename(replaced, target.name, dst_dir_fd=there)

        self._names.append(_Name(there_inode, undo))

    def exchange(self, path: Path, target: Path) -> bool:
        return False  # in one step it would be the quicker, but no other, way to the same end

    def link(self, path: Path, target: Path) -> None:
        super().link(path, target)
        self._vanishing(target)

    def remove(self, path: Path) -> None:
        if path.exists():
            kept = self._kept(path)
            self._returning(path, kept)
        super().remove(path)

    def remove_folder(self, folder: Path) -> None:
        assert not any(folder.iterdir())
        kept = self._morgue / str(next(self._numbers))
        folder.rename(kept)  # not removed, so that what was in it can be put back
        self._returning(folder, kept)

    def _vanishing(self, path: Path) -> None:
        """This new name goes, with whatever it names."""
        folder, inode = self._opened(path.parent)
        grave = self._morgue / str(next(self._numbers))
        self._names.append(_Name(inode, lambda: os.rename(path.name, grave, src_dir_fd=folder)))

    def _returning(self, path: Path, kept: Path) -> None:
        folder, inode = self._opened(path.parent)
        self._names.append(_Name(inode, lambda: os.rename(kept, path.name, dst_dir_fd=folder)))

    def _kept(self, path: Path) -> Path:
        kept = self._morgue / str(next(self._numbers))
        os.link(path, kept)
        return kept

    def _opened(self, folder: Path) -> tuple[int, int]:
        descriptor = os.open(folder, os.O_RDONLY)
        self._descriptors.append(descriptor)
        return descriptor, os.fstat(descriptor).st_ino
