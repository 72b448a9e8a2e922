"""From staged pages to snapshots, against a model in plain Python."""

import json
import os
from base64 import b64decode
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.faulty import QuickFiles
from tests.store.samples import flipped
from tests.store.shop import NOON, Row, Shop, expected, version_of
from ucsync.model import Receipt, Stopped, StorageFailed
from ucsync.store.decoding import Aside
from ucsync.store.parts import in_order, missing
from ucsync.store.quarantine import Quarantine
from ucsync.store.schema import SCHEMA_ID
from ucsync.store.verifying import verify

DEEP = "UCSYNC_DEEP" in os.environ

OIDS = st.integers(1, 40)
ROWS = st.tuples(OIDS | st.none(), st.integers(-1, 5))
ORDERS = st.sampled_from(["oid", "email", "none"])


@st.composite
def scans(draw: st.DrawFn) -> tuple[list[list[Row]], set[int], set[int]]:
    """Pages in some order, the last rows of each repeated on the next; whom to remove, whom to pass over."""
    rows = draw(st.lists(ROWS, max_size=40))
    order = draw(ORDERS)
    if order == "oid":
        rows.sort(key=lambda row: row[0] or 0)
    elif order == "email":
        rows.sort(key=lambda row: str(row[0]))
    size, overlap = draw(st.integers(1, 9)), draw(st.integers(0, 3))
    pages = [rows[max(0, start - overlap) : start + size] for start in range(0, len(rows), size)]
    return pages, draw(st.sets(OIDS, max_size=6)), draw(st.sets(OIDS, max_size=6))


def check(
    shop: Shop, receipt: Receipt, pages: Sequence[Sequence[Row]], gone: set[int], passed_over: set[int]
) -> None:
    """Everything about a snapshot agrees with the model, which then goes on from there."""
    should = expected(shop.state, pages, gone, receipt.scan, passed_over)
    rows = shop.rows_of(receipt)
    assert {row["customer_profile_oid"]: (version_of(row), row["_scan"]) for row in rows} == should.state
    assert [row["customer_profile_oid"] for row in rows] == sorted(should.state)
    counts = (receipt.inserted, receipt.updated, receipt.deleted)
    assert counts == (len(should.inserted), len(should.updated), len(should.deleted))
    assert (receipt.rows, receipt.unchanged) == (len(rows), should.unchanged)
    assert receipt.quarantined == should.quarantined == len(shop.quarantine_of(receipt))
    if receipt.parent is None:
        assert not shop.file_of(receipt, "changes.parquet").exists()
    else:
        changes = {row["customer_profile_oid"]: row for row in shop.changes_of(receipt)}
        assert list(changes) == sorted(changes)
        assert {oid: row["_op"] for oid, row in changes.items()} == {
            **dict.fromkeys(should.inserted, "insert"),
            **dict.fromkeys(should.updated, "update"),
            **dict.fromkeys(should.deleted, "delete"),
        }
        now = {oid: (version_of(row), row["_scan"]) for oid, row in changes.items() if row["_op"] != "delete"}
        assert now.items() <= should.state.items()
        for oid in should.deleted:
            assert version_of(changes[oid]) == shop.state[oid][0]
            assert changes[oid]["_scan"] == receipt.scan
            assert changes[oid]["_observed_at"] == NOON + timedelta(hours=shop.last_scan)
    shop.state = should.state


def check_parts(shop: Shop, receipt: Receipt) -> None:
    """The snapshot is sound, ranges ascend, no part is far too large, nothing is left beside it."""
    assert verify(shop.lake, receipt.snapshot) == []
    last = 0
    for entry in (entry for entry in receipt.files if entry.path.startswith("customers/")):
        assert 2 * entry.rows <= 3 * shop.rows_part
        if entry.rows:
            assert entry.oid_first is not None
            assert entry.oid_last is not None
            assert last < entry.oid_first <= entry.oid_last
            last = entry.oid_last
    assert {path.name for path in (shop.folder / "lake").iterdir()} == {"CURRENT", "snapshots", "building"}
    assert list((shop.folder / "lake" / "building").iterdir()) == []


@given(st.lists(scans(), min_size=1, max_size=4), st.integers(2, 12))
@settings(max_examples=1000 if DEEP else 20, deadline=None)
def test_a_snapshot_holds_the_latest_version_of_every_customer(
    nights: list[tuple[list[list[Row]], set[int], set[int]]], rows_part: int
) -> None:
    with TemporaryDirectory() as folder:
        shop = Shop(Path(folder), rows_part=rows_part)
        for pages, gone, passed_over in nights:
            receipt = shop.publish(pages, gone, passed_over=passed_over)
            check(shop, receipt, pages, gone, passed_over)
            check_parts(shop, receipt)


def of(*oids: int, version: int = 1) -> list[Row]:
    """Customers of one version."""
    return [(oid, version) for oid in oids]


def test_a_first_snapshot_is_all_inserts_and_its_parts_are_full(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    receipt = shop.publish([of(1, 2, 3, 4, 5), of(5, 6, 7, 8, 9)])
    assert [(part.rows, part.oid_first, part.oid_last) for part in receipt.files] == [
        (4, 1, 4),
        (4, 5, 8),
        (1, 9, 9),
    ]
    assert (receipt.rows, receipt.inserted, receipt.schema) == (9, 9, SCHEMA_ID)
    assert receipt.finished_at == NOON + timedelta(hours=1.5)


def test_a_part_in_which_nothing_changed_is_the_same_file(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    old = shop.publish([of(*range(1, 13))])
    new = shop.publish([of(*range(1, 13)), of(6, version=2)])
    inodes = [
        [shop.file_of(receipt, f"customers/part-{part:05d}.parquet").stat().st_ino for part in range(3)]
        for receipt in (old, new)
    ]
    assert [one == other for one, other in zip(*inodes, strict=True)] == [True, False, True]
    assert (new.unchanged, new.updated) == (11, 1)
    assert new.files[0] == old.files[0]


def test_an_unchanged_customer_keeps_the_day_it_was_first_seen_so(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.publish([of(1, 2)])
    rows = shop.rows_of(shop.publish([of(1), of(2, version=2)]))
    assert [row["_observed_at"] for row in rows] == [NOON + timedelta(hours=1), NOON + timedelta(hours=2)]


def test_new_customers_fill_the_last_part_before_another_begins(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.publish([of(1, 2, 3, 4, 5)])
    sizes = [[part.rows for part in shop.publish([of(*more)]).files[:-1]] for more in ([6], [7, 8], [9])]
    assert sizes == [[4, 2], [4, 4], [4, 4, 1]]


def test_a_part_that_grows_is_split_and_a_small_one_joins_its_neighbour(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.publish([of(10, 20, 30, 40, 50, 60, 70, 80)])
    grown = shop.publish([of(11, 12, 13)])
    assert [part.rows for part in grown.files[:-1]] == [4, 3, 4]
    shrunk = shop.publish([], gone=[10, 11, 12])
    assert [(part.oid_first, part.oid_last) for part in shrunk.files[:-1]] == [(13, 40), (50, 80)]
    assert [row["customer_profile_oid"] for row in shop.rows_of(shrunk)] == [13, 20, 30, 40, 50, 60, 70, 80]


def test_a_lake_that_loses_everybody_can_still_be_read(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.publish([of(1, 2)])
    receipt = shop.publish([], gone=[1, 2])
    assert (receipt.rows, receipt.deleted) == (0, 2)
    assert pq.read_table(shop.file_of(receipt, "customers")).num_rows == 0
    assert verify(shop.lake, receipt.snapshot) == []
    assert shop.publish([of(3)]).rows == 1


def test_nothing_changed_is_told_by_an_empty_file_of_changes(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.publish([of(1)])
    changes = pq.read_table(shop.file_of(shop.publish([of(1)]), "changes.parquet"))
    assert changes.num_rows == 0
    assert changes.column_names[-1] == "_op"


def test_a_row_that_cannot_be_decoded_is_quarantined_and_its_last_good_version_stays(
    tmp_path: Path,
) -> None:
    shop = Shop(tmp_path)
    shop.publish([of(1, 2)])
    receipt = shop.publish([[(1, 2), (2, -1), (None, 3)], [(9, -1)]])
    assert [version_of(row) for row in shop.rows_of(receipt)] == [2, 1]
    lines = shop.quarantine_of(receipt)
    assert [(line["page"], line["row"], line["oid"]) for line in lines] == [
        (1, 1, 2),
        (1, 2, None),
        (2, 0, 9),
    ]
    assert all("2@example.com" not in line["reason"] for line in lines)
    assert json.loads(lines[0]["raw"])["email"] == "2@example.com"


def test_what_a_later_page_has_sound_is_not_quarantined(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    receipt = shop.publish([[(1, -1)], [(1, 2)]])
    assert (receipt.rows, receipt.quarantined) == (1, 0)


def test_quarantine_keeps_even_what_is_no_text(tmp_path: Path) -> None:
    file = Quarantine(QuickFiles(), tmp_path)
    file.add(
        Aside(page=1, row=0, oid=None, reason="email: text that is not Unicode", raw=b'{"email":"\xff"}')
    )
    assert [(entry.path, entry.rows) for entry in file.finish()] == [("quarantine.jsonl", 1)]
    line = json.loads((tmp_path / "quarantine.jsonl").read_text())
    assert b64decode(line["raw_base64"]) == b'{"email":"\xff"}'


@pytest.mark.parametrize("order", ["ascending", "descending", "shuffled"])
def test_the_order_of_pages_changes_no_byte(tmp_path: Path, order: str) -> None:
    shop, other = Shop(tmp_path / "one"), Shop(tmp_path / "other")
    rows = of(*range(1, 54))
    moved = {
        "ascending": rows,
        "descending": rows[::-1],
        "shuffled": sorted(rows, key=lambda row: row[0] * 7919 % 53 if row[0] else 0),
    }[order]
    straight = shop.publish([rows[start : start + 7] for start in range(0, len(rows), 7)])
    turned = other.publish([moved[start : start + 7] for start in range(0, len(rows), 7)])
    assert turned.files == straight.files


def test_a_stop_leaves_nothing_and_the_old_snapshot(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    old = shop.publish([of(*range(1, 20))])
    asked: list[int] = []
    for patience in range(40):
        asked.clear()

        def stop(patience: int = patience) -> bool:
            asked.append(1)
            return len(asked) > patience

        try:
            shop.publish([of(*range(19, 0, -1), version=2)], stop=stop)
            break
        except Stopped:
            assert shop.lake.current() == old
            assert list((tmp_path / "lake" / "building").iterdir()) == []
    assert 2 < patience < 39, "it is asked several times, and in the end it is done"


def test_every_row_of_a_page_is_counted_while_it_works(tmp_path: Path) -> None:
    counted: list[int] = []
    Shop(tmp_path).publish([of(1, 2, 3), of(3, 4), []], on_rows=counted.append)
    assert sum(counted) == 5


def test_a_damaged_part_is_not_built_upon(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    receipt = shop.publish([of(1, 2)])
    path = shop.file_of(receipt, receipt.files[0].path)
    path.write_bytes(flipped(path.read_bytes(), 80))
    with pytest.raises(StorageFailed, match=r"part-00000\.parquet of snapshot .* is damaged"):
        shop.publish([of(1, version=2)])
    assert shop.lake.current() == receipt


@given(st.sets(OIDS), st.sets(OIDS), st.none() | OIDS, st.none() | OIDS, st.integers(2, 12))
@settings(max_examples=300 if DEEP else 10, deadline=None)
def test_who_was_not_seen_between_two_oids_is_told(
    there: set[int], seen: set[int], low: int | None, high: int | None, rows_part: int
) -> None:
    with TemporaryDirectory() as folder:
        shop = Shop(Path(folder), rows_part=rows_part)
        receipt = shop.publish([of(*sorted(there))])
        found = missing(shop.lake.path_of(receipt.snapshot), receipt.files, in_order(seen), low, high)
        between = {oid for oid in there if (low or 0) <= oid < (high or 99)}
        assert list(found) == sorted(between - seen)


def test_the_customers_that_were_not_seen_are_told(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    receipt = shop.publish([of(*range(1, 30))])
    seen = in_order([40, *range(2, 29), 5, 5])
    assert list(missing(shop.lake.path_of(receipt.snapshot), receipt.files, seen)) == [1, 29]
    everybody = list(missing(shop.lake.path_of(receipt.snapshot), receipt.files, in_order([])))
    assert everybody == list(range(1, 30))
