"""An export that ends badly is gone on with: nothing that was kept is asked for again, nothing is missing."""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.flow.account.bureau import EMAIL, OID, START, Bureau, Document, exported, order
from tests.flow.account.reading import received, rows
from tests.flow.account.test_export import some
from tests.store.books import quick_folder
from tests.store.faulty import FaultyFiles, How, Killed, QuickFiles
from tests.store.powerless import PowerlessFiles
from ucsync.flow.stopping import Stop
from ucsync.model import ConnectionLost, Guarded, Misused, Outcome, Secret, Stopped, StorageFailed
from ucsync.model.accounts import AccountExport
from ucsync.store.account_archive import TABLES, result_of, verify_archive
from ucsync.store.written import Standing, Written
from ucsync.testing import VirtualClock
from ucsync.ultracart.my_account import Credentials

DEEP = "UCSYNC_DEEP" in os.environ


def contents(out: Path) -> dict[str, list[dict[str, Any]]]:
    """Every table, but for when its rows came."""
    return {name: [{**row, "_observed_at": None} for row in rows(out, name)] for name in TABLES}


def cut(at: int) -> Callable[[str, Document, Document], None]:
    """No answer to the request of this number."""
    left = iter(range(at))

    def spoil(operation: str, *_: Document) -> None:
        if next(left, None) is None:
            raise ConnectionLost(operation, "cut", outcome=Outcome.UNKNOWN)

    return spoil


def lasting(folder: Path, sound: AccountExport, told: AccountExport) -> None:
    """What holds after any end and a run that meets no fault."""
    out = folder / "out"
    assert verify_archive(out) == []
    assert (told.lists, told.exit_code, told.masked) == (sound.lists, 0, sound.masked)
    assert {path.name for path in out.iterdir()} == {"received", "tables", "summary.html", "manifest.json"}
    entries = Written(QuickFiles(), folder / "state" / "written" / "shop").entries()
    assert {entry.place for entry in entries} == {str(path) for path in out.rglob("*") if path.is_file()}
    assert {entry.standing() for entry in entries} == {Standing.SAME}
    assert not any(entry.unfinished for entry in entries)


def test_a_run_that_is_cut_off_anywhere_goes_on() -> None:
    with quick_folder() as place:
        (place / "sound").mkdir()
        best = exported(some(23), place / "sound")
        tables = contents(place / "sound" / "out")
        for at in range(best.requests) if DEEP else (*range(0, 12, 2), *range(13, best.requests, 5)):
            folder = place / f"{at}"
            folder.mkdir()
            first, again = some(23), some(23)
            first.spoil = cut(at)
            with pytest.raises(ConnectionLost):
                exported(first, folder)
            assert (folder / "out").exists() == (at > 0), "before the first answer nothing is made"
            assert not (folder / "out" / "manifest.json").exists()
            lasting(folder, best, exported(again, folder))
            assert contents(folder / "out") == tables
            compared = ("getOrders", {}, {"pageNumber": 1, "pageSize": 10}) in again.asked
            resumed = at > 0  # then it is asked whose account it is now
            assert len(first.asked) + len(again.asked) <= best.requests + 1 + compared + resumed, at


def test_a_list_that_has_changed_meanwhile_begins_anew(tmp_path: Path) -> None:
    first = some(43)
    first.spoil = cut(7)
    with pytest.raises(ConnectionLost):
        exported(first, tmp_path)
    again = some(44)
    told = exported(again, tmp_path)
    assert told.exit_code == 0
    assert len(rows(tmp_path / "out", "orders")) == 44
    pages = [query["pageNumber"] for name, _, query in again.asked if name == "getOrders"]
    assert pages == [1, 1, 2, 3, 4, 5], "the first to compare, then all of them"
    assert len(received(tmp_path / "out", "getOrders")) == 5


def test_as_many_orders_are_not_the_same_orders(tmp_path: Path) -> None:
    first, again = some(43), some(43)
    first.spoil = cut(7)
    with pytest.raises(ConnectionLost):
        exported(first, tmp_path)
    again.orders[0] = order(900)  # one was withdrawn, one was placed: all further pages are as they were
    assert exported(again, tmp_path).exit_code == 0
    assert [row["orderId"] for row in rows(tmp_path / "out", "orders")] == [
        one["orderId"] for one in again.orders
    ]


def test_a_list_that_has_not_changed_is_gone_on_with(tmp_path: Path) -> None:
    first = some(43)
    first.spoil = cut(7)
    with pytest.raises(ConnectionLost):
        exported(first, tmp_path)
    again = some(43)
    told = exported(again, tmp_path)
    assert [query["pageNumber"] for name, _, query in again.asked if name == "getOrders"] == [1, 4, 5]
    assert told.exit_code == 0
    assert again.times("getSettings") == 2, "whose account it is, at first and in the end"
    assert told.requests == 7 + len(again.asked), "the one without an answer is not known to have been sent"


def test_a_run_that_is_asked_to_stop_keeps_what_it_has(tmp_path: Path) -> None:
    stop = Stop()
    bureau = some(23)
    bureau.meanwhile = lambda _, answers: stop.ask() if answers == 6 else None
    with pytest.raises(Stopped):
        exported(bureau, tmp_path, stop=stop)
    assert len(bureau.asked) == 6
    assert exported(some(23), tmp_path).exit_code == 0


#: Orders of the customer whose archive meets a bad disk.
FEW = 5


def moments(operations: list[tuple[str, str]], first: int, step: int, *kinds: str) -> list[int]:
    """At which changes on disk something happens: all in the deep run, else a part of those that are not the
    register's, which has its own tests."""
    own = [
        at
        for at, (kind, name) in enumerate(operations, 1)
        if (DEEP or not name.endswith((".building", "shop", "written", "state")))
        and (not kinds or kind in kinds)
    ]
    return own if DEEP else own[first::step]


def recorded(folder: Path) -> list[tuple[str, str]]:
    """The changes on disk of a run without a fault."""
    folder.mkdir()
    recorder = FaultyFiles(QuickFiles())
    exported(some(FEW), folder, recorder)
    return recorder.operations


@pytest.mark.parametrize("how", How)
def test_whatever_happens_to_the_disk_the_next_run_ends_it(how: How) -> None:
    with quick_folder() as place:
        operations = recorded(place / "0")
        best, tables = result_of(place / "0" / "out"), contents(place / "0" / "out")
        for at in moments(operations, list(How).index(how), 19):
            folder = place / f"{at}"
            folder.mkdir()
            first, again = some(FEW), some(FEW)
            with suppress(Killed, StorageFailed):
                exported(first, folder, FaultyFiles(QuickFiles(), at, how))
            if (folder / "out" / "manifest.json").exists():  # it is whole, and nothing is asked for any more
                assert verify_archive(folder / "out") == []
                with pytest.raises(Guarded, match="has an archive already"):
                    exported(again, folder)
                assert not (folder / "out" / ".progress").exists()
            else:
                lasting(folder, best, exported(again, folder))
            assert contents(folder / "out") == tables
            assert len(first.asked) + len(again.asked) <= best.requests + 4, (how, at)


def test_a_power_loss_costs_at_most_an_answer() -> None:
    with quick_folder() as place:
        operations = recorded(place / "0")
        best, tables = result_of(place / "0" / "out"), contents(place / "0" / "out")
        lost = 0
        for at in moments(operations, 2, 11, "sync", "sync_folder", "rename", "remove"):
            folder = place / f"{at}"
            folder.mkdir()
            disk, first, again = PowerlessFiles(place / f"{at}-lost"), some(FEW), some(FEW)
            with pytest.raises(Killed):
                exported(first, folder, FaultyFiles(disk, at, How.KILL))
            lost += disk.lose_power()
            if (folder / "out" / "manifest.json").exists():
                assert verify_archive(folder / "out") == []
            else:
                lasting(folder, best, exported(again, folder))
            assert contents(folder / "out") == tables
            assert len(first.asked) + len(again.asked) <= best.requests + 4, at
        assert lost


def test_a_torn_or_damaged_end_of_the_progress_is_asked_for_again(tmp_path: Path) -> None:
    first = some(23)
    first.spoil = cut(12)
    with pytest.raises(ConnectionLost):
        exported(first, tmp_path)
    path = tmp_path / "out" / ".progress"
    whole = path.read_bytes()
    for number, data in enumerate(
        [whole[:-1], whole[:-700], whole + b"Aacu\x00", whole[:-40] + b"?" + whole[-39:]]
    ):
        path.write_bytes(data)
        again = some(23)
        again.spoil = cut(0)
        with pytest.raises(ConnectionLost):
            exported(again, tmp_path)
        kept = path.read_bytes()
        assert whole.startswith(kept), number
        assert (len(kept) < len(whole)) == (number != 2)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.write_bytes(whole)
    assert exported(some(23), tmp_path).exit_code == 0


def test_damage_in_the_middle_costs_what_is_behind_it(tmp_path: Path) -> None:
    first = some(23)
    first.spoil = cut(12)
    with pytest.raises(ConnectionLost):
        exported(first, tmp_path)
    path = tmp_path / "out" / ".progress"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    told = exported(some(23), tmp_path)
    assert told.exit_code == 0
    assert len(rows(tmp_path / "out", "orders")) == 23


def test_two_people_of_one_address_never_come_into_one_archive(tmp_path: Path) -> None:
    """An account is deleted, and another is made with the same address: between two runs, or within one."""
    first = some(23)
    first.spoil = cut(7)
    with pytest.raises(ConnectionLost):
        exported(first, tmp_path)
    before = (tmp_path / "out" / ".progress").read_bytes()
    other = some(3)
    other.account["customerProfileId"] = OID + 1
    with pytest.raises(Guarded, match="another account answers under this address"):
        exported(other, tmp_path)
    assert other.asked == [("getSettings", {}, {})]
    assert (tmp_path / "out" / ".progress").read_bytes() == before

    def replaced(bureau: Bureau, count: int) -> None:
        bureau.account["customerProfileId"] = OID + (count > 20)

    first.spoil, first.meanwhile = Bureau().spoil, replaced
    with pytest.raises(Guarded, match="another account answers"):
        exported(first, tmp_path)
    assert not (tmp_path / "out" / "manifest.json").exists()
    told = exported(other, tmp_path, replace=True)
    assert (told.customer_profile_oid, told.exit_code) == (OID + 1, 0)
    assert len(rows(tmp_path / "out", "orders")) == 3


def test_what_was_begun_more_than_a_day_ago_is_not_mixed_with_today(tmp_path: Path) -> None:
    first = some(23)
    first.spoil = cut(7)
    with pytest.raises(ConnectionLost):
        exported(first, tmp_path, clock=VirtualClock(START))
    again = some(24)
    for later in (timedelta(hours=25), timedelta(days=400)):
        with pytest.raises(Guarded, match="begun on 2026-11-22, too long ago"):
            exported(again, tmp_path, clock=VirtualClock(START + later))
    assert again.asked == []
    told = exported(again, tmp_path, clock=VirtualClock(START + later), replace=True)
    assert (told.started_at, told.exit_code) == (START + later, 0)
    assert again.times("getShippingAddresses") == 1


def test_another_customers_unfinished_archive_is_left_alone(tmp_path: Path) -> None:
    first = some(23)
    first.spoil = cut(5)
    with pytest.raises(ConnectionLost):
        exported(first, tmp_path)
    before = (tmp_path / "out" / ".progress").read_bytes()
    other = Credentials("somebody.else@example.com", Secret("another-password"))
    for wrong in ({"credentials": other}, {"merchant": "shop2"}, {"merchant_id": "OTHER"}):
        bureau = Bureau()
        with pytest.raises(Guarded, match="unfinished archive of another customer") as guarded:
            exported(bureau, tmp_path, **wrong)
        assert EMAIL.lower() not in f"{guarded.value} {guarded.value.mend}".lower()
        assert bureau.asked == []
    assert (tmp_path / "out" / ".progress").read_bytes() == before
    assert exported(Bureau(), tmp_path, credentials=other, replace=True).exit_code == 0
    assert rows(tmp_path / "out", "orders") == []


@pytest.mark.parametrize("name", ["notes.txt", "manifest.json", ".progress", "tables"])
@pytest.mark.parametrize("replace", [False, True])
def test_a_folder_that_holds_something_else_is_not_touched(tmp_path: Path, name: str, replace: bool) -> None:
    out = tmp_path / "out"
    if name == "tables":
        (out / name).mkdir(parents=True)
    else:
        out.mkdir()
        (out / name).write_text('{"format": "mine"}')
    bureau = Bureau()
    with pytest.raises(Guarded, match="holds something else, which is left alone"):
        exported(bureau, tmp_path, replace=replace)
    assert [path.name for path in out.iterdir()] == [name]
    assert bureau.asked == []


def test_an_empty_folder_will_do_and_a_file_or_a_missing_parent_will_not(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert exported(Bureau(), tmp_path).exit_code == 0
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "out").write_text("mine")
    with pytest.raises(Misused, match="is a file; name a folder"):
        exported(Bureau(), tmp_path / "b")
    with pytest.raises(Misused, match="there is no folder"):
        exported(Bureau(), tmp_path / "c")
    assert not (tmp_path / "c" / "out").exists()


def test_an_archive_that_is_replaced_stands_until_the_new_one_is_fetched(tmp_path: Path) -> None:
    exported(some(3), tmp_path)
    (tmp_path / "out" / "notes.txt").write_text("mine")
    before = (tmp_path / "out" / "manifest.json").read_bytes()
    first = some(43)
    first.spoil = cut(7)
    with pytest.raises(ConnectionLost):
        exported(first, tmp_path, replace=True, clock=VirtualClock(START))
    assert verify_archive(tmp_path / "out") == []
    assert (tmp_path / "out" / "manifest.json").read_bytes() == before
    with pytest.raises(Guarded, match="has an archive already"):
        exported(Bureau(), tmp_path)
    again = some(43)
    exported(again, tmp_path, replace=True, clock=VirtualClock(START))
    assert [query["pageNumber"] for name, _, query in again.asked if name == "getOrders"] == [1, 4, 5]
    assert len(rows(tmp_path / "out", "orders")) == 43
    assert (tmp_path / "out" / "notes.txt").read_text() == "mine"
    assert list((tmp_path / "out").glob(".*")) == []
    assert order(1)["orderId"] in (tmp_path / "out" / "summary.html").read_text(encoding="utf-8")
