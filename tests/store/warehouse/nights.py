"""A lake that grows night by night, made of whole customers, and warehouses of it."""

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.store.faulty import QuickFiles
from tests.store.samples import DRAFT, HEADER, NOTE
from ucsync.model import Hashing, Receipt, ScanKind, Tier
from ucsync.sandbox.people import PARTS
from ucsync.sandbox.people.population import Population
from ucsync.store.decoding import Decoder
from ucsync.store.files import Files
from ucsync.store.lake import Lake
from ucsync.store.merges import Merge
from ucsync.store.publishing import Reading, Watch, publish
from ucsync.store.staging import Staging
from ucsync.store.warehouse import (
    Blueprint,
    Shown,
    Warehouse,
    built,
    open_warehouse,
    put_in_place,
    warehouse_path,
)
from ucsync.ultracart.codec import encode_json

FIRST_NIGHT = datetime(2026, 8, 25, 3, tzinfo=UTC)
KEY = bytes(range(32))
FILES = QuickFiles()

Document = dict[str, Any]


def people(count: int, parts: Sequence[str] = PARTS, seed: int = 1) -> list[Document]:
    """Invented customers with these parts."""
    population = Population(seed=seed, count=count, merchant_id="DEMO")
    return [
        {**population.base(oid), **{name: population.part(oid, name) for name in parts}}
        for oid in population.oids
    ]


@dataclass
class Nights:
    """A lake; `night` counts its snapshots, one a day."""

    folder: Path
    night: int = 0
    rows_part: int = 1000
    finished: list[Receipt] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "lake" / "shop"

    @property
    def lake(self) -> Lake:
        return Lake(FILES, self.home)

    def publish(
        self,
        customers: Sequence[Mapping[str, Any]],
        gone: Iterable[int] = (),
        merges: Sequence[Merge] = (),
        *,
        kind: ScanKind = ScanKind.FULL,
        at: datetime | None = None,
    ) -> Receipt:
        """A night whose scan has read these customers; `at` is when it was finished."""
        self.night += 1
        at = at or FIRST_NIGHT + timedelta(days=self.night)
        scan = f"{at:%Y%m%dT%H%M%SZ}-{self.night:08x}"
        staged = Staging(FILES, self.folder / "staging" / str(self.night)).begin(replace(HEADER, scan=scan))
        body = encode_json({"success": True, "customers": list(customers)})
        staged.append(replace(NOTE, observed_at=at), body)
        oids = [array("q", (customer["customer_profile_oid"] for customer in customers))]
        parent = self.lake.current()
        draft = replace(
            DRAFT, scan=scan, kind=kind, started_at=at, parent=parent.snapshot if parent else None
        )
        receipt = publish(
            self.lake,
            Reading(staged, oids, Decoder(scan), gone, merges),
            draft,
            files=FILES,
            parent=parent,
            watch=Watch(now=lambda: at),
            rows_part=self.rows_part,
        )
        self.finished.append(receipt)
        return receipt

    def rows_of(self, receipt: Receipt) -> pa.Table:
        """The full state of a snapshot."""
        folder = self.lake.path_of(receipt.snapshot)
        parts = [entry.path for entry in receipt.files if entry.path.startswith("customers/")]
        return pa.concat_tables([pq.read_table(folder / path) for path in parts])

    def blueprint(self, tier: Tier = Tier.STANDARD, hashing: Hashing = Hashing.HMAC_SHA256) -> Blueprint:
        """What to build of the current snapshot."""
        current = self.lake.current()
        assert current is not None
        return Blueprint(
            lake=self.lake,
            receipts=self.lake.receipts(),
            current=current,
            shown=Shown(tier, hashing),
            key=KEY,
            built_at=current.finished_at + timedelta(hours=1),
            version="0.1.0",
        )

    def build(
        self,
        tier: Tier = Tier.STANDARD,
        hashing: Hashing = Hashing.HMAC_SHA256,
        files: Files = FILES,
        *,
        name: str | None = None,
    ) -> Path:
        """Build the warehouse and put it in its place, or under a name of its own."""
        target = warehouse_path(self.home, tier) if name is None else self.folder / f"{name}.duckdb"
        with built(files, self.blueprint(tier, hashing), self.home) as path:
            put_in_place(files, path, target)
        return target


def asked(warehouse: Warehouse, query: str) -> list[Document]:
    """The rows of an answer, by the names of their columns."""
    rows: list[Document] = warehouse.connection.sql(query).to_arrow_table().to_pylist()
    return rows


def customers_at(warehouse: Warehouse, instant: datetime) -> list[Document]:
    """The customers as they were, by oid, with the lake's own fields alone."""
    rows = asked(warehouse, f"FROM customers_at(TIMESTAMPTZ '{instant.isoformat()}')")
    return sorted(map(_without_hashes, rows), key=lambda row: int(row["customer_profile_oid"]))


def _without_hashes(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_hashes(item) for item in value]
    if isinstance(value, dict):
        return {name: _without_hashes(held) for name, held in value.items() if not name.endswith("_hash")}
    return value


def texts_in(path: Path) -> str:
    """Every value in a warehouse as text, decoded: of all columns of all its relations, at any depth."""
    with open_warehouse(path) as warehouse:
        return "\n".join(
            f"{view.name} {json.dumps(row, default=str, ensure_ascii=False)}"
            for view in warehouse.views
            for row in asked(warehouse, f"FROM {view.name}")
        )
