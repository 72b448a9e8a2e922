"""A walk over a list that changes meanwhile: against a model of a server, one request at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.model import AnswerUnusable, Pass
from ucsync.ultracart.listing import Listing, RowKey
from ucsync.ultracart.scanning import BY_EMAIL, BY_OID, OVERLAP_ROWS, SORTS, Ask, Walk

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Server:
    """A list of customers that answers pages; every switch is a way in which a real one may differ."""

    rows: dict[int, RowKey]
    own_order: Callable[[RowKey], object] = lambda row: row.customer_profile_oid
    sorts: tuple[str | None, ...] = SORTS
    ignores_unknown_sort: bool = False
    limit_max: int = 200
    clamps: bool = False
    echoes_limit: bool = True
    says_more: bool = True
    says_total: bool = True
    past_end_is_400: bool = False
    change: Callable[["Server"], None] = lambda server: None
    modified: int = 0
    asked: list[Ask] = field(default_factory=list)

    def answer(self, ask: Ask) -> Listing | str:
        """A page, or what a 400 complains of."""
        self.asked.append(ask)
        self.change(self)
        if ask.sort not in self.sorts and not self.ignores_unknown_sort:
            return "sort"
        if ask.limit > self.limit_max and not self.clamps:
            return "limit"
        order = self.own_order if ask.sort not in self.sorts else _ORDERS.get(ask.sort, self.own_order)
        rows = sorted(self.rows.values(), key=order)  # type: ignore[arg-type]  # keys of one kind
        if ask.offset > len(rows) and self.past_end_is_400:
            return "offset"
        limit = min(ask.limit, self.limit_max)
        page = rows[ask.offset : ask.offset + limit]
        return Listing(
            rows=page,
            offset=ask.offset,
            limit=limit if self.echoes_limit else None,
            count=len(page),
            more=ask.offset + limit < len(rows) if self.says_more else None,
            total=len(rows) if self.says_total else None,
            server_time=NOW,
        )

    def touch(self, oid: int, email: str) -> None:
        """Modify a customer."""
        self.modified += 1
        self.rows[oid] = RowKey(oid, email, self.modified)


_ORDERS: dict[str | None, Callable[[RowKey], object]] = {
    BY_OID: lambda row: row.customer_profile_oid,
    BY_EMAIL: lambda row: row.email,
}


def newest_first(row: RowKey) -> object:
    return (-row.last_modified_dts, row.customer_profile_oid)


def by_chance(row: RowKey) -> object:
    """An order that has nothing to do with anything, but stays."""
    return Random(row.customer_profile_oid).random()  # noqa: S311  (a test's order)


def people(count: int) -> dict[int, RowKey]:
    """E-mails in another order than oids."""
    return {oid: RowKey(oid, f"{(oid * 7919) % 100_003:06d}@example.test", 0) for oid in range(1, count + 1)}


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


def churn(seed: int, insert: float, update: float, delete: float) -> Callable[[Server], None]:
    """What may happen before each answer. Updates change the e-mail, so that rows move in that order."""
    chance = Random(seed)  # noqa: S311  (a test's churn)

    def change(server: Server) -> None:
        top = max(server.rows, default=0)
        if chance.random() < insert:
            server.touch(top + 1, f"{chance.randrange(100_003):06d}@example.test")
        if server.rows and chance.random() < update:
            server.touch(chance.choice(list(server.rows)), f"{chance.randrange(100_003):06d}@example.test")
        if server.rows and chance.random() < delete:
            del server.rows[chance.choice(list(server.rows))]

    return change


def test_a_list_at_rest_is_read_once_with_the_overlap_and_no_request_more() -> None:
    server = Server(people(1000))
    walk, rows = walk_through(server, limit=200)
    assert {row.oid for row in rows} == set(range(1, 1001))
    assert len(server.asked) == 6  # five pages hold a thousand, the overlap needs one more
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
@pytest.mark.parametrize("own_order", [by_chance, newest_first, _ORDERS[BY_OID]])
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
    assert len(server.asked) <= 1.05 * 20_000 / (200 - OVERLAP_ROWS) + 1
    assert len(server.asked) <= 1.05 * 20_000 / 200
    assert len({row.oid for row in rows}) >= 20_000 - 20
