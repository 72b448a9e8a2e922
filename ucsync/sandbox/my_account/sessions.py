"""Login, logout, and everything about passwords."""

import hmac

from ucsync.sandbox.engine import email_holders
from ucsync.sandbox.my_account.accounts import BY_CUSTOMER, account_document
from ucsync.sandbox.my_account.forms import filled, units
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.visit import Cart, Given, Visit
from ucsync.sandbox.reply import Document, Refusal

CART_HEADER = "X-UC-Shopping-Cart-Id"
_SENT = "If this address is known, a new password has been sent to it."
_EMAIL_MAX = 100


def logged_in(office: Office, visit: Visit) -> Given:
    """The account, or {}: never a 401."""
    if visit.customer is None:
        return Given(document={})
    return Given(document=account_document(office, visit.customer))


def login_by_query(office: Office, visit: Visit) -> Given:
    form = {}
    for parameter in visit.operation.query:
        name, longest = parameter.field.name, parameter.field.max_length
        text = visit.query.get(name, "")
        if not text.strip():
            raise Refusal(400, f"{name} is missing and is required.")
        if longest is not None and units(text) > longest:
            raise Refusal(400, f"{name} is longer than {longest} characters.")
        form[name] = text
    return _logged_in(office, visit, form)


def login(office: Office, visit: Visit) -> Given:
    return _logged_in(office, visit, filled(office, visit))


def logout(office: Office, visit: Visit) -> Given:
    """The cart stays; nobody is logged in on it any more, and nobody may have been before."""
    if visit.cart is not None:
        visit.cart.oid = None
    if office.shop.settings.has("account-logout-cart"):
        return Given(document=_cart_document(office, visit.cart))
    return Given(204)


def change_password(office: Office, visit: Visit) -> Given:
    form = filled(office, visit)
    if not _is_password(office, visit.oid, form["oldPassword"]):
        raise Refusal(401, "The old password is wrong.")
    _set_password(office, visit.oid, form["newPassword"])
    return Given(204)


def forgot_password(office: Office, visit: Visit) -> Given:
    """A new password by mail; the old one is over. Whether an address is known is not told."""
    merchant_id = visit.query.get("merchantId") or visit.merchant_id
    if merchant_id is None:
        raise Refusal(400, "merchantId is missing and is required.")
    if merchant_id != office.shop.settings.merchant_id:
        raise Refusal(400, "Invalid merchantId specified.")
    email = visit.body
    if not isinstance(email, str) or not email.strip():
        raise Refusal(400, "The body must be an e-mail address as a JSON string.")
    if units(email) > _EMAIL_MAX:
        raise Refusal(400, f"email is longer than {_EMAIL_MAX} characters.")
    holders = email_holders(office.shop, email)
    if not holders and office.shop.settings.has("account-forgot-unknown-404"):
        raise Refusal(404, "There is no such customer.")
    for oid in holders:
        password = office.shop.tokens.next_text()[:12]
        _set_password(office, oid, password)
        office.outbox.post(office.shop.store.email(oid), "new-password", password=password)
    return Given(text=_SENT)


def _logged_in(office: Office, visit: Visit, form: Document) -> Given:
    """Who has this e-mail and this password; what is wrong is not told."""
    if form["merchantId"] == office.shop.settings.merchant_id:
        for oid in email_holders(office.shop, form["email"]):
            if _is_password(office, oid, form["password"]) and office.ledger.is_validated(oid):
                cart = office.carts.log_in(visit.cart, oid)
                headers = () if visit.cart is cart else _cookies(office, cart)
                return Given(document=account_document(office, oid), headers=headers)
    raise Refusal(401, "Invalid merchantId, email or password.")


def _cookies(office: Office, cart: Cart) -> tuple[tuple[str, str], ...]:
    """What a browser keeps of a new cart; a page reads them, so they are not HttpOnly."""
    settings = office.shop.settings
    end = "Id" if settings.has("account-cookies-Id") else "ID"
    values = (("UltraCartMerchant", settings.merchant_id), ("UltraCartShoppingCart", cart.cart_id))
    cookies = tuple(("Set-Cookie", f"{name}{end}={value}; Path=/") for name, value in values)
    return (*cookies, *echo(office, cart))


def echo(office: Office, cart: Cart | None) -> tuple[tuple[str, str], ...]:
    """The cart in a header, for pages that cannot read the cookies of another host."""
    if cart is None or office.shop.settings.has("account-no-echo"):
        return ()
    return ((CART_HEADER, cart.cart_id),)


def _cart_document(office: Office, cart: Cart | None) -> Document:
    if cart is None:
        return {}
    return {"cartId": cart.cart_id, "merchantId": office.shop.settings.merchant_id, "items": []}


def _is_password(office: Office, oid: int, given: str) -> bool:
    held = office.shop.store.password(oid)
    return held is not None and hmac.compare_digest(held.encode(), given.encode())


def _set_password(office: Office, oid: int, password: str) -> None:
    with office.shop.store.changing(oid) as record:
        record.password = password
        office.shop.store.touch(record, BY_CUSTOMER)
