"""Scene of a warehouse: built over an old one, by DuckDB's own writing and ours."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.shim.stored import ended, lake_in
from tests.shim.synced import Mark
from tests.store.warehouse.nights import Nights
from ucsync.model import Hashing, Tier
from ucsync.store import DiskFiles
from ucsync.store.warehouse import (
    Blueprint,
    Shown,
    about_warehouse,
    built,
    open_warehouse,
    put_in_place,
    warehouse_path,
)

_DISK: Final = DiskFiles()
_OLD: Final = [1, 2]
_NEW: Final = [1, 2, 3]


class Warehousing:
    """The lake has gone on since the warehouse was built."""

    name = "warehouse"

    def prepare(self, folder: Path) -> None:
        folder.mkdir()
        nights = Nights(folder)
        nights.publish([{"customer_profile_oid": oid, "tags": [{"tag_value": "old"}]} for oid in _OLD])
        self._build(folder)
        nights.publish([{"customer_profile_oid": 3}])

    def act(self, folder: Path, mark: Mark, late_s: float = 0) -> int:
        return ended(mark, lambda: self._build(folder))

    def wrong(self, folder: Path) -> list[str]:
        found = self._customers(folder)
        return [] if found == _NEW else [f"the warehouse has {found}"]

    def untrue(self, folder: Path) -> list[str]:
        return []

    def behind(self, folder: Path) -> list[str]:
        """It is the old or the new one, whole."""
        found = self._customers(folder)
        return [] if found in (_OLD, _NEW) else [f"the warehouse has {found}"]

    def lost(self, folder: Path, marks: Sequence[str]) -> list[str]:
        return self.behind(folder)

    def _build(self, folder: Path) -> None:
        lake = lake_in(folder)
        current = lake.current()
        assert current is not None
        blueprint = Blueprint(
            lake=lake, receipts=lake.receipts(), current=current,
            shown=Shown(Tier.STANDARD, Hashing.HMAC_SHA256), key=bytes(32), built_at=current.finished_at,
            version="1",
        )  # fmt: skip
        with built(_DISK, blueprint, lake.folder) as path:
            put_in_place(_DISK, path, self._target(folder))

    def _target(self, folder: Path) -> Path:
        return warehouse_path(lake_in(folder).folder, Tier.STANDARD)

    def _customers(self, folder: Path) -> list[int] | None:
        target = self._target(folder)
        if about_warehouse(target) is None:
            return None
        with open_warehouse(target) as warehouse:
            rows = warehouse.connection.sql("SELECT customer_profile_oid FROM customers ORDER BY 1")
            return [oid for (oid,) in rows.fetchall()]
