"""A whole sync by the real command, from socket to verified snapshot: CPU, memory, requests.

The server runs in a process of its own and is not counted. Zero latency, limits off.
"""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks.bare import BARE

SIZES = (100_000, 1_000_000) if os.environ.get("UCSYNC_DEEP") else (100_000,)
MB = 1024  # ru_maxrss is in kB


@dataclass(frozen=True)
class Cost:
    """Of one process and its work."""

    cpu_s: float
    peak_mb: float
    told: dict[str, object]


def cost_of(*arguments: str, folder: Path) -> Cost:
    """Run `ucsync` and see what it took."""
    process = subprocess.Popen(
        [sys.executable, "-c", BARE, *arguments, "--config", str(folder / "ucsync.toml"), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "BENCH_KEY": "bench-key"},
    )  # fmt: skip
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0, output
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / MB, json.loads(output))


def measured(customers: int, changed: int, *, spread: bool) -> dict[str, Cost]:
    """First sync, verification, and a sync of what changed."""
    how = "spread" if spread else "newest"
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.quick_server", str(customers), str(changed), how],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    try:
        port = server.stdout.readline().split()[0]
        with tempfile.TemporaryDirectory(prefix="ucsync-bench-") as name:
            folder = Path(name)
            (folder / "ucsync.toml").write_text(
                f'[merchants.bench]\nserver = "http://127.0.0.1:{port}"\nkey_env = "BENCH_KEY"\n'
                "lag_s = 2\nrequests_per_hour = 0\nrequests_per_day = 0\nrequests_per_s = 10000\n"
            )
            costs = {"full": cost_of("sync", folder=folder)}
            costs["verify"] = cost_of("snapshots", "verify", folder=folder)
            urllib.request.urlopen(f"http://127.0.0.1:{port}/changes", timeout=10).close()
            costs["changes"] = cost_of("sync", folder=folder)
            return costs
    finally:
        server.terminate()
        server.communicate(timeout=30)


def main() -> None:
    """Print the table."""
    table = Table(title="ucsync sync, the whole process")
    for column in ("work", "customers", "CPU s", "CPU µs a customer", "peak MB", "requests", "the least"):
        table.add_column(column, justify="left" if column == "work" else "right")
    for customers in SIZES:
        for spread in (True, False):
            costs = measured(customers, customers // 100, spread=spread)
            names = {"full": "full sync", "verify": "verifying it",
                     "changes": f"1 % {'spread evenly' if spread else 'newest'}"}  # fmt: skip
            for key, cost in costs.items():
                if key != "changes" and not spread:
                    continue
                table.add_row(
                    names[key], f"{customers:,}", f"{cost.cpu_s:.2f}", f"{cost.cpu_s / customers * 1e6:.1f}",
                    f"{cost.peak_mb:.0f}", str(cost.told.get("requests", "")),
                    str(cost.told.get("requests_floor", "")),
                )  # fmt: skip
    Console().print(table)


if __name__ == "__main__":
    main()
