"""Client and portal agree on every operation, happy and unhappy, over sockets and in memory."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.house import ONCE
from tests.net.my_account.account_scenarios import (
    ADDRESS,
    CARD,
    NUMBER,
    PLACE,
    changes_the_account,
    changes_the_password,
    deletes_the_account,
    forgets_the_password,
    keeps_billing_addresses,
    keeps_cards,
    keeps_shipping_addresses,
    logs_in_and_out,
    registers,
)
from tests.net.my_account.order_scenarios import (
    follows_parcels,
    reads_orders,
    reviews_what_was_bought,
    wishes,
    writes_to_customer_service,
)
from tests.net.my_account.portal_house import WAYS, PortalHouse, Scenario, credentials_of, portal
from tests.net.my_account.portal_watch import forbid
from ucsync import ClientSettings, Secret
from ucsync.model import (
    BadRequest,
    ConnectionLost,
    LoginRefused,
    NotFound,
    Outcome,
    SessionExpired,
    Unauthorised,
)
from ucsync.model.errors import CallFailed
from ucsync.plan import RetryPolicy
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS, Credentials
from ucsync.ultracart.operations import INT32_MAX, Retry

#: Every operation by the scenarios that use it.
HAPPY: dict[Scenario[None], tuple[str, ...]] = {
    logs_in_and_out: ("loggedIn", "login", "loginByQuery", "logout", "logoutByQuery"),
    changes_the_password: ("changePassword",),
    forgets_the_password: ("forgotPassword",),
    changes_the_account: ("getSettings", "updateSettings"),
    registers: ("register",),
    deletes_the_account: ("deleteSettings",),
    keeps_shipping_addresses: ("getShippingAddresses", "getShippingAddress", "insertShippingAddress",
                               "updateShippingAddress", "deleteShippingAddress"),
    keeps_billing_addresses: ("getBillingAddresses", "getBillingAddress", "insertBillingAddress",
                              "updateBillingAddress", "deleteBillingAddress"),
    keeps_cards: ("getCreditCards", "getCreditCard", "insertCreditCard", "updateCreditCard",
                  "deleteCreditCard"),
    reads_orders: ("getOrders", "getOrder"),
    follows_parcels: ("getOrderTracking",),
    writes_to_customer_service: ("getOrderCase", "insertOrderCase", "getOrderCaseMessages",
                                 "insertOrderCaseMessage"),
    reviews_what_was_bought: ("getNotReviewedYet", "getReviews", "getReview", "updateReview"),
    wishes: ("getWishlist", "getWishlistItem", "insertWishlistItem", "updateWishlistItem",
             "deleteWishlistItem"),
}  # fmt: skip

NONE = INT32_MAX
NO_ORDER = "DEMO-NO-SUCH-ORDER"
CASE = {"subject": "Where is it?", "messages": [{"message": "It has not come yet."}]}
REVIEW: dict[str, Any] = {
    "ratings": [{"name": "Quality", "score": 3}], "recommendToFriend": True, "title": "Solid",
    "review": "It does what it should.", "agreeToTermsAndConditions": True,
}  # fmt: skip
CHANGE = {"oldPassword": "not-it", "newPassword": "whatever-1"}

#: Arguments that the client lets through, for every operation that takes some.
ARGUMENTS: dict[str, tuple[dict[str, object] | None, object]] = {
    "changePassword": (None, CHANGE),
    "updateSettings": (None, PLACE),
    **{f"get{kind}": ({"id": NONE}, None) for kind in ("ShippingAddress", "BillingAddress", "CreditCard")},
    **{f"delete{kind}": ({"id": NONE}, None) for kind in ("ShippingAddress", "BillingAddress", "CreditCard")},
    **{f"insert{kind}": (None, ADDRESS) for kind in ("ShippingAddress", "BillingAddress")},
    **{f"update{kind}": ({"id": NONE}, ADDRESS) for kind in ("ShippingAddress", "BillingAddress")},
    "insertCreditCard": (None, CARD),
    "updateCreditCard": ({"id": NONE}, CARD),
    **{f"getOrder{part}": ({"orderId": NO_ORDER}, None) for part in ("", "Tracking", "Case", "CaseMessages")},
    "insertOrderCase": ({"orderId": NO_ORDER}, CASE),
    "insertOrderCaseMessage": ({"orderId": NO_ORDER}, {"message": "hello"}),
    "getReview": ({"itemId": "NO-ITEM"}, None),
    "updateReview": ({"itemId": "NO-ITEM"}, REVIEW),
    **{f"{verb}WishlistItem": ({"wishlistOid": NONE}, None) for verb in ("get", "delete")},
    "insertWishlistItem": (None, {"itemId": "NO-ITEM"}),
    "updateWishlistItem": ({"wishlistOid": NONE}, {"priority": 1}),
}

#: Refused to a customer who is logged in, with the error of the first call.
REFUSED: dict[str, type[CallFailed]] = {
    "changePassword": Unauthorised,
    "insertWishlistItem": BadRequest,
    **{name: NotFound for name, (path, _) in ARGUMENTS.items() if path is not None},
}

Call = Callable[[PortalHouse], Awaitable[object]]


async def registers_twice(house: PortalHouse) -> None:
    stranger = await house.open()
    await stranger.register({"email": house.email(), "password": "whatever-1"})


async def logs_in_wrongly(house: PortalHouse) -> None:
    forbid("not-the-password")
    await (await house.open(Credentials(house.email(), Secret("not-the-password")))).login()


async def logs_in_wrongly_by_query(house: PortalHouse) -> None:
    forbid("not-the-password")
    await (await house.open(Credentials(house.email(), Secret("not-the-password")))).login_by_query()


async def forgets_at_another_merchants(house: PortalHouse) -> None:
    await house.account.call("forgotPassword", None, {"merchantId": "OTHER"}, house.email())


async def doubles_an_address(house: PortalHouse) -> None:
    for _ in range(2):
        await house.account.insert_shipping_address(ADDRESS)


async def doubles_a_billing_address(house: PortalHouse) -> None:
    await house.account.insert_billing_address(ADDRESS)
    shouted = {name: str(held).upper() for name, held in ADDRESS.items()}
    await house.account.insert_billing_address(shouted)  # type: ignore[arg-type]  # the same, in capitals


async def makes_two_addresses_one(house: PortalHouse) -> None:
    await house.account.insert_shipping_address(ADDRESS)
    other = await house.account.insert_shipping_address({**ADDRESS, "city": "Utica"})
    await house.account.update_shipping_address(other["id"] or 0, {**other, "city": "Ithaca"})


async def doubles_a_card(house: PortalHouse) -> None:
    forbid(NUMBER)
    for _ in range(2):
        await house.account.insert_credit_card(CARD)


async def opens_a_second_case(house: PortalHouse) -> None:
    order_id = next(held["order"]["orderId"] for held in house.truth()["orders"] if not held["case"])
    for _ in range(2):
        await house.account.insert_order_case(order_id, CASE)  # type: ignore[arg-type]


async def writes_without_a_case(house: PortalHouse) -> None:
    order_id = next(held["order"]["orderId"] for held in house.truth()["orders"] if not held["case"])
    await house.account.insert_order_case_message(order_id, {"message": "hello"})


#: Further refusals, each with the operation that meets it.
UNHAPPY: list[tuple[str, Call, type[CallFailed]]] = [
    ("login", logs_in_wrongly, LoginRefused),
    ("loginByQuery", logs_in_wrongly_by_query, LoginRefused),
    ("forgotPassword", forgets_at_another_merchants, BadRequest),
    ("register", registers_twice, BadRequest),
    ("insertShippingAddress", doubles_an_address, BadRequest),
    ("insertBillingAddress", doubles_a_billing_address, BadRequest),
    ("updateShippingAddress", makes_two_addresses_one, BadRequest),
    ("insertCreditCard", doubles_a_card, BadRequest),
    ("insertOrderCase", opens_a_second_case, BadRequest),
    ("insertOrderCaseMessage", writes_without_a_case, BadRequest),
]

#: Nothing that the client lets through is refused.
ALWAYS_HAPPY = {"loggedIn", "logout", "logoutByQuery"}

PROTECTED = [row for row in ACCOUNT_OPERATIONS.values() if row.protected]


def test_no_operation_is_left_out() -> None:
    assert {name for names in HAPPY.values() for name in names} == set(ACCOUNT_OPERATIONS)
    without_a_session = {row.operation_id for row in PROTECTED}
    refused = {name for name, *_ in UNHAPPY} | set(REFUSED)
    assert without_a_session | refused | ALWAYS_HAPPY == set(ACCOUNT_OPERATIONS)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scenario", HAPPY, ids=lambda scenario: scenario.__name__)
def test_it_works(way: str, scenario: Scenario[None]) -> None:
    WAYS[way](scenario)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("name", "call", "kind"), UNHAPPY, ids=[row[1].__name__ for row in UNHAPPY])
def test_what_the_portal_refuses_is_the_right_error(
    way: str, name: str, call: Call, kind: type[CallFailed]
) -> None:
    async def scenario(house: PortalHouse) -> None:
        with pytest.raises(CallFailed) as caught:
            await call(house)
        assert type(caught.value) is kind
        assert caught.value.outcome is Outcome.REFUSED
        assert caught.value.operation_id == name

    WAYS[way](scenario)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_there_is_told_by_every_operation_that_names_something(way: str) -> None:
    async def scenario(house: PortalHouse) -> None:
        forbid("not-it", "whatever-1", NUMBER)
        for name, kind in REFUSED.items():
            path, body = ARGUMENTS[name]
            with pytest.raises(CallFailed) as caught:
                await house.account.call(name, path, None, body)
            assert (type(caught.value), caught.value.outcome) == (kind, Outcome.REFUSED), name

    WAYS[way](scenario)


@pytest.mark.parametrize("way", WAYS)
def test_every_operation_that_needs_a_login_says_so_without_one(way: str) -> None:
    async def scenario(house: PortalHouse) -> None:
        stranger = await house.open()
        for row in PROTECTED:
            path, body = ARGUMENTS.get(row.operation_id, (None, None))
            with pytest.raises(SessionExpired):
                await stranger.call(row.operation_id, path, None, body)
        assert house.sandbox.counters.answered[401] == len(PROTECTED)

    WAYS[way](scenario)


def test_another_customers_things_are_as_unknown_as_none() -> None:
    async def scenario(house: PortalHouse) -> None:
        address = await house.account.insert_shipping_address(ADDRESS)
        order_id = house.truth()["orders"][0]["order"]["orderId"]
        other = await house.someone(1_000_002)
        for call in (
            other.get_shipping_address(address["id"] or 0),
            other.delete_shipping_address(address["id"] or 0),
            other.get_order(order_id),
            other.get_order_case(order_id),
            other.get_order_tracking(order_id),
        ):
            with pytest.raises(NotFound):
                await call

    WAYS["memory"](scenario)


FAULTS = ("500", "503-html", "html", "reset", "lost-answer", "truncate", "garbage", "late")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_write_without_an_answer_was_sent_once_and_a_read_is_repeated(fault: str) -> None:
    async def scenario(house: PortalHouse) -> None:
        client = await house.someone()
        house.sandbox.faults = {fault: 1.0}
        for row in PROTECTED:
            if row.retry is Retry.SAFE:
                continue
            before = house.sandbox.counters.requests
            path, body = ARGUMENTS.get(row.operation_id, (None, None))
            with pytest.raises(CallFailed) as caught:
                await client.call(row.operation_id, path, None, body)
            assert caught.value.outcome is Outcome.UNKNOWN or row.operation_id == "changePassword"
            assert house.sandbox.counters.requests - before == 1

    WAYS["memory"](scenario, client=ONCE)


def test_all_orders_are_read_through_bad_moments() -> None:
    faults = {"500": 0.1, "503-html": 0.05, "429": 0.05, "html": 0.05, "reset": 0.1, "lost-answer": 0.1}

    async def scenario(house: PortalHouse) -> None:
        client = await house.someone()
        truth = [held["order"] for held in house.truth()["orders"]]
        house.sandbox.faults = faults
        for _ in range(3):
            assert [order async for order in client.orders()] == truth
        assert sum(house.sandbox.counters.faults.values()) > 3

    patient = ClientSettings(requests_per_s=None, retry=RetryPolicy(attempts_max=20, total_s=3600))
    WAYS["memory"](scenario, client=patient)


def test_a_connection_that_breaks_anywhere_leaves_the_client_usable() -> None:
    async def scenario(house: PortalHouse) -> None:
        await house.account.login()
        seen = house.cut.seen_to_client
        for more in range(0, 400, 40):
            house.cut.after_to_client = house.cut.seen_to_client + more
            house.cut.heals = True
            with pytest.raises(ConnectionLost):
                await house.account.insert_wishlist_item({"itemId": "NO-ITEM"})
        house.cut.after_to_client = None
        assert await house.account.logged_in() is not None
        assert house.cut.seen_to_client > seen

    WAYS["memory"](scenario)


def test_credentials_are_of_the_portals_customers() -> None:
    async def scenario(house: PortalHouse) -> None:
        for oid in (1_000_001, 1_000_007):
            client = await house.open(credentials_of(house.sandbox, oid))
            assert (await client.get_settings())["customerProfileId"] == oid

    WAYS["memory"](scenario, portal(10))
