"""A sandbox of a million customers: time to the first page, CPU a page, memory."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from tests.benchmarks.bare import BARE
from ucsync.ultracart import EXPANSIONS

CUSTOMERS = 1_000_000
PAGES = 20
HEADERS = {"x-ultracart-simple-key": "sandbox-key", "X-UltraCart-Api-Version": "2017-03-01"}


class Served:
    """`ucsync sandbox` in a process of its own."""

    def __init__(self, customers: int) -> None:
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-c", BARE, "sandbox", "--port", "0", "--customers", str(customers),
             "--limits", "none"], stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stderr is not None
        found = re.search(r"http://[\d.:]+", self._process.stderr.readline())
        assert found is not None
        self.url = found.group()

    def page(self, query: str) -> int:
        """Read a page; the number of its rows."""
        url = f"{self.url}/rest/v2/customer/customers?{query}"
        request = urllib.request.Request(url, headers=HEADERS)  # noqa: S310  (our own sandbox)
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310  (our own sandbox)
            return len(json.load(answer)["customers"])

    def cpu_s(self) -> float:
        """CPU seconds of the sandbox so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def peak_mb(self) -> float:
        """Its largest resident memory."""
        text = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", text)
        return int(found.group(1)) / 1024 if found else float("nan")

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate(timeout=30)


def main() -> None:
    """Print the table."""
    served = Served(CUSTOMERS)
    everything = "_expand=" + quote(",".join(EXPANSIONS))
    try:
        served.page("_limit=200&" + everything)
        first_s = time.perf_counter() - served.started
        before = served.cpu_s()
        for page in range(PAGES):
            served.page(f"_limit=200&_offset={page * 49_999}&{everything}")
        page_ms = (served.cpu_s() - before) * 1000 / PAGES
        paged_mb = served.peak_mb()
        before = served.cpu_s()
        served.page("_limit=200&_since=" + quote("2025-12-30T00:00:00+00:00"))
        since_s = served.cpu_s() - before
        rows = {
            "start to first page, s": f"{first_s:.2f}",
            "CPU of a page of 200 with every part, ms": f"{page_ms:.0f}",
            "peak memory after 20 pages, MB": f"{paged_mb:.0f}",
            "CPU of the first `_since` page (builds an index), s": f"{since_s:.1f}",
            "peak memory after that, MB": f"{served.peak_mb():.0f}",
        }
    finally:
        served.stop()
    table = Table(title=f"ucsync sandbox --customers {CUSTOMERS}")
    table.add_column("what")
    table.add_column("figure", justify="right")
    for row in rows.items():
        table.add_row(*row)
    Console().print(table)
