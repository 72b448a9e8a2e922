"""Receipts as bytes: one text for each, and no other text is taken for one."""

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.samples import DRAFT, NO_FILE, flipped
from ucsync.model import Backfill, By, FileEntry, PassReport, Receipt, Rewritten, StorageFailed
from ucsync.store.receipts import from_json, is_own_id, rewritten, to_json, with_id

BACKFILL = Backfill(
    backfill="20261122T000000Z-0000000b", by=By.SIGNUP, newest_first=True, low=None, high=1_700_000_000,
    started_at=DRAFT.started_at, fingerprint="f" * 16, schema="5" * 16, total=9, on_nothing=True,
    doubts=("window 1: why",),
)  # fmt: skip

#: As ucsync wrote them before there were backfills.
OLD: Final = Path(__file__).with_name("receipt_of_0_1.json")

FILE = FileEntry(
    path="customers/part-00000.parquet", bytes=9, sha256="0" * 64, rows=2, oid_first=1, oid_last=7
)
RECEIPT = with_id(replace(DRAFT, files=(FILE, replace(FILE, path="changes.parquet")), reasons=("ä → ü",)))

FIRST_DAY = b"0001-01-01T00:00:00+05:00"  # its UTC is before the calendar

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
INSTANTS = st.datetimes(
    datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.sampled_from([timezone(timedelta(hours=-5))])
)
COUNTS = st.integers(0, 2**62)
REPORTS = st.builds(PassReport, rows=COUNTS, order=st.none() | TEXTS, reasons=st.lists(TEXTS).map(tuple))
RECEIPTS = st.builds(
    Receipt,
    parent=st.none() | TEXTS,
    watermark=INSTANTS,
    started_at=INSTANTS,
    finished_at=INSTANTS,
    full_at=st.none() | INSTANTS,
    reasons=st.lists(TEXTS).map(tuple),
    passes=st.lists(REPORTS, max_size=3).map(tuple),
    backfill=st.none()
    | st.builds(Backfill, started_at=INSTANTS, low=st.none() | COUNTS, doubts=st.lists(TEXTS).map(tuple)),
    files=st.lists(st.builds(FileEntry, path=TEXTS), max_size=3).map(tuple),
    suppressed=st.sampled_from([0, 7]),
    rewritten=st.none() | st.builds(Rewritten, at=INSTANTS),
)


@given(receipt=RECEIPTS)
def test_a_receipt_comes_back_as_it_was(receipt: Receipt) -> None:
    text = to_json(receipt)
    assert from_json(text) == receipt
    assert to_json(from_json(text)) == text


def test_a_receipt_from_before_there_were_backfills_is_read_and_stays_what_it_was_to_the_byte() -> None:
    held = OLD.read_bytes()
    receipt = from_json(held)
    assert receipt.backfill is None
    assert to_json(receipt) == held
    assert with_id(receipt) == receipt


@pytest.mark.parametrize("receipt", [RECEIPT, with_id(replace(RECEIPT, backfill=BACKFILL))])
def test_only_a_receipt_with_a_backfill_speaks_of_one(receipt: Receipt) -> None:
    assert (b'"backfill"' in to_json(receipt)) == (receipt.backfill is not None)
    assert from_json(to_json(receipt)) == receipt


def test_only_a_receipt_that_was_rewritten_says_so_and_then_its_digest_stands_for_it() -> None:
    assert b"rewritten" not in to_json(RECEIPT)
    assert b"suppressed" not in to_json(RECEIPT)
    told = rewritten(replace(RECEIPT, rows=RECEIPT.rows - 1), DRAFT.finished_at)
    assert told.snapshot == RECEIPT.snapshot
    assert is_own_id(told)
    assert from_json(to_json(told)) == told
    assert not is_own_id(replace(told, rows=told.rows + 1))
    assert not is_own_id(replace(told, snapshot="20250101" + told.snapshot[8:]))
    again = rewritten(told, DRAFT.finished_at + timedelta(hours=1))
    assert again.rewritten is not None
    assert (again.rewritten.times, is_own_id(again)) == (2, True)


def test_a_receipt_that_says_it_has_no_backfill_is_not_as_it_was_written() -> None:
    text = to_json(RECEIPT).replace(b'  "aside": [],\n', b'  "aside": [],\n  "backfill": null,\n')
    assert b'"backfill": null' in text
    with pytest.raises(StorageFailed, match="not as it was written"):
        from_json(text)


def test_a_receipt_can_be_read_by_people_and_by_any_program() -> None:
    text = to_json(RECEIPT).decode()
    assert text.endswith("}\n")
    assert '\n  "watermark": "2026-11-21T23:55:00+00:00"' in text
    assert "ä → ü" in text
    fields = json.loads(text)
    assert fields["format"] == 1
    assert fields["proof"] == "proven"
    assert list(fields) == sorted(fields)


def test_no_flipped_bit_of_a_receipt_goes_unseen() -> None:
    whole = to_json(RECEIPT)
    assert with_id(from_json(whole)) == RECEIPT
    for bit in range(len(whole) * 8):
        try:
            found = from_json(flipped(whole, bit))
        except StorageFailed as failure:
            assert "receipt unusable" in str(failure)
        else:
            assert with_id(found).snapshot != found.snapshot


def test_an_id_is_the_time_of_finishing_and_a_digest_of_all_the_rest() -> None:
    assert RECEIPT.snapshot.startswith("20261122T000500Z-")
    assert with_id(RECEIPT) == RECEIPT
    assert with_id(replace(RECEIPT, snapshot="", full_snapshot="")) == RECEIPT
    assert with_id(replace(RECEIPT, rows=1)).snapshot != RECEIPT.snapshot
    assert with_id(replace(RECEIPT, files=(NO_FILE,))).snapshot != RECEIPT.snapshot


def test_a_proven_full_scan_names_itself_and_an_incremental_one_the_full_one_before() -> None:
    assert RECEIPT.full_snapshot == RECEIPT.snapshot
    assert with_id(replace(DRAFT, full_snapshot="before")).full_snapshot == "before"
    assert with_id(replace(DRAFT, full_snapshot=None)).full_snapshot is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text[:-1], "not as it was written"),
        (lambda text: text + b" ", "not as it was written"),
        (lambda text: text.replace(b'"format": 1', b'"format": true'), "not as it was written"),
        (lambda text: text.replace(b'"rows": 0,', b'"rows": 0.0,'), "Expected `int`"),
        (lambda text: text.replace(b'"rows": 0,', b'"rows": "0",'), "Expected `int`"),
        (lambda text: text.replace(b'"rows": 0,', b'"rows": 0, "rows": 0,'), "not as it was written"),
        (lambda text: text.replace(b'"rows": 0,', b'"more": 0, "rows": 0,'), "not as it was written"),
        (lambda text: text.replace(b'"requests": 2,', b""), "missing required field `requests`"),
        (lambda text: text.replace(b'"proven"', b'"certain"'), "Invalid enum value"),
        (lambda text: text.replace(b"+00:00", b""), "time zone"),
        (lambda text: text.replace(b"2026-11-22T00:0", b"0000-11-22T00:0"), "Invalid RFC3339"),
        (lambda text: text.replace(b"2026-11-21T23:55:00+00:00", FIRST_DAY), "out of range"),
        (lambda text: text.replace(b'"format": 1', b'"format": 2'), "another version"),
        (lambda _: b"", "not JSON"),
        (lambda _: b"[]", "no JSON object"),
        (lambda _: b"[" * 100_000, "nests too deep"),
        (lambda text: text.replace(b"DEMO", b"\xff"), "not JSON"),
        (lambda text: text.replace(b"DEMO", b"\\ud800"), "not JSON"),
    ],
)  # fmt: skip
def test_a_receipt_that_was_changed_is_refused_with_what_is_wrong(change: object, says: str) -> None:
    assert callable(change)
    with pytest.raises(StorageFailed, match=says) as failed:
        from_json(change(to_json(RECEIPT)))
    assert failed.value.mend


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_json(replace(DRAFT, watermark=datetime(2026, 1, 1)))
