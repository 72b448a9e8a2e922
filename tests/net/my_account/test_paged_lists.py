"""Paged lists are read to their end, however the end is told, and never round in circles."""

from typing import Any

import pytest

from tests.net.my_account.scripted_account import account, paged, paging
from tests.net.scripted import Reply, answer
from ucsync.model import AnswerUnusable, InvalidRequest
from ucsync.testing import run_virtual

TEN = [{"orderId": f"DEMO-{number}"} for number in range(10)]
MORE = [{"orderId": f"DEMO-{number}"} for number in range(10, 20)]
LAST = [{"orderId": "DEMO-20"}]


def read(*replies: Reply) -> tuple[list[Any], list[str]]:
    """The orders that come of these answers, and what was asked for."""

    async def main() -> tuple[list[Any], list[str]]:
        async with account(*replies) as (client, server):
            rows = [row async for row in client.orders()]
            return rows, [target.partition("?")[2] for _, target in server.seen]

    return run_virtual(main())


def test_the_servers_headers_say_which_page_is_the_last() -> None:
    rows, asked = read(
        paged(TEN, page_size=10, page_number=1, total_records=21, total_pages=3),
        paged(MORE, page_size=10, page_number=2, total_records=21, total_pages=3),
        paged(LAST, page_size=10, page_number=3, total_records=21, total_pages=3),
    )
    assert rows == TEN + MORE + LAST
    assert asked == [f"pageNumber={number}&pageSize=10" for number in (1, 2, 3)]


@pytest.mark.parametrize("figures", [{}, {"total_pages": 0}, {"total_records": 20}])
def test_without_them_a_page_shorter_than_asked_for_is_the_last(figures: dict[str, int]) -> None:
    rows, asked = read(paged(TEN, **figures), paged(MORE, **figures), paged([], **figures))
    assert rows == TEN + MORE
    assert len(asked) == 3
    rows, asked = read(paged(LAST, **figures))
    assert (rows, len(asked)) == (LAST, 1)


def test_pages_shorter_than_asked_for_are_not_the_end_while_the_headers_promise_more() -> None:
    short = TEN[:5], TEN[5:]
    rows, _ = read(*(paged(page, page_size=5, total_records=10, total_pages=2) for page in short))
    assert rows == TEN


def test_an_empty_list_is_one_request() -> None:
    nothing = answer([], headers=paging(page_size=10, page_number=1, total_records=0, total_pages=0))
    assert read(nothing) == ([], ["pageNumber=1&pageSize=10"])


@pytest.mark.parametrize(
    ("replies", "told"),
    [
        ((answer(TEN),), "page 2 is the one before it again"),
        ((paged(TEN, total_pages=9),), "page 2 is the one before it again"),
        ((paged(TEN, total_pages=9), paged([], total_pages=9)), "page 2 of 9 is empty"),
    ],
)
def test_pages_that_lead_nowhere_are_told(replies: tuple[Reply, ...], told: str) -> None:
    with pytest.raises(AnswerUnusable, match=told):
        read(*replies)


def test_what_has_no_pages_is_refused_before_anything_is_sent() -> None:
    async def main() -> None:
        async with account(answer([])) as (client, server):
            for name in ("getShippingAddresses", "getEverything"):
                with pytest.raises(InvalidRequest, match="has no pages"):
                    await anext(client.pages(name))
            with pytest.raises(InvalidRequest, match="none of loggedIn"):
                await client.call("getEverything")
            with pytest.raises(InvalidRequest, match="pageSize: outside 1 to 10"):
                await anext(client.pages("getOrders", page_size=11))
        assert server.seen == []

    run_virtual(main())
