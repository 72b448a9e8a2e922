"""What tonight's run reads, what that proves, and how much may vanish."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.samples import DRAFT
from ucsync.model import Backfill, By, Guarded, Pass, PassReport, Proof, ScanHeader, ScanKind
from ucsync.plan import (
    Basis,
    ScanOrigin,
    SyncSettings,
    conclude,
    decide,
    guard_deletes,
    requests_floor,
    unfit,
)
from ucsync.plan.scans import offer

SETTINGS = SyncSettings(expansions=())
NIGHT = timedelta(days=1)
PARENT = replace(DRAFT, snapshot="before", full_at=DRAFT.started_at, rows=10_000)
BASIS = Basis(PARENT.fingerprint, PARENT.schema)
REPORT = PassReport(
    walk=Pass.MAIN, order="customer_profile_oid", limit=200, pages=5, rows=1000, distinct=990, repairs=0,
    total_first=990, total_last=990, reasons=(),
)  # fmt: skip


def kind(
    nights: float, *, hours: float = 1, full: bool = False, refresh: bool = False, **more: Any
) -> ScanKind:
    """So many nights after the last full scan, when another would take so many hours."""
    given_ = {"parent": PARENT, "basis": BASIS, "settings": SETTINGS, **more}
    now = PARENT.started_at + nights * NIGHT
    done = now + timedelta(hours=hours)
    decision = decide(**given_, now=now, full=full, finish=lambda requests: done, refresh=refresh)
    return decision.kind


def test_the_first_scan_is_a_full_one() -> None:
    assert kind(0, parent=None) is ScanKind.FULL


def test_the_calendar_brings_a_full_scan() -> None:
    assert [kind(night) is ScanKind.FULL for night in (1, 6, 6.9, 7, 30)] == [False, False, True, True, True]
    assert kind(300, settings=replace(SETTINGS, full_every_nights=0)) is ScanKind.INCREMENTAL


def test_a_full_scan_by_the_calendar_waits_for_a_night_with_quota_but_not_for_ever() -> None:
    assert kind(8, hours=11) is ScanKind.FULL
    assert kind(8, hours=13) is ScanKind.INCREMENTAL
    assert kind(13.9, hours=100) is ScanKind.INCREMENTAL
    assert kind(14, hours=100) is ScanKind.FULL
    assert kind(1, hours=100, full=True) is ScanKind.FULL


def test_other_columns_or_another_configuration_need_a_full_scan() -> None:
    assert kind(1, basis=replace(BASIS, fingerprint="other")) is ScanKind.FULL
    assert kind(1, basis=replace(BASIS, schema="other")) is ScanKind.FULL


def test_until_one_is_proven_every_scan_is_a_full_one() -> None:
    assert kind(1, parent=replace(PARENT, full_at=None), hours=100) is ScanKind.FULL


def test_a_refresh_never_becomes_a_full_scan_by_the_calendar() -> None:
    assert kind(300, refresh=True) is ScanKind.INCREMENTAL
    assert kind(1, refresh=True, parent=replace(PARENT, full_at=None)) is ScanKind.INCREMENTAL
    assert kind(1, refresh=True, basis=replace(BASIS, schema="other")) is ScanKind.FULL
    assert kind(1, refresh=True, parent=None) is ScanKind.FULL


BACKFILL = Backfill(
    backfill="b", by=By.OID, newest_first=True, low=None, high=None, started_at=PARENT.started_at,
    fingerprint=PARENT.fingerprint, schema=PARENT.schema, total=None, on_nothing=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "brings_in_everybody"),
    [
        ({}, True),
        ({"doubts": ("why",)}, True),
        ({"finished": True}, True),
        ({"finished": True, "doubts": ("why",)}, False),
        ({"finished": True, "low": 5, "doubts": ("why",)}, True),
        ({"finished": True, "by": By.SIGNUP}, True),
        ({"finished": True, "by": By.SIGNUP, "on_nothing": False}, False),
        ({"fingerprint": "other"}, False),
        ({"schema": "other"}, False),
    ],
)
def test_a_backfill_takes_the_place_of_a_full_scan_unless_it_cannot(
    change: dict[str, Any], brings_in_everybody: bool
) -> None:
    parent = replace(PARENT, full_at=None, backfill=replace(BACKFILL, **change))
    wanted = ScanKind.INCREMENTAL if brings_in_everybody else ScanKind.FULL
    assert kind(300, parent=parent) is wanted
    assert kind(1, parent=parent, full=True) is ScanKind.FULL
    assert kind(1, parent=parent, basis=replace(BASIS, fingerprint="new")) is ScanKind.FULL


def test_more_than_a_day_permits_is_never_begun_by_the_calendar() -> None:
    floor = requests_floor(PARENT.rows, SETTINGS.page_size)
    for day_max, wanted in ((floor, ScanKind.FULL), (floor - 1, ScanKind.INCREMENTAL)):
        assert kind(300, day_max=day_max) is wanted
        assert kind(1, parent=replace(PARENT, full_at=None), day_max=day_max) is wanted
        assert kind(1, full=True, day_max=day_max) is ScanKind.FULL
        assert (offer("shop", PARENT.rows, SETTINGS.page_size, day_max) is None) == (wanted is ScanKind.FULL)
    assert offer("shop", 10**9, 1, None) is None


def test_proof_needs_sound_passes_the_catch_up_and_counts_that_agree() -> None:
    assert conclude([REPORT], 990, (), caught_up=True) == (Proof.PROVEN, ())
    assert conclude([REPORT], 989, (), caught_up=True)[0] is Proof.UNPROVEN
    assert conclude([REPORT], 991, (), caught_up=True)[0] is Proof.PROVEN  # one was deleted meanwhile
    assert conclude([REPORT], 990, (), caught_up=False)[0] is Proof.UNPROVEN
    failed = replace(REPORT, reasons=("why",))
    assert conclude([REPORT, failed, failed], 990, (), caught_up=True) == (Proof.UNPROVEN, ("why",))
    assert conclude([REPORT], 990, ("doubt",), caught_up=True) == (Proof.UNPROVEN, ("doubt",))
    assert conclude([replace(REPORT, total_last=None)], 1, (), caught_up=True)[0] is Proof.PROVEN


def passes(missing: int, rows: int, accepted: int | None = None) -> bool:
    try:
        guard_deletes(missing, rows, SETTINGS, accepted, "shop")
    except Guarded:
        return False
    return True


@pytest.mark.parametrize(
    ("rows", "allowed"), [(0, 0), (1, 0), (2, 1), (60, 30), (5000, 50), (5100, 51), (1_000_000, 10_000)]
)
def test_so_many_may_vanish_and_not_one_more(rows: int, allowed: int) -> None:
    assert passes(allowed, rows)
    assert not passes(allowed + 1, rows)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_persons_word_is_a_bound_and_no_more(missing: int, rows: int, accepted: int) -> None:
    assert passes(missing, rows, accepted) == (missing <= accepted)


@given(st.integers(0, 10**7), st.integers(1, 200))
def test_the_floor_is_what_full_pages_need(rows: int, limit: int) -> None:
    floor = requests_floor(rows, limit)
    assert (floor - 1) * limit < max(rows, 1) <= floor * limit


HEADER = ScanHeader(
    scan="s", kind=ScanKind.FULL, parent="before", since=None, fingerprint="f", version="1", application="key"
)
ORIGIN = ScanOrigin("f", "1", "key")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": ScanKind.RECONCILE}, "begins anew"),
        ({"version": "0"}, "version 0"),
        ({"fingerprint": "g"}, "configuration"),
        ({"application": "other"}, "another key"),
        ({"parent": None}, "current snapshot"),
    ],
)
def test_a_half_finished_scan_that_does_not_fit_says_why(change: dict[str, Any], said: str) -> None:
    assert unfit(HEADER, PARENT, ORIGIN, full=False) is None
    assert said in (unfit(replace(HEADER, **change), PARENT, ORIGIN, full=False) or "")


def test_a_half_finished_incremental_scan_is_no_full_one() -> None:
    incremental = replace(HEADER, kind=ScanKind.INCREMENTAL)
    assert unfit(incremental, PARENT, ORIGIN, full=False) is None
    assert "full scan" in (unfit(incremental, PARENT, ORIGIN, full=True) or "")
