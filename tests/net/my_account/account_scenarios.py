"""What a customer does with session, account, addresses and cards; each scenario runs in either way."""

import pytest

from tests.net.my_account.portal_house import MERCHANT, OID, PortalHouse
from tests.net.my_account.portal_watch import forbid
from ucsync import Secret
from ucsync.model import LoginRefused, NotFound
from ucsync.ultracart.my_account import Credentials
from ucsync.ultracart.my_account import models as m

ADDRESS: m.Address = {
    "firstName": "Tilda", "lastName": "Farrowgate", "company": "Farrowgate & Daughters", "title": "Dr.",
    "address1": "7 Quarry Rise", "address2": "Back door", "city": "Ithaca", "state": "NY",
    "postalCode": "14850", "country": "United States", "dayPhone": "607-555-0101", "eveningPhone": "",
}  # fmt: skip
#: A number that passes the check of its digits, of nobody's card.
NUMBER = "4111 1111 1111 1111"
CARD: m.CreditCard = {
    "cardType": "VISA", "cardExpMonth": 4, "cardExpYear": 2031, "cardNumber": NUMBER,
}  # fmt: skip
PLACE: m.MyAccountDetail = {
    "firstName": "Tilda", "lastName": "Farrowgate", "address1": "7 Quarry Rise", "city": "Ithaca",
    "state": "NY", "postalCode": "14850", "country": "United States",
}  # fmt: skip


async def logs_in_and_out(house: PortalHouse) -> None:
    client = house.account
    assert await client.logged_in() is None
    detail = await client.login()
    assert (detail["customerProfileId"], detail["merchantId"]) == (OID, MERCHANT)
    assert set(detail["password"] or "") == {"*"}
    assert await client.logged_in() == detail
    cart = client.session.cart_id
    await client.logout()
    assert await client.logged_in() is None
    assert await client.login_by_query() == detail
    await client.logout_by_query()
    assert await client.logged_in() is None
    assert client.session.cart_id == cart


async def changes_the_password(house: PortalHouse) -> None:
    old, new = Secret(f"password-{OID}"), Secret("changed-Password.9")
    forbid(new.reveal())
    await house.account.change_password(old, new)
    await house.account.logout()
    assert (await house.account.login())["customerProfileId"] == OID
    other = await house.open(Credentials(house.email(), old))
    with pytest.raises(LoginRefused):
        await other.login()


async def forgets_the_password(house: PortalHouse) -> None:
    stranger = await house.open()
    told = await stranger.forgot_password(house.email())
    assert told == await stranger.forgot_password("nobody-of-ours@mail.example")
    assert told
    with pytest.raises(LoginRefused):
        await house.account.login()
    (mail,) = house.mail("new-password")
    forbid(mail["password"])
    await stranger.login(Credentials(house.email(), Secret(mail["password"])))


async def changes_the_account(house: PortalHouse) -> None:
    before = await house.account.get_settings()
    changed = await house.account.update_settings({**before, **PLACE, "taxId": "12-345", "fax": None})
    assert changed == {**before, **PLACE, "taxId": "12-345", "fax": None}
    assert await house.account.get_settings() == changed
    assert house.truth()["account"] == changed


async def registers(house: PortalHouse) -> None:
    stranger, own = await house.open(), Credentials("tilda.farrowgate@mail.example", Secret("tilda-Secret.1"))
    forbid(own.email, own.password.reveal())
    wish: m.MyAccountDetail = {**PLACE, "email": own.email, "password": own.password.reveal()}
    detail = await stranger.register(wish)
    assert detail["firstName"] == "Tilda"
    with pytest.raises(LoginRefused):
        await stranger.login(own)
    (mail,) = house.mail("validation")
    house.follow(mail["token"])
    newcomer = await house.open(own)
    assert (await newcomer.get_settings())["customerProfileId"] == detail["customerProfileId"]


async def deletes_the_account(house: PortalHouse) -> None:
    await house.account.delete_settings()
    assert await house.account.logged_in() is None
    with pytest.raises(NotFound):
        await house.ultracart.get_customer(OID)


async def keeps_shipping_addresses(house: PortalHouse) -> None:
    client = house.account
    before = await client.get_shipping_addresses()
    added = await client.insert_shipping_address(ADDRESS)
    number = added["id"] or 0
    # an empty text is none: which of the two the server answers is its own choice
    assert {**added, "eveningPhone": ""} == {**ADDRESS, "id": number}
    assert await client.get_shipping_address(number) == added
    changed = await client.update_shipping_address(number, {**added, "city": "Utica"})
    assert changed == {**added, "city": "Utica"}
    assert await client.get_shipping_addresses() == [*before, changed]
    assert house.truth()["shippingAddresses"] == [*before, changed]
    await client.delete_shipping_address(number)
    assert await client.get_shipping_addresses() == before


async def keeps_billing_addresses(house: PortalHouse) -> None:
    client = house.account
    before = await client.get_billing_addresses()
    added = await client.insert_billing_address({**ADDRESS, "id": 0})
    number = added["id"] or 0
    assert await client.get_billing_address(number) == added
    changed = await client.update_billing_address(number, {**added, "city": "Utica"})
    assert await client.get_billing_addresses() == [*before, changed]
    assert house.truth()["billingAddresses"] == [*before, changed]
    await client.delete_billing_address(number)
    assert await client.get_billing_addresses() == before


async def keeps_cards(house: PortalHouse) -> None:
    forbid(NUMBER, NUMBER.replace(" ", ""))
    client = house.account
    before = await client.get_credit_cards()
    added = await client.insert_credit_card({**CARD, "id": -1, "customerProfileId": "-1"})
    number = added["id"] or 0
    assert (added["cardNumber"] or "").endswith("1111")
    assert "4111" not in str(added)
    assert await client.get_credit_card(number) == added
    changed = await client.update_credit_card(number, {**added, "cardExpYear": 2033})
    assert changed == {**added, "cardExpYear": 2033, **used(changed)}
    assert await client.get_credit_cards() == [*before, changed]
    token = await client.insert_credit_card(
        {**CARD, "cardNumber": None, "creditCardNumberToken": "tok-5551234"}
    )
    for card in (added, token):
        await client.delete_credit_card(card["id"] or 0)
    assert await client.get_credit_cards() == before


def used(card: m.CreditCard) -> m.CreditCard:
    """When the server thinks that it was used last."""
    return {
        "lastUsedDate": card.get("lastUsedDate"), "lastUsedDateFormatted": card.get("lastUsedDateFormatted"),
    }  # fmt: skip
