"""How much a plan may change without a person's word."""

from collections.abc import Iterable
from typing import Any

import pytest

from ucsync.model.pushes import NEW_ROW, Action, Change, Limits, Step
from ucsync.plan.push_guards import Tally, tripped


def update(oid: int, *changes: Change) -> Step:
    return Step(number=1, action=Action.UPDATE, oid=oid, email=None, changes=changes)


def other(action: Action, oid: int | None, absorbed: int | None = None) -> Step:
    return Step(number=1, action=action, oid=oid, email=None, absorbed=absorbed)


def notes(oid: int) -> Step:
    return update(oid, Change("business_notes", None, None, "a", "b"))


def tally(steps: Iterable[Step]) -> Tally:
    found = Tally()
    for step in steps:
        found.add(step)
    return found


def told(steps: Iterable[Step], customers: int = 100_000, **limits: Any) -> tuple[str, ...]:
    return tripped(tally(steps), customers, Limits(**limits))


def test_an_ordinary_plan_trips_nothing() -> None:
    assert told(notes(oid) for oid in range(1000)) == ()


def test_as_many_customers_as_the_larger_of_count_and_share_may_change() -> None:
    steps = [notes(oid) for oid in range(30)]
    assert told(steps, 1000, customers_max=30, percent_max=1) == ()
    assert told(steps, 300, customers_max=3, percent_max=10) == ()
    (only,) = told(steps, 299, customers_max=3, percent_max=10)
    assert only.startswith("30 of 299 customers would change, 29 may;")
    assert "--accept-changes 30" in only


def test_a_customer_counts_once_however_often_it_is_changed() -> None:
    steps = [notes(1), other(Action.STORE_CREDIT, 1), other(Action.EMAIL_LISTS, 1)]
    assert tally(steps).touched == 1


def test_new_merged_and_deleted_customers_count_too() -> None:
    steps = [other(Action.INSERT, None), other(Action.INSERT, None), other(Action.MERGE, 1, 2),
             other(Action.MERGE, 1, 3), other(Action.DELETE, 4)]  # fmt: skip
    assert tally(steps).touched == 6


@pytest.mark.parametrize(("customers", "percent"), [(0, 10.0), (100, float("nan")), (100, float("inf"))],
                         ids=["an empty lake", "no number", "infinity"])  # fmt: skip
def test_a_share_that_cannot_be_evaluated_trips(customers: int, percent: float) -> None:
    (only,) = told([other(Action.INSERT, None)], customers, percent_max=percent)
    assert "cannot be evaluated" in only
    assert told([], customers, percent_max=percent) == ()


def test_without_a_share_only_the_count_decides_even_in_an_empty_lake() -> None:
    steps = [other(Action.INSERT, None)] * 5
    assert told(steps, 0, customers_max=5, percent_max=0) == ()
    assert len(told(steps, 0, customers_max=4, percent_max=0)) == 1


def test_not_one_field_is_cleared_without_a_word() -> None:
    step = update(1, Change("business_notes", None, None, "a", None), Change("terms", None, None, None, "x"))
    (only,) = told([step])
    assert only.startswith("1 field would become empty, 0 may;")
    assert told([step], cleared_max=1) == ()
    assert (tally([step]).changes, tally([step]).cleared) == (2, 1)


def test_taking_off_a_tag_or_a_tier_clears_no_field_but_taking_off_a_property_or_cc_email_does() -> None:
    def removal(part: str) -> Step:
        return update(1, Change(part, "x", None, {}, None))

    assert told([removal("tags"), removal("pricing_tiers")]) == ()
    assert len(told([removal("properties")])) == 1
    assert len(told([removal("cc_emails")])) == 1


def test_what_was_empty_is_not_cleared() -> None:
    assert tally([update(1, Change("terms", None, None, None, None))]).cleared == 0


def test_no_customer_is_deleted_without_a_word() -> None:
    steps = [other(Action.DELETE, 1), other(Action.DELETE, 2)]
    (only,) = told(steps)
    assert "--accept-deletes 2" in only
    assert told(steps, deletes_max=2) == ()


def test_no_merge_is_planned_where_none_is_permitted() -> None:
    steps = [other(Action.MERGE, 1, 2)] * 60
    assert told(steps, merges_per_day=50) == ()
    assert len(told(steps, merges_per_day=0)) == 1


CITY = Change("billing", 5, "city", "Ulm", "Bonn")


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("email", Change("email", None, None, "a@b.c", "b@b.c")),
        ("billing", CITY),
        ("billing.city", CITY),
        ("billing.city", Change("billing", NEW_ROW, None, None, {"city": "Bonn"})),
        ("properties", Change("properties", "rank", None, None, {"value": "1"})),
        ("properties.rank", Change("properties", "rank", None, {"value": "1"}, None)),
        ("tags.vip", Change("tags", "vip", None, None, {})),
        ("tax_codes.taxjar_customer_id", Change("tax_codes", None, "taxjar_customer_id", None, "7")),
    ],
    ids=lambda held: held if isinstance(held, str) else held.path,
)
def test_a_protected_field_is_not_changed(name: str, change: Change) -> None:
    (only,) = told([update(1, change)], cleared_max=9, protected=(name,))
    assert only == f"1 changes of {name}, which is protected by the configuration"


def test_a_protected_field_keeps_its_neighbours_free_and_new_customers_too() -> None:
    protected = ("email", "billing.company", "shipping", "properties.other")
    insert = Step(number=1, action=Action.INSERT, oid=None, email="a@b.c",
                  changes=(Change("email", None, None, None, "a@b.c"),))  # fmt: skip
    assert told([update(1, CITY), insert], protected=protected) == ()


@pytest.mark.parametrize("action", [Action.STORE_CREDIT, Action.CASHBACK, Action.EMAIL_LISTS])
def test_sums_and_lists_are_protected_by_their_own_names(action: Action) -> None:
    assert len(told([other(action, 1)], protected=(action.value,))) == 1
