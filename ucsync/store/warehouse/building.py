"""A warehouse is built aside, from the lake alone, and takes its name in one step."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from ucsync.model import Receipt, StorageFailed
from ucsync.store.account_lake import accounts_digest
from ucsync.store.files import PRIVATE_FILE, Files, storage
from ucsync.store.lake import Lake
from ucsync.store.lasting import make_lasting, remove_tree
from ucsync.store.querying import NO_BAR, SETTINGS, receipts_table
from ucsync.store.warehouse.account_rows import build_accounts
from ucsync.store.warehouse.hashing import hash_sql
from ucsync.store.warehouse.history import build_history
from ucsync.store.warehouse.lake_rows import show_lake
from ucsync.store.warehouse.line import Stop, line_to
from ucsync.store.warehouse.opening import LAYOUT, STEM, receipt_digest
from ucsync.store.warehouse.projecting import HASH, HASH_FOLDED, Shown
from ucsync.store.warehouse.vendor import build_vendor_view
from ucsync.store.warehouse.views import build_views, explain

#: Rows that are sorted or joined go to the disk beyond this; the process has some 400 MB more.
MEMORY_MB_MAX: Final = 900
#: Written so that every DuckDB from this one on can read it: other tools are behind ours.
_STORAGE: Final = "v1.4.0"
_SPILL: Final = "spill"
_PIECE_BYTES: Final = 8 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Blueprint:
    """What is to be built.

    Attributes:
        lake: that has the snapshots.
        receipts: of all of them, oldest first.
        current: the receipt of the one to build from.
        shown: how much of customers.
        key: for the hashes.
        built_at: now.
        version: of ucsync.
    """

    lake: Lake
    receipts: Sequence[Receipt]
    current: Receipt
    shown: Shown
    key: bytes
    built_at: datetime
    version: str


@contextmanager
def built(
    files: Files, blueprint: Blueprint, folder: Path, *, memory_mb: int = MEMORY_MB_MAX
) -> Iterator[Path]:
    """Build a warehouse aside; it is gone again when the context is left, unless it was put elsewhere.

    All is made in `.warehouse-<tier>`, for the owner only: the file, and what does not fit into memory.
    Whatever a death leaves there the next build removes. One builder at a time (a lock sees to that).

    Args:
        files: the file system.
        blueprint: what to build.
        folder: `<lake>/<merchant>`.
        memory_mb: of DuckDB, beyond which it goes to the disk.

    Returns:
        The file, whole, on the disk, readable by its owner only.

    Raises:
        StorageFailed: the disk refuses, or a file of the lake is damaged or gone.
    """
    aside = folder / f".{STEM}-{blueprint.shown.tier.value}"
    with storage("building the warehouse"):
        remove_tree(files, aside)
        make_lasting(files, aside)
        try:
            path = aside / f"{STEM}.duckdb"
            with _speaking():
                _fill(path, blueprint, memory_mb)
            path.chmod(PRIVATE_FILE)  # DuckDB makes it as anybody's
            with path.open("rb") as file:
                files.sync(file)
            yield path
        except BaseException:
            with suppress(OSError):  # the first fault is the one to tell; the next build removes it
                remove_tree(files, aside)
            raise
        remove_tree(files, aside)


def put_in_place(files: Files, path: Path, target: Path) -> None:
    """Give a warehouse that was built its name in the same file system, in one step; who reads the one
    before keeps that.

    Raises:
        StorageFailed: the disk refuses; the one before stands, after the last step but before its sync
            the new one may.
    """
    with storage("publishing the warehouse"):
        files.remove(target.with_name(f"{target.name}.wal"))  # of the old file: somebody wrote to it
        files.rename(path, target)
        files.sync_folder(target.parent)


def pieces_of(path: Path) -> Iterator[bytes]:
    """A file's bytes, a few megabytes at a time. Raises OSError."""
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _fill(path: Path, blueprint: Blueprint, memory_mb: int) -> None:
    """Write the file: the lake's rows are read through views in memory, which alone know the key."""
    settings: dict[str, Any] = {
        **SETTINGS,
        "memory_limit": f"{memory_mb}MB",
        "temp_directory": str(path.with_name(_SPILL)),
    }
    line = line_to(blueprint.lake, blueprint.receipts, blueprint.current)
    file = str(path).replace("'", "''")
    with duckdb.connect(config=settings) as connection:
        connection.execute(NO_BAR)
        show_lake(connection, blueprint.lake, line)
        connection.from_arrow(receipts_table(blueprint.receipts)).create("lake.main.receipts")
        for name, value in ((HASH, "v"), (HASH_FOLDED, "lower(trim(v))")):
            hashed = hash_sql(blueprint.shown.hashing, blueprint.key, value)
            connection.execute(f"CREATE MACRO {name}(v) AS {hashed}")
        connection.execute(f"ATTACH '{file}' AS building (STORAGE_VERSION '{_STORAGE}')")
        connection.execute("USE building")
        accounts = accounts_digest(
            blueprint.lake.folder
        )  # before they are read: what comes is seen next time
        _tell(connection, blueprint, line, accounts)
        build_accounts(connection, blueprint.lake, blueprint.shown)
        build_history(connection, blueprint.shown)
        build_views(connection)
        build_vendor_view(connection, blueprint.shown.tier)
        connection.execute("USE memory")
        connection.execute("DETACH building")


def _tell(
    connection: duckdb.DuckDBPyConnection, blueprint: Blueprint, line: Sequence[Stop], accounts: str
) -> None:
    """What it is of, in the table `warehouse`."""
    told = blueprint.current
    instant = pa.timestamp("us", "UTC")
    about: dict[str, tuple[object, Any]] = {
        "merchant": (told.merchant, pa.string()),
        "merchant_id": (told.merchant_id, pa.string()),
        "tier": (blueprint.shown.tier.value, pa.string()),
        "hashing": (blueprint.shown.hashing.value, pa.string()),
        "snapshot": (told.snapshot, pa.string()),
        "receipt": (receipt_digest(told), pa.string()),
        "taken_at": (told.finished_at, instant),
        "watermark": (told.watermark, instant),
        "proof": (told.proof.value, pa.string()),
        "reasons": (list(told.reasons), pa.list_(pa.string())),
        "full_at": (told.full_at, instant),
        "customers": (told.rows, pa.int64()),
        "history_from": (line[0].held_from, instant),
        "built_at": (blueprint.built_at, instant),
        "version": (blueprint.version, pa.string()),
        "layout": (LAYOUT, pa.string()),
        "accounts": (accounts, pa.string()),
    }
    arrays = [pa.array([value], type_) for value, type_ in about.values()]
    connection.from_arrow(pa.table(arrays, names=list(about))).create("main.warehouse")
    purpose = "One row: what this file is of, how much it shows, and when it was built."
    explain(connection, "TABLE", "warehouse", purpose)


@contextmanager
def _speaking() -> Iterator[None]:
    """What DuckDB says may hold values; its kind says enough."""
    try:
        yield
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException):  # ours, without values
        raise
    except (duckdb.Error, pa.ArrowException) as fault:
        failure = StorageFailed(f"building the warehouse: {type(fault).__name__}; is the disk full?")
        failure.mend = "else `ucsync snapshots verify` says what is damaged; if nothing is, build it again"
        raise failure from None
