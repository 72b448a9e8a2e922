"""The journal of a push: begun whole or not at all, on the disk before it says so, never made anew."""

import resource
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from tests.store.books import quick_folder
from tests.store.faulty import DEADLY, FaultyFiles, Killed, QuickFiles, trials
from tests.store.journals import MORNING, a_step, as_killed, at, customer, plan_of, pushes_in
from tests.store.powerless import PowerlessFiles
from ucsync.model import InputUnusable, Misused, StorageFailed
from ucsync.model.pushes import Action, Change, StepState
from ucsync.store.files import Files
from ucsync.store.journal import Journal
from ucsync.store.plan_files import read_plan

STEPS = [
    a_step(7, changes=(Change("billing", 5, "city", "Köln", None),), body={"billing": [{"city": None}]}),
    a_step(None, action=Action.INSERT, email="new@example.com", body={"email": "new@example.com"}),
    a_step(8, action=Action.MERGE, absorbed=9, rests_on=(1,)),
    a_step(10, action=Action.STORE_CREDIT, mark=" #01234567"),
]


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as found:
        yield found


def begun(folder: Path, files: Files | None = None) -> Journal:
    """The journal of the one plan in a folder."""
    found = list(folder.glob("*.plan"))
    plan = read_plan(found[0]) if found else plan_of(folder, STEPS)
    return pushes_in(folder, files).begin(plan, at(5))


def begin(files: Files, folder: Path) -> None:
    begun(folder, files).close()


def used(folder: Path) -> Path:
    """A journal with something in every table; its file."""
    with begun(folder) as journal:
        journal.archive(1, 7, customer(7), at(6))
        journal.intend(1, {"billing": [{"city": None}]}, at(6))
        journal.settle(1, StepState.LANDED, at(7), answer=customer(7, "Köln"))
        journal.settle(2, StepState.REFUSED, at(8), reason="no", transient=True)
        journal.note("canary", 1)
        return folder / "pushes" / f"{journal.id}.db"


def test_it_has_the_steps_of_the_plan_as_they_were(folder: Path) -> None:
    with begun(folder) as journal:
        plan = read_plan(next(folder.glob("*.plan")))
        assert [entry.step for entry in journal.steps()] == list(plan.steps())
        assert (journal.id, journal.digest, journal.header) == (plan.id, plan.digest, plan.header)
        assert journal.begun_at == at(5)
        assert journal.counts()[StepState.WAITING] == len(STEPS)


def test_a_plan_that_was_begun_is_gone_on_with_and_not_begun_again(folder: Path) -> None:
    used(folder)
    with begun(folder) as journal:
        assert journal.begun_at == at(5)
        assert journal.entry(1).state is StepState.LANDED


def test_only_its_owner_can_read_it_and_what_belongs_to_it(folder: Path) -> None:
    with begun(folder) as journal:
        journal.intend(1, {}, at(6))
        found = list((folder / "pushes").iterdir())
        assert len(found) == 4
        assert {stat.S_IMODE(path.stat().st_mode) for path in found} == {0o600}
    assert stat.S_IMODE((folder / "pushes").stat().st_mode) == 0o700


def test_an_intent_is_on_the_disk_when_it_is_journaled(folder: Path) -> None:
    with begun(folder) as journal:
        journal.intend(4, {"amount": 5}, at(6))
        left = as_killed(folder, folder / "killed")
    with pushes_in(left).open(journal.id) as found:
        (entry,) = found.unsettled()
        assert (entry.step.number, entry.sent_at, entry.body) == (4, at(6), {"amount": 5})


def test_a_step_that_rests_on_another_waits_until_that_has_landed(folder: Path) -> None:
    with begun(folder) as journal:
        assert [entry.step.number for entry in journal.waiting(10)] == [1, 2, 4]
        journal.settle(1, StepState.ALREADY, at(6))
        assert [entry.step.number for entry in journal.waiting(10, after=1)] == [2, 3, 4]


def test_an_answer_is_kept_byte_for_byte_in_whatever_it_came(folder: Path) -> None:
    own = b'{"customer_profile_oid" :7,"loyalty":{"points":1.50e2},"email":"\\u00fc@example.com"}'
    shapes = (own, b'{"success":true,"customer":' + own + b"}", b'{"customers":[' + own + b"]}")
    for number, answer in zip((1, 2, 4), shapes, strict=True):
        with begun(folder) as journal:
            journal.settle(number, StepState.ALREADY, at(6), answer=answer, observed_at=at(5))
            assert journal.answered(number) == own
    with begun(folder) as journal:
        assert {(one.answered, one.observed_at) for one in journal.landings.unpublished()} == {(7, at(5))}


@pytest.mark.parametrize(
    "answer", [b"", b"nothing", b"[]", b"{}", b'{"customer":null}', b'{"customers":[]}', b'{"customer":{}}']
)
def test_an_answer_without_a_customer_says_nothing_to_the_lake(folder: Path, answer: bytes) -> None:
    with begun(folder) as journal:
        journal.settle(1, StepState.ALREADY, at(6), answer=answer)
        assert journal.landings.unpublished() == []
        with pytest.raises(ValueError, match="not customer 7"):
            journal.archive(2, 7, answer, at(6))


def test_a_journal_is_whole_or_not_there_whatever_dies_while_it_is_begun(tmp_path: Path) -> None:
    seen = set()
    for trial in trials(begin, tmp_path, made):
        if trial.how not in DEADLY:
            assert trial.ended is None or isinstance(trial.ended, StorageFailed)
        there = bool(pushes_in(trial.folder).ids())
        seen.add(there)
        with begun(trial.folder) as journal:
            assert [entry.step.oid for entry in journal.steps()] == [7, None, 8, 10], (trial.how, trial.at)
        assert [path.suffix for path in (trial.folder / "pushes").iterdir()] == [".db"]
    assert seen == {True, False}


def test_a_power_loss_takes_no_journal_away_that_was_begun(tmp_path: Path) -> None:
    recorder = FaultyFiles(QuickFiles())
    begin(recorder, made(tmp_path / "sound"))
    for number in range(1, len(recorder.operations) + 2):
        place = made(tmp_path / str(number))
        disk, done = PowerlessFiles(tmp_path / f"lost-{number}"), False
        with suppress(Killed):
            begin(FaultyFiles(disk, number), place)
            done = True
        disk.lose_power()
        assert not done or len(pushes_in(place).ids()) == 1
        with begun(place) as journal:
            assert journal.counts()[StepState.WAITING] == len(STEPS)


def made(folder: Path) -> Path:
    folder.mkdir()
    plan_of(folder, STEPS)
    return folder


def test_nothing_is_begun_from_a_plan_that_was_changed_since_it_was_read(folder: Path) -> None:
    plan = plan_of(folder, STEPS)
    path = plan.path
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"new@example.com", b"any@example.com"))
    with pytest.raises(InputUnusable):
        pushes_in(folder).begin(plan, at(5))
    assert pushes_in(folder).ids() == []


@contextmanager
def full_disk(bytes_max: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_on_a_full_disk_an_intent_is_refused_and_nothing_is_in_doubt(folder: Path) -> None:
    with begun(folder) as journal:
        log = folder / "pushes" / f"{journal.id}.db-wal"
        with (
            full_disk(log.stat().st_size + 20_000),
            pytest.raises(StorageFailed, match="journaling an intent"),
        ):
            for number in (1, 2, 4):
                journal.intend(number, {"reason": "x" * 9000}, at(6))
        left = {entry.step.number: entry.state for entry in journal.steps()}
    with begun(folder) as journal:
        assert {entry.step.number: entry.state for entry in journal.steps()} == left
        assert left[4] is StepState.WAITING
        journal.intend(4, {}, at(7))


@pytest.mark.parametrize(
    "content", [b"", b"no database", b"\0" * 5000, b"SQLite format 3\0" + b"x" * 9000], ids=range(4)
)
def test_a_damaged_journal_is_told_and_left_as_it_is(folder: Path, content: bytes) -> None:
    path = used(folder)
    path.write_bytes(content)
    with pytest.raises(StorageFailed, match="damaged") as failed:
        begun(folder)
    assert "restore it from a backup" in (failed.value.mend or "")
    with pytest.raises(StorageFailed, match="damaged"), pushes_in(folder).read(path.stem):
        pass
    assert path.read_bytes() == content


def test_the_journal_of_another_push_or_version_is_not_taken(folder: Path) -> None:
    path = used(folder)
    other = path.with_name("20200101T000000Z-00000000.db")
    path.rename(other)
    with pytest.raises(StorageFailed, match="another push"):
        pushes_in(folder).open(other.stem)
    other.rename(path)
    with closing(sqlite3.connect(path)) as connection:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        connection.execute("PRAGMA user_version=3")
        connection.execute(f"PRAGMA application_id={application + 1}")
    with pytest.raises(StorageFailed, match="another version"):
        pushes_in(folder).open(path.stem)


@pytest.mark.parametrize("push", ["20261122T080000Z-00000000", "../20261122T080000Z-00000000", "", "x"])
def test_a_push_that_is_not_there_is_said(folder: Path, push: str) -> None:
    used(folder)
    with pytest.raises(Misused, match="there is no push"):
        pushes_in(folder).open(push)
    assert MORNING.strftime("%Y%m%dT%H%M%SZ") in pushes_in(folder).ids()[0]


def test_a_password_is_kept_once_where_the_plan_has_it(folder: Path) -> None:
    with begun(folder) as journal:
        journal.intend(2, {"email": "new@example.com", "password": "secret"}, at(5))
        assert journal.entry(2).body == {"email": "new@example.com"}
