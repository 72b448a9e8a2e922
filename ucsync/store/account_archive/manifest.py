"""The manifest: the last file of an archive, without which it is none.

It is sealed: its last field is the SHA-256 of the file with nothing in that field's place.
"""

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from ucsync.model.accounts import AccountBook, AccountExport, ArchiveFile, ListRead, Unreadable
from ucsync.store.account_archive.progress import ProgressHeader
from ucsync.store.files import storage
from ucsync.store.lasting import damaged

FORMAT: Final = "ucsync account archive 1"
MANIFEST: Final = "manifest.json"
PROGRESS: Final = ".progress"


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the archive is and what is in it.

    Attributes:
        format: of the archive.
        email: that was logged in with, in lower case.
        files: all but the manifest itself.
        seal: see the module.
        others: as in `AccountBook`.
    """

    format: str
    merchant: str
    merchant_id: str
    customer_profile_oid: int
    email: str
    started_at: datetime
    finished_at: datetime
    requests: int
    version: str
    lists: tuple[ListRead, ...]
    unreadable: tuple[Unreadable, ...]
    masked: dict[str, int]
    files: tuple[ArchiveFile, ...]
    seal: str = ""

    def result(self, out: Path) -> AccountExport:
        """What the export came to."""
        return AccountExport(
            merchant=self.merchant,
            customer_profile_oid=self.customer_profile_oid,
            out=str(out),
            started_at=self.started_at,
            finished_at=self.finished_at,
            requests=self.requests,
            lists=self.lists,
            files=self.files,
            masked=sum(self.masked.values()),
            unreadable=self.unreadable,
        )


def manifest_of(book: AccountBook, whose: ProgressHeader, files: tuple[ArchiveFile, ...]) -> Manifest:
    """Of an account whose files are written."""
    return Manifest(
        format=FORMAT,
        merchant=book.merchant,
        merchant_id=whose.merchant_id,
        email=whose.email,
        customer_profile_oid=book.customer_profile_oid,
        started_at=book.started_at,
        finished_at=book.finished_at,
        requests=book.requests,
        version=book.version,
        lists=book.lists,
        unreadable=book.unreadable,
        masked=dict(sorted(book.masked.items())),
        files=files,
    )


def manifest_text(manifest: Manifest) -> bytes:
    """As the file has it, for people to read, and sealed."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    return (_SEALED % sha256(text).hexdigest().encode()).join(text.rsplit(_SEALED % b"", 1))


#: Where the seal is.
_SEALED: Final = b'"seal": "%s"'


def read_manifest(path: Path) -> Manifest | None:
    """None where there is none, or none of ours, or not as it was written. Raises OSError."""
    try:
        data = path.read_bytes()
        found = msgspec.json.decode(data, type=Manifest)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    unsealed = (_SEALED % b"").join(data.rsplit(_SEALED % found.seal.encode(), 1))
    return found if found.format == FORMAT and sha256(unsealed).hexdigest() == found.seal else None


def result_of(folder: Path) -> AccountExport:
    """What the export came to that has made the archive in a folder.

    Raises:
        StorageFailed: there is none, it is not finished, or its manifest is damaged.
    """
    return _manifest_in(folder).result(folder)


def address_of(folder: Path) -> str:
    """The e-mail address that was logged in with, in lower case. Raises StorageFailed as `result_of` does."""
    return _manifest_in(folder).email


def _manifest_in(folder: Path) -> Manifest:
    with storage("reading the manifest of an archive"):
        found = read_manifest(folder / MANIFEST)
    if found is None:
        mend = "export the account into another folder"
        raise damaged(f"{MANIFEST}: {why_none(folder)}", mend)
    return found


def why_none(folder: Path) -> str:
    """Why there is no manifest to be read. Raises OSError."""
    if (folder / MANIFEST).exists():
        return "damaged, or of another program"
    if (folder / PROGRESS).exists():
        return "missing: the export is not finished; run it again to go on"
    return "missing, so this is no archive"
