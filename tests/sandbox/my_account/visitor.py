"""A customer's browser without HTTP: speaks to one Portal, and to the merchant's side of it."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.sandbox.driver import StandingClock
from ucsync.sandbox.clock import ServerClock
from ucsync.sandbox.merchant import Merchant
from ucsync.sandbox.my_account import Portal, PortalReply
from ucsync.sandbox.settings import SandboxSettings
from ucsync.ultracart.operations import OPERATIONS

FIRST: Final = 1_000_001
MERCHANT: Final = "DEMO"
JSON: Final = {"Content-Type": "application/json; charset=UTF-8"}
ADDRESS: Final = {
    "firstName": "Ann",
    "lastName": "Okoro",
    "address1": "1 High Street",
    "city": "Ulm",
    "state": "Baden",
    "postalCode": "89073",
    "country": "Germany",
}


class Shopfront:
    """A merchant, its portal, and the clock of both."""

    def __init__(self, *quirks: str, **settings: Any) -> None:
        self.clock = ServerClock(StandingClock())
        made = SandboxSettings(**{"customers": 60, "quirks": frozenset(quirks), **settings})
        self.merchant = Merchant(made, self.clock)
        self.portal = Portal(self.merchant.shop)

    def visitor(self, oid: int | None = None) -> "Visitor":
        """Somebody with a browser; logged in where an oid is given."""
        visitor = Visitor(self)
        if oid is not None:
            assert visitor.log_in(oid).status == 200
        return visitor

    def customer(self, oid: int) -> dict[str, Any]:
        """As `/rest/v2` has it, with every part."""
        truth = self.merchant.truth(oid)
        assert truth is not None
        return truth

    def merchant_asks(self, operation_id: str, oid: int, body: object = None, **path: object) -> Any:
        """A request to `/rest/v2` that must succeed, and its document."""
        texts = {"customer_profile_oid": str(oid), **{name: str(held) for name, held in path.items()}}
        reply = self.merchant.perform(OPERATIONS[operation_id], texts, [], "", body, {})
        assert reply.status in (200, 204), reply.document
        return reply.document

    def mail(self, kind: str) -> list[dict[str, str]]:
        return [mail for mail in self.portal.office.outbox.document() if mail["kind"] == kind]


class Visitor:
    """Keeps the headers that a client keeps."""

    def __init__(self, shop: Shopfront) -> None:
        self.shop = shop
        self.headers: dict[str, str] = {"X-UC-Merchant-Id": MERCHANT}
        self.email = ""

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
    ) -> PortalReply:
        """One request; `headers` replace the kept ones but for the type of the body."""
        sent = b"" if body is None else json.dumps(body).encode()
        kept = self.headers if headers is None else headers
        return self.shop.portal.answer(
            method,
            f"/rest/myaccount{path}",
            query,
            {**JSON, **kept},
            cookies or {},
            sent if raw is None else raw,
        )

    def log_in(self, oid: int, password: str | None = None) -> PortalReply:
        """By POST; keeps the cart."""
        self.email = self.shop.merchant.shop.store.email(oid)
        reply = self.ask("POST", "/login", self.credentials(password or f"password-{oid}"))
        if cookies_of(reply):
            self.headers["X-UC-Shopping-Cart-Id"] = cart_in(reply)
        return reply

    def credentials(self, password: str) -> dict[str, str]:
        return {"merchantId": MERCHANT, "email": self.email, "password": password}

    def status(self, method: str, path: str, body: object = None, **further: Any) -> int:
        return self.ask(method, path, body, **further).status

    def get(self, path: str, **further: Any) -> Any:
        """The document of a GET that must succeed."""
        reply = self.ask("GET", path, **further)
        assert reply.status == 200, reply.content
        return document(reply)

    def send(self, method: str, path: str, body: object) -> Any:
        """The document of a write that must succeed."""
        reply = self.ask(method, path, body)
        assert reply.status == 200, reply.content
        return document(reply)

    def complaint(self, method: str, path: str, body: object, **further: Any) -> str:
        """What a request is told that must be refused with 400."""
        reply = self.ask(method, path, body, **further)
        assert reply.status == 400, (reply.status, reply.content)
        told: str = document(reply)["error"]
        assert dict(reply.headers)["UC-REST-ERROR"] == told
        return told


def document(reply: PortalReply) -> Any:
    assert reply.content is not None
    return json.loads(reply.content)


def cookies_of(reply: PortalReply) -> dict[str, str]:
    """Name and value of what is set."""
    set_here = [
        value.partition(";")[0].partition("=") for name, value in reply.headers if name == "Set-Cookie"
    ]
    return {name: value for name, _, value in set_here}


def cart_in(reply: PortalReply) -> str:
    """The cart id among the cookies, however its name is spelt."""
    return next(value for name, value in cookies_of(reply).items() if "ShoppingCart" in name)
