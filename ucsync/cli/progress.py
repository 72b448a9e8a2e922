"""How a long run shows itself: bars on a terminal, one JSON line at a time in a log."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ucsync.app import system_clock
from ucsync.cli.words import duration, instant
from ucsync.flow import Progress as ScanProgress
from ucsync.flow import Watcher
from ucsync.flow.progress import BackfillProgress, PushProgress

_log = logging.getLogger("ucsync.run")

#: Seconds between two lines of the log about the same work, and between two looks at the quota.
LINE_EVERY_S: Final = 10.0
QUOTA_EVERY_S: Final = 2.0


@contextmanager
def shown(*, quiet: bool = False) -> Iterator[Callable[[str], Watcher]]:
    """Gives a watcher for each merchant, for as long as the work lasts."""
    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield Lines
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[detail]}"),
        TimeElapsedColumn(),
        Remaining(),
    )
    with Progress(*columns, console=console) as progress:
        yield lambda merchant: Bars(progress, merchant)


class Remaining(TimeRemainingColumn):
    """The time left by the pace so far; of a backfill, which waits for quota, it would say nothing true."""

    def render(self, task: Task) -> Text:
        """See `TimeRemainingColumn`."""
        return Text() if task.fields.get("days") else super().render(task)


class Bars(Watcher):
    """One bar for the pass that is read, one for publishing; of a backfill, one over all windows."""

    def __init__(self, progress: Progress, merchant: str) -> None:
        self._progress = progress
        self._merchant = merchant
        self._clock = system_clock()
        self._scan: TaskID | None = None
        self._publish: TaskID | None = None
        self._push: TaskID | None = None
        self._backfill: TaskID | None = None
        self._quota, self._quota_at_s = "", float("-inf")
        self._rows = 0

    def on_scan(self, progress: ScanProgress) -> None:
        """See `Watcher`."""
        self._rows = progress.customers
        if self._scan is None:
            self._scan = self._progress.add_task(self._merchant, total=None, detail="")
        self._look_at_quota(progress.quota_left)
        self._progress.update(
            self._scan,
            description=f"{self._merchant}: {progress.walk.value} pass",
            completed=progress.customers,
            total=None if progress.total is None else max(progress.total, progress.customers),
            detail=f"{progress.pages} pages, {progress.requests} requests{self._quota}",
        )

    def on_rows(self, rows: int) -> None:
        """See `Watcher`; called in the thread that publishes."""
        if self._publish is None:
            name = f"{self._merchant}: publishing"
            self._publish = self._progress.add_task(name, total=self._rows or None, detail="")
        self._progress.advance(self._publish, rows)

    def on_wait(self, until: datetime) -> None:
        """See `Watcher`."""
        self._tell(f"waiting for quota until {until:%H:%M:%S} UTC")

    def on_backfill(self, progress: BackfillProgress) -> None:
        """See `Watcher`."""
        if self._publish is not None:  # of the window before
            self._progress.remove_task(self._publish)
            self._publish = None
        of_all = "" if progress.windows is None else f" of {max(progress.windows, progress.window)}"
        self._progress.update(
            self._bar_of_backfill(),
            description=f"{self._merchant}: window {progress.window}{of_all}",
            completed=progress.customers,
            total=None if progress.total is None else max(progress.total, progress.customers),
            detail=f"{progress.requests} requests{self._left(progress.ends_at)}",
        )

    def on_turn(self) -> None:
        """See `Watcher`."""
        self._tell("another run goes first")

    def on_outage(self, until: datetime, why: str) -> None:
        """See `Watcher`."""
        self._tell(f"{why}; tried again at {until:%H:%M:%S} UTC")

    def on_push(self, progress: PushProgress) -> None:
        """See `Watcher`."""
        if self._push is None:
            self._push = self._progress.add_task(f"{self._merchant}: push", total=None, detail="")
        self._look_at_quota(progress.quota_left)
        self._progress.update(
            self._push,
            completed=progress.settled,
            total=progress.total,
            detail=f"{progress.requests} requests, {progress.troubles} in trouble{self._quota}",
        )

    def _tell(self, detail: str) -> None:
        """What holds the work up, on the bar that it belongs to."""
        at_work = next((bar for bar in (self._backfill, self._push, self._scan) if bar is not None), None)
        if at_work is None:
            at_work = self._scan = self._progress.add_task(self._merchant, total=None, detail="")
        self._progress.update(at_work, detail=detail)

    def _bar_of_backfill(self) -> TaskID:
        if self._backfill is None:
            if self._scan is not None:  # what it had to wait for before its first page
                self._progress.remove_task(self._scan)
                self._scan = None
            self._backfill = self._progress.add_task(self._merchant, total=None, detail="", days=True)
        return self._backfill

    def _left(self, ends_at: datetime | None) -> str:
        if ends_at is None:
            return ""
        left_s = (ends_at - self._clock.now()).total_seconds()
        return f", {duration(left_s)} left, until {instant(ends_at)}"

    def _look_at_quota(self, quota_left: Callable[[], int | None]) -> None:
        """Now and then: it is a look into the book."""
        now_s = self._clock.monotonic()
        if now_s - self._quota_at_s >= QUOTA_EVERY_S:
            left = quota_left()
            self._quota, self._quota_at_s = "" if left is None else f", quota left {left}", now_s


class Lines(Watcher):
    """A line of the log now and then."""

    def __init__(self, merchant: str) -> None:
        self._merchant = merchant
        self._clock = system_clock()
        self._next_s: dict[str, float] = {}
        self._rows = 0

    def on_scan(self, progress: ScanProgress) -> None:
        """See `Watcher`."""
        if self._due("reading"):
            self._line(
                "reading", walk=progress.walk.value, customers=progress.customers, total=progress.total,
                pages=progress.pages, requests=progress.requests, quota_left=progress.quota_left(),
            )  # fmt: skip

    def on_rows(self, rows: int) -> None:
        """See `Watcher`; called in the thread that publishes."""
        self._rows += rows
        if self._due("publishing"):
            self._line("publishing", rows=self._rows)

    def on_push(self, progress: PushProgress) -> None:
        """See `Watcher`."""
        if self._due("pushing"):
            self._line(
                "pushing", settled=progress.settled, total=progress.total, troubles=progress.troubles,
                requests=progress.requests, quota_left=progress.quota_left(),
            )  # fmt: skip

    def on_backfill(self, progress: BackfillProgress) -> None:
        """See `Watcher`."""
        if self._due("backfilling"):
            ends_at = progress.ends_at
            left_s = None if ends_at is None else (ends_at - self._clock.now()).total_seconds()
            self._line(
                "backfilling", window=progress.window, windows=progress.windows,
                customers=progress.customers, total=progress.total, requests=progress.requests,
                ends_at=None if ends_at is None else ends_at.isoformat(),
                days_left=None if left_s is None else round(max(0, left_s) / 86_400, 2),
            )  # fmt: skip

    def on_turn(self) -> None:
        """See `Watcher`."""
        self._line("another run goes first")

    def on_outage(self, until: datetime, why: str) -> None:
        """See `Watcher`."""
        self._line("the server is away", why=why, until=until.isoformat())

    def on_wait(self, until: datetime) -> None:
        """See `Watcher`."""
        self._line("waiting for quota", until=until.isoformat())

    def _due(self, work: str) -> bool:
        now_s = self._clock.monotonic()
        if now_s < self._next_s.get(work, float("-inf")):
            return False
        self._next_s[work] = now_s + LINE_EVERY_S
        return True

    def _line(self, event: str, **facts: object) -> None:
        _log.info(event, extra={"facts": {"merchant": self._merchant, **facts}})


class JsonLines(logging.Formatter):
    """Each record as one JSON object: `at`, `level`, `event`, and its facts. Tracebacks are left out: a
    foreign exception's text may hold anything, a customer included."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts = getattr(record, "facts", {})
        line = {"at": at, "level": record.levelname.lower(), "event": record.getMessage(), **facts}
        return json.dumps(line, default=str)


def log_to_stderr() -> None:
    """What ucsync logs goes to stderr: as JSON lines, or on a terminal as plain warnings."""
    console, handler = Console(stderr=True), logging.StreamHandler()
    logger = logging.getLogger("ucsync")
    logger.addHandler(handler)
    if console.is_terminal:
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.setLevel(logging.WARNING)
        return
    handler.setFormatter(JsonLines())
    logger.setLevel(logging.INFO)
    logging.getLogger("ucsync.net").setLevel(logging.WARNING)
