"""The pushes of a merchant together: what older ones still meant to do, and what all of them have done."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.books import quick_folder
from tests.store.journals import a_step, as_killed, at, customer, plan_of, pushes_in
from ucsync.model import StorageFailed
from ucsync.model.pushes import Action, StepState
from ucsync.store.journal import Journal

CREDIT = a_step(7, action=Action.STORE_CREDIT, mark=" #01234567")
MERGE = a_step(8, action=Action.MERGE, absorbed=9)


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as found:
        yield found


def begun(folder: Path, minute: int, *steps: object) -> Journal:
    plan = plan_of(folder, steps, made_at=at(minute))  # type: ignore[arg-type]  # steps, one by one
    return pushes_in(folder).begin(plan, at(minute))


def landed(journal: Journal, number: int, minute: int) -> None:
    journal.intend(number, {}, at(minute))
    journal.settle(number, StepState.LANDED, at(minute))


def test_they_are_listed_oldest_first_and_what_is_being_begun_is_none(folder: Path) -> None:
    assert pushes_in(folder).ids() == []
    ids = []
    for minute in (30, 10, 20):
        with begun(folder, minute, a_step()) as journal:
            ids.append(journal.id)
    (folder / "pushes" / "20261122T080000Z-00000000.building").write_bytes(b"")
    assert pushes_in(folder).ids() == sorted(ids)


def test_merges_of_all_pushes_count_from_the_instant_on_and_those_in_doubt_too(folder: Path) -> None:
    with begun(folder, 0, MERGE, MERGE, a_step()) as first, begun(folder, 1, MERGE, MERGE) as second:
        landed(first, 1, 10)
        landed(first, 3, 10)
        first.intend(2, {}, at(20))
        second.intend(1, {}, at(30))
        second.settle(1, StepState.REFUSED, at(31))
        second.settle(2, StepState.ALREADY, at(31))
        assert [pushes_in(folder).merges_since(at(minute)) for minute in (9, 10, 11, 21)] == [2, 2, 1, 0]


def test_the_mark_of_a_credit_is_known_once_it_may_have_been_given(folder: Path) -> None:
    with begun(folder, 0, CREDIT, a_step()) as journal:
        assert pushes_in(folder).marks_landed() == set()
        journal.intend(1, {}, at(1))
        assert pushes_in(folder).marks_landed() == {CREDIT.mark}
        journal.take_back(1)
        journal.settle(1, StepState.REFUSED, at(2))
        assert pushes_in(folder).marks_landed() == set()


def test_a_newer_push_drops_what_older_ones_still_meant_to_send_to_its_customers(folder: Path) -> None:
    steps = [a_step(1), a_step(2), MERGE, a_step(3), a_step(4, rests_on=(2,)), a_step(2)]
    with (
        begun(folder, 0, *steps) as older,
        begun(folder, 1, a_step(1)) as newer,
        begun(folder, 2, a_step(1)) as newest,
    ):
        landed(older, 6, 3)
        assert pushes_in(folder).supersede(newer.id, {1, 2, 9, 77}, "superseded", at(5)) == 4
        states = [entry.state for entry in older.steps()]
        dropped = StepState.DROPPED
        assert states == [dropped, dropped, dropped, StepState.WAITING, dropped, StepState.LANDED]
        assert {entry.reason for entry in older.steps(StepState.DROPPED)} == {"superseded"}
        assert newer.counts()[StepState.WAITING] == newest.counts()[StepState.WAITING] == 1
        assert older.retry(at(6)) == 0
        assert pushes_in(folder).supersede(newer.id, set(), "superseded", at(7)) == 0


def test_a_push_is_looked_at_while_it_runs_and_nothing_is_changed_by_that(folder: Path) -> None:
    with begun(folder, 0, a_step(1), a_step(2)) as journal:
        journal.intend(1, {"email": None}, at(1))
        before = {path.name: path.stat().st_mtime_ns for path in (folder / "pushes").iterdir()}
        with pushes_in(folder).read(journal.id) as copy:
            assert [entry.state for entry in copy.steps()] == [StepState.SENT, StepState.WAITING]
            copy.settle(1, StepState.LANDED, at(2))
        assert journal.entry(1).state is StepState.SENT
        after = {path.name: path.stat().st_mtime_ns for path in (folder / "pushes").iterdir()}
        assert {name: after[name] for name in before if not name.endswith("-shm")} == {
            name: before[name] for name in before if not name.endswith("-shm")
        }


def test_one_that_nobody_has_open_is_looked_at_without_a_trace(folder: Path) -> None:
    begun(folder, 0, a_step(1)).close()
    (path,) = (folder / "pushes").iterdir()
    path.chmod(0o400)
    with pushes_in(folder).read(path.stem) as copy:
        assert copy.counts()[StepState.WAITING] == 1
    assert [one.name for one in (folder / "pushes").iterdir()] == [path.name]


def test_what_is_not_in_the_lake_yet_is_told_of_pushes_that_died(folder: Path) -> None:
    with (
        begun(folder, 0, a_step(1)) as updating,
        begun(folder, 1, MERGE) as merging,
        begun(folder, 2, a_step(2)),
    ):
        updating.intend(1, {}, at(1))
        landed(merging, 1, 2)
        left = as_killed(folder, folder / "killed")
        assert pushes_in(left).unpublished() == [merging.id]
        updating.settle(1, StepState.LANDED, at(3), answer=customer(1))
        assert pushes_in(folder).unpublished() == [updating.id, merging.id]
        for journal in (updating, merging):
            journal.landings.begin("scan", [1])
            journal.landings.end("snapshot")
        assert pushes_in(folder).unpublished() == []


def test_a_damaged_journal_is_no_reason_to_count_less(folder: Path) -> None:
    begun(folder, 0, MERGE, CREDIT).close()
    begun(folder, 1, MERGE).close()
    path = next((folder / "pushes").iterdir())
    path.write_bytes(b"x" * 5000)
    pushes = pushes_in(folder)
    for ask in (lambda: pushes.merges_since(at(0)), pushes.marks_landed, pushes.unpublished):
        with pytest.raises(StorageFailed, match="damaged"):
            ask()
