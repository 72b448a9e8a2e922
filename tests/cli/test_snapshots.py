"""`ucsync snapshots`: what is in the lake, whether it is sound, and out of it."""

import csv
import json
import re
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import CUSTOMERS, Shop, listing
from tests.store.samples import MIDNIGHT, a_snapshot
from ucsync.flow.snapshots import list_snapshots
from ucsync.plan import KeepPolicy
from ucsync.store import DiskFiles, Lake, hold

NOBODY = "http://127.0.0.1:1"


@pytest.fixture
def offline(shop: Shop) -> Shop:
    """The lake, without a server and without a key."""
    gone = Shop(shop.folder, NOBODY)
    gone.configure()
    return gone


def test_a_list_has_every_snapshot_with_its_counts(offline: Shop) -> None:
    told = offline.run("snapshots", "list", "--json", key=None).told
    first, second = told["snapshots"]
    assert (first["kind"], first["rows"], first["inserted"], first["current"]) == (
        "full", CUSTOMERS, CUSTOMERS, False,
    )  # fmt: skip
    assert (second["kind"], second["rows"], second["inserted"], second["updated"], second["current"]) == (
        "incremental", CUSTOMERS + 1, 1, 5, True,
    )  # fmt: skip
    there = sum(path.stat().st_size for path in offline.snapshots()[1].rglob("*.parquet"))
    assert second["bytes"] == there
    said = offline.run("snapshots", "list", "demo", key=None).out
    assert re.search(r"incremental +proven +451 +\+1 +~5 +-0 +1 +\d+\.\d kB +current", said)


def test_a_receipt_is_shown_in_words_and_as_it_is(offline: Shop) -> None:
    told = offline.run("snapshots", "show", "--json", key=None).told
    written = json.loads((offline.snapshots()[-1] / "receipt.json").read_text(encoding="utf-8"))
    assert {**told, "format": 1} == written
    said = offline.run("snapshots", "show", "demo", key=None).out
    assert f"snapshot {told['snapshot']} of demo" in said
    assert "1 inserted, 5 updated, 0 deleted" in said


def test_the_beginning_of_an_id_is_enough(offline: Shop) -> None:
    first = offline.snapshots()[0].name
    names: tuple[str, ...]
    for names in ((first,), ("demo", first), ("demo", first[:-1]), (first[:-1],)):
        assert offline.run("snapshots", "show", *names, "--json").told["snapshot"] == first
    for names, said in (
        (("demo", "2"), "2 snapshots begin with that"),
        (("demo", "1999"), "no snapshot begins with that"),
        (("nobody", "2"), "no merchant 'nobody'"),
        (("demo", "2", "3"), "at most a merchant and a snapshot"),
    ):
        done = offline.run("snapshots", "show", *names)
        assert (done.code, done.out) == (78 if "nobody" in names else 2, "")
        assert said in done.err


def test_a_sound_snapshot_is_verified_without_a_server(offline: Shop) -> None:
    done = offline.run("snapshots", "verify", key=None)
    assert done.code == 0
    assert "is as it was published: 3 files" in done.out


def test_a_flipped_bit_is_found_and_named(offline: Shop) -> None:
    part = offline.snapshots()[-1] / "customers" / "part-00000.parquet"
    data = bytearray(part.read_bytes())
    data[len(data) // 2] ^= 4
    part.write_bytes(data)
    done = offline.run("snapshots", "verify", "--json", "--sample", "5", key=None)
    assert done.code == 74
    assert done.told["faults"] == [
        "customers/part-00000.parquet: the SHA-256 is not that of what was written"
    ]
    assert done.told["sample"] is None
    assert done.err == ""


def test_a_damaged_receipt_is_found_in_the_list_and_by_verify(offline: Shop) -> None:
    receipt = offline.snapshots()[0] / "receipt.json"
    receipt.write_bytes(receipt.read_bytes().replace(b"full", b"fool"))
    done = offline.run("snapshots", "list", key=None)
    assert done.code == 74
    assert f"{offline.snapshots()[0].name}  receipt damaged" in done.out
    done = offline.run("snapshots", "verify", offline.snapshots()[0].name, key=None)
    assert done.code == 74
    assert "receipt.json" in done.out
    done = offline.run("snapshots", "show", offline.snapshots()[0].name, key=None)
    assert done.code == 74
    assert "is damaged" in done.err


def test_a_sample_agrees_with_the_server_and_costs_a_request_each(shop: Shop) -> None:
    before = shop.requests()
    done = shop.run("snapshots", "verify", "--sample", "7", "--json")
    assert done.code == 0
    assert done.told["sample"] == {"read": 7, "same": 7, "changed": 0, "gone": [], "differing": []}
    assert shop.requests() - before == 7
    assert "7 customers from the server, a request each" in done.err


def test_a_sample_waits_for_no_run(shop: Shop) -> None:
    before = shop.requests()
    with hold(shop.lake, ["run"]):
        done = shop.run("snapshots", "verify", "--sample", "3")
    assert done.code == 75
    assert shop.requests() == before


@pytest.mark.parametrize("kind", ["parquet", "csv", "ndjson"])
def test_a_snapshot_is_exported_whole(offline: Shop, tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"customers.{kind}"
    assert offline.run("snapshots", "export", str(target), "--to", kind, key=None).code == 0
    if kind == "parquet":
        assert pq.read_table(target).num_rows == CUSTOMERS + 1
    elif kind == "csv":
        with target.open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == CUSTOMERS + 1
    else:
        assert len(target.read_bytes().splitlines()) == CUSTOMERS + 1
    again = offline.run("snapshots", "export", str(target), "demo", "--json", key=None)
    assert again.code == 4
    assert "--force" in again.err
    forced = offline.run("snapshots", "export", str(target), "demo", "--force", "--json", key=None)
    assert forced.told["kind"] == kind
    assert forced.told["snapshot"] == offline.snapshots()[-1].name


def test_an_export_needs_a_kind(offline: Shop, tmp_path: Path) -> None:
    done = offline.run("snapshots", "export", str(tmp_path / "customers.xlsx"))
    assert done.code == 2
    assert "--to parquet, csv or ndjson" in done.err


def test_what_a_dry_run_names_is_what_prune_removes(offline: Shop, tmp_path: Path) -> None:
    lake = Lake(DiskFiles(), offline.lake)
    (offline.folder / "lake").rename(tmp_path / "old")
    for hours in range(6):
        a_snapshot(lake, finished_at=MIDNIGHT + timedelta(hours=hours))
    offline.configure("keep.daily = 1\nkeep.weekly = 1\nkeep.monthly = 1")
    before = listing(offline.lake)
    dry = offline.run("snapshots", "prune", "--dry-run", "--json", key=None).told["snapshots"]
    assert len(dry) == 3
    assert dry == lake.prunable(KeepPolicy(1, 1, 1))
    assert listing(offline.lake) == before
    done = offline.run("snapshots", "prune", key=None)
    assert done.out.splitlines()[0] == "demo: 3 full states removed"
    assert [one.receipt.snapshot for one in list_snapshots("demo", lake).snapshots if not one.whole] == dry
    assert "pruned: only its changes are there" in offline.run("snapshots", "list", key=None).out
    assert offline.run("snapshots", "prune", key=None).out == "demo: no full state removed\n"


def test_prune_does_not_get_in_the_way_of_a_run(offline: Shop) -> None:
    with hold(offline.lake, ["run"]):
        assert offline.run("snapshots", "prune", key=None).code == 75


def test_every_command_of_the_group_has_an_example() -> None:
    for command in ("list", "show", "verify", "export", "prune"):
        done = Shop(Path.cwd(), NOBODY).run("snapshots", command, "--help")
        assert f"Example:  ucsync snapshots {command}" in re.sub(r"\s+", " ", done.out).replace(": ", ":  ")
