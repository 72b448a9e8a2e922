"""Client and sandbox agree on every operation, happy and unhappy, over sockets and in memory."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.house import WAYS, House, Scenario
from tests.watch import NAME
from ucsync.model import (
    BadRequest,
    NotFound,
    Outcome,
    format_instant,
)
from ucsync.model.errors import CallFailed
from ucsync.ultracart import EXPANSIONS, OPERATIONS

MISSING = 2_000_000_000
HOST = "www.demo.example"


async def someone(house: House) -> int:
    """A customer of the test's own."""
    customer = await house.client.insert_customer(
        {
            "email": "own@example.com",
            "password": "own-password",
            "tax_id": "12-345",
            "billing": [{"first_name": "Ann", "last_name": NAME, "city": "Oslo", "country_code": "NO"}],
            "tags": [{"tag_value": "own-tag"}],
        }
    )
    return int(customer["customer_profile_oid"] or 0)


def truth(house: House, oid: int) -> dict[str, Any]:
    document = house.sandbox.merchant.truth(oid)
    assert document is not None
    return document


async def reads_a_customer(house: House) -> None:
    oid = next(house.sandbox.merchant.oids())
    customer = await house.client.get_customer(oid, expand=EXPANSIONS)
    expected = truth(house, oid)
    assert customer == {name: held for name, held in expected.items() if name in customer}
    assert set(EXPANSIONS) <= set(customer)
    plain = await house.client.get_customer(oid)
    assert not set(EXPANSIONS) & set(plain)


async def finds_by_email(house: House) -> None:
    oid = await someone(house)
    found = await house.client.get_customer_by_email("OWN@example.com", expand=["tags"])
    assert found["customer_profile_oid"] == oid
    assert found["tags"] == [{"tag_value": "own-tag"}]


async def pages_through_all(house: House) -> None:
    oids = list(house.sandbox.merchant.oids())
    pages = [page async for page in house.client.pages(limit=7)]
    assert [customer["customer_profile_oid"] for page in pages for customer in page.customers] == oids
    assert [page.total_records for page in pages] == [30] * 5
    assert [page.offset for page in pages] == [0, 7, 14, 21, 28]
    last = await house.client.get_customers(sort="-customer_profile_oid", limit=1)
    assert last.customers[0]["customer_profile_oid"] == oids[-1]


async def filters_by_query(house: House) -> None:
    oid = await someone(house)
    since = house.clock.now()
    query = {"billing_city": "oslo", "all_tags": ["own-tag"], "signup_dts_start": "2026-01-01T00:00:00+00:00"}
    rows = [row async for row in house.client.customers(query, expand=["billing"])]  # type: ignore[arg-type]
    assert [row["customer_profile_oid"] for row in rows] == [oid]
    assert [row async for row in house.client.customers({"any_tags": ["nobody-has-it"]})] == []
    instant = format_instant(since)
    both = {"last_modified_dts_end": instant, "billing_last_name": NAME}
    page = await house.client.get_customers_by_query(both)  # type: ignore[arg-type]
    assert [row["customer_profile_oid"] for row in page.customers] == [oid]


async def filters_by_keyword(house: House) -> None:
    oid = await someone(house)
    rows = [row async for row in house.client.customers(billing_last_name=NAME.upper(), limit=5)]
    assert [row["customer_profile_oid"] for row in rows] == [oid]
    assert [row async for row in house.client.customers(email="own@example.com", billing_city="Rome")] == []


async def searches(house: House) -> None:
    oid = await someone(house)
    page = await house.client.search_customers("own@", limit=5)
    assert [row["customer_profile_oid"] for row in page.customers] == [oid]


async def answers_data_tables(house: House) -> None:
    table = await house.client.get_customers_for_data_tables(expand=["billing"])
    assert table["recordsTotal"] == 30
    assert len(table["data"] or ()) == 10


async def inserts(house: House) -> None:
    oid = await someone(house)
    document = truth(house, oid)
    assert document["billing"][0]["last_name"] == NAME
    assert document["signup_dts"] == document["last_modified_dts"]
    assert "password" not in document


async def updates(house: House) -> None:
    oid = await someone(house)
    before = truth(house, oid)
    answered = await house.client.update_customer(
        oid, {"minimum_subtotal": Decimal("12.50"), "tax_id": None}, expand=["billing"]
    )
    after = truth(house, oid)
    assert str(answered["minimum_subtotal"]) == "12.50"
    assert "tax_id" not in after
    assert after["billing"] == before["billing"] == answered["billing"]


async def deletes(house: House) -> None:
    oid = await someone(house)
    await house.client.delete_customer(oid)
    assert house.sandbox.merchant.truth(oid) is None


async def merges(house: House) -> None:
    oid = await someone(house)
    other = next(house.sandbox.merchant.oids())
    absorbed = truth(house, other)
    await house.client.merge_customer(oid, {"customer_profile_oid": other})
    assert house.sandbox.merchant.truth(other) is None
    assert len(truth(house, oid)["billing"]) == 1 + len(absorbed["billing"])
    with pytest.raises(NotFound):
        await house.client.get_customer(other)


async def changes_lists(house: House) -> None:
    oid = await someone(house)
    lists = await house.client.get_customer_email_lists()
    uuid = lists[0]["email_list_uuid"]
    assert uuid is not None
    answered = await house.client.update_customer_email_lists(oid, {"add_to_lists": [uuid]})
    assert answered == {"add_to_lists": [uuid]}
    assert truth(house, oid)["activity"]["memberships"][0]["uuid"] == uuid


async def keeps_store_credit(house: House) -> None:
    oid = await someone(house)
    request = {"amount": Decimal("25.10"), "description": "sorry", "vesting_days": 0, "expiration_days": 0}
    await house.client.add_customer_store_credit(oid, request)  # type: ignore[arg-type]
    credit = await house.client.get_customer_store_credit(oid)
    assert (credit["available"], credit["total"]) == (Decimal("25.10"), Decimal("25.10"))


async def adjusts_cashback(house: House) -> None:
    oid = await someone(house)
    for amount, balance in (("10.00", "10.00"), ("-4.25", "5.75")):
        answered = await house.client.adjust_internal_certificate(oid, {"adjustment_amount": Decimal(amount)})
        assert answered["balance_amount"] == Decimal(balance)
    assert truth(house, oid)["loyalty"]["internal_gift_certificate_balance"] == "5.75"


async def keeps_a_wish_list(house: House) -> None:
    oid = await someone(house)
    wished = await house.client.insert_wish_list_item(oid, {"merchant_item_oid": 77, "priority": 5})
    wish = wished["customer_wishlist_item_oid"]
    assert wish is not None
    changed = await house.client.update_wish_list_item(oid, wish, {**wished, "comments": "size L"})
    assert await house.client.get_customer_wish_list_item(oid, wish) == changed
    assert await house.client.get_customer_wish_list(oid) == [changed]
    await house.client.delete_wish_list_item(oid, wish)
    assert await house.client.get_customer_wish_list(oid) == []


async def verifies_an_email(house: House) -> None:
    await someone(house)
    token = await house.client.get_email_verification_token(
        {"email": "own@example.com", "password": "own-password"}
    )
    assert await house.client.validate_email_verification_token({"token": token}) is True
    assert await house.client.validate_email_verification_token({"token": token + "x"}) is False


async def makes_a_magic_link(house: House) -> None:
    link = await house.client.get_magic_link(await someone(house), HOST)
    assert link.startswith(f"https://{HOST}/")


async def looks_values_up(house: House) -> None:
    await someone(house)
    values = await house.client.search_customer_profile_values({"matches": "OWN-T", "category": "tags"})
    assert "own-tag" in [value["value"] for value in values]
    editor = await house.client.get_customer_editor_values()
    assert "Visa" in (editor["card_types"] or ())


#: Every operation by the scenarios that use it.
HAPPY: dict[Scenario[None], tuple[str, ...]] = {
    reads_a_customer: ("getCustomer",),
    finds_by_email: ("getCustomerByEmail",),
    pages_through_all: ("getCustomers",),
    filters_by_query: ("getCustomersByQuery",),
    filters_by_keyword: (),
    searches: ("searchCustomers",),
    answers_data_tables: ("getCustomersForDataTables",),
    inserts: ("insertCustomer",),
    updates: ("updateCustomer",),
    deletes: ("deleteCustomer",),
    merges: ("mergeCustomer",),
    changes_lists: ("getCustomerEmailLists", "updateCustomerEmailLists"),
    keeps_store_credit: ("addCustomerStoreCredit", "getCustomerStoreCredit"),
    adjusts_cashback: ("adjustInternalCertificate",),
    keeps_a_wish_list: ("insertWishListItem", "updateWishListItem", "getCustomerWishListItem",
                        "getCustomerWishList", "deleteWishListItem"),
    verifies_an_email: ("getEmailVerificationToken", "validateEmailVerificationToken"),
    makes_a_magic_link: ("getMagicLink",),
    looks_values_up: ("searchCustomerProfileValues", "getCustomerEditorValues"),
}  # fmt: skip


def email_of(house: House) -> str:
    return str(truth(house, 1_000_001)["email"])


Call = Callable[[House], Awaitable[object]]

#: Every operation, refused by the server: the call, the error, and the field it complains of.
UNHAPPY: list[tuple[str, Call, type[CallFailed], str | None]] = [
    ("getCustomer", lambda h: h.client.get_customer(MISSING), NotFound, None),
    ("getCustomerByEmail", lambda h: h.client.get_customer_by_email("nobody@example.com"), NotFound, None),
    ("getCustomers", lambda h: h.client.get_customers(sort="shoe_size"), BadRequest, None),
    ("getCustomersByQuery", lambda h: h.client.get_customers_by_query({}, sort="email,,"), BadRequest, None),
    ("searchCustomers", lambda h: h.client.search_customers("x", sort="shoe_size"), BadRequest, None),
    ("insertCustomer", lambda h: h.client.insert_customer({"tax_id": "1"}), BadRequest, "customer.email"),
    ("updateCustomer", lambda h: h.client.update_customer(MISSING, {"terms": "x"}), NotFound, None),
    ("deleteCustomer", lambda h: h.client.delete_customer(MISSING), NotFound, None),
    ("mergeCustomer", lambda h: h.client.merge_customer(1_000_001, {}), BadRequest, None),
    (
        "updateCustomerEmailLists",
        lambda h: h.client.update_customer_email_lists(1_000_001, {"add_to_lists": ["?"]}),
        BadRequest,
        "list_changes.add_to_lists",
    ),
    (
        "addCustomerStoreCredit",
        lambda h: h.client.add_customer_store_credit(1_000_001, {"amount": -1}),
        BadRequest,
        "store_credit_request.amount",
    ),
    ("getCustomerStoreCredit", lambda h: h.client.get_customer_store_credit(MISSING), NotFound, None),
    (
        "adjustInternalCertificate",
        lambda h: h.client.adjust_internal_certificate(1_000_001, {}),
        BadRequest,
        "adjust_internal_certificate_request.adjustment_amount",
    ),
    ("getCustomerWishList", lambda h: h.client.get_customer_wish_list(MISSING), NotFound, None),
    ("getCustomerWishListItem", lambda h: h.client.get_customer_wish_list_item(1_000_001, 5), NotFound, None),
    (
        "insertWishListItem",
        lambda h: h.client.insert_wish_list_item(1_000_001, {"priority": 3}),
        BadRequest,
        "wishlist_item.merchant_item_oid",
    ),
    ("updateWishListItem", lambda h: h.client.update_wish_list_item(1_000_001, 5, {}), NotFound, None),
    ("deleteWishListItem", lambda h: h.client.delete_wish_list_item(1_000_001, 5), NotFound, None),
    (
        "getEmailVerificationToken",
        lambda h: h.client.get_email_verification_token({"email": email_of(h), "password": "wrong"}),
        BadRequest,
        None,
    ),
    ("getMagicLink", lambda h: h.client.get_magic_link(1_000_001, "elsewhere.example"), BadRequest, None),
]

#: The server finds nothing wrong with any arguments that the client lets through.
ALWAYS_HAPPY = {
    "getCustomerEditorValues", "getCustomerEmailLists", "getCustomersForDataTables",
    "searchCustomerProfileValues", "validateEmailVerificationToken",
}  # fmt: skip


def test_no_operation_is_left_out() -> None:
    assert {name for names in HAPPY.values() for name in names} == set(OPERATIONS)
    assert {name for name, *_ in UNHAPPY} | ALWAYS_HAPPY == set(OPERATIONS)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scenario", HAPPY, ids=lambda scenario: scenario.__name__)
def test_it_works(way: str, scenario: Scenario[None]) -> None:
    WAYS[way](scenario)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "call", "kind", "field"), UNHAPPY, ids=[row[0] for row in UNHAPPY])
def test_what_the_server_refuses_is_the_right_error(
    way: str, name: str, call: Call, kind: type[CallFailed], field: str | None
) -> None:
    async def scenario(house: House) -> None:
        with pytest.raises(CallFailed) as caught:
            await call(house)
        assert type(caught.value) is kind
        assert caught.value.outcome is Outcome.REFUSED
        assert caught.value.operation_id == name
        if field is not None:
            assert isinstance(caught.value, BadRequest)
            assert caught.value.field == field

    WAYS[way](scenario)
