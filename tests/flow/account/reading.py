"""What is in an archive, read by other means than those it was written with."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq


def received(out: Path, operation: str) -> list[dict[str, Any]]:
    """The answers of an operation."""
    document = json.loads((out / "received" / f"{operation}.json").read_bytes(), parse_float=Decimal)
    assert document["operation"] == operation
    answers: list[dict[str, Any]] = document["answers"]
    return answers


def rows(out: Path, table: str) -> list[dict[str, Any]]:
    """The rows of a table."""
    found: list[dict[str, Any]] = pq.read_table(out / "tables" / f"{table}.parquet").to_pylist()
    return found


def listed(out: Path, operation: str) -> list[dict[str, Any]]:
    """The rows of all pages of a list, in order."""
    return [row for answer in received(out, operation) for row in answer["body"]]


def everything(out: Path) -> bytes:
    """Every byte of an archive, and what its tables hold in the clear."""
    pieces = [path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()]
    tables = [str(rows(out, path.stem)).encode() for path in sorted(out.glob("tables/*.parquet"))]
    return b"\n".join([*pieces, *tables])
