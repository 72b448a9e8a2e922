"""A disk in memory that takes down what is done to it, and does nothing more for a process that is dead."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from tests.store.faulty import QuickFiles


class NotedFiles(QuickFiles):
    """Told of each change before it is made.

    Args:
        note: is told `(operation, name, bytes)`; what it raises keeps the change from being made.
    """

    def __init__(self, note: Callable[[str, str, int], None]) -> None:
        self._note = note

    def create(self, path: Path) -> BinaryIO:
        self._note("create", path.name, 0)
        return super().create(path)

    def write(self, file: BinaryIO, data: bytes | memoryview) -> None:
        self._note("write", "", memoryview(data).nbytes)
        super().write(file, data)

    def sync(self, file: BinaryIO) -> None:
        self._note("sync", "", 0)

    def sync_folder(self, folder: Path) -> None:
        self._note("sync_folder", folder.name, 0)

    def make_folder(self, folder: Path) -> None:
        self._note("make_folder", folder.name, 0)
        super().make_folder(folder)

    def rename(self, path: Path, target: Path) -> None:
        self._note("rename", target.name, 0)
        super().rename(path, target)

    def exchange(self, path: Path, target: Path) -> bool:
        self._note("exchange", target.name, 0)
        return super().exchange(path, target)

    def link(self, path: Path, target: Path) -> None:
        self._note("link", target.name, 0)
        super().link(path, target)

    def remove(self, path: Path) -> None:
        self._note("remove", path.name, 0)
        super().remove(path)

    def remove_folder(self, folder: Path) -> None:
        self._note("remove_folder", folder.name, 0)
        super().remove_folder(folder)
