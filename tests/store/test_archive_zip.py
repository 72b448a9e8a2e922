"""A packed archive: the same bytes whenever, nothing scattered, and whole or not there."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.store.faulty import QuickFiles, trials
from ucsync.model import StorageFailed
from ucsync.store.archive_zip import zip_files
from ucsync.store.files import Files, storage

HELD = {"manifest.json": b"{}", "summary.html": b"<p>" * 500, "tables/orders.parquet": bytes(range(256))}


def archive(folder: Path) -> Path:
    out = folder / "jo"
    (out / "tables").mkdir(parents=True)
    for name, held in HELD.items():
        (out / name).write_bytes(held)
    return out


def packed(files: Files, folder: Path, out: Path) -> None:
    with storage("packing"), files.create(folder / "jo.zip") as file:
        zip_files(files, file, out, HELD)


def test_what_is_packed_comes_out_as_it_was_in_a_folder_of_its_own(tmp_path: Path) -> None:
    packed(QuickFiles(), tmp_path, archive(tmp_path))
    with ZipFile(tmp_path / "jo.zip") as found:
        assert {name: found.read(name) for name in found.namelist()} == {
            f"jo/{name}": held for name, held in HELD.items()
        }
        assert {info.external_attr >> 16 for info in found.infolist()} == {0o600}
        assert found.testzip() is None


def test_the_same_archive_is_the_same_bytes(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        packed(QuickFiles(), folder, archive(folder))
        (folder / "jo" / "summary.html").touch()
    assert (one / "jo.zip").read_bytes() == (other / "jo.zip").read_bytes()


def test_what_comes_to_its_end_without_an_error_is_whole(tmp_path: Path) -> None:
    out = archive(tmp_path / "held")
    packed(QuickFiles(), tmp_path, out)
    whole = (tmp_path / "jo.zip").read_bytes()
    ends = set()
    for trial in trials(
        lambda files, folder: packed(files, folder, out), tmp_path, lambda folder: folder.mkdir()
    ):
        ends.add(type(trial.ended))
        assert trial.ended is not None or (trial.folder / "jo.zip").read_bytes() == whole, trial
    assert StorageFailed in ends


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    out = archive(tmp_path)
    (out / "summary.html").unlink()
    with pytest.raises(StorageFailed, match="packing an archive"):
        packed(QuickFiles(), tmp_path, out)
