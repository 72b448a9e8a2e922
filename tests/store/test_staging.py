"""Staged pages: what was kept is there again, whatever died."""

from dataclasses import replace
from hashlib import shake_256
from pathlib import Path

import duckdb
import pytest

from tests.store.faulty import DEADLY, FaultyFiles, How, QuickFiles, Trial, died, kill_this_process, trials
from tests.store.samples import HEADER, NOTE, flipped, overwrite
from ucsync.model import StorageFailed
from ucsync.store.files import DiskFiles, Files
from ucsync.store.staging import StagedScan, Staging

BODIES = [b'{"customers":[%d]}' % number * 50 for number in range(4)]


def staging(folder: Path, files: Files | None = None) -> Staging:
    return Staging(files or QuickFiles(), folder / "staging" / "shop")


def begun(folder: Path, pages: int = 3) -> StagedScan:
    scan = staging(folder).begin(HEADER)
    for number in range(pages):
        scan.append(replace(NOTE, offset=number), BODIES[number])
    return scan


def opened(folder: Path) -> StagedScan:
    scan = staging(folder).open_scan()
    assert scan is not None
    return scan


def bodies(scan: StagedScan) -> list[bytes]:
    return [scan.read(number)[1] for number in range(1, scan.count + 1)]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "staging" / "shop").rglob("*"))


def test_a_killed_scan_goes_on_at_its_last_page(tmp_path: Path) -> None:
    begun(tmp_path)
    scan = opened(tmp_path)
    assert scan.header == HEADER
    assert scan.append(NOTE, BODIES[3]) == 4
    assert bodies(scan) == bodies(opened(tmp_path)) == BODIES
    assert [scan.note(number).offset for number in (1, 2, 3, 4)] == [0, 1, 2, 0]
    assert scan.note(4) == NOTE


def test_a_body_comes_back_byte_for_byte(tmp_path: Path) -> None:
    scan = begun(tmp_path, 0)
    odd = [b"", b"\n", b"\n\n{}\n", b"\xff\x00" * 9, shake_256().digest(300_000), b"x" * 3_000_000]
    for body in odd:
        scan.append(NOTE, body)
    assert bodies(opened(tmp_path)) == odd


def test_where_nothing_is_staged_nothing_is_opened_or_written(tmp_path: Path) -> None:
    recorder = FaultyFiles(QuickFiles())
    assert staging(tmp_path, recorder).open_scan() is None
    assert recorder.operations == []


def test_a_page_is_on_the_disk_before_its_name_and_both_before_the_next_request(tmp_path: Path) -> None:
    recorder = FaultyFiles(DiskFiles())
    staging(tmp_path, recorder).begin(HEADER).append(NOTE, b"{}")
    folder, page = HEADER.scan, "000001.json.zst"
    assert recorder.operations[-9:] == [
        ("sync_folder", tmp_path.name),
        ("create", "scan.json"),
        ("write", "scan.json"),
        ("sync", "scan.json"),
        ("sync_folder", folder),
        ("create", page),
        ("write", page),
        ("sync", page),
        ("sync_folder", folder),
    ]


def test_a_torn_page_is_dropped_wherever_it_is_torn(tmp_path: Path) -> None:
    begun(tmp_path, 2)
    page = tmp_path / "staging" / "shop" / HEADER.scan / "000003.json.zst"
    opened(tmp_path).append(NOTE, BODIES[2])
    whole = page.read_bytes()
    for length in range(len(whole)):
        page.write_bytes(whole[:length])
        again = staging(tmp_path)
        scan = again.open_scan()
        assert scan is not None
        assert bodies(scan) == BODIES[:2]
        assert again.mended == (f"dropped 1 staged page(s) after page 2 of scan {HEADER.scan}",)
        assert not page.exists()


def test_every_flipped_bit_of_a_page_is_found(tmp_path: Path) -> None:
    scan = begun(tmp_path, 1)
    page = tmp_path / "staging" / "shop" / HEADER.scan / "000001.json.zst"
    whole = page.read_bytes()
    for bit in range(len(whole) * 8):
        overwrite(page, flipped(whole, bit))
        with pytest.raises(StorageFailed, match="staged page 1") as failed:
            scan.read(1)
    assert "fetched anew" in failed.value.mend
    with pytest.raises(StorageFailed, match="staged page 1"):
        scan.note(1)


def test_a_staged_page_is_the_body_to_any_zstd_tool(tmp_path: Path) -> None:
    begun(tmp_path)
    pages = tmp_path / "staging" / "shop" / HEADER.scan / "*.json.zst"
    with duckdb.connect() as connection:
        rows = connection.sql(f"SELECT customers FROM read_json('{pages}') ORDER BY ALL").fetchall()  # noqa: S608 - a path of ours
    assert rows == [([number],) for number in range(3) for _ in range(50)]


def test_a_scan_ends_before_its_first_gap(tmp_path: Path) -> None:
    begun(tmp_path)
    (tmp_path / "staging" / "shop" / HEADER.scan / "000002.json.zst").unlink()
    assert bodies(opened(tmp_path)) == BODIES[:1]
    assert left(tmp_path) == ["000001.json.zst", HEADER.scan, "scan.json"]


@pytest.mark.parametrize(
    "header",
    [b"", b"{", b"[]", b'{"format":2,"header":{}}', b"\xff", b"[" * 100_000],
    ids=["empty", "torn", "no object", "of a later version", "no text", "deep"],
)
def test_a_scan_whose_header_cannot_be_read_is_discarded_and_said(tmp_path: Path, header: bytes) -> None:
    begun(tmp_path)
    (tmp_path / "staging" / "shop" / HEADER.scan / "scan.json").write_bytes(header)
    again = staging(tmp_path)
    assert again.open_scan() is None
    assert again.mended == (f"discarded scan {HEADER.scan}, which could not be read",)
    assert left(tmp_path) == []


def test_of_several_scans_the_newest_goes_on(tmp_path: Path) -> None:
    begun(tmp_path)
    newer = replace(HEADER, scan="20261123T000000Z-00000001")
    staging(tmp_path).begin(newer)
    assert opened(tmp_path).header == newer
    assert left(tmp_path) == [newer.scan, "scan.json"]


def test_a_discarded_scan_leaves_nothing(tmp_path: Path) -> None:
    begun(tmp_path).discard()
    assert left(tmp_path) == []
    assert staging(tmp_path).open_scan() is None


def stage(files: Files, folder: Path) -> None:
    """Goes on with whatever is there until two pages are staged."""
    place = staging(folder, files)
    scan = place.open_scan() or place.begin(HEADER)
    for number in range(scan.count, 2):
        scan.append(replace(NOTE, offset=number), BODIES[number])


def test_whatever_dies_while_staging_the_next_run_goes_on_and_ends_the_same(tmp_path: Path) -> None:
    for trial in trials(stage, tmp_path):
        _ends_well(trial)
        before = staging(trial.folder).open_scan()
        kept = bodies(before) if before else []
        assert kept == BODIES[: len(kept)], trial
        stage(QuickFiles(), trial.folder)
        assert bodies(opened(trial.folder)) == BODIES[:2], trial
        assert left(trial.folder) == ["000001.json.zst", "000002.json.zst", HEADER.scan, "scan.json"]


def discard(files: Files, folder: Path) -> None:
    scan = staging(folder, files).open_scan()
    if scan:
        scan.discard()


def test_a_scan_that_dies_while_it_is_discarded_is_whole_or_gone(tmp_path: Path) -> None:
    for trial in trials(discard, tmp_path, prepare=begun):
        _ends_well(trial)
        scan = staging(trial.folder).open_scan()
        if scan is None:
            assert left(trial.folder) == [], trial
        else:
            assert bodies(scan) == BODIES[:3], trial


def test_a_full_disk_costs_the_page_but_not_the_scan(tmp_path: Path) -> None:
    begun(tmp_path, 1)
    full = Staging(FaultyFiles(QuickFiles(), 2, How.ENOSPC), tmp_path / "staging" / "shop").open_scan()
    assert full is not None
    for _ in range(2):
        with pytest.raises(StorageFailed, match="staging a page: No space left on device") as failed:
            full.append(NOTE, BODIES[1])
        assert failed.value.exit_code == 74
    assert full.count == 1
    assert left(tmp_path) == ["000001.json.zst", HEADER.scan, "scan.json"]


# Later Pythons warn that a fork may hang on another thread's lock: this child takes none of them.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_is_killed_loses_at_most_the_page_it_was_staging(tmp_path: Path) -> None:
    at, killed = 0, True
    while killed:
        at += 1
        folder = tmp_path / str(at)
        files = FaultyFiles(QuickFiles(), at, How.DIE_AFTER, die=kill_this_process)
        killed = died(lambda files=files, folder=folder: stage(files, folder))  # type: ignore[misc]  # mypy: no types for a lambda's defaults
        stage(QuickFiles(), folder)
        assert bodies(opened(folder)) == BODIES[:2]
    assert at > 10


def _ends_well(trial: Trial) -> None:
    if trial.how not in DEADLY and trial.ended is not None:
        assert isinstance(trial.ended, StorageFailed), trial
        assert trial.ended.exit_code == 74
