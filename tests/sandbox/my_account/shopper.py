"""A logged-in customer of the portal, without HTTP, beside the same merchant's REST v2."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from tests.sandbox.driver import Driver
from ucsync.sandbox.my_account.placing import place_order
from ucsync.sandbox.my_account.portal import Portal
from ucsync.sandbox.people import Population
from ucsync.sandbox.settings import SandboxSettings
from ucsync.ultracart.codec import decode_json, encode_json
from ucsync.ultracart.my_account.operations import ACCOUNT_OPERATIONS

FIRST = Population.FIRST_OID
MANY = 57  # orders of the customer that the tests mostly look at


class Shopper:
    """Speaks to one portal in the words of its table of operations.

    `headers` are those of the last answer.
    """

    def __init__(self, *quirks: str, oid: int = FIRST, **settings: Any) -> None:
        settings = {"customers": 60, "orders": {FIRST: MANY}, "quirks": frozenset(quirks), **settings}
        self.driver = Driver(SandboxSettings(**settings))
        self.shop = self.driver.merchant.shop
        self.portal = Portal(self.shop)
        self.headers: dict[str, str] = {}
        self.cart = ""
        self.log_in(oid)

    def log_in(self, oid: int) -> None:
        """From now on another customer asks."""
        self.oid, self.cart = oid, ""
        email, password = self.shop.store.email(oid), self.shop.store.password(oid)
        self.ask("login", body={"merchantId": "DEMO", "email": email, "password": password})
        self.cart = self.headers["X-UC-Shopping-Cart-Id"]

    def later(self, *, at: datetime | None = None, days: float = 0) -> None:
        """The server's clock goes on, which is longer than a session lasts."""
        if at is not None:
            self.driver.clock.set_to(at)
        self.driver.clock.move(days * 86_400)
        self.log_in(self.oid)

    def send(self, operation_id: str, body: Any = None, **given: object) -> tuple[int, Any]:
        """Status and JSON; `given` are path and query parameters."""
        row = ACCOUNT_OPERATIONS[operation_id]
        path = "/rest/myaccount" + row.path
        for parameter in row.path_parameters:
            text = quote(str(given.pop(parameter.name)), safe="")
            path = path.replace("{" + parameter.name + "}", text)
        headers = {
            "X-UC-Merchant-Id": "DEMO",
            "X-UC-Shopping-Cart-Id": self.cart,
            "Content-Type": "application/json; charset=UTF-8",
        }
        content = b"" if body is None else encode_json(body)
        reply = self.portal.answer(row.method, path, urlencode(given), headers, {}, content)
        self.headers = dict(reply.headers)
        return reply.status, None if reply.content is None else decode_json(reply.content)

    def ask(self, operation_id: str, body: Any = None, **given: object) -> Any:
        """The JSON of a request that must succeed."""
        status, document = self.send(operation_id, body, **given)
        assert status == 200, document
        return document

    def status(self, operation_id: str, body: Any = None, **given: object) -> int:
        return self.send(operation_id, body, **given)[0]

    def complaint(self, operation_id: str, body: Any = None, **given: object) -> str:
        """What a request that must be refused with 400 is told."""
        status, document = self.send(operation_id, body, **given)
        assert status == 400, document
        message: str = document["error"]
        assert self.headers["UC-REST-ERROR"] == message
        return message

    def paging(self) -> dict[str, int]:
        """The four headers of the last answer."""
        prefix = "uc-pagination-"
        return {name.removeprefix(prefix): int(text) for name, text in self.headers.items() if prefix in name}

    def pages(self, operation_id: str = "getOrders", **given: object) -> Iterator[Any]:
        """Every row of all pages."""
        number, last = 1, 1
        while number <= last:
            rows = self.ask(operation_id, pageNumber=number, **given)
            number, last = number + 1, self.paging()["total-pages"]
            yield from rows

    def order_ids(self, **given: object) -> list[str]:
        """Of all pages, in their order."""
        return [order["orderId"] for order in self.pages("getOrders", **given)]

    def place(self) -> str:
        """One more order of whom the test looks at."""
        return place_order(self.portal.office, self.oid)

    def truth(self) -> Any:
        return self.portal.truth(self.oid)

    def ask_nobody(self) -> None:
        """From now on nobody is logged in."""
        self.cart = ""

    def some(self, *, case: str | None) -> str:
        """The newest order with a case in this state, or with no case for None."""
        for row in self.truth()["orders"]:
            if row["case"].get("status") == case:
                order_id: str = row["order"]["orderId"]
                return order_id
        raise LookupError(f"no order with {case}")
