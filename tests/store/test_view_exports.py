"""Exporting views: values as they are, harmless where a spreadsheet opens them, and all files or none."""

import base64
import csv
import json
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.dashboard.payloads import DEEP, thousands
from tests.postgres.sources import VALUES, source
from tests.store.faulty import DEADLY, QuickFiles, trials
from ucsync.model import Guarded, Misused, StorageFailed, Tier
from ucsync.model.harmless import harmless
from ucsync.store.export_cells import csv_cell
from ucsync.store.exporting import ExportKind
from ucsync.store.exporting_views import export_views
from ucsync.store.files import Files
from ucsync.store.written import Deed, Written, Wrote

AT = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
TEXT = "tab\tline\n\r\\N \\. \\\\ \\t '\\\""
EXACT = {
    "yes": True, "tiny": -128, "whole": 2**31 - 1, "long": -(2**63), "unsigned": 2**64 - 1,
    "money": Decimal("12345678901234567890123456789.123456789"), "price": Decimal("99.90"),
    "real": 0.1 + 0.2, "text": TEXT, "empty": "", "missing": None, "backslash": "\\N", "end": "\\.",
    "script": "Zoë 北京 🙂 \u2028", "kind": "b",
}  # fmt: skip
NESTED = {
    "total": Decimal("0.1"), "at": "2026-11-22T03:15:00.000000Z",
    "rows": [{"text": 'a"b\\\n', "of": None}, None], "nan": "nan", "none": [],
}  # fmt: skip


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with source() as connection:
        yield connection


def put(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    kind: ExportKind,
    *views: str,
    files: Files | None = None,
    force: bool = False,
) -> list[Path]:
    targets = [folder / f"{view}.{kind.value}" for view in views]
    written = Written(files or QuickFiles(), folder / "state")
    deeds = [Deed(what=Wrote.EXPORT, of=view, tier=Tier.STANDARD, at=AT) for view in views]
    export_views(connection, written, list(zip(targets, deeds, strict=True)), kind, force=force)
    return targets


def test_parquet_has_every_value_and_no_float_of_a_whole_number(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    warehouse.execute("UPDATE kinds SET vast = 99999999999999999999999999999999999999")
    (target,) = put(warehouse, tmp_path, ExportKind.PARQUET, "kinds")
    found = pq.read_table(target)
    row, nulls = found.to_pylist()
    assert {name: value for name, value in nulls.items() if value is not None} == {"vast": 10**38 - 1}
    assert {name: row[name] for name in EXACT} == EXACT
    assert row["vast"] == 10**38 - 1
    assert math.isnan(row["none"])
    assert row["endless"] == -math.inf
    assert (row["day"], row["clock"]) == (date(2026, 11, 22), time(3, 15, 0, 250_000))
    assert row["at"] == datetime(2026, 11, 22, 3, 15, 0, 250_001, tzinfo=UTC)
    assert row["naive"] == datetime(1969, 12, 31, 23, 59, 59, 999_999)
    assert (row["raw"], row["json"]) == (b"\x00\xff", '{"a":1.10,"a":2}')
    assert row["nested"]["total"] == Decimal("0.100000000")
    assert row["nested"]["at"] == AT
    assert row["nested"]["rows"] == [{"text": 'a"b\\\n', "of": None}, None]
    assert row["texts"] == ["", None, "\\u0000 is not NUL"]
    assert found.schema.field("money").type == pa.decimal128(38, 9)
    assert put(warehouse, tmp_path, ExportKind.PARQUET, "dw.many")
    assert pq.read_table(tmp_path / "dw.many.parquet").num_rows == 5_000


def test_a_whole_number_that_parquet_has_no_type_for_is_an_error(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(StorageFailed, match="ConversionException"):
        put(warehouse, tmp_path, ExportKind.PARQUET, "kinds")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_json_lines_have_every_value(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    (target,) = put(warehouse, tmp_path, ExportKind.NDJSON, "kinds")
    first, second = target.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    row = json.loads(first, parse_float=Decimal, parse_constant=pytest.fail)
    assert set(json.loads(second).values()) == {None}
    assert {name: row[name] for name in EXACT} == EXACT | {"real": Decimal("0.30000000000000004")}
    assert row["vast"] == 2**127 - 1
    assert (row["none"], row["endless"]) == ("nan", "-inf")
    assert (row["at"], row["naive"]) == ("2026-11-22T03:15:00.250001Z", "1969-12-31T23:59:59.999999")
    assert (row["day"], row["clock"]) == ("2026-11-22", "03:15:00.25")
    assert base64.b64decode(row["raw"]) == b"\x00\xff"
    assert row["json"] == '{"a":1.10,"a":2}'
    assert row["nested"] == NESTED
    assert row["texts"] == ["", None, "\\u0000 is not NUL"]


def test_csv_has_every_value_and_tells_empty_from_missing(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    (target,) = put(warehouse, tmp_path, ExportKind.CSV, "kinds")
    with target.open(encoding="utf-8", newline="") as file:
        row, nulls = csv.DictReader(file)
    assert set(nulls.values()) == {""}
    for name, value in EXACT.items():
        told = row[name]
        assert told == ("true" if value is True else "" if value is None else str(value)), name
    assert row["vast"] == str(2**127 - 1)
    assert row["at"] == "2026-11-22T03:15:00.250001Z"
    assert json.loads(row["nested"], parse_float=Decimal) == NESTED
    text = target.read_text(encoding="utf-8")
    assert text.partition("\n")[0].split(",") == list(VALUES)
    assert ',"",,' in text  # what is empty has quotes, what is missing has not


def test_nul_stays_where_a_file_can_hold_it(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    warehouse.execute("UPDATE people SET name = 'a' || chr(0) || 'b', tags = [chr(0)]")
    for kind in ExportKind:
        put(warehouse, tmp_path, kind, "people")
    parquet = pq.read_table(tmp_path / "people.parquet").to_pylist()[0]
    line = json.loads((tmp_path / "people.ndjson").read_text(encoding="utf-8").splitlines()[0])
    assert parquet["name"] == line["name"] == "a\0b"
    assert parquet["tags"] == line["tags"] == ["\0"]
    assert b",a\0b," in (tmp_path / "people.csv").read_bytes()


def test_no_text_begins_a_formula_and_none_is_lost(warehouse: duckdb.DuckDBPyConnection) -> None:
    texts = [*thousands(), "\t=1", "'=1", "a;\x85+1", "\xad=1", "-1\n-2", "", "=", "; ;="]
    rows = warehouse.from_arrow(pa.table({"text": texts, "nested": [[{"of": text}] for text in texts]}))
    told = rows.project(f"{csv_cell('text', rows.types[0])}, {csv_cell('nested', rows.types[1])}").fetchall()
    for text, (cell, nested) in zip(texts, told, strict=True):
        assert cell == harmless(text)
        assert nested == harmless(nested)
        assert json.loads(nested) == [{"of": text}]


def test_a_type_without_an_exact_form_is_refused(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    for number, odd in enumerate(
        ("INTERVAL 1 DAY", "MAP {'a': 1}", "'1'::BIT", "[TIMESTAMP_NS '2026-01-01']")
    ):
        warehouse.execute(f"CREATE VIEW odd{number} AS SELECT {odd} AS odd")
        for kind in ExportKind:
            with pytest.raises(Misused, match="have no exact form"):
                put(warehouse, tmp_path, kind, f"odd{number}")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_whatever_dies_each_file_is_the_old_one_or_the_new_one(tmp_path: Path) -> None:
    views = ("people", "kinds")

    def prepare(folder: Path) -> None:
        folder.mkdir(parents=True)
        for view in views:
            (folder / f"{view}.csv").write_text("old")

    with source() as connection:

        def action(files: Files, folder: Path) -> None:
            put(connection, folder, ExportKind.CSV, *views, files=files, force=True)

        prepare(tmp_path / "right")
        action(QuickFiles(), tmp_path / "right")
        right = {view: (tmp_path / "right" / f"{view}.csv").read_bytes() for view in views}
        for trial in trials(action, tmp_path / "trials", prepare, in_turn=not DEEP):
            for view in views:
                assert (trial.folder / f"{view}.csv").read_bytes() in (b"old", right[view]), trial
            if trial.how not in DEADLY and trial.ended is not None:
                assert isinstance(trial.ended, StorageFailed), trial
            action(QuickFiles(), trial.folder)
            assert sorted(path.name for path in trial.folder.iterdir()) == [
                "kinds.csv",
                "people.csv",
                "state",
            ]
            assert {view: (trial.folder / f"{view}.csv").read_bytes() for view in views} == right


def test_a_view_that_fails_leaves_every_file_as_it_was(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    warehouse.execute("CREATE VIEW bad AS SELECT name::INTEGER AS number FROM people")
    put(warehouse, tmp_path, ExportKind.CSV, "people")
    before = (tmp_path / "people.csv").read_bytes()
    warehouse.execute("DELETE FROM people WHERE customer_profile_oid = 3")
    with pytest.raises(StorageFailed, match="ConversionException") as failed:
        put(warehouse, tmp_path, ExportKind.CSV, "people", "bad", force=True)
    assert "Ann" not in str(failed.value)
    assert (tmp_path / "people.csv").read_bytes() == before
    with pytest.raises(Guarded, match="is there already"):
        put(warehouse, tmp_path, ExportKind.CSV, "kinds", "people")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.csv", "state"]
