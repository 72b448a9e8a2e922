"""Building a warehouse by the real command: time, memory and size, at each tier."""

import os
import sys
import time
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tests.benchmarks.bench_publishing import HUNDRED_THOUSAND, MILLION, Scan, publish_apart
from tests.benchmarks.bench_sync import cost_of

#: A first snapshot, and two nights with changes: of one customer in a hundred each.
KINDS = ("full", "spread", "newest")
TIERS = ("standard", "medium", "high")


def lake_in(folder: Path, rows: int) -> None:
    """A lake of these nights, and the configuration that names it."""
    scans = [Scan(kind, rows) for kind in KINDS]
    for scan in scans:
        scan.stage(folder / "staging")
        publish_apart(scan, folder)
    rmtree(folder / "staging")
    made = folder / scans[0].lake
    made.rename(folder / "made")
    made.mkdir()
    (folder / "made").rename(made / "bench")
    (folder / "ucsync.toml").write_text('[merchants.bench]\nkey_env = "BENCH_KEY"\n')


def main(rows: int | None = None) -> None:
    """Print the table; with UCSYNC_DEEP set for a million customers, too."""
    table = Table(title="ucsync warehouse build, the whole process")
    for column in ("tier", "customers", "s", "CPU s", "CPU µs a customer", "peak MB", "file MB"):
        table.add_column(column, justify="left" if column == "tier" else "right")
    for size in [rows] if rows else [HUNDRED_THOUSAND, *([MILLION] if "UCSYNC_DEEP" in os.environ else [])]:
        with TemporaryDirectory(prefix="ucsync-bench-") as name:
            lake_in(Path(name), size)
            for tier in TIERS:
                started = time.perf_counter()
                cost = cost_of("warehouse", "build", "--tier", tier, folder=Path(name))
                took = time.perf_counter() - started
                table.add_row(
                    tier, f"{size:,}", f"{took:.1f}", f"{cost.cpu_s:.1f}", f"{cost.cpu_s / size * 1e6:.1f}",
                    f"{cost.peak_mb:.0f}", f"{int(str(cost.told['bytes'])) / 1e6:.0f}",
                )  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
