"""The work list of a forgetting: who, and by what they are known, until nothing of them is left.

It is written once the list of those who are forgotten says that this is not finished, and removed before it
says that it is. It holds personal data, as the lake does that it lies in, and goes with it.
"""

from pathlib import Path
from typing import Final

import msgspec

from ucsync.store.files import Files, storage
from ucsync.store.forgetting.people import People
from ucsync.store.lasting import damaged, write_lasting

WORKLIST: Final = "forgetting.json"

_FORMAT: Final = 1


class _File(msgspec.Struct, frozen=True):
    format: int
    oids: tuple[int, ...]
    emails: tuple[str, ...]
    values: tuple[str, ...]


def read_worklist(folder: Path) -> People | None:
    """Who is to be forgotten still; None for nobody.

    Raises:
        StorageFailed: it is damaged.
    """
    path = folder / WORKLIST
    with storage("reading the work list of a forgetting"):
        if not path.exists():
            return None
        data = path.read_bytes()
    try:
        told = msgspec.json.decode(data, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        mend = f"remove {WORKLIST} from the lake, and name whom to forget once more"
        raise damaged("the work list of a forgetting is damaged", mend) from None
    return People(frozenset(told.oids), frozenset(told.emails), frozenset(told.values))


def write_worklist(files: Files, folder: Path, people: People) -> None:
    """Replace it; it is on the disk when this returns. Raises StorageFailed."""
    text = msgspec.json.encode(
        _File(_FORMAT, tuple(sorted(people.oids)), tuple(sorted(people.emails)), tuple(sorted(people.values)))
    )
    made = folder / f"{WORKLIST}.next"
    with storage("writing the work list of a forgetting"):
        files.remove(made)
        write_lasting(files, made, text)
        files.rename(made, folder / WORKLIST)
        files.sync_folder(folder)


def drop_worklist(files: Files, folder: Path) -> None:
    """Remove it for good. Raises StorageFailed."""
    with storage("removing the work list of a forgetting"):
        files.remove(folder / f"{WORKLIST}.next")
        files.remove(folder / WORKLIST)
        files.sync_folder(folder)
