"""Whose account was exported is forgotten: their orders and cases leave the lake, their archives go."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.canary import found_in, grounds_in
from tests.store.account_canary import Canary
from tests.store.faulty import DEADLY, FaultyFiles, How, Killed, QuickFiles
from tests.store.lake_accounts import put, rows_of
from tests.store.samples import flipped
from tests.store.warehouse.nights import Nights
from ucsync.model import Busy, Guarded, StorageFailed, Tier
from ucsync.store.account_lake import ACCOUNTS, accounts_in, verify_accounts
from ucsync.store.files import Files
from ucsync.store.forgetting import (
    Erased,
    Found,
    erase,
    finish,
    intend,
    look_for,
    on_the_list,
    read_worklist,
    what_there_is,
)
from ucsync.store.locks import hold
from ucsync.store.merges import Merge
from ucsync.store.verifying import verify
from ucsync.store.written import Deed, Written, Wrote

AT = datetime(2026, 11, 22, tzinfo=UTC)

#: Who is forgotten, who was merged into them, and who stays.
GONE, MERGED, STAYS = 7, 9, 8
CANARIES = (
    Canary(GONE, "qxcanary-{}-of-7", everywhere=True),
    Canary(MERGED, "qxmerged-{}-of-9", everywhere=True),
)
TEXTS = frozenset(text for canary in CANARIES for text in canary.texts.values())
#: Of each archive; the first two are in folders of their own.
FILES = ("tables/orders.parquet", "received/getOrders.json", "summary.html", "manifest.json")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a lake that has exports of all three; half of a newer one lies there, too."""
    nights = Nights(tmp_path_factory.mktemp("accounts"))
    nights.publish([{"customer_profile_oid": oid, "email": f"o{oid}@example.com"} for oid in (7, 8, 9)])
    merge = Merge(absorbed=MERGED, survivor=GONE, merged_at=AT, push="p")
    nights.publish([{"customer_profile_oid": 8, "fax": "2"}], gone=[MERGED], merges=[merge])
    for canary in CANARIES:
        put(nights.home, canary.oid, canary.rows)
    put(nights.home, STAYS)
    with pytest.raises(Killed):
        put(nights.home, GONE, CANARIES[0].rows, files=FaultyFiles(QuickFiles(), 9), day=1)
    return nights.folder


def scene(base: Path, folder: Path) -> Path:
    """The same lake, with archives of all three, of which that of the merged one is not finished."""
    folder.mkdir()
    copytree(base / "lake", folder / "lake")
    written = Written(QuickFiles(), folder / "state" / "written" / "shop")
    for oid in (GONE, MERGED, STAYS):
        archive = folder / "archives" / str(oid)
        deed = Deed(what=Wrote.ACCOUNT, of=str(oid), tier=Tier.HIGH, at=AT)
        paths = [archive / name for name in (FILES if oid != MERGED else (".progress",))]
        written.note_coming(paths, deed)
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            text = f"qx{'canary' if oid == GONE else 'merged'}-0-of-{oid}"
            if path.suffix == ".parquet":
                pq.write_table(pa.table({"text": [text]}), path)
            else:
                path.write_text(text)
            if oid != MERGED:
                written.note_file(path, deed)
    return folder


def traces(folder: Path, texts: Iterable[str] = TEXTS) -> dict[str, list[str]]:
    """Which of their texts are in which files."""
    return found_in(folder, texts)


def forget(folder: Path, files: Files | None = None) -> tuple[Erased, Found]:
    """As the command does it, begun or gone on with."""
    grounds = grounds_in(folder, files)
    grounds.lake.recover()
    left = read_worklist(grounds.lake.folder)
    found = look_for(grounds, [GONE], []).people
    people = intend(grounds, found if left is None else found.joined(left))
    done = erase(grounds, people)
    return done, finish(grounds, people, done)


def of_others(folder: Path) -> dict[str, bytes]:
    """What is the other customer's, file by file."""
    places = (folder / "lake" / "shop" / ACCOUNTS / str(STAYS), folder / "archives" / str(STAYS))
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for place in places
        for path in place.rglob("*")
        if path.is_file()
    }


def test_nothing_of_an_account_is_left_and_everything_of_others_is(base: Path, tmp_path: Path) -> None:
    folder = scene(base, tmp_path / "shop")
    before, others = traces(folder), of_others(folder)
    assert {Path(name).parts[0] for name in before} == {"lake", "archives"}
    assert len({Path(name).parent for name in before}) == 7  # an export each, half of one, archives
    assert len(others) == 5 + len(FILES)
    grounds = grounds_in(folder)
    people = look_for(grounds, [GONE], []).people
    assert people.oids == {GONE, MERGED}
    told = what_there_is(grounds, people)
    assert told.accounts == ("accounts/.7.new", "accounts/7", "accounts/9")
    places = {Path(place).relative_to(folder).as_posix() for place in told.written}
    assert places == {f"archives/7/{name}" for name in FILES} | {"archives/9/.progress"}
    assert traces(folder) == before  # so far it was only told
    done, proof = forget(folder)
    assert traces(folder) == {}
    assert of_others(folder) == others
    assert sorted(done.accounts) == ["accounts/7", "accounts/9"]
    assert {Path(place).relative_to(folder).as_posix() for place in done.written.removed} == places
    assert proof.left == ()
    assert len(TEXTS) > proof.values > len(TEXTS) / 3  # what anybody may have is not looked for
    assert [one.oid for one in accounts_in(grounds.lake.folder).sound] == [STAYS]
    assert list((folder / "archives" / "7").iterdir()) == []  # the folder itself may be somebody's
    assert {entry.deed.of for entry in grounds.written.entries()} == {str(STAYS)}


def faults(base: Path, folder: Path) -> Iterator[tuple[Path, How, BaseException | None]]:
    """Death at every fifth change of names up to the last one of an account; with UCSYNC_DEEP every fault at
    every change."""
    recorder, deep = FaultyFiles(QuickFiles()), "UCSYNC_DEEP" in os.environ
    forget(scene(base, folder / "sound"), recorder)
    numbered = list(enumerate(recorder.operations, 1))
    last = max(at for at, told in numbered if told == ("remove_folder", ".9.gone"))
    changes = [at for at, (operation, _) in numbered
               if deep or (at <= last and operation in ("rename", "remove", "remove_folder"))]  # fmt: skip
    for at in changes if deep else changes[::5]:
        for how in How if deep else (DEADLY[at % 2],):
            place = scene(base, folder / f"{how.name}-{at}")
            try:
                forget(place, FaultyFiles(QuickFiles(), at, how))
            except (Killed, StorageFailed) as ended:
                yield place, how, ended
            else:
                yield place, how, None


def test_whatever_dies_it_is_run_again_and_ends(base: Path, tmp_path: Path) -> None:
    count, others = 0, of_others(scene(base, tmp_path / "base"))
    some = frozenset(sorted(TEXTS)[::40])
    for folder, how, ended in faults(base, tmp_path):
        assert how not in DEADLY or isinstance(ended, Killed)
        lake = grounds_in(folder).lake
        assert verify_accounts(lake.folder) == []  # each is whole or gone
        assert accounts_in(lake.folder).damaged == ()
        forget(folder)
        assert traces(folder, some) == {}, (how, folder)
        assert of_others(folder) == others
        assert all(verify(lake, receipt.snapshot) == [] for receipt in lake.receipts())
        assert not lake.suppression().unfinished
        count += 1
    assert count > 5


def test_what_of_an_archive_was_changed_is_somebodys_own_and_is_told(base: Path, tmp_path: Path) -> None:
    folder = scene(base, tmp_path / "shop")
    mine, moved = folder / "archives/7/summary.html", folder / "archives/7/manifest.json"
    mine.write_text("what I have made of qxcanary-0-of-7")
    moved.rename(folder / "elsewhere.json")
    with (folder / "archives/9/.progress").open("a") as progress:
        progress.write("another answer")  # of a run that died; it is ours whatever is in it
    done, _ = forget(folder)
    assert [place for place, _ in done.written.left] == [str(mine)]
    assert traces(folder / "archives") == {"7/summary.html": ["qxcanary-0-of-7"]}
    assert not (folder / "archives/9/.progress").exists()


def test_a_copy_that_lies_in_the_lake_is_found(base: Path, tmp_path: Path) -> None:
    folder = scene(base, tmp_path / "shop")
    lake = folder / "lake" / "shop"
    copytree(lake / ACCOUNTS / "7", lake / ACCOUNTS / "7 (copy)")
    copytree(lake / ACCOUNTS / "8", lake / ACCOUNTS / "8 (copy)")
    _, proof = forget(folder)
    left = {path.relative_to(lake).as_posix() for path, _ in proof.left}
    assert left == {f"accounts/7 (copy)/{one}.parquet" for one in
                    ("orders", "order_items", "cases", "case_messages")}  # fmt: skip


def test_who_comes_back_with_a_backup_is_forgotten_again(base: Path, tmp_path: Path) -> None:
    folder = scene(base, tmp_path / "shop")
    forget(folder)
    lake = grounds_in(folder).lake
    copytree(base / "lake/shop/accounts/9", lake.folder / ACCOUNTS / "9")
    assert on_the_list(lake, lake.receipts(), lake.suppression()) == {MERGED}
    with pytest.raises(Guarded, match="was forgotten"):
        put(lake.folder, GONE)
    done, _ = forget(folder)
    assert done.accounts == []  # merges that named them are gone, too: they are named anew
    grounds = grounds_in(folder)
    people = intend(grounds, look_for(grounds, [MERGED], []).people)
    assert erase(grounds, people).accounts == ["accounts/9"]


def test_an_address_of_orders_finds_who_is_in_no_snapshot_and_tells_of_the_others(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.publish([{"customer_profile_oid": 7, "email": "new@example.com"}, {"customer_profile_oid": 8}])
    put(nights.home, 7, rows_of(7, email="old@example.com"))
    put(nights.home, 5, rows_of(5, email=" Five@Example.com"))
    put(nights.home, 6, {"cases": [{"customer_profile_oid": 6, "email": "six@example.com"}]})
    grounds = grounds_in(tmp_path)
    found = look_for(grounds, [], ["five@example.com", "six@example.com", "old@example.com"])
    assert found.people.oids == {5, 6}
    assert found.formerly == {7}
    assert found.people.values >= {"DEMO-5-0", "Customer says 5", "About 5 1"}
    assert not found.people.values & {"Completed", "Tea 0", "TEA", "Customer Service"}


def test_a_damaged_export_goes_with_whom_it_is_of(base: Path, tmp_path: Path) -> None:
    folder = scene(base, tmp_path / "shop")
    orders = folder / "lake/shop/accounts/7/orders.parquet"
    orders.write_bytes(flipped(orders.read_bytes(), 8 * 200))
    (folder / "lake/shop/accounts/9/export.json").unlink()
    with pytest.raises(StorageFailed, match=r"accounts/7/orders.parquet is damaged"):
        look_for(grounds_in(folder), [], ["somebody@example.com"])
    done, _ = forget(folder)
    assert sorted(done.accounts) == ["accounts/7", "accounts/9"]
    assert traces(folder) == {}


def test_nothing_is_published_while_somebody_is_forgotten_and_the_other_way_round(
    base: Path, tmp_path: Path
) -> None:
    folder = scene(base, tmp_path / "shop")
    with hold(grounds_in(folder).lake.folder, [ACCOUNTS]), pytest.raises(Busy):
        forget(folder)
    assert grounds_in(folder).lake.suppression().unfinished
    forget(folder)
    assert traces(folder) == {}


def test_who_was_never_exported_is_forgotten_as_ever(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    nights.publish([{"customer_profile_oid": oid, "email": f"o{oid}@example.com"} for oid in (7, 8)])
    grounds = replace(grounds_in(tmp_path), lake=nights.lake)
    people = look_for(grounds, [7], []).people
    assert what_there_is(grounds, people).accounts == ()
    done, proof = forget(tmp_path)
    assert (done.accounts, done.snapshots, proof.left) == ([], 1, ())
    assert not (nights.home / ACCOUNTS).exists()
