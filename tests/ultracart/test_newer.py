"""What a push would lose, because it does not know it or cannot name it, it does not send back."""

from typing import Any

import pytest

from ucsync.model.pushes import NEW_ROW, Change
from ucsync.ultracart.changes import after_changes, in_effect, unplanned, update_body
from ucsync.ultracart.records import record_of

CITY = Change("billing", 55, "city", "Ulm", "Bonn")
TERMS = Change("terms", None, None, None, "Net 30")


def customer(**more: Any) -> dict[str, Any]:
    """One with an address."""
    return {"customer_profile_oid": 7, "billing": [{"customer_billing_oid": 55, "city": "Ulm"}], **more}


@pytest.mark.parametrize(
    ("more", "change"),
    [
        ({"billing": [{"customer_billing_oid": 55, "city": "Ulm", "floor": 3}]}, CITY),
        ({"billing": [{"customer_billing_oid": 55}, {"customer_billing_oid": 56, "a b": 1}]}, CITY),
        ({"tags": [{"tag_value": "a", "since": "x"}]}, Change("tags", "b", None, None, {})),
        ({"tax_codes": {"more": 1}}, Change("tax_codes", None, "taxjar_customer_id", None, "T")),
        ({"_extras": '{"billing[0].floor":3}'}, CITY),
    ],
    ids=["its row", "another row", "a row by name", "an object", "as the lake has it"],
)  # fmt: skip
def test_a_part_with_fields_of_a_newer_server_is_not_sent_back(more: dict[str, Any], change: Change) -> None:
    record = record_of(customer(**more))
    with pytest.raises(ValueError, match="does not know"):
        update_body(record, [change])
    assert update_body(record, [TERMS]) == {"terms": "Net 30"}


@pytest.mark.parametrize("more", [{"nickname": "x"}, {"shipping": [{"floor": 3}]}], ids=["base", "elsewhere"])
def test_such_fields_elsewhere_are_no_hindrance(more: dict[str, Any]) -> None:
    assert update_body(record_of(customer(**more)), [CITY]) == {
        "billing": [{"customer_billing_oid": 55, "city": "Bonn"}]
    }


@pytest.mark.parametrize("part", ["billing", "shipping", "cc_emails", "properties"])
def test_a_list_with_a_row_without_its_oid_is_not_sent_back(part: str) -> None:
    row = (
        {"email": "a@x.test"}
        if part == "cc_emails"
        else {"name": "a"}
        if part == "properties"
        else {"city": "X"}
    )
    new = {"cc_emails": "b@x.test", "properties": "b"}.get(part, NEW_ROW)
    with pytest.raises(ValueError, match="not said the oid"):
        update_body(record_of({part: [row]}), [Change(part, new, None, None, {"label": "x"})])


def test_a_tier_is_known_by_its_name_or_its_oid() -> None:
    record = record_of({"pricing_tiers": [{"name": "Gold"}, {"pricing_tier_oid": 3}]})
    body = update_body(record, [Change("pricing_tiers", "Silver", None, None, {})])
    assert body == {"pricing_tiers": [{"name": "Gold"}, {"pricing_tier_oid": 3}, {"name": "Silver"}]}


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ({"nickname": "x"}, {}, ["nickname"]),
        ({"nickname": "x"}, {"nickname": "y"}, ["nickname"]),
        ({"shipping": [{"floor": 3}]}, {"shipping": [{}]}, ["shipping[0].floor"]),
        ({"nickname": None}, {}, []),
        ({}, {"billing": [{"customer_billing_oid": 55, "city": "Bonn", "floor": 0}]}, []),
    ],
    ids=["gone", "changed", "gone in a row", "nothing", "given to what was sent"],
)
def test_a_canary_sees_them_go(before: dict[str, Any], after: dict[str, Any], paths: list[str]) -> None:
    bonn = {"billing": [{"customer_billing_oid": 55, "city": "Bonn"}]}
    found = unplanned(record_of(customer(**before)), record_of(customer(**{**bonn, **after})), [CITY])
    assert [one.path for one in found] == paths


def test_a_name_that_is_there_twice_is_gone_when_it_is_removed() -> None:
    record = record_of({"tags": [{"tag_value": "a"}, {"tag_value": "b"}, {"tag_value": "a"}]})
    change = Change("tags", "a", None, {}, None)
    assert update_body(record, [change]) == {"tags": [{"tag_value": "b"}]}
    assert in_effect(after_changes(record, [change]), change)


def test_a_field_of_a_named_row_is_cleared_without_the_row() -> None:
    row = {
        "customer_profile_property_oid": 5,
        "name": "a",
        "value": "1",
        "expiration_dts": "2027-01-01T00:00:00Z",
    }
    record = record_of({"properties": [row]})
    change = Change("properties", "a", "expiration_dts", "2027-01-01T00:00:00+00:00", None)
    assert update_body(record, [change]) == {
        "properties": [{"customer_profile_property_oid": 5, "name": "a", "value": "1"}]
    }
