"""`ucsync account`: a customer's own account as files, whole, private, and nobody else's."""

import re
import shutil
import stat
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGINT, SIGKILL, SIGTERM, Signals
from typing import Any
from zipfile import ZipFile

import pytest

from tests.cli.conftest import ADDRESS, ENV, MORE, OID, ORDERS, Portal, Shop, kept
from tests.cli.served import EMAIL, PASSWORD
from tests.ward import Patient, Ward
from ucsync.accounts import ExportedAccount, accounts_kept_out
from ucsync.app import read_config, written_of
from ucsync.cli.account import in_words
from ucsync.forgetting import ForgetWishes, forget
from ucsync.model import Busy
from ucsync.model.accounts import AccountExport, ListRead, Unreadable
from ucsync.store import DiskFiles, Lake, hold
from ucsync.store.written import Wrote

AT = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)


def test_everything_of_the_account_is_there_private_and_as_its_manifest_says(exported: Portal) -> None:
    told = exported.told()
    names = {file["path"] for file in told["files"]} | {"manifest.json"}
    assert kept(exported.jo) == names
    assert {"summary.html", "tables/orders.parquet", "received/getOrders.json"} <= names
    assert (told["customer_profile_oid"], told["proven"]) == (OID, True)
    assert {one["name"]: one["rows"] for one in told["lists"]}["getOrders"] == ORDERS
    for path in (exported.jo, *exported.jo.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    checked = exported.run("account", "check", "jo")
    assert (checked.code, "every file is as it was written" in checked.out, checked.err) == (0, True, "")


def test_people_are_told_what_is_in_it_and_nothing_of_the_customer(portal: Portal) -> None:
    done = portal.account()
    assert (done.code, "proven" in done.out, f"customer {OID}" in done.out) == (0, True, True)
    assert re.search(rf"getOrders +{ORDERS} rows +proven", done.out)
    said = done.out + done.err
    assert PASSWORD not in said
    assert "@" not in said
    for path in portal.folder.rglob("*"):
        assert path.is_dir() or PASSWORD.encode() not in path.read_bytes(), path


def test_the_merchants_id_is_known_from_the_snapshot_or_asked_for(synced: Shop, tmp_path: Path) -> None:
    fresh = Portal(tmp_path, synced.url)
    fresh.configure()
    done = fresh.account()
    assert (done.code, 'write UltraCart\'s id of the merchant, e.g. merchant_id = "DEMO"' in done.err) == (
        78,
        True,
    )
    shutil.copytree(synced.folder / "lake", tmp_path / "lake")
    assert fresh.account().code == 0


def test_a_finished_archive_is_replaced_only_when_that_is_asked_for(archived: Portal) -> None:
    before, sent = archived.told()["finished_at"], archived.sent()
    done = archived.account()
    assert (done.code, "--force" in done.err, archived.sent()) == (4, True, sent)
    again = archived.account("--force", "--json")
    assert (again.code, again.told["finished_at"] > before) == (0, True)


def test_what_is_not_ours_is_left_alone_whatever_is_asked_for(portal: Portal) -> None:
    portal.jo.mkdir()
    (portal.jo / "holiday.jpg").write_bytes(b"sun")
    for more in ((), ("--force",)):
        assert portal.account(*more).code == 4
    assert kept(portal.jo) == {"holiday.jpg"}
    assert portal.account("--out", "no/such/folder").code == 2


def test_the_zip_holds_the_archive_and_is_registered_like_it(exported: Portal) -> None:
    path = exported.folder / "jo.zip"
    assert exported.told()["zip"] == "jo.zip"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with ZipFile(path) as packed:
        for name in packed.namelist():
            assert packed.read(name) == (exported.folder / name).read_bytes()
        assert {name.partition("/")[2] for name in packed.namelist()} == kept(exported.jo)
    entries = written_of(read_config(exported.folder / "ucsync.toml"), "demo").entries()
    assert {(entry.deed.what, entry.deed.of) for entry in entries} == {(Wrote.ACCOUNT, str(OID))}
    places = {Path(entry.place) for entry in entries}
    assert places >= {path, *(exported.folder / "jo" / name for name in kept(exported.jo))}


def test_what_a_kill_has_left_undone_is_done_without_another_request(archived: Portal) -> None:
    (archived.folder / "jo.zip").unlink()
    sent = archived.sent()
    assert archived.account("--zip", email="somebody@else.example").code == 4
    done = archived.account("--zip", "--into-lake", "--json")
    assert (done.code, archived.sent(), done.told["was_complete"]) == (0, sent, True)
    assert (archived.folder / "lake" / "demo" / "accounts" / str(OID) / "orders.parquet").exists()
    assert ZipFile(archived.folder / "jo.zip").testzip() is None
    assert archived.account("--zip", "--into-lake").code == 4
    (archived.jo / "summary.html").unlink()
    (archived.folder / "jo.zip").unlink()
    assert archived.account("--zip").code == 4
    assert archived.sent() == sent


def test_a_zip_that_is_there_is_said_before_anything_is_spent(archived: Portal) -> None:
    shutil.rmtree(archived.jo)
    sent, packed = archived.sent(), (archived.folder / "jo.zip").read_bytes()
    done = archived.account("--zip")
    assert (done.code, "jo.zip is there already" in done.err, archived.sent()) == (4, True, sent)
    assert "--force" in done.err
    assert (archived.folder / "jo.zip").read_bytes() == packed
    assert archived.account("--zip", "--force").code == 0


def test_a_zip_of_somebody_else_is_not_taken_for_ours(archived: Portal) -> None:
    packed, sent = archived.folder / "jo.zip", archived.sent()
    ours = packed.read_bytes()
    locked = ours.replace(
        b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
    )  # says: encrypted
    assert locked != ours
    for foreign in (b"mine", b"", ours[:-1000], locked):
        packed.write_bytes(foreign)
        done = archived.account("--zip", "--into-lake")
        assert (done.code, "jo.zip is there already" in done.err, "move it away" in done.err) == (
            4,
            True,
            True,
        )
        assert (packed.read_bytes(), archived.sent()) == (foreign, sent)


def test_orders_come_into_the_lake_for_sql(synced: Shop, tmp_path: Path) -> None:
    shutil.copytree(synced.folder, tmp_path / "shop")
    shop = Portal(tmp_path / "shop", synced.url)
    shop.configure(MORE)
    asked = ("sql", "SELECT count(DISTINCT orderId) FROM orders", "--json")
    assert shop.run(*asked).code == 2
    done = shop.account("--into-lake", "--json")
    assert done.code == 0, done.err
    published = Path(done.told["published"])
    assert published == shop.lake / "accounts" / str(OID)
    rows = {one["name"]: one["rows"] for one in done.told["lists"]}["getOrders"]
    assert list(shop.run(*asked).told["rows"][0].values()) == [rows]
    assert shop.run("account", "check", "jo").code == 0


def test_whoever_was_forgotten_does_not_come_into_the_lake(synced: Shop, tmp_path: Path) -> None:
    shutil.copytree(synced.folder, tmp_path / "shop")
    shop = Portal(tmp_path / "shop", synced.url)
    shop.configure(MORE)
    assert shop.account("--zip").code == 0
    told = shop.run("forget", str(OID), "--dry-run", "--json").told
    assert shop.run("forget", str(OID), "--confirm", told["confirm"]).code == 0
    assert not (shop.folder / "jo.zip").exists()
    assert kept(shop.folder) & {"jo/manifest.json", "jo/summary.html", "jo/tables/orders.parquet"} == set()
    sent = shop.sent()
    done = shop.account("--into-lake", "--force")
    assert (done.code, "was forgotten" in done.err, shop.sent()) == (4, True, sent)


def test_whoever_was_forgotten_under_another_address_is_known_after_one_request(portal: Portal) -> None:
    lake = Lake(DiskFiles(), portal.lake)
    lake.suppress(lake.suppression().with_people([OID], [], datetime.now(UTC)))
    sent = portal.sent()
    done = portal.account("--into-lake")
    assert (done.code, "was forgotten" in done.err, portal.sent() - sent) == (4, True, 1)
    assert not portal.jo.exists()
    assert portal.account().code == 0  # into no lake


def test_one_export_of_an_account_at_a_time(portal: Portal) -> None:
    assert portal.account(password="wrong").code == 77  # so that its lock has been made
    (lock,) = (portal.folder / "state" / "locks").glob("account-demo-*.lock")
    sent = portal.sent()
    with hold(lock.parent, [lock.stem]):
        assert portal.account().code == 75
        assert portal.sent() == sent
        other = portal.account("--out", "other", email="somebody@else.example")
        assert other.code == 77
    assert EMAIL not in lock.name
    assert portal.account().code == 0


def test_two_accounts_are_never_exported_into_one_folder_at_a_time(portal: Portal) -> None:
    assert portal.account(password="wrong").code == 77
    (lock,) = (portal.folder / "state" / "locks").glob("archive-*.lock")
    (portal.folder / "also-jo").symlink_to("jo")
    sent = portal.sent()
    with hold(lock.parent, [lock.stem]):
        assert portal.account(email="somebody@else.example").code == 75
        assert portal.account("--out", "also-jo", email="somebody@else.example").code == 75
    assert portal.sent() == sent


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("lake/demo/accounts/77", "lies in the lake; name a folder elsewhere"),
        ("state/staging/jo", "lies in the state; name a folder elsewhere"),
        ("nowhere/jo", "there is no folder nowhere to make jo in"),
        ("ucsync.toml", "ucsync.toml is a file; name a folder"),
        ("dangling", "dangling is a link to nothing; name a folder"),
        ("round", "round is a link to nothing; name a folder"),
    ],
)
def test_a_folder_that_cannot_be_the_archives_is_said_before_anything_is_sent(
    portal: Portal, out: str, said: str
) -> None:
    (portal.folder / "dangling").symlink_to("gone")
    (portal.folder / "round").symlink_to("round")
    sent = portal.sent()
    done = portal.account("--out", out)
    assert (done.code, said in done.err, done.err.count("\n")) == (2, True, 1), done.err
    assert portal.sent() == sent


def test_a_name_that_no_folder_can_have_is_the_disks_word(portal: Portal) -> None:
    done = portal.account("--out", "a" * 300)
    assert (done.code, "File name too long" in done.err, "stdout" in done.err) == (74, True, False)


def test_an_export_and_a_forgetting_keep_out_of_each_others_way(portal: Portal) -> None:
    config = read_config(portal.folder / "ucsync.toml")
    locks = config.state / "locks"
    sent = portal.sent()
    with accounts_kept_out(config, "demo"):
        assert portal.account().code == 75
    assert portal.sent() == sent
    assert portal.account(password="wrong").code == 77
    (lock,) = locks.glob("account-demo-*.lock")
    with hold(locks, [lock.stem]), pytest.raises(Busy, match="another run holds account-demo-"):
        forget(config, "demo", ForgetWishes(oids=(OID,), dry_run=True))
    with hold(locks, ["account-demo-2-012"]), accounts_kept_out(config, "demo"):
        pass  # another merchant's


#: Ten requests at once, then none for the rest of a second.
SLOW = MORE.replace("= 1000", "= 10")


def exporting(ward: Ward, portal: Portal, *more: str) -> Patient:
    words = ("account", "export", *ADDRESS, *ENV, "--out", str(portal.jo), *more)
    return ward.ucsync(*words, folder=portal.folder, environment={"PASSWORD": PASSWORD})


@pytest.mark.parametrize("number", [SIGINT, SIGTERM, SIGKILL], ids=lambda number: number.name)
def test_however_it_is_stopped_it_goes_on_where_it_was(
    ward: Ward, portal: Portal, exported: Portal, number: Signals
) -> None:
    whole, before = exported.told(), portal.sent()
    portal.configure(SLOW)
    run = exporting(ward, portal)
    while portal.sent() - before < 8:
        assert not (portal.jo / "manifest.json").exists(), "it was too quick"
    run.send(number)
    ended = run.end()
    portal.configure(MORE)
    assert ended.code == {SIGINT: 130, SIGTERM: 143, SIGKILL: -9}[number]
    assert number is SIGKILL or "run it again to go on" in ended.err
    assert (portal.jo / ".progress").exists()
    unfinished = portal.run("account", "check", "jo")
    assert (unfinished.code, "run it again to go on" in unfinished.out) == (74, True)
    done = portal.account("--json")
    assert (done.code, done.told["proven"]) == (0, True)
    assert portal.sent() - before <= whole["requests"] + 6  # another login, and a page or two
    assert {one["name"]: one["rows"] for one in done.told["lists"]} == {
        one["name"]: one["rows"] for one in whole["lists"]
    }
    assert kept(portal.jo) == kept(exported.jo)


@pytest.mark.parametrize(
    ("name", "damage", "said"),
    [
        ("tables/orders.parquet", lambda data: data[:-1], "tables/orders.parquet: "),
        ("summary.html", lambda data: data.replace(b"<", b">", 1), "summary.html: other bytes"),
        ("manifest.json", lambda data: data[:-30], "manifest.json: "),
        ("received/getOrders.json", None, "received/getOrders.json: missing"),
    ],
)
def test_damage_to_an_archive_is_named(archived: Portal, name: str, damage: Any, said: str) -> None:
    path = archived.jo / name
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage(path.read_bytes()))
    done = archived.run("account", "check", "jo")
    assert (done.code, done.err) == (74, "")
    assert said in done.out
    told = archived.run("account", "check", "jo", "--json").told
    assert (told["exit_code"], len(told["faults"])) == (74, 1)


def test_what_is_no_folder_cannot_be_checked(portal: Portal) -> None:
    done = portal.run("account", "check", "nowhere")
    assert (done.code, "there is no folder nowhere" in done.err) == (2, True)


def test_of_many_unreadable_parts_some_are_named_and_all_counted(portal: Portal) -> None:
    held = AccountExport(
        merchant="demo", customer_profile_oid=OID, out="jo", started_at=AT, finished_at=AT, requests=9,
        lists=(ListRead(name="getOrders", rows=105, proven=True),), files=(), masked=0,
        unreadable=tuple(Unreadable(what=f"getOrder {n}", why="404") for n in range(105)),
    )  # fmt: skip
    said = in_words(ExportedAccount(account=held))
    assert said.count("getOrder ") == 20
    assert "and 85 more; the manifest names all of them" in said
