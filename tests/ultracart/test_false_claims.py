"""A walk over a list of which every claim may be false: it ends, and what it calls whole is whole."""

from dataclasses import dataclass
from random import Random
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from ucsync.model import AnswerUnusable, Pass
from ucsync.ultracart.listing import Listing, RowKey
from ucsync.ultracart.scanning import BY_EMAIL, BY_OID, SORTS, Ask, Walk

PAGE: Final = 20


@dataclass
class Deceiver:
    """A list of customers, each of whose claims may be false; drawn from a seed."""

    seed: int
    honest_about_the_end: bool

    def __post_init__(self) -> None:
        draw = Random(self.seed)  # noqa: S311  (a test's lies)
        self.draw = draw
        count = draw.choice([0, 1, 3, 5, 19, 20, 21, 60, 150, 400])
        self.rows = [RowKey(oid, f"{(oid * 7919) % 100_003:06d}@x.test", 0) for oid in range(1, count + 1)]
        self.sorts = draw.choice([SORTS, (BY_EMAIL, None), (None,)])
        self.own_order = draw.choice([_by_oid, _by_email, _by_chance])
        self.way = draw.choice(["honest", "honest", "ignored", "round", "drifting", "capped"])
        self.rows_max = draw.choice([1000, 1000, 7])
        self.echoes = draw.random() < 0.5
        self.doubles = draw.random() < 0.2
        self.more = draw.choice(["none", "true", "false", "chance"])
        self.total = draw.choice([None, count, count + 100, count // 2, 0, -5])
        self.empties = draw.choice([0, 0, 0.3])

    def answer(self, ask: Ask) -> Listing | str:
        """A page, or what a 400 complains of."""
        if ask.sort not in self.sorts:
            return "sort"
        key = {BY_OID: _by_oid, BY_EMAIL: _by_email}.get(ask.sort or "", self.own_order)
        offset = self._offset(ask.offset)
        rows = sorted(self.rows, key=key)[offset : offset + min(ask.limit, self.rows_max)]
        end = offset + len(rows)
        if self.doubles:
            rows = [row for row in rows for _ in (0, 1)][: len(rows)]
        more: bool | None = end < len(self.rows)
        total: int | None = self.draw.choice([len(self.rows), None])
        if not self.honest_about_the_end:
            rows = [] if self.draw.random() < self.empties else rows
            chance = self.draw.random() < 0.5
            more = {"none": None, "true": True, "false": False, "chance": chance}[self.more]
            total = self.total
        if self.echoes:
            return Listing(rows, ask.offset, ask.limit, len(rows), more, total)
        return Listing(rows, more=more, total=total)

    def _offset(self, asked: int) -> int:
        """Where the page really begins."""
        count = max(1, len(self.rows))
        ways = {
            "ignored": 0,
            "round": asked % count,
            "drifting": asked + asked // 20 * 3,
            "capped": min(asked, 50),
        }
        return ways.get(self.way, asked)


def _by_oid(row: RowKey) -> Any:
    return row.customer_profile_oid


def _by_email(row: RowKey) -> Any:
    return row.email


def _by_chance(row: RowKey) -> Any:
    return Random(row.customer_profile_oid).random()  # noqa: S311  (a test's order)


def _walk(server: Deceiver) -> tuple[Walk, set[int | None]] | None:
    """To the end, and who was seen; None when it is an error. Bounded, or it fails."""
    walk, seen = Walk(Pass.MAIN, PAGE), set[int | None]()
    for _ in range(2000):
        if (ask := walk.ask) is None:
            return walk, seen
        page = server.answer(ask)
        if isinstance(page, str):
            assert walk.refuse(ask, page)
            continue
        try:
            kept = walk.accept(ask, page)
        except AnswerUnusable:
            return None
        if kept:
            seen.update(row.oid for row in page.rows)
    raise AssertionError("no end")


@given(seed=st.integers(0, 2**32))
def test_whatever_a_server_claims_there_is_an_end(seed: int) -> None:
    for number in range(20):
        _walk(Deceiver(seed + number, honest_about_the_end=False))


@given(seed=st.integers(0, 2**32))
def test_a_server_that_is_honest_about_its_end_hides_nobody_by_false_offsets(seed: int) -> None:
    for number in range(20):
        server = Deceiver(seed + number, honest_about_the_end=True)
        ended = _walk(server)
        if ended is None:
            continue
        walk, seen = ended
        told = walk.report()
        if not told.reasons and (told.total_last is None or len(seen) >= told.total_last):
            assert {row.oid for row in server.rows} <= seen
