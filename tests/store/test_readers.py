"""A snapshot is plain Parquet: what others make of it, to the last digit."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.store.faulty import QuickFiles
from tests.store.samples import DRAFT, HEADER, NOTE
from tests.store.shop import NOON, Shop
from ucsync.model import Receipt
from ucsync.store.decoding import Decoder
from ucsync.store.lake import Lake
from ucsync.store.parts import part_path, read_part, write_part
from ucsync.store.publishing import Reading, Watch, publish
from ucsync.store.schema import CUSTOMER
from ucsync.store.staging import Staging

#: Sums that no float gets right, and a customer with next to nothing.
TOTALS = ["0.1", "0.2", "90071992547409.93", "-0.000000001", None]
TOTAL = Decimal("90071992547410.229999999")
CUSTOMER_TEXT = (
    '{"customer_profile_oid":%d,"last_modified_dts":"2016-08-11T16:14:46.123-04:00",'
    '"tags":[{"tag_value":"é\\u0000"}],"billing":[{"city":"Zürich","state_region":null},{"city":"%d"}],'
    '"new_field":[1.50],"orders_summary":{"total":%s}}'
)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five customers in three parts."""
    folder = tmp_path_factory.mktemp("shop")
    customers = [CUSTOMER_TEXT % (oid, oid, total) for oid, total in enumerate(TOTALS[:-1], 1)]
    customers.append('{"customer_profile_oid":5}')
    files = QuickFiles()
    staged = Staging(files, folder / "staging").begin(HEADER)
    staged.append(NOTE, f'{{"success":true,"customers":[{",".join(customers)}]}}'.encode())
    lake = Lake(files, folder / "lake")
    reading = Reading(staged, [range(1, 6)], Decoder(HEADER.scan))
    watch = Watch(now=lambda: NOON)
    receipt = publish(lake, reading, DRAFT, files=files, parent=None, watch=watch, rows_part=2)
    assert (receipt.rows, receipt.quarantined) == (5, 0)
    return lake.path_of(receipt.snapshot) / "customers"


def test_polars_reads_it(snapshot: Path) -> None:
    frame = pl.read_parquet(snapshot / "*.parquet")
    assert frame["customer_profile_oid"].to_list() == [1, 2, 3, 4, 5]
    assert frame["orders_summary"].struct.field("total").sum() == TOTAL
    assert frame["billing"].list.get(1, null_on_oob=True).struct.field("city").to_list() == [
        "1",
        "2",
        "3",
        "4",
        None,
    ]
    assert frame["last_modified_dts"][0].isoformat() == "2016-08-11T20:14:46.123000+00:00"
    assert frame["tags"].list.get(0).struct.field("tag_value")[0] == "é\0"


def test_pandas_reads_it(snapshot: Path) -> None:
    frame = pd.read_parquet(snapshot, dtype_backend="pyarrow")
    assert frame["orders_summary"].dropna().map(lambda part: part["total"]).sum() == TOTAL
    assert frame["last_modified_dts"][0].isoformat() == "2016-08-11T20:14:46.123000+00:00"
    assert frame["email"].isna().all()


def test_duckdb_reads_it(snapshot: Path) -> None:
    parts = (snapshot / "*.parquet").as_posix()
    query = """
        SELECT sum(orders_summary.total), max(len(billing)), max(epoch_us(last_modified_dts)), max(_extras)
        FROM read_parquet(?)
    """
    found = duckdb.connect().execute(query, [parts]).fetchall()
    assert found == [(TOTAL, 2, 1_470_946_486_123_000, '{"new_field":[1.50]}')]


def without(table: pa.Table, name: str) -> pa.Table:
    """As a version wrote it that did not have a field, neither as a column nor within `billing`."""
    billing = pa.list_(
        pa.struct([field for field in CUSTOMER.field("billing").type.value_type if field.name != name])
    )
    index = table.schema.get_field_index("billing")
    return table.set_column(index, "billing", table["billing"].cast(billing)).drop_columns(["fax"])


def test_parts_of_an_older_version_are_brought_to_todays_columns(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    receipt = shop.publish([[(oid, 2) for oid in range(1, 9)]])
    older = as_of_an_older_version(shop, receipt)
    assert read_part(shop.lake.path_of(older.snapshot), older.files[0]).schema.equals(CUSTOMER)
    newer = shop.publish([[(1, 3)]])
    assert (newer.rows, newer.updated, newer.unchanged) == (8, 1, 0)
    for entry in newer.files:
        columns = pq.read_schema(shop.file_of(newer, entry.path))
        assert columns.names[: len(CUSTOMER)] == CUSTOMER.names
    assert [len(row["billing"]) for row in shop.rows_of(newer)] == [0, *[2] * 7]


def as_of_an_older_version(shop: Shop, receipt: Receipt) -> Receipt:
    """The same snapshot, published again with fewer columns."""
    files, entries = shop.files, []
    building = shop.lake.begin("older")
    files.make_folder(building / "customers")
    for number, entry in enumerate(receipt.files):
        table = pq.read_table(shop.file_of(receipt, entry.path))
        entries.append(write_part(files, building, number, without(table, "state_region")))
        assert entries[-1].path == part_path(number)
    older = replace(receipt, parent=receipt.snapshot, schema="0" * 16, files=tuple(entries))
    return shop.lake.publish(building, replace(older, finished_at=NOON))
