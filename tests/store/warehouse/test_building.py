"""A warehouse appears whole or not at all, from any lake; who reads the one before keeps that."""

import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.store.faulty import trials
from tests.store.samples import MIDNIGHT, a_snapshot
from tests.store.warehouse.nights import (
    FILES,
    FIRST_NIGHT,
    Document,
    Nights,
    asked,
    customers_at,
    people,
    texts_in,
)
from ucsync.model import StorageFailed, Tier
from ucsync.plan.keeping import KeepPolicy
from ucsync.store.files import Files
from ucsync.store.lake import Lake
from ucsync.store.warehouse import about_warehouse, open_warehouse, put_in_place, warehouse_path

DEEP = "UCSYNC_DEEP" in os.environ
PARTS = ("billing", "orders_summary", "tags")


def customer(oid: int, **fields: object) -> Document:
    return {"customer_profile_oid": oid, "tags": [{"tag_value": f"t{oid}"}], **fields}


def emptied(nights: Nights) -> Nights:
    """Three customers, one of whom changes, and one goes."""
    nights.publish([customer(1), customer(2), customer(3)])
    nights.publish([customer(1, terms="Net 30")], gone=[2])
    return nights


def oids_in(path: Path) -> list[int]:
    with open_warehouse(path) as warehouse:
        rows = asked(warehouse, "SELECT customer_profile_oid AS oid FROM customers ORDER BY ALL")
    return [row["oid"] for row in rows]


def test_the_file_is_its_owners_only_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    nights = emptied(Nights(tmp_path))
    path = nights.build()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {one.name for one in nights.home.iterdir()} == {"CURRENT", "building", "snapshots", path.name}
    assert oids_in(path) == [1, 3]


def test_whatever_dies_the_old_warehouse_stands_and_the_next_build_makes_the_new(tmp_path: Path) -> None:
    begun = emptied(Nights(tmp_path / "begun"))
    old = begun.build()
    before = texts_in(old)

    def prepare(folder: Path) -> None:
        copy_tree(begun.folder, folder)
        nights_in(folder).publish([customer(9)])

    def build(files: Files, folder: Path) -> Path:
        return nights_in(folder).build(files=files)

    seen, mended = set(), False
    for trial in trials(build, tmp_path / "trials", prepare, in_turn=not DEEP):
        path = warehouse_path(nights_in(trial.folder).home, Tier.STANDARD)
        kept = path.read_bytes() == old.read_bytes()
        assert kept or oids_in(path) == [1, 3, 9]
        assert not kept or trial.ended is not None
        left = list(path.parent.glob(".warehouse*/*"))
        if (left and not mended) or DEEP:
            mended = True
            assert oids_in(build(FILES, trial.folder)) == [1, 3, 9]
            assert not list(path.parent.glob(".warehouse*"))
        seen.add(kept)
    assert mended
    assert seen == {True, False}
    assert texts_in(old) == before


def test_taking_its_name_is_one_step_whatever_fails(tmp_path: Path) -> None:
    def prepare(folder: Path) -> None:
        folder.mkdir(parents=True)
        for name in ("old", "new", "old.wal"):
            (folder / name).write_text(name)

    for trial in trials(
        lambda files, folder: put_in_place(files, folder / "new", folder / "old"), tmp_path, prepare
    ):
        assert (trial.folder / "old").read_text() in ("old", "new")
        assert (trial.folder / "old").read_text() == "new" or trial.ended is not None
        assert (trial.folder / "old").read_text() == "old" or not (trial.folder / "old.wal").exists()


def nights_in(folder: Path) -> Nights:
    nights = Nights(folder)
    nights.night = len(nights.lake.receipts())
    return nights


def copy_tree(source: Path, target: Path) -> None:
    """With hard links: nothing of a lake is ever written to again."""
    for path in source.rglob("*"):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            os.link(path, place)


def test_who_reads_the_old_warehouse_keeps_it_while_a_new_one_takes_its_name(tmp_path: Path) -> None:
    nights = emptied(Nights(tmp_path))
    path = nights.build()
    with open_warehouse(path) as reader, duckdb.connect(tmp_path / "other.duckdb") as elsewhere:
        elsewhere.execute(f"ATTACH '{path}' AS theirs (READ_ONLY)")
        nights.publish([customer(9)])
        nights.build()
        assert [row["n"] for row in asked(reader, "SELECT count(*) AS n FROM customer_history")] == [4]
        assert elsewhere.sql("SELECT count(*) FROM theirs.tags").fetchall() == [(2,)]
        assert oids_in(path) == [1, 3, 9]


def test_what_somebody_wrote_into_the_old_file_is_not_read_with_the_new_one(tmp_path: Path) -> None:
    nights = emptied(Nights(tmp_path))
    path = nights.build()
    log = path.with_name("warehouse.duckdb.wal")
    log.write_bytes(b"what is left of another program's writing")
    nights.build()
    assert not log.exists()
    assert oids_in(path) == [1, 3]


def test_a_warehouse_works_under_any_name_and_beside_others(tmp_path: Path) -> None:
    nights = emptied(Nights(tmp_path))
    moved = nights.build().rename(tmp_path / "for the analysts.duckdb")
    with duckdb.connect() as analyst:
        analyst.execute(f"ATTACH '{moved}' AS shop (READ_ONLY)")
        assert analyst.sql("SELECT count(*) FROM shop.customer_history").fetchall() == [(4,)]
        assert analyst.sql("SELECT count(*) FROM shop.ultracart_dw.uc_customers").fetchall() == [(2,)]
        analyst.execute("USE shop")  # a macro reads what the one who asks would read
        query = "SELECT count(*) FROM shop.customers_at(TIMESTAMPTZ '2026-08-26 12:00:00+00')"
        assert analyst.sql(query).fetchall() == [(3,)]


def test_every_relation_tells_what_a_row_of_it_is(tmp_path: Path) -> None:
    nights = emptied(Nights(tmp_path))
    with open_warehouse(nights.build()) as warehouse:
        assert len(warehouse.views) > 25
        for view in warehouse.views:
            assert view.purpose.startswith("One row"), view.name
            assert warehouse.rows(view) >= 0
        assert warehouse.rows(next(view for view in warehouse.views if view.name == "warehouse")) == 1


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Nights]:
    yield Nights(tmp_path)


def test_one_snapshot_alone_has_a_history_of_one_day(nights: Nights) -> None:
    receipt = nights.publish(people(5, PARTS))
    with open_warehouse(nights.build()) as warehouse:
        assert warehouse.about.history_from == receipt.finished_at
        assert asked(warehouse, "SELECT * FROM changes_daily") == []
        (told,) = asked(warehouse, "SELECT count(*) AS n, min(valid_from) AS begun FROM customer_history")
    assert told == {"n": 5, "begun": receipt.finished_at}


def test_parts_that_never_changed_stand_beside_those_that_did(tmp_path: Path) -> None:
    nights = Nights(tmp_path, rows_part=2)
    first = nights.publish([customer(oid) for oid in range(1, 9)])
    last = nights.publish([customer(3, terms="Net 30")], gone=[8])
    parts = [{entry.sha256 for entry in receipt.files if entry.oid_first} for receipt in (first, last)]
    assert len(parts[0] & parts[1]) == 2
    with open_warehouse(nights.build(Tier.HIGH)) as warehouse:
        for receipt in (first, last):
            assert customers_at(warehouse, receipt.finished_at) == nights.rows_of(receipt).to_pylist()


def test_a_lake_without_customers_has_a_warehouse_without_rows(nights: Nights) -> None:
    nights.publish([])
    nights.publish([])
    with open_warehouse(nights.build()) as warehouse:
        rows = {view.name: warehouse.rows(view) for view in warehouse.views}
    assert rows["customers"] == rows["customer_history"] == rows["tags"] == rows["billing_addresses"] == 0
    assert rows["receipts"] == 2


def test_a_lake_that_everybody_has_left_keeps_their_history(nights: Nights) -> None:
    nights.publish([customer(1)])
    nights.publish([], gone=[1])
    with open_warehouse(nights.build()) as warehouse:
        assert asked(warehouse, "SELECT ended_by FROM customer_history") == [{"ended_by": "delete"}]


def test_states_follow_one_another_though_a_clock_was_set_back(nights: Nights) -> None:
    times = [FIRST_NIGHT + timedelta(hours=hours) for hours in (10, 3, 3, 30)]
    for number, at in enumerate(times):
        nights.publish([customer(1, terms=f"Net {number}")], at=at)
    with open_warehouse(nights.build()) as warehouse:
        rows = asked(
            warehouse, "SELECT terms, valid_from, valid_to FROM customer_history ORDER BY valid_from"
        )
        held = [row["held_from"] for row in asked(warehouse, "SELECT held_from FROM receipts")]
    begun = [times[0], *(times[0] + timedelta(microseconds=passed) for passed in (1, 2)), times[3]]
    assert [row["terms"] for row in rows] == ["Net 0", "Net 1", "Net 2", "Net 3"]
    assert [row["valid_from"] for row in rows] == sorted(held) == begun
    assert [row["valid_to"] for row in rows] == [*begun[1:], None]


def test_history_begins_where_the_line_of_snapshots_is_whole(nights: Nights) -> None:
    for number in range(6):
        nights.publish([customer(1, terms=f"Net {number}"), customer(2)])
    lake = nights.lake
    lake.prune(KeepPolicy(daily=2, weekly=0, monthly=0))
    gone = nights.finished[2].snapshot
    (lake.path_of(gone) / "receipt.json").write_bytes(b"damaged")
    with open_warehouse(nights.build()) as warehouse:
        first = nights.finished[4]  # the first after the damage that has its full state
        assert warehouse.about.history_from == first.finished_at
        rows = asked(warehouse, "SELECT DISTINCT valid_from FROM customer_history ORDER BY ALL")
        assert [row["valid_from"] for row in rows] == [nights.finished[n].finished_at for n in (4, 5)]
        outside = asked(warehouse, "SELECT snapshot FROM receipts WHERE held_from IS NULL")
        assert {row["snapshot"] for row in outside} == {
            nights.finished[number].snapshot for number in (0, 1, 3)
        }


def test_rows_of_an_older_version_are_brought_to_todays_columns(tmp_path: Path) -> None:
    lake = Lake(FILES, tmp_path / "lake" / "shop")
    a_snapshot(lake)
    a_snapshot(lake, [(1, 2, 3), (5, 8, 9)], finished_at=MIDNIGHT + timedelta(days=1))
    nights = Nights(tmp_path)
    with open_warehouse(nights.build(Tier.MEDIUM)) as warehouse:
        rows = asked(warehouse, "SELECT customer_profile_oid AS oid, email, billing, tags FROM customers")
        changes = asked(warehouse, "SELECT customer_profile_oid AS oid, op FROM changes")
    assert sorted(row["oid"] for row in rows) == [1, 2, 3, 5, 8, 9]
    assert {row["email"] for row in rows} == {None}
    assert changes == [{"oid": 1, "op": "update"}]


def test_a_damaged_lake_is_told_and_the_warehouse_stands(nights: Nights) -> None:
    emptied(nights)
    path = nights.build()
    old = path.read_bytes()
    receipt = nights.publish([customer(9)])
    part = nights.lake.path_of(receipt.snapshot) / "customers" / "part-00000.parquet"
    data = part.read_bytes()
    part.write_bytes(data[:-20] + bytes(20))
    with pytest.raises(StorageFailed) as told:
        nights.build()
    assert "ucsync snapshots verify" in str(told.value.mend)
    part.unlink()
    with pytest.raises(StorageFailed, match=r"part-00000.parquet of snapshot .* is not there"):
        nights.build()
    assert path.read_bytes() == old


def test_what_is_no_warehouse_is_told(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    for content in (None, b"", b"not a database" * 1000):
        if content is not None:
            path.write_bytes(content)
        assert about_warehouse(path) is None
        with pytest.raises(StorageFailed), open_warehouse(path):
            pass
    path.unlink()
    with duckdb.connect(path) as other:
        other.execute("CREATE TABLE warehouse AS SELECT 1 AS a")
    assert about_warehouse(path) is None
    with pytest.raises(StorageFailed, match="cannot be read"), open_warehouse(path):
        pass
