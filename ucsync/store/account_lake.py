"""Orders and cases in the lake: what exports of accounts have read, a folder for each customer.

`accounts/<customer_profile_oid>/` has the tables of one export and `export.json`, which says what they are.
A newer export takes the older one's place, whole, whatever dies in between:

1. `accounts/.<oid>.new` is built; each file of it, `export.json` last, and all names are on the disk;
2. it and `accounts/<oid>` exchange their names in one step, which is put on the disk; where there is none
   yet, it is renamed;
3. `accounts/.<oid>.new`, which is the old one now, is removed.

Where the file system knows no such exchange, step 2 is two: `accounts/<oid>` is renamed to
`accounts/.<oid>.old`, then the new one takes its name. A death between them leaves both under names that
readers know to look for. What else a death leaves, the next one removes: it is nobody's to read.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ucsync.model import FileEntry, Guarded, StorageFailed
from ucsync.model.accounts import AccountNote
from ucsync.store.files import Files, storage
from ucsync.store.hashed_file import HashedFile
from ucsync.store.lasting import damaged, make_lasting, remove_tree, write_lasting
from ucsync.store.locks import hold
from ucsync.store.schema import OID
from ucsync.store.suppression import read_suppression

#: Their folder in that of the merchant, and the lock there of whoever changes something in it.
ACCOUNTS: Final = "accounts"
#: What an export of an account brings into the lake, a Parquet file each.
TABLES: Final = ("orders", "order_items", "cases", "case_messages")
EXPORT: Final = "export.json"

_FORMAT: Final = 1
_NEW: Final = ".new"
_OLD: Final = ".old"
_GONE: Final = ".gone"
_PLACE: Final = re.compile(r"[1-9][0-9]{0,18}")
_ASIDE: Final = re.compile(r"\.([1-9][0-9]{0,18})\.(?:new|old|gone)")
_PUBLISHING: Final = "publishing an account into the lake"
_READING: Final = "reading the accounts in the lake"
_EXPORT_ANEW: Final = "export the account anew"
_ANEW: Final = "`ucsync account export --into-lake` brings this customer's anew; or remove its folder"


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeAccount:
    """What the lake has of one account.

    Attributes:
        oid: the customer's.
        folder: in which its files are.
        note: of the export.
        files: its tables, by their paths in it.
    """

    oid: int
    folder: Path
    note: AccountNote
    files: tuple[FileEntry, ...]

    def path_of(self, table: str) -> Path:
        """The file of a table."""
        return self.folder / _file_of(table)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """All of them, by oid; `damaged` names the folders that have no sound `export.json`, or not its files."""

    sound: tuple[LakeAccount, ...]
    damaged: tuple[str, ...]


class _File(msgspec.Struct, frozen=True):
    format: int
    customer_profile_oid: int
    finished_at: datetime
    proven: bool
    requests: int
    files: tuple[FileEntry, ...]
    sha256: str = ""


def publish_account(files: Files, folder: Path, oid: int, tables: Sequence[Path], note: AccountNote) -> Path:
    """Put the tables of an export in the place of those that the lake has of this customer; see the module.

    Args:
        files: the file system.
        folder: `<lake>/<merchant>`.
        oid: the customer's.
        tables: the export's files, of which those of `TABLES` are copied; all rows must be the customer's.
        note: what is told of the export.

    Returns:
        The folder in which they are.

    Raises:
        Busy: another export is being published, or somebody is being forgotten.
        Guarded: the customer was forgotten.
        StorageFailed: the disk refuses, or a table is none of this customer's; what was there stands, but
            after the last step and before its sync the new one may.
    """
    accounts = folder / ACCOUNTS
    place, building = accounts / str(oid), accounts / f".{oid}{_NEW}"
    with hold(folder, [ACCOUNTS]):
        check_not_forgotten(folder, oid)
        with storage(_PUBLISHING):
            _settle(files, accounts)
            make_lasting(files, building)
            entries = tuple(_copied(files, path, building, oid) for path in _all_of(tables))
            told = _File(
                format=_FORMAT, customer_profile_oid=oid, finished_at=note.finished_at,
                proven=note.proven, requests=note.requests, files=entries,
            )  # fmt: skip
            write_lasting(files, building / EXPORT, _text(told))
            files.sync_folder(building)
            files.sync_folder(accounts)
            _take_place(files, building, place)
    return place


def check_not_forgotten(folder: Path, oid: int | None = None, email: str | None = None) -> None:
    """Refuse whoever was forgotten; an export asks before it spends a request, and publishing once more.

    Args:
        folder: `<lake>/<merchant>`.
        oid: the customer's, None when it is not known yet.
        email: their address, likewise.

    Raises:
        Guarded: one of them is on the list of those who were forgotten.
        StorageFailed: the list is damaged.
    """
    told = read_suppression(folder)
    if (oid is not None and told.covers([oid])) or told.covers_email(email):
        stopped = Guarded("this customer was forgotten, and nothing of them goes into the lake")
        stopped.mend = "export without the lake; or `ucsync forget --lift` takes them off the list"
        raise stopped


def accounts_in(folder: Path) -> Accounts:
    """Every export that the lake has; of each file its length is looked at, not its bytes.

    Args:
        folder: `<lake>/<merchant>`.

    Raises:
        StorageFailed: the disk refuses.
    """
    sound, bad = list[LakeAccount](), list[str]()
    with storage(_READING):
        for oid, place in _places(folder / ACCOUNTS):
            account = _whole(oid, place) or _whole(oid, place)  # it may have been replaced in that moment
            sound += [account] if account else []
            bad += [] if account else [f"{ACCOUNTS}/{oid}"]
    return Accounts(sound=tuple(sound), damaged=tuple(bad))


def read_table(account: LakeAccount, table: str) -> Any:
    """One of its tables, as an Arrow table.

    Raises:
        StorageFailed: it is missing, or not what was published.
    """
    [entry] = [entry for entry in account.files if entry.path == _file_of(table)]
    with storage(_READING):
        data = (account.folder / entry.path).read_bytes()
    if sha256(data).hexdigest() != entry.sha256:
        raise damaged(f"{ACCOUNTS}/{account.oid}/{entry.path} is damaged", _ANEW)
    with pq.ParquetFile(pa.BufferReader(data)) as file:
        return file.read(use_threads=False)


def accounts_digest(folder: Path) -> str:
    """Changes when an export comes, is replaced, or goes; "" where there is none. Raises StorageFailed."""
    digests = []
    with storage(_READING):
        for oid, place in _places(folder / ACCOUNTS):
            try:
                told = (place / EXPORT).read_bytes()
            except FileNotFoundError:
                told = b""
            digests.append(f"{oid} {sha256(told).hexdigest()}")
    return sha256("\n".join(digests).encode()).hexdigest() if digests else ""


def verify_accounts(folder: Path) -> list[str]:
    """What is not as it was published, one line each; empty when all of it is.

    Raises:
        StorageFailed: the disk refuses.
    """
    faults = []
    with storage(_READING):
        for oid, place in _places(folder / ACCOUNTS):
            found = _faults(oid, place) and _faults(oid, place)  # likewise
            faults += [f"{ACCOUNTS}/{oid}/{fault}" for fault in found]
        for path in _entries(folder / ACCOUNTS):
            if not _PLACE.fullmatch(path.name) and not _ASIDE.fullmatch(path.name):
                faults.append(f"{ACCOUNTS}/{path.name}: no export of an account")
    return faults


def account_oids(folder: Path) -> set[int]:
    """Of whom there is anything, half of an export included. Raises StorageFailed."""
    with storage(_READING):
        return {oid for path in _entries(folder / ACCOUNTS) if (oid := _oid_of(path)) is not None}


def standing_accounts(folder: Path, oids: Iterable[int]) -> list[str]:
    """What there is of these customers, half of an export included, by names in `folder`.

    Raises:
        StorageFailed: the disk refuses.
    """
    wanted = set(oids)
    with storage(_READING):
        return [f"{ACCOUNTS}/{path.name}" for path in _entries(folder / ACCOUNTS) if _oid_of(path) in wanted]


def remove_accounts(files: Files, folder: Path, oids: Iterable[int]) -> list[str]:
    """Remove what there is of these customers, and whatever a death has left of anybody.

    Each leaves its place by one rename, so that it is whole or gone.

    Returns:
        The names of those removed.

    Raises:
        Busy: an export is being published.
        StorageFailed: the disk refuses; whoever runs it again removes the rest.
    """
    accounts, names = folder / ACCOUNTS, []
    with hold(folder, [ACCOUNTS]), storage("removing accounts from the lake"):
        _settle(files, accounts)
        for name in standing_accounts(folder, oids):
            place = folder / name
            aside = accounts / f".{place.name}{_GONE}"
            files.rename(place, aside)
            files.sync_folder(accounts)
            remove_tree(files, aside)
            names.append(name)
        if names:
            files.sync_folder(accounts)
    return names


def _settle(files: Files, accounts: Path) -> None:
    """Give what a death has left its place, or remove it; nothing to do costs no write."""
    for oid, found in _places(accounts):
        if found.name.startswith("."):
            files.rename(found, accounts / str(oid))
            files.sync_folder(accounts)
    left = [path for path in _entries(accounts) if _ASIDE.fullmatch(path.name)]
    for path in left:
        remove_tree(files, path)
    if left:
        files.sync_folder(accounts)


def _take_place(files: Files, building: Path, place: Path) -> None:
    """Steps 2 and 3."""
    accounts, old = place.parent, place.with_name(f".{place.name}{_OLD}")
    if not place.exists():
        files.rename(building, place)
    elif not files.exchange(building, place):
        files.rename(place, old)
        files.sync_folder(accounts)
        files.rename(building, place)
    files.sync_folder(accounts)
    remove_tree(files, building)
    remove_tree(files, old)
    files.sync_folder(accounts)


def _all_of(tables: Sequence[Path]) -> list[Path]:
    """Those that go into the lake, in the order of `TABLES`."""
    named = {path.name: path for path in tables}
    if missing := [table for table in TABLES if _file_of(table) not in named]:
        raise damaged(f"{_PUBLISHING}: the export has no {' and no '.join(missing)}", _EXPORT_ANEW)
    return [named[_file_of(table)] for table in TABLES]


def _copied(files: Files, path: Path, building: Path, oid: int) -> FileEntry:
    data = path.read_bytes()
    try:
        with pq.ParquetFile(pa.BufferReader(data)) as file:
            whose = file.read(columns=[OID], use_threads=False).column(OID)
    except (pa.ArrowException, LookupError, OSError):
        raise damaged(f"{_PUBLISHING}: {path.name} cannot be read", _EXPORT_ANEW) from None
    if whose.null_count or set(pc.unique(whose).to_pylist()) - {oid}:
        raise damaged(f"{_PUBLISHING}: {path.name} has rows of others", _EXPORT_ANEW)
    with HashedFile(files, building, path.name) as copy:
        copy.write(data)
        return copy.finish(len(whose))


def _file_of(table: str) -> str:
    return f"{table}.parquet"


def _entries(accounts: Path) -> list[Path]:
    return sorted(accounts.iterdir()) if accounts.is_dir() else []


def _oid_of(path: Path) -> int | None:
    aside = _ASIDE.fullmatch(path.name)
    return int(aside[1]) if aside else int(path.name) if _PLACE.fullmatch(path.name) else None


def _places(accounts: Path) -> Iterator[tuple[int, Path]]:
    """Each customer's oid, ascending, and where theirs is; between the two halves of step 2 that is aside."""
    names = {path.name for path in _entries(accounts)}
    for oid in sorted({oid for name in names if (oid := _oid_of(accounts / name)) is not None}):
        if str(oid) in names:
            yield oid, accounts / str(oid)
        elif f".{oid}{_OLD}" in names:  # the new one is whole: it was on the disk before this got its name
            new = accounts / f".{oid}{_NEW}"
            yield oid, new if (new / EXPORT).is_file() else accounts / f".{oid}{_OLD}"


def _read(oid: int, place: Path) -> LakeAccount:
    data = (place / EXPORT).read_bytes()
    try:
        told = msgspec.json.decode(data, type=_File)
        sound = told.format == _FORMAT and _text(told) == data and told.customer_profile_oid == oid
        sound = sound and [entry.path for entry in told.files] == [_file_of(table) for table in TABLES]
        note = AccountNote(finished_at=told.finished_at, proven=told.proven, requests=told.requests)
    except (msgspec.MsgspecError, ValueError):
        sound = False
    if not sound:
        raise damaged(f"{ACCOUNTS}/{oid}/{EXPORT} is damaged", _ANEW)
    return LakeAccount(oid=oid, folder=place, note=note, files=told.files)


def _whole(oid: int, place: Path) -> LakeAccount | None:
    """What is there, if its files are all there and of the length that they had."""
    try:
        account = _read(oid, place)
    except (StorageFailed, FileNotFoundError, NotADirectoryError):
        return None
    return account if all(_length(place / one.path) == one.bytes for one in account.files) else None


def _faults(oid: int, place: Path) -> list[str]:
    try:
        account = _read(oid, place)
    except (StorageFailed, OSError):
        return [f"{EXPORT}: missing, or not what was written"]
    listed = {EXPORT, *(entry.path for entry in account.files)}
    faults = [f"{path.name}: not listed" for path in sorted(place.iterdir()) if path.name not in listed]
    for entry in account.files:
        path = place / entry.path
        if not path.is_file():
            faults.append(f"{entry.path}: missing")
        elif sha256(path.read_bytes()).hexdigest() != entry.sha256:
            faults.append(f"{entry.path}: not the bytes that were written")
    return faults


def _length(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _text(told: _File) -> bytes:
    """The one text of a file, with the digest of all the rest."""
    blank = msgspec.json.encode(msgspec.structs.replace(told, sha256=""))
    sealed = msgspec.structs.replace(told, sha256=sha256(blank).hexdigest())
    return msgspec.json.format(msgspec.json.encode(sealed), indent=2) + b"\n"
