"""Inserts, updates and deletes do what the fact sheet says, and nothing when they are refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.driver import Driver, Open
from ucsync.sandbox.reply import Refusal
from ucsync.ultracart.operations import PARTS

FIRST = 1_000_001
EVERYTHING = ",".join(PARTS)
WRITE_ONLY = ("card_number_token",)


def holder_of(shop: Driver, part: str, rows: int = 1) -> int:
    """A customer that has at least so many rows of a part."""
    return next(oid for oid in shop.merchant.oids() if len(shop.customer(oid, part)[part]) >= rows)


def test_a_new_customer_gets_an_oid_above_all_that_ever_were(open_shop: Open) -> None:
    shop = open_shop()
    first = shop.insert()
    shop.send("deleteCustomer", oid=first)
    second = shop.insert()
    assert first == FIRST + 300
    assert second == first + 1
    assert shop.merchant.count() == 301


def test_a_new_customer_carries_now_and_who_made_it(open_shop: Open) -> None:
    shop = open_shop()
    customer = shop.customer(shop.insert(terms="Net 15"), EVERYTHING)
    assert customer["signup_dts"] == customer["last_modified_dts"] == "2026-06-01T08:00:00-04:00"
    assert (customer["last_modified_by"], customer["merchant_id"]) == ("API", "DEMO")
    assert (customer["terms"], customer["tax_exempt"]) == ("Net 15", False)
    assert customer["orders_summary"]["order_count"] == 0
    assert {name for name in PARTS if customer[name]} == {"orders_summary"}


@pytest.mark.parametrize("email", [None, "", "  "])
def test_an_address_is_required(open_shop: Open, email: str | None) -> None:
    shop = open_shop()
    message = "customer.email is missing and is required."
    assert shop.complaint("insertCustomer", body={"email": email}) == message
    assert shop.complaint("insertCustomer", body={}) == message
    assert shop.complaint("updateCustomer", oid=FIRST, body={"email": email}) == message


def test_an_address_belongs_to_one_customer_whatever_its_case(open_shop: Open) -> None:
    shop = open_shop()
    taken = shop.customer(FIRST)["email"]
    message = "customer.email is already used by another customer"
    assert shop.complaint("insertCustomer", body={"email": taken.upper()}) == message
    assert shop.complaint("updateCustomer", oid=FIRST + 1, body={"email": taken}) == message
    assert shop.update(FIRST, email=taken.upper())["email"] == taken.upper()


def test_an_address_given_up_is_free_again(open_shop: Open) -> None:
    shop = open_shop()
    first, second = shop.customer(FIRST)["email"], shop.customer(FIRST + 1)["email"]
    shop.update(FIRST, email="moved@example.com")
    shop.send("deleteCustomer", oid=FIRST + 1)
    assert shop.status("getCustomerByEmail", address=first) == 404
    assert shop.answer("getCustomerByEmail", address="MOVED@example.com")["customer"][
        "customer_profile_oid"
    ] == FIRST  # fmt: skip
    shop.insert(email=first)
    shop.insert(email=second)


def test_absent_is_untouched_and_null_clears(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.insert(terms="Net 30", tax_id="1", do_not_send_mail=True, minimum_subtotal=Decimal("9.90"))
    shop.clock.move(60)
    customer = shop.update(oid, terms=None, do_not_send_mail=None)
    assert "terms" not in customer
    assert (customer["tax_id"], customer["do_not_send_mail"]) == ("1", True)
    assert customer["minimum_subtotal"] == Decimal("9.90")
    assert customer["last_modified_dts"] == "2026-06-01T08:01:00-04:00"


def test_parts_that_are_not_sent_stay_as_they_are(open_shop: Open) -> None:
    shop = open_shop()
    before = shop.merchant.truth(FIRST)
    shop.update(FIRST, terms="Net 15")
    after = shop.merchant.truth(FIRST)
    assert before is not None
    assert after is not None
    assert {name: before[name] for name in PARTS} == {name: after[name] for name in PARTS}


@pytest.mark.parametrize(
    ("part", "own", "row"),
    [
        ("billing", "customer_billing_oid", {"city": "Ulm"}),
        ("shipping", "customer_shipping_oid", {"city": "Ulm"}),
        ("cards", "customer_profile_credit_card_id", {"card_type": "Visa", "card_number_token": "T"}),
        ("cc_emails", "customer_profile_email_oid", {"email": "cc@example.com"}),
        ("properties", "customer_profile_property_oid", {"name": "n", "value": "v"}),
        ("attachments", "customer_profile_attachment_oid", {"file_name": "f"}),
        ("software_entitlements", "customer_software_entitlement_oid", {"software_sku": "S"}),
    ],
)
def test_a_list_is_replaced_and_its_rows_are_known_by_oid(
    open_shop: Open, part: str, own: str, row: dict[str, Any]
) -> None:
    shop = open_shop()
    oid = holder_of(shop, part)
    before = shop.customer(oid, part)[part]
    kept = before[0]
    rows = shop.update(oid, part, **{part: [row, {**row, own: kept[own]}]})[part]
    assert len(rows) == 2
    assert rows[1][own] == kept[own]
    assert rows[0][own] not in {old[own] for old in before}
    assert rows[1].items() >= {name: held for name, held in row.items() if name not in WRITE_ONLY}.items()
    assert shop.status("updateCustomer", oid=oid, body={part: [{own: 77}]}) == 400
    assert shop.status("updateCustomer", oid=oid, body={part: [{own: kept[own]}] * 2}) == 400
    assert shop.update(oid, part, **{part: []})[part] == []


def test_a_replaced_row_keeps_only_what_the_server_assigned(open_shop: Open) -> None:
    shop = open_shop()
    oid = next(oid for oid in shop.merchant.oids() if "last_used_dts" in str(shop.customer(oid, "billing")))
    before = next(row for row in shop.customer(oid, "billing")["billing"] if "last_used_dts" in row)
    row = {"customer_billing_oid": before["customer_billing_oid"], "city": "Ulm", "last_used_dts": "x"}
    (after,) = shop.update(oid, "billing", billing=[row])["billing"]
    names = ("customer_billing_oid", "customer_profile_oid", "last_used_dts")
    assert after == {"city": "Ulm", **{name: before[name] for name in names}}


def test_sending_back_what_was_read_changes_nothing_but_the_stamp(open_shop: Open) -> None:
    shop = open_shop()
    for oid in range(FIRST, FIRST + 100):
        before = shop.customer(oid, EVERYTHING)
        after = shop.update(oid, EVERYTHING, **before)
        moved = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        assert moved <= {"last_modified_by", "last_modified_dts"}


def test_one_default_address_is_kept(open_shop: Open) -> None:
    shop = open_shop()
    rows = [{"city": "A"}, {"city": "B", "default_billing": True}, {"city": "C", "default_billing": True}]
    oid = shop.insert(billing=rows)
    defaults = [row.get("default_billing") for row in shop.customer(oid, "billing")["billing"]]
    assert defaults == [None, True, False]


def test_objects_are_changed_key_by_key(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.insert(tax_codes={"taxjar_customer_id": "t", "sovos_customer_code": "s"})
    customer = shop.update(
        oid, "tax_codes", tax_codes={"taxjar_customer_id": None, "avalara_customer_code": "a"}
    )
    assert customer["tax_codes"] == {"sovos_customer_code": "s", "avalara_customer_code": "a"}
    assert shop.update(oid, "tax_codes", tax_codes=None)["tax_codes"] == {}


def test_consent_is_stamped(open_shop: Open) -> None:
    shop = open_shop()
    privacy = shop.customer(shop.insert(privacy={"marketing": True}), "privacy")["privacy"]
    assert privacy == {"marketing": True, "last_update_dts": "2026-06-01T08:00:00-04:00"}


def test_a_tier_of_zero_is_no_tier(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.insert(loyalty={"loyalty_tier_oid": 3001})
    loyalty = shop.customer(oid, "loyalty")["loyalty"]
    assert loyalty == {"loyalty_tier_oid": 3001, "loyalty_tier_name": "Bronze"}
    assert shop.update(oid, "loyalty", loyalty={"loyalty_tier_oid": 0})["loyalty"] == {}


def test_points_follow_the_ledger(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.insert(loyalty={"ledger_entries": [{"loyalty_points": 30}, {"loyalty_points": -10}]})
    loyalty = shop.customer(oid, "loyalty")["loyalty"]
    assert loyalty["current_points"] == 20
    loyalty = shop.update(oid, "loyalty", loyalty={"ledger_entries": loyalty["ledger_entries"][:1]})[
        "loyalty"
    ]
    assert loyalty["current_points"] == 30


def test_a_password_is_never_answered(open_shop: Open) -> None:
    shop = open_shop()
    sent = {"password": "xyzzy"}
    oid = shop.insert(**sent)
    assert "xyzzy" not in str(shop.update(oid, EVERYTHING, **sent))
    assert "xyzzy" not in str(shop.merchant.truth(oid))


def test_phones_get_their_international_form_when_it_can_be_told(open_shop: Open) -> None:
    shop = open_shop()
    row = {"country_code": "US", "day_phone": "(212) 555-0134", "evening_phone": "+44 1632 960979"}
    (held,) = shop.customer(shop.insert(billing=[row]), "billing")["billing"]
    assert (held["day_phone_e164"], held["evening_phone_e164"]) == ("+12125550134", "+441632960979")
    row = {"customer_billing_oid": held["customer_billing_oid"], "day_phone": "0731 12345"}
    oid = held["customer_profile_oid"]
    (held,) = shop.update(oid, "billing", billing=[row])["billing"]
    assert "day_phone_e164" not in held
    assert "evening_phone_e164" not in held


def test_a_property_is_gone_when_it_expires(open_shop: Open) -> None:
    shop = open_shop()
    kept = {"name": "kept", "value": "1"}
    oid = shop.insert(properties=[kept, {"name": "brief", "expiration_dts": "2026-06-01T13:00:00Z"}])
    assert len(shop.customer(oid, "properties")["properties"]) == 2
    shop.clock.move(3600)
    (row,) = shop.customer(oid, "properties")["properties"]
    assert row.items() >= kept.items()


def test_tags_and_tiers_are_each_once_and_tiers_get_their_name(open_shop: Open) -> None:
    shop = open_shop()
    tags = [{"tag_value": "b"}, {"tag_value": "a"}, {"tag_value": "b"}]
    oid = shop.insert(
        tags=tags, pricing_tiers=[{"pricing_tier_oid": 7001}, {"name": "Staff"}, {"name": "Wholesale"}]
    )
    customer = shop.customer(oid, "tags,pricing_tiers")
    assert customer["tags"] == tags[:2]
    assert customer["pricing_tiers"] == [
        {"pricing_tier_oid": 7001, "name": "Wholesale"},
        {"pricing_tier_oid": 7003, "name": "Staff"},
    ]


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"terms": 5}, "customer.terms"),
        ({"tax_exempt": "yes"}, "customer.tax_exempt"),
        ({"maximum_item_count": 2**31}, "customer.maximum_item_count"),
        ({"maximum_item_count": Decimal("1.0")}, "customer.maximum_item_count"),
        ({"tax_id": "1" * 16}, "customer.tax_id"),
        ({"billing": {}}, "customer.billing"),
        ({"billing": [None]}, "customer.billing[0]"),
        ({"billing": [{"city": "x" * 33}]}, "customer.billing[0].city"),
        ({"billing": ["Ulm"]}, "customer.billing[0]"),
        ({"privacy": []}, "customer.privacy"),
        ({"properties": [{"expiration_dts": "soon"}]}, "customer.properties[0].expiration_dts"),
        ({"loyalty": {"ledger_entries": [{"loyalty_points": "1"}]}}, "customer.loyalty.ledger_entries[0]"),
    ],
)
def test_a_body_of_the_wrong_shape_is_refused_by_name_and_changes_nothing(
    open_shop: Open, fields: dict[str, Any], where: str
) -> None:
    shop = open_shop()
    before = shop.merchant.truth(FIRST)
    assert shop.complaint("updateCustomer", oid=FIRST, body=fields).startswith(where)
    assert shop.status("insertCustomer", body={"email": "n@example.com", **fields}) == 400
    assert shop.merchant.truth(FIRST) == before
    assert shop.merchant.count() == 300


@pytest.mark.parametrize("body", [None, [], "x", 5])
def test_a_body_that_is_no_object_is_refused(open_shop: Open, body: object) -> None:
    assert open_shop().status("updateCustomer", oid=FIRST, body=body) == 400


def test_unknown_and_read_only_fields_are_ignored(open_shop: Open) -> None:
    shop = open_shop()
    sent = {"shoe_size": 44, "merchant_id": "X" * 999, "orders": [{}], "last_modified_dts": "soon"}
    sent |= {"signup_dts": None, "billing": [{"x": 1, "last_used_dts": ""}]}
    customer = shop.update(FIRST, "billing", customer_profile_oid=FIRST + 1, **sent)
    assert (customer["customer_profile_oid"], customer["merchant_id"]) == (FIRST, "DEMO")
    assert "shoe_size" not in customer
    assert customer["billing"][0].keys() == {"customer_billing_oid", "customer_profile_oid"}


READ_ONLY_OF_A_WRONG_KIND: list[tuple[dict[str, Any], str]] = [
    ({"customer_profile_oid": "1000001"}, "customer.customer_profile_oid"),
    ({"customer_profile_oid": 2**31}, "customer.customer_profile_oid"),
    ({"merchant_id": 5}, "customer.merchant_id"),
    ({"last_modified_dts": 1}, "customer.last_modified_dts"),
    ({"orders": "x"}, "customer.orders"),
    ({"orders": ["x"]}, "customer.orders[0]"),
    ({"orders_summary": {"order_count": "1"}}, "customer.orders_summary.order_count"),
    ({"activity": {"activities": [{"ts": "1"}]}}, "customer.activity.activities[0].ts"),
    ({"billing": [{"customer_billing_oid": "7"}]}, "customer.billing[0].customer_billing_oid"),
    ({"billing": [{"customer_profile_oid": True}]}, "customer.billing[0].customer_profile_oid"),
    ({"privacy": {"last_update_dts": 0}}, "customer.privacy.last_update_dts"),
    ({"loyalty": {"current_points": Decimal("1.5")}}, "customer.loyalty.current_points"),
    ({"loyalty": {"pending_points": 2**31}}, "customer.loyalty.pending_points"),
    ({"loyalty": {"redemptions": [{"coupon_used": 1}]}}, "customer.loyalty.redemptions[0].coupon_used"),
]


@pytest.mark.parametrize(("fields", "where"), READ_ONLY_OF_A_WRONG_KIND)
def test_a_read_only_field_is_ignored_only_when_its_kind_is_right(
    open_shop: Open, fields: dict[str, Any], where: str
) -> None:
    shop = open_shop()
    assert shop.complaint("updateCustomer", oid=FIRST, body=fields).startswith(f"{where}: ")
    body = {"email": "n@example.com", **fields}
    assert shop.complaint("insertCustomer", body=body).startswith(f"{where}: ")


def test_a_deleted_customer_is_gone_for_good(open_shop: Open) -> None:
    shop = open_shop()
    reply = shop.send("deleteCustomer", oid=FIRST)
    assert (reply.status, reply.document) == (204, None)
    assert shop.status("deleteCustomer", oid=FIRST) == 404
    assert shop.merchant.truth(FIRST) is None
    assert shop.listed(_limit=1) == [FIRST + 1]


def test_the_control_interface_has_the_same_effects_and_refusals(open_shop: Open) -> None:
    shop = open_shop()
    oid = shop.merchant.insert({"email": "c@example.com"})
    shop.merchant.update(oid, {"terms": "Net 30"})
    assert shop.customer(oid)["terms"] == "Net 30"
    shop.merchant.merge(FIRST, oid)
    for act in (
        lambda: shop.merchant.delete(oid),
        lambda: shop.merchant.merge(FIRST, FIRST),
        lambda: shop.merchant.insert({"email": shop.customer(FIRST)["email"]}),
    ):
        with pytest.raises(Refusal):
            act()
    shop.merchant.delete(FIRST)
    assert shop.merchant.count() == 299
