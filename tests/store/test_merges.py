"""Who was absorbed by whom: recorded beside the changes of a snapshot, and followed to the last survivor."""

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.books import quick_folder
from tests.store.faulty import QuickFiles
from tests.store.samples import DRAFT, MIDNIGHT, overwrite
from ucsync.model import Receipt, StorageFailed
from ucsync.store.lake import Lake
from ucsync.store.merges import MERGES, Merge, merges_of, write_merges
from ucsync.store.verifying import verify


def published(lake: Lake, merges: list[Merge]) -> Receipt:
    """A snapshot without customers and with these merges."""
    parent = lake.current()
    finished_at = parent.finished_at + timedelta(hours=1) if parent else MIDNIGHT
    building = lake.begin(DRAFT.scan)
    (building / "customers").mkdir()
    entry = write_merges(QuickFiles(), building, merges)
    draft = replace(
        DRAFT, parent=parent.snapshot if parent else None, finished_at=finished_at, files=(entry,)
    )
    return lake.publish(building, draft)


def merge(absorbed: int, survivor: int) -> Merge:
    return Merge(absorbed, survivor, MIDNIGHT, "20261122T080000Z-00000000")


def test_the_file_is_plain_parquet_for_its_owner_only_and_in_order(tmp_path: Path) -> None:
    entry = write_merges(QuickFiles(), tmp_path, [merge(9, 1), merge(5, 1)])
    table = pq.read_table(tmp_path / MERGES)
    assert table.schema.equals(
        pa.schema(
            [
                ("absorbed_oid", pa.int64()), ("survivor_oid", pa.int64()),
                ("merged_at", pa.timestamp("us", "UTC")), ("push", pa.string()),
            ]
        )
    )  # fmt: skip
    assert table["absorbed_oid"].to_pylist() == [5, 9]
    assert table["merged_at"][0].as_py() == MIDNIGHT
    assert (entry.path, entry.rows, entry.oid_first) == (MERGES, 2, None)
    assert stat.S_IMODE((tmp_path / MERGES).stat().st_mode) == 0o600


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=12), st.data())
def test_a_merge_leads_to_whoever_has_survived_all_of_them(
    wanted: list[tuple[int, int]], data: st.DataObject
) -> None:
    gone: set[int] = set()
    done: list[tuple[int, int]] = []
    for absorbed, survivor in wanted:  # as merges can be done: nobody who is gone takes part
        if absorbed != survivor and not {absorbed, survivor} & gone:
            done.append((absorbed, survivor))
            gone.add(absorbed)
    owner = {oid: oid for oid in range(1, 13)}
    for absorbed, survivor in done:
        owner = {oid: survivor if held == absorbed else held for oid, held in owner.items()}
    with quick_folder() as folder:
        lake, left = Lake(QuickFiles(), folder), done
        while left:
            count = data.draw(st.integers(1, len(left)))
            published(lake, [merge(*pair) for pair in left[:count]])
            left = left[count:]
        assert merges_of(lake) == {oid: owner[oid] for oid in gone}


def test_a_ring_which_cannot_be_is_not_followed_for_ever(tmp_path: Path) -> None:
    lake = Lake(QuickFiles(), tmp_path)
    published(lake, [merge(1, 2), merge(2, 3), merge(3, 1)])
    assert merges_of(lake).keys() == {1, 2, 3}


def test_damage_to_it_is_found_and_nothing_is_concluded_from_it(tmp_path: Path) -> None:
    lake = Lake(QuickFiles(), tmp_path)
    receipt = published(lake, [merge(1, 2)])
    path = lake.path_of(receipt.snapshot) / MERGES
    sound = path.read_bytes()
    assert not [fault for fault in verify(lake, receipt.snapshot) if MERGES in fault]
    overwrite(path, sound[:-9] + b"x" + sound[-8:])
    assert [fault for fault in verify(lake, receipt.snapshot) if MERGES in fault]
    with pytest.raises(StorageFailed, match=r"merges\.parquet of snapshot .* is damaged"):
        merges_of(lake)
    path.unlink()
    with pytest.raises(StorageFailed):
        merges_of(lake)
    assert [fault for fault in verify(lake, receipt.snapshot) if MERGES in fault]
