"""Exports of accounts in the lake: each is the old one or the new one, whatever died, and nobody else's."""

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.store.faulty import DEADLY, FaultyFiles, How, Killed, QuickFiles
from tests.store.lake_accounts import FINISHED, note, rows_of, written
from tests.store.powerless import PowerlessFiles
from tests.store.samples import flipped
from ucsync.model import Busy, Guarded, StorageFailed
from ucsync.store.account_lake import (
    ACCOUNTS,
    TABLES,
    accounts_digest,
    accounts_in,
    check_not_forgotten,
    publish_account,
    read_table,
    remove_accounts,
    standing_accounts,
    verify_accounts,
)
from ucsync.store.files import DiskFiles, Files
from ucsync.store.locks import hold
from ucsync.store.suppression import Suppression, write_suppression


class PlainFiles(QuickFiles):
    """A disk that knows no exchange of names."""

    def exchange(self, path: Path, target: Path) -> bool:
        return False


def lake_in(folder: Path) -> Path:
    return folder / "lake" / "shop"


OLD = ["DEMO-7-0"]
NEW = ["DEMO-7-0", "DEMO-7-1", "DEMO-7-2"]


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Exports of customer 7, an older and a newer one, and of 8 and 9."""
    folder = tmp_path_factory.mktemp("archives")
    rows = {"old": rows_of(7, orders=1), "new": rows_of(7, orders=3), "8": rows_of(8), "9": rows_of(9)}
    return {name: written(folder / name, held) for name, held in rows.items()}


def orders_in(lake: Path, oid: int) -> list[str] | None:
    """What a reader finds of a customer: the ids of orders, every table checked; None for nothing."""
    held = accounts_in(lake)
    assert held.damaged == ()
    for account in held.sound:
        if account.oid == oid:
            tables = {table: read_table(account, table) for table in TABLES}
            counts = {entry.path: entry.rows for entry in account.files}
            assert counts == {f"{table}.parquet": rows.num_rows for table, rows in tables.items()}
            told: list[str] = tables["orders"].column("orderId").to_pylist()
            assert tables["order_items"].column("orderId").to_pylist() == told
            return told
    return None


def test_what_was_published_can_be_read_as_plain_parquet_and_says_what_it_is(
    archives: dict[str, list[Path]], tmp_path: Path
) -> None:
    place = publish_account(DiskFiles(), lake_in(tmp_path), 7, archives["new"], note())
    assert place == lake_in(tmp_path) / "accounts" / "7"
    assert {path.name for path in place.iterdir()} == {"export.json", *(f"{one}.parquet" for one in TABLES)}
    assert pq.read_table(place / "orders.parquet")["orderId"].to_pylist() == NEW
    told = json.loads((place / "export.json").read_text(encoding="utf-8"))
    assert (told["customer_profile_oid"], told["proven"], told["requests"]) == (7, True, 7)
    assert [(one["path"], one["rows"], len(one["sha256"])) for one in told["files"]] == [
        ("orders.parquet", 3, 64), ("order_items.parquet", 3, 64), ("cases.parquet", 3, 64),
        ("case_messages.parquet", 6, 64),
    ]  # fmt: skip
    (account,) = accounts_in(lake_in(tmp_path)).sound
    assert (account.oid, account.note, account.note.finished_at) == (7, note(), FINISHED)
    assert verify_accounts(lake_in(tmp_path)) == []
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()} == {0o600}
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_where_nothing_was_ever_published_looking_makes_nothing(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    assert (accounts_in(lake).sound, accounts_digest(lake), verify_accounts(lake)) == ((), "", [])
    assert standing_accounts(lake, [7]) == []
    assert list(tmp_path.iterdir()) == []


def faults(
    act: Callable[[Files, Path], object], base: Path, folder: Path, disk: Files
) -> Iterator[tuple[Path, How, BaseException | None]]:
    """A fault at each operation, each kind in its turn; with UCSYNC_DEEP every kind at each."""
    recorder = FaultyFiles(disk)
    act(recorder, copytree(base, folder / "sound"))
    for at in range(1, len(recorder.operations) + 1):
        for how in list(How) if "UCSYNC_DEEP" in os.environ else [list(How)[at % len(How)]]:
            place = copytree(base, folder / f"{how.name}-{at}")
            try:
                act(FaultyFiles(disk, at, how), place)
            except (Killed, StorageFailed) as ended:
                yield place, how, ended
            else:
                yield place, how, None


@pytest.mark.parametrize("first", [True, False], ids=["the first one", "a newer one"])
@pytest.mark.parametrize("disk", [QuickFiles(), PlainFiles()], ids=["", "without exchange"])
def test_whatever_fails_the_old_or_the_new_is_there_and_the_next_one_leaves_nothing_beside(
    archives: dict[str, list[Path]], tmp_path: Path, disk: Files, first: bool
) -> None:
    base, before = tmp_path / "base", None if first else OLD
    publish_account(disk, lake_in(base), 8, archives["8"], note())
    if not first:
        publish_account(disk, lake_in(base), 7, archives["old"], note())

    def act(files: Files, folder: Path) -> None:
        publish_account(files, lake_in(folder), 7, archives["new"], note(1))

    seen = set()
    for folder, how, ended in faults(act, base, tmp_path, disk):
        lake = lake_in(folder)
        found = orders_in(lake, 7)
        assert found in (before, NEW), (how, ended)
        assert found == NEW or ended is not None
        assert how in DEADLY or ended is None or isinstance(ended, StorageFailed)
        assert len(orders_in(lake, 8) or ()) == 2
        assert verify_accounts(lake) == []
        publish_account(disk, lake, 9, archives["9"], note())  # whoever is the next
        assert orders_in(lake, 7) == found
        there = {"8", "9"} | ({"7"} if found else set())
        assert {path.name for path in (lake / ACCOUNTS).iterdir()} == there
        seen.add(found == NEW)
    assert seen == {True, False}


def test_a_power_loss_at_any_moment_leaves_the_old_or_the_new(
    archives: dict[str, list[Path]], tmp_path: Path
) -> None:
    base = tmp_path / "base"
    publish_account(QuickFiles(), lake_in(base), 7, archives["old"], note())
    recorder = FaultyFiles(PlainFiles())
    publish_account(recorder, lake_in(copytree(base, tmp_path / "sound")), 7, archives["new"], note(1))
    seen = set()
    for at in range(1, len(recorder.operations) + 1):
        folder, disk = copytree(base, tmp_path / str(at)), PowerlessFiles(tmp_path / f"lost-{at}")
        with pytest.raises(Killed):
            files = FaultyFiles(disk, at, How.DIE_AFTER)
            publish_account(files, lake_in(folder), 7, archives["new"], note(1))
        disk.lose_power()
        found = orders_in(lake_in(folder), 7)
        assert found in (OLD, NEW), at
        publish_account(QuickFiles(), lake_in(folder), 7, archives["new"], note(1))
        assert orders_in(lake_in(folder), 7) == NEW
        assert {path.name for path in (lake_in(folder) / ACCOUNTS).iterdir()} == {"7"}
        seen.add(tuple(found or ()))
    assert len(seen) == 2


def test_removing_somebody_is_done_whatever_dies_and_is_nobody_elses_loss(
    archives: dict[str, list[Path]], tmp_path: Path
) -> None:
    base = tmp_path / "base"
    for name, oid in (("old", 7), ("8", 8), ("9", 9)):
        publish_account(QuickFiles(), lake_in(base), oid, archives[name], note())
    with pytest.raises(Killed):  # and half of another one lies there
        publish_account(FaultyFiles(QuickFiles(), 9), lake_in(base), 7, archives["new"], note(1))
    assert standing_accounts(lake_in(base), [7, 9, 10]) == ["accounts/.7.new", "accounts/7", "accounts/9"]

    def act(files: Files, folder: Path) -> None:
        remove_accounts(files, lake_in(folder), [7, 9, 10])

    for folder, how, ended in faults(act, base, tmp_path, QuickFiles()):
        lake = lake_in(folder)
        assert orders_in(lake, 7) in (OLD, None), (how, ended)
        remove_accounts(QuickFiles(), lake, [7, 9, 10])
        assert standing_accounts(lake, [7, 9, 10]) == []
        assert [path.name for path in (lake / ACCOUNTS).iterdir()] == ["8"]
        assert len(orders_in(lake, 8) or ()) == 2
    assert remove_accounts(QuickFiles(), lake_in(base), [7, 9]) == ["accounts/7", "accounts/9"]


def test_nobody_who_was_forgotten_comes_into_the_lake(
    archives: dict[str, list[Path]], tmp_path: Path
) -> None:
    lake, files = lake_in(tmp_path), QuickFiles()
    write_suppression(files, lake, Suppression().with_people([7], ["old@example.com"], FINISHED))
    before = sorted(lake.iterdir())
    with pytest.raises(Guarded, match="was forgotten") as stopped:
        publish_account(files, lake, 7, archives["new"], note())
    assert "--lift" in str(stopped.value.mend)
    assert [path for path in lake.iterdir() if path not in before] == [lake / "accounts.lock"]
    with pytest.raises(Guarded):
        check_not_forgotten(lake, email=" Old@Example.com")
    check_not_forgotten(lake, 8, "new@example.com")
    publish_account(files, lake, 8, archives["8"], note())
    assert [account.oid for account in accounts_in(lake).sound] == [8]


def test_who_publishes_keeps_others_from_it(archives: dict[str, list[Path]], tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    with hold(lake, [ACCOUNTS]):
        with pytest.raises(Busy):
            publish_account(QuickFiles(), lake, 7, archives["new"], note())
        with pytest.raises(Busy):
            remove_accounts(QuickFiles(), lake, [7])
    assert not (lake / ACCOUNTS).exists()


def test_what_is_none_of_this_customers_is_not_published(
    archives: dict[str, list[Path]], tmp_path: Path
) -> None:
    lake, files = lake_in(tmp_path), QuickFiles()
    publish_account(files, lake, 7, archives["old"], note())
    mixed = written(tmp_path / "mixed", {"orders": [*rows_of(7)["orders"], *rows_of(8)["orders"]]})
    nobodys = written(tmp_path / "nobodys", {"cases": [{"caseOid": "1"}]})
    torn = written(tmp_path / "torn", rows_of(7))
    torn[1].write_bytes(torn[1].read_bytes()[:-30])
    with_others = pa.table({"orderId": ["DEMO-1"]})
    pq.write_table(with_others, tmp_path / "cases.parquet")
    odd = [*archives["new"][:2], tmp_path / "cases.parquet", archives["new"][3]]
    for tables, why in (
        (mixed, "orders.parquet has rows of others"), (nobodys, "cases.parquet has rows of others"),
        (torn, "order_items.parquet cannot be read"), (odd, "cases.parquet cannot be read"),
        (archives["new"][:3], "has no case_messages"),
    ):  # fmt: skip
        with pytest.raises(StorageFailed, match=why) as failed:
            publish_account(files, lake, 7, tables, note(1))
        assert failed.value.mend == "export the account anew"
        assert orders_in(lake, 7) == OLD
    more = tmp_path / "reviews.parquet"
    pq.write_table(with_others, more)  # of an archive's other tables nothing comes here
    publish_account(files, lake, 7, [more, *archives["new"]], note(1))
    assert orders_in(lake, 7) == NEW
    assert len(list((lake / ACCOUNTS / "7").iterdir())) == 1 + len(TABLES)


def test_the_digest_changes_with_each_export_and_with_nothing_else(
    archives: dict[str, list[Path]], tmp_path: Path
) -> None:
    lake, files, seen = lake_in(tmp_path), QuickFiles(), [""]

    def changed() -> bool:
        seen.append(accounts_digest(lake))
        return len(set(seen)) == len(seen)

    publish_account(files, lake, 7, archives["old"], note())
    assert changed()
    publish_account(files, lake, 7, archives["old"], note(1))  # the same rows, read again
    assert changed()
    publish_account(files, lake, 8, archives["8"], note())
    assert changed()
    with pytest.raises(Killed):
        publish_account(FaultyFiles(files, 9), lake, 8, archives["8"], note(1))
    assert accounts_digest(lake) == seen[-1]
    remove_accounts(files, lake, [7])
    assert changed()


def test_damage_is_found_and_named_and_is_nobody_elses(
    archives: dict[str, list[Path]], tmp_path: Path
) -> None:
    lake, files = lake_in(tmp_path), QuickFiles()
    for oid, name in ((7, "new"), (8, "8"), (9, "9")):
        publish_account(files, lake, oid, archives[name], note())
    orders = lake / ACCOUNTS / "7" / "orders.parquet"
    orders.write_bytes(flipped(orders.read_bytes(), 8 * 100))
    told = lake / ACCOUNTS / "8" / "export.json"
    told.write_bytes(told.read_bytes().replace(b'"proven": true', b'"proven": false'))
    (lake / ACCOUNTS / "9" / "cases.parquet").unlink()
    (lake / ACCOUNTS / "9" / "mine.txt").write_text("a note")
    (lake / ACCOUNTS / "elsewhere").mkdir()
    assert verify_accounts(lake) == [
        "accounts/7/orders.parquet: not the bytes that were written",
        "accounts/8/export.json: missing, or not what was written",
        "accounts/9/mine.txt: not listed",
        "accounts/9/cases.parquet: missing",
        "accounts/elsewhere: no export of an account",
    ]
    held = accounts_in(lake)
    assert held.damaged == ("accounts/8", "accounts/9")
    (account,) = held.sound
    with pytest.raises(StorageFailed, match=r"accounts/7/orders.parquet is damaged") as failed:
        read_table(account, "orders")
    assert "--into-lake" in str(failed.value.mend)
    assert read_table(account, "cases").num_rows == 3
    publish_account(files, lake, 8, archives["8"], note(1))
    assert accounts_in(lake).damaged == ("accounts/9",)
