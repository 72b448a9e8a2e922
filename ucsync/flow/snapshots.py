"""The snapshots of a lake: what there is, whether it is sound, what the policy would remove."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any, Final, Self

from ucsync.flow.fleet import in_full
from ucsync.flow.sampling import SampleResult
from ucsync.model import Misused, Receipt, UcsyncError
from ucsync.plan import KeepPolicy, SyncSettings
from ucsync.store import Lake
from ucsync.store.account_lake import accounts_in, verify_accounts
from ucsync.store.lasting import damaged
from ucsync.store.parts import is_part
from ucsync.store.receipts import without_silent
from ucsync.store.verifying import verify

_VERIFY: Final = "`ucsync snapshots verify` says what is wrong with it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One snapshot of a list.

    Attributes:
        receipt: its receipt.
        current: whether it is the newest.
        whole: whether its full state is there.
        bytes: of the files that are there; a part that did not change is a second name of the file in the
            snapshot before, and counts in both.
    """

    receipt: Receipt
    current: bool
    whole: bool
    bytes: int

    def document(self) -> dict[str, object]:
        """As JSON."""
        told = self.receipt
        return {
            "snapshot": told.snapshot,
            "current": self.current,
            "kind": told.kind.value,
            "proof": told.proof.value,
            "reasons": list(told.reasons),
            "finished_at": told.finished_at.isoformat(),
            "rows": told.rows,
            "inserted": told.inserted,
            "updated": told.updated,
            "deleted": told.deleted,
            "quarantined": told.quarantined,
            "requests": told.requests,
            "bytes": self.bytes,
            "full_state": self.whole,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotList:
    """All snapshots of a merchant, oldest first; `damaged` are those whose receipt cannot be read, and
    `fault` is what is wrong with the lake, None for nothing."""

    merchant: str
    snapshots: tuple[Listed, ...]
    damaged: tuple[str, ...]
    fault: str | None

    @property
    def exit_code(self) -> int:
        """0, or 74 when something is damaged."""
        return 74 if self.damaged or self.fault else 0

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        return {
            "merchant": self.merchant,
            "snapshots": [one.document() for one in self.snapshots],
            "damaged": list(self.damaged),
            "fault": self.fault,
            "exit_code": self.exit_code,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Whether a snapshot is as it was published.

    Attributes:
        merchant, snapshot: whose, and its id.
        files, bytes: of it.
        faults: what is wrong with it, one line each.
        accounts, account_faults: how many exports of accounts the lake has, and what is wrong with them; they
            are looked at where no snapshot is named.
        sample: None when the server was not asked.
    """

    merchant: str
    snapshot: str
    files: int
    bytes: int
    faults: tuple[str, ...]
    accounts: int = 0
    account_faults: tuple[str, ...] = ()
    sample: SampleResult | None = None

    def with_sample(self, sample: SampleResult) -> Self:
        """The same, with what the server says."""
        return replace(self, sample=sample)

    @property
    def exit_code(self) -> int:
        """74 for damage, 3 when rows are not as the server has them, else 0."""
        if self.faults or self.account_faults:
            return 74
        return 3 if self.sample is not None and self.sample.differing else 0

    def document(self) -> dict[str, object]:
        """All of it as one JSON object."""
        return {
            "merchant": self.merchant,
            "snapshot": self.snapshot,
            "files": self.files,
            "bytes": self.bytes,
            "faults": list(self.faults),
            "accounts": self.accounts,
            "account_faults": list(self.account_faults),
            "sample": None if self.sample is None else self.sample.document(),
            "exit_code": self.exit_code,
        }


def list_snapshots(merchant: str, lake: Lake) -> SnapshotList:
    """Every snapshot there is. Raises StorageFailed when the lake cannot be read at all."""
    current, fault = None, None
    try:
        current = lake.current()
    except UcsyncError as failure:
        fault = in_full(failure)
    found = [
        Listed(
            receipt=receipt,
            current=current is not None and receipt.snapshot == current.snapshot,
            whole=lake.has_rows(receipt.snapshot),
            bytes=_bytes_there(lake, receipt),
        )
        for receipt in lake.receipts()
    ]
    damaged = tuple(lake.damaged_ids())
    return SnapshotList(merchant=merchant, snapshots=tuple(found), damaged=damaged, fault=fault)


def find_snapshot(merchant: str, lake: Lake, wanted: str | None) -> str:
    """The id that a person means.

    Args:
        merchant: whose lake it is, for the error.
        lake: where to look.
        wanted: the beginning of an id, None for the current snapshot.

    Raises:
        Misused: there is none of that beginning, or several.
        StorageFailed: CURRENT, or what it names, is damaged.
    """
    if wanted is None:
        current = lake.current()
        if current is None:
            raise Misused(f"{merchant}: there is no snapshot yet; `ucsync sync {merchant}` makes one")
        return current.snapshot
    ids = [*(receipt.snapshot for receipt in lake.receipts()), *lake.damaged_ids()]
    found = [snapshot for snapshot in ids if snapshot.startswith(wanted)] if wanted else ids
    if wanted in found:
        return wanted
    if len(found) != 1:
        many = f"{len(found)} snapshots begin" if found else "no snapshot begins"
        raise Misused(f"{merchant}: {many} with that; `ucsync snapshots list {merchant}` shows them")
    return found[0]


def receipt_of(merchant: str, lake: Lake, wanted: str | None) -> Receipt:
    """The receipt of the snapshot that a person means. Raises as `find_snapshot`, and StorageFailed for
    one whose receipt is damaged."""
    snapshot = find_snapshot(merchant, lake, wanted)
    found = [receipt for receipt in lake.receipts() if receipt.snapshot == snapshot]
    if not found:
        raise damaged(f"{merchant}: the receipt of snapshot {snapshot} is damaged", _VERIFY)
    return found[0]


def verify_snapshot(merchant: str, lake: Lake, wanted: str | None) -> Verification:
    """Look at every byte of a snapshot; where none is named, also of the exports of accounts in the lake.

    Raises as `find_snapshot`.
    """
    snapshot = find_snapshot(merchant, lake, wanted)
    faults = verify(lake, snapshot)
    files = [path for path in lake.path_of(snapshot).rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    looks, held = wanted is None, accounts_in(lake.folder)
    return Verification(
        merchant=merchant,
        snapshot=snapshot,
        files=len(files),
        bytes=size,
        faults=tuple(faults),
        accounts=len(held.sound) + len(held.damaged) if looks else 0,
        account_faults=tuple(verify_accounts(lake.folder)) if looks else (),
    )


def files_amiss(lake: Lake, receipt: Receipt) -> list[str]:
    """What a look at names and lengths shows of a snapshot with its full state, one line each."""
    faults = []
    for entry in receipt.files:
        path = lake.path_of(receipt.snapshot) / entry.path
        if not path.is_file():
            faults.append(f"{entry.path}: missing")
        elif (found := path.stat().st_size) != entry.bytes:
            faults.append(f"{entry.path}: {found} bytes, {entry.bytes} were written")
    return faults


def keep_policy(settings: SyncSettings) -> KeepPolicy:
    """As configured."""
    return KeepPolicy(settings.keep_daily, settings.keep_weekly, settings.keep_monthly)


def receipt_document(receipt: Receipt) -> dict[str, object]:
    """A receipt as JSON has it."""
    return _plain(without_silent(asdict(receipt)))  # type: ignore[no-any-return]  # of a mapping a mapping


def is_sound(receipt: Receipt) -> bool:
    """Whether it is proven, as far as a backfill has come, and no row was set aside."""
    return receipt.sound_so_far and not receipt.quarantined and not receipt.aside


def _bytes_there(lake: Lake, receipt: Receipt) -> int:
    whole = lake.has_rows(receipt.snapshot)
    return sum(entry.bytes for entry in receipt.files if whole or not is_part(entry))


def _plain(held: Any) -> Any:
    if isinstance(held, dict):
        return {name: _plain(value) for name, value in held.items()}
    if isinstance(held, list | tuple):
        return [_plain(value) for value in held]
    if isinstance(held, Enum):
        return held.value
    return held.isoformat() if isinstance(held, datetime) else held
