from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.model.pushes import Rule
from ucsync.plan.differing import Choice, choose

VALUES = st.none() | st.sampled_from(["a", "b", "c"])
RULES = st.sampled_from(Rule)

#: Without a base: what becomes of "a" against "b", and of "a" against nothing.
BY_RULE = {
    Rule.OURS: (Choice.APPLY, Choice.APPLY),
    Rule.THEIRS: (Choice.HELD_BACK, Choice.HELD_BACK),
    Rule.FILL_EMPTY: (Choice.HELD_BACK, Choice.APPLY),
    Rule.QUEUE: (Choice.QUEUE, Choice.QUEUE),
}


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.value)
def test_without_a_base_the_rule_decides(rule: Rule) -> None:
    found = [
        choose(base=None, base_known=False, theirs=theirs, ours="a", rule=rule) for theirs in ("b", None)
    ]
    assert tuple(found) == BY_RULE[rule]


@pytest.mark.parametrize("rule", Rule, ids=lambda rule: rule.value)
def test_where_both_have_changed_it_the_rule_decides(rule: Rule) -> None:
    found = [choose(base="c", base_known=True, theirs=theirs, ours="a", rule=rule) for theirs in ("b", None)]
    assert tuple(found) == BY_RULE[rule]


@given(VALUES, VALUES, st.booleans(), RULES)
def test_what_is_there_already_costs_nothing(base: Any, theirs: Any, known: bool, rule: Rule) -> None:
    assert choose(base=base, base_known=known, theirs=theirs, ours=theirs, rule=rule) is Choice.EQUAL


@given(VALUES, VALUES, RULES)
def test_what_the_crm_did_not_change_is_never_sent(base: Any, theirs: Any, rule: Rule) -> None:
    assert choose(base=base, base_known=True, theirs=theirs, ours=base, rule=rule) is Choice.EQUAL


@given(VALUES, VALUES, RULES)
def test_what_only_the_crm_changed_is_sent_whatever_the_rule(base: Any, ours: Any, rule: Rule) -> None:
    choice = choose(base=base, base_known=True, theirs=base, ours=ours, rule=rule)
    if ours == base:
        assert choice is Choice.EQUAL
    elif rule is Rule.FILL_EMPTY and base is not None:
        assert choice is Choice.HELD_BACK
    else:
        assert choice is Choice.APPLY


@given(VALUES, VALUES, VALUES, st.booleans())
def test_filling_never_takes_the_place_of_a_value(base: Any, theirs: Any, ours: Any, known: bool) -> None:
    choice = choose(base=base, base_known=known, theirs=theirs, ours=ours, rule=Rule.FILL_EMPTY)
    assert choice is not Choice.QUEUE
    if choice is Choice.APPLY:
        assert theirs is None


@given(VALUES, VALUES, VALUES, st.booleans())
def test_their_value_stands_where_both_have_one(base: Any, theirs: Any, ours: Any, known: bool) -> None:
    choice = choose(base=base, base_known=known, theirs=theirs, ours=ours, rule=Rule.THEIRS)
    if choice is Choice.APPLY:
        assert known
        assert theirs == base


def test_of_a_row_only_what_the_crm_names_counts() -> None:
    base = {"value": "L", "expiration_dts": "2027-01-01T00:00:00+00:00"}
    ours = {"value": "L"}
    assert choose(base=base, base_known=True, theirs=None, ours=ours, rule=Rule.OURS) is Choice.EQUAL
    assert choose(base=None, base_known=False, theirs=base, ours=ours, rule=Rule.OURS) is Choice.EQUAL
    assert choose(base=None, base_known=False, theirs=None, ours={}, rule=Rule.OURS) is Choice.APPLY


def test_a_flag_that_is_absent_is_false() -> None:
    assert choose(base=None, base_known=True, theirs=True, ours=False, rule=Rule.OURS) is Choice.EQUAL
    assert choose(base=False, base_known=True, theirs=None, ours=True, rule=Rule.QUEUE) is Choice.APPLY
    assert choose(base=None, base_known=False, theirs=None, ours=0, rule=Rule.OURS) is Choice.APPLY
