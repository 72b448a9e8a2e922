"""A backfill of 2,100,000 customers under the default quota, in virtual time, nightly runs beside it: what it
takes, and the least that it could.

The sandbox works in the same process: some three milliseconds of the CPU time a page are its own.
"""

import os
import resource
import time

from rich.console import Console
from rich.table import Table

from tests.flow.backfill.large import Large, large

SCALES = (100, 1) if os.environ.get("UCSYNC_DEEP") else (100,)
HOUR_S = 3600
MB = 1024  # ru_maxrss is in kB


def row(found: Large, cpu_s: float) -> list[str]:
    """Of one size."""
    done, peak = found.result, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB
    return [
        f"{found.rows:,}", f"{done.backfill.windows}", f"{done.requests:,}",
        f"{done.requests / found.least:.4f}",
        f"{done.seconds / HOUR_S:.2f}", f"{done.seconds / found.least_s:.4f}",
        f"{done.seconds / found.bare_s:.4f}", str(found.refused),
        f"{max(night.late_s for night in found.nights):.2f}", f"{cpu_s:.0f}", f"{peak:.0f}",
    ]  # fmt: skip


def main() -> None:
    """Print the table."""
    table = Table(title="ucsync backfill, beside a nightly run every six hours")
    for column in (
        "customers", "windows", "requests", "÷ least", "hours", "÷ least by its share",
        "÷ least by the quota", "429s", "nightly late by s", "CPU s", "peak MB",
    ):  # fmt: skip
        table.add_column(column, justify="right")
    for scale in SCALES:
        before_s = time.process_time()
        table.add_row(*row(large(scale), time.process_time() - before_s))
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
