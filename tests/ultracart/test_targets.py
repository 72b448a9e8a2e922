"""What a column can be about: all that a push writes, nothing else, and a hint where one is mistyped."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.ultracart.check import text_length
from ucsync.ultracart.fields import Kind
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.targets import CUSTOMER, PickBy, default_row, parse_target, writable_fields

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda name: bool(name.strip()) and text_length(name) <= 50
)
SINGLE = [name for name, field in CUSTOMER.fields.items() if field.model is None and not field.read_only]


def refusal(text: str) -> str:
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        parse_target(text)
    return str(caught.value)


@pytest.mark.parametrize("name", SINGLE)
def test_every_base_field_that_is_not_only_read_is_a_target(name: str) -> None:
    target = parse_target(name)
    assert (target.part, target.pick, target.key, target.field) == (name, None, None, None)
    assert target.leaf is CUSTOMER.fields[name]
    assert not (target.is_list or target.is_sum)


@pytest.mark.parametrize("part", ["tax_codes", "privacy", "reviewer", "edi"])
def test_every_writable_field_of_an_object_is_a_target(part: str) -> None:
    for field in writable_fields(CUSTOMER.fields[part]):
        target = parse_target(f"{part}.{field}")
        assert (target.part, target.pick, target.field) == (part, None, field)


@pytest.mark.parametrize("part", ["billing", "shipping"])
def test_every_writable_field_of_the_default_address_is_a_target(part: str) -> None:
    row = default_row(part)
    for field in writable_fields(CUSTOMER.fields[part]):
        if field != f"default_{part}":
            pick = parse_target(f"{row}.{field}").pick
            assert pick is not None
            assert (pick.by, pick.field) == (PickBy.DEFAULT, f"default_{part}")


def test_a_row_is_picked_by_its_own_oid_from_a_column_or_by_a_field_that_says_so() -> None:
    by_oid = parse_target("billing[customer_billing_oid=@Billing ID].city").pick
    assert by_oid is not None
    assert (by_oid.by, by_oid.field, by_oid.column) == (PickBy.OID, "customer_billing_oid", "Billing ID")
    quoted = parse_target('shipping[ customer_shipping_oid = @"a [b] c" ].city').pick
    assert quoted is not None
    assert quoted.column == "a [b] c"
    by_label = parse_target('cc_emails[label="Accounts"].email')
    assert by_label.pick is not None
    assert (by_label.pick.by, by_label.pick.field, by_label.pick.value) == (PickBy.FIELD, "label", "Accounts")
    assert by_label.field == "email"
    assert not by_label.is_list


@given(name=NAMES)
def test_a_property_or_a_label_may_have_any_name(name: str) -> None:
    assert parse_target(f"properties[{json.dumps(name)}]").key == name
    pick = parse_target(f"billing[title={json.dumps(name, ensure_ascii=False)}].city").pick
    assert pick is not None
    assert pick.value == name


def test_a_property_of_a_plain_name_needs_no_quotes() -> None:
    target = parse_target("properties.Lead Source")
    assert (target.part, target.key, target.leaf.name) == ("properties", "Lead Source", "value")
    assert target.leaf.max_length == 1500


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("tags", "tag_value"),
        ("pricing_tiers", "name"),
        ("cc_emails", "email"),
        ("email_lists", "email_lists"),
    ],
)
def test_lists_are_written_by_names_that_fit_their_elements(text: str, element: str) -> None:
    target = parse_target(text)
    assert target.is_list
    assert target.leaf.name == element


@pytest.mark.parametrize("text", ["store_credit", "cashback"])
def test_sums_are_targets(text: str) -> None:
    target = parse_target(text)
    assert target.is_sum
    assert target.leaf.kind is Kind.NUMBER


def test_what_only_new_customers_can_be_given_says_so() -> None:
    assert [name for name in SINGLE if parse_target(name).insert_only] == [
        "password",
        "send_signup_notification",
    ]


@pytest.mark.parametrize(
    "text",
    [name for name, field in CUSTOMER.fields.items() if field.read_only]
    + ["cards", "loyalty.loyalty_tier_oid", "attachments", "software_entitlements", "orders_summary.total"],
)
def test_what_the_server_makes_itself_is_no_target(text: str) -> None:
    assert re.search("only read|never written", refusal(text))


def test_nothing_that_is_only_read_can_be_named_within_a_part() -> None:
    for part, field in CUSTOMER.fields.items():
        for name, leaf in (field.model.fields if field.model else {}).items():
            if leaf.read_only and part != "properties":  # whose dot is followed by a name of the merchant's
                assert refusal(f"{default_row(part) or part}.{name}")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("tax_ID", "did you mean tax_id?"),
        ("Tax ID", "did you mean tax_id?"),
        ("first_name", "did you mean billing[default].first_name or shipping[default].first_name?"),
        ("billing.city", "e.g. billing[default].city"),
        ("billing", "e.g. billing[default].address1"),
        ("billing[default].citty", "did you mean city?"),
        ("billing[default]", "name a field of billing: address1"),
        ("billing[0].city", "say which row: billing[customer_billing_oid=@Column]"),
        ("billing[customer_billing_oid=5].city", "put the value in quotes"),
        ("billing[city=@Town].title", "only a row's own oid is taken from a column"),
        ("billing[customer_billing_oid=@].city", "only a row's own oid is taken from a column"),
        ('billing[title="W"].title', "found by its title, which therefore cannot be changed"),
        ("billing[default].default_billing", "found by its default_billing"),
        ('billing[last_used_dts="x"].city', "found by its own oid or by one of address1"),
        ('billing[title=" "].city', "the value of title is empty"),
        ('billing[title="\\x"].city', "an escape that JSON does not know"),
        (f'billing[title="{"x" * 51}"].city', "longer than 50"),
        ("cc_emails[default].email", 'cc_emails[label="…"]'),
        ("cc_emails.email", 'e.g. cc_emails[label="Accounts"].email'),
        ("properties", "name one property"),
        ("properties.a.b", 'properties["NAME"] for a name with dots'),
        (f"properties.{'x' * 101}", "longer than 100"),
        ("tax_codes", "name a field of tax_codes: avalara_customer_code"),
        ("tax_codes.nothing", "there are avalara_customer_code"),
        ("tax_codes[default].taxjar_customer_id", "write tax_codes.taxjar_customer_id"),
        ("tags.tag_value", "write tags alone"),
        ("store_credit.amount", "write store_credit alone"),
        ("email[default]", "write email alone"),
        ("", "not written as a target is"),
        ("日本", "not written as a target is"),
        ("quite_another_thing", "reference.toml shows what there is"),
    ],
)
def test_a_slip_is_told_with_what_may_have_been_meant(text: str, hint: str) -> None:
    assert hint in refusal(text)


@given(text=st.text(max_size=40) | st.from_regex(r"[a-z_]{1,9}(\[.{0,9}\])?(\..{0,9})?", fullmatch=True))
def test_any_text_is_a_target_or_is_refused_in_one_line(text: str) -> None:
    try:
        target = parse_target(text)
    except ValueError as fault:
        assert "\n" not in str(fault)
        assert str(fault)
    else:
        assert target.text == text
        assert not target.leaf.read_only
        assert target.leaf.model is None


def test_no_model_has_gained_a_list_of_rows_that_targets_do_not_know() -> None:
    lists = {
        name for name, field in MODELS["Customer"].fields.items()
        if field.kind is Kind.ARRAY and field.model is not None and not field.read_only
    }  # fmt: skip
    assert lists == {
        "attachments", "billing", "cards", "cc_emails", "pricing_tiers", "properties", "shipping",
        "software_entitlements", "tags",
    }  # fmt: skip
