"""A plan of many changes against a large lake: seconds, memory, what each row costs.

The lake is published from staged pages; one customer in ten is to change. Nothing is requested.
"""

import csv
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.compute as pc
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from tests.benchmarks.bench_publishing import HUNDRED_THOUSAND, MILLION, Scan, peak_mb, publish_apart
from tests.house import House, in_memory, small
from tests.lakes import Shop
from tests.store.samples import DRAFT
from ucsync.config.mapping import read_mapping
from ucsync.flow.push.planning import PlanWishes, plan_push
from ucsync.model.pushes import Limits
from ucsync.store import Lake, use_system_allocator

ONE_IN = 10
WIDE = Limits(customers_max=MILLION, percent_max=100)

MAPPING = """
worth = "Lifetime value"
[match]
by = "{by}"
column = "Id"
[cells]
clear = "(none)"
[columns]
"City" = "billing[default].city"
"Postal code" = "billing[default].postal_code"
"Company" = {{ to = "billing[default].company", rule = "fill_empty" }}
"Tags" = {{ to = "tags", mode = "add" }}
"Lead status" = "properties.crm_status"
"Notes" = {{ to = "business_notes", rule = "queue" }}
"""

#: How a change set is matched, and whether it is known what the CRM had exported.
KINDS = {
    "by oid": ("customer_profile_oid", False),
    "by e-mail": ("email", False),
    "by oid, with a base": ("customer_profile_oid", True),
}


@dataclass(frozen=True)
class Cost:
    """Of one plan: seconds by the clock and of CPU, peak megabytes, steps, and megabytes of its file."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    steps: int
    held_back: int
    rejected: int
    file_mb: float


class BenchShop(Shop):
    """A shop whose lake is the one that was published."""

    @property
    def lake(self) -> Lake:
        """In the folder of the pages."""
        return Lake(self.files, self.folder / "lake")


def customers(folder: Path) -> Iterator[tuple[int, str]]:
    """One in ten, evenly spread, in no order: oid and e-mail address."""
    found: list[tuple[int, str]] = []
    for part in sorted((folder / "lake").glob("snapshots/*/customers/*.parquet")):
        rows = pq.read_table(part, columns=["customer_profile_oid", "email"])
        oids = rows["customer_profile_oid"]
        chosen = rows.filter(pc.equal(pc.subtract(oids, pc.multiply(pc.divide(oids, ONE_IN), ONE_IN)), 3))
        found += zip(*(column.to_pylist() for column in chosen.columns), strict=True)
    random.Random(1).shuffle(found)  # noqa: S311 - invented data
    yield from found


def write_changes(folder: Path) -> int:
    """The change sets as CSV; how many rows each has."""
    chance, rows = random.Random(2), 0  # noqa: S311 - invented data
    header = ["Id", "City", "Postal code", "Company", "Tags", "Lead status", "Notes", "Lifetime value"]
    with (
        (folder / "oid.csv").open("w", newline="") as one,
        (folder / "email.csv").open("w", newline="") as two,
    ):
        writers = csv.writer(one), csv.writer(two)
        for writer in writers:
            writer.writerow(header)
        for oid, email in customers(folder):
            number = chance.randrange(100_000)
            cells = [
                f"Town {number % 977}", f"{number:05d}", f"{number} Ltd", f"segment {number % 7};crm",
                f"stage {number % 5}", f"note {number}" if number % 9 == 0 else "", f"{number / 100:.2f}",
            ]  # fmt: skip
            for writer, key in zip(writers, (oid, email), strict=True):
                writer.writerow([key, *cells])
            rows += 1
    return rows


def plan_here(folder: Path, by: str, base: bool) -> Cost:
    """Plan in this process."""
    use_system_allocator()
    changes = folder / ("oid.csv" if by == "customer_profile_oid" else "email.csv")
    (folder / "mapping.toml").write_text(MAPPING.format(by=by))

    async def scenario(house: House) -> Cost:
        shop = BenchShop(house, folder, fingerprint=DRAFT.fingerprint)
        with shop.database() as database:
            place = shop.place(database)
            wishes = PlanWishes(
                source=changes, sql=None, mapping=read_mapping(folder / "mapping.toml"),
                base=shop.receipt.snapshot if base else None, refresh=False, limits=WIDE,
                out=folder / "bench.plan",
            )  # fmt: skip
            started_s, started_cpu_s = time.perf_counter(), time.process_time()
            result = await plan_push(place, wishes)
            wall_s, cpu_s = time.perf_counter() - started_s, time.process_time() - started_cpu_s
        header, path = result.plan.header, result.plan.path
        size = path.stat().st_size / 1e6
        for written in (path, result.rejects):
            if written is not None:
                written.unlink()
        steps = sum(header.steps.values())
        return Cost(wall_s, cpu_s, peak_mb(), steps, header.queued, header.rejected, size)

    return in_memory(scenario, small(0))


def plan_apart(folder: Path, by: str, base: bool) -> Cost:
    """Plan in a process of its own, so that its memory is its own; without what only tests bring along."""
    arguments = [str(folder), by, str(int(base))]
    command = [sys.executable, "-c", _CHILD, *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Cost(**json.loads(done.stdout))


#: pyarrow imports pandas and numpy where it finds them.
_CHILD = """
import sys

class Absent:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in ("pandas", "numpy"):
            raise ImportError(name)

sys.meta_path.insert(0, Absent())
from tests.benchmarks.bench_push import child
child(*sys.argv[1:])
"""


def child(folder: str, by: str, base: str) -> None:
    """Print what a plan cost, as JSON."""
    sys.stdout.write(json.dumps(vars(plan_here(Path(folder), by, base == "1"))))


def measured(rows: int, folder: Path) -> tuple[int, dict[str, Cost]]:
    """Rows of the change set, and what each kind costs against a lake of so many customers."""
    scan = Scan("full", rows)
    scan.stage(folder / "staging")
    publish_apart(scan, folder)
    changed = write_changes(folder)
    return changed, {kind: plan_apart(folder, by, base) for kind, (by, base) in KINDS.items()}


def main(rows: int | None = None) -> None:
    """Print the table; with UCSYNC_DEEP set for a million customers, too."""
    for size in [rows] if rows else [HUNDRED_THOUSAND, *([MILLION] if "UCSYNC_DEEP" in os.environ else [])]:
        with TemporaryDirectory(prefix="ucsync-bench-") as folder:
            changed, costs = measured(size, Path(folder))
        table = Table(title=f"Plan of a push: {changed:,} rows of 7 columns against {size:,} customers")
        for name in ("matched", "s", "CPU s", "peak MB", "steps", "held back", "rejected", "file MB"):
            table.add_column(name, justify="left" if name == "matched" else "right")
        for kind, cost in costs.items():
            table.add_row(
                kind, f"{cost.wall_s:.1f}", f"{cost.cpu_s:.1f}", f"{cost.peak_mb:.0f}", f"{cost.steps:,}",
                f"{cost.held_back:,}", f"{cost.rejected:,}", f"{cost.file_mb:.0f}",
            )  # fmt: skip
        Console().print(table)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
