"""Windows by oid over customers who come, change and go between and within them."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.flow.window_reader import Reader, begun, check_chain
from tests.ultracart.moving_list import ORDERS, Server, by_chance, churn, newest_first, people
from ucsync.model import AnswerUnusable
from ucsync.plan.windows import find_offset
from ucsync.ultracart.listing import Listing, RowKey
from ucsync.ultracart.scanning import BY_EMAIL, BY_OID, SORTS


@given(
    seed=st.integers(0, 2**32), count=st.integers(0, 300), limit=st.integers(10, 30),
    pages=st.integers(1, 6), limit_max=st.sampled_from([200, 12]), clamps=st.booleans(),
    newest_first=st.booleans(), delete=st.sampled_from([0, 0.05, 0.8]), insert=st.sampled_from([0, 0.3]),
    purge=st.sampled_from([0, 0, 20, 200]), killed=st.sampled_from([0, 0.1]),
    echoes_limit=st.booleans(), says_more=st.booleans(), says_total=st.booleans(),
    past_end_is_400=st.booleans(), told=st.booleans(), sorts=st.sampled_from([SORTS, (BY_OID,), (None,)]),
)  # fmt: skip
def test_by_oid_whoever_is_there_all_the_while_is_on_a_page_whatever_others_do(
    seed: int, count: int, limit: int, pages: int, newest_first: bool, delete: float, insert: float,
    purge: int, killed: float, limit_max: int, clamps: bool, echoes_limit: bool, says_more: bool,
    says_total: bool, past_end_is_400: bool, told: bool, sorts: tuple[str | None, ...],
) -> None:  # fmt: skip
    server = Server(
        people(count, 2), change=moving(seed, count, insert, delete, purge), limit_max=limit_max,
        clamps=clamps, echoes_limit=echoes_limit, says_more=says_more, says_total=says_total, sorts=sorts,
        past_end_is_400=past_end_is_400,
    )  # fmt: skip
    newest_first = newest_first and says_total  # else nobody knows where the newest are
    before = set(server.rows)
    reader = Reader(server, limit, pages, killed, told, seed=seed)
    backfill = reader.through(begun(server, newest_first=newest_first))
    check_chain(reader.pieces, newest_first=newest_first)
    assert reader.proven
    assert [piece.hidden for piece in reader.pieces if piece.hidden] == []
    assert before & set(server.rows) <= reader.seen
    assert backfill.requests == len(server.asked)
    if not delete and not insert and not purge:
        assert backfill.rows == count


def moving(seed: int, count: int, insert: float, delete: float, purge: int) -> Callable[[Server], None]:
    """Customers come anywhere and go anywhere, now and then many at a time; no oid comes twice."""
    chance, slowly = Random(seed), churn(seed, insert, insert, delete)  # noqa: S311  (a test's churn)
    free = chance.sample(range(1, 2 * count, 2), count)

    def change(server: Server) -> None:
        slowly(server)
        if free and chance.random() < insert:
            oid = free.pop()
            server.rows[oid] = RowKey(oid, f"{oid}@example.test", 0)
        if purge and chance.random() < 0.05:
            oids = sorted(server.rows)
            start = chance.randrange(len(oids) + 1)
            for oid in oids[start : start + purge]:
                del server.rows[oid]

    return change


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("delete", [0, 0.01])
def test_by_oid_windows_cost_hardly_more_than_the_pages_that_customers_fill(
    newest_first: bool, delete: float
) -> None:
    server = Server(people(20_000), change=churn(1, 0.05, 0.3, delete))
    reader = Reader(server, 200, 20)
    backfill = reader.through(begun(server, newest_first=newest_first))
    assert reader.proven
    assert (backfill.windows, backfill.rows // 100) == (6, 200)
    assert backfill.requests <= 1.02 * 20_000 / 200 + 4 * bool(delete)
    assert max(piece.read.rows for piece in reader.pieces) <= 21 * 200


@pytest.mark.parametrize("count", [0, 1, 20, 21, 77, 78, 79, 153, 154, 155])
def test_by_oid_a_list_at_rest_is_cut_into_windows_of_equal_size(count: int) -> None:
    """Of 20 rows a page, 4 pages a window: 77 rows, of which one belongs to the window beside it, too."""
    for newest in (True, False):
        server = Server(people(count))
        backfill = Reader(server).through(begun(server, newest_first=newest))
        assert backfill.rows == count
        assert backfill.windows == max(1, -(-(count - 1) // 76))
        assert backfill.requests == len(server.asked) <= max(1, -(-(count - 1) // 19)) + (not newest)


@pytest.mark.parametrize(("sorts", "ignores"), [((BY_EMAIL, None), False), ((None,), False), ((None,), True)])
@pytest.mark.parametrize("own_order", [by_chance, newest_first, ORDERS[BY_EMAIL]])
def test_a_server_without_an_order_by_oid_is_found_out_at_once(
    sorts: tuple[str | None, ...], ignores: bool, own_order: Callable[[RowKey], object]
) -> None:
    rows = {oid: RowKey(oid, row.email, oid % 97) for oid, row in people(500).items()}
    server = Server(rows, sorts=sorts, ignores_unknown_sort=ignores, own_order=own_order)
    reader = Reader(server)
    assert not reader.through(begun(server)).finished
    assert reader.pieces == []
    assert len(server.asked) == 2


@pytest.mark.parametrize("ignores", [True, False])
def test_a_server_that_loses_its_order_in_the_middle_is_found_out_too(ignores: bool) -> None:
    def lose(server: Server) -> None:
        if len(server.asked) > 9:
            server.sorts, server.own_order = (None,), by_chance

    server = Server(people(500), change=lose, ignores_unknown_sort=ignores)
    reader = Reader(server)
    assert not reader.through(begun(server)).finished
    assert [piece.hidden for piece in reader.pieces] == [set(), set()]


@given(
    newest_first=st.booleans(), count=st.integers(1, 300), low=st.integers(0, 700),
    length=st.integers(1, 700), seed=st.integers(0, 2**32),
    delete=st.sampled_from([0, 0.5]), open_end=st.sampled_from(["low", "high", ""]),
)  # fmt: skip
def test_by_oid_a_range_is_read_without_what_is_far_from_it(
    newest_first: bool, count: int, low: int, length: int, seed: int, delete: float, open_end: str
) -> None:
    server = Server(people(count, 2))
    places = sorted(server.rows)
    bounds = {"low": low, "high": low + length}
    bounds.pop(open_end, None)
    start, end = bounds.get("low"), bounds.get("high")
    where = {bound: _found(places, oid) for bound, oid in bounds.items()}
    if newest_first:
        begin = {} if end is None else {"reached": end, "offset": where["high"]}
    else:
        begin = {} if start is None else {"reached": start, "offset": max(0, where["low"] - 1)}
    server.change = churn(seed, 0, 0, delete)
    reader = Reader(server)
    backfill = reader.through(begun(server, newest_first=newest_first, low=start, high=end, **begin))
    wanted = {oid for oid in server.rows if (start or 0) <= oid and (end is None or oid < end)}
    assert reader.proven
    assert wanted <= reader.seen
    assert len(reader.seen - wanted) <= (100 + count * bool(delete) if newest_first else 40)
    assert backfill.whole is False


def _found(places: list[int], oid: int) -> int:
    search, asked = find_offset(oid, 0, len(places)), 0
    at = next(search, None)
    while at is not None:
        asked += 1
        try:
            at = search.send(places[at] if at < len(places) else None)
        except StopIteration as done:
            found: int = done.value
            break
    assert asked <= len(places).bit_length()
    return found


def test_by_oid_when_most_customers_go_just_before_the_end_is_found_in_one_step() -> None:
    server = Server(people(20_000))
    backfill = begun(server)
    for oid in range(5_000, 20_000):
        del server.rows[oid]
    reader = Reader(server)
    reader.through(backfill)
    assert reader.proven
    assert reader.seen == set(server.rows)
    assert server.asked[0].offset > 19_000
    assert 4_900 < server.asked[1].offset < 5_000


def test_by_oid_a_window_whose_customers_have_gone_begins_further_back() -> None:
    """Else it would begin among those who were read already, and be none."""
    server = Server(people(400))
    reader = Reader(server)

    def purge(server: Server) -> None:
        if len(server.asked) == 5:
            for oid in range(200, 300):
                del server.rows[oid]

    server.change = purge
    reader.through(begun(server))
    check_chain(reader.pieces, newest_first=True)
    assert reader.proven
    assert reader.pieces[1].read.offset < reader.pieces[1].window.offset
    assert set(server.rows) <= reader.seen


LIES: dict[str, Callable[[int], int | None]] = {
    "too high": lambda count: count + 1000,
    "a little too high": lambda count: count + 7,
    "too low": lambda count: count * 2 // 3,
    "nothing": lambda count: 0,
    "less than nothing": lambda count: -5,
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("says_more", [True, False])
@pytest.mark.parametrize("past_end_is_400", [True, False])
def test_a_total_that_lies_ends_in_an_error_or_a_doubt_or_does_no_harm(
    lie: str, newest_first: bool, says_more: bool, past_end_is_400: bool
) -> None:
    server = Server(
        people(400), counts=LIES[lie], says_more=says_more, past_end_is_400=past_end_is_400,
        change=churn(1, 0.1, 0.1, 0.3),
    )  # fmt: skip
    before, reader = set(server.rows), Reader(server)
    try:
        reader.through(begun(server, newest_first=newest_first))
    except AnswerUnusable:
        return
    missed = (before & set(server.rows)) - reader.seen
    assert not (reader.proven and missed)
    assert lie != "too high" or not missed


@pytest.mark.parametrize("says_total", [True, False])
def test_an_end_before_what_was_read_above_it_is_no_proof(says_total: bool) -> None:
    def cut_short(server: Server, page: Listing) -> Listing:
        total = page.total if says_total else None
        return replace(page, more=False, total=total) if len(server.asked) == 7 else page

    server = Server(people(400), lie=cut_short)
    reader = Reader(server)
    reader.through(begun(server))
    assert [bool(piece.reasons) for piece in reader.pieces][:3] == [False, True, False]
