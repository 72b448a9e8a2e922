"""An export out of the sandbox's portal, which may do what no source rules out."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.flow.account.bureau import desk_of
from tests.flow.account.reading import everything, received, rows
from tests.flow.account.truths import differences, plain
from tests.net.my_account.portal_house import OID, PortalHouse, credentials_of, in_memory, portal
from ucsync.flow.account_export import Desk, export_account
from ucsync.model.accounts import AccountExport
from ucsync.sandbox.my_account.placing import place_order
from ucsync.ultracart.my_account import AccountAnswer
from ucsync.ultracart.my_account.models import Case, CaseMessage

CARD = "4012888888881881"


Meanwhile = Callable[[int], Awaitable[None]]


async def _nothing(_: int) -> None:
    """Nothing."""


class Reading:
    """A client that is looked at, and after each of whose answers something may happen."""

    def __init__(self, inner: Any, meanwhile: Meanwhile = _nothing) -> None:
        self._inner = inner
        self._meanwhile = meanwhile
        self.bodies: list[bytes] = []

    @property
    def requests_sent(self) -> int:
        return len(self.bodies)

    async def call(
        self, operation_id: str, path: dict[str, object] | None = None, query: dict[str, object] | None = None
    ) -> AccountAnswer:
        answer: AccountAnswer = await self._inner.call(operation_id, path, query)
        self.bodies.append(answer.raw)
        await self._meanwhile(len(self.bodies))
        return answer


def desk_in(house: PortalHouse, folder: Path, reader: Any = None) -> Desk:
    """In the house's time."""
    credentials = credentials_of(house.sandbox)
    desk = desk_of(reader or Reading(house.account), folder, credentials=credentials)
    return replace(desk, clock=house.clock)


@pytest.mark.parametrize("orders", [0, 1, 10, 25])
def test_everything_that_the_portal_has_is_in_the_archive(tmp_path: Path, orders: int) -> None:
    async def scenario(house: PortalHouse) -> list[str]:
        await house.account.insert_credit_card(
            {"cardType": "VISA", "cardExpMonth": 4, "cardExpYear": 2031, "cardNumber": CARD}
        )
        await house.account.insert_wishlist_item({"itemId": (await item_of(house)), "comments": "blue"})
        told = await export_account(desk_in(house, tmp_path))
        assert (told.exit_code, told.customer_profile_oid, told.masked) == (0, OID, 0)
        return differences(tmp_path / "out", house.truth(), OID)

    assert in_memory(scenario, portal(orders={OID: orders})) == []
    assert len(rows(tmp_path / "out", "orders")) == orders
    assert len(rows(tmp_path / "out", "wishlist")) >= 1
    assert CARD.encode() not in everything(tmp_path / "out")


async def item_of(house: PortalHouse) -> str:
    """An item of the catalogue."""
    someone = next(oid for oid in house.sandbox.merchant.oids() if house.truth(oid)["notReviewedYet"])
    found: str = house.truth(someone)["notReviewedYet"][0]["itemId"]
    return found


def test_orders_placed_while_pages_turn_are_there(tmp_path: Path) -> None:
    placed: list[str] = []

    async def scenario(house: PortalHouse) -> AccountExport:
        async def buy(answers: int) -> None:
            if answers in (6, 8):
                placed.append(place_order(house.sandbox.portal.office, OID))

        told = await export_account(desk_in(house, tmp_path, Reading(house.account, buy)))
        assert differences(tmp_path / "out", house.truth(), OID) == []
        return told

    told = in_memory(scenario, portal(orders={OID: 45}))
    assert told.exit_code == 0
    assert {row["orderId"] for row in rows(tmp_path / "out", "orders")} >= set(placed)
    assert len(placed) == 2


def test_a_shop_that_never_rests_is_not_proven_and_the_exit_code_says_so(tmp_path: Path) -> None:
    async def scenario(house: PortalHouse) -> AccountExport:
        async def buy(_: int) -> None:
            place_order(house.sandbox.portal.office, OID)

        return await export_account(desk_in(house, tmp_path, Reading(house.account, buy)))

    told = in_memory(scenario, portal(orders={OID: 45}))
    assert told.exit_code == 3
    assert [one.name for one in told.lists if not one.proven] == ["getOrders"]


def test_a_session_that_ends_in_between_is_renewed(tmp_path: Path) -> None:
    async def scenario(house: PortalHouse) -> AccountExport:
        async def idle(answers: int) -> None:
            if answers == 8:
                await house.clock.sleep(3600)

        told = await export_account(desk_in(house, tmp_path, Reading(house.account, idle)))
        assert differences(tmp_path / "out", house.truth(), OID) == []
        return told

    assert in_memory(scenario).exit_code == 0


@pytest.mark.parametrize(
    "quirk",
    ["account-light-orders", "account-order-case-empty", "account-last6months", "account-cookies-Id",
     "account-no-echo", "account-page-size-400", "account-error-text"],
)  # fmt: skip
def test_what_no_source_settles_makes_no_difference(tmp_path: Path, quirk: str) -> None:
    async def scenario(house: PortalHouse) -> tuple[AccountExport, list[str]]:
        told = await export_account(desk_in(house, tmp_path))
        return told, [
            one
            for one in differences(tmp_path / "out", house.truth(), OID)
            if "getOrder" not in one and not one.endswith(".trackingNumbers")
        ]

    told, different = in_memory(scenario, portal(quirks=frozenset({quirk})))
    assert (told.exit_code, different) == (0, [])


def test_instants_without_an_offset_are_new_yorks(tmp_path: Path) -> None:
    async def scenario(house: PortalHouse) -> Any:
        await export_account(desk_in(house, tmp_path))
        return plain(house.truth())

    truth = in_memory(scenario, portal(quirks=frozenset({"account-dates-zoneless"})))
    found = [(row["orderId"], row["creationDate"].isoformat()) for row in rows(tmp_path / "out", "orders")]
    (tmp_path / "b").mkdir()

    async def again(house: PortalHouse) -> None:
        await export_account(desk_in(house, tmp_path / "b"))

    in_memory(again)
    expected = [
        (row["orderId"], row["creationDate"].isoformat()) for row in rows(tmp_path / "b" / "out", "orders")
    ]
    assert found == expected
    assert len(found) == len(truth["orders"]) > 20


def test_lists_without_counts_are_whole_and_not_proven(tmp_path: Path) -> None:
    async def scenario(house: PortalHouse) -> tuple[AccountExport, list[str]]:
        told = await export_account(desk_in(house, tmp_path))
        return told, differences(tmp_path / "out", house.truth(), OID)

    told, different = in_memory(scenario, portal(quirks=frozenset({"account-no-paging-headers"})))
    assert (told.exit_code, different) == (3, [])
    assert {one.reason for one in told.lists if not one.proven} == {
        "the server does not say how many there are"
    }


def test_what_a_server_forgets_to_mask_is_masked_here(tmp_path: Path) -> None:
    async def scenario(house: PortalHouse) -> list[bytes]:
        await house.account.insert_credit_card(
            {"cardType": "VISA", "cardExpMonth": 4, "cardExpYear": 2031, "cardNumber": CARD}
        )
        order_id = house.truth()["orders"][0]["order"]["orderId"]
        message = CaseMessage(message=f"Take 5500 0000 0000 0004, it is password-{OID}")
        case = Case(subject="Charge", messages=[message])
        if not house.truth()["orders"][0]["case"]:
            await house.account.insert_order_case(order_id, case)
        reader = Reading(house.account)
        await export_account(desk_in(house, tmp_path, reader))
        return reader.bodies

    bodies = in_memory(scenario, portal(quirks=frozenset({"account-unmasked"})))
    whole = set(re.findall(rb'"cardNumber":"(\d{13,19})"', b"".join(bodies)))
    assert CARD.encode() in whole
    assert f"password-{OID}".encode() in b"".join(bodies)
    held = everything(tmp_path / "out")
    assert [number for number in (*whole, f"password-{OID}".encode()) if number in held] == []
    assert b"5500000000000004" not in re.sub(rb"[^0-9A-Za-z]", b"", held)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_bytes())
    assert manifest["masked"]["getSettings.password"] == 1
    assert manifest["masked"]["getCreditCards[].cardNumber"] >= 1
    (settings,) = received(tmp_path / "out", "getSettings")
    assert settings["body"]["password"] == "********"
