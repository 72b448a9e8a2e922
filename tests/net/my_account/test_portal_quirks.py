"""Whichever way the portal takes where the vendor's sources are silent or contradict each other: the client
reads everything, writes what it is asked to, and says honestly what it could not."""

import pytest

from tests.net.my_account.account_scenarios import ADDRESS, CARD, NUMBER, PLACE
from tests.net.my_account.portal_house import PortalHouse, in_memory, portal
from tests.net.my_account.portal_watch import forbid
from ucsync import Secret
from ucsync.model import BadRequest, InvalidRequest, NotFound
from ucsync.model.errors import Refused
from ucsync.sandbox.quirks import ACCOUNT_QUIRKS
from ucsync.ultracart.my_account import Credentials

ONE_BY_ONE = [pytest.param({name}, id=name) for name in sorted(ACCOUNT_QUIRKS)]
EVERY = pytest.param({name for name in ACCOUNT_QUIRKS if name != "account-last6months"}, id="all-at-once")


@pytest.mark.parametrize("quirks", [*ONE_BY_ONE, EVERY])
def test_everything_is_read(quirks: set[str]) -> None:
    async def scenario(house: PortalHouse) -> None:
        client, truth = house.account, house.truth()
        wanted = [held["order"]["orderId"] for held in truth["orders"]]
        found = [order["orderId"] async for order in client.orders()]
        if quirks == {"account-last6months"}:
            assert found == wanted[: len(found)]
            years = [order["orderId"] for year in range(2010, 2030)
                     async for order in client.orders(filter_time=f"year-{year}")]  # fmt: skip
            assert (len(years), set(years)) == (len(wanted), set(wanted))
        else:
            assert found == wanted
        for held in truth["orders"][:5]:
            order_id = held["order"]["orderId"]
            assert (await client.get_order(order_id))["orderId"] == order_id
            case = await client.get_order_case(order_id)
            assert (case or {}).get("caseOid") == held["case"].get("caseOid")
            assert len(await client.get_order_tracking(order_id)) == len(held["tracking"])
        assert len([item async for item in client.reviews()]) == len(truth["reviews"])
        assert len([item async for item in client.not_reviewed_yet()]) == len(truth["notReviewedYet"])
        assert len([wish async for wish in client.wishlist()]) == len(truth["wishlist"])
        assert len(await client.get_billing_addresses()) == len(truth["billingAddresses"])
        assert (await client.get_settings())["email"] == house.email()
        told = await client.call("getSettings")
        assert bool(told.odd) == ("account-id-is-text" in quirks)

    in_memory(scenario, portal(quirks=frozenset(quirks)))


@pytest.mark.parametrize("quirks", [*ONE_BY_ONE, EVERY])
def test_what_is_written_is_there(quirks: set[str]) -> None:
    async def scenario(house: PortalHouse) -> None:
        forbid(NUMBER)
        client = house.account
        address = await client.insert_shipping_address(ADDRESS)
        number = int(address["id"] or 0)
        await client.update_shipping_address(number, {**ADDRESS, "city": "Utica"})
        assert (await client.get_shipping_address(number))["city"] == "Utica"
        card = await client.insert_credit_card(CARD)
        await client.delete_credit_card(int(card["id"] or 0))
        item_id = house.truth()["orders"][0]["order"]["items"][0]["itemId"]
        wish = await client.insert_wishlist_item({"itemId": item_id})
        await client.update_wishlist_item(wish["wishlistOid"] or 0, {"priority": 2})
        assert (await client.get_wishlist_item(wish["wishlistOid"] or 0))["priority"] == 2
        order_id = next(held["order"]["orderId"] for held in house.truth()["orders"] if not held["case"])
        await client.insert_order_case(order_id, {"subject": "Where?", "messages": [{"message": "one"}]})
        await client.insert_order_case_message(order_id, {"message": "two"})
        messages = await client.get_order_case_messages(order_id)
        assert [one["message"] for one in messages] == ["one", "two"]
        assert (await client.update_settings({**PLACE}))["firstName"] == "Tilda"
        await client.logout()

    in_memory(scenario, portal(quirks=frozenset(quirks)))


@pytest.mark.parametrize("quirks", [set(), {"account-cut"}, {"account-lines-50"}])
def test_a_line_of_the_address_is_never_cut_without_a_word(quirks: set[str]) -> None:
    async def scenario(house: PortalHouse) -> None:
        kept = await house.account.insert_shipping_address({**ADDRESS, "address1": "x" * 32})
        assert kept["address1"] == "x" * 32
        with pytest.raises(InvalidRequest, match=r"address\.address1: longer than 32"):
            await house.account.insert_shipping_address({**ADDRESS, "address1": "x" * 33})

    in_memory(scenario, portal(quirks=frozenset(quirks)))


def test_refusals_differ_and_are_refusals() -> None:
    async def unknown(house: PortalHouse) -> None:
        with pytest.raises(NotFound):
            await house.account.forgot_password("nobody-of-ours@mail.example")

    async def read_only(house: PortalHouse) -> None:
        item_id = house.truth()["orders"][0]["order"]["items"][0]["itemId"]
        form = await house.account.get_review(item_id)
        ratings = [{**rating, "score": 4} for rating in form["ratings"] or ()]
        with pytest.raises(Refused) as caught:
            await house.account.update_review(item_id, {
                "ratings": ratings,  # type: ignore[typeddict-item]  # rows as they came
                "recommendToFriend": True, "title": "t", "review": "r", "nickname": "tilda",
                "agreeToTermsAndConditions": True,
            })  # fmt: skip
        assert caught.value.status == 405

    async def words(house: PortalHouse) -> None:
        await house.account.insert_shipping_address(ADDRESS)
        with pytest.raises(BadRequest, match="already exists"):
            await house.account.insert_shipping_address(ADDRESS)

    async def message_only(house: PortalHouse) -> None:
        stranger, own = await house.open(), Credentials("tilda@mail.example", Secret("tilda-Secret.1"))
        forbid(own.email, own.password.reveal())
        told = await stranger.register({"email": own.email, "password": own.password.reveal()})
        assert set(told) == {"message"}

    in_memory(unknown, portal(quirks=frozenset({"account-forgot-unknown-404"})))
    in_memory(read_only, portal(quirks=frozenset({"account-review-read-only"})))
    in_memory(words, portal(quirks=frozenset({"account-error-text"})))
    in_memory(message_only, portal(quirks=frozenset({"account-register-message-only"})))
