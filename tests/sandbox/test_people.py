"""The sandbox's customers: what the rest of the sandbox, and its users, may rely on."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unicodedata import name as unicode_name
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from ultracart.api_client import ApiClient
from ultracart.configuration import Configuration
from ultracart.model.customer import Customer
from ultracart.model.customer_wish_list_item import CustomerWishListItem

from ucsync.sandbox.people import PARTS, Document, Population
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.people.tokens import oid_of, scramble, token_of, unscramble

SEED = 20_260_101
PEOPLE = Population(seed=SEED, count=1_000_000, merchant_id="DEMO")
FIRST = Population.FIRST_OID
CROWD = PEOPLE.oids[:20_000]
SAMPLE = CROWD[:300]
BILLING_ROWS = [row for oid in CROWD[:3_000] for row in PEOPLE.part(oid, "billing")]
ACCOUNTS = [PEOPLE.part(oid, "loyalty") for oid in CROWD[:2_000]]
INT32_MAX = 2**31 - 1
OIDS = st.integers(FIRST, FIRST + 999_999)
REPOSITORY = Path(__file__).parents[2]
EASTERN = ZoneInfo("America/New_York")


def whole(people: Population, oid: int, parts: tuple[str, ...] = PARTS) -> Document:
    return people.base(oid) | {part: people.part(oid, part) for part in parts}


def as_json(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Every scalar with the keys that lead to it."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner, path)]
    return [(path, value)]


def decoded_by_the_sdk(document: Document, model: type) -> Any:
    """What the vendor's SDK makes of a document; it raises on a wrong type or length."""
    answer = SimpleNamespace(data=json.dumps(document, default=float))
    return ApiClient(Configuration()).deserialize(answer, (model,), True)


def unknown_keys(document: Any, model: Any, path: str) -> list[str]:
    """Keys that the SDK's model does not have; it would keep them without complaint."""
    types = model.openapi_types
    unknown = [f"{path}.{key}" for key in document if key not in types]
    for key, value in document.items():
        kind = types.get(key, (None,))[0]
        inner = kind[0] if isinstance(kind, list) else kind
        if hasattr(inner, "openapi_types"):
            for row in value if isinstance(value, list) else [value]:
                unknown += unknown_keys(row, inner, f"{path}.{key}")
    return unknown


PRINT_A_DIGEST = f"""
import hashlib, json
from ucsync.sandbox.people import PARTS, Population
people = Population(seed={SEED}, count=1_000_000, merchant_id="DEMO")
digest = hashlib.sha256()
for oid in range({FIRST}, {FIRST} + 200):
    customer = people.base(oid) | {{part: people.part(oid, part) for part in PARTS}}
    more = [people.wishlist(oid), people.store_credit(oid), people.signup_s(oid)]
    digest.update(json.dumps([customer, more], default=str).encode())
print(digest.hexdigest())
"""


def digest_in_another_process(hash_seed: str) -> str:
    path = os.pathsep.join(sys.path)
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
    command = [sys.executable, "-c", PRINT_A_DIGEST]
    return subprocess.check_output(command, env=environment, cwd=REPOSITORY, text=True)


def test_the_customers_are_the_same_in_every_process() -> None:
    first, second = (digest_in_another_process(hash_seed) for hash_seed in ("1", "2"))
    assert re.fullmatch(r"[0-9a-f]{64}\n", first)
    assert first == second


def test_a_customer_stays_who_it_is_from_release_to_release() -> None:
    assert PEOPLE.email(FIRST) == "ashleyharris.ve8p7r@mail.example"
    assert eastern_text(PEOPLE.signup_s(FIRST)) == "2023-12-10T23:53:02-05:00"


@given(OIDS, st.integers(1, 1_000_000))
def test_a_customer_does_not_depend_on_how_many_there_are(oid: int, more: int) -> None:
    fewer = Population(seed=SEED, count=oid - FIRST + 1, merchant_id="DEMO")
    assert whole(fewer, oid) == whole(PEOPLE, oid)


@given(OIDS)
def test_what_was_asked_before_and_changed_by_the_caller_does_not_matter(oid: int) -> None:
    before = as_json(whole(PEOPLE, oid))
    spoiled = whole(PEOPLE, oid)
    for value in spoiled.values():
        if isinstance(value, dict | list):
            value.clear()
    assert as_json(whole(PEOPLE, oid)) == before


@given(OIDS)
def test_another_seed_or_merchant_has_other_customers(oid: int) -> None:
    other_seed = Population(seed=SEED + 1, count=1_000_000, merchant_id="DEMO")
    other_shop = Population(seed=SEED, count=1_000_000, merchant_id="OTHER")
    assert len({people.signup_s(oid) for people in (PEOPLE, other_seed, other_shop)}) == 3


def test_a_million_customers_exist_at_both_ends() -> None:
    assert len(PEOPLE.oids) == 1_000_000
    first, last = PEOPLE.oids[0], PEOPLE.oids[-1]
    assert [whole(PEOPLE, oid)["customer_profile_oid"] for oid in (first, last)] == [first, last]
    assert first in PEOPLE and last in PEOPLE
    assert first - 1 not in PEOPLE and last + 1 not in PEOPLE


@pytest.mark.parametrize("count", [-1, 4_000_000])
def test_a_count_whose_oids_would_not_fit_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="count must be"):
        Population(seed=1, count=count, merchant_id="DEMO")


def test_an_unknown_part_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        PEOPLE.part(FIRST, "horoscope")


@given(OIDS)
def test_an_email_leads_back_to_its_customer_whatever_its_case(oid: int) -> None:
    email = PEOPLE.email(oid)
    spellings = (email, email.upper(), email.replace("k", "\N{KELVIN SIGN}"))  # whose lower() is "k"
    found = {PEOPLE.oid_of_email(spelling) for spelling in spellings}
    assert found == {oid if email else None}


@given(st.text() | st.emails() | OIDS.map(lambda oid: "x" + PEOPLE.email(oid)))
def test_any_other_text_is_nobodys_email(text: str) -> None:
    assert PEOPLE.oid_of_email(text) is None


def test_an_email_of_a_customer_beyond_the_population_is_nobodys() -> None:
    few = Population(seed=SEED, count=10, merchant_id="DEMO")
    beyond = [PEOPLE.email(oid) for oid in range(FIRST + 10, FIRST + 30)]
    assert [email for email in beyond if few.oid_of_email(email) is not None] == []


def test_emails_are_unique_and_only_some_are_missing() -> None:
    emails = [PEOPLE.email(oid).lower() for oid in CROWD]
    there = [email for email in emails if email]
    assert len(set(there)) == len(there)
    assert 0.002 < emails.count("") / len(emails) < 0.01


def test_emails_are_at_domains_that_nobody_owns() -> None:
    reserved = re.compile(r"@(example\.(com|org|net)|[a-z.]+\.example)$")
    found = [leaf for oid in SAMPLE for leaf in leaves(whole(PEOPLE, oid))]
    emails = [value for path, value in found if path[-1] == "email"]
    assert emails
    assert [email for email in emails if not reserved.search(email)] == []


@given(st.integers(0, INT32_MAX), st.integers(0, INT32_MAX))
def test_a_token_is_turned_back_into_its_number(number: int, salt: int) -> None:
    token = token_of(number, salt)
    assert re.fullmatch("[0-9a-z]{6}", token)
    assert oid_of(token.upper(), salt) == number
    assert unscramble(scramble(number, salt), salt) == number


@given(st.integers(0, 3_500_000_000))
@example(1_762_063_199)  # the last second of summer time in 2025
@example(1_762_063_200)
@example(1_741_503_599)  # the second before it began
@example(1_741_503_600)
def test_instants_are_eastern_time_with_its_offset(epoch_s: int) -> None:
    assert eastern_text(epoch_s) == datetime.fromtimestamp(epoch_s, EASTERN).isoformat()


@given(OIDS)
def test_customers_sign_up_before_they_are_modified(oid: int) -> None:
    base = PEOPLE.base(oid)
    signup_s, modified_s = PEOPLE.signup_s(oid), PEOPLE.modified_s(oid)
    assert eastern_text(signup_s) == base["signup_dts"]
    assert eastern_text(modified_s) == base["last_modified_dts"]
    assert "2012-01-01" <= base["signup_dts"] < "2026"
    assert signup_s <= modified_s < datetime.fromisoformat("2026-01-01T00:00:00+00:00").timestamp()


def test_later_years_have_more_sign_ups() -> None:
    years = Counter(PEOPLE.base(oid)["signup_dts"][:4] for oid in CROWD[:4_000])
    assert len(years) == 14
    assert years["2024"] + years["2025"] > 3 * (years["2012"] + years["2013"])


def test_the_vendors_sdk_refuses_nothing() -> None:
    for oid in SAMPLE:
        customer = whole(PEOPLE, oid)
        assert decoded_by_the_sdk(customer, Customer).customer_profile_oid == oid
        assert unknown_keys(customer, Customer, "customer") == []
        for row in PEOPLE.wishlist(oid):
            assert decoded_by_the_sdk(row, CustomerWishListItem).customer_profile_oid == oid
            assert unknown_keys(row, CustomerWishListItem, "wishlist") == []


@given(OIDS)
def test_documents_hold_wire_values_only(oid: int) -> None:
    for path, value in leaves([whole(PEOPLE, oid), PEOPLE.wishlist(oid), PEOPLE.store_credit(oid)]):
        assert type(value) in (str, int, bool, Decimal), path
        if isinstance(value, Decimal):
            assert value.as_tuple().exponent == -2, path
        if type(value) is int and path[-1] != "ts" and not path[-1].endswith("_s"):
            assert -INT32_MAX <= value <= INT32_MAX, path
        if path[-1] == "card_number":
            assert re.fullmatch(r"X{11,12}\d{4}", value)
        if isinstance(value, str) and path[-1].endswith("_dts"):
            offset = datetime.fromisoformat(value)
            assert value == offset.astimezone(EASTERN).isoformat(), path


def in_order(value: Any) -> bool:
    return all(list(row) == sorted(row) for row in (value if isinstance(value, list) else [value]))


def test_fields_come_in_the_order_of_the_model_and_the_base_has_base_fields_only() -> None:
    composite = {"password", "send_signup_notification", *PARTS}
    for oid in SAMPLE:
        base = PEOPLE.base(oid)
        assert in_order(base)
        assert all(in_order(PEOPLE.part(oid, part)) for part in PARTS)
        assert not composite & base.keys()
        assert base.get("email", "") == PEOPLE.email(oid)
        assert PEOPLE.password(oid) not in as_json(whole(PEOPLE, oid))


def test_child_oids_are_used_once() -> None:
    own = re.compile(
        r"customer_(billing|shipping|profile_email|profile_property|profile_attachment"
        r"|software_entitlement|wishlist_item)_oid|customer_profile_credit_card_id"
        r"|loyalty_redemption_oid|gift_certificate_ledger_oid"
    )
    oids = [
        value
        for oid in range(PEOPLE.oids[-1] - 2_000, PEOPLE.oids[-1])
        for path, value in leaves([whole(PEOPLE, oid), PEOPLE.wishlist(oid)])
        if own.fullmatch(path[-1])
    ]
    assert len(set(oids)) == len(oids) > 2_000


def test_customers_show_nearly_every_field_in_three_to_four_kilobytes() -> None:
    documented = PARTS[:15]
    customers = [whole(PEOPLE, oid, documented) for oid in CROWD[:5_000]]
    assert len({path for path, _ in leaves(customers)}) >= 180
    assert 3_000 < len(json.dumps(customers, default=float)) / len(customers) < 4_000


@given(OIDS)
def test_exactly_one_address_of_each_kind_is_the_default(oid: int) -> None:
    for part in ("billing", "shipping"):
        rows = PEOPLE.part(oid, part)
        assert sum(row[f"default_{part}"] for row in rows) == bool(rows)
        assert {row["customer_profile_oid"] for row in rows} <= {oid}
        for row in rows:
            assert ("day_phone" in row) == ("day_phone_e164" in row)
            assert re.fullmatch(r"\+\d{7,15}", row.get("day_phone_e164", "+0000000"))


@given(OIDS)
def test_the_summary_adds_up_the_orders_of_the_lifetime(oid: int) -> None:
    for part, kind in (("orders", "order"), ("quotes", "quote")):
        rows, summary = PEOPLE.part(oid, part), PEOPLE.part(oid, f"{part}_summary")
        count = summary.get(f"{kind}_count", 0)
        assert len(rows) == min(count, 20)
        if 0 < count <= 20:
            assert summary["total"] == sum(row["summary"]["total"]["value"] for row in rows)
            assert summary[f"first_{kind}_dts"] == rows[-1]["creation_dts"]
        if count:
            assert summary[f"last_{kind}_dts"] == rows[0]["creation_dts"]
        placed = [datetime.fromisoformat(row["creation_dts"]).timestamp() for row in rows]
        lifetime = [PEOPLE.signup_s(oid), *reversed(placed), PEOPLE.modified_s(oid)]
        assert lifetime == sorted(lifetime)


@given(OIDS)
def test_an_order_adds_up_its_items(oid: int) -> None:
    for order in PEOPLE.part(oid, "orders"):
        sums = {name: amount["value"] for name, amount in order["summary"].items()}
        costs = [item["cost"]["value"] * item["quantity"] for item in order["items"]]
        assert sums["subtotal"] == sum(costs)
        assert sums["total"] == sums["subtotal"] + sums["shipping_handling_total"]
        assert re.fullmatch(r"DEMO-\d{12}-\d{6}", order["order_id"])


def test_most_customers_buy_seldom_and_a_few_very_often() -> None:
    summaries = [PEOPLE.part(oid, "orders_summary") for oid in CROWD[:4_000]]
    counts = [summary["order_count"] for summary in summaries]
    assert sorted(counts)[len(counts) // 2] == 1
    assert 0 in counts
    assert max(counts) > 50


def test_loyalty_points_are_what_the_ledger_says() -> None:
    for account in filter(None, ACCOUNTS):
        entries = account["ledger_entries"]
        points = {entry["loyalty_ledger_oid"]: entry["loyalty_points"] for entry in entries}
        assert sum(points.values()) == account["current_points"] + account["pending_points"]
        for redemption in account["redemptions"]:
            assert redemption["loyalty_points"] == -points[redemption["loyalty_ledger_oid"]] > 0


def test_a_certificates_ledger_adds_up_to_its_balance() -> None:
    key = "internal_gift_certificate"
    with_cashback = [account for account in ACCOUNTS if key in account]
    assert with_cashback
    for account in with_cashback:
        certificate = account[key]
        balance = certificate["remaining_balance"]
        assert balance == sum(entry["amount"] for entry in certificate["ledger_entries"]) >= 0
        assert account["internal_gift_certificate_balance"] == str(balance)
        assert account["internal_gift_certificate_oid"] == certificate["gift_certificate_oid"]


def test_store_credit_vests_after_it_is_entered_and_expires_later() -> None:
    rows = [row for oid in CROWD[:2_000] for row in PEOPLE.store_credit(oid)]
    assert rows
    for row in rows:
        assert row["amount"] > 0
        assert len(row["description"]) <= 50
        assert row["entry_s"] <= row["vesting_s"] < row.get("expiration_s", INT32_MAX)
    assert {"expiration_s", "reference_order_id"} <= {key for row in rows for key in row}


NOBODY = "[]"


def person_of(oid: int) -> str:
    """Name and addresses, without the row's own keys and the account's instants."""
    mine = {"customer_billing_oid", "customer_profile_oid", "last_used_dts"}
    rows = PEOPLE.part(oid, "billing")
    return as_json([{key: value for key, value in row.items() if key not in mine} for row in rows])


def test_three_in_a_hundred_are_a_second_profile_with_another_email() -> None:
    emails: dict[str, set[str]] = {}
    for oid in CROWD[:10_000]:
        emails.setdefault(person_of(oid), set()).add(PEOPLE.email(oid))
    emails.pop(NOBODY)
    second_profiles = sum(len(of_one_person) - 1 for of_one_person in emails.values())
    assert 0.02 < second_profiles / 10_000 < 0.04


def test_names_come_in_many_scripts_and_from_many_countries() -> None:
    last_names = [row["last_name"] for row in BILLING_ROWS if "last_name" in row]
    scripts = {unicode_name(name[0]).split()[0] for name in last_names}
    expected = "LATIN CYRILLIC GREEK ARABIC HEBREW CJK HANGUL DEVANAGARI THAI"
    assert set(expected.split()) <= scripts
    assert len({row["country_code"] for row in BILLING_ROWS}) >= 15
    assert any("LATIN" in unicode_name(c) and not c.isascii() for name in last_names for c in name)


def test_things_are_missing_as_in_real_life() -> None:
    for field in ("first_name", "last_name", "day_phone", "company", "postal_code", "state_region"):
        assert any(field not in row for row in BILLING_ROWS), field
        assert any(field in row for row in BILLING_ROWS), field


def test_every_part_and_list_is_had_by_some_and_not_by_all() -> None:
    for part in set(PARTS) - {"orders_summary"}:
        assert {bool(PEOPLE.part(oid, part)) for oid in SAMPLE} == {True, False}, part
    assert {bool(PEOPLE.wishlist(oid)) for oid in SAMPLE} == {True, False}


def test_telephone_numbers_in_north_america_are_fictitious() -> None:
    in_america = [row for row in BILLING_ROWS if row["country_code"] == "US"]
    numbers = [row["day_phone_e164"] for row in in_america if "day_phone_e164" in row]
    assert numbers
    assert all(re.fullmatch(r"\+1\d{3}55501\d\d", number) for number in numbers)
