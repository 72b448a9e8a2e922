"""The wiring of warehouses: what one is built of, where it lies, whether it is still that of the lake.

Owns the lock of a build and the place of the key. Never decides, prints or parses.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ucsync.app import VERSION, lake_of, system_clock, written_of
from ucsync.config import Config
from ucsync.flow.snapshots import receipt_of
from ucsync.model import Guarded, Hashing, Misused, Receipt, Tier
from ucsync.store import DiskFiles, hold
from ucsync.store.account_lake import accounts_digest
from ucsync.store.querying import Tables
from ucsync.store.warehouse import (
    LAYOUT,
    About,
    Blueprint,
    Shown,
    about_warehouse,
    built,
    key_of,
    open_warehouse,
    pieces_of,
    put_in_place,
    receipt_digest,
    warehouse_path,
)
from ucsync.store.written import Deed, Wrote

#: The lock of a build, in the merchant's folder of the lake.
LOCK: Final = "warehouse"


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseResult:
    """A warehouse that was built."""

    merchant: str
    path: Path
    about: About
    bytes: int

    @property
    def exit_code(self) -> int:
        """0: it is there."""
        return 0

    def document(self) -> dict[str, object]:
        """As one JSON object."""
        return {**_document(self.merchant, self.path, self.about), "bytes": self.bytes, "exit_code": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseShown:
    """A warehouse as it stands.

    Attributes:
        stale: why it is to be built anew, None when it is of what the lake has now.
        relations: name, purpose and number of rows of each.
    """

    merchant: str
    path: Path
    about: About
    bytes: int
    stale: str | None
    relations: tuple[tuple[str, str, int], ...]

    @property
    def exit_code(self) -> int:
        """3 when it is to be built anew, else 0."""
        return 3 if self.stale else 0

    def document(self) -> dict[str, object]:
        """As one JSON object."""
        return {
            **_document(self.merchant, self.path, self.about),
            "bytes": self.bytes,
            "stale": self.stale,
            "views": [
                {"name": name, "purpose": purpose, "rows": rows} for name, purpose, rows in self.relations
            ],
            "exit_code": self.exit_code,
        }


def build_warehouse(
    config: Config,
    name: str,
    *,
    tier: Tier | None = None,
    hashing: Hashing | None = None,
    out: Path | None = None,
) -> WarehouseResult:
    """Build a merchant's warehouse from the current snapshot and all changes.

    Args:
        config: where the lake is.
        name: of the merchant.
        tier, hashing: None for what the configuration says.
        out: the file; None for the usual place in the lake.

    Raises:
        Busy: another build of the merchant is under way.
        Guarded: `out` is there and no warehouse.
        Misused: there is no snapshot yet, or `out` is in no folder.
        StorageFailed: the lake is damaged, or the disk refuses; a warehouse that was there stands.
    """
    merchant = config.merchant(name)
    tier, hashing = tier or merchant.warehouse.tier, hashing or merchant.warehouse.hashing
    lake, files, folder = lake_of(config, merchant), DiskFiles(), config.lake / merchant.name
    now = system_clock().now()
    if out is not None and out.is_file() and about_warehouse(out) is None:
        raise Guarded(f"{out} is there already and no warehouse; name another file, or remove it")
    with hold(folder, [LOCK]):  # first: what is forgotten before is not read, and then nobody forgets
        blueprint = Blueprint(
            lake=lake,
            receipts=lake.receipts(),
            current=receipt_of(name, lake, None),
            shown=Shown(tier, hashing),
            key=key_of(files, config.state / "privacy", name),
            built_at=now,
            version=VERSION,
        )
        with built(files, blueprint, folder) as path:
            target = out or warehouse_path(folder, tier)
            if out is None:
                put_in_place(files, path, target)
            else:
                deed = Deed(what=Wrote.EXPORT, of=LOCK, tier=tier, at=now)
                written_of(config, name).write(out, deed, pieces_of(path), replace=True)
    with open_warehouse(target) as warehouse:
        about = warehouse.about
    return WarehouseResult(merchant=name, path=target, about=about, bytes=target.stat().st_size)


def fresh_warehouse(config: Config, name: str, tier: Tier | None = None) -> Path:
    """The merchant's warehouse of a tier in its usual place, built when it is not of what the lake has now.

    Args:
        config: where the lake is.
        name: of the merchant.
        tier: None for what the configuration says.

    Raises:
        Busy, Misused, StorageFailed: as `build_warehouse`.
    """
    path = _path(config, name, tier)
    if about_warehouse(path) is None or why_stale(config, name, tier):
        build_warehouse(config, name, tier=tier)
    return path


def why_stale(config: Config, name: str, tier: Tier | None = None) -> str | None:
    """Why the warehouse of a tier, if there is one, is not what would be built now; None when it is.

    Raises:
        Misused: there is no snapshot yet.
        StorageFailed: the lake is damaged.
    """
    merchant = config.merchant(name)
    about, lake = about_warehouse(_path(config, name, tier)), lake_of(config, merchant)
    current = receipt_of(name, lake, None)
    if about is None:
        return None
    return _stale(about, current, accounts_digest(lake.folder), merchant.warehouse.hashing)


def warehouse_shown(config: Config, name: str, tier: Tier | None = None) -> WarehouseShown:
    """What the warehouse of a tier has.

    Raises:
        Misused: there is none.
        StorageFailed: it is damaged.
    """
    path, stale = _there(config, name, tier), why_stale(config, name, tier)
    with open_warehouse(path) as warehouse:
        return WarehouseShown(
            merchant=name,
            path=path,
            about=warehouse.about,
            bytes=path.stat().st_size,
            stale=stale,
            relations=tuple((view.name, view.purpose, warehouse.rows(view)) for view in warehouse.views),
        )


@contextmanager
def warehouse_tables(config: Config, name: str, tier: Tier | None = None) -> Iterator[Tables]:
    """The warehouse of a tier for SQL, as it stands.

    Raises:
        Misused: there is none.
        StorageFailed: it is damaged.
    """
    with open_warehouse(_there(config, name, tier)) as warehouse:
        yield warehouse.tables


def _there(config: Config, name: str, tier: Tier | None) -> Path:
    """The same file, when it is there."""
    path, told = _path(config, name, tier), "" if tier is None else f" --tier {tier.value}"
    if not path.is_file():
        raise Misused(f"{name}: no warehouse {path.name} yet; `ucsync warehouse build {name}{told}` makes it")
    return path


def _path(config: Config, name: str, tier: Tier | None) -> Path:
    merchant = config.merchant(name)
    return warehouse_path(config.lake / merchant.name, tier or merchant.warehouse.tier)


def _stale(about: About, current: Receipt, accounts: str, hashing: Hashing) -> str | None:
    """Why a warehouse is not what would be built now."""
    if about.snapshot != current.snapshot:
        return f"it is of snapshot {about.snapshot}, and the current one is {current.snapshot}"
    if about.receipt != receipt_digest(current):
        return "its snapshot was rewritten since"
    if about.accounts != accounts:
        return "an export of an account has come into the lake since, or gone"
    if about.hashing is not hashing:
        return f"it hashes by {about.hashing.value}, and the configuration says {hashing.value}"
    if (about.layout, about.version) != (LAYOUT, VERSION):
        return "another version of ucsync built it"
    return None


def _document(merchant: str, path: Path, about: About) -> dict[str, object]:
    return {
        "merchant": merchant,
        "path": str(path),
        "tier": about.tier.value,
        "hashing": about.hashing.value,
        "snapshot": about.snapshot,
        "taken_at": about.taken_at.isoformat(),
        "proof": about.proof,
        "reasons": list(about.reasons),
        "customers": about.customers,
        "history_from": about.history_from.isoformat(),
        "built_at": about.built_at.isoformat(),
    }
