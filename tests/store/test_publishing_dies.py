"""Publishing meets a fault at every change it makes on disk: the old snapshot or the new one stands."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import copytree

import pytest

from tests.store.faulty import DEADLY, FaultyFiles, How, Killed, QuickFiles, Trial, trials
from tests.store.shop import Row, Shop, version_of
from ucsync.model import StorageFailed
from ucsync.store.files import Files

OLD: Sequence[Sequence[Row]] = [[(oid, 1) for oid in range(1, 7)]]
GONE = [4]
#: In no order, so that they are sorted on disk; a row for quarantine; the last of the old parts untouched.
NEW: Sequence[Sequence[Row]] = [
    [(30, 2), (1, 2), (33, 2), (34, 2)],
    [(31, 2), (2, -1), (35, 2)],
    [(32, 2), (1, 2)],
    [(30, 2), (3, 1)],
]

OLD_STATE = dict.fromkeys(range(1, 7), 1)
NEW_STATE = {1: 2, 2: 1, 3: 1, 5: 1, 6: 1, **dict.fromkeys(range(30, 36), 2)}


def publish_old(folder: Path) -> None:
    Shop(folder, rows_part=2).publish(OLD)


def publish_new(files: Files, folder: Path) -> None:
    """The pages are staged on a sound disk; what fails is publishing them."""
    Shop(folder, rows_part=2, last_scan=1).publish(NEW, GONE, files=files)


def state_in(folder: Path) -> dict[int, int]:
    shop = Shop(folder)
    current = shop.lake.current()
    assert current is not None
    return {row["customer_profile_oid"]: version_of(row) for row in shop.rows_of(current)}


def left_in(folder: Path) -> list[str]:
    """What is beside CURRENT and whole snapshots."""
    lake = folder / "lake"
    beside = {path.name for path in lake.iterdir()} - {"CURRENT", "snapshots", "building"}
    return sorted(beside) + [path.name for path in (lake / "building").rglob("*")]


def faults(folder: Path) -> Iterator[Trial]:
    """Death at every change, in the middle of it where it has one; a disk that is full from any on.

    With UCSYNC_DEEP every kind of fault at every one.
    """
    publish_old(folder / "old")
    if "UCSYNC_DEEP" in os.environ:
        yield from trials(publish_new, folder, lambda place: copytree(folder / "old", place))
        return
    recorder = FaultyFiles(QuickFiles())
    publish_new(recorder, copytree(folder / "old", folder / "sound"))
    assert ("create", "00000.arrow") in recorder.operations, "it is sorted on disk"
    assert ("link", "part-00002.parquet") in recorder.operations, "a part is taken over"
    for how in (How.SHORT, How.ENOSPC):
        for at, (operation, _) in enumerate(recorder.operations, 1):
            if how is How.SHORT or operation in ("write", "link"):
                yield fault(copytree(folder / "old", folder / f"{how.name}-{at}"), at, how)


def fault(place: Path, at: int, how: How) -> Trial:
    try:
        publish_new(FaultyFiles(QuickFiles(), at, how), place)
    except (Killed, StorageFailed) as ended:
        return Trial(place, how, at, ended)
    return Trial(place, how, at, None)


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    return list(faults(tmp_path_factory.mktemp("faults")))


def test_a_full_disk_is_told_and_leaves_nothing_even_before_the_next_run(met: list[Trial]) -> None:
    full = [trial for trial in met if trial.how is How.ENOSPC]
    assert full
    for trial in full:
        assert isinstance(trial.ended, StorageFailed) or state_in(trial.folder) == NEW_STATE
        assert set(left_in(trial.folder)) <= {"CURRENT.next"}


def test_whatever_dies_the_old_or_the_new_state_stands_and_nothing_is_left(met: list[Trial]) -> None:
    seen = set()
    for trial in met:
        Shop(trial.folder).lake.recover()
        state = state_in(trial.folder)
        assert state in (OLD_STATE, NEW_STATE), (trial.how, trial.at)
        seen.add(state == NEW_STATE)
        assert left_in(trial.folder) == [], (trial.how, trial.at)
    assert seen == {True, False}


def test_what_died_is_published_when_it_is_run_again(met: list[Trial]) -> None:
    for trial in met[::8]:
        lake = Shop(trial.folder).lake
        lake.recover()
        if trial.how in DEADLY and state_in(trial.folder) == OLD_STATE:
            receipt = Shop(trial.folder, rows_part=2, last_scan=7).publish(NEW, GONE)
            assert (receipt.inserted, receipt.updated, receipt.deleted) == (6, 1, 1)
            assert state_in(trial.folder) == NEW_STATE
