from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ultracart.some_changes import records, values
from ucsync.model.pushes import NEW_ROW, Change, Rule, Standing
from ucsync.ultracart.changes import after_changes, standing, update_body
from ucsync.ultracart.records import Record
from ucsync.ultracart.resolving import resolve
from ucsync.ultracart.targets import parse_target
from ucsync.ultracart.wishes import ListMode, Wish

HOME = {"customer_billing_oid": 55, "city": "Bern", "title": "Home", "default_billing": True}
WORK = {"customer_billing_oid": 56, "city": "Basel", "title": "Work"}
ANN: Record = {
    "customer_profile_oid": 5,
    "email": "ann@example.com",
    "tax_id": "T1",
    "billing": [HOME, WORK],
    "shipping": [{"customer_shipping_oid": 61, "city": "Bern"}],
    "cc_emails": [
        {"customer_profile_email_oid": 7, "email": "Boss@example.com", "label": "Boss"},
        {"customer_profile_email_oid": 8, "email": "ops@example.com", "label": "Ops"},
    ],
    "pricing_tiers": [{"name": "Gold", "pricing_tier_oid": 3}],
    "properties": [{"name": "size", "value": "L", "expiration_dts": "2027-01-01T00:00:00+00:00"}],
    "tags": [{"tag_value": "vip"}, {"tag_value": "news"}],
    "tax_codes": {"taxjar_customer_id": "J1"},
}


def wish(target: str, after: Any, mode: ListMode | None = None, rule: Rule = Rule.OURS, **more: Any) -> Wish:
    return Wish(more.pop("column", target), parse_target(target), rule, after, mode, **more)


def changes(record: Record, *wishes: Wish) -> list[Change]:
    """What the wishes come to, when all of them can be had."""
    proposals, problems = resolve(record, wishes)
    assert problems == []
    return [proposal.change for proposal in proposals]


def problems(record: Record, *wishes: Wish) -> list[tuple[str, str]]:
    """What is wrong with the wishes, when nothing can be had."""
    proposals, found = resolve(record, wishes)
    assert proposals == []
    return found


SECOND = "Second"
ADD, REMOVE, SET = ListMode.ADD, ListMode.REMOVE, ListMode.SET
OID = "billing[customer_billing_oid=@Oid].city"


@pytest.mark.parametrize(
    ("wished", "expected"),
    [
        pytest.param(wish("tax_id", "T2"), [Change("tax_id", None, None, "T1", "T2")], id="base"),
        pytest.param(wish("tax_id", None), [Change("tax_id", None, None, "T1", None)], id="cleared"),
        pytest.param(wish("tax_id", "T1"), [], id="equal"),
        pytest.param(wish("fax", None), [], id="clear what is empty"),
        pytest.param(wish("tax_exempt", False), [], id="a flag that is not there is false"),
        pytest.param(
            wish("tax_codes.taxjar_customer_id", "J2"),
            [Change("tax_codes", None, "taxjar_customer_id", "J1", "J2")], id="object",
        ),
        pytest.param(
            wish("privacy.marketing", True), [Change("privacy", None, "marketing", None, True)],
            id="object that is not there",
        ),
        pytest.param(
            wish("billing[default].city", "Genf"), [Change("billing", 55, "city", "Bern", "Genf")],
            id="default address",
        ),
        pytest.param(
            wish("shipping[default].city", "Genf"), [Change("shipping", 61, "city", "Bern", "Genf")],
            id="the only address",
        ),
        pytest.param(
            wish(OID, "Genf", pick_oid=56), [Change("billing", 56, "city", "Basel", "Genf")], id="by oid",
        ),
        pytest.param(
            wish('billing[title="Work"].city', "Genf"), [Change("billing", 56, "city", "Basel", "Genf")],
            id="by label",
        ),
        pytest.param(
            wish('billing[title="Shop"].city', "Genf"),
            [Change("billing", NEW_ROW, None, None, {"title": "Shop", "city": "Genf"})], id="new by label",
        ),
        pytest.param(wish('billing[title="Shop"].city', None), [], id="clear where there is none"),
        pytest.param(
            wish('billing[title="Work"].default_billing', True),
            [Change("billing", 56, "default_billing", None, True),
             Change("billing", 55, "default_billing", True, False)], id="another default",
        ),
        pytest.param(
            wish('billing[title="Shop"].default_billing', True),
            [Change("billing", NEW_ROW, None, None, {"title": "Shop", "default_billing": True}),
             Change("billing", 55, "default_billing", True, False)], id="a new default",
        ),
        pytest.param(
            wish('cc_emails[label="Ops"].email', "o@example.com"),
            [Change("cc_emails", 8, "email", "ops@example.com", "o@example.com")], id="cc e-mail by label",
        ),
        pytest.param(
            wish('cc_emails[label="Ops"].email', None),
            [Change("cc_emails", 8, None, {"email": "ops@example.com", "label": "Ops"}, None)],
            id="cc e-mail cleared",
        ),
        pytest.param(
            wish('cc_emails[label="Tax"].email', "t@example.com"),
            [Change("cc_emails", "t@example.com", None, None, {"label": "Tax"})], id="cc e-mail new",
        ),
        pytest.param(
            wish("properties.size", "M"), [Change("properties", "size", "value", "L", "M")], id="property",
        ),
        pytest.param(
            wish("properties.color", "red"), [Change("properties", "color", None, None, {"value": "red"})],
            id="new property",
        ),
        pytest.param(
            wish("properties.size", None),
            [Change("properties", "size", None,
                    {"value": "L", "expiration_dts": "2027-01-01T00:00:00+00:00"}, None)],
            id="property removed",
        ),
        pytest.param(
            wish("tags", ("vip", "new", "new"), ADD), [Change("tags", "new", None, None, {})], id="tag added",
        ),
        pytest.param(
            wish("tags", ("vip", "old"), REMOVE), [Change("tags", "vip", None, {}, None)], id="tag removed",
        ),
        pytest.param(
            wish("tags", ("vip", "VIP"), SET),
            [Change("tags", "VIP", None, None, {}), Change("tags", "news", None, {}, None)], id="tags set",
        ),
        pytest.param(
            wish("tags", (), SET),
            [Change("tags", "vip", None, {}, None), Change("tags", "news", None, {}, None)], id="no tags",
        ),
        pytest.param(
            wish("pricing_tiers", ("gold", "Silver"), SET),
            [Change("pricing_tiers", "Silver", None, None, {})], id="tiers in any case",
        ),
        pytest.param(
            wish("pricing_tiers", ("GOLD",), REMOVE), [Change("pricing_tiers", "Gold", None, {}, None)],
            id="tier removed",
        ),
        pytest.param(
            wish("cc_emails", ("boss@EXAMPLE.com", "x@example.com"), ADD),
            [Change("cc_emails", "x@example.com", None, None, {})], id="cc e-mails in any case",
        ),
        pytest.param(wish("store_credit", 5), [], id="store credit is no field"),
        pytest.param(wish("email_lists", ("News",), ADD), [], id="nor are e-mail lists"),
        pytest.param(wish("password", "secret"), [], id="the password stays"),
    ],
)  # fmt: skip
def test_a_wish_comes_to_the_changes_that_it_needs(wished: Wish, expected: list[Change]) -> None:
    assert changes(ANN, wished) == expected


@pytest.mark.parametrize(
    ("wished", "words"),
    [
        pytest.param(wish("email", None), "email cannot be cleared", id="email"),
        pytest.param(wish("do_not_send_mail", None), "cannot be cleared", id="do_not_send_mail"),
        pytest.param(wish(OID, "Genf", pick_oid=99), "no customer_billing_oid of that number", id="oid"),
        pytest.param(
            wish('cc_emails[label="Tax"].receipt_notification', True), "give its email", id="new cc"
        ),
        pytest.param(wish('cc_emails[label="Tax"].email', "OPS@example.com"), "another label", id="cc taken"),
    ],
)
def test_a_wish_that_cannot_be_had_is_told_by_its_column(wished: Wish, words: str) -> None:
    ((column, problem),) = problems(ANN, wished)
    assert column == wished.column
    assert words in problem


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        pytest.param([WORK, {**WORK, "customer_billing_oid": 57}], "of 2 rows of billing", id="none"),
        pytest.param([HOME, {**HOME, "customer_billing_oid": 57}], "of 2 rows of billing", id="two"),
        pytest.param([{"city": "Bern"}], "has not said the oid", id="no oid"),
    ],
)
def test_a_default_address_that_is_not_clear_is_nobodys(rows: list[Record], words: str) -> None:
    wishes = [wish("billing[default].city", "Genf"), wish("billing[default].title", "x")]
    found = problems({"billing": rows}, *wishes)
    assert [words in problem for _, problem in found] == [True, True]


def test_labels_that_are_there_twice_are_nobodys() -> None:
    record: Record = {"billing": [WORK, {**WORK, "customer_billing_oid": 57}]}
    ((_, problem),) = problems(record, wish('billing[title="Work"].city', "Genf"))
    assert problem == "2 rows of billing are so by their title"


def test_one_default_address_is_made_of_all_that_is_wished_for_it() -> None:
    wishes = [
        wish("billing[default].city", "Bern"),
        wish("billing[default].company", None),
        wish("billing[default].title", "Home", rule=Rule.QUEUE),
    ]
    proposals, found = resolve({"customer_profile_oid": 5}, wishes)
    assert found == []
    (proposal,) = proposals
    fields = {"city": "Bern", "title": "Home", "default_billing": True}
    assert proposal.change == Change("billing", NEW_ROW, None, None, fields)
    assert proposal.wish.rule is Rule.QUEUE, "of several rules the most cautious one"


def test_several_new_addresses_are_several() -> None:
    wished = [wish(f'shipping[title="{title}"].city', "Bern") for title in ("A", "B")]
    body = update_body(ANN, changes(ANN, *wished))
    assert [row["title"] for row in body["shipping"][1:]] == ["A", "B"]


def test_a_new_customer_gets_a_password_and_all_parts() -> None:
    found = changes({}, wish("password", "secret"), wish("tags", ("a",), SET), wish("properties.size", "L"))
    assert [(change.part, change.before, change.after) for change in found] == [
        ("password", None, "secret"),
        ("tags", None, {}),
        ("properties", None, {"value": "L"}),
    ]


@pytest.mark.parametrize(
    "wishes",
    [
        pytest.param([wish("tax_id", "T1"), wish("tax_id", "T2", column=SECOND)], id="base"),
        pytest.param(
            [wish("billing[default].city", "x"), wish(OID, "y", pick_oid=55, column=SECOND)], id="row"
        ),
        pytest.param([wish("tags", ("vip",), ADD), wish("tags", ("vip",), REMOVE, column=SECOND)], id="tags"),
        pytest.param([wish("tags", ("vip",), ADD), wish("tags", ("news",), SET, column=SECOND)], id="set"),
    ],
)  # fmt: skip
def test_two_columns_that_want_different_things_are_a_problem(wishes: list[Wish]) -> None:
    _, found = resolve(ANN, wishes)
    assert [column for column, _ in found] == [SECOND]
    assert "is to be something else by column" in found[0][1]


@pytest.mark.parametrize(
    ("wishes", "path"),
    [
        pytest.param(
            [wish("properties.size", None, column=SECOND), wish("properties.size", "M")],
            'properties["size"].value', id="property",
        ),
        pytest.param(
            [wish("cc_emails", ("OPS@example.com",), REMOVE, column=SECOND),
             wish('cc_emails[label="Ops"].receipt_notification', True)],
            "cc_emails[8].receipt_notification", id="by name and by label",
        ),
        pytest.param(
            [wish('cc_emails[label="Ops"].email', None, column=SECOND),
             wish('cc_emails[label="Ops"].receipt_notification', True)],
            "cc_emails[8].receipt_notification", id="by its e-mail",
        ),
    ],
)  # fmt: skip
def test_a_row_is_not_both_removed_and_changed(wishes: list[Wish], path: str) -> None:
    assert resolve(ANN, wishes)[1] == [(SECOND, f"{path} is to be changed, not removed")]


def test_two_columns_that_want_the_same_are_one_change() -> None:
    assert len(changes(ANN, wish("tax_id", "T2"), wish("tax_id", "T2", column=SECOND))) == 1


@st.composite
def some_wishes(draw: st.DrawFn) -> list[Wish]:
    names = st.lists(st.sampled_from(["vip", "VIP", "news", "77", "+"]), max_size=3).map(tuple)
    found = [
        wish(target, draw(st.none() | values(parse_target(target).leaf)))
        for target in draw(st.lists(st.sampled_from(_SCALARS), max_size=5, unique=True))
    ]
    for target in draw(
        st.lists(st.sampled_from(["tags", "pricing_tiers", "cc_emails"]), max_size=2, unique=True)
    ):
        found.append(wish(target, draw(names), draw(st.sampled_from(ListMode))))
    return draw(st.permutations(found))


#: No two of them can be about one row.
_SCALARS = [
    "tax_id", "minimum_subtotal", "tax_exempt", "maximum_item_count", "tax_codes.sovos_customer_code",
    "privacy.marketing", "billing[default].city", "billing[default].title", 'shipping[title="vip"].city',
    'shipping[title="77"].default_shipping', "properties.vip", 'properties["+"]', "reviewer.expert",
]  # fmt: skip


@given(records(), some_wishes())
def test_what_is_proposed_can_be_had_and_is_had_only_once(record: Record, wishes: list[Wish]) -> None:
    proposals, found = resolve(record, wishes)
    refused = {column for column, _ in found}
    wanted = [proposal.change for proposal in proposals]
    assert standing(record, wanted) is (Standing.UNTOUCHED if wanted else Standing.THERE)
    after = after_changes(record, wanted)
    with_oids = _with_oids(after)
    again, problems = resolve(with_oids, [wish for wish in wishes if wish.column not in refused])
    assert problems == []
    assert [proposal.change for proposal in again] == []


def _with_oids(record: Record) -> Record:
    """New rows with the oids that a server gives them."""
    found = dict(record)
    for part, own in (
        ("billing", "customer_billing_oid"), ("shipping", "customer_shipping_oid"),
        ("cc_emails", "customer_profile_email_oid"),
    ):  # fmt: skip
        if part in record:
            found[part] = [{own: 9_000 + place, **row} for place, row in enumerate(record[part])]
    return found


TWICE: Record = {
    "customer_profile_oid": 5,
    "cc_emails": [
        {"customer_profile_email_oid": 7, "email": "Boss@example.com"},
        {"customer_profile_email_oid": 8, "email": "boss@example.com", "label": "B"},
    ],
    "properties": [
        {"customer_profile_property_oid": 1, "name": "size", "value": "L"},
        {"customer_profile_property_oid": 2, "name": "size", "value": "M"},
    ],
    "tags": [{"tag_value": "vip"}, {"tag_value": "vip"}],
}


@pytest.mark.parametrize(
    "wished",
    [
        wish("properties.size", "S"), wish("properties.size", None),
        wish("cc_emails", ("BOSS@example.com",), REMOVE), wish("cc_emails", (), SET),
    ],
    ids=["property set", "property removed", "cc e-mail removed", "cc e-mails set"],
)  # fmt: skip
def test_of_two_rows_of_one_name_none_is_taken(wished: Wish) -> None:
    ((column, problem),) = problems(TWICE, wished)
    assert column == wished.column
    assert "rows of" in problem


def test_two_rows_of_one_name_are_no_hindrance_elsewhere() -> None:
    assert [one.row for one in changes(TWICE, wish("cc_emails", ("ops@example.com",), ADD))] == [
        "ops@example.com"
    ]
    removal = changes(TWICE, wish("tags", ("vip",), REMOVE))
    assert update_body(TWICE, removal) == {"tags": []}
