"""The state with any byte flipped, and cut to any length: known, mended, never a changed value."""

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from shutil import rmtree

import pytest

from tests.store.books import START, HandClock, book_of, open_database, quick_folder
from tests.store.faulty import QuickFiles, trials
from tests.store.samples import HEADER, NOTE
from tests.store.test_database import used_database
from ucsync.model import ScanHeader, StorageFailed
from ucsync.plan.quota import Grant, Lane, Wait
from ucsync.store.database import FILE_NAME, Database
from ucsync.store.files import Files
from ucsync.store.looking import copy_of_database, half_done
from ucsync.store.memory import recall, remember
from ucsync.store.runs import begin_run, last_runs
from ucsync.store.staging import Staging
from ucsync.store.state_tables import OLD_STATEMENTS, TABLES

DEEP = "UCSYNC_DEEP" in os.environ
LOG, REDO = f"{FILE_NAME}-wal", f"{FILE_NAME}-redo"
NOTHING_LOST = "a new one was made of its redo log, and nothing is lost"
HOUR_S, DAY_S = 3603.6, 86_486.4  # with the margin

Content = Mapping[str, bytes]
Found = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as found:
        yield found


def put(folder: Path, files: Content) -> None:
    """Only these files are there."""
    for path in folder.iterdir():
        rmtree(path) if path.is_dir() else path.unlink()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def taken(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def everything(folder: Path) -> tuple[str | None, Found]:
    """What opening says, once, and all rows."""
    with open_database(folder) as database:
        return database.take_notice(), rows_of(database)


def rows_of(database: Database) -> Found:
    found: Found = {}
    for table in TABLES:
        query = f"SELECT {', '.join(table.names)} FROM {table.name}"  # noqa: S608  (names of ours)
        found[table.name] = sorted(database.rows("reading", query), key=repr)
    return found


def damages(content: bytes, share: int, bits_of: int = 1) -> Iterator[bytes]:
    """Each byte flipped, each bit of one in `bits_of`, every seventh length; in the quick run one in `share`
    bytes, but more at the beginning, where what is there decides about the rest."""
    places = range(len(content)) if DEEP else [*range(0, 100, 5), *range(100, len(content), share)]
    for place in places:
        every_bit = DEEP and content[place] and place % bits_of == 0
        for mask in (0xFF, *((1 << bit for bit in range(8)) if every_bit else ())):
            flipped = bytearray(content)
            flipped[place] ^= mask
            yield bytes(flipped)
    for length in range(0, len(content), 7 if DEEP else 11 * share):
        yield content[:length]


@dataclass(frozen=True)
class Left:
    """A state as it lies there.

    Attributes:
        files: its files.
        rows: what they hold.
    """

    files: dict[str, bytes]
    rows: Found


def at_rest(folder: Path) -> Left:
    """After a run that has ended."""
    used_database(folder)
    return Left(taken(folder), everything(folder)[1])


def as_killed(folder: Path) -> Left:
    """After a run that was killed: the last transactions are in SQLite's log only."""
    used_database(folder)
    clock = HandClock()
    clock.move(DAY_S)
    with open_database(folder) as database:
        assert isinstance(book_of(database, clock).try_take(Lane.PUSH), Grant)
        remember(database, "demo", "page", 200, START)
        files = taken(folder)
        del files[f"{FILE_NAME}-shm"]  # memory that is shared; what is in it is made anew
        return Left(files, rows_of(database))


@pytest.mark.parametrize(
    ("lie", "name", "share"),
    [(at_rest, FILE_NAME, 173), (at_rest, REDO, 149), (as_killed, FILE_NAME, 397), (as_killed, LOG, 499)],
)
def test_whatever_becomes_of_a_file_of_the_database_nothing_is_lost_or_changed(
    folder: Path, lie: Callable[[Path], Left], name: str, share: int
) -> None:
    left, mended = lie(folder), 0
    for content in damages(left.files[name], share, bits_of=16 if name == REDO else 1):
        put(folder, {**left.files, name: content})
        notice, rows = everything(folder)
        assert rows == left.rows
        assert notice is None or (notice.endswith(NOTHING_LOST) and name != REDO)
        mended += notice is not None
    assert (mended > 5) == (name != REDO)


@pytest.mark.parametrize("name", [FILE_NAME, LOG])
def test_a_report_never_tells_what_was_not_written(folder: Path, name: str) -> None:
    left, told = as_killed(folder), 0
    for content in damages(left.files[name], 1999):
        put(folder, {**left.files, name: content})
        with copy_of_database(folder) as (database, fault):
            assert (database is None) == (fault is not None)
            assert database is None or rows_of(database) == left.rows
            assert fault is None or fault.endswith("a run that finds it damaged makes it anew")
            told += fault is not None
    assert told > 1
    put(folder, {REDO: left.files[REDO]})
    with copy_of_database(folder) as (database, fault):
        assert database is None
        assert fault is not None


def test_a_damaged_file_is_kept_under_another_name_and_its_loss_is_said_once(folder: Path) -> None:
    left = at_rest(folder)
    for content in (b"", b"no database", b"\0" * 5000, b"SQLite format 3\0" + b"x" * 9000):
        put(folder, {**left.files, FILE_NAME: content})
        aside = f"{FILE_NAME}.damaged-20260301T070000Z"
        assert everything(folder) == (
            f"{FILE_NAME} was damaged and is now {aside}: {NOTHING_LOST}",
            left.rows,
        )
        assert (folder / aside).read_bytes() == content
        assert everything(folder) == (None, left.rows)


def test_whatever_dies_while_it_is_made_anew_the_next_opening_ends_it(folder: Path) -> None:
    (folder / "made").mkdir()
    left = at_rest(folder / "made")
    damaged = left.files[FILE_NAME][:-5000]

    def prepare(place: Path) -> None:
        place.mkdir()
        put(place, {**left.files, FILE_NAME: damaged})

    def opened(files: Files, place: Path) -> None:
        Database.open(files, place, START).close()

    for trial in trials(opened, folder, prepare):
        notice, rows = everything(trial.folder)
        assert rows == left.rows
        assert notice is not None
        assert notice.endswith(NOTHING_LOST)
        assert [path.read_bytes() for path in trial.folder.glob("*.damaged-*")] == [damaged]
        assert everything(trial.folder) == (None, left.rows)


def test_a_database_that_is_gone_is_made_anew(folder: Path) -> None:
    left = at_rest(folder)
    put(folder, {REDO: left.files[REDO]})
    assert everything(folder) == (f"{FILE_NAME} was gone: {NOTHING_LOST}", left.rows)


def test_an_older_database_that_was_put_back_is_not_believed(folder: Path) -> None:
    older = at_rest(folder)
    with open_database(folder) as database:
        begin_run(database, "demo", "full", START)
        rows = rows_of(database)
    put(folder, {**older.files, REDO: (folder / REDO).read_bytes()})
    notice, found = everything(folder)
    assert found == rows
    assert notice is not None


def test_a_redo_log_that_lags_or_is_gone_is_made_whole_again(folder: Path) -> None:
    left = at_rest(folder)
    lines = left.files[REDO].splitlines(keepends=True)
    shorter = [b"".join(lines[:-1]), b"".join(lines)[:-5], b"", b"".join(lines[1:])]
    for content in shorter:
        put(folder, {**left.files, REDO: content})
        assert everything(folder) == (None, left.rows)
        put(folder, {REDO: (folder / REDO).read_bytes()})
        assert everything(folder)[1] == left.rows


def test_a_redo_log_does_not_grow_without_end(folder: Path) -> None:
    clock = HandClock()
    with open_database(folder) as database:
        book = book_of(database, clock, (10, 60))
        for number in range(1200):
            grant = book.try_take(Lane.PUSH)
            assert isinstance(grant, Grant)
            clock.move(9 if number else 90_000)
            book.settle(grant)
        assert (folder / REDO).stat().st_size < 400_000
        rows = rows_of(database)
    put(folder, {REDO: (folder / REDO).read_bytes()})
    assert everything(folder)[1] == rows


def spent_to_the_full(folder: Path, clock: HandClock) -> dict[str, bytes]:
    with open_database(folder) as database:
        for _ in range(5):
            grant = book_of(database, clock, (5, 3600), (8, 86_400)).try_take(Lane.PUSH)
            assert isinstance(grant, Grant)
            book_of(database, clock, (5, 3600), (8, 86_400)).settle(grant)
    return taken(folder)


def test_a_quota_that_was_spent_is_spent_whatever_becomes_of_the_database(folder: Path) -> None:
    clock = HandClock()
    files = spent_to_the_full(folder, clock)
    put(folder, {**files, FILE_NAME: files[FILE_NAME][:5000]})
    with open_database(folder) as database:
        waits = book_of(database, clock, (5, 3600), (8, 86_400)).try_take(Lane.PUSH)
        assert isinstance(waits, Wait)
        assert waits.seconds == HOUR_S


def test_where_nobody_knows_what_was_spent_all_of_it_counts_as_spent(folder: Path) -> None:
    clock, limits = HandClock(), ((5, 3600), (8, 86_400))
    files = spent_to_the_full(folder, clock)
    flipped = bytearray(files[REDO])
    flipped[len(flipped) // 2] ^= 0xFF
    put(folder, {FILE_NAME: files[FILE_NAME][:5000], REDO: bytes(flipped)})
    with open_database(folder) as database:
        assert database.notice is not None
        assert "what was spent of the quota is not known" in database.notice
    with open_database(folder) as database:
        assert database.take_notice() is not None  # nobody was told yet
    with open_database(folder) as database:
        assert database.take_notice() is None
        book = book_of(database, clock, *limits)
        waits = book.try_take(Lane.PUSH)
        assert isinstance(waits, Wait)
        assert waits.seconds == DAY_S
        assert [(one.used, one.permitted) for one in book.spent(Lane.PUSH)] == [(5, 5), (8, 8)]
        assert book.forecast(1, Lane.PUSH, 1.0) == START + timedelta(seconds=DAY_S + 1)
        clock.move(HOUR_S)
        assert [one.used for one in book.spent(Lane.PUSH)] == [0, 8]
        assert isinstance(book_of(database, clock, limits[0]).try_take(Lane.PUSH), Grant)
        clock.move(DAY_S - HOUR_S)
        assert isinstance(book.try_take(Lane.PUSH), Grant)
        assert isinstance(book_of(database, clock, *limits, application="new").try_take(Lane.PUSH), Grant)


def test_who_has_a_file_open_that_is_set_aside_is_told_before_a_request_leaves(folder: Path) -> None:
    with open_database(folder) as database:
        book = book_of(database, HandClock())
        assert isinstance(book.try_take(Lane.PUSH), Grant)
        (folder / FILE_NAME).rename(folder / "elsewhere")
        with pytest.raises(StorageFailed, match="set aside"):
            book.try_take(Lane.PUSH)
        with open_database(folder) as anew:
            assert anew.rows("counting", "SELECT count(*) FROM quota_unanswered") == [(1,)]
        with pytest.raises(StorageFailed, match="set aside"):
            book.try_take(Lane.PUSH)


def test_a_state_of_format_1_is_taken_over_with_all_that_is_in_it(folder: Path) -> None:
    now_us = int(START.timestamp() * 1_000_000)
    with closing(sqlite3.connect(folder / FILE_NAME)) as old:
        for statement in sorted(OLD_STATEMENTS):
            old.execute(statement)
        old.execute("INSERT INTO quota_books VALUES ('demo', ?, ?, 0, 2, 3)", (now_us, now_us))
        old.execute("INSERT INTO quota_answered VALUES ('demo', 1, ?), ('demo', 2, ?)", (now_us, now_us))
        old.execute("INSERT INTO quota_unanswered VALUES ('demo', 3, ?)", (now_us + 60_000_000,))
        old.execute("INSERT INTO memory VALUES ('demo', 'order', '\"email\"', '2026-03-01T07:00:00+00:00')")
        old.execute(
            "INSERT INTO runs (merchant, kind, started) VALUES ('demo', 'sync', '2026-03-01T07:00:00+00:00')"
        )
        old.execute("PRAGMA user_version=1")
        old.execute(f"PRAGMA application_id={0x75630001}")
        old.commit()
    with copy_of_database(folder) as (looked, fault):
        assert fault is None
        assert looked is not None
        assert book_of(looked, HandClock(), (3, 3600)).spent(Lane.PUSH)[0].used == 3
    for _ in range(2):
        with open_database(folder) as database:
            assert database.notice is None
            waits = book_of(database, HandClock(), (3, 3600)).try_take(Lane.PUSH)
            assert isinstance(waits, Wait)
            known = recall(database, "demo", "order")
            assert known is not None
            assert known.value == "email"
            assert [run.number for run in last_runs(database)] == [1]
    with open_database(folder) as database:
        assert begin_run(database, "demo", "sync", START) == 2


@pytest.mark.parametrize("kept", ["staging", "windows"])
def test_whatever_becomes_of_staged_pages_they_are_as_they_came_or_cut_and_said(
    folder: Path, kept: str
) -> None:
    place = folder / kept / "shop"
    header = replace(HEADER, since=START)
    bodies = [b'{"customers":[%d]}' % number * 5 for number in range(2)]
    scan = Staging(QuickFiles(), place).begin(header)
    for body in bodies:
        scan.append(NOTE, body)
    own = place / header.scan
    files = taken(own)
    for name, content in files.items():
        for damaged in damages(content, 17):
            own.mkdir(exist_ok=True)
            put(own, {**files, name: damaged})
            staging = Staging(QuickFiles(), place)
            found = staging.open_scan()
            assert len(staging.mended) == (damaged != content)
            assert found is None or found.header == header
            pages = [] if found is None else [found.read(number) for number in range(1, found.count + 1)]
            assert pages == [(NOTE, body) for body in bodies[: len(pages)]]
            assert len(pages) == {"scan.json": 0, "000001.json.zst": 0, "000002.json.zst": 1}[name]


def test_a_report_does_not_believe_a_header_that_was_not_written_so(folder: Path) -> None:
    scan = Staging(QuickFiles(), folder).begin(replace(HEADER, since=START))
    path = folder / HEADER.scan / "scan.json"
    content = path.read_bytes()
    assert _told(folder) == scan.header
    for damaged in damages(content, 7):
        path.write_bytes(damaged)
        assert _told(folder) is None


def _told(folder: Path) -> ScanHeader | None:
    found = half_done(folder)
    return None if found is None else found.header
