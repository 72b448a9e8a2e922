"""Exporting: one file, exact, and whole or not there."""

import csv
import json
import stat
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.dashboard.payloads import DEEP
from tests.store.faulty import DEADLY, QuickFiles, trials
from tests.store.samples import DRAFT, NO_FILE, written
from ucsync.model import Guarded, Misused, StorageFailed, Tier
from ucsync.store.exporting import ExportKind, export
from ucsync.store.files import Files
from ucsync.store.lake import Lake
from ucsync.store.schema import CUSTOMER
from ucsync.store.written import Deed, Written, Wrote

QUICK = QuickFiles()
INSTANT = datetime(2026, 11, 22, 3, 15, 0, 250_000, tzinfo=UTC)
MONEY = Decimal("12345678901234567890123456789.123456789")
ROWS: list[dict[str, Any]] = [
    {
        "customer_profile_oid": 1,
        "email": "=HYPERLINK(1)",
        "business_notes": 'two lines,\n"quoted"',
        "minimum_subtotal": MONEY,
        "loyalty": {
            "loyalty_tier_expiration_dts": INSTANT,
            "ledger_entries": [{"created_dts": INSTANT, "description": "=1+1"}, None],
        },
        "orders_summary": {"total": Decimal("0.100000000")},
        "orders": ['{"total":1.10000000000000000000001,"id":18446744073709551616}'],
        "_extras": '{"new":18446744073709551616}',
        "_observed_at": INSTANT,
        "_scan": "scan",
    },
    {"customer_profile_oid": 5, "email": "", "fax": "+1 555", "billing": [], "loyalty": {}},
    {"customer_profile_oid": 7, "email": "-1", "business_notes": "@x", "tags": [{"tag_value": "ü"}]},
]


def published(folder: Path, parts: int = 2) -> tuple[Lake, str]:
    """A snapshot of `ROWS`, in two parts, or of none."""
    files, lake = QuickFiles(), Lake(QuickFiles(), folder / "lake")
    building = lake.begin("scan")
    (building / "customers").mkdir()
    entries = []
    for number, rows in enumerate([ROWS[:2], ROWS[2:]][:parts]):
        sink = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist(rows, schema=CUSTOMER), sink)
        path = f"customers/part-{number:05d}.parquet"
        entries.append(written(files, building, path, sink.getvalue().to_pybytes(), NO_FILE))
    return lake, lake.publish(building, replace(DRAFT, files=tuple(entries))).snapshot


def export_to(
    target: Path, lake: Lake, snapshot: str, kind: ExportKind, files: Files = QUICK, *, force: bool = False
) -> None:
    deed = Deed(what=Wrote.SNAPSHOT, of=snapshot, tier=Tier.HIGH, at=INSTANT)
    written = Written(files, target.parent / "state")
    export(lake, snapshot, target, kind, written=written, deed=deed, force=force)


def exported(folder: Path, kind: ExportKind, parts: int = 2) -> Path:
    lake, snapshot = published(folder, parts)
    target = folder / f"it's {kind.value}"
    export_to(target, lake, snapshot, kind)
    assert sorted(path.name for path in folder.iterdir()) == [target.name, "lake", "state"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    return target


def test_parquet_holds_the_same_rows_in_the_same_types(tmp_path: Path) -> None:
    found = pq.read_table(exported(tmp_path, ExportKind.PARQUET))
    assert found.cast(CUSTOMER).equals(pa.Table.from_pylist(ROWS, schema=CUSTOMER))
    assert [str(column.type).replace("element", "item") for column in found.schema] == [
        str(column.type) for column in CUSTOMER
    ]


def test_json_lines_keep_every_digit_and_say_instants_in_utc(tmp_path: Path) -> None:
    text = exported(tmp_path, ExportKind.NDJSON).read_text(encoding="utf-8")
    first, second, third = (json.loads(line, parse_float=Decimal) for line in text.splitlines())
    assert set(first) == set(CUSTOMER.names)
    assert first["email"] == "=HYPERLINK(1)"
    assert first["minimum_subtotal"] == MONEY
    assert first["loyalty"]["loyalty_tier_expiration_dts"] == "2026-11-22T03:15:00.250000Z"
    assert first["loyalty"]["ledger_entries"][0]["created_dts"] == "2026-11-22T03:15:00.250000Z"
    assert first["loyalty"]["ledger_entries"][1] is None
    assert first["orders"] == ROWS[0]["orders"]
    assert first["_extras"] == ROWS[0]["_extras"]
    assert (second["email"], second["billing"], second["tags"]) == ("", [], None)
    assert third["tags"] == [{"tag_value": "ü"}]


def test_csv_keeps_every_digit_and_runs_no_formula(tmp_path: Path) -> None:
    with exported(tmp_path, ExportKind.CSV).open(encoding="utf-8", newline="") as file:
        first, second, third = csv.DictReader(file)
    assert list(first) == CUSTOMER.names
    assert first["email"] == "'=HYPERLINK(1)"
    assert first["business_notes"] == 'two lines,\n"quoted"'
    assert first["minimum_subtotal"] == str(MONEY)
    assert first["_observed_at"] == "2026-11-22T03:15:00.250000Z"
    assert first["_extras"] == ROWS[0]["_extras"]
    loyalty = json.loads(first["loyalty"])
    assert loyalty["loyalty_tier_expiration_dts"] == "2026-11-22T03:15:00.250000Z"
    assert loyalty["ledger_entries"][0]["created_dts"] == "2026-11-22T03:15:00.250000Z"
    assert loyalty["ledger_entries"][1] is None
    assert '"total":0.100000000' in first["orders_summary"]
    assert json.loads(first["orders"]) == ROWS[0]["orders"]
    assert (second["fax"], second["billing"], second["tags"]) == ("'+1 555", "[]", "")
    assert (third["email"], third["business_notes"], third["loyalty"]) == ("'-1", "'@x", "")


@pytest.mark.parametrize("kind", list(ExportKind))
def test_a_snapshot_without_rows_gives_a_file_without_rows(tmp_path: Path, kind: ExportKind) -> None:
    target = exported(tmp_path, kind, parts=0)
    if kind is ExportKind.PARQUET:
        assert pq.read_table(target).num_rows == 0
    else:
        assert target.read_text() == ("" if kind is ExportKind.NDJSON else ",".join(CUSTOMER.names) + "\n")


def test_a_file_that_is_there_is_replaced_only_when_asked_for(tmp_path: Path) -> None:
    lake, snapshot = published(tmp_path)
    target = tmp_path / "out.csv"
    target.write_text("mine")
    with pytest.raises(Guarded, match="is there already"):
        export_to(target, lake, snapshot, ExportKind.CSV)
    assert target.read_text() == "mine"
    export_to(target, lake, snapshot, ExportKind.CSV, force=True)
    assert len(target.read_text()) > 1_000


def test_a_snapshot_without_its_full_state_is_said(tmp_path: Path) -> None:
    lake, _ = published(tmp_path)
    with pytest.raises(StorageFailed, match="not there, or its full state was pruned") as failed:
        export_to(tmp_path / "out", lake, "20260101T000000Z-00000000", ExportKind.CSV)
    assert "snapshots list" in failed.value.mend


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    lake, snapshot = published(tmp_path)
    with pytest.raises(Misused, match="there is no folder"):
        export_to(tmp_path / "none" / "out", lake, snapshot, ExportKind.CSV)


def test_whatever_dies_while_exporting_the_old_file_or_the_new_one_is_there(tmp_path: Path) -> None:
    lake, snapshot = published(tmp_path)

    def action(files: Files, folder: Path) -> None:
        export_to(folder / "out", lake, snapshot, ExportKind.NDJSON, files, force=True)

    def prepare(folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "out").write_text("old")

    for trial in trials(action, tmp_path / "trials", prepare, in_turn=not DEEP):
        if trial.how not in DEADLY and trial.ended is not None:
            assert isinstance(trial.ended, StorageFailed), trial
            assert not (trial.folder / ".out.partial").exists()
        text = (trial.folder / "out").read_text()
        assert text == "old" or len(text.splitlines()) == len(ROWS), trial
        action(QuickFiles(), trial.folder)
        assert sorted(path.name for path in trial.folder.iterdir()) == ["out", "state"], trial
