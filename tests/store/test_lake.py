"""The lake: what is seen is whole, and is the old or the new, whatever died."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.store.faulty import DEADLY, FaultyFiles, How, QuickFiles, died, kill_this_process, trials
from tests.store.samples import DRAFT, HEADER, MIDNIGHT, NO_FILE, a_snapshot
from ucsync.model import Receipt, StorageFailed
from ucsync.plan.keeping import KeepPolicy
from ucsync.store.files import DiskFiles, Files
from ucsync.store.lake import Lake

OLD = [[1, 2, 3], [5, 8]]
NEW = [[1, 2, 3], [5, 8, 9]]


def lake_in(folder: Path, files: Files | None = None) -> Lake:
    return Lake(files or QuickFiles(), folder / "lake" / "shop")


def publish_old(folder: Path) -> None:
    a_snapshot(lake_in(folder), OLD)


def publish_new(files: Files, folder: Path) -> None:
    """As a run does: what was left first, then, unless it is there, the new one."""
    lake = lake_in(folder, files)
    lake.recover()
    if rows_in(lake) != NEW:
        a_snapshot(lake, NEW, files, finished_at=MIDNIGHT + timedelta(days=1))


def rows_in(lake: Lake) -> list[list[int]] | None:
    """What a reader of the current snapshot finds."""
    receipt = lake.current()
    if receipt is None:
        return None
    parts = sorted((lake.path_of(receipt.snapshot) / "customers").glob("*.parquet"))
    return [pq.read_table(part)["customer_profile_oid"].to_pylist() for part in parts]


def nights(lake: Lake, count: int) -> list[str]:
    return [
        a_snapshot(lake, [[night + 1]], finished_at=MIDNIGHT + timedelta(days=night)).snapshot
        for night in range(count)
    ]


def left(folder: Path) -> list[str]:
    """What is beside the snapshots."""
    shop = folder / "lake" / "shop"
    found = [path for path in shop.rglob("*") if "snapshots" not in path.parts]
    return sorted(path.relative_to(shop).as_posix() for path in found)


def test_a_lake_that_was_never_published_to_has_nothing_and_is_not_made_by_looking(tmp_path: Path) -> None:
    recorder = FaultyFiles(QuickFiles())
    lake = lake_in(tmp_path, recorder)
    assert lake.current() is None
    assert lake.recover() is None
    assert [*lake.receipts(), *lake.damaged_ids(), *lake.prune(KeepPolicy())] == []
    assert recorder.operations == []


def test_what_was_published_is_current_and_can_be_read_as_plain_parquet(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    first, second = a_snapshot(lake, OLD), a_snapshot(lake, NEW, finished_at=MIDNIGHT + timedelta(days=1))
    assert lake.current() == second
    assert second.parent == first.snapshot
    assert lake.receipts() == [first, second]
    assert rows_in(lake) == NEW
    assert (tmp_path / "lake/shop/CURRENT").read_text() == f"{second.snapshot}\n"
    assert left(tmp_path) == ["CURRENT", "building"]


def test_every_file_and_name_is_on_the_disk_before_a_snapshot_shows_and_it_before_current_does(
    tmp_path: Path,
) -> None:
    publish_old(tmp_path)
    recorder = FaultyFiles(DiskFiles())
    new = a_snapshot(lake_in(tmp_path, recorder), NEW, recorder, finished_at=MIDNIGHT + timedelta(days=1))
    written = [name for operation, name in recorder.operations if operation == "create"]
    assert written == [
        "part-00000.parquet", "part-00001.parquet", "changes.parquet", "quarantine.jsonl", "receipt.json",
        "CURRENT.next",
    ]  # fmt: skip
    for name in written:
        assert recorder.operations.index(("sync", name)) > recorder.operations.index(("write", name))
    assert recorder.operations[recorder.operations.index(("sync", "receipt.json")) :] == [
        ("sync", "receipt.json"),
        ("sync_folder", "customers"),
        ("sync_folder", HEADER.scan),
        ("make_folder", "snapshots"),
        ("rename", new.snapshot),
        ("sync_folder", "snapshots"),
        ("sync_folder", "building"),
        ("remove", "CURRENT.next"),
        ("create", "CURRENT.next"),
        ("write", "CURRENT.next"),
        ("sync", "CURRENT.next"),
        ("rename", "CURRENT"),
        ("sync_folder", "shop"),
    ]


@pytest.mark.parametrize("first", [True, False], ids=["the first", "a later one"])
def test_whatever_dies_while_publishing_leaves_the_old_or_the_new_snapshot(
    tmp_path: Path, first: bool
) -> None:
    prepare = Path.mkdir if first else publish_old
    old = None if first else OLD
    for trial in trials(publish_new, tmp_path, prepare):
        if trial.how not in DEADLY:
            assert trial.ended is None or isinstance(trial.ended, StorageFailed), trial
        lake = lake_in(trial.folder)
        lake.recover()
        assert rows_in(lake) in (old, NEW), trial
        assert set(left(trial.folder)) <= {"CURRENT", "building"}, trial
        assert lake.damaged_ids() == []
        publish_new(QuickFiles(), trial.folder)
        assert rows_in(lake) == NEW, trial
        assert len(lake.receipts()) == (1 if first else 2), trial
        assert lake.recover() is None


def test_before_recovery_too_a_reader_sees_the_old_or_the_new(tmp_path: Path) -> None:
    for trial in trials(publish_new, tmp_path, publish_old):
        assert rows_in(lake_in(trial.folder)) in (OLD, NEW), trial


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # the child takes no other thread's lock
def test_a_process_killed_at_any_point_of_publishing_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    at, killed = 0, True
    while killed:
        at += 1
        folder = tmp_path / str(at)
        publish_old(folder)
        files = FaultyFiles(QuickFiles(), at, How.SHORT, die=kill_this_process)
        killed = died(lambda files=files, folder=folder: publish_new(files, folder))  # type: ignore[misc]  # mypy: no types for a lambda's defaults
        assert rows_in(lake_in(folder)) in (OLD, NEW)
        publish_new(QuickFiles(), folder)
        assert rows_in(lake_in(folder)) == NEW
    assert at > 20


def test_a_full_disk_while_publishing_is_said_and_the_old_snapshot_stands(tmp_path: Path) -> None:
    for trial in trials(publish_new, tmp_path, publish_old):
        if trial.how is How.ENOSPC and trial.ended is not None:
            assert str(trial.ended).endswith("No space left on device")
            assert isinstance(trial.ended, StorageFailed)
            assert trial.ended.exit_code == 74
            assert rows_in(lake_in(trial.folder)) == OLD


def test_a_snapshot_that_died_before_it_was_made_current_is_made_current(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    old = a_snapshot(lake, OLD)
    new = a_snapshot(lake, NEW)
    (tmp_path / "lake/shop/CURRENT").write_text(f"{old.snapshot}\n")
    assert lake.current() == old
    with pytest.raises(StorageFailed, match="not made current"):
        a_snapshot(lake, NEW)
    lake.recover()
    assert lake.current() == new


def test_a_snapshot_that_is_not_whole_is_never_made_current(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    old = a_snapshot(lake, OLD)
    new = a_snapshot(lake, NEW)
    (tmp_path / "lake/shop/CURRENT").write_text(f"{old.snapshot}\n")
    part = lake.path_of(new.snapshot) / "customers/part-00001.parquet"
    part.write_bytes(part.read_bytes()[:-1])
    assert lake.recover() is None
    assert lake.current() == old
    assert a_snapshot(lake, NEW, finished_at=MIDNIGHT).parent == old.snapshot
    assert rows_in(lake) == NEW


def test_a_lost_current_is_found_again_from_the_receipts(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    newest = nights(lake, 3)[-1]
    (tmp_path / "lake/shop/CURRENT").unlink()
    with pytest.raises(StorageFailed, match="no CURRENT") as failed:
        lake.current()
    assert failed.value.mend == "run it again"
    assert lake.recover() == f"made snapshot {newest} current, which was complete"
    assert lake.current() == lake.receipts()[-1]


def test_where_two_could_be_the_newest_a_person_decides(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    _, middle, last = nights(lake, 3)
    current = tmp_path / "lake/shop/CURRENT"
    current.unlink()
    (lake.path_of(middle) / "receipt.json").unlink()
    with pytest.raises(StorageFailed, match="2 snapshots that no other follows") as failed:
        lake.recover()
    assert "CURRENT" in failed.value.mend
    current.write_text(f"{last}\n")
    assert lake.recover() is None
    assert lake.damaged_ids() == [middle]


@pytest.mark.parametrize("text", ["", "x", "\n", "2026\n2027\n", "../..\n", "ä\n", "a b\n"])
def test_a_damaged_current_is_said_with_a_mend(tmp_path: Path, text: str) -> None:
    lake = lake_in(tmp_path)
    receipt = a_snapshot(lake)
    current = tmp_path / "lake/shop/CURRENT"
    current.write_text(text)
    for look in (lake.current, lake.recover):
        with pytest.raises(StorageFailed, match="CURRENT of the lake is damaged") as failed:
            look()
    assert "remove the file CURRENT and run it again" in failed.value.mend
    current.unlink()
    lake.recover()
    assert lake.current() == receipt


def test_a_current_whose_snapshot_is_gone_is_said_with_a_mend(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    first, second = nights(lake, 2)
    lake.path_of(second).rename(tmp_path / "gone")
    with pytest.raises(StorageFailed, match="which is not there") as failed:
        lake.current()
    assert f"restore snapshots/{second} from a backup" in failed.value.mend
    (tmp_path / "lake/shop/CURRENT").unlink()
    lake.recover()
    current = lake.current()
    assert current is not None
    assert current.snapshot == first


def test_a_receipt_of_another_snapshot_is_refused(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    first, second = nights(lake, 2)
    receipt = (lake.path_of(first) / "receipt.json").read_bytes()
    (lake.path_of(second) / "receipt.json").write_bytes(receipt)
    with pytest.raises(StorageFailed, match="holds the receipt of another"):
        lake.current()


def test_a_file_that_the_receipt_does_not_list_is_never_published(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    building = lake.begin("scan")
    (building / "stray").touch()
    for files in ((), (replace(NO_FILE, path="stray", bytes=1),)):
        with pytest.raises(StorageFailed, match="not what its receipt lists"):
            lake.publish(building, replace(DRAFT, files=files))
    assert lake.current() is None


def test_a_snapshot_of_another_parent_than_the_current_is_refused(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    building = lake.begin("scan")
    a_snapshot(lake)
    with pytest.raises(StorageFailed, match="published one meanwhile"):
        lake.publish(building, DRAFT)


def policy_for(lake: Lake, kept: int) -> tuple[list[str], list[Receipt]]:
    return lake.prune(KeepPolicy(daily=kept, weekly=0, monthly=0)), lake.receipts()


def test_pruning_takes_the_full_state_and_leaves_history(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    ids = nights(lake, 6)
    pruned, receipts = policy_for(lake, 3)
    assert pruned == ids[1:3]
    assert [receipt.snapshot for receipt in receipts] == ids
    assert [lake.has_rows(snapshot) for snapshot in ids] == [True, False, False, True, True, True]
    rest = sorted(path.name for path in lake.path_of(ids[1]).iterdir())
    assert rest == ["changes.parquet", "quarantine.jsonl", "receipt.json"]
    assert policy_for(lake, 3) == ([], receipts)


def test_no_policy_takes_the_first_the_current_or_the_one_before(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    ids = nights(lake, 5)
    assert policy_for(lake, 0)[0] == ids[1:3]
    assert lake.kept_always() == {ids[0], ids[3], ids[4]}
    assert rows_in(lake) == [[5]]


def prune(files: Files, folder: Path) -> None:
    lake = lake_in(folder, files)
    lake.recover()
    policy_for(lake, 0)


def test_whatever_dies_while_pruning_a_full_state_is_whole_or_gone(tmp_path: Path) -> None:
    for trial in trials(prune, tmp_path, lambda folder: nights(lake_in(folder), 5)):
        if trial.how not in DEADLY:
            assert trial.ended is None or isinstance(trial.ended, StorageFailed), trial
        lake = lake_in(trial.folder)
        lake.recover()
        assert left(trial.folder) == ["CURRENT", "building"], trial
        for number, receipt in enumerate(lake.receipts()):
            parts = list((lake.path_of(receipt.snapshot) / "customers").glob("*"))
            assert len(parts) == lake.has_rows(receipt.snapshot), trial
            assert parts or number in (1, 2), trial
        policy_for(lake, 0)
        assert sum(lake.has_rows(receipt.snapshot) for receipt in lake.receipts()) == 3
