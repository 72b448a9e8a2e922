"""A customer who has left traces everywhere is forgotten: nothing of them is left, and of others all."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copytree

import pytest

from tests.canary import FORGOTTEN_AT, canary_shop, found_in, grounds_in, live, rows_of_others
from tests.store.faulty import DEADLY, FaultyFiles, How, Killed, QuickFiles, Trial, trials
from tests.store.powerless import PowerlessFiles
from tests.store.samples import flipped
from tests.store.shop import Shop
from ucsync.model import Receipt, StorageFailed
from ucsync.model.pushes import StepState
from ucsync.store import Lake
from ucsync.store.files import Files
from ucsync.store.forgetting import Erased, Found, erase, finish, intend, look_for, read_worklist
from ucsync.store.receipts import to_json
from ucsync.store.verifying import verify
from ucsync.testing import run_virtual
from ucsync.ultracart.codec import encode_json


@dataclass(frozen=True)
class Scene:
    """A shop in a folder, in which a canary has lived.

    Attributes:
        folder: with lake and state.
        gone: the canary, and who was merged into it.
        texts: all that was ever answered about them.
        rows: of everybody else, by file.
    """

    folder: Path
    gone: Sequence[int]
    texts: frozenset[str]
    rows: dict[str, list[str]]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    folder = tmp_path_factory.mktemp("canary")

    async def scenario() -> Scene:
        async with canary_shop(folder) as life:
            await live(life)
            gone = [life.canary, life.absorbed]
            return Scene(folder, gone, frozenset(life.dressing.texts), rows_of_others(life.lake, gone))

    return run_virtual(scenario())


def traces(folder: Path, texts: frozenset[str]) -> dict[str, list[str]]:
    """In lake and state."""
    return {f"{name}/{path}": held for name in ("lake", "state")
            for path, held in found_in(folder / name, texts).items()}  # fmt: skip


def forget(folder: Path, oid: int, files: Files | None = None) -> tuple[Erased, Found]:
    """As the command does it, begun or gone on with."""
    grounds = grounds_in(folder, files)
    grounds.lake.recover()
    left = read_worklist(grounds.lake.folder)
    found = look_for(grounds, [oid], []).people
    people = intend(grounds, found if left is None else found.joined(left))
    done = erase(grounds, people)
    return done, finish(grounds, people, done)


def check_sound(folder: Path, scene: Scene) -> None:
    """Every snapshot is as its receipt says, and everybody else's rows are in it."""
    lake = grounds_in(folder).lake
    lake.recover()
    assert lake.current() is not None
    assert lake.damaged_ids() == []
    for receipt in lake.receipts():
        assert verify(lake, receipt.snapshot) == []
    left = rows_of_others(folder / "lake" / "shop", scene.gone)
    assert {name: held for name, held in left.items() if held} == {
        name: held for name, held in scene.rows.items() if held
    }


def test_nothing_of_them_is_left_in_any_file(scene: Scene, tmp_path: Path) -> None:
    assert len(scene.texts) > 500
    before = traces(scene.folder, scene.texts)
    for kind in ("changes.parquet", "customers/part-", "quarantine.jsonl", "/staging/", "/windows/", ".db",
                 ".plan", ".rejects.csv"):  # fmt: skip
        assert any(kind in name for name in before), f"the canary was to be in {kind}"
    folder = copytree(scene.folder, tmp_path / "shop")
    done, proof = forget(folder, scene.gone[0])
    assert traces(folder, scene.texts) == {}
    check_sound(folder, scene)
    assert (done.lines, done.pages, done.steps, len(done.plans)) == (1, 2, 2, 1)
    assert proof.left == ()
    assert proof.values >= len(scene.texts)
    assert not grounds_in(folder).lake.suppression().unfinished


class PlainFiles(QuickFiles):
    """A disk that knows no exchange of names."""

    def exchange(self, path: Path, target: Path) -> bool:
        return False


def faults(scene: Scene, folder: Path) -> Iterator[Trial]:
    """Death in the middle of every other kind of change; with UCSYNC_DEEP every fault at every change."""

    def act(files: Files, place: Path) -> None:
        forget(place, scene.gone[0], files)

    if "UCSYNC_DEEP" in os.environ:
        yield from trials(act, folder, lambda place: copytree(scene.folder, place))
    for disk in (QuickFiles(), PlainFiles()):
        recorder = FaultyFiles(disk)
        act(recorder, copytree(scene.folder, folder / f"{type(disk).__name__}-sound"))
        kinds = {
            (operation, Path(name).suffix if operation == "rename" else ""): at
            for at, (operation, name) in enumerate(recorder.operations, 1)
            if not operation.startswith("sync")
        }
        for at in sorted(kinds.values())[::2]:
            if type(disk) is PlainFiles and recorder.operations[at - 1][0] != "rename":
                continue
            place = copytree(scene.folder, folder / f"{type(disk).__name__}-{at}")
            try:
                act(FaultyFiles(disk, at, How.DIE_AFTER), place)
            except (Killed, StorageFailed) as ended:
                yield Trial(place, How.DIE_AFTER, at, ended)


def test_whatever_dies_it_is_run_again_and_ends(scene: Scene, tmp_path: Path) -> None:
    some = frozenset(sorted(scene.texts)[::50])
    for trial in faults(scene, tmp_path):
        assert trial.how not in DEADLY or isinstance(trial.ended, Killed)
        check_sound(trial.folder, scene)
        forget(trial.folder, scene.gone[0])
        assert traces(trial.folder, some) == {}, (trial.how, trial.at)
        check_sound(trial.folder, scene)
        assert not grounds_in(trial.folder).lake.suppression().unfinished


def test_what_a_killed_push_has_left_in_sqlites_log_goes_too(scene: Scene, tmp_path: Path) -> None:
    folder, killed = copytree(scene.folder, tmp_path / "shop"), tmp_path / "killed"
    pushes = grounds_in(folder).pushes
    [push_id] = pushes.ids()
    document = encode_json({"customer_profile_oid": scene.gone[0], "email": "qxlogged@canary.example"})
    with pushes.open(push_id) as journal:
        [number, *_] = [entry.step.number for entry in journal.steps() if entry.oid == scene.gone[0]]
        journal.archive(number, scene.gone[0], document, FORGOTTEN_AT)
        journal.archive(number, scene.gone[0], document, FORGOTTEN_AT)  # what is replaced lies in free pages
        copytree(folder, killed)
    assert (killed / "state" / "pushes" / "shop" / f"{push_id}.db-wal").stat().st_size
    forget(killed, scene.gone[0])
    assert traces(killed, scene.texts | {"qxlogged@canary.example"}) == {}
    with grounds_in(killed).pushes.open(push_id) as journal:
        assert sum(journal.counts().values()) == 3
        assert list(journal.steps(StepState.LANDED)) != []


def test_what_snapshots_shared_they_share_afterwards_and_others_stay_as_they_were(tmp_path: Path) -> None:
    shop = Shop(tmp_path, rows_part=4)
    first = shop.publish([[(oid, 1) for oid in range(1, 13)]])
    second = shop.publish([[(1, 2)]])
    third = shop.publish([[(2, 2), (30, -1), (None, 1)]], gone=[11])
    before = {one.snapshot: (shop.lake.path_of(one.snapshot) / "receipt.json").read_bytes()
              for one in (first, second, third)}  # fmt: skip
    grounds = replace(grounds_in(tmp_path), lake=shop.lake)

    def go(*oids: int) -> list[Receipt]:
        people = intend(grounds, look_for(grounds, oids, []).people)
        finish(grounds, people, erase(grounds, people))
        return shop.lake.receipts()

    one, two, three = go(6)  # in the part that all of them share
    part = "customers/part-00001.parquet"
    inodes = {shop.file_of(receipt, part).stat().st_ino for receipt in (one, two, three)}
    assert len(inodes) == 1
    assert [receipt.snapshot for receipt in (one, two, three)] == [*before]
    assert [(receipt.rows, receipt.inserted) for receipt in (one, two, three)] == [(11, 11), (11, 0), (10, 0)]
    receipts = go(2, 30)  # changes and quarantine of the last one; of the one before only the full state
    assert [(one.updated, one.deleted, one.quarantined, one.aside) for one in receipts] == [
        (0, 0, 0, ()), (1, 0, 0, ()), (0, 1, 1, ()),
    ]  # fmt: skip
    assert [one.rewritten.times for one in receipts if one.rewritten] == [2, 2, 2]
    for receipt in receipts:
        assert verify(shop.lake, receipt.snapshot) == []
    whole = go(5, 7, 8)  # nobody is left in that part
    assert [row["customer_profile_oid"] for row in shop.rows_of(whole[-1])] == [1, 3, 4, 9, 10, 12]
    after = shop.publish([[(1, 3), (6, 3), (40, 1)]])
    assert [row["customer_profile_oid"] for row in shop.rows_of(after)] == [1, 3, 4, 9, 10, 12, 40]
    assert (after.updated, after.inserted, after.suppressed) == (1, 1, 1)


def test_a_power_loss_at_any_moment_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    def go(files: Files, folder: Path) -> None:
        grounds = replace(grounds_in(folder), files=files, lake=Lake(files, folder / "lake"))
        people = intend(grounds, look_for(grounds, [6], []).people)
        finish(grounds, people, erase(grounds, people))

    shop = Shop(tmp_path / "base", rows_part=4)
    shop.publish([[(oid, 1) for oid in range(1, 9)]])
    shop.publish([[(6, 2)]])
    recorder = FaultyFiles(QuickFiles())
    go(recorder, copytree(shop.folder, tmp_path / "sound"))
    for at in range(1, len(recorder.operations) + 1, 1 if "UCSYNC_DEEP" in os.environ else 9):
        folder, disk = copytree(shop.folder, tmp_path / str(at)), PowerlessFiles(tmp_path / f"lost-{at}")
        with pytest.raises(Killed):
            go(FaultyFiles(disk, at, How.DIE_AFTER), folder)
        disk.lose_power()
        lake = Shop(folder).lake
        lake.recover()
        assert [state - {6} for state in states_in(folder)] == [{1, 2, 3, 4, 5, 7, 8}] * 2, at
        assert all(verify(lake, one.snapshot) == [] for one in lake.receipts()), at
        go(QuickFiles(), folder)
        assert states_in(folder) == [{1, 2, 3, 4, 5, 7, 8}] * 2


def states_in(folder: Path) -> list[set[int]]:
    """Who is in each snapshot."""
    shop = Shop(folder)
    return [{row["customer_profile_oid"] for row in shop.rows_of(one)} for one in shop.lake.receipts()]


def test_a_snapshot_without_them_is_not_touched(tmp_path: Path) -> None:
    shop = Shop(tmp_path, rows_part=4)
    shop.publish([[(1, 1), (2, 1)]])
    shop.publish([[(3, 1)]])
    before = {path: path.read_bytes() for path in (tmp_path / "lake").rglob("*") if path.is_file()}
    grounds = replace(grounds_in(tmp_path), lake=shop.lake)
    people = intend(grounds, look_for(grounds, [3, 77], []).people)
    finish(grounds, people, erase(grounds, people))
    first = shop.lake.receipts()[0].snapshot
    kept = {path: data for path, data in before.items() if first in path.parts}
    assert {path: path.read_bytes() for path in kept} == kept
    assert shop.lake.receipts()[0].rewritten is None
    assert shop.lake.suppression().covers([1, 2, 3, 77]) == {3, 77}


def test_a_damaged_file_is_not_made_to_look_sound(scene: Scene, tmp_path: Path) -> None:
    folder = copytree(scene.folder, tmp_path / "shop")
    changes = max((folder / "lake").rglob("changes.parquet"), key=lambda path: path.stat().st_size)
    data = changes.read_bytes()
    changes.unlink()  # so that no other name of it is changed
    changes.write_bytes(flipped(data, 8 * 1000))
    with pytest.raises(StorageFailed, match="is damaged"):
        forget(folder, scene.gone[0])


def test_a_rewritten_receipt_that_was_changed_is_known(tmp_path: Path) -> None:
    shop = Shop(tmp_path, rows_part=4)
    shop.publish([[(1, 1), (2, 1), (3, 1)]])
    grounds = replace(grounds_in(tmp_path), lake=shop.lake)
    people = intend(grounds, look_for(grounds, [2], []).people)
    finish(grounds, people, erase(grounds, people))
    [receipt] = shop.lake.receipts()
    path = shop.lake.path_of(receipt.snapshot) / "receipt.json"
    path.write_bytes(to_json(replace(receipt, requests=receipt.requests + 1)))
    assert verify(shop.lake, receipt.snapshot) == ["receipt.json: the id is not that of its contents"]


def test_an_address_that_somebody_else_has_too_stays_theirs(tmp_path: Path) -> None:
    shop = Shop(tmp_path, rows_part=4)
    shop.publish([[(1, 1), (2, 1)]])
    grounds = replace(grounds_in(tmp_path), lake=shop.lake)
    found = look_for(grounds, [1], ["2@EXAMPLE.com "])
    assert found.people.oids == {1, 2}
    assert found.people.emails == {"1@example.com", "2@example.com"}
    assert look_for(grounds, [1], []).people.emails == {"1@example.com"}
    assert look_for(grounds, [], ["nobody@example.com"]).people.oids == set()


def test_what_is_left_anywhere_is_told_and_what_others_have_is_not_theirs(tmp_path: Path) -> None:
    shop = Shop(tmp_path, rows_part=4)
    shop.publish([[(1, 1), (2, 1)]])
    told = "1@example.com"
    strays = {
        "state/stray.log": f"x{told.upper()}".encode(),
        "state/harmless.txt": b"21@example.co",
        "lake/beside/kept.txt": b"\xff\x00" * (8 << 20) + told.encode(),  # it lies across two pieces
    }  # fmt: skip
    for name, data in strays.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    grounds = replace(grounds_in(tmp_path), lake=shop.lake)
    people = intend(grounds, look_for(grounds, [1], []).people)
    proof = finish(grounds, people, erase(grounds, people))
    left = {path.relative_to(tmp_path).as_posix() for path, _ in proof.left}
    assert left == {"state/stray.log", "lake/beside/kept.txt"}
    assert people.values >= {told, "City 1"}
    assert proof.shared == 1  # the other one lives in the same city


def test_a_row_that_says_not_whose_it_is_goes_by_its_address_and_stays_out(tmp_path: Path) -> None:
    shop = Shop(tmp_path, rows_part=4)
    shop.publish([[(1, 1), (None, 1), (9, -1)]])
    grounds = replace(grounds_in(tmp_path), lake=shop.lake)
    found = look_for(grounds, [], ["none@example.com"])
    assert found.people.oids == set()
    people = intend(grounds, found.people)
    assert erase(grounds, people).lines == 1
    [receipt] = shop.lake.receipts()
    assert [line["oid"] for line in shop.quarantine_of(receipt)] == [9]
    assert (receipt.quarantined, receipt.aside) == (1, (9,))
    assert verify(shop.lake, receipt.snapshot) == []
    again = shop.publish([[(None, 2), (2, 1)]])
    assert again.quarantined == 0
    assert shop.quarantine_of(again) == []
