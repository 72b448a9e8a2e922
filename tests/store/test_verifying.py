"""Verifying: whatever is not as it was published is found."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.store.faulty import QuickFiles
from tests.store.samples import DRAFT, MIDNIGHT, NO_FILE, a_snapshot, flipped, overwrite
from ucsync.model import FileEntry, Receipt
from ucsync.plan.keeping import KeepPolicy
from ucsync.store.lake import Lake
from ucsync.store.verifying import digest_faults, receipt_faults, verify


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(QuickFiles(), tmp_path / "shop")


@pytest.fixture
def receipt(lake: Lake) -> Receipt:
    """Of a snapshot with every kind of file."""
    a_snapshot(lake)
    return a_snapshot(lake, finished_at=MIDNIGHT + timedelta(days=1))


def test_what_was_published_is_sound(lake: Lake, receipt: Receipt) -> None:
    assert len(receipt.files) == 4
    assert [verify(lake, published.snapshot) for published in lake.receipts()] == [[], []]


def test_every_flipped_bit_of_every_file_is_found(lake: Lake, receipt: Receipt) -> None:
    """By the two functions that `verify` asks; it is asked itself in the test below."""
    folder = lake.path_of(receipt.snapshot)
    tried = 0
    for entry in receipt.files:
        data = (folder / entry.path).read_bytes()
        assert digest_faults(entry, [data]) == []
        for bit in range(len(data) * 8):
            assert digest_faults(entry, [flipped(data, bit)]), (entry.path, bit)
        tried += len(data)
    data = (folder / "receipt.json").read_bytes()
    assert receipt_faults(receipt.snapshot, data) == []
    for bit in range(len(data) * 8):
        assert receipt_faults(receipt.snapshot, flipped(data, bit)), ("receipt.json", bit)
    assert tried + len(data) > 3_000


def test_a_flipped_bit_on_the_disk_is_found_and_its_file_named(lake: Lake, receipt: Receipt) -> None:
    folder = lake.path_of(receipt.snapshot)
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    assert len(files) == 5
    for path in files:
        whole = path.read_bytes()
        bits = len(whole) * 8
        for bit in range(0, bits, 1 if os.environ.get("UCSYNC_DEEP") else max(1, bits // 60)):
            overwrite(path, flipped(whole, bit))
            (fault,) = verify(lake, receipt.snapshot)
            assert fault.startswith(path.relative_to(folder).as_posix()), bit
        overwrite(path, whole)
    assert verify(lake, receipt.snapshot) == []


def test_a_file_that_is_gone_cut_or_too_much_is_found(lake: Lake, receipt: Receipt) -> None:
    folder = lake.path_of(receipt.snapshot)
    for path in [path for path in sorted(folder.rglob("*")) if path.is_file()]:
        whole, name = path.read_bytes(), path.relative_to(folder).as_posix()
        path.unlink()
        assert verify(lake, receipt.snapshot) == [f"{name}: No such file or directory"]
        for changed in (b"", whole[:-1], whole + b"\n"):
            path.write_bytes(changed)
            assert verify(lake, receipt.snapshot)[0].startswith(name)
        path.write_bytes(whole)
    (folder / "customers" / ".part-00002.parquet").touch()
    (folder / "more").mkdir()
    assert verify(lake, receipt.snapshot) == [
        "customers/.part-00002.parquet: not of this snapshot",
        "more: not of this snapshot",
    ]


def test_a_snapshot_that_is_not_there_is_said(lake: Lake) -> None:
    assert verify(lake, "20260101T000000Z-00000000") == ["receipt.json: No such file or directory"]


def test_a_receipt_under_another_name_is_found(lake: Lake, receipt: Receipt) -> None:
    lake.path_of(receipt.snapshot).rename(lake.path_of("20260101T000000Z-00000000"))
    found = verify(lake, "20260101T000000Z-00000000")
    assert found == ["receipt.json: it is that of another snapshot"]


def test_a_pruned_full_state_is_not_missed_but_a_lost_one_is(lake: Lake) -> None:
    ids = [a_snapshot(lake, finished_at=MIDNIGHT + timedelta(days=day)).snapshot for day in range(4)]
    assert lake.prune(KeepPolicy(0, 0, 0)) == [ids[1]]
    assert verify(lake, ids[1]) == []
    (lake.path_of(ids[1]) / "changes.parquet").write_bytes(b"")
    assert len(verify(lake, ids[1])) == 1
    for snapshot in (ids[0], ids[2], ids[3]):
        for part in (lake.path_of(snapshot) / "customers").iterdir():
            part.unlink()
        (lake.path_of(snapshot) / "customers").rmdir()
        assert len(verify(lake, snapshot)) == 2


def oids(*values: int | None) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"customer_profile_oid": pa.array(values, pa.int32())}), sink)
    data: bytes = sink.getvalue().to_pybytes()
    return data


FIRST, SECOND = "customers/part-00000.parquet", "customers/part-00001.parquet"


@pytest.mark.parametrize(
    ("files", "change", "found"),
    [
        ([(FIRST, oids(1, 2), 2, 1, 2)], {}, []),
        ([(FIRST, oids(), 0, None, None)], {}, []),
        ([], {}, []),
        ([(FIRST, oids(2, 1), 2, 2, 1)], {}, ["do not follow", "not in the order of their oids"]),
        ([(FIRST, oids(1, 1), 2, 1, 1)], {}, ["not in the order of their oids"]),
        ([(FIRST, oids(1, None, 3), 3, 1, 3)], {}, ["not in the order of their oids"]),
        ([(FIRST, oids(1, 2), 2, 1, 3)], {}, ["first or last oid"]),
        ([(FIRST, oids(1, 2), 3, 1, 2)], {}, ["2 rows, 3 were written"]),
        ([(FIRST, oids(1, 2), 2, 1, 2)], {"rows": 3}, ["3 rows in all, 2 in its parts"]),
        ([(FIRST, oids(1, 3), 2, 1, 3), (SECOND, oids(3), 1, 3, 3)], {}, ["00001.parquet: its oids do not"]),
        ([(FIRST, b"PAR1", 0, None, None)], {}, ["not a Parquet file of customers"]),
        ([("changes.parquet", oids(4), 1, None, None)], {"updated": 1}, []),
        ([("changes.parquet", oids(4), 1, None, None)], {"updated": 2}, ["not as many rows as the receipt"]),
        ([("quarantine.jsonl", b"{}\n", 2, None, None)], {}, ["1 rows, 2 were written"]),
    ],
)
def test_counts_and_order_that_do_not_agree_are_found(
    lake: Lake,
    files: list[tuple[str, bytes, int, int | None, int | None]],
    change: dict[str, int],
    found: list[str],
) -> None:
    building = lake.begin("scan")
    (building / "customers").mkdir()
    entries = []
    for path, data, rows, first, last in files:
        (building / path).write_bytes(data)
        entry = FileEntry(path=path, bytes=len(data), sha256=sha256(data).hexdigest(), rows=rows)
        entries.append(replace(entry, oid_first=first, oid_last=last))
    rows = sum(entry.rows for entry in entries if entry.path.startswith("customers/"))
    draft = replace(DRAFT, files=tuple(entries), **{"rows": rows, **change})  # type: ignore[arg-type]  # counts only
    faults = verify(lake, lake.publish(building, draft).snapshot)
    assert len(faults) == len(found)
    for fault, words in zip(faults, found, strict=True):
        assert words in fault


@pytest.mark.parametrize("cut", [lambda data: [data], lambda data: [data[:7], data[7:], b""]])
def test_a_digest_does_not_depend_on_the_pieces(cut: Callable[[bytes], list[bytes]]) -> None:
    data = bytes(range(256))
    entry = replace(NO_FILE, path="x", bytes=256, sha256=sha256(data).hexdigest())
    assert digest_faults(entry, cut(data)) == []
