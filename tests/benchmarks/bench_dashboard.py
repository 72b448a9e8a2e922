"""The dashboard of a million customers: how large its file is, and how soon a browser answers the reader."""

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tests.dashboard.browser import CHROMIUM, browser
from tests.dashboard.figures_seen import filtered, opened, written
from tests.dashboard.test_figures_page import million
from ucsync.dashboard import vega_scripts

TIMES = 5


def main() -> None:
    """Print the table."""
    started = time.perf_counter()
    vega_scripts()
    bundled = time.perf_counter() - started
    figures = million()
    table = Table(title=f"A dashboard of {figures.customers:,} customers in {figures.cube.rows:,} cells")
    table.add_column("figure")
    table.add_column("median", justify="right")
    with TemporaryDirectory() as name:
        started = time.perf_counter()
        path = written(figures, Path(name) / "dashboard.html")
        table.add_row("bundling the charts' library, once a process", f"{bundled:.2f} s")
        table.add_row("making the page", f"{time.perf_counter() - started:.2f} s")
        table.add_row("its file", f"{path.stat().st_size / 1e6:.2f} MB")
        for what, figure in _in_browser(Path(name), path).items():
            table.add_row(what, f"{figure:.0f} ms")
    Console().print(table)


def _in_browser(folder: Path, path: Path) -> dict[str, float]:
    if CHROMIUM is None:
        return {}
    ready, drawn, chosen = list[float](), list[float](), list[float]()
    with browser(folder / "browser") as page:
        for _ in range(TIMES):
            opened(page, path)
            at = "performance.getEntriesByName('{}')[0].startTime"
            ready.append(page.ask(at.format("ready")))
            drawn.append(page.ask(at.format("drawn")))
            started = time.perf_counter()
            filtered(page, {"country": "AA", "from": "2020-01"})
            chosen.append((time.perf_counter() - started) * 1000)
    return {
        "from opening until figures, tables and filters are there": statistics.median(ready),
        "until the last chart is drawn": statistics.median(drawn),
        "from a choice until the last chart is drawn anew": statistics.median(chosen),
    }


if __name__ == "__main__":
    main()
