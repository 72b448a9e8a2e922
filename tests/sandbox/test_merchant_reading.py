"""Lists, pages, filters, windows, sorting and expansion behave as the fact sheet says."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from tests.sandbox.driver import Driver, Open
from ucsync.ultracart.operations import EXPANSIONS, OPERATIONS, PARTS

FIRST = 1_000_001
NOBODY = 9_999_999


def everyone(shop: Driver) -> list[dict[str, Any]]:
    documents = (shop.merchant.truth(oid) for oid in shop.merchant.oids())
    return [document for document in documents if document is not None]


def test_a_page_says_where_it_stands_in_the_list(open_shop: Open) -> None:
    answer = open_shop().answer("getCustomers", _limit=200, _offset=100)
    assert answer["metadata"] == {
        "payload_name": "customers",
        "result_set": {"count": 200, "limit": 200, "more": False, "offset": 100, "total_records": 300},
    }
    first = open_shop().answer("getCustomers")["metadata"]["result_set"]
    assert (first["limit"], first["more"], first["next_offset"]) == (100, True, 100)


def test_a_page_past_the_end_is_empty(open_shop: Open) -> None:
    answer = open_shop().answer("getCustomers", _offset=2**31 - 1)
    assert answer["customers"] == []
    assert answer["metadata"]["result_set"]["more"] is False


@pytest.mark.parametrize(
    "query",
    [
        *({"_limit": limit} for limit in (0, -1, 201, "x", "", "1.0", "٣", "1e2", " 5", 10**20)),
        *({"_offset": offset} for offset in (-1, "x", "", 2**31, 10**20)),
        *({"_sort": sort} for sort in ("height", "email,", " email", "Email", "billing", "+", "cards.x")),
        *({"_since": since} for since in ("2026-01-01", "yesterday", "2026-01-01T00:00:00 00:00")),
        *({"signup_dts_start": at} for at in ("20260101T000000Z", "2026-13-01T00:00:00Z")),
        *({"last_modified_dts_end": at} for at in ("1", "0001-01-01T00:00:00+10:00")),
        {"pricing_tier_oid": "seven"},
    ],
)
def test_what_the_server_would_not_take_is_400(open_shop: Open, query: dict[str, object]) -> None:
    assert open_shop().status("getCustomers", **query) == 400


def test_a_plus_that_was_not_encoded_is_refused_in_a_sort(open_shop: Open) -> None:
    shop = open_shop()
    assert shop.status("getCustomers", _sort=" email", raw_query="_sort=+email") == 400
    assert shop.status("getCustomers", _sort="+email", raw_query="_sort=%2Bemail") == 200
    assert shop.status("getCustomers", _sort=" email", raw_query="%5Fsort=+email") == 400


def test_unknown_parameters_and_expansions_are_ignored(open_shop: Open) -> None:
    shop = open_shop()
    assert shop.listed(colour="red", _expand="shoes") == shop.listed()


def test_a_part_is_there_only_when_expanded(open_shop: Open) -> None:
    shop = open_shop()
    assert not set(PARTS) & set(shop.customer(FIRST))
    assert set(PARTS) & set(shop.customer(FIRST, "tags,orders")) == {"tags", "orders"}
    assert set(PARTS) & set(shop.customer(FIRST, ",".join(EXPANSIONS))) == set(EXPANSIONS)


def test_a_customer_is_found_by_its_address_in_any_case(open_shop: Open) -> None:
    shop = open_shop()
    customer = shop.customer(FIRST)
    for email in (customer["email"], customer["email"].upper()):
        assert shop.answer("getCustomerByEmail", address=email)["customer"] == customer


@pytest.mark.parametrize("oid", [NOBODY, 0, -1])
def test_an_unknown_customer_is_404(open_shop: Open, oid: int) -> None:
    for operation_id in ("getCustomer", "updateCustomer", "deleteCustomer", "getCustomerWishList"):
        assert open_shop().status(operation_id, oid=oid, body={}) == 404
    assert open_shop().status("getCustomerByEmail", address="nobody@example.com") == 404
    assert open_shop().status("getCustomerByEmail", address="") == 404


@pytest.mark.parametrize("oid", ["abc", "", "1.5", str(2**40), "٣"])
def test_an_oid_that_is_none_is_400(open_shop: Open, oid: str) -> None:
    assert open_shop().status("getCustomer", oid=oid) == 400


@pytest.mark.parametrize(
    ("name", "part", "field"),
    [
        *(("billing_" + name, "billing", name) for name in ("first_name", "city", "postal_code")),
        *(("shipping_" + name, "shipping", name) for name in ("last_name", "company", "day_phone")),
        *(("billing_state", "billing", "state_region"), ("shipping_state", "shipping", "state_region")),
        ("pricing_tier_name", "pricing_tiers", "name"),
        ("pricing_tier_oid", "pricing_tiers", "pricing_tier_oid"),
    ],
)
def test_a_filter_matches_any_row_whole_and_in_any_case(
    open_shop: Open, name: str, part: str, field: str
) -> None:
    shop = open_shop()
    people = everyone(shop)
    sought = next(row[field] for person in people for row in reversed(person[part]) if field in row)
    expected = [
        person["customer_profile_oid"]
        for person in people
        if any(str(row.get(field)).lower() == str(sought).lower() for row in person[part])
    ]
    assert shop.paged(limit=7, **{name: str(sought).upper()}) == expected
    value = sought if name.endswith("oid") else str(sought)
    assert shop.paged("getCustomersByQuery", limit=200, body={name: value}) == expected


def test_filters_are_combined_by_and(open_shop: Open) -> None:
    shop = open_shop()
    one = shop.insert(billing=[{"city": "Ulm"}], qb_class="A", qb_code="Q1")
    shop.insert(billing=[{"city": "Ulm"}], qb_class="B", qb_code="Q2")
    assert shop.listed(billing_city="ulm", qb_class="a") == [one]
    assert shop.listed(quickbooks_code="q1") == [one]


def test_tags_can_be_asked_for_all_or_any(open_shop: Open) -> None:
    shop = open_shop(customers=0)
    both = shop.insert(tags=[{"tag_value": "a"}, {"tag_value": "b"}])
    one = shop.insert(tags=[{"tag_value": "A"}])
    shop.insert()

    def found(**query: object) -> list[int]:
        return shop.listed("getCustomersByQuery", body=query)

    assert found(all_tags=["a", "b"]) == [both]
    assert found(any_tags=["a", "b"]) == [both, one]
    assert found(any_tags=["a"], emails=[shop.customer(one)["email"]]) == [one]


def test_a_blank_among_the_values_of_a_filter_counts_as_not_given(open_shop: Open) -> None:
    shop = open_shop(customers=3)
    oid = shop.insert(tags=[{"tag_value": "a"}])
    everybody = shop.listed()
    for name in ("emails", "all_tags", "any_tags"):
        for blank in ([], [""], ["", ""]):
            assert shop.listed("getCustomersByQuery", body={name: blank}) == everybody
    for name in ("all_tags", "any_tags"):
        assert shop.listed("getCustomersByQuery", body={name: ["", "a"]}) == [oid]
    email = shop.customer(oid)["email"]
    assert shop.listed("getCustomersByQuery", body={"emails": [email, ""]}) == [oid]


@pytest.mark.parametrize("start", ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_no_window_holds_a_customer_that_was_never_modified(open_shop: Open, start: str) -> None:
    shop = open_shop("insert-unmodified", customers=40)
    shop.insert()
    modified = [row["customer_profile_oid"] for row in everyone(shop) if "last_modified_dts" in row]
    assert 0 < len(modified) < 41
    window = {"last_modified_dts_start": start}
    for sort in ("customer_profile_oid", "last_modified_dts", "-last_modified_dts", "email", "billing.city"):
        assert sorted(shop.listed(_sort=sort, **window)) == modified
        assert sorted(shop.listed(_sort=sort, signup_dts_start=start, **window)) == modified
    assert shop.listed(last_modified_dts_end="1969-12-31T23:59:59Z", **window) == []


def test_windows_hold_both_ends_and_take_any_offset(open_shop: Open) -> None:
    shop = open_shop(customers=0)
    oids = []
    for _ in range(3):
        oids.append(shop.insert())
        shop.clock.move(60)
    middle = {"signup_dts_start": "2026-06-01T12:01:00Z", "signup_dts_end": "2026-06-01T14:01:00+02:00"}
    assert shop.listed(**middle) == oids[1:2]
    assert shop.listed(_since="2026-06-01T08:01:00-04:00") == oids[1:]
    assert shop.listed(_since="2026-06-01T08:01:00") == oids[1:]  # zone-less is Eastern
    assert shop.listed(_since="2026-06-01T12:01:00.5Z") == oids[2:]
    assert shop.listed("getCustomersByQuery", body=middle) == oids[1:2]
    assert shop.listed("searchCustomers", **middle) == oids[1:2]


def test_since_and_windows_agree_with_looking_at_everyone(open_shop: Open) -> None:
    shop = open_shop()
    people = sorted(everyone(shop), key=lambda person: str(person["last_modified_dts"]))
    for place in (0, 40, 290):
        since = people[place]["last_modified_dts"]
        expected = {row["customer_profile_oid"] for row in people if row["last_modified_dts"] >= since}
        slack = {row["customer_profile_oid"] for row in people[max(0, place - 2) : place + 2]}
        assert set(shop.paged(limit=50, _since=since)) ^ expected <= slack  # texts sort by wall clock
        assert shop.paged(limit=50, _since=since) == sorted(shop.paged(limit=9, _since=since))


def test_a_list_can_be_sorted_by_several_keys_and_ties_go_by_oid(open_shop: Open) -> None:
    shop = open_shop(customers=0)
    names = [("Ulm", "Beck"), ("Bonn", "Adam"), ("Ulm", "adam"), ("Bonn", "Beck"), ("ulm", "Beck")]
    oids = [shop.insert(billing=[{"city": city, "last_name": name}]) for city, name in names]
    nameless = shop.insert()
    assert shop.listed(_sort="billing.city,-billing.last_name") == [
        nameless, *(oids[place] for place in (3, 1, 0, 4, 2)),
    ]  # fmt: skip
    assert shop.listed(_sort="-customer_profile_oid") == [nameless, *reversed(oids)]
    assert shop.paged(limit=2, _sort="-signup_dts") == [*oids, nameless]  # all of one second
    assert shop.paged(limit=4, _sort="-billing.city,-customer_profile_oid")[:3] == [
        oids[4], oids[2], oids[0],
    ]  # fmt: skip


def test_sorting_by_an_address_looks_at_the_default_row(open_shop: Open) -> None:
    shop = open_shop(customers=0)
    rows = [{"city": "Aachen"}, {"city": "Zwickau", "default_billing": True}]
    one, two = shop.insert(billing=rows), shop.insert(billing=[{"city": "Mainz"}])
    assert shop.listed(_sort="billing.city") == [two, one]


def test_the_search_looks_for_a_part_of_address_name_or_company(open_shop: Open) -> None:
    shop = open_shop()
    row = {"first_name": "Zebulon", "last_name": "Quillfeather", "company": "Wibble & Sons"}
    oid = shop.insert(email="zq@example.org", billing=[row])
    for sought in ("zq@EX", "bulon", "quillf", "wibble &"):
        assert oid in shop.listed("searchCustomers", search_string=sought)
    assert shop.listed("searchCustomers", search_string="no such thing") == []


def test_the_kelvin_sign_is_a_k_before_and_after_a_customer_was_written(open_shop: Open) -> None:
    shop = open_shop()
    oid = next(row["customer_profile_oid"] for row in everyone(shop) if "k" in row.get("email", ""))
    email = shop.customer(oid)["email"].replace("k", "\N{KELVIN SIGN}")
    for _ in range(2):
        assert shop.answer("getCustomerByEmail", address=email)["customer"]["customer_profile_oid"] == oid
        assert shop.listed(email=email) == [oid]
        assert shop.status("insertCustomer", body={"email": email}) == 400
        shop.update(oid, terms="Net 30")


def test_data_tables_are_answered_in_their_own_form(open_shop: Open) -> None:
    shop = open_shop()
    shop.insert(email="needle@example.com")
    form = {"draw": "3", "start": "0", "length": "25", "search[value]": "NEEDLE"}
    found = shop.answer("getCustomersForDataTables", form=form, _expand="tags")
    assert (found["draw"], found["recordsTotal"], found["recordsFiltered"]) == (3, 301, 1)
    assert found["data"][0]["tags"] == []
    assert len(shop.answer("getCustomersForDataTables", start=295)["data"]) == 6
    assert len(shop.answer("getCustomersForDataTables")["data"]) == 10
    for form in ({"length": "201"}, {"length": "-1"}, {"start": "-1"}, {"draw": "x"}):
        assert shop.status("getCustomersForDataTables", form=form) == 400


def test_the_first_of_two_parameters_of_one_name_counts(open_shop: Open) -> None:
    pairs = [("_limit", "3"), ("_limit", "999")]
    reply = open_shop().merchant.perform(OPERATIONS["getCustomers"], {}, pairs, "", None, {})
    assert reply.document is not None
    assert len(reply.document["customers"]) == 3


def test_a_query_of_the_wrong_kind_is_400(open_shop: Open) -> None:
    shop = open_shop()
    wrong: tuple[object, ...] = (
        None,
        [],
        {"email": 5},
        {"emails": "a"},
        {"billing_city": "x" * 33},
        {"all_tags": [1]},
    )
    for body in wrong:
        assert shop.status("getCustomersByQuery", body=body) == 400
    for body in ({"query_target": "moon"}, {"signup_dts_start": "soon"}, {"pricing_tier_oid": "x"}):
        assert shop.status("getCustomersByQuery", body=body) == 400
    assert shop.status("getCustomersByQuery", body={"query_target": "cache", "unheard": 1}) == 200


def test_a_million_customers_are_there_at_once(open_shop: Open) -> None:
    tracemalloc.start()
    try:
        shop = open_shop(customers=1_000_000)
        shop.send("deleteCustomer", oid=FIRST + 10)
        assert shop.listed(_offset=899_999, _limit=200)[0] == FIRST + 900_000
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 10 * 2**20
