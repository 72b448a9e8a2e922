"""Sessions at a portal that keeps them as the vendor says: carts, half an hour, one login for all."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.house import ONCE
from tests.net.my_account.portal_house import OID, WAYS, PortalHouse, credentials_of, in_memory, portal
from tests.net.my_account.portal_watch import forbid
from ucsync import ClientSettings, Secret
from ucsync.model import ConnectionLost, LoginRefused, Outcome, SessionExpired, Unauthorised
from ucsync.model.errors import CallFailed
from ucsync.net import AccountTransport
from ucsync.sandbox import Sandbox
from ucsync.ultracart import RawAnswer
from ucsync.ultracart.my_account import AccountRequest, Credentials, Session

HALF_AN_HOUR_S = 30 * 60


@dataclass
class Wire:
    """Notes what is sent; each fault that is laid down for an operation befalls it once, in order."""

    inner: AccountTransport
    sandbox: Sandbox
    faults: dict[str, list[str]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)

    async def send(self, request: AccountRequest) -> RawAnswer:
        name = request.operation.operation_id
        self.sent.append(name)
        waiting = self.faults.get(name)
        self.sandbox.faults = {waiting.pop(0): 1.0} if waiting else {}
        try:
            return await self.inner.send(request)
        finally:
            self.sandbox.faults = {}

    async def close(self) -> None:
        await self.inner.close()


def wired(house: PortalHouse, wires: list[Wire], **faults: list[str]) -> Callable[[AccountTransport], Wire]:
    """What makes a client's wire, and puts it into `wires`."""

    def around(inner: AccountTransport) -> Wire:
        wires.append(Wire(inner, house.sandbox, faults))
        return wires[-1]

    return around


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("in_flight_max", [1, 20])
def test_twenty_tasks_of_a_session_that_ran_out_share_one_login(way: str, in_flight_max: int) -> None:
    async def scenario(house: PortalHouse) -> None:
        wires: list[Wire] = []
        settings = ClientSettings(requests_per_s=None, in_flight_max=in_flight_max)
        client = await house.open(credentials_of(house.sandbox), None, settings, wired(house, wires))
        await client.login()
        cart = client.session.cart_id
        house.sandbox.clock.move(HALF_AN_HOUR_S + 60)
        found = await asyncio.gather(*(client.get_settings() for _ in range(20)))
        assert {one["customerProfileId"] for one in found} == {OID}
        assert wires[0].sent.count("login") == 2
        refused = house.sandbox.counters.answered[401]
        assert refused == 1 if in_flight_max == 1 else 1 <= refused <= 20
        assert len(wires[0].sent) == 2 + 20 + refused
        assert client.session.cart_id == cart

    WAYS[way](scenario)


def test_a_session_that_is_used_does_not_run_out() -> None:
    async def scenario(house: PortalHouse) -> None:
        await house.account.login()
        for _ in range(3):
            house.sandbox.clock.move(HALF_AN_HOUR_S - 60)
            await house.account.get_settings()
        assert house.account.requests_sent == 4
        house.sandbox.clock.move(HALF_AN_HOUR_S + 60)
        await house.account.get_settings()
        assert house.account.requests_sent == 7

    in_memory(scenario)


@pytest.mark.parametrize("way", WAYS)
def test_without_a_password_a_session_that_ran_out_is_the_end(way: str) -> None:
    async def scenario(house: PortalHouse) -> None:
        await house.account.login()
        other = await house.open(session=house.account.session)
        assert (await other.get_settings())["customerProfileId"] == OID
        house.sandbox.clock.move(HALF_AN_HOUR_S + 60)
        with pytest.raises(SessionExpired) as caught:
            await other.get_settings()
        assert caught.value.exit_code == 77
        assert caught.value.mend == SessionExpired.mend
        assert other.requests_sent == 2

    WAYS[way](scenario)


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_password_costs_one_request_however_many_ask(way: str) -> None:
    async def scenario(house: PortalHouse) -> None:
        forbid("Not-The-Password.1")
        wires: list[Wire] = []
        wrong = Credentials(house.email(), Secret("Not-The-Password.1"))
        client = await house.open(wrong, around=wired(house, wires))
        for _ in range(3):
            ends = await asyncio.gather(*(client.login() for _ in range(5)), return_exceptions=True)
            assert {type(end) for end in ends} == {LoginRefused}
        with pytest.raises(LoginRefused):
            await client.get_settings()
        assert wires[0].sent == ["login", "getSettings"]

    WAYS[way](scenario)


def test_a_password_changed_elsewhere_ends_the_next_login_and_is_not_tried_twice() -> None:
    async def scenario(house: PortalHouse) -> None:
        client, new = house.account, Secret("changed-Elsewhere.2")
        forbid(new.reveal())
        await client.login()
        await (await house.someone()).change_password(Secret(f"password-{OID}"), new)
        await client.get_settings()
        house.sandbox.clock.move(HALF_AN_HOUR_S + 60)
        for status in (401, None):
            with pytest.raises(LoginRefused) as caught:
                await client.get_settings()
            assert caught.value.status == status
        await client.login(Credentials(house.email(), new))
        await client.get_settings()

    in_memory(scenario)


def test_the_new_password_is_the_one_for_the_next_login() -> None:
    async def scenario(house: PortalHouse) -> None:
        old, new = Secret(f"password-{OID}"), Secret("changed-Here.3")
        forbid(new.reveal(), "not-it-at-all")
        with pytest.raises(Unauthorised) as caught:
            await house.account.change_password(Secret("not-it-at-all"), new)
        assert type(caught.value) is Unauthorised
        await house.account.change_password(old, new)
        house.sandbox.clock.move(HALF_AN_HOUR_S + 60)
        await house.account.get_settings()

    in_memory(scenario)


def test_two_clients_of_one_session_are_one_customer_and_log_out_together() -> None:
    async def scenario(house: PortalHouse) -> None:
        first = house.account
        await first.login()
        second = await house.open(credentials_of(house.sandbox), first.session)
        await second.get_settings()
        assert second.requests_sent == 1
        house.sandbox.clock.move(HALF_AN_HOUR_S + 60)
        await first.get_settings()
        await second.get_settings()
        assert second.requests_sent == 2
        assert second.session == first.session
        await first.logout()
        with pytest.raises(SessionExpired, match="logged out"):
            await first.get_settings()
        await second.get_settings()
        assert second.requests_sent == 5

    in_memory(scenario)


@pytest.mark.parametrize("fault", ["lost-answer", "reset", "500", "truncate", "garbage", "stall"])
def test_a_login_without_an_answer_is_sent_once_and_the_next_call_finds_its_way(fault: str) -> None:
    async def scenario(house: PortalHouse) -> None:
        wires: list[Wire] = []
        around = wired(house, wires, login=[fault])
        client = await house.open(credentials_of(house.sandbox), around=around)
        with pytest.raises(CallFailed) as caught:
            await client.get_settings()
        assert (caught.value.operation_id, caught.value.outcome) == ("login", Outcome.UNKNOWN)
        assert wires[0].sent == ["getSettings", "login"]
        assert (await client.get_settings())["customerProfileId"] == OID
        assert wires[0].sent.count("login") == 2

    in_memory(scenario)


def test_a_login_whose_answer_was_lost_on_a_cart_that_is_known_needs_no_other() -> None:
    async def scenario(house: PortalHouse) -> None:
        wires: list[Wire] = []
        around = wired(house, wires, login=["", "lost-answer"])
        client = await house.open(credentials_of(house.sandbox), around=around)
        await client.login()
        house.sandbox.clock.move(HALF_AN_HOUR_S + 60)
        with pytest.raises(ConnectionLost):
            await client.get_settings()
        await client.get_settings()
        assert wires[0].sent == ["login", "getSettings", "login", "getSettings"]

    in_memory(scenario)


def test_a_session_that_runs_out_between_two_pages_does_not_end_the_list() -> None:
    async def scenario(house: PortalHouse) -> None:
        found = []
        async for order in house.account.orders():
            found.append(order)
            if len(found) % 10 == 0:
                house.sandbox.clock.move(HALF_AN_HOUR_S + 60)
        assert found == [held["order"] for held in house.truth()["orders"]]

    in_memory(scenario)


@pytest.mark.parametrize("quirks", [{"account-cookies-Id"}, {"account-no-echo"}, {"account-logout-cart"},
                                    {"account-cookies-Id", "account-no-echo", "account-error-text"}],
                         ids=lambda quirks: "+".join(sorted(quirks)))  # fmt: skip
def test_sessions_are_kept_however_the_portal_names_them(quirks: set[str]) -> None:
    async def scenario(house: PortalHouse) -> None:
        for _ in range(2):
            await house.account.login()
            await house.account.get_settings()
            house.sandbox.clock.move(HALF_AN_HOUR_S + 60)
            await house.account.get_settings()
            await house.account.logout()
            with pytest.raises(SessionExpired):
                await house.account.get_settings()
        wrong = await house.open(Credentials(house.email(), Secret("no")))
        with pytest.raises(LoginRefused):
            await wrong.login()

    in_memory(scenario, portal(quirks=frozenset(quirks)))


def test_a_cart_that_the_portal_has_forgotten_is_replaced() -> None:
    async def scenario(house: PortalHouse) -> None:
        stale = Session("DEMO", Secret("0123456789ABCDEF0123456789ABCDEF"))
        client = await house.open(credentials_of(house.sandbox), stale)
        await client.get_settings()
        assert client.session.cart_id not in (None, stale.cart_id)

    in_memory(scenario)


def test_a_deleted_account_cannot_log_in_again() -> None:
    async def scenario(house: PortalHouse) -> None:
        await house.account.delete_settings()
        with pytest.raises(SessionExpired, match="logged out"):
            await house.account.get_settings()
        with pytest.raises(LoginRefused):
            await house.account.login()

    in_memory(scenario, client=ONCE)
