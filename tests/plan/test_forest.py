"""Merges as a forest, and who survives by rules."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.plan.forest import Forest, Pair, blockers, forest, winners
from ucsync.plan.push_settings import PushSettings


def of(*pairs: tuple[int, int]) -> Forest:
    """Each pair is (survivor, absorbed), asked for by the row of its place."""
    return forest([Pair(survivor, absorbed, (row,)) for row, (survivor, absorbed) in enumerate(pairs, 1)])


def order(found: Forest) -> list[tuple[int, int]]:
    return [(pair.survivor, pair.absorbed) for pair in found.pairs]


def refused(found: Forest) -> dict[tuple[int, int], str]:
    return {(pair.survivor, pair.absorbed): why for pair, why in found.problems}


def test_who_absorbs_others_does_so_before_it_is_absorbed() -> None:
    found = of((1, 2), (2, 3), (3, 4), (2, 5))
    assert order(found) == [(3, 4), (2, 3), (2, 5), (1, 2)]
    assert found.problems == ()


def test_trees_come_by_their_first_row_and_a_survivor_absorbs_by_row() -> None:
    assert order(of((9, 1), (5, 2), (9, 3), (5, 4))) == [(9, 1), (9, 3), (5, 2), (5, 4)]


def test_the_same_merge_twice_is_one_that_both_rows_ask_for() -> None:
    found = of((1, 2), (1, 2))
    assert found.pairs == (Pair(1, 2, (1, 2)),)
    assert found.problems == ()


def test_nobody_is_merged_into_itself() -> None:
    found = of((1, 1), (2, 3))
    assert order(found) == [(2, 3)]
    assert refused(found) == {(1, 1): "a customer cannot be merged into itself"}


def test_who_is_to_go_into_two_others_goes_into_neither() -> None:
    found = of((1, 9), (2, 9), (1, 3))
    assert order(found) == [(1, 3)]
    assert refused(found) == dict.fromkeys(
        [(1, 9), (2, 9)], "customer 9 is to go into several others (rows 1, 2)"
    )


@pytest.mark.parametrize("length", [2, 3, 30])
def test_no_merge_of_a_circle_is_done(length: int) -> None:
    circle = [(at, (at + 1) % length) for at in range(length)]
    found = of(*circle, (100, 101))
    assert order(found) == [(100, 101)]
    assert set(refused(found)) == set(circle)
    assert all("goes round in a circle" in why for why in refused(found).values())


def test_what_leads_into_a_merge_that_cannot_be_done_is_not_done_either() -> None:
    found = of((1, 2), (2, 1), (2, 5), (5, 6), (7, 8))
    assert order(found) == [(7, 8)]
    assert refused(found)[5, 6] == "leads into customer 2, whose own merge cannot be done"


def test_many_rows_are_named_by_the_first_ten() -> None:
    found = of(*((survivor, 99) for survivor in range(1, 15)))
    assert refused(found)[1, 99].endswith("(rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 4 more)")


def test_a_chain_of_ten_thousand_is_no_trouble() -> None:
    found = of(*((at, at + 1) for at in range(10_000)))
    assert order(found) == [(at, at + 1) for at in reversed(range(10_000))]


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=30))
def test_whatever_is_asked_for_is_done_in_a_possible_order_or_refused(pairs: list[tuple[int, int]]) -> None:
    found = of(*pairs)
    done, left_out = order(found), refused(found)
    assert len(done) == len(set(done))
    assert set(done) | set(left_out) == set(pairs)
    assert not set(done) & set(left_out)
    gone: set[int] = set()
    for survivor, absorbed in done:
        assert survivor not in gone, "one that is gone absorbs nobody"
        assert absorbed not in gone, "nobody is absorbed twice"
        gone.add(absorbed)
    asked = [absorbed for _, absorbed in set(pairs)]
    assert all(asked.count(oid) == 1 for oid in gone)
    assert sorted(row for pair in found.pairs for row in pair.rows) == [
        row for row, pair in enumerate(pairs, 1) if pair in done
    ]


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 12)), max_size=20, unique=True), st.randoms())
def test_the_order_of_rows_decides_nothing_but_the_order(pairs: list[tuple[int, int]], chance: Any) -> None:
    shuffled = list(pairs)
    chance.shuffle(shuffled)
    assert set(order(of(*pairs))) == set(order(of(*shuffled)))
    assert set(refused(of(*pairs))) == set(refused(of(*shuffled)))


def won(rules: Sequence[str], *records: dict[str, Any]) -> list[int]:
    return winners(dict(enumerate(records, 1)), rules)


def orders(count: int | None) -> dict[str, Any]:
    return {} if count is None else {"orders_summary": {"order_count": count}}


def test_the_first_rule_that_tells_two_apart_decides() -> None:
    old = {"signup_dts": "2019-01-01T00:00:00-05:00", **orders(3)}
    new = {"signup_dts": "2020-01-01T00:00:00-05:00", **orders(3)}
    rules = ["most orders_summary.order_count", "earliest signup_dts"]
    assert won(rules, new, old) == [2]
    assert won(rules, {**new, **orders(4)}, old) == [1]


def test_rules_that_come_to_an_end_leave_a_tie() -> None:
    assert won(["most orders_summary.order_count"], orders(3), orders(2), orders(3)) == [1, 3]
    assert won([], orders(3), orders(2)) == [1, 2]


def test_a_later_rule_decides_only_among_those_who_are_left() -> None:
    rules = ["most orders_summary.order_count", "most orders_summary.total"]
    rich = {"orders_summary": {"order_count": 1, "total": Decimal("900.5")}}
    assert won(rules, rich, orders(2), orders(2)) == [2, 3]


@pytest.mark.parametrize("word", ["most", "least"])
def test_who_has_no_figure_is_behind_all_who_have_one(word: str) -> None:
    assert won([f"{word} orders_summary.order_count"], orders(None), orders(0)) == [2]
    assert won([f"{word} orders_summary.order_count"], orders(None), orders(None)) == [1, 2]


def test_instants_are_compared_as_instants_whatever_their_offset() -> None:
    early = {"signup_dts": "2020-01-01T09:00:00+09:00"}
    late = {"signup_dts": "2019-12-31T20:00:00-05:00"}
    assert won(["earliest signup_dts"], late, early) == [2]
    assert won(["latest signup_dts"], late, early) == [1]
    assert won(["latest signup_dts"], {"signup_dts": "long ago"}, early) == [2]


def test_figures_are_compared_by_value() -> None:
    assert won(["most free_shipping_minimum"], {"free_shipping_minimum": Decimal("9.50")},
               {"free_shipping_minimum": 10}) == [2]  # fmt: skip
    assert won(["least free_shipping_minimum"], {"free_shipping_minimum": Decimal("10.0")},
               {"free_shipping_minimum": 10}) == [1, 2]  # fmt: skip


def test_what_blocks_a_merge_is_said() -> None:
    settings = PushSettings(blocking_tags=("Subscriber",), blocking_properties=("rebill_id",))
    record = {"tags": [{"tag_value": "subscriber"}], "properties": [{"name": "rebill_id", "value": "1"}]}
    assert blockers(record, settings) == ["has the tag 'Subscriber'", "has the property 'rebill_id'"]
    assert blockers({"tags": [{"tag_value": "vip"}]}, settings) == []
    assert blockers(record, PushSettings()) == []
