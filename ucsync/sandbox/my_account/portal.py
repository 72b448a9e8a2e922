"""The front of the portal: from a request's parts to an answer's, without a socket."""

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from ucsync.sandbox.engine import Shop
from ucsync.sandbox.my_account.account_routes import found
from ucsync.sandbox.my_account.accounts import account_document
from ucsync.sandbox.my_account.actions import ACTIONS
from ucsync.sandbox.my_account.addresses import BILLING, SHIPPING
from ucsync.sandbox.my_account.cards import card_documents
from ucsync.sandbox.my_account.desk_truth import desk_truth
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.sessions import CART_HEADER, echo
from ucsync.sandbox.my_account.visit import Cart, Given, Visit
from ucsync.sandbox.my_account.wishes import wish_documents
from ucsync.sandbox.reply import Document, Refusal
from ucsync.ultracart.codec import decode_json, encode_json
from ucsync.ultracart.my_account.operations import AccountOperation

JSON_TYPE: Final = "application/json; charset=UTF-8"
TEXT_TYPE: Final = "text/plain; charset=UTF-8"
MERCHANT_HEADER: Final = "X-UC-Merchant-Id"
ERROR_HEADER: Final = "UC-REST-ERROR"
FIELDS_MAX: Final = 1000

_ABSENT: Final = ("", "null", "undefined")  # what the portal's script sends for what it has not
_OWN_PAGES: Final = re.compile(
    r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?", re.IGNORECASE | re.ASCII
)
_PAGING: Final = ("page-size", "page-number", "total-records", "total-pages")
_EXPOSED: Final = ", ".join((ERROR_HEADER, CART_HEADER, *(f"uc-pagination-{name}" for name in _PAGING)))
_PREFLIGHT: Final = (
    ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS"),
    ("Access-Control-Allow-Headers", f"Content-Type, Cache-Control, {MERCHANT_HEADER}, {CART_HEADER}"),
    ("Access-Control-Max-Age", "600"),
)


@dataclass(frozen=True, slots=True)
class PortalReply:
    """What goes over the wire: `content` None is an empty body; several headers may have one name."""

    status: int
    content: bytes | None = field(default=None, repr=False)
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class Portal:
    """All operations of `/rest/myaccount` over the customers of one merchant.

    Attributes:
        office: the state, for the lab.
    """

    def __init__(self, shop: Shop) -> None:
        self.office = Office(shop)

    def answer(
        self,
        method: str,
        raw_path: str,
        raw_query: str,
        headers: Mapping[str, str],
        cookies: Mapping[str, str],
        body: bytes,
    ) -> PortalReply:
        """Answer one request.

        Args:
            method: of the request.
            raw_path: percent-encoded as it came, with `/rest/myaccount`, without the query.
            raw_query: percent-encoded, without the question mark.
            headers: of the request; looked up in any case of letters.
            cookies: by name; looked up in any case of letters, and overridden by headers.
            body: as it came; not looked at where the operation takes none.
        """
        lowered = {name.lower(): value for name, value in headers.items()}
        if method == "OPTIONS":
            allowed = self._cors(lowered)
            return PortalReply(204, headers=(*allowed, *_PREFLIGHT) if len(allowed) > 1 else allowed)
        cart = None
        try:
            operation, path = found(method, raw_path)
            merchant_id, cart = self._session(lowered, cookies)
            customer = _customer(operation, cart)
            sent = _body(lowered, body) if operation.body is not None else None
            visit = Visit(operation, path, _query(raw_query), sent, cart, merchant_id, customer)
            given = ACTIONS[operation.operation_id](self.office, visit)
        except Refusal as refusal:
            return self._refused(refusal, lowered, cart)
        return self._reply(given, lowered, cart)

    def refused(self, refusal: Refusal, headers: Mapping[str, str]) -> PortalReply:
        """A refusal as the portal answers it, for what befalls a request before it is looked at."""
        return self._refused(refusal, {name.lower(): value for name, value in headers.items()}, None)

    def truth(self, oid: int) -> Document | None:
        """All that there is of a customer, as the portal would answer it, whatever the quirks of answers are.

        Returns:
            `account`, `shippingAddresses`, `billingAddresses`, `creditCards`, `wishlist`, and what
            `desk_truth` has; None when there is no such customer.
        """
        if oid not in self.office.shop.store:
            return None
        office = copy(self.office)
        office.shop = office.shop.behind_the_counter()
        return {
            "account": account_document(office, oid),
            "shippingAddresses": SHIPPING.documents(office, oid),
            "billingAddresses": BILLING.documents(office, oid),
            "creditCards": card_documents(office, oid),
            "wishlist": wish_documents(office, oid),
            **desk_truth(office, oid),
        }

    def _session(
        self, headers: Mapping[str, str], cookies: Mapping[str, str]
    ) -> tuple[str | None, Cart | None]:
        """The merchant as passed, and the cart, which only together with its own merchant is one."""
        merchant_id = _passed(headers, cookies, MERCHANT_HEADER, "UltraCartMerchantID")
        cart_id = _passed(headers, cookies, CART_HEADER, "UltraCartShoppingCartID")
        ours = merchant_id == self.office.shop.settings.merchant_id
        return merchant_id, self.office.carts.find(cart_id) if ours else None

    def _reply(self, given: Given, headers: Mapping[str, str], cart: Cart | None) -> PortalReply:
        further = (*given.headers, *echo(self.office, cart), *self._cors(headers))
        if given.text is not None:
            return PortalReply(given.status, given.text.encode(), TEXT_TYPE, further)
        content = None if given.document is None else encode_json(given.document)
        return PortalReply(given.status, content, JSON_TYPE, further)

    def _refused(self, refusal: Refusal, headers: Mapping[str, str], cart: Cart | None) -> PortalReply:
        """The readable message is in the body and in a header (fact sheet §1)."""
        said = refusal.message.encode("ascii", "replace").decode()
        further = ((ERROR_HEADER, said), *refusal.headers.items())
        if self.office.shop.settings.has("account-error-text"):
            given = Given(refusal.status, text=refusal.message, headers=further)
        else:
            given = Given(refusal.status, {"error": refusal.message}, headers=further)
        return self._reply(given, headers, cart)

    def _cors(self, headers: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """What lets a page of this machine, or of a configured origin, read the answer; no other."""
        origin = headers.get("origin", "")
        if origin not in self.office.shop.settings.origins and not _OWN_PAGES.fullmatch(origin):
            return (("Vary", "Origin"),) if origin else ()
        return (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Allow-Credentials", "true"),
            ("Access-Control-Expose-Headers", _EXPOSED),
            ("Vary", "Origin"),
        )


def _customer(operation: AccountOperation, cart: Cart | None) -> int | None:
    """Who is logged in. Raises Refusal when nobody is and somebody has to be."""
    customer = cart.oid if cart is not None else None
    if operation.protected and customer is None:
        raise Refusal(401, "Not logged in.")
    return customer


def _passed(headers: Mapping[str, str], cookies: Mapping[str, str], header: str, cookie: str) -> str | None:
    """What stands in a header, else in a cookie of this name in whatever case; None for nothing real."""
    held = [headers.get(header.lower(), "")]
    held += [value for name, value in cookies.items() if name.lower() == cookie.lower()]
    return next((text for text in held if text not in _ABSENT), None)


def _query(raw_query: str) -> dict[str, str]:
    """Decoded, of several with one name the first; what was sent empty was not sent (fact sheet §3)."""
    try:
        pairs = parse_qsl(raw_query, errors="strict", max_num_fields=FIELDS_MAX)
    except UnicodeDecodeError:
        raise Refusal(400, "A parameter is not UTF-8.") from None
    except ValueError:
        raise Refusal(400, f"More than {FIELDS_MAX} parameters.") from None
    return dict(reversed(pairs))


def _body(headers: Mapping[str, str], body: bytes) -> Any:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(400, "Content-Type must be application/json.")
    if not body.strip():
        raise Refusal(400, "A body is missing and is required.")
    try:
        return decode_json(body)
    except ValueError:
        raise Refusal(400, "Invalid JSON.") from None
