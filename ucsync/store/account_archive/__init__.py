"""The archive of one account: everything that a customer can read of themselves, in one folder.

Owns the folder's layout, what may be written into it, the order of its writes, and how it is read again.
Never asks a server, and never touches a file that it has not written. Words: a kept answer is one that is on
the disk, masked; the progress is the file of them while the archive is not finished; the manifest is its last
file.
"""

from ucsync.store.account_archive.archive import OPERATIONS, Archive
from ucsync.store.account_archive.columns import TABLES
from ucsync.store.account_archive.manifest import Manifest, address_of, result_of
from ucsync.store.account_archive.masking import Mask
from ucsync.store.account_archive.progress import Asked, Kept, KeptPaging, Progress, ProgressHeader
from ucsync.store.account_archive.values import read_value
from ucsync.store.account_archive.verifying import verify_archive

__all__ = [
    "OPERATIONS",
    "TABLES",
    "Archive",
    "Asked",
    "Kept",
    "KeptPaging",
    "Manifest",
    "Mask",
    "Progress",
    "ProgressHeader",
    "address_of",
    "read_value",
    "result_of",
    "verify_archive",
]
