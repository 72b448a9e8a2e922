"""Exports of accounts for the lake: tables as an archive has them, of customers who are invented."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.store.faulty import QuickFiles
from ucsync.model.accounts import AccountNote
from ucsync.store.account_archive.columns import TABLES as SCHEMAS
from ucsync.store.account_lake import TABLES, publish_account
from ucsync.store.files import Files

Row = dict[str, Any]

FINISHED = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)


def rows_of(oid: int, orders: int = 2, **fields: Any) -> dict[str, list[Row]]:
    """Orders of a customer, each with an item, a case and two messages; `fields` stand in each order."""
    found: dict[str, list[Row]] = {table: [] for table in TABLES}
    for number in range(orders):
        key = {"customer_profile_oid": oid, "orderId": f"DEMO-{oid}-{number}"}
        case = f"{oid}{number}"
        found["orders"].append({**key, "status": "Completed", "email": f"o{oid}@example.com", **fields})
        found["order_items"].append({**key, "position": 0, "itemId": "TEA", "description": f"Tea {number}"})
        found["cases"].append({**key, "caseOid": case, "subject": f"About {oid} {number}", "status": "Open"})
        for position, sender in enumerate(("Customer", "Customer Service")):
            message = {"caseOid": case, "message": f"{sender} says {oid}", "messageSender": sender}
            found["case_messages"].append({**key, "position": position, **message})
    return found


def written(folder: Path, rows: Mapping[str, Sequence[Row]]) -> list[Path]:
    """The files of an archive's tables; those that are not given are empty."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        held = pa.Table.from_pylist(list(rows.get(table, ())), SCHEMAS[table])
        pq.write_table(held, folder / f"{table}.parquet", compression="zstd")
    return [folder / f"{table}.parquet" for table in TABLES]


def note(day: int = 0, *, proven: bool = True) -> AccountNote:
    """Of an export that was finished on a day."""
    return AccountNote(finished_at=FINISHED + timedelta(days=day), proven=proven, requests=7)


def put(
    lake: Path,
    oid: int,
    rows: Mapping[str, Sequence[Row]] | None = None,
    *,
    files: Files | None = None,
    day: int = 0,
) -> Path:
    """Publish an export; `lake` is the merchant's folder."""
    tables = written(lake.parent.parent / "archives" / f"{oid}-{day}", rows_of(oid) if rows is None else rows)
    return publish_account(files or QuickFiles(), lake, oid, tables, note(day))
