"""The operations of the MyAccount API as rows of one table.

Client, sandbox, export, documentation and tests read these rows. Sources: the vendor's MyAccount page (35
calls, both verbs of login and logout counted), its customer portal for the seven that only that uses;
statuses and contradictions as in the fact sheet `my_account_api.md`, §2 and §6.
"""

import re
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import Enum
from typing import Final

from ucsync.ultracart.fields import Field, Kind, Model, OneOf
from ucsync.ultracart.my_account.models import MODELS
from ucsync.ultracart.operations import INT32_MAX, Parameter, Retry

PAGE_SIZE_MAX: Final = 10
SORTS: Final = OneOf("date_desc", "date_asc", "priority_desc", "priority_asc", "price_desc", "price_asc")
_PAGE_NUMBER_MAX: Final = INT32_MAX


class Origin(Enum):
    """Where an operation is evidenced."""

    SEED = "the vendor's MyAccount page"
    PORTAL = "the vendor's portal alone"


class Sends(Enum):
    """What a request carries."""

    NOTHING = "no body"
    OBJECT = "an object of the body's model"
    TEXT = "a bare JSON string"


class Gives(Enum):
    """What a success answers."""

    NOTHING = "no content (204, or 200 with an empty body)"
    OBJECT = "an object"
    OBJECT_OR_EMPTY = "an object, or {} where there is none"
    LIST = "a list"
    TEXT = "plain text"
    ANYTHING = "nothing, or whatever else (the sources contradict each other)"


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent.

    Attributes:
        name: in messages about it.
        sends: its kind.
        model: of an object; None otherwise.
        required: fields that must be there, none of them blank.
        takes: fields that may be there; the others of the model the server assigns or ignores.
        inserts: a new record is made, so an id is None, 0 or -1 (which the portal sends), or absent.
    """

    name: str
    sends: Sends
    model: Model | None = dataclass_field(default=None, repr=False)
    required: tuple[str, ...] = ()
    takes: tuple[str, ...] = dataclass_field(default=(), repr=False)
    inserts: bool = False


@dataclass(frozen=True, slots=True)
class AccountOperation:
    """One row.

    Attributes:
        operation_id: our name for it, as the vendor's portal speaks: `getOrders`.
        method, path: below `/rest/myaccount`.
        retry: what repeating it may do.
        origin: where it is evidenced.
        protected: whether it is answered 401 without a login.
        path_parameters, query: what may be given.
        body: None where there is none.
        gives, model: what a success answers; the model is of the object, or of each of the list.
        paged: whether the answer carries the `uc-pagination-*` headers.
        named: the error statuses that the sources name for it, 401 of `protected` aside.
    """

    operation_id: str
    method: str
    path: str
    retry: Retry
    origin: Origin
    protected: bool
    path_parameters: tuple[Parameter, ...] = dataclass_field(repr=False)
    query: tuple[Parameter, ...] = dataclass_field(repr=False)
    body: Body | None = dataclass_field(repr=False)
    gives: Gives
    model: Model | None = dataclass_field(repr=False)
    paged: bool
    named: tuple[int, ...]

    @property
    def name(self) -> str:
        """`getOrderCase` as `get_order_case`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", self.operation_id).lower()


def _text(name: str, *choices: str, length: int | None = None) -> Parameter:
    return Parameter(Field(name, Kind.TEXT, choices=choices, max_length=length))


def _whole(name: str, minimum: int, maximum: int) -> Parameter:
    return Parameter(Field(name, Kind.INT32), minimum=minimum, maximum=maximum)


_PATH_PARAMETERS: Final = {
    "id": _whole("id", 1, INT32_MAX),
    "orderId": _text("orderId", length=30),
    "itemId": _text("itemId", length=30),
    "wishlistOid": _whole("wishlistOid", 1, INT32_MAX),
}
_PAGING: Final = (_whole("pageNumber", 1, _PAGE_NUMBER_MAX), _whole("pageSize", 1, PAGE_SIZE_MAX))
_THUMBNAILS: Final = (
    _whole("thumbnailWidth", 1, 10_000),
    _whole("thumbnailHeight", 1, 10_000),
    _text("thumbnailSquare", "true", "false"),
)
_CREDENTIALS: Final = (
    _text("merchantId", length=50), _text("email", length=100), _text("password", length=30),
)  # fmt: skip

SAFE, IDEMPOTENT, NEVER = Retry.SAFE, Retry.IDEMPOTENT_WRITE, Retry.NEVER_REPEAT
SEED, PORTAL = Origin.SEED, Origin.PORTAL


def _object(name: str, model: str, required: str, optional: str = "", *, inserts: bool = False) -> Body:
    """`required` and `optional` are names of fields, with blanks between."""
    needed = tuple(required.split())
    return Body(name, Sends.OBJECT, MODELS[model], needed, (*needed, *optional.split()), inserts)


_PLACE = "firstName lastName address1 city state postalCode country"
_BESIDES = "id company address2 title dayPhone eveningPhone"
_CARD = "cardType cardExpMonth cardExpYear"
_CARD_NUMBER = "id merchantId customerProfileId cardNumber creditCardNumberToken"
_REVIEW = "itemId nickname location questions recommendStoreToFriend storeFeedback"

_NEW_ADDRESS = _object("address", "Address", _PLACE, _BESIDES, inserts=True)
_ADDRESS = _object("address", "Address", _PLACE, _BESIDES)
_NEW_CARD = _object("creditCard", "CreditCard", _CARD, _CARD_NUMBER, inserts=True)
_CHANGED_CARD = _object("creditCard", "CreditCard", _CARD, _CARD_NUMBER)
_REGISTRATION = _object(
    "myAccount", "MyAccount", "merchantId email password",
    f"{_PLACE} company address2 title dayPhone eveningPhone fax taxId customerProfileId", inserts=True,
)  # fmt: skip
_SETTINGS = _object(
    "myAccount", "MyAccount", _PLACE,
    "company address2 title dayPhone eveningPhone fax taxId "
    "merchantId email customerProfileId customerProfileOid",
)  # fmt: skip
_NEW_CASE = _object("case", "Case", "subject messages", "email", inserts=True)
_NEW_MESSAGE = _object("caseMessage", "CaseMessage", "message", inserts=True)
_NEW_WISH = _object("wishlistItem", "WishlistItem", "itemId", "wishlistOid priority comments", inserts=True)
_WISH = _object("wishlistItem", "WishlistItem", "", "wishlistOid itemId priority comments")
_REVIEWED = _object(
    "itemReview", "ItemReview", "ratings recommendToFriend title review agreeToTermsAndConditions", _REVIEW
)


def _row(
    operation_id: str,
    route: str,
    retry: Retry,
    gives: Gives,
    model: str | None = None,
    *,
    origin: Origin = SEED,
    protected: bool = True,
    query: tuple[Parameter, ...] = (),
    body: Body | None = None,
    paged: bool = False,
    named: tuple[int, ...] = (),
) -> AccountOperation:
    method, path = route.split(" ")
    return AccountOperation(
        operation_id=operation_id,
        method=method,
        path=path,
        retry=retry,
        origin=origin,
        protected=protected,
        path_parameters=tuple(_PATH_PARAMETERS[name] for name in re.findall(r"{(\w+)}", path)),
        query=query,
        body=body,
        gives=gives,
        model=MODELS[model] if model else None,
        paged=paged,
        named=named,
    )


def _book(singular: str, plural: str) -> tuple[AccountOperation, ...]:
    """The five of an address book."""
    many, one = f"/{plural[0].lower()}{plural[1:]}", f"/{plural[0].lower()}{plural[1:]}/{{id}}"
    return (
        _row(f"get{plural}", f"GET {many}", SAFE, Gives.LIST, "Address"),
        _row(f"get{singular}", f"GET {one}", SAFE, Gives.OBJECT, "Address", named=(404,)),
        _row(f"insert{singular}", f"POST {many}", NEVER, Gives.OBJECT, "Address", body=_NEW_ADDRESS,
             named=(400,)),
        _row(f"update{singular}", f"PUT {one}", IDEMPOTENT, Gives.OBJECT, "Address", body=_ADDRESS,
             named=(400, 404)),
        _row(f"delete{singular}", f"DELETE {one}", IDEMPOTENT, Gives.NOTHING, named=(404,)),
    )  # fmt: skip


# fmt: off
_ROWS = (
    # session and profile (§2.1)
    _row("loggedIn", "GET /loggedIn", SAFE, Gives.OBJECT_OR_EMPTY, "MyAccount", protected=False),
    _row("loginByQuery", "GET /login", IDEMPOTENT, Gives.OBJECT, "MyAccount", protected=False,
         query=_CREDENTIALS, named=(400, 401)),
    _row("login", "POST /login", IDEMPOTENT, Gives.OBJECT, "MyAccount", protected=False,
         body=_object("customerCredentials", "CustomerCredentials", "merchantId email password"),
         named=(400, 401)),
    _row("logoutByQuery", "GET /logout", IDEMPOTENT, Gives.ANYTHING, protected=False),
    _row("logout", "POST /logout", IDEMPOTENT, Gives.ANYTHING, protected=False),
    _row("changePassword", "POST /changePassword", NEVER, Gives.NOTHING,
         body=_object("changePasswordRequest", "ChangePasswordRequest", "oldPassword newPassword"),
         named=(400, 401)),
    _row("forgotPassword", "POST /forgotPassword", NEVER, Gives.TEXT, protected=False,
         query=(_text("merchantId", length=50),), body=Body("email", Sends.TEXT), named=(400,)),
    _row("getSettings", "GET /settings", SAFE, Gives.OBJECT, "MyAccount"),
    _row("register", "POST /settings", NEVER, Gives.OBJECT, "MyAccount", protected=False,
         query=(_text("redirectUrl"), _text("themeCode")), body=_REGISTRATION, named=(400,)),
    _row("updateSettings", "PUT /settings", IDEMPOTENT, Gives.OBJECT, "MyAccount", body=_SETTINGS,
         named=(400,)),
    _row("deleteSettings", "DELETE /settings", IDEMPOTENT, Gives.NOTHING),
    # address books and cards (§2.2, §2.3)
    *_book("ShippingAddress", "ShippingAddresses"),
    *_book("BillingAddress", "BillingAddresses"),
    _row("getCreditCards", "GET /creditCards", SAFE, Gives.LIST, "CreditCard"),
    _row("getCreditCard", "GET /creditCards/{id}", SAFE, Gives.OBJECT, "CreditCard", named=(404,)),
    _row("insertCreditCard", "POST /creditCards", NEVER, Gives.OBJECT, "CreditCard", body=_NEW_CARD,
         named=(400,)),
    _row("updateCreditCard", "PUT /creditCards/{id}", IDEMPOTENT, Gives.OBJECT, "CreditCard",
         body=_CHANGED_CARD, named=(400, 404)),
    _row("deleteCreditCard", "DELETE /creditCards/{id}", IDEMPOTENT, Gives.NOTHING, named=(404,)),
    # orders and cases (§2.4)
    _row("getOrders", "GET /orders", SAFE, Gives.LIST, "Order", paged=True,
         query=(*_PAGING, _text("search"), _text("_filterTime")), named=(400,)),
    _row("getOrder", "GET /orders/{orderId}", SAFE, Gives.OBJECT, "Order", named=(404,)),
    _row("getOrderTracking", "GET /orders/{orderId}/tracking", SAFE, Gives.LIST, "OrderTracking",
         named=(404,)),
    _row("getOrderCase", "GET /orders/{orderId}/case", SAFE, Gives.OBJECT_OR_EMPTY, "Case", named=(404,)),
    _row("insertOrderCase", "POST /orders/{orderId}/case", NEVER, Gives.OBJECT, "Case", body=_NEW_CASE,
         named=(400, 404)),
    _row("getOrderCaseMessages", "GET /orders/{orderId}/case/messages", SAFE, Gives.LIST, "CaseMessage",
         named=(404,)),
    _row("insertOrderCaseMessage", "POST /orders/{orderId}/case/messages", NEVER, Gives.OBJECT,
         "CaseMessage", body=_NEW_MESSAGE, named=(400, 404)),
    # reviews and wish list (§2.5, §2.6)
    _row("getNotReviewedYet", "GET /notReviewedYet", SAFE, Gives.LIST, "NotReviewedItem", paged=True,
         query=_PAGING),
    _row("getReviews", "GET /reviews", SAFE, Gives.LIST, "ReviewedItem", paged=True,
         query=(*_PAGING, *_THUMBNAILS)),
    _row("getReview", "GET /reviews/{itemId}", SAFE, Gives.OBJECT, "ItemReview", origin=PORTAL,
         named=(404,)),
    _row("updateReview", "PUT /reviews/{itemId}", IDEMPOTENT, Gives.OBJECT, "ItemReview", origin=PORTAL,
         body=_REVIEWED, named=(400, 404)),
    _row("getWishlist", "GET /wishlist", SAFE, Gives.LIST, "WishlistItem", origin=PORTAL, paged=True,
         query=(*_PAGING, *_THUMBNAILS, _text("sortBy", *SORTS.values))),
    _row("getWishlistItem", "GET /wishlist/{wishlistOid}", SAFE, Gives.OBJECT, "WishlistItem",
         origin=PORTAL, named=(404,)),
    _row("insertWishlistItem", "POST /wishlist", NEVER, Gives.OBJECT, "WishlistItem", origin=PORTAL,
         body=_NEW_WISH, named=(400,)),
    _row("updateWishlistItem", "PUT /wishlist/{wishlistOid}", IDEMPOTENT, Gives.ANYTHING, origin=PORTAL,
         body=_WISH, named=(400, 404)),
    _row("deleteWishlistItem", "DELETE /wishlist/{wishlistOid}", IDEMPOTENT, Gives.NOTHING, origin=PORTAL,
         named=(404,)),
)
# fmt: on

#: Every operation by its id.
ACCOUNT_OPERATIONS: Final = {row.operation_id: row for row in _ROWS}
