"""Which customers are newer in the lake than on a page, told by the order of snapshots and by no clock."""

import shutil
from pathlib import Path

import pytest

from tests.store.shop import NOON, Shop
from ucsync.model import Receipt, StorageFailed
from ucsync.plan import KeepPolicy
from ucsync.store.merges import Merge
from ucsync.store.touched import is_built_on, superseded, touched_since


def merged(absorbed: int, survivor: int) -> Merge:
    return Merge(absorbed, survivor, NOON, "20261122T080000Z-00000000")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, list[Receipt]]:
    """Snapshots that insert 4, update 1, remove 2, record that 9 and 3 were merged away, set 1 aside."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    return shop, [
        shop.publish([[(1, 1), (2, 1), (3, 1)]]),
        shop.publish([[(4, 1)]]),
        shop.publish([[(1, 2), (3, 1)]]),
        shop.publish([], [2]),
        shop.publish([], merges=[merged(9, 1), merged(3, 1)]),
        shop.publish([[(1, -1)]]),
    ]


def copied(shop: Shop, folder: Path) -> Shop:
    """The same, to do with as one likes."""
    shutil.copytree(shop.folder, folder / "shop")
    return Shop(folder / "shop")


def test_whom_later_snapshots_have_touched_is_told_for_each_snapshot(
    seen: tuple[Shop, list[Receipt]],
) -> None:
    shop, receipts = seen
    ids = [receipt.snapshot for receipt in receipts]
    found = touched_since(shop.lake, receipts[-1], ids)
    assert found is not None
    assert [found[snapshot] for snapshot in ids] == [
        {1, 2, 3, 4, 9}, {1, 2, 3, 9}, {1, 2, 3, 9}, {1, 3, 9}, {1}, set(),
    ]  # fmt: skip


def test_it_does_not_take_the_full_states_of_old_snapshots(
    seen: tuple[Shop, list[Receipt]], tmp_path: Path
) -> None:
    shop, receipts = copied(seen[0], tmp_path), seen[1]
    assert shop.lake.prune(KeepPolicy(0, 0, 0))
    found = touched_since(shop.lake, receipts[-1], [receipts[1].snapshot])
    assert found == {receipts[1].snapshot: {1, 2, 3, 9}}


def test_a_snapshot_that_the_current_one_is_not_built_on_has_no_answer(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    first, lost = shop.publish([[(1, 1)]]), shop.publish([[(2, 1)]])
    shutil.rmtree(shop.lake.path_of(lost.snapshot))
    (tmp_path / "lake" / "CURRENT").write_text(f"{first.snapshot}\n")
    again = shop.publish([[(2, 2)]])
    for unknown in ([lost.snapshot], [first.snapshot, lost.snapshot], [None]):
        assert touched_since(shop.lake, again, unknown) is None
        assert not is_built_on(shop.lake, again, unknown)
    assert touched_since(shop.lake, first, [again.snapshot]) is None
    assert is_built_on(shop.lake, again, [first.snapshot, again.snapshot])


def test_a_gap_in_history_has_no_answer_either(seen: tuple[Shop, list[Receipt]], tmp_path: Path) -> None:
    shop, receipts = copied(seen[0], tmp_path), seen[1]
    (shop.lake.path_of(receipts[2].snapshot) / "receipt.json").write_bytes(b"{}")
    assert touched_since(shop.lake, receipts[-1], [receipts[1].snapshot]) is None
    assert touched_since(shop.lake, receipts[-1], [receipts[4].snapshot]) == {receipts[4].snapshot: {1}}


def test_damaged_changes_are_an_error(seen: tuple[Shop, list[Receipt]], tmp_path: Path) -> None:
    shop, receipts = copied(seen[0], tmp_path), seen[1]
    (shop.lake.path_of(receipts[2].snapshot) / "changes.parquet").write_bytes(b"")
    with pytest.raises(StorageFailed, match=r"changes\.parquet of snapshot .* is damaged"):
        touched_since(shop.lake, receipts[-1], [receipts[1].snapshot])


def test_the_last_page_that_somebody_is_on_decides() -> None:
    later: dict[str | None, set[int]] = {"old": {1, 2, 3}, "new": {3}}
    assert superseded([[1, 2, 5], [2, 3, -1]], ["old", "new"], later) == {1, 3}
    assert superseded([[2, 3], [1, 2, 5]], ["new", "old"], later) == {1, 2, 3}
    assert superseded([], [], later) == set()
