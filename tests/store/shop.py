"""A small merchant to publish: pages of customers, and a plain model of what must come of them."""

import json
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.store.faulty import QuickFiles
from tests.store.samples import DRAFT, HEADER, NOTE
from ucsync.model import Receipt
from ucsync.store.decoding import Decoder
from ucsync.store.files import Files
from ucsync.store.lake import Lake
from ucsync.store.merges import Merge
from ucsync.store.publishing import Reading, Watch, publish
from ucsync.store.staging import Staging

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

#: A customer for a test: an oid (None: the row has none) and a version; a negative version cannot be decoded.
Row = tuple[int | None, int]


def body_of(rows: Iterable[Row]) -> bytes:
    """A page of the API with these customers."""
    return json.dumps({"success": True, "customers": [_customer(*row) for row in rows]}).encode()


def _customer(oid: int | None, version: int) -> dict[str, Any]:
    customer: dict[str, Any] = {
        "email": f"{oid}@example.com",
        "referral_source": "?" if version < 0 else None,
        "billing": [{"city": f"City {version % 3}", "customer_billing_oid": 5}] * (version % 3),
        "tags": [{"tag_value": f"v{version}"}],
        "orders_summary": {"total": version, "order_count": 2} if version % 2 else None,
        "qb_tax_exemption_reason_code": 3.5 if version < 0 else version,
    }
    return customer if oid is None else {"customer_profile_oid": oid, **customer}


def version_of(row: Mapping[str, Any]) -> int:
    """The version in a row that was read back, after a look at its other columns."""
    version: int = row["qb_tax_exemption_reason_code"]
    assert row["email"] == f"{row['customer_profile_oid']}@example.com"
    assert len(row["billing"]) == version % 3
    assert row["tags"] == [{"tag_value": f"v{version}"}]
    assert (row["orders_summary"] is not None) == bool(version % 2)
    return version


@dataclass
class Shop:
    """A lake and its staging; `state` is what the model says is in the lake.

    `last_scan` counts scans; each is observed an hour after the one before.
    """

    folder: Path
    files: Files = field(default_factory=QuickFiles)
    rows_part: int = 4
    state: dict[int, tuple[int, str]] = field(default_factory=dict)  # oid: version, scan
    last_scan: int = 0

    @property
    def lake(self) -> Lake:
        return Lake(self.files, self.folder / "lake")

    def publish(
        self,
        pages: Sequence[Sequence[Row]],
        gone: Iterable[int] = (),
        *,
        passed_over: Iterable[int] = (),
        merges: Sequence[Merge] = (),
        files: Files | None = None,
        stop: Callable[[], bool] = lambda: False,
        on_rows: Callable[[int], None] = lambda _: None,
    ) -> Receipt:
        """Stage these pages as a scan, and publish it; with `files`, if given."""
        self.last_scan += 1
        scan = f"20261122T120000Z-{self.last_scan:08x}"
        staging = Staging(self.files, self.folder / "staging" / str(self.last_scan))
        staged = staging.begin(replace(HEADER, scan=scan))
        at = NOON + timedelta(hours=self.last_scan)
        for rows in pages:
            staged.append(replace(NOTE, observed_at=at), body_of(rows))
        oids = [array("q", (-1 if oid is None else oid for oid, _ in rows)) for rows in pages]
        parent = self.lake.current()
        return publish(
            Lake(files or self.files, self.folder / "lake"),
            Reading(staged, oids, Decoder(scan), gone, merges, passed_over=passed_over),
            replace(DRAFT, scan=scan, started_at=at, parent=parent.snapshot if parent else None),
            files=files or self.files,
            parent=parent,
            watch=Watch(now=lambda: at + timedelta(minutes=30), stop=stop, on_rows=on_rows),
            rows_part=self.rows_part,
        )

    def rows_of(self, receipt: Receipt) -> list[dict[str, Any]]:
        """The full state of a snapshot, part by part."""
        folder = self.lake.path_of(receipt.snapshot)
        parts = [entry for entry in receipt.files if entry.path.startswith("customers/")]
        return [row for part in parts for row in pq.read_table(folder / part.path).to_pylist()]

    def changes_of(self, receipt: Receipt) -> list[dict[str, Any]]:
        """Its changes."""
        rows: list[dict[str, Any]] = pq.read_table(self.file_of(receipt, "changes.parquet")).to_pylist()
        return rows

    def quarantine_of(self, receipt: Receipt) -> list[dict[str, Any]]:
        """Its rows in quarantine."""
        path = self.file_of(receipt, "quarantine.jsonl")
        return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []

    def file_of(self, receipt: Receipt, path: str) -> Path:
        """One of its files."""
        return self.lake.path_of(receipt.snapshot) / path


@dataclass
class Expected:
    """What publishing must have come to."""

    state: dict[int, tuple[int, str]]
    inserted: list[int] = field(default_factory=list)
    updated: list[int] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)
    unchanged: int = 0
    quarantined: int = 0


def expected(
    before: dict[int, tuple[int, str]], pages: Sequence[Sequence[Row]], gone: Iterable[int], scan: str,
    passed_over: AbstractSet[int] = frozenset(),
) -> Expected:  # fmt: skip
    """The rules of publishing in plain Python: the model."""
    removed = set(gone)
    outcome = Expected(dict(before))
    last = {oid: version for rows in pages for oid, version in rows if oid is not None}
    outcome.quarantined = sum(oid is None for rows in pages for oid, _ in rows)
    for oid, version in sorted(last.items()):
        if oid in removed or oid in passed_over:
            continue
        if version < 0:
            outcome.quarantined += 1
        elif oid not in before:
            outcome.inserted.append(oid)
        elif before[oid][0] != version:
            outcome.updated.append(oid)
        else:
            outcome.unchanged += 1
    for oid in [*outcome.inserted, *outcome.updated]:
        outcome.state[oid] = (last[oid], scan)
    outcome.deleted = sorted(removed & before.keys())
    for oid in outcome.deleted:
        del outcome.state[oid]
    return outcome
