"""A journal with any byte flipped, and cut to any length: refused, or it says what was written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.store.books import quick_folder
from tests.store.journals import a_step, as_killed, at, customer, plan_of, pushes_in
from tests.store.test_journal import STEPS
from tests.store.test_state_bytes import damages, put, taken
from ucsync.model import StorageFailed
from ucsync.model.pushes import Action, StepState
from ucsync.store.journal import Journal
from ucsync.store.journal_tables import OLD_STATEMENTS, TABLES


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as found:
        yield found


def use(journal: Journal) -> None:
    """Something in every table, which is not published yet."""
    journal.archive(1, 7, customer(7), at(6))
    journal.intend(1, {"billing": [{"city": None}]}, at(6))
    journal.settle(1, StepState.LANDED, at(7), answer=customer(7, "Köln"))
    journal.settle(2, StepState.REFUSED, at(8), reason="no", transient=True)
    journal.intend(4, {"amount": 5}, at(9))
    journal.note("canary", 1)


def said(folder: Path, push_id: str) -> object:
    """All that a journal tells, opened and looked at."""
    pushes = pushes_in(folder)
    across = (
        pushes.merges_since(at(0)),
        pushes.marks_landed(),
        pushes.unpublished(),
        pushes.in_doubt(),
    )
    with pushes.read(push_id) as journal:
        looked = told(journal)
    with pushes.open(push_id) as journal:
        opened = told(journal)
        assert opened == looked
    return across, opened


def told(journal: Journal) -> object:
    numbers = [entry.step.number for entry in journal.steps()]
    return (
        (journal.id, journal.header, journal.digest, journal.begun_at, journal.counts()),
        list(journal.steps()),
        [journal.archived(number) for number in numbers],
        [journal.answered(number) for number in numbers],
        [entry.step.number for entry in journal.waiting(10)],
        [entry.step.number for entry in journal.unsettled()],
        (journal.landings.unpublished(), journal.landings.begun, journal.noted("canary")),
    )


def at_rest(folder: Path) -> tuple[str, dict[str, bytes]]:
    """A journal that was used and closed."""
    with pushes_in(folder).begin(plan_of(folder, STEPS), at(5)) as journal:
        use(journal)
    return journal.id, taken(folder / "pushes")


def killed(folder: Path) -> tuple[str, dict[str, bytes]]:
    """One whose process was killed."""
    with pushes_in(folder).begin(plan_of(folder, STEPS), at(5)) as journal:
        use(journal)
        return journal.id, taken(as_killed(folder, folder / "killed") / "pushes")


@pytest.mark.parametrize(("ending", "share"), [("", 251), ("-wal", 797), ("-redo", 29)])
def test_a_journal_is_refused_or_says_what_was_written(folder: Path, ending: str, share: int) -> None:
    push_id, files = killed(folder) if ending == "-wal" else at_rest(folder)
    name, refused = f"{push_id}.db{ending}", 0
    place = folder / "pushes"
    put(place, files)
    sound = said(folder, push_id)
    for content in damages(files[name], share, bits_of=5):
        put(place, {**files, name: content})
        try:
            found = said(folder, push_id)
        except StorageFailed as failed:
            assert f"the journal {push_id}.db is damaged" in str(failed)
            assert "\n" not in str(failed)
            assert "restore it from a backup" in failed.mend
            refused += 1
        else:
            assert found == sound
    assert (refused > 20) == (ending != "-redo")


def test_a_journal_without_its_newest_transactions_is_refused(folder: Path) -> None:
    """It would send again what was sent."""
    push_id, files = killed(folder)
    put(folder / "pushes", {name: held for name, held in files.items() if not name.endswith("-wal")})
    with pytest.raises(StorageFailed, match="damaged"):
        pushes_in(folder).open(push_id)
    with pytest.raises(StorageFailed, match="damaged"):
        pushes_in(folder).in_doubt()


def test_a_journal_of_format_1_is_gone_on_with(folder: Path) -> None:
    steps = [*STEPS, a_step(11, action=Action.DELETE)]
    with pushes_in(folder).begin(plan_of(folder, steps), at(5)) as journal:
        use(journal)
    push_id = journal.id
    sound = said(folder, push_id)
    path = folder / "pushes" / f"{push_id}.db"
    _as_of_format_1(path)
    assert said(folder, push_id) == sound
    assert said(folder, push_id) == sound
    with pushes_in(folder).open(push_id) as again:
        again.settle(5, StepState.ALREADY, at(9))
        assert again.counts()[StepState.ALREADY] == 1


def _as_of_format_1(path: Path) -> None:
    path.with_name(f"{path.name}-redo").unlink()
    new = path.rename(path.with_name("new"))
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("ATTACH ? AS new", (str(new),))
        old.execute("BEGIN")
        for statement in OLD_STATEMENTS:
            old.execute(statement)
        for table in TABLES[1:]:
            query = f"SELECT {', '.join(table.names)} FROM new.{table.name}"  # noqa: S608  (names of ours)
            old.execute(f"INSERT INTO main.{table.name} {query}")
        old.execute("PRAGMA main.user_version=1")
        old.execute(f"PRAGMA main.application_id={0x75700001}")
        old.execute("COMMIT")
    new.unlink()
