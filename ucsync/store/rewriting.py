"""A snapshot that is put in the place of another of the same id, whole, whatever dies in between.

Snapshots are never changed, but for one reason: somebody who was forgotten is in it. Then it is built anew
beside, under `rewriting/`, which no reader looks into, and takes the old one's place:

1. `rewriting/<id>.new` is built; every file of it, the receipt last, and all its names are on the disk;
2. it and `snapshots/<id>` exchange their names in one step, and both folders are put on the disk;
3. `rewriting/<id>.new`, which is the old one now, is removed.

A death before 2 leaves the old snapshot, one after it the new one, and in either case a `.new` that goes.

Where the file system knows no such exchange, step 2 is two: (2a) `snapshots/<id>` is renamed to
`rewriting/<id>.old`, and both folders are put on the disk; (2b) `rewriting/<id>.new` is renamed to
`snapshots/<id>`, and both folders again. A death between them leaves neither where readers look, and both
here: the `.new` is whole then, because 2a came after all of 1, and takes its place.

`settle` does all that, and each run begins with it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ucsync.store.files import Files, storage
from ucsync.store.lasting import make_lasting, remove_tree
from ucsync.store.receipts import RECEIPT

REWRITING: Final = "rewriting"
_NEW: Final = ".new"
_OLD: Final = ".old"


def begin_rewriting(files: Files, lake: Path, snapshot: str) -> Path:
    """An empty folder in which to build what takes a snapshot's place. Raises StorageFailed."""
    building = lake / REWRITING / f"{snapshot}{_NEW}"
    with storage("rewriting a snapshot"):
        remove_tree(files, building)
        make_lasting(files, building)
    return building


def take_place(files: Files, lake: Path, snapshot: str) -> None:
    """Put what was built in the snapshot's place; see the module.

    Every file of it is synced. Raises StorageFailed: the old one or the new one stands, or `settle` says
    which.
    """
    aside, place = lake / REWRITING, lake / "snapshots" / snapshot
    built, old = aside / f"{snapshot}{_NEW}", aside / f"{snapshot}{_OLD}"
    with storage("rewriting a snapshot"):
        for folder in _folders_bottom_up(built):
            files.sync_folder(folder)
        files.sync_folder(aside)
        if not files.exchange(built, place):
            files.rename(place, old)
            files.sync_folder(aside)
            files.sync_folder(place.parent)
            files.rename(built, place)
        files.sync_folder(place.parent)
        files.sync_folder(aside)
        remove_tree(files, built)
        remove_tree(files, old)
        files.sync_folder(aside)


def settle(files: Files, lake: Path) -> list[str]:
    """Finish or undo what a death has left; nothing to do costs no write.

    Returns:
        What was done, one line each.

    Raises:
        OSError: the disk refuses; whoever calls it says what it was for.
    """
    aside, snapshots = lake / REWRITING, lake / "snapshots"
    done = []
    for snapshot in sorted({path.stem for path in aside.iterdir()} if aside.is_dir() else ()):
        new, old, place = aside / f"{snapshot}{_NEW}", aside / f"{snapshot}{_OLD}", snapshots / snapshot
        found = new if (new / RECEIPT).exists() else old
        if not place.exists() and found.exists():
            files.rename(found, place)
            files.sync_folder(snapshots)
            files.sync_folder(aside)
            done.append(f"put snapshot {snapshot} in its place, which was being rewritten")
    left = sorted(aside.iterdir()) if aside.is_dir() else []
    for path in left:
        remove_tree(files, path)
        done.append(f"removed {path.name}, which was rewritten")
    if aside.is_dir():
        files.remove_folder(aside)
        files.sync_folder(lake)
    return done


def is_between(lake: Path, snapshot: str) -> bool:
    """Whether a snapshot that is not in its place waits for `settle`."""
    return any((lake / REWRITING / f"{snapshot}{ending}").exists() for ending in (_NEW, _OLD))


def _folders_bottom_up(folder: Path) -> Iterator[Path]:
    inner = [path for path in folder.rglob("*") if path.is_dir()]
    yield from sorted(inner, key=lambda path: len(path.parts), reverse=True)
    yield folder
