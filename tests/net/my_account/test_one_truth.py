"""Both APIs are about the same customers: what one changes the other answers, and the next sync fetches."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.net.my_account.account_scenarios import ADDRESS, CARD, NUMBER, PLACE
from tests.net.my_account.portal_house import OID, WAYS, PortalHouse, in_memory, portal
from tests.net.my_account.portal_watch import forbid
from ucsync import Secret
from ucsync.model import LoginRefused, NotFound, ScanKind, SessionExpired
from ucsync.net import MyAccount
from ucsync.sandbox.my_account import place
from ucsync.ultracart.my_account import Credentials

OTHER = 1_000_002


@pytest.mark.parametrize("way", WAYS)
def test_addresses_are_the_same_rows_in_both(way: str) -> None:
    async def scenario(house: PortalHouse) -> None:
        added = await house.account.insert_billing_address(ADDRESS)
        rows = (await house.ultracart.get_customer(OID, expand=["billing"]))["billing"] or []
        (row,) = (row for row in rows if row["customer_billing_oid"] == added["id"])
        found = row["first_name"], row["address1"], row["city"], row["state_region"], row["country_code"]
        assert found == ("Tilda", "7 Quarry Rise", "Ithaca", "NY", "US")
        row["city"] = "Utica"
        await house.ultracart.update_customer(OID, {"billing": rows})
        assert (await house.account.get_billing_address(added["id"] or 0))["city"] == "Utica"
        kept = [one for one in rows if one is not row]
        await house.ultracart.update_customer(OID, {"billing": kept})
        with pytest.raises(NotFound):
            await house.account.get_billing_address(added["id"] or 0)

    WAYS[way](scenario)


def test_cards_and_wishes_are_the_same_rows_in_both() -> None:
    async def scenario(house: PortalHouse) -> None:
        forbid(NUMBER, NUMBER.replace(" ", ""))
        card = await house.account.insert_credit_card(CARD)
        cards = (await house.ultracart.get_customer(OID, expand=["cards"]))["cards"] or []
        (row,) = (row for row in cards if row["customer_profile_credit_card_id"] == card["id"])
        assert (row["card_number"] or "").endswith("1111")
        assert (row["card_expiration_month"], row["card_expiration_year"]) == (4, 2031)
        item_id = house.truth()["orders"][0]["order"]["items"][0]["itemId"]
        wish = await house.account.insert_wishlist_item({"itemId": item_id, "priority": 4})
        twin = await house.ultracart.get_customer_wish_list_item(OID, wish["wishlistOid"] or 0)
        assert twin["priority"] == 4
        await house.ultracart.update_wish_list_item(OID, wish["wishlistOid"] or 0, {**twin, "comments": "L"})
        assert (await house.account.get_wishlist_item(wish["wishlistOid"] or 0))["comments"] == "L"
        await house.ultracart.delete_wish_list_item(OID, wish["wishlistOid"] or 0)
        with pytest.raises(NotFound):
            await house.account.get_wishlist_item(wish["wishlistOid"] or 0)

    in_memory(scenario)


def test_a_password_or_an_address_set_by_the_merchant_is_the_one_to_log_in_with() -> None:
    async def scenario(house: PortalHouse) -> None:
        new = Credentials("moved.customer@mail.example", Secret("set-By-The-Merchant.4"))
        forbid(new.email, new.password.reveal())
        wish = {"email": new.email, "password": new.password.reveal()}
        await house.ultracart.update_customer(OID, wish)  # type: ignore[arg-type]
        with pytest.raises(LoginRefused):
            await house.account.login()
        assert (await (await house.open(new)).get_settings())["email"] == new.email

    in_memory(scenario)


def test_who_is_deleted_is_logged_out_and_who_registers_is_a_customer() -> None:
    async def scenario(house: PortalHouse) -> None:
        forbid("tilda.farrowgate@mail.example", "tilda-Secret.1")
        await house.account.login()
        await house.ultracart.delete_customer(OID)
        assert await house.account.logged_in() is None
        with pytest.raises(LoginRefused):
            await house.account.get_settings()
        stranger = await house.open()
        wish = {**PLACE, "email": "tilda.farrowgate@mail.example", "password": "tilda-Secret.1"}
        detail = await stranger.register(wish)  # type: ignore[arg-type]
        found = await house.ultracart.get_customer_by_email("Tilda.Farrowgate@mail.example")
        assert found["customer_profile_oid"] == detail["customerProfileId"]
        with pytest.raises(SessionExpired):
            await stranger.get_settings()

    in_memory(scenario)


def test_an_order_placed_meanwhile_is_in_both_and_a_merge_brings_orders_along() -> None:
    async def scenario(house: PortalHouse) -> None:
        order_id = place(house.sandbox.portal.office, {"customer_profile_oid": OID})["placed"]
        newest = (await house.account.get_orders(page_size=1))[0]
        assert newest["orderId"] == order_id
        summary = (await house.ultracart.get_customer(OID, expand=["orders_summary"]))["orders_summary"]
        assert summary is not None
        assert summary["order_count"] == 26
        theirs = {held["order"]["orderId"] for held in house.truth(OTHER)["orders"]}
        await house.ultracart.merge_customer(OID, {"customer_profile_oid": OTHER})
        found = {order["orderId"] async for order in house.account.orders()}
        assert len(theirs) == 3
        assert found >= theirs
        assert len(found) == 29

    in_memory(scenario, portal(orders={OID: 25, OTHER: 3}))


def test_what_customers_change_is_fetched_by_the_next_incremental_sync(tmp_path: Path) -> None:
    async def scenario(house: PortalHouse) -> None:
        forbid("tilda.farrowgate@mail.example", "tilda-Secret.1", "changed-Password.9")
        shop = house.shop(tmp_path)
        assert (await shop.sync()).receipt.rows == 30
        changes: tuple[Callable[[MyAccount], Awaitable[object]], ...] = (
            lambda client: client.insert_shipping_address(ADDRESS),
            lambda client: client.insert_billing_address(ADDRESS),
            lambda client: client.update_settings({**PLACE, "taxId": "12-345"}),
            lambda client: client.insert_credit_card(CARD),
            lambda client: client.change_password(
                Secret(f"password-{OID + 4}"), Secret("changed-Password.9")
            ),
            lambda client: client.register(
                {"email": "tilda.farrowgate@mail.example", "password": "tilda-Secret.1"}
            ),
        )
        for number, change in enumerate(changes):
            await asyncio.sleep(3600)
            registers = number == len(changes) - 1
            await change(await house.open() if registers else await house.someone(OID + number))
            receipt = (await shop.sync()).receipt
            assert (receipt.kind, receipt.updated, receipt.inserted) == (
                ScanKind.INCREMENTAL, int(not registers), int(registers),
            ), number  # fmt: skip
            assert shop.disagreements() == []
        await asyncio.sleep(3600)
        await house.someone(OID + 7)
        assert (await shop.sync()).receipt.updated == 0
        await (await house.someone(OID + 9)).delete_settings()
        assert (await shop.sync(full=True)).receipt.deleted == 1
        assert shop.disagreements() == []

    in_memory(scenario)


@pytest.mark.parametrize("quirks", [(), ("children-touch",)])
def test_a_wish_counts_as_a_change_of_the_customer_only_where_the_server_says_so(
    tmp_path: Path, quirks: tuple[str, ...]
) -> None:
    async def scenario(house: PortalHouse) -> None:
        shop = house.shop(tmp_path)
        await shop.sync()
        await asyncio.sleep(3600)
        item_id = house.truth()["orders"][0]["order"]["items"][0]["itemId"]
        await house.account.insert_wishlist_item({"itemId": item_id})
        assert (await shop.sync()).receipt.updated == len(quirks)
        assert shop.disagreements() == []

    in_memory(scenario, portal(quirks=frozenset(quirks)))
