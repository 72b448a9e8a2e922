"""What was written for people to take away, and may show somebody: removed where it is still ours."""

from dataclasses import dataclass
from pathlib import Path

from ucsync.store.account_archive.archive import RECEIVED, TABLE_FOLDER
from ucsync.store.files import Files, storage
from ucsync.store.forgetting.people import People
from ucsync.store.forgetting.plans import is_plan_about
from ucsync.store.written import Entry, Standing, Written, Wrote


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What became of it.

    Attributes:
        removed: files that are gone.
        left: places that ucsync cannot answer for, each with the reason: a file that was changed since, a
            table in another database.
    """

    removed: tuple[str, ...]
    left: tuple[tuple[str, str], ...]


def take_back(files: Files, written: Written, people: People) -> TakenBack:
    """Remove every registered file that is as it was written; one that was changed is somebody else's now.

    All of them go, but for plans that are not about these people, and archives of other accounts: even sums
    were made of everybody, and are quickly made anew. An entry goes after its file, so that a death in
    between is told by a file that is not there.

    Raises:
        StorageFailed: the disk refuses, or the register is damaged.
    """
    removed, left = [], []
    for entry in _theirs(written, people):
        standing = entry.standing()
        if standing in (Standing.CHANGED, Standing.UNSEEN):
            left.append((entry.place, standing.value))
        if standing is not Standing.CHANGED and (path := entry.partial) is not None:
            with storage("removing what was written"):
                files.remove(path)
        if standing is Standing.SAME and entry.path is not None:
            with storage("removing what was written"):
                files.remove(entry.path)
                files.sync_folder(entry.path.parent)
                _remove_emptied(files, entry)
            removed.append(entry.place)
        if standing in (Standing.SAME, Standing.GONE):
            written.drop(entry)
    return TakenBack(tuple(removed), tuple(left))


def standing_files(written: Written, people: People) -> list[Entry]:
    """Those that would be removed. Raises StorageFailed."""
    return [entry for entry in _theirs(written, people) if entry.standing() is Standing.SAME]


def _theirs(written: Written, people: People) -> list[Entry]:
    return [entry for entry in written.entries() if _may_show(entry, people)]


def _may_show(entry: Entry, people: People) -> bool:
    if entry.deed.what is Wrote.ACCOUNT:
        return entry.deed.of in map(str, people.oids)
    return entry.deed.what is not Wrote.PLAN or entry.path is None or _is_about(entry.path, people)


def _remove_emptied(files: Files, entry: Entry) -> None:
    """A folder within an archive, with its last file; the archive's own may be somebody's."""
    folder = Path(entry.place).parent
    if (
        entry.deed.what is Wrote.ACCOUNT
        and folder.name in (RECEIVED, TABLE_FOLDER)
        and not any(folder.iterdir())
    ):
        files.remove_folder(folder)
        files.sync_folder(folder.parent)


def _is_about(path: Path, people: People) -> bool:
    return path.exists() and is_plan_about(path, people)
