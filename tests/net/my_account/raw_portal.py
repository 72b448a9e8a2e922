"""The portal without a wire: one request in, one answer out, for tests that ask it thousands of times."""

from typing import Any, Final

from tests.sandbox.lab import HandClock
from ucsync.sandbox import SandboxSettings, ServerClock
from ucsync.sandbox.merchant import Merchant
from ucsync.sandbox.my_account import Portal, PortalReply
from ucsync.ultracart.codec import decode_json, encode_json
from ucsync.ultracart.my_account import AccountOperation, AccountRequest

MERCHANT: Final = "DEMO"
OID: Final = 1_000_001
BASE: Final = "/rest/myaccount"
CARD: Final = {
    "cardType": "VISA", "cardExpMonth": 4, "cardExpYear": 2031, "cardNumber": "4012888888881881",
}  # fmt: skip
MESSAGE: Final = {"message": "It has not come yet."}


class RawPortal:
    """One customer, logged in, with an address in each book, a card, a wish, and two orders, of which one has
    a case.

    Attributes:
        email, password: of the customer.
    """

    def __init__(self, *quirks: str) -> None:
        settings = SandboxSettings(customers=2, orders={OID: 2}, quirks=frozenset(quirks))
        self._portal = Portal(Merchant(settings, ServerClock(HandClock())).shop)
        self.email = str(self.truth()["account"]["email"])
        self.password = f"password-{OID}"
        self._cart = ""
        login = {"merchantId": MERCHANT, "email": self.email, "password": self.password}
        self._cart = dict(self.ask("POST", "/login", body=login).headers)["X-UC-Shopping-Cart-Id"]
        first, second = (held["order"] for held in self.truth()["orders"])
        self.ask("POST", "/creditCards", CARD)
        self.ask("POST", "/wishlist", {"itemId": first["items"][0]["itemId"]})
        self.ask("POST", f"/orders/{second['orderId']}/case", {"subject": "late", "messages": [MESSAGE]})

    def truth(self) -> dict[str, Any]:
        """All that there is of the customer."""
        document = self._portal.truth(OID)
        assert document is not None
        return document

    def ask(self, method: str, target: str, body: Any = None, raw: bytes | None = None) -> PortalReply:
        """One request of this customer's."""
        path, _, query = target.partition("?")
        headers = {
            "X-UC-Merchant-Id": MERCHANT, "X-UC-Shopping-Cart-Id": self._cart or "null",
            "Content-Type": "application/json; charset=UTF-8",
        }  # fmt: skip
        sent = raw if raw is not None else b"" if body is None else encode_json(body)
        return self._portal.answer(method, BASE + path, query, headers, {}, sent)

    def take(self, request: AccountRequest) -> PortalReply:
        """What the client has made."""
        return self.ask(request.operation.method, request.target, raw=request.body or b"")

    def send(self, operation: AccountOperation, path: dict[str, object], body: Any) -> PortalReply:
        """What the client will not make, written by hand."""
        target = operation.path
        for name, held in path.items():
            target = target.replace(f"{{{name}}}", str(held))
        return self.ask(operation.method, target, raw=encode_json(body))

    def leave(self) -> None:
        """From now on nobody is logged in."""
        self._cart = ""

    def path_of(self, operation: AccountOperation) -> dict[str, object]:
        """What the customer has, by the operation's path parameters."""
        names = [parameter.name for parameter in operation.path_parameters]
        return {name: self._one(operation, name) for name in names}

    def _one(self, operation: AccountOperation, name: str) -> object:
        truth = self.truth()
        if name == "orderId":
            orders = [held for held in truth["orders"] if bool(held["case"]) == self._with_case(operation)]
            return orders[0]["order"]["orderId"]
        if name == "itemId":
            return truth["orders"][0]["order"]["items"][0]["itemId"]
        if name == "wishlistOid":
            return truth["wishlist"][0]["wishlistOid"]
        book = operation.path.split("/")[1]
        return truth[book][0]["id"]

    def _with_case(self, operation: AccountOperation) -> bool:
        return operation.operation_id == "insertOrderCaseMessage"


def said(reply: PortalReply) -> str:
    """Why the portal refuses; '' where it does not."""
    value = decode_json(reply.content) if reply.content and reply.status >= 400 else {}
    return str(value.get("error", ""))
