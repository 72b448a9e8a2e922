"""The register of what was written: never behind the disk, and never in anybody's way."""

import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.store.faulty import DEADLY, How, QuickFiles, trials
from ucsync.model import Guarded, Misused, StorageFailed, Tier
from ucsync.store.files import Files
from ucsync.store.written import Deed, Standing, Written, Wrote

AT = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
OPEN = Deed(what=Wrote.EXPORT, of="customers", tier=Tier.STANDARD, at=AT)
PERSONAL = replace(OPEN, tier=Tier.MEDIUM)


def register(folder: Path, files: Files | None = None) -> Written:
    return Written(files or QuickFiles(), folder / "state" / "written" / "shop")


def test_a_file_is_whole_private_and_registered(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    register(tmp_path).write(target, PERSONAL, [b"a,b\n", b"1,2\n"], replace=False)
    assert target.read_bytes() == b"a,b\n1,2\n"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    (entry,) = register(tmp_path).entries()
    assert (entry.place, entry.path, entry.deed) == (str(target), target, PERSONAL)
    assert entry.partial == tmp_path / ".out.csv.partial"
    assert entry.standing() is Standing.SAME
    for path in (tmp_path / "state").rglob("*.json"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_somebody_else_does_to_a_file_is_seen(tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    register(tmp_path).write(target, OPEN, [b"1"], replace=False)
    (entry,) = register(tmp_path).entries()
    target.write_bytes(b"23")
    assert entry.standing() is Standing.CHANGED
    target.unlink()
    assert entry.standing() is Standing.GONE


def test_a_table_is_known_by_its_place(tmp_path: Path) -> None:
    table = replace(OPEN, what=Wrote.TABLE)
    register(tmp_path).note_table("postgresql://db:5432/bi/ucsync/customers", table)
    register(tmp_path).note_table("postgresql://db:5432/bi/ucsync/customers", table)
    (entry,) = register(tmp_path).entries()
    assert (entry.path, entry.partial, entry.standing()) == (None, None, Standing.UNSEEN)


def test_entries_come_by_their_places_and_can_be_dropped(tmp_path: Path) -> None:
    written = register(tmp_path)
    for name in ("b", "a", "c"):
        written.write(tmp_path / name, OPEN, [b""], replace=False)
    first, *rest = written.entries()
    assert first.place == str(tmp_path / "a")
    written.drop(first)
    assert register(tmp_path).entries() == rest
    assert (tmp_path / "a").exists()


def test_one_place_is_one_entry_however_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    monkeypatch.chdir(tmp_path / "folder")
    written = register(tmp_path)
    for path in (Path("out"), tmp_path / "folder" / "out", tmp_path / "link" / ".." / "folder" / "out"):
        written.write(path, OPEN, [b""], replace=True)
    written.note_file(tmp_path / "link" / "out", PERSONAL)
    (entry,) = written.entries()
    assert (entry.place, entry.deed.tier) == (str(tmp_path / "folder" / "out"), Tier.MEDIUM)


def test_what_is_there_is_not_replaced_unasked(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(Guarded, match="is there already"):
        register(tmp_path).write(tmp_path / "out", OPEN, [b"ours"], replace=False)
    with pytest.raises(Misused, match="is a folder"):
        register(tmp_path).write(tmp_path, OPEN, [b"ours"], replace=True)
    with pytest.raises(Misused, match="there is no folder"):
        register(tmp_path).write(tmp_path / "no" / "out", OPEN, [b"ours"], replace=True)
    assert (tmp_path / "out").read_text() == "mine"
    assert register(tmp_path).entries() == []


def test_a_damaged_entry_is_said(tmp_path: Path) -> None:
    register(tmp_path).write(tmp_path / "out", OPEN, [b""], replace=False)
    (path,) = (tmp_path / "state").rglob("*.json")
    path.write_text("{}")
    with pytest.raises(StorageFailed, match="register of written files is damaged") as failed:
        register(tmp_path).entries()
    assert str(path) in failed.value.mend


def test_whatever_dies_nothing_of_ours_is_out_of_sight(tmp_path: Path) -> None:
    def prepare(folder: Path) -> None:
        folder.mkdir(parents=True)
        register(folder).write(folder / "out", PERSONAL, [b"old"], replace=False)

    def action(files: Files, folder: Path) -> None:
        register(folder, files).write(folder / "out", OPEN, [b"new", b"er"], replace=True)

    for trial in trials(action, tmp_path, prepare):
        text = (trial.folder / "out").read_bytes()
        assert text in (b"old", b"newer"), trial
        assert trial.ended is not None or text == b"newer"
        (entry,) = register(trial.folder).entries()
        assert entry.standing() is Standing.SAME, trial
        assert text == b"newer" or entry.deed.tier is Tier.MEDIUM, trial
        left = [path.name for path in trial.folder.iterdir() if path.name not in ("out", "state")]
        assert left in ([], [".out.partial"])
        assert not left or trial.how in (*DEADLY, How.EIO), trial
        action(QuickFiles(), trial.folder)
        (entry,) = register(trial.folder).entries()
        assert (entry.deed, len(entry.stamps), entry.standing()) == (OPEN, 1, Standing.SAME)
        assert not (trial.folder / ".out.partial").exists()


def test_a_first_file_is_registered_before_it_is_there(tmp_path: Path) -> None:
    def action(files: Files, folder: Path) -> None:
        register(folder, files).write(folder / "out", PERSONAL, [b"new"], replace=False)

    for trial in trials(action, tmp_path, lambda folder: folder.mkdir(parents=True)):
        there = [path for path in trial.folder.iterdir() if path.name != "state"]
        entries = register(trial.folder).entries()
        assert entries or not there, trial
        for path in there:
            assert path in (entries[0].path, entries[0].partial)
