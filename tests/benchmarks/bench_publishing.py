"""From staged raw pages to a published snapshot: CPU, its share in each stage, memory, and part sizes."""

import cProfile
import json
import os
import pstats
import random
import subprocess
import sys
import time
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.benchmarks.many_pages import ROWS_PAGE, page
from tests.store.faulty import QuickFiles
from tests.store.samples import DRAFT, HEADER, MIDNIGHT, NOTE
from ucsync.store.decoding import Decoder
from ucsync.store.files import DiskFiles
from ucsync.store.lake import Lake
from ucsync.store.parts import ROWS_PART
from ucsync.store.publishing import Reading, Watch, publish
from ucsync.store.staging import StagedScan, Staging

HUNDRED_THOUSAND = 100_000
MILLION = 1_000_000
OVERLAP = 5

#: Where each stage is entered, for its share: the end of the file's name and the function's.
STAGES = {
    "choosing the rows": ("store/selection.py", "select"),
    "reading staged pages": ("store/staging.py", "read"),
    "decoding": ("store/decoding.py", "decode"),
    "reading old parts": ("store/parts.py", "read_part"),
    "merging": ("store/merging.py", "merge"),
    "writing parts": ("store/parts.py", "write_part"),
    "writing changes": ("store/changes.py", "add"),
    "publishing, with receipt": ("store/lake.py", "publish"),
}


#: What is published. The first two begin a lake, the others go on with the first one's.
KINDS = {
    "full": "a first full scan, in order of oid, pages overlapping",
    "shuffled": "the same in no order, so that it is sorted on disk",
    "again": "the same full scan once more: nothing changed",
    "spread": "one in a hundred changed, evenly spread",
    "newest": "the newest one in a hundred: nine of ten changed, one new",
}


@dataclass(frozen=True)
class Scan:
    """A scan of one of KINDS over a merchant of so many customers."""

    kind: str
    rows: int

    @property
    def lake(self) -> str:
        """The folder of its lake."""
        return "lake-shuffled" if self.kind == "shuffled" else "lake"

    @property
    def staged(self) -> str:
        """The folder of its pages."""
        return "full" if self.kind == "again" else self.kind

    def oids(self) -> list["array[int]"]:
        """Of each page."""
        if self.kind in ("full", "again"):
            starts = range(1, self.rows, ROWS_PAGE - OVERLAP)
            return [array("q", range(start, start + ROWS_PAGE)) for start in starts]
        hundredth = self.rows // 100
        oids: Sequence[int]
        if self.kind == "shuffled":
            chance = random.Random(1)  # noqa: S311 - invented data
            oids = chance.sample(range(1, self.rows + 1), self.rows)
        elif self.kind == "spread":
            oids = range(50, self.rows, 100)
        else:
            oids = range(self.rows - hundredth * 9 // 10, self.rows + hundredth // 10)
        return [array("q", oids[start : start + ROWS_PAGE]) for start in range(0, len(oids), ROWS_PAGE)]

    def stage(self, folder: Path) -> None:
        """Put the pages where `read` finds them; not synced, that is measured elsewhere."""
        if self.kind != "again":
            staged = Staging(QuickFiles(), folder).begin(replace(HEADER, scan=self.kind))
            first = list(KINDS).index(self.kind) * MILLION  # other texts than any other scan's
            for number, oids in enumerate(self.oids(), first):
                staged.append(NOTE, page(number, oids))

    def read(self, folder: Path) -> Reading:
        """As a flow would hand it on."""
        oids = self.oids()
        staged = StagedScan(DiskFiles(), folder / self.staged, replace(HEADER, scan=self.kind), len(oids))
        return Reading(staged, oids, Decoder(self.kind))


@dataclass(frozen=True)
class Figures:
    """What one publishing cost: seconds of CPU, peak megabytes, seconds of each stage, bytes of a row."""

    cpu_s: float
    peak_mb: float
    stages_s: dict[str, float]
    bytes_row: float


def publish_here(scan: Scan, folder: Path, rows_part: int, stages: bool) -> Figures:
    """Publish in this process what was staged in `folder`."""
    reading, lake = scan.read(folder / "staging"), Lake(DiskFiles(), folder / scan.lake)
    parent = lake.current()
    draft = replace(DRAFT, scan=scan.kind, parent=parent.snapshot if parent else None)
    watch = Watch(now=lambda: MIDNIGHT)
    profile = cProfile.Profile(time.process_time)
    started = time.process_time()
    if stages:
        profile.enable()
    receipt = publish(
        lake, reading, draft, files=DiskFiles(), parent=parent, watch=watch, rows_part=rows_part
    )
    profile.disable()
    cpu_s = time.process_time() - started
    parts = sum(entry.bytes for entry in receipt.files if entry.path.startswith("customers/"))
    return Figures(cpu_s, peak_mb(), stages_of(profile) if stages else {}, parts / receipt.rows)


def peak_mb() -> float:
    """Largest resident memory of this process. (`ru_maxrss` would take that of whoever started it.)"""
    text = Path("/proc/self/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0]) / 1024


def stages_of(profile: cProfile.Profile) -> dict[str, float]:
    """Seconds of CPU in each stage."""
    found: dict[Any, tuple[int, int, float, float, Any]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]  # not in the stubs
    return {
        stage: sum(
            figures[3]
            for (file, _, name), figures in found.items()
            if file.endswith(place) and name == function
        )
        for stage, (place, function) in STAGES.items()
    }


def publish_apart(scan: Scan, folder: Path, rows_part: int = ROWS_PART, *, stages: bool = False) -> Figures:
    """Publish in a process of its own, so that its memory is its own."""
    arguments = [scan.kind, str(scan.rows), str(folder), str(rows_part), str(int(stages))]
    command = [sys.executable, "-m", "tests.benchmarks.bench_publishing", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return Figures(**json.loads(done.stdout))


def _child(kind: str, rows: str, folder: str, rows_part: str, stages: str) -> None:
    figures = publish_here(Scan(kind, int(rows)), Path(folder), int(rows_part), stages == "1")
    sys.stdout.write(json.dumps(vars(figures)))


def main(rows: int | None = None) -> None:
    """Print the tables; with UCSYNC_DEEP set for a million customers, too."""
    sizes = [rows] if rows else [HUNDRED_THOUSAND, *([MILLION] if "UCSYNC_DEEP" in os.environ else [])]
    for size in sizes:
        with TemporaryDirectory() as folder:
            _print_runs(size, Path(folder))
    with TemporaryDirectory() as folder:
        _print_part_sizes(sizes[0], Path(folder))


def _print_runs(rows: int, folder: Path) -> None:
    """Each kind twice: as it is, and again with every stage timed, which costs something itself."""
    scans = [Scan(kind, rows) for kind in KINDS]
    for scan in scans:
        scan.stage(folder / "staging")
    runs = [publish_apart(scan, folder) for scan in scans]
    for lake in {scan.lake for scan in scans}:
        rmtree(folder / lake)
    timed = [publish_apart(scan, folder, stages=True) for scan in scans]
    table = Table(title=f"Publishing: {rows:,} customers of about 2.8 KB, {ROWS_PART:,} a part")
    for name in ("what", "CPU s", "µs a customer of the lake", "peak MB"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for scan, run in zip(scans, runs, strict=True):
        each = f"{run.cpu_s / rows * 1e6:.1f}"
        table.add_row(f"{scan.kind}: {KINDS[scan.kind]}", f"{run.cpu_s:.2f}", each, f"{run.peak_mb:.0f}")
    shares = Table(title="Share of each stage in its CPU, %")
    for name in ("stage", *KINDS):
        shares.add_column(name, justify="left" if name == "stage" else "right")
    for stage in STAGES:
        shares.add_row(stage, *(f"{run.stages_s[stage] / run.cpu_s * 100:.0f}" for run in timed))
    for shown in (table, shares):
        Console().print(shown)


def _print_part_sizes(rows: int, folder: Path) -> None:
    """Why a part has as many rows as it has."""
    scans = [Scan(kind, rows) for kind in ("full", "spread", "newest")]
    for scan in scans:
        scan.stage(folder / "staging")
    table = Table(title=f"Part sizes: {rows:,} customers; CPU s (peak MB)")
    for name in ("rows a part", "bytes a row", *(scan.kind for scan in scans)):
        table.add_column(name, justify="right")
    for rows_part in (ROWS_PART // 4, ROWS_PART // 2, ROWS_PART, ROWS_PART * 2):
        rmtree(folder / "lake", ignore_errors=True)
        runs = [publish_apart(scan, folder, rows_part) for scan in scans]
        cells = [f"{run.cpu_s:.2f} ({run.peak_mb:.0f})" for run in runs]
        table.add_row(f"{rows_part:,}", f"{runs[0].bytes_row:.0f}", *cells)
    Console().print(table)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        _child(*sys.argv[1:])
    else:
        main(*map(int, sys.argv[1:]))
