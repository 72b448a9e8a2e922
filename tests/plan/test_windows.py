"""The arithmetic of windows: what a backfill's progress says, which half-read window still fits."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.model import Backfill, By, ScanHeader, ScanKind, Window, WindowRead
from ucsync.plan import ScanOrigin
from ucsync.plan.windows import (
    DOUBTS_MAX,
    GROWTH_MAX,
    NOBODY,
    OLDEST_S,
    SPAN_FIRST_S,
    SPAN_LEAST_S,
    advanced,
    cut,
    filters_of,
    find_offset,
    next_window,
    rows_of,
    unfit_window,
    windows_left,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
DAY_S = 86_400

BEGUN = Backfill(
    backfill="20260301T000000Z-00000000", by=By.OID, newest_first=True, low=None, high=None, started_at=NOW,
    fingerprint="f", schema="s", total=1_000_000, on_nothing=True,
)  # fmt: skip
BY_TIME = replace(BEGUN, by=By.SIGNUP)
READ = WindowRead(low=900_000, high=None, offset=960_199, rows=39_801, limit=200, is_last=False)
FIRST = Window(number=1, by=By.OID, low=None, high=None, offset=960_199)
HEADER = ScanHeader(
    scan="s", kind=ScanKind.WINDOW, parent="p", since=None, fingerprint="f", version="1", application="a",
    backfill=BEGUN.backfill, window=FIRST,
)  # fmt: skip
OWN = ScanOrigin("f", "1", "a")


def following(backfill: Backfill, *, limit: int = 200, pages: int = 200) -> Window:
    found = next_window(backfill, limit=limit, pages=pages, now=NOW)
    assert found is not None
    return found


def after(backfill: Backfill, window: Window, read: WindowRead, **more: Any) -> Backfill:
    return advanced(
        backfill, window, read, **{"requests": 200, "deleted": 0, "doubts": tuple[str, ...](), **more}
    )


def read_of(window: Window, rows: int) -> WindowRead:
    return WindowRead(low=window.low, high=window.high, offset=0, rows=rows, limit=200, is_last=False)


def test_the_newest_window_of_a_million_is_the_last_two_hundred_pages() -> None:
    assert rows_of(200, 200) == 200 + 199 * 199
    assert following(BEGUN) == Window(
        number=1, by=By.OID, low=None, high=None, offset=1_000_000 - rows_of(200, 200)
    )


def test_what_a_window_came_to_is_where_the_next_one_goes_on() -> None:
    one = after(BEGUN, following(BEGUN), READ, deleted=3, doubts=("a doubt",))
    assert (one.reached, one.offset, one.windows, one.rows) == (900_000, 960_199, 1, 39_801)
    assert (one.requests, one.deleted, one.doubts, one.finished) == (200, 3, ("a doubt",), False)
    assert following(one) == Window(
        number=2, by=By.OID, low=None, high=900_000, offset=960_200 - rows_of(200, 200)
    )
    last = after(one, following(one), replace(READ, low=None, offset=0, is_last=True), doubts=("a doubt",))
    assert (last.finished, last.windows, last.reached, last.doubts) == (True, 2, None, ("a doubt",))
    assert next_window(last, limit=200, pages=200, now=NOW) is None


def test_so_many_doubts_are_kept_and_no_more() -> None:
    many = tuple(f"doubt {number}" for number in range(2 * DOUBTS_MAX))
    assert after(BEGUN, following(BEGUN), READ, doubts=many).doubts == many[:DOUBTS_MAX]


@pytest.mark.parametrize(("change", "why"), [
    ({}, None),
    ({"kind": ScanKind.FULL}, "no window"),
    ({"window": None}, "no window"),
    ({"version": "2"}, "version 2 of ucsync, this is 1"),
    ({"fingerprint": "g"}, "configuration"),
    ({"application": "b"}, "another key"),
    ({"backfill": "another"}, "another backfill"),
    ({"window": replace(FIRST, number=2)}, "0 windows are published, it is number 2"),
    ({"parent": "older"}, None),
])  # fmt: skip
def test_a_half_read_window_is_gone_on_with_only_where_it_belongs(
    change: dict[str, Any], why: str | None
) -> None:
    found = unfit_window(replace(HEADER, **change), BEGUN, OWN)
    assert found is None if why is None else why in (found or "")


def test_a_key_that_cannot_be_read_fits_any_window_and_a_finished_backfill_none() -> None:
    assert unfit_window(HEADER, BEGUN, replace(OWN, application=None)) is None
    assert unfit_window(HEADER, replace(BEGUN, finished=True), OWN) is not None


@given(count=st.integers(0, 10**6), oid=st.integers(0, 3 * 10**6), step=st.integers(1, 3))
def test_a_place_in_the_list_is_found_in_few_questions(count: int, oid: int, step: int) -> None:
    search, asked = find_offset(oid, 0, count), 0
    try:
        at = next(search)
        while True:
            asked += 1
            at = search.send((at + 1) * step if at < count else None)
    except StopIteration as found:
        assert found.value == min(count, max(0, -(-oid // step) - 1))
    assert asked <= count.bit_length()


def test_by_time_the_newest_month_comes_first_and_what_is_older_than_ultracart_last() -> None:
    first = following(BY_TIME)
    assert (first.low, first.high) == (NOW_S - SPAN_FIRST_S, None)
    assert filters_of(first) == {"signup_dts_start": NOW - timedelta(seconds=SPAN_FIRST_S + 1)}
    backfill, windows = BY_TIME, [first]
    while not backfill.finished:
        backfill = after(backfill, windows[-1], read_of(windows[-1], 0))
        windows += [] if backfill.finished else [following(backfill)]
    assert windows[-1].low is None
    assert windows[-1].high == windows[-2].low
    assert windows[-2].low is not None and windows[-2].low >= OLDEST_S
    assert len(windows) <= 7
    assert set(filters_of(windows[-1])) == {"signup_dts_end"}


def test_by_time_the_oldest_come_first_where_that_is_asked_for() -> None:
    backfill = replace(BY_TIME, by=By.MODIFIED, newest_first=False)
    window = following(backfill)
    assert (window.low, window.high) == (None, OLDEST_S + SPAN_FIRST_S)
    assert set(filters_of(window)) == {"last_modified_dts_end"}
    while not backfill.finished:
        window = following(backfill)
        backfill = after(backfill, window, read_of(window, 0))
    assert window.high is None


@given(span_s=st.integers(1, 10**9), rows=st.integers(0, 10**7), pages=st.integers(1, 500))
def test_by_time_a_window_is_as_long_as_the_one_before_lets_expect(
    span_s: int, rows: int, pages: int
) -> None:
    reached = 10**11
    backfill = replace(BY_TIME, windows=1, reached=reached, span_s=span_s, window_rows=rows)
    window = following(backfill, limit=100, pages=pages)
    assert window.low is not None
    found = reached - window.low
    assert SPAN_LEAST_S <= found <= max(SPAN_LEAST_S, GROWTH_MAX * span_s)
    if found > SPAN_LEAST_S:
        assert found * rows <= span_s * 100 * pages
    if found < GROWTH_MAX * span_s:
        assert (found + 1) * rows > span_s * 100 * pages


@given(
    newest_first=st.booleans(), length=st.integers(1, 10**9), found=st.integers(0, 10**8),
    pages=st.integers(1, 500), is_open=st.booleans(),
)  # fmt: skip
def test_by_time_a_window_that_holds_too_many_is_cut_from_its_far_end(
    newest_first: bool, length: int, found: int, pages: int, is_open: bool
) -> None:
    backfill = replace(BY_TIME, newest_first=newest_first)
    window = Window(number=1, by=By.SIGNUP, low=NOW_S - length, high=NOW_S)
    if is_open:
        window = replace(window, high=None) if newest_first else replace(window, low=None)
    less = cut(window, backfill, found, limit=100, pages=pages, now=NOW)
    if found <= 100 * pages:
        assert less is None
    if less is not None:
        assert (less.high, less.low) != (window.high, window.low)
        near = (less.high, window.high) if newest_first else (less.low, window.low)
        assert near[0] == near[1]
        assert cut(less, backfill, 100 * pages, limit=100, pages=pages, now=NOW) is None
    assert cut(window, backfill, None, limit=100, pages=pages, now=NOW) is None


def test_a_window_by_oid_is_never_cut_by_time() -> None:
    assert cut(following(BEGUN), BEGUN, 10**9, limit=1, pages=1, now=NOW) is None
    assert filters_of(following(BEGUN)) == {}


@pytest.mark.parametrize(("backfill", "left"), [
    (BEGUN, 26),
    (replace(BEGUN, windows=1, reached=7, offset=0), 1),
    (replace(BEGUN, windows=1, reached=7, offset=39_800), 1),
    (replace(BEGUN, windows=1, reached=7, offset=39_801), 2),
    (replace(BEGUN, newest_first=False, windows=25, reached=7, offset=995_000), 1),
    (replace(BEGUN, newest_first=False, total=None), None),
    (replace(BEGUN, finished=True), 0),
    (replace(BY_TIME, rows=900_000), 3),
    (replace(BY_TIME, rows=2_000_000), 1),
    (replace(BY_TIME, low=5), None),
    (replace(BY_TIME, total=None), None),
])  # fmt: skip
def test_how_many_windows_are_left_is_told_where_it_can_be(backfill: Backfill, left: int | None) -> None:
    assert windows_left(backfill, limit=200, pages=200) == left


def test_nobody_is_who_signed_up_before_there_was_ultracart() -> None:
    for by, name in ((By.SIGNUP, "signup_dts"), (By.MODIFIED, "last_modified_dts")):
        bounds = NOBODY[by]
        assert set(bounds) == {f"{name}_start", f"{name}_end"}
        assert bounds[f"{name}_start"] < bounds[f"{name}_end"] < datetime.fromtimestamp(OLDEST_S, UTC)
