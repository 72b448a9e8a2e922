"""Who may read and write the folders that ucsync keeps."""

import os
from pathlib import Path
from typing import Final

_OTHERS_READ: Final = 0o004
_OTHERS_ENTER: Final = 0o001
_OTHERS_WRITE: Final = 0o002


def why_not_writable(folder: Path) -> str | None:
    """Why ucsync could not write in a folder, which need not exist yet; None when it could."""
    there = next(level for level in (folder, *folder.parents) if level.exists())
    if not there.is_dir():
        return f"{there} is not a folder"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"{there} cannot be written to"
    return None


def open_to_others(folder: Path, files: list[Path]) -> list[Path]:
    """Which of these any user of the machine may read, or replace.

    Args:
        folder: they are in it, at any depth; who may not enter it, or a folder between, reads nothing.
        files: those that hold personal data.
    """
    if os.name != "posix":
        return []
    opened = [path for path in files if _reachable(path, folder) and _allows(path, _OTHERS_READ)]
    return [*opened, *([folder] if _allows(folder, _OTHERS_WRITE) else [])]


def _reachable(path: Path, folder: Path) -> bool:
    between = [level for level in path.parents if level == folder or folder in level.parents]
    return all(_allows(level, _OTHERS_ENTER) for level in between)


def _allows(path: Path, right: int) -> bool:
    return path.exists() and bool(path.stat().st_mode & right)
