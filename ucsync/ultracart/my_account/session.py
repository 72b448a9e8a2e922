"""Who asks: the customer's credentials, and the session that merchant id and cart id make (§1).

Pure: a session is a value, and an answer makes the next one of it.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from ucsync.model import ConfigurationInvalid, Secret
from ucsync.ultracart.answers import RawAnswer
from ucsync.ultracart.instants import http_date
from ucsync.ultracart.my_account.requests import AccountRequest

#: The portal's spelling; the vendor's page writes `…Id`, so that names are compared in one case (§6).
MERCHANT_COOKIE: Final = "UltraCartMerchantID"
CART_COOKIE: Final = "UltraCartShoppingCartID"
MERCHANT_HEADER: Final = "X-UC-Merchant-Id"
CART_HEADER: Final = "X-UC-Shopping-Cart-Id"

_MERCHANT = re.compile(r"[A-Za-z0-9_.-]{1,50}")
_CART = re.compile(r"[!#-+\--:<-\[\]-~]{1,200}")  # what a cookie may hold (RFC 6265, cookie-octet)
_NOTHING: Final = ("null", "undefined")  # a script's words for what it does not have (§1)
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a customer logs in with; neither part is rendered.

    Raises:
        ConfigurationInvalid: the address is no text, or the password is not wrapped.
    """

    email: str = field(repr=False)
    password: Secret

    def __post_init__(self) -> None:
        if not isinstance(self.email, str):  # untyped callers may err
            raise ConfigurationInvalid("the e-mail address is no text")
        if not isinstance(self.password, Secret):
            raise ConfigurationInvalid("the password is not wrapped: use Secret(...)")

    def as_sent(self, merchant_id: str) -> dict[str, str]:
        """The body of `login`, which is also the query of `loginByQuery`."""
        return {"merchantId": merchant_id, "email": self.email, "password": self.password.reveal()}


@dataclass(frozen=True, slots=True)
class Session:
    """A merchant, and a cart once the server has made one; whether the cart is logged in only the server
    knows.

    Raises:
        ConfigurationInvalid: an id is missing, or cannot stand in a header.
    """

    merchant_id: str
    cart_id: Secret | None = None

    def __post_init__(self) -> None:
        if not _is_id(_MERCHANT, self.merchant_id):
            raise ConfigurationInvalid("the merchant id is missing, or none: letters and digits, as in DEMO1")
        if self.cart_id is not None:
            if not isinstance(self.cart_id, Secret):
                raise ConfigurationInvalid("the cart id is not wrapped: use Secret(...)")
            if not _is_id(_CART, self.cart_id.reveal()):
                raise ConfigurationInvalid("the cart id is empty, or holds what no cookie can carry")

    def headers(self) -> tuple[tuple[str, str], ...]:
        """What goes out with every request: both ids as headers and as cookies, either of which identifies
        a session (INFERRED); never a word for an id that is not there."""
        merchant = (MERCHANT_HEADER, self.merchant_id)
        uncached = ("cache-control", "no-cache")
        cookie = f"{MERCHANT_COOKIE}={self.merchant_id}"
        if self.cart_id is None:
            return merchant, uncached, ("Cookie", cookie)
        cart = self.cart_id.reveal()
        return merchant, (CART_HEADER, cart), uncached, ("Cookie", f"{cookie}; {CART_COOKIE}={cart}")

    def on(self, request: AccountRequest) -> AccountRequest:
        """The request as it is sent in this session; the cart id counts as what must not be shown."""
        secret = frozenset() if self.cart_id is None else frozenset({self.cart_id.reveal()})
        return replace(request, headers=(*request.headers, *self.headers()), masked=request.masked | secret)

    def after(self, raw: RawAnswer) -> "Session":
        """The session that an answer leaves: with the cart of its cookie, else of the header that repeats it.

        Args:
            raw: any answer, of any status; a cookie that takes the cart back is followed, too.

        Returns:
            This very session when nothing has changed.
        """
        cart, said = self.cart_id, False
        for text in raw.cookies:
            name, _, rest = text.partition("=")
            if name.strip().lower() == CART_COOKIE.lower():
                value, _, attributes = rest.partition(";")
                kept = _id_in(value) if _lasts(attributes, raw.headers.get("date", "")) else None
                cart, said = kept, True
        if not said:
            cart = _id_in(raw.headers.get(CART_HEADER.lower(), "")) or cart
        return self if cart == self.cart_id else replace(self, cart_id=cart)


def _is_id(form: re.Pattern[str], text: object) -> bool:
    return isinstance(text, str) and form.fullmatch(text) is not None and text.lower() not in _NOTHING


def _id_in(value: str) -> Secret | None:
    """A cart id; None where there is none that could be sent back."""
    text = value.strip().removeprefix('"').removesuffix('"')
    return Secret(text) if _is_id(_CART, text) else None


def _lasts(attributes: str, date: str) -> bool:
    """Whether a cookie is set, not taken back: `Max-Age` goes before `Expires` (RFC 6265 §5.3)."""
    pairs = (part.partition("=") for part in attributes.split(";"))
    found = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if re.fullmatch(r"-?[0-9]{1,12}", found.get("max-age", "")):
        return int(found["max-age"]) > 0
    until = http_date(found.get("expires", ""))
    return until is None or until > (http_date(date) or _LONG_AGO)
