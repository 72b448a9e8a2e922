"""The vendor's own Python SDK drives every operation of the sandbox, and decodes every answer.

The SDK checks the type of each value as it decodes, so an answer that is not as the vendor declares
it fails here, whatever our own client thinks of it.
"""

import asyncio
import os
import queue
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from ultracart import models as sdk
from ultracart.api.customer_api import CustomerApi
from ultracart.api_client import ApiClient
from ultracart.configuration import Configuration
from ultracart.exceptions import ApiException, NotFoundException, UnauthorizedException

from tests.watch import KEY
from ucsync.net import SystemClock
from ucsync.sandbox import SandboxSettings, serve
from ucsync.ultracart import EXPANSIONS, OPERATIONS
from ucsync.ultracart.operations import EXPANSIONS_UNDOCUMENTED

EVERYTHING = ",".join((*EXPANSIONS, *EXPANSIONS_UNDOCUMENTED))
CUSTOMERS = 2000 if os.environ.get("UCSYNC_DEEP") else 600
HOST = "www.demo.example"


def served(settings: SandboxSettings) -> Iterator[str]:
    """A sandbox in a thread of its own: the SDK blocks."""
    started: queue.Queue[str] = queue.Queue()
    loop = asyncio.new_event_loop()

    async def main() -> None:
        await serve(settings, SystemClock(), "127.0.0.1", 0, started=lambda url, _: started.put(url))

    task = loop.create_task(main())
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    )
    thread.start()
    yield started.get(timeout=30)
    loop.call_soon_threadsafe(task.cancel)
    thread.join(timeout=30)
    assert not thread.is_alive()
    loop.close()


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    yield from served(SandboxSettings(customers=CUSTOMERS, key=KEY, limits=()))


def api_at(server: str, key: str = KEY, version: str = "2017-03-01") -> Iterator[CustomerApi]:
    configuration = Configuration(host=f"{server}/rest/v2")
    configuration.api_key["x-ultracart-simple-key"] = key
    with ApiClient(
        configuration=configuration, header_name="X-UltraCart-Api-Version", header_value=version
    ) as client:
        yield CustomerApi(client)
        client.rest_client.pool_manager.clear()


@pytest.fixture
def api(server: str) -> Iterator[CustomerApi]:
    yield from api_at(server)


@pytest.fixture
def oid(api: Any) -> Iterator[int]:
    """A customer of the test's own."""
    customer = sdk.Customer(
        email="sdk@example.com",
        password="sdk-password",
        billing=[sdk.CustomerBilling(first_name="Ann", last_name="Lee", city="Oslo", country_code="NO")],
        tags=[sdk.CustomerTag(tag_value="from-the-sdk")],
    )
    inserted = api.insert_customer(customer, expand="billing,tags").customer
    assert inserted.billing[0].city == "Oslo"
    yield inserted.customer_profile_oid
    try:
        api.delete_customer(inserted.customer_profile_oid)
    except NotFoundException:
        assert oid is not None  # the test deleted or merged it


def test_all_customers_with_every_part_decode(api: Any) -> None:
    seen, offset, more = 0, 0, True
    while more:
        answer = api.get_customers(limit=200, offset=offset, expand=EVERYTHING)
        seen += len(answer.customers)
        more = answer.metadata.result_set.more
        offset = answer.metadata.result_set.get("next_offset")
    assert seen == CUSTOMERS


def test_reading_one(api: Any, oid: int) -> None:
    assert api.get_customer(oid, expand=EVERYTHING).customer.email == "sdk@example.com"
    found = api.get_customer_by_email("SDK@example.com", expand=EVERYTHING)
    assert found.customer.customer_profile_oid == oid
    assert found.success is True


def test_reading_by_query_search_and_tables(api: Any, oid: int) -> None:
    query = sdk.CustomerQuery(billing_city="Oslo", all_tags=["from-the-sdk"])
    found = api.get_customers_by_query(query, limit=50, expand="billing")
    assert [row.customer_profile_oid for row in found.customers] == [oid]
    searched = api.search_customers(search_string="sdk@", expand=EVERYTHING)
    assert [row.customer_profile_oid for row in searched.customers] == [oid]
    table = api.get_customers_for_data_tables(expand=EVERYTHING)
    assert (len(table.data), table.records_total >= CUSTOMERS + 1) == (10, True)
    windowed = api.get_customers(
        since="2025-12-01T00:00:00+00:00", sort="email", signup_dts_end="2030-01-01T00:00:00-05:00"
    )
    assert windowed.metadata.result_set.count == len(windowed.customers) > 0


def test_updating_and_merging(api: Any, oid: int) -> None:
    customer = api.get_customer(oid, expand=EVERYTHING).customer
    customer.business_notes = "written by the SDK"
    answer = api.update_customer(oid, customer, expand="billing")
    assert answer.customer.business_notes == "written by the SDK"
    other = api.insert_customer(sdk.Customer(email="sdk-other@example.com")).customer.customer_profile_oid
    assert api.merge_customer(oid, sdk.CustomerMergeRequest(customer_profile_oid=other)) is None
    with pytest.raises(NotFoundException):
        api.get_customer(other)


def test_a_whole_customer_goes_back_as_it_came(api: Any) -> None:
    """What the samples do: read with expansions, change one thing, send everything back."""
    for oid in range(1_000_001, 1_000_001 + CUSTOMERS // 50):
        before = api.get_customer(oid, expand=",".join(EXPANSIONS)).customer
        after = api.update_customer(oid, before, expand=",".join(EXPANSIONS)).customer
        changed = {
            name
            for name in set(before.to_dict()) | set(after.to_dict())
            if before.to_dict().get(name) != after.to_dict().get(name)
        }
        assert changed <= {"last_modified_dts", "last_modified_by"}, oid


def test_wish_lists(api: Any, oid: int) -> None:
    item = api.insert_wish_list_item(oid, sdk.CustomerWishListItem(merchant_item_oid=9, priority=4))
    wish = item.customer_wishlist_item_oid
    item.comments = "soon"
    assert api.update_wish_list_item(oid, wish, item).comments == "soon"
    assert api.get_customer_wish_list_item(oid, wish).wishlist_item.merchant_item_oid == 9
    assert len(api.get_customer_wish_list(oid).wishlist_items) == 1
    assert api.delete_wish_list_item(oid, wish) is None
    assert len(api.get_customer_wish_list(oid).wishlist_items) == 0


def test_credit_and_cashback(api: Any, oid: int) -> None:
    request = sdk.CustomerStoreCreditAddRequest(
        amount=20.0, description="sorry", expiration_days=10, vesting_days=0
    )
    assert api.add_customer_store_credit(oid, request).success is True
    credit = api.get_customer_store_credit(oid).customer_store_credit
    assert (credit.available, credit.expiring) == (20, 20)
    adjusted = api.adjust_internal_certificate(
        oid, sdk.AdjustInternalCertificateRequest(adjustment_amount=5.0)
    )
    assert adjusted.balance_amount == 5
    with pytest.raises(ApiException) as caught:
        api.add_customer_store_credit(oid, sdk.CustomerStoreCreditAddRequest(amount=-1.0))
    assert caught.value.status == 400
    assert "store_credit_request.amount must be a positive amount." in caught.value.body
    assert caught.value.headers["UC-REST-ERROR"] == "store_credit_request.amount must be a positive amount."


def test_lists_lookups_and_editor_values(api: Any, oid: int) -> None:
    uuid = api.get_customer_email_lists().lists[0].email_list_uuid
    changes = sdk.CustomerEmailListChanges(add_to_lists=[uuid])
    assert api.update_customer_email_lists(oid, changes).add_to_lists == [uuid]
    values = api.search_customer_profile_values(sdk.LookupRequest(category="tags", matches="from-the"))
    assert values.get("values")[0].value == "from-the-sdk"
    assert api.get_customer_editor_values().countries[0].iso_2_code


def test_verification_and_magic_links(api: Any, oid: int) -> None:
    request = sdk.EmailVerifyTokenRequest(email="sdk@example.com", password="sdk-password")
    token = api.get_email_verification_token(request).token
    assert (
        api.validate_email_verification_token(sdk.EmailVerifyTokenValidateRequest(token=token)).success
        is True
    )
    assert (
        api.validate_email_verification_token(sdk.EmailVerifyTokenValidateRequest(token="no")).success
        is False
    )
    assert api.get_magic_link(oid, HOST).url.startswith(f"https://{HOST}/")


def test_errors_are_those_the_sdk_knows(server: str, api: Any) -> None:
    with pytest.raises(NotFoundException):
        api.get_customer(2_000_000_000)
    for wrong in api_at(server, key="wrong"):
        with pytest.raises(UnauthorizedException):
            wrong.get_customer(1_000_001)
    for wrong in api_at(server, version="2000-01-01"):
        with pytest.raises(ApiException) as caught:
            wrong.get_customer(1_000_001)
        assert caught.value.status == 400


def test_every_operation_is_driven_by_the_sdk_in_this_file() -> None:
    with open(__file__, encoding="utf-8") as file:  # noqa: PTH123  (this very file)
        text = file.read()
    assert [row.name for row in OPERATIONS.values() if f"api.{row.name}(" not in text] == []


@pytest.mark.parametrize(
    "quirk",
    [
        "delete-answers-200",
        "no-success-key",
        "no-payload-name",
        "timestamps-utc",
        "timestamps-z",
        "warn-on-write",
        "no-result-set",
        "put-array-append",
        "put-array-merge",
        "insert-unmodified",
        "merge-fills",
    ],
)
def test_the_sdk_decodes_the_other_choices_too(quirk: str) -> None:
    for server in served(SandboxSettings(customers=30, key=KEY, limits=(), quirks=frozenset({quirk}))):
        for api in api_at(server):
            api.get_customers(limit=30, expand=EVERYTHING)
            first = api.get_customer(1_000_001, expand=EVERYTHING).customer
            api.update_customer(1_000_001, first, expand=EVERYTHING)
            inserted = api.insert_customer(
                sdk.Customer(email="quirk@example.com"), expand=EVERYTHING
            ).customer
            merged = sdk.CustomerMergeRequest(customer_profile_oid=1_000_002)
            api.merge_customer(inserted.customer_profile_oid, merged)
            api.get_customer(inserted.customer_profile_oid, expand=EVERYTHING)
            api.delete_customer(inserted.customer_profile_oid)
