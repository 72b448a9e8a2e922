"""A walk over a list that changes meanwhile: against a model of a server, one request at a time."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ultracart.moving_list import ORDERS, Server, by_chance, churn, newest_first, people
from ucsync.model import AnswerUnusable, Pass
from ucsync.ultracart.listing import Listing, RowKey
from ucsync.ultracart.scanning import (
    BY_EMAIL,
    BY_OID,
    OVERLAP_BY_OID_ROWS,
    OVERLAP_ROWS,
    QUIET_PAGES,
    SORTS,
    Ask,
    Walk,
)


def walk_through(server: Server, limit: int = 20, requests_max: int = 5000) -> tuple[Walk, list[RowKey]]:
    """To the end; all rows of all pages that were kept."""
    walk, rows = Walk(Pass.MAIN, limit), list[RowKey]()
    for _ in range(requests_max):
        if walk.ask is None:
            return walk, rows
        ask = walk.ask
        page = server.answer(ask)
        if isinstance(page, str):
            assert walk.refuse(ask, page if page != "offset" else None), "no other way to ask"
        elif walk.accept(ask, page):
            rows.extend(page.rows)
    raise AssertionError("no end")


def test_a_list_at_rest_is_read_once_with_the_overlap_and_no_request_more() -> None:
    server = Server(people(1000))
    walk, rows = walk_through(server, limit=200)
    assert {row.oid for row in rows} == set(range(1, 1001))
    assert len(server.asked) == 6  # five pages hold a thousand, the overlap of one row needs one more
    report = walk.report()
    assert (report.distinct, report.repairs, report.reasons) == (1000, 0, ())
    assert (report.order, report.limit, report.total_first, report.total_last) == (BY_OID, 200, 1000, 1000)


def test_a_list_of_nothing_is_one_request() -> None:
    server = Server({})
    walk, rows = walk_through(server)
    assert (rows, len(server.asked), walk.in_one_page, walk.report().reasons) == ([], 1, True, ())


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 19, 20, 21, 36, 37, 40])
@pytest.mark.parametrize("says_total", [True, False])
@pytest.mark.parametrize("says_more", [True, False])
@pytest.mark.parametrize("sorts", [SORTS, (BY_EMAIL, None), (None,)])
def test_every_way_to_say_the_end_is_understood(
    count: int, says_total: bool, says_more: bool, sorts: tuple[str | None, ...]
) -> None:
    server = Server(people(count), says_total=says_total, says_more=says_more, sorts=sorts)
    walk, rows = walk_through(server)
    assert {row.oid for row in rows} == set(range(1, count + 1))
    assert walk.report().distinct == count


def survivors_missed(server: Server, limit: int) -> tuple[set[int], Walk]:
    """Those who were there throughout, did not change, and are on no page."""
    before = dict(server.rows)
    walk, rows = walk_through(server, limit)
    stayed = {oid for oid, row in before.items() if server.rows.get(oid) == row}
    return stayed - {row.oid for row in rows if row.oid is not None}, walk


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("sorts", [SORTS, (BY_EMAIL, None), (None,)])
@pytest.mark.parametrize("own_order", [by_chance, newest_first, ORDERS[BY_OID]])
def test_no_row_that_stays_is_missed_while_others_come_change_and_go(
    seed: int, sorts: tuple[str | None, ...], own_order: Callable[[RowKey], object]
) -> None:
    server = Server(people(400), sorts=sorts, own_order=own_order, change=churn(seed, 0.3, 0.5, 0.8))
    missed, walk = survivors_missed(server, 20)
    assert missed == set() or walk.report().reasons != ()


def test_by_oid_even_changed_rows_are_never_missed() -> None:
    for seed in range(40):
        server = Server(people(400), change=churn(seed, 0.3, 0.5, 0.9))
        before = set(server.rows)
        _, rows = walk_through(server, 20)
        assert before & set(server.rows) <= {row.oid for row in rows}


def test_plain_paging_loses_rows_where_the_walk_does_not() -> None:
    lost = 0
    for seed in range(20):
        server = Server(people(400), change=churn(seed, 0.3, 0.5, 0.8))
        before, seen, offset = set(server.rows), set[int | None](), 0
        while True:
            page = server.answer(Ask(offset, 20, BY_OID))
            assert isinstance(page, Listing)
            seen |= {row.oid for row in page.rows}
            offset += len(page.rows)
            if not page.more:
                break
        lost += bool((before & set(server.rows)) - seen)
    assert lost > 10


def test_a_mass_deletion_while_reading_is_repaired() -> None:
    def purge(server: Server) -> None:
        if len(server.asked) == 20:
            for oid in range(1, 300):
                server.rows.pop(oid, None)

    server = Server(people(1000), change=purge)
    missed, walk = survivors_missed(server, 20)
    assert missed == set()
    assert walk.report().repairs > 0
    assert walk.report().reasons == ()


def test_past_the_end_of_a_list_that_shrank_is_no_failure() -> None:
    def purge(server: Server) -> None:
        if len(server.asked) == 5:
            for oid in range(10, 400):
                server.rows.pop(oid, None)

    server = Server(people(400), change=purge, past_end_is_400=True)
    walk, _ = walk_through(server, 20)
    assert walk.report().reasons == ()


@pytest.mark.parametrize(("sorts", "found"), [((BY_EMAIL, None), BY_EMAIL), ((None,), None), (SORTS, BY_OID)])
def test_a_sort_that_is_refused_is_given_up(sorts: tuple[str | None, ...], found: str | None) -> None:
    server = Server(people(100), sorts=sorts)
    walk, _ = walk_through(server)
    assert walk.report().order == found


@pytest.mark.parametrize("own_order", [by_chance, newest_first])
def test_a_sort_that_is_ignored_is_noticed(own_order: Callable[[RowKey], object]) -> None:
    server = Server(people(100), sorts=(None,), ignores_unknown_sort=True, own_order=own_order)
    for oid in range(1, 100, 3):
        server.touch(oid, f"{oid * 31 % 97}@example.test")
    walk, rows = walk_through(server)
    assert {row.oid for row in rows} == set(range(1, 101))
    assert walk.report().order is None
    assert walk.report().reasons == ("the server takes no sort, and nothing tells that its own order stays",)


def test_an_order_that_nobody_asked_for_is_good_when_it_is_that_of_the_oids() -> None:
    walk, _ = walk_through(Server(people(100), sorts=(None,)))
    assert walk.by_oid
    assert walk.report().reasons == ()


@pytest.mark.parametrize("clamps", [True, False])
@pytest.mark.parametrize("echoes_limit", [True, False])
def test_a_lowered_limit_is_followed(clamps: bool, echoes_limit: bool) -> None:
    server = Server(people(1000), limit_max=100, clamps=clamps, echoes_limit=echoes_limit)
    walk, rows = walk_through(server, 200)
    assert {row.oid for row in rows} == set(range(1, 1001))
    assert walk.report().limit == 100
    assert len(server.asked) <= 12


def test_a_limit_that_is_lowered_in_the_middle_is_followed() -> None:
    def lower(server: Server) -> None:
        server.limit_max = 50 if len(server.asked) > 3 else 200

    walk, rows = walk_through(Server(people(1000), change=lower), 200)
    assert {row.oid for row in rows} == set(range(1, 1001))
    assert walk.report().reasons == ()


def test_a_400_that_nothing_helps_against_stands() -> None:
    walk, refused = Walk(Pass.MAIN, 200), 0
    while walk.ask is not None and walk.refuse(walk.ask, None):
        refused += 1
    assert refused < 10


def page_of(*oids: int, **said: object) -> Listing:
    return Listing(rows=[RowKey(oid, f"{oid}@example.test", 0) for oid in oids], **said)  # type: ignore[arg-type]  # as Listing


@pytest.mark.parametrize("lie", [
    page_of(1, 2, offset=7), page_of(1, 2, count=3), page_of(*range(30)), page_of(more=True),
])  # fmt: skip
def test_a_page_that_contradicts_what_was_asked_is_asked_for_again_and_then_an_error(lie: Listing) -> None:
    walk = Walk(Pass.MAIN, 20)
    ask = walk.ask
    assert ask is not None
    assert not walk.accept(ask, lie)
    assert walk.ask == ask
    assert not walk.accept(ask, lie)
    with pytest.raises(AnswerUnusable):
        walk.accept(ask, lie)


@pytest.mark.parametrize("total", [None, 1000])
def test_an_endless_list_is_an_error(total: int | None) -> None:
    walk = Walk(Pass.MAIN, 20)
    page = page_of(*range(1, 21), more=True, total=total)
    with pytest.raises(AnswerUnusable):
        for _ in range(1000):
            assert walk.ask is not None
            walk.accept(walk.ask, page)


def test_an_end_short_of_the_total_shows_in_the_counts() -> None:
    walk = Walk(Pass.MAIN, 20)
    page = page_of(*range(1, 21), more=True, total=40)
    while walk.ask is not None:
        walk.accept(walk.ask, page)
    assert (walk.report().distinct, walk.report().total_last) == (20, 40)


def test_rows_that_come_round_again_are_no_progress() -> None:
    walk = Walk(Pass.MAIN, 20)
    with pytest.raises(AnswerUnusable):
        for _ in range(1000):
            assert walk.ask is not None
            start = walk.ask.offset % 100
            walk.accept(walk.ask, page_of(*range(start + 1, min(start + 21, 101)), more=True))


def test_an_order_that_changes_with_every_answer_ends_unproven() -> None:
    chance = Random(5)  # noqa: S311  (a test's disorder)

    def shuffle(server: Server) -> None:
        salt = chance.random()
        server.own_order = lambda row: Random(hash((row.oid, salt))).random()  # noqa: S311  (a test's disorder)

    walk, _ = walk_through(Server(people(1000), sorts=(None,), change=shuffle), 20)
    assert "do not join" in walk.report().reasons[0]


@given(
    seed=st.integers(0, 2**32), count=st.integers(0, 150), limit=st.integers(10, 60),
    sorts=st.sampled_from([SORTS, (BY_EMAIL, None), (None,)]), killed=st.integers(0, 20),
    delete=st.floats(0, 1), says_more=st.booleans(), says_total=st.booleans(),
)  # fmt: skip
def test_a_walk_is_a_fold_over_its_pages(
    seed: int, count: int, limit: int, sorts: tuple[str | None, ...], killed: int, delete: float,
    says_more: bool, says_total: bool,
) -> None:  # fmt: skip
    """Killed after any page and fed the same pages again, it goes on with the same question."""
    server = Server(
        people(count), sorts=sorts, change=churn(seed, 0.3, 0.5, delete), limit_max=50,
        says_more=says_more, says_total=says_total,
    )  # fmt: skip
    walk, taken = Walk(Pass.MAIN, limit), list[tuple[Ask, Listing]]()
    while walk.ask is not None and len(taken) < killed:
        ask = walk.ask
        page = server.answer(ask)
        if isinstance(page, str):
            assert walk.refuse(ask, page if page != "offset" else None)
        elif walk.accept(ask, page):
            taken.append((ask, page))
    again = Walk(Pass.MAIN, limit)
    for ask, page in taken:
        assert again.accept(ask, page)
    if taken and not (walk.ask and again.ask and walk.ask.sort != again.ask.sort):
        assert again.ask == walk.ask
        assert again.report().distinct == walk.report().distinct


def test_the_overlap_costs_few_requests() -> None:
    server = Server(people(20_000), change=churn(3, 0.1, 0.3, 0.1))
    _, rows = walk_through(server, 200)
    assert len(server.asked) <= 1.03 * 20_000 / 200 + 1
    assert len({row.oid for row in rows}) >= 20_000 - 20


def test_among_customers_at_rest_the_overlap_is_one_row() -> None:
    server = Server(people(19_901))
    walk_through(server, 200)
    assert len(server.asked) == 19_900 / (200 - OVERLAP_BY_OID_ROWS)


def gone_at(*requests: int) -> Callable[[Server], None]:
    """The oldest customer there is, at each of these requests."""

    def change(server: Server) -> None:
        if len(server.asked) in requests:
            del server.rows[min(server.rows)]

    return change


def test_after_a_deletion_the_overlap_is_longer_for_a_while() -> None:
    """Each lonely deletion costs the way back and some rows a page; a second one soon after costs nothing."""
    requests = []
    for moments in [(), (10,), (10, 12, 30), (10, 80, 100), (10, 120)]:
        server = Server(people(13_000), change=gone_at(*moments))
        before = set(server.rows)
        walk, rows = walk_through(server, 100)
        assert walk.report().reasons == ()
        assert before & set(server.rows) <= {row.oid for row in rows}
        requests.append((len(server.asked), walk.report().repairs))
    repairs = [repaired for _, repaired in requests]
    assert repairs == [0, 1, 1, 1, 2]
    asked = [count for count, _ in requests]
    assert asked[1] <= asked[0] + 2 + QUIET_PAGES * (OVERLAP_ROWS - 1) / 100
    assert asked[2] <= asked[1] + 1


@given(
    seed=st.integers(0, 2**32), killed=st.integers(15, 120), delete=st.sampled_from([0.01, 0.05, 0.5]),
    says_more=st.booleans(), past_end_is_400=st.booleans(),
)  # fmt: skip
def test_a_long_walk_is_a_fold_over_its_pages_too(
    seed: int, killed: int, delete: float, says_more: bool, past_end_is_400: bool
) -> None:
    """Long enough for the overlap to grow and to shrink again; killed every so many pages."""
    server = Server(
        people(1100), change=churn(seed, 0.1, 0.1, delete), says_more=says_more,
        past_end_is_400=past_end_is_400,
    )  # fmt: skip
    before, walk, taken = set(server.rows), Walk(Pass.MAIN, 10), list[tuple[Ask, Listing]]()
    while (ask := walk.ask) is not None:
        page = server.answer(ask)
        if isinstance(page, str):
            assert walk.refuse(ask, page)
        elif walk.accept(ask, page):
            taken.append((ask, page))
        if len(taken) % killed == 0 and walk.settled == ask:
            asked, walk = walk.ask, Walk(Pass.MAIN, 10)
            assert all(walk.accept(*one) for one in taken)
            assert walk.ask == asked
    assert walk.report().reasons == ()
    assert before & set(server.rows) <= {oid for _, page in taken for oid in page.oids}
