"""Quota books for tests: a clock moved by hand, and a folder where an fsync is cheap."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ucsync.plan.quota import Allowance, Rules
from ucsync.store.database import Database
from ucsync.store.files import DiskFiles
from ucsync.store.quota_book import QuotaBook

START = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)
MEMORY = Path("/dev/shm")  # noqa: S108  (Linux's file system in memory; a fresh folder is made in it)


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.instant = START

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return (self.instant - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.move(seconds)

    def move(self, seconds: float) -> None:
        self.instant += timedelta(microseconds=round(seconds * 1_000_000))


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is such a thing; the code that runs is the same."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


def open_database(folder: Path) -> Database:
    return Database.open(DiskFiles(), folder, START)


def book_of(
    database: Database, clock: HandClock, *limits: tuple[int, int], application: str = "demo"
) -> QuotaBook:
    rules = Rules(tuple(Allowance(*limit) for limit in limits)) if limits else Rules()
    return QuotaBook(database, application, rules, clock)
