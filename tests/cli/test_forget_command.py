"""`ucsync forget` as people use it: who and what first, then it is done, proven, and what is left is told."""

import shutil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.canary import grounds_in
from tests.cli.conftest import Shop, listing
from ucsync.store import DiskFiles, hold
from ucsync.store.forgetting import intend, look_for

OID = 1_000_003


def email_of(shop: Shop, oid: int) -> str:
    rows = shop.run("sql", "SELECT customer_profile_oid, email FROM customers", "--json").told["rows"]
    return next(str(row["email"]) for row in rows if row["customer_profile_oid"] == oid)


def customers(shop: Shop) -> list[int]:
    parts = sorted((shop.snapshots()[-1] / "customers").glob("*.parquet"))
    return sorted(oid for part in parts for oid in pq.read_table(part)["customer_profile_oid"].to_pylist())


def test_it_tells_first_and_does_nothing_without_a_confirmation(shop: Shop) -> None:
    before = listing(shop.lake)
    dry = shop.run("forget", str(OID), "--dry-run", "--json", key=None)
    assert dry.code == 0
    assert dry.told["customers"] == [OID]
    assert dry.told["would"]["snapshots"] == 2
    assert dry.told["done"] is False
    refused = shop.run("forget", "demo", str(OID), key=None)
    assert refused.code == 4
    assert f"--confirm {dry.told['confirm']}" in refused.err
    after = {name: held for name, held in listing(shop.lake).items() if name in before}
    assert {name: held for name, held in after.items() if not name.endswith(".lock")} == {
        name: held for name, held in before.items() if not name.endswith(".lock")
    }
    assert email_of(shop, OID) not in dry.out + refused.err


def test_it_is_done_by_address_proven_and_lasts(shop: Shop) -> None:
    email = email_of(shop, OID)
    everybody = customers(shop)
    assert shop.run("warehouse", "build", "--tier", "medium").code == 0
    assert shop.run("snapshots", "export", "people.csv").code == 0
    dry = shop.run("forget", "--email", "-", "--dry-run", "--json", typed=f"{email.upper()}\n")
    assert dry.told["customers"] == [OID]
    assert [Path(place).name for place in dry.told["would"]["written"]] == ["people.csv"]
    told = shop.run("forget", "--email", "-", "--confirm", dry.told["confirm"], "--json", typed=f"{email}\n")
    assert told.code == 0, told.err
    assert told.told["proof"]["found_in"] == {}
    assert told.told["rebuilt"] == ["warehouse-medium.duckdb"]
    assert not (shop.folder / "people.csv").exists()
    assert customers(shop) == [oid for oid in everybody if oid != OID]
    for snapshot in shop.snapshots():
        assert shop.run("snapshots", "verify", "demo", snapshot.name).code == 0
    shown = shop.run("snapshots", "show", "--json").told
    assert shown["rewritten"]["times"] == 1
    with duckdb.connect(str(shop.lake / "warehouse-medium.duckdb"), read_only=True) as warehouse:
        found = warehouse.execute("SELECT count(*) FROM customers WHERE email = ?", [email]).fetchone()
        assert found == (0,)
    assert shop.run("sync", "--full", "--json").told["suppressed"] == 1
    assert customers(shop) == [oid for oid in everybody if oid != OID]
    [run] = [one for one in shop.run("status", "--json").told["runs"] if one["kind"] == "forget"]
    assert run["result"] == "forgot 1 customer: 2 snapshots rewritten"
    for more in (("--dry-run",), ("--again",), ("--confirm", "01234567")):
        assert shop.run("forget", str(OID), "--lift", *more).code == 2
    lifted = shop.run("forget", str(OID), "--email", email, "--lift")
    assert lifted.out == "demo: 2 entries taken off the list\n"
    assert shop.run("forget", str(OID), "--lift", "--json").told == {"merchant": "demo", "lifted": 0}
    shop.run("sync", "--full")
    assert customers(shop) == everybody


def test_in_words_it_tells_what_it_cannot_reach(shop: Shop) -> None:
    code = shop.run("forget", str(OID), "--dry-run", "--json").told["confirm"]
    told = shop.run("forget", str(OID), "--confirm", code)
    assert told.code == 0
    for words in (
        "1 customer forgotten",
        "looked for in",
        "found in 0 of them",
        "backups",
        "UltraCart itself",
    ):
        assert words in told.out
    assert shop.run("forget").code == 2  # nobody is left to be forgotten


def test_what_was_begun_is_ended_without_naming_anybody(shop: Shop) -> None:
    grounds = grounds_in(shop.folder, DiskFiles(), "demo")
    intend(grounds, look_for(grounds, [OID], []).people)
    hint = "`ucsync forget` has not ended"
    assert any(hint in note for note in shop.run("status", "--json").told["notes"])
    assert any(hint in note for note in shop.run("sync", "--json").told["notes"])
    assert OID in customers(shop)
    assert shop.run("forget").code == 0
    assert OID not in customers(shop)
    assert not any(hint in note for note in shop.run("status", "--json").told["notes"])


@pytest.mark.parametrize("words", [["five"], ["0"], ["demo", "-1"], ["99999999999"]])
def test_what_is_no_oid_is_wrong_usage(shop: Shop, words: list[str]) -> None:
    assert shop.run("forget", *words, "--dry-run").code in (2, 78)


def test_after_a_backup_is_restored_whoever_is_on_the_list_goes_again(shop: Shop, tmp_path: Path) -> None:
    shutil.copytree(shop.lake, tmp_path / "backup")
    code = shop.run("forget", str(OID), "--dry-run", "--json").told["confirm"]
    assert shop.run("forget", str(OID), "--confirm", code).code == 0
    for kept in ("snapshots", "CURRENT"):
        old, new = tmp_path / "backup" / kept, shop.lake / kept
        shutil.rmtree(new) if new.is_dir() else new.unlink()
        shutil.move(old, new)
    assert OID in customers(shop)
    told = shop.run("forget", "--again", "--dry-run", "--json").told
    assert told["customers"] == [OID]
    assert shop.run("forget", "--again", "--confirm", told["confirm"]).code == 0
    assert OID not in customers(shop)


def test_a_file_that_was_changed_since_is_left_and_told(shop: Shop) -> None:
    assert shop.run("snapshots", "export", "people.csv").code == 0
    path = shop.folder / "people.csv"
    path.write_text(path.read_text(encoding="utf-8") + "mine\n", encoding="utf-8")
    code = shop.run("forget", str(OID), "--dry-run", "--json").told["confirm"]
    told = shop.run("forget", str(OID), "--confirm", code)
    assert told.code == 3
    assert "people.csv: another file, or one that was changed since" in told.out
    assert path.exists()


def test_a_run_that_is_under_way_is_not_disturbed(shop: Shop) -> None:
    for folder, name in ((shop.lake, "run"), (shop.lake, "warehouse")):
        with hold(folder, [name]):
            assert shop.run("forget", str(OID), "--dry-run").code == 75
