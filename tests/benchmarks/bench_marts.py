"""What a dashboard asks of a warehouse: each mart, all figures, and how long their JSON is."""

import os
import random
import re
import time
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.bench_publishing import HUNDRED_THOUSAND, MILLION
from tests.benchmarks.many_pages import ROWS_PAGE, page
from tests.store.faulty import QuickFiles
from tests.store.samples import DRAFT, HEADER, MIDNIGHT, NOTE
from ucsync.dashboard.figures_data import figures_data
from ucsync.model import Figures, Hashing, Receipt, Tier
from ucsync.store.decoding import Decoder
from ucsync.store.files import DiskFiles
from ucsync.store.lake import Lake
from ucsync.store.publishing import Reading, Watch, publish
from ucsync.store.staging import Staging
from ucsync.store.warehouse import Blueprint, Shown, Warehouse, built, open_warehouse
from ucsync.store.warehouse.figures import read_figures

TIMES = 5
_SIGNUP = re.compile(rb'("signup_dts": ?")\d{4}-\d\d')


def lake_of(folder: Path, rows: int) -> tuple[Lake, Receipt]:
    """A first snapshot; the customers signed up in any month of 14 years, so that the cube is full."""
    chance = random.Random(1)  # noqa: S311 - invented data
    months = [b"%d-%02d" % (year, month) for year in range(2012, 2026) for month in range(1, 13)]
    staged = Staging(QuickFiles(), folder / "staging").begin(HEADER)
    oids = [array("q", range(start, start + ROWS_PAGE)) for start in range(1, rows, ROWS_PAGE)]
    for number, held in enumerate(oids):
        body = _SIGNUP.sub(lambda found: found.group(1) + chance.choice(months), page(number, held))
        staged.append(NOTE, body)
    lake = Lake(QuickFiles(), folder / "lake")
    watch = Watch(now=lambda: MIDNIGHT)
    reading = Reading(staged, oids, Decoder(HEADER.scan))
    return lake, publish(
        lake, reading, replace(DRAFT, scan=HEADER.scan), files=DiskFiles(), parent=None, watch=watch
    )


@contextmanager
def warehouse_of(folder: Path, rows: int) -> Iterator[Path]:
    """Built from such a lake."""
    lake, receipt = lake_of(folder, rows)
    blueprint = Blueprint(
        lake=lake,
        receipts=[receipt],
        current=receipt,
        shown=Shown(Tier.STANDARD, Hashing.HMAC_SHA256),
        key=b"k" * 32,
        built_at=MIDNIGHT,
        version="benchmark",
    )
    with built(QuickFiles(), blueprint, lake.folder) as path:
        yield path


def seconds(work: Callable[[], object]) -> float:
    """The median of some runs."""
    taken = []
    for _ in range(TIMES):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return median(taken)


def rows_of(warehouse: Warehouse, name: str) -> int:
    """All of a view, read to its end."""
    found: Any = warehouse.connection.table(name).to_arrow_table()
    return int(found.num_rows)


def main(rows: int | None = None) -> None:
    """Print a table; with UCSYNC_DEEP set for a million customers, too."""
    sizes = [rows] if rows else [HUNDRED_THOUSAND, *([MILLION] if "UCSYNC_DEEP" in os.environ else [])]
    for size in sizes:
        with TemporaryDirectory() as folder, warehouse_of(Path(folder), size) as path:
            _print(path, size)


def _print(path: Path, size: int) -> None:
    table = Table(title=f"Marts of {size:,} customers")
    for name in ("what", "ms", "rows"):
        table.add_column(name, justify="left" if name == "what" else "right")
    with open_warehouse(path) as warehouse:
        for view in warehouse.views:
            if view.name.startswith("mart_"):
                taken = seconds(partial(rows_of, warehouse, view.name))
                table.add_row(view.name, f"{taken * 1000:.0f}", f"{rows_of(warehouse, view.name):,}")
    read = partial(read_figures, path, stale_after_h=26)
    table.add_row("all figures, file opened", f"{seconds(read) * 1000:.0f}", "")
    figures: Figures = read()
    length = len(figures_data(figures).encode()) / 1e6
    cube = replace(figures, regions=figures.segments, syncs=figures.segments, top=figures.segments)
    told = f"{length:.2f} MB, its cube {len(figures_data(cube).encode()) / 1e6:.2f}"
    table.add_row("as JSON", told, f"{figures.cube.rows:,}")
    Console().print(table)


if __name__ == "__main__":
    main()
