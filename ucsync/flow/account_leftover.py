"""What an export of an account has left to do when its archive is complete: to be packed, to be published."""

from datetime import datetime
from pathlib import Path

from ucsync.model.accounts import AccountExport
from ucsync.store.account_archive import address_of, result_of, verify_archive
from ucsync.store.account_lake import accounts_in
from ucsync.store.files import storage


def complete_archive(out: Path, merchant: str, email: str) -> AccountExport | None:
    """What is in the folder of an archive, if that is complete, sound, and of this very account.

    Args:
        out: the folder, which need not be there.
        merchant: its name in the configuration.
        email: of the customer, in any case.

    Raises:
        StorageFailed: the disk refuses to tell.
    """
    with storage(f"looking for an archive at {out}"):
        if not out.is_dir():
            return None
    if verify_archive(out):
        return None
    found = result_of(out)
    is_meant = found.merchant == merchant and address_of(out) == email.strip().lower()
    return found if is_meant else None


def is_published(lake: Path, oid: int, finished_at: datetime) -> bool:
    """Whether the lake has this customer's orders from the archive that was finished then.

    Raises:
        StorageFailed: the disk refuses to tell.
    """
    return any(one.oid == oid and one.note.finished_at == finished_at for one in accounts_in(lake).sound)
