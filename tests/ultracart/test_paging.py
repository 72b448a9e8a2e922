"""Pages are followed only where following them can neither lose a row nor go on for ever."""

from typing import Any

import pytest

from tests.ultracart.test_answers import answered
from ucsync.model import AnswerUnusable
from ucsync.ultracart import Page, page_of


def page(rows: int, offset: int | None, limit: int | None, /, **result_set: Any) -> Page:
    customers = [{"customer_profile_oid": 1 + position} for position in range(rows)]
    document = {"customers": customers, "metadata": {"result_set": result_set} if result_set else {}}
    return page_of(answered("getCustomers", document), offset, limit)


@pytest.mark.parametrize(
    ("rows", "offset", "limit", "result_set", "following"),
    [
        (2, 0, 2, {"more": True, "next_offset": 2}, 2),
        (2, 4, 2, {"more": True}, 6),
        (2, 4, 2, {"more": True, "next_offset": 5}, 5),
        (2, 4, 2, {"more": False, "next_offset": 6}, None),
        (2, 4, 2, {}, 6),
        (1, 4, 2, {}, None),
        (0, 4, 2, {"more": False}, None),
        (100, None, None, {}, 100),
        (50, 0, 200, {"limit": 50}, 50),
    ],
)
def test_where_the_next_page_begins(
    rows: int, offset: int | None, limit: int | None, result_set: dict[str, Any], following: int | None
) -> None:
    assert page(rows, offset, limit, **result_set).next_offset == following


@pytest.mark.parametrize(
    ("rows", "result_set", "what"),
    [
        (0, {"more": True, "next_offset": 5}, "empty page"),
        (2, {"more": True, "next_offset": 4}, "does not go on"),
        (2, {"more": True, "next_offset": 0}, "does not go on"),
        (2, {"more": True, "next_offset": 7}, "skip rows"),
        (2, {"offset": 0}, "asked for offset 4, answered 0"),
        (2, {"count": 3}, "counts 3 rows, holds 2"),
        (3, {"more": False}, "3 rows, 2 were asked for"),
    ],
)
def test_a_page_that_contradicts_itself_is_refused(rows: int, result_set: dict[str, Any], what: str) -> None:
    with pytest.raises(AnswerUnusable, match=what):
        page(rows, 4, 2, **result_set)


def test_a_total_may_be_missing_or_null() -> None:
    assert page(1, 0, 2, total_records=None).total_records is None
    assert page(1, 0, 2, total_records=9).total_records == 9


@pytest.mark.parametrize(
    ("rows", "asked", "result_set", "following"),
    [
        (100, 200, {}, 100),
        (100, 200, {"total_records": 2000}, 100),
        (100, 200, {"total_records": 100}, None),
        (7, 200, {"total_records": 2000}, 7),
        (99, 200, {}, None),
    ],
)
def test_without_more_a_lowered_page_size_loses_nothing(
    rows: int, asked: int, result_set: dict[str, Any], following: int | None
) -> None:
    assert page(rows, 0, asked, **result_set).next_offset == following


def test_an_end_that_its_own_total_denies_is_refused() -> None:
    with pytest.raises(AnswerUnusable, match="no more after 2, but 2000 in all"):
        page(2, 0, 200, more=False, total_records=2000)


@pytest.mark.parametrize("result_set", [{"more": False, "total_records": 2000}, {"total_records": 2000}])
def test_an_empty_page_that_its_own_total_denies_is_refused(result_set: dict[str, Any]) -> None:
    with pytest.raises(AnswerUnusable, match="2000 in all"):
        page(0, 400, 200, **result_set)
    assert page(0, 5000, 200, **result_set).next_offset is None


@pytest.mark.parametrize("total", [-1, 450])
def test_a_total_below_what_was_read_says_nothing(total: int) -> None:
    assert page(200, 400, 200, total_records=total).next_offset == 600
