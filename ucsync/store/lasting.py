"""Files and folders that a power loss does not take away, and folders that go as a whole."""

from pathlib import Path

from ucsync.model import StorageFailed
from ucsync.store.files import Files


def write_lasting(files: Files, path: Path, data: bytes) -> None:
    """A new file with its contents on the disk; its name is there once its folder is synced, too."""
    with files.create(path) as file:
        files.write(file, data)
        files.sync(file)


def make_lasting(files: Files, folder: Path) -> None:
    """A folder and those above it; the names of those that were missing are on the disk."""
    missing = [level for level in (folder, *folder.parents) if not level.exists()]
    files.make_folder(folder)
    for made in missing:
        files.sync_folder(made.parent)


def remove_tree(files: Files, path: Path) -> None:
    """A folder with all that is in it, a file, or nothing where there is none; nothing is synced."""
    if path.is_dir() and not path.is_symlink():
        for entry in sorted(path.iterdir()):
            remove_tree(files, entry)
        files.remove_folder(path)
    else:
        files.remove(path)


def damaged(what: str, mend: str) -> StorageFailed:
    """The error for something durable that is not as it was left.

    Args:
        what: is wrong; names files relative to the lake or to staging.
        mend: what a person can do about it.
    """
    failure = StorageFailed(what)
    failure.mend = mend
    return failure
