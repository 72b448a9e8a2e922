import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ultracart.some_changes import Case, cases, records
from ucsync.model.pushes import NEW_ROW, Change, Standing
from ucsync.ultracart.changes import (
    after_changes,
    held_at,
    in_effect,
    insert_body,
    restoring,
    reversed_change,
    standing,
    unplanned,
    update_body,
)
from ucsync.ultracart.check import body_faults
from ucsync.ultracart.child_rows import CUSTOMER_PARTS
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.records import Record, record_of

CUSTOMER = MODELS["Customer"]
CASES = cases(records())

ANN = record_of(
    {
        "customer_profile_oid": 5,
        "email": "ann@example.com",
        "tax_id": "T1",
        "billing": [
            {"customer_billing_oid": 55, "city": "Bern", "title": "Home", "default_billing": True},
            {"customer_billing_oid": 56, "city": "Basel", "day_phone": "1", "day_phone_e164": "+11"},
        ],
        "tags": [{"tag_value": "vip"}, {"tag_value": "news"}],
        "properties": [
            {"customer_profile_property_oid": 7, "name": "size", "value": "L",
             "expiration_dts": "2027-01-01T00:00:00-05:00"}
        ],
        "tax_codes": {"taxjar_customer_id": "J1"},
    }
)  # fmt: skip


def served(record: Record, body: dict[str, Any]) -> Record:
    """What a server has after an update, told in the plainest words: rows by oid, keys in objects."""
    after = dict(record)
    fresh = iter(range(9_000, 10_000))
    for name, sent in body.items():
        part = CUSTOMER_PARTS.get(name)
        if part is None:
            after[name] = sent
        elif not part.rows:
            after[name] = record.get(name, {}) | sent
        else:
            old = {row[part.own]: row for row in record.get(name, []) if part.own in row}
            rows = []
            for row in sent:
                kept = {key: held for key, held in old.get(row.get(part.own), {}).items()
                        if key not in part.writable}  # fmt: skip
                oid = {part.own: row.get(part.own) or next(fresh)} if part.own else {}
                rows.append(kept | oid | row)
            after[name] = rows
    return record_of(after)


def apart_from_oids(record: Record) -> Any:
    """Everything that can be written, in an order of its own."""
    found: dict[str, Any] = {}
    for name, held in record.items():
        part = CUSTOMER_PARTS.get(name)
        if part is None or not part.rows:
            found[name] = held
        else:
            found[name] = sorted(repr(sorted(part.fields(row).items())) for row in held)
    return found


@given(CASES)
def test_after_the_changes_all_are_there(case: Case) -> None:
    assert standing(after_changes(case.record, case.changes), case.changes) is Standing.THERE


@given(CASES)
def test_before_the_changes_nothing_stands_against_them(case: Case) -> None:
    there = all(in_effect(case.record, change) for change in case.changes)
    assert standing(case.record, case.changes) is (Standing.THERE if there else Standing.UNTOUCHED)


@given(CASES)
def test_a_server_that_takes_the_body_has_what_was_planned_and_nothing_else(case: Case) -> None:
    after = served(case.record, update_body(case.record, case.changes))
    assert apart_from_oids(after) == apart_from_oids(after_changes(case.record, case.changes))
    assert standing(after, case.changes) is Standing.THERE
    assert unplanned(case.record, after, case.changes) == []


@given(CASES)
def test_a_body_is_one_that_may_be_sent(case: Case) -> None:
    body = update_body(case.record, case.changes)
    assert list(body_faults(CUSTOMER, body, "customer")) == []
    assert not [name for name in body if CUSTOMER.fields[name].read_only]
    assert set(body) <= {change.part for change in case.changes}
    for name, part in CUSTOMER_PARTS.items():
        for row in body.get(name, []) if part.rows else [body.get(name, {})]:
            assert set(row) <= part.writable | {part.own}


@given(CASES)
def test_what_is_there_already_is_not_sent(case: Case) -> None:
    assert update_body(after_changes(case.record, case.changes), case.changes) == {}


@given(CASES)
def test_changes_taken_back_leave_the_customer_as_it_was(case: Case) -> None:
    after = served(case.record, update_body(case.record, case.changes))
    back = [reversed_change(change, after) for change in case.changes if not in_effect(case.record, change)]
    assert standing(after, back) is not Standing.ELSE
    restored = served(after, update_body(after, back))
    assert apart_from_oids(restored) == apart_from_oids(case.record)


@given(CASES)
def test_taking_back_twice_is_the_change_again(case: Case) -> None:
    for change in case.changes:
        if change.field is not None or isinstance(change.row, str | None):
            assert reversed_change(reversed_change(change)) == change


@given(CASES)
def test_whatever_became_of_a_customer_can_be_put_back(case: Case) -> None:
    after = served(case.record, update_body(case.record, case.changes))
    back = restoring(case.record, after)
    assert standing(after, back) is not Standing.ELSE
    restored = served(after, update_body(after, back))
    assert apart_from_oids(restored) == apart_from_oids(case.record)
    assert restoring(case.record, case.record) == []


@given(CASES, st.data())
def test_whatever_else_changes_is_told(case: Case, data: st.DataObject) -> None:
    after = served(case.record, update_body(case.record, case.changes))
    others = [
        change
        for change in data.draw(cases(st.just(after))).changes
        if not in_effect(after, change) and change.part not in {mine.part for mine in case.changes}
    ]
    foreign = served(after, update_body(after, others))
    told = unplanned(case.record, foreign, case.changes)
    assert bool(told) == bool(others)
    assert {difference.path.partition("[")[0].partition(".")[0] for difference in told} == {
        change.part for change in others
    }


@given(CASES)
def test_nothing_given_is_changed(case: Case) -> None:
    record, changes = copy.deepcopy(case.record), copy.deepcopy(case.changes)
    after = after_changes(case.record, case.changes)
    update_body(case.record, case.changes)
    unplanned(case.record, after, case.changes)
    restoring(case.record, after)
    assert (case.record, case.changes) == (record, changes)


@given(CASES)
def test_an_edit_of_the_same_place_is_a_conflict_and_one_elsewhere_is_taken_along(case: Case) -> None:
    for change in case.changes:
        if change.field is None or isinstance(change.before, bool) or in_effect(case.record, change):
            continue
        foreign = after_changes(case.record, [replace(change, after=_other(change))])
        assert standing(foreign, [change]) is Standing.ELSE
    foreign = {**case.record, "business_notes": "theirs"}
    body = update_body(foreign, [change for change in case.changes if change.part != "business_notes"])
    assert "business_notes" not in body


def _other(change: Change) -> Any:
    choices: list[Any] = ["x", "y", "z", 1, 2, 3]
    return next(one for one in choices if one not in (change.before, change.after))


def test_a_new_customer_is_sent_all_that_is_wished_and_its_password() -> None:
    changes = [
        Change("email", None, None, None, "bob@example.com"),
        Change("password", None, None, None, "secret"),
        Change("tax_codes", None, "taxjar_customer_id", None, "J2"),
        Change("billing", NEW_ROW, None, None, {"city": "Bern", "default_billing": True}),
        Change("tags", "vip", None, None, {}),
        Change("properties", "size", None, None, {"value": "L"}),
        Change("fax", None, None, None, None),
    ]
    assert insert_body(changes) == {
        "email": "bob@example.com",
        "password": "secret",
        "tax_codes": {"taxjar_customer_id": "J2"},
        "billing": [{"city": "Bern", "default_billing": True}],
        "tags": [{"tag_value": "vip"}],
        "properties": [{"name": "size", "value": "L"}],
    }
    answer = record_of({key: held for key, held in insert_body(changes).items() if key != "password"})
    assert standing(answer, changes) is Standing.THERE


def test_an_update_sends_parts_whole_and_clears_as_each_kind_wants() -> None:
    changes = [
        Change("tax_id", None, None, "T1", None),
        Change("billing", 56, "city", "Basel", None),
        Change("tags", "vip", None, {}, None),
        Change("tags", "new", None, None, {}),
        Change("properties", "size", "value", "L", "M"),
        Change("tax_codes", None, "taxjar_customer_id", "J1", None),
    ]
    assert update_body(ANN, changes) == {
        "tax_id": None,
        "billing": [
            {"customer_billing_oid": 55, "city": "Bern", "title": "Home", "default_billing": True},
            {"customer_billing_oid": 56, "day_phone": "1"},
        ],
        "tags": [{"tag_value": "news"}, {"tag_value": "new"}],
        "properties": [
            {"customer_profile_property_oid": 7, "name": "size", "value": "M",
             "expiration_dts": "2027-01-01T05:00:00+00:00"}
        ],
        "tax_codes": {"taxjar_customer_id": None},
    }  # fmt: skip


def test_a_change_of_a_row_that_is_gone_is_a_conflict() -> None:
    for change in (Change("billing", 99, "city", None, "Bern"), Change("billing", 99, "city", "Rom", None)):
        assert standing(ANN, [change]) is Standing.ELSE
        assert held_at(ANN, change) is None
        with pytest.raises(ValueError, match=r"billing\[99\].city"):
            update_body(ANN, [change])


def test_a_removal_is_a_conflict_once_somebody_has_changed_the_row() -> None:
    removal = Change("properties", "size", None, {"value": "L"}, None)
    assert standing(ANN, [removal]) is Standing.ELSE
    assert standing(ANN, [replace(removal, before=held_at(ANN, removal))]) is Standing.UNTOUCHED


def test_a_flag_that_is_absent_is_false() -> None:
    assert standing(ANN, [Change("tax_exempt", None, None, True, False)]) is Standing.THERE
    assert standing(ANN, [Change("tax_exempt", None, None, False, True)]) is Standing.UNTOUCHED
    assert unplanned(ANN, {**ANN, "tax_exempt": False}, []) == []


def test_a_flag_that_null_does_not_clear_goes_back_to_false() -> None:
    change = Change("do_not_send_mail", None, None, None, True)
    assert reversed_change(change).after is False
    assert restoring(ANN, {**ANN, "do_not_send_mail": True}) == [reversed_change(change)]


def test_a_removed_address_comes_back_as_a_new_one() -> None:
    gone = Change("billing", 55, None, held_at(ANN, Change("billing", 55, None, None, None)), None)
    after = served(ANN, update_body(ANN, [gone]))
    assert [row["customer_billing_oid"] for row in after["billing"]] == [56]
    back = reversed_change(gone)
    assert (back.row, back.before) == (NEW_ROW, None)
    assert back.after == {"city": "Bern", "title": "Home", "default_billing": True}


def test_an_added_address_that_was_edited_since_is_not_removed() -> None:
    added = Change("shipping", NEW_ROW, None, None, {"city": "Bern"})
    after = served(ANN, update_body(ANN, [added]))
    back = reversed_change(added, after)
    after["shipping"][0]["company"] = "theirs"
    assert standing(after, [back]) is Standing.ELSE


@pytest.mark.parametrize(
    ("foreign", "paths"),
    [
        pytest.param({"last_modified_dts": "2026", "last_modified_by": "x"}, [], id="stamps"),
        pytest.param({"orders_summary": {"order_count": 3}, "activity": {"sms": "1"}}, [], id="history"),
        pytest.param({"reviewer": {"rank": 3}, "privacy": {"last_update_dts": "x"}}, [], id="derived"),
        pytest.param({"tags": [{"tag_value": "news"}, {"tag_value": "vip"}]}, [], id="order"),
        pytest.param({"tags": [{"tag_value": "vip"}]}, ['tags["news"]'], id="lost tag"),
        pytest.param({"cards": [{"card_type": "Visa"}]}, ["cards[new]"], id="card"),
        pytest.param({"loyalty": {"loyalty_tier_oid": 1}}, ["loyalty.loyalty_tier_oid"], id="loyalty"),
        pytest.param({"merchant_id": "OTHER"}, ["merchant_id"], id="read-only"),
        pytest.param(
            {"billing": [ANN["billing"][0], {**ANN["billing"][1], "city": "Genf", "day_phone_e164": "+1"}]},
            ["billing[56].city"],
            id="address",
        ),
        pytest.param(
            {"billing": [ANN["billing"][0], {**ANN["billing"][1], "customer_billing_oid": 57}]},
            ["billing[56]", "billing[57]"],
            id="address made anew",
        ),
        pytest.param(
            {"properties": [{**ANN["properties"][0], "customer_profile_property_oid": 8}]}, [],
            id="property made anew",
        ),
    ],
)  # fmt: skip
def test_what_the_server_moves_is_no_difference_and_all_else_is(
    foreign: dict[str, Any], paths: list[str]
) -> None:
    assert [difference.path for difference in unplanned(ANN, {**ANN, **foreign}, [])] == paths


def test_a_planned_change_that_did_not_come_is_told_as_it_was_to_be() -> None:
    (difference,) = unplanned(ANN, ANN, [Change("tax_id", None, None, "T1", "T2")])
    assert (difference.path, difference.before, difference.after) == ("tax_id", "T2", "T1")


def test_rows_that_a_server_doubled_are_removed_again() -> None:
    doubled = [*ANN["billing"], *({**row, "customer_billing_oid": 9_000 + place}
               for place, row in enumerate(ANN["billing"]))]  # fmt: skip
    after = {**ANN, "billing": doubled}
    assert len(unplanned(ANN, after, [])) == 2
    back = restoring(ANN, after)
    assert [(change.row, change.after) for change in back] == [(9_000, None), (9_001, None)]
    assert record_of(served(after, update_body(after, back)))["billing"] == ANN["billing"]
