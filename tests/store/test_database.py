"""The state file: private, durable, shared, and made anew when it is damaged."""

import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.books import START, HandClock, book_of, open_database, quick_folder
from ucsync.model import StorageFailed
from ucsync.plan.quota import Grant, Lane
from ucsync.store.database import FILE_NAME, Database
from ucsync.store.files import DiskFiles
from ucsync.store.memory import forget, recall, remember
from ucsync.store.runs import begin_run, end_run, last_runs

ASIDE = f"{FILE_NAME}.damaged-20260301T070000Z"


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as found:
        yield found


def used_database(folder: Path) -> bytes:
    """A state with something in every table, as one file."""
    clock = HandClock()
    with open_database(folder) as database:
        book = book_of(database, clock)
        for _ in range(40):
            grant = book.try_take(Lane.PUSH)
            assert isinstance(grant, Grant)
            clock.move(0.3)
            book.settle(grant)
        book.learn(900, 3600)
        book.shut(5)
        clock.move(6)
        book.try_take(Lane.PUSH)
        remember(database, "demo", "order", {"by": "customer_profile_oid"}, START)
        end_run(database, begin_run(database, "demo", "full", START), START, exit_code=0, requests=40)
    return (folder / FILE_NAME).read_bytes()


def put(folder: Path, content: bytes) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(content)


def test_only_its_owner_can_read_it(folder: Path) -> None:
    with open_database(folder) as database:
        remember(database, "demo", "order", 1, START)
        found = [path for path in folder.iterdir() if path.is_file()]
        assert {path.name for path in found} == {
            FILE_NAME,
            *(f"{FILE_NAME}-{end}" for end in ("wal", "shm", "redo")),
        }
        assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}


def test_one_that_others_could_read_is_closed_to_them(folder: Path) -> None:
    open_database(folder).close()
    (folder / FILE_NAME).chmod(0o644)
    open_database(folder).close()
    assert stat.S_IMODE((folder / FILE_NAME).stat().st_mode) == 0o600


def test_what_is_written_is_on_the_disk(folder: Path) -> None:
    with open_database(folder) as database:
        assert database.rows("asking", "PRAGMA journal_mode") == [("wal",)]
        assert database.rows("asking", "PRAGMA synchronous") == [(2,)]  # FULL


def test_a_transaction_that_fails_changes_nothing(folder: Path) -> None:
    with open_database(folder) as database:
        with pytest.raises(ZeroDivisionError), database.transaction("trying") as transaction:
            transaction.put("memory", "demo", "a", "1", "")
            _ = 1 / 0
        assert database.rows("asking", "SELECT * FROM memory") == []
        remember(database, "demo", "a", 1, START)


def test_the_state_of_another_version_is_left_alone(folder: Path) -> None:
    open_database(folder).close()
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        connection.execute(f"PRAGMA user_version={version + 1}")
        connection.execute(f"PRAGMA application_id={application + 1}")
    before = (folder / FILE_NAME).read_bytes()
    with pytest.raises(StorageFailed, match="another version"):
        open_database(folder)
    assert (folder / FILE_NAME).read_bytes() == before


def test_a_database_of_something_else_is_set_aside_and_said(folder: Path) -> None:
    with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
        connection.execute("CREATE TABLE anything (x)")
    with open_database(folder) as database:
        notice = database.take_notice()
        assert notice is not None
        assert notice.startswith(f"{FILE_NAME} was damaged and is now {ASIDE}: ")
    assert b"anything" in (folder / ASIDE).read_bytes()
    with open_database(folder) as database:
        assert database.notice is None


def test_a_sound_file_is_not_set_aside_even_after_much_use_and_a_log_left_behind(folder: Path) -> None:
    content = used_database(folder)
    with open_database(folder) as database:
        remember(database, "demo", "page", 200, START)
        log = (folder / f"{FILE_NAME}-wal").read_bytes()
    put(folder, content)
    (folder / f"{FILE_NAME}-wal").write_bytes(log)  # as a kill leaves it
    with open_database(folder) as database:
        assert database.notice is None
        assert recall(database, "demo", "page") is not None


def test_a_disk_that_refuses_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("no folder")
    with pytest.raises(StorageFailed, match="opening the state") as caught:
        Database.open(DiskFiles(), tmp_path / "state", START)
    assert str(tmp_path) not in str(caught.value)


def test_another_process_that_holds_it_too_long_is_said(folder: Path) -> None:
    with open_database(folder) as database, closing(sqlite3.connect(folder / FILE_NAME)) as holder:
        database.rows("waiting less", "PRAGMA busy_timeout=10")
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageFailed, match="another process holds it"):
            remember(database, "demo", "a", 1, START)


def test_what_was_learned_of_a_merchant_is_kept(folder: Path) -> None:
    with open_database(folder) as database:
        remember(database, "demo", "order", "email", START)
        remember(database, "demo", "order", {"by": None, "limit": 200}, START + timedelta(days=1))
        remember(database, "other", "order", 7, START)
    with open_database(folder) as database:
        found = recall(database, "demo", "order")
        assert found is not None
        assert (found.value, found.at) == ({"by": None, "limit": 200}, START + timedelta(days=1))
        forget(database, "demo", "order")
        assert recall(database, "demo", "order") is None
        assert recall(database, "other", "order") is not None


def test_runs_are_listed_newest_first_with_what_came_of_them(folder: Path) -> None:
    with open_database(folder) as database:
        numbers = [
            begin_run(database, merchant, "full", START + timedelta(hours=hour))
            for hour, merchant in enumerate(["demo", "other", "demo"])
        ]
        end_run(database, numbers[0], START + timedelta(minutes=5), exit_code=3, requests=26,
                snapshot="20260301T070500Z-9f3c21aa", result="5,000 customers, unproven")  # fmt: skip
        third, first = last_runs(database, "demo")
        assert [run.number for run in last_runs(database)] == numbers[::-1]
        assert [run.merchant for run in last_runs(database, count=2)] == ["demo", "other"]
    assert (third.ended, third.exit_code, third.requests, third.snapshot) == (None, None, None, None)
    assert (first.started, first.ended) == (START, START + timedelta(minutes=5))
    assert (first.kind, first.exit_code, first.requests) == ("full", 3, 26)
    assert (first.snapshot, first.result) == ("20260301T070500Z-9f3c21aa", "5,000 customers, unproven")
