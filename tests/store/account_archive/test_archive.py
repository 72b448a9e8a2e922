"""The folder of an archive, its manifest and its register, from outside."""

import json
import os
from base64 import b64decode
from contextlib import closing, suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import pytest

from tests.store.account_archive.books import AT, HEADER, MASK, OID, archive_in, asked, book, made, page
from tests.store.faulty import FaultyFiles, How, Killed, QuickFiles
from ucsync.model import StorageFailed, Tier
from ucsync.model.accounts import ListRead, Unreadable
from ucsync.store import Files
from ucsync.store.account_archive import address_of, result_of, verify_archive
from ucsync.store.account_archive.progress import begin_progress, read_progress, resume_progress
from ucsync.store.written import Deed, Standing, Written, Wrote

DEEP = "UCSYNC_DEEP" in os.environ
DEED = Deed(what=Wrote.ACCOUNT, of=f"{OID}", tier=Tier.HIGH, at=AT)


def test_the_manifest_names_every_file_as_it_is(tmp_path: Path) -> None:
    lists = (ListRead(name="getOrders", rows=0, proven=False, reason="why not"),)
    missing = (Unreadable(what="getReview X", why="404: not there"),)
    manifest = made(tmp_path, book(lists=lists, unreadable=missing, masked={"b": 1, "a": 2}))
    out = tmp_path / "out"
    told = json.loads((out / "manifest.json").read_bytes())
    assert {one["path"] for one in told["files"]} == {
        str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()
    } - {"manifest.json"}
    for one in told["files"]:
        data = (out / one["path"]).read_bytes()
        assert (one["bytes"], one["sha256"]) == (len(data), sha256(data).hexdigest())
    assert told["masked"] == {"a": 2, "b": 1}
    assert told["lists"] == [{"name": "getOrders", "rows": 0, "proven": False, "reason": "why not"}]
    assert (told["merchant"], told["merchant_id"], told["customer_profile_oid"]) == ("shop", "DEMO", OID)
    result = result_of(out)
    assert result == manifest.result(out)
    assert (result.exit_code, result.masked, result.unreadable) == (3, 3, missing)
    assert (result.note.proven, result.note.finished_at, result.note.requests) == (False, AT, 2)
    assert json.loads(json.dumps(result.document()))["files"][0]["path"] == "received/getSettings.json"
    assert address_of(out) == HEADER.email
    assert (out / "summary.html").read_text(encoding="utf-8") == "<!doctype html>Ærø"


def test_any_damage_is_found(tmp_path: Path) -> None:
    made(tmp_path, book())
    out = tmp_path / "out"
    assert verify_archive(out) == []
    for path in sorted(path for path in out.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        name = str(path.relative_to(out))
        for at in (0, len(whole) // 2, len(whole) - 2):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            (fault,) = verify_archive(out)
            assert fault.startswith(f"{name}: ")
        path.write_bytes(whole[:-1])
        assert len(verify_archive(out)) == 1
        path.unlink()
        assert f"{name}: missing" in verify_archive(out)[0]
        path.write_bytes(whole)
    (out / "notes.txt").write_text("somebody else's")
    assert verify_archive(out) == []


def test_every_byte_of_the_manifest_is_sealed(tmp_path: Path) -> None:
    made(tmp_path, book())
    path = tmp_path / "out" / "manifest.json"
    whole = path.read_bytes()
    for at in range(0, len(whole), 37):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        assert verify_archive(tmp_path / "out") == ["manifest.json: damaged, or of another program"], at
        with pytest.raises(StorageFailed, match=r"manifest\.json: damaged"):
            result_of(tmp_path / "out")


def test_what_is_not_finished_is_said_to_be_so(tmp_path: Path) -> None:
    archive_in(tmp_path).begin(HEADER, OID, MASK, asked("getSettings"), b"{}").close()
    (fault,) = verify_archive(tmp_path / "out")
    assert fault == "manifest.json: missing: the export is not finished; run it again to go on"
    (tmp_path / "empty").mkdir()
    assert verify_archive(tmp_path / "empty") == ["manifest.json: missing, so this is no archive"]


def test_a_body_that_is_no_strict_json_is_kept_to_the_byte_all_the_same(tmp_path: Path) -> None:
    bodies = {"getOrders": b'[{"total":NaN}]', "getReviews": b'[{"x":"\\ud83d"}]', "getWishlist": b" \n"}
    made(tmp_path, book(), bodies)
    received = {
        name: json.loads((tmp_path / "out" / "received" / f"{name}.json").read_bytes())["answers"][0]
        for name in bodies
    }
    assert b64decode(received["getOrders"]["body_base64"]) == bodies["getOrders"]
    assert received["getReviews"]["body"] == [{"x": "\ud83d"}]
    assert received["getWishlist"]["body"] is None


def test_progress_keeps_answers_in_their_order_masked(tmp_path: Path) -> None:
    path = tmp_path / ".progress"
    progress = begin_progress(QuickFiles(), path, HEADER, MASK, asked("getSettings"), b'{"password":"x"}')
    for number in (1, 2, 3):
        progress.append(page(number), b"[%d]" % number)
    progress.close()
    found = read_progress(path)
    assert found is not None
    header, kept = found
    assert header == HEADER
    assert [one.body for one in kept] == [b'{"password":"********"}', b"[1]", b"[2]", b"[3]"]
    assert kept[0].asked.masked == {"password": 1}
    assert kept[2].asked == page(2)
    again = resume_progress(QuickFiles(), path, MASK)
    assert (again.kept, again.requests) == (kept, 4)
    again.append(page(4), b'[{"cardNumber":"4111111111111111"}]')
    again.close()
    _, kept = read_progress(path) or (None, [])
    assert (len(kept), kept[-1].body) == (5, b'[{"cardNumber":"************1111"}]')


def test_an_answer_is_on_the_disk_before_the_next_is_asked_for(tmp_path: Path) -> None:
    files = FaultyFiles(QuickFiles())
    progress = begin_progress(files, tmp_path / ".progress", HEADER, MASK, asked("getSettings"), b"{}")
    for number in (1, 2):
        before = len(files.operations)
        progress.append(page(number), b"[]")
        assert [kind for kind, _ in files.operations[before:]] == ["write", "sync"]
    progress.close()


def test_progress_cut_anywhere_is_read_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / ".progress"
    progress = begin_progress(QuickFiles(), path, HEADER, MASK, asked("getSettings"), b"{}")
    ends = [path.stat().st_size]
    for number in (1, 2):
        progress.append(page(number), b"[]")
        ends.append(path.stat().st_size)
    progress.close()
    whole = path.read_bytes()
    for at in range(0, len(whole), 5):
        path.write_bytes(whole[:at])
        found = read_progress(path)
        assert (0 if found is None else len(found[1])) == sum(end <= at for end in ends)
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = read_progress(path)
        assert (0 if found is None else len(found[1])) == sum(end <= at for end in ends)


def test_a_file_is_registered_before_it_is_there_and_ours_while_it_grows(tmp_path: Path) -> None:
    written = Written(QuickFiles(), tmp_path / "state" / "written" / "shop")
    target = tmp_path / "out" / ".progress"
    written.note_coming([target], DEED)
    (entry,) = written.entries()
    assert (entry.place, entry.unfinished, entry.standing()) == (str(target), True, Standing.GONE)
    target.parent.mkdir()
    for text in ("a", "ab"):
        target.write_text(text)
        assert entry.standing() is Standing.SAME
    written.note_file(target, replace(DEED, of="9"))
    (entry,) = written.entries()
    assert (entry.deed.of, entry.unfinished, entry.standing()) == ("9", False, Standing.SAME)
    target.write_text("abc")
    assert entry.standing() is Standing.CHANGED


def test_whatever_dies_no_file_of_an_archive_is_out_of_the_registers_sight(tmp_path: Path) -> None:
    def action(files: Files, folder: Path) -> None:
        archive = archive_in(folder, files)
        progress = archive.begin(HEADER, OID, MASK, asked("getSettings"), b"{}")
        try:
            archive.finish(progress, progress.kept, book(), ["<!doctype html>"])
        finally:
            progress.close()

    recorder = FaultyFiles(QuickFiles())
    (tmp_path / "sound").mkdir()
    action(recorder, tmp_path / "sound")
    met = 0
    for at in range(1, len(recorder.operations) + 1, 1 if DEEP else 7):
        folder = tmp_path / f"{at}"
        folder.mkdir()
        with suppress(Killed, StorageFailed):
            action(FaultyFiles(QuickFiles(), at, list(How)[at % len(How)]), folder)
        known = {
            path
            for entry in Written(QuickFiles(), folder / "state" / "written" / "shop").entries()
            if entry.standing() is not Standing.CHANGED
            for path in (entry.path, entry.partial)
        }
        there = {path for path in (folder / "out").rglob("*") if path.is_file()}
        assert there <= known, at
        met += bool(there)
        if (folder / "out" / "manifest.json").exists():
            assert verify_archive(folder / "out") == []
    assert met > 20


def test_whatever_dies_an_archive_that_is_replaced_is_sound_or_none(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    made(tmp_path / "old", book())

    def replaced(folder: Path, at: int = 0) -> list[tuple[str, str]]:
        copytree(tmp_path / "old", folder)
        files = FaultyFiles(QuickFiles(), at, How.DIE_AFTER)
        archive = archive_in(folder, files)
        begun = archive.begin(HEADER, OID, MASK, asked("getSettings"), b"{}")
        with suppress(Killed), closing(begun) as progress:
            archive.finish(progress, progress.kept, book(requests=3), ["<!doctype html>"])
        return files.operations

    removals = [at for at, (kind, name) in enumerate(replaced(tmp_path / "new"), 1)
                if kind == "remove" and not name.endswith((".building", ".partial"))]  # fmt: skip
    for at in removals:
        replaced(tmp_path / f"{at}", at)
        out = tmp_path / f"{at}" / "out"
        assert not (out / "manifest.json").exists() or verify_archive(out) == [], at
    assert len(removals) > 10
