"""The account itself: what a login answers, settings, registration and its proof, the end of it."""

from typing import Final

from ucsync.sandbox.engine import adopt, insert
from ucsync.sandbox.my_account.forms import filled
from ucsync.sandbox.my_account.ledger import Registration
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.visit import Given, Visit
from ucsync.sandbox.reply import Document, Refusal
from ucsync.sandbox.settings import SandboxSettings

BY_CUSTOMER: Final = "customer"  # last_modified_by, of a customer's own hand
_ASTERISKS: Final = "********"
_MESSAGE: Final = "Please check your e-mail and follow the link in it to finish your registration."
_BASE_FIELDS: Final = {"fax": "fax", "taxId": "tax_id"}


def account_document(office: Office, oid: int) -> Document:
    """A MyAccount: the address of record, and what the customer has in `/rest/v2`."""
    store, settings = office.shop.store, office.shop.settings
    base = store.base(oid)
    unmasked = settings.has("account-unmasked")
    return {
        "merchantId": settings.merchant_id,
        "customerProfileId": shown_id(settings, oid),
        **office.ledger.record(oid),
        **{name: base.get(key) for name, key in _BASE_FIELDS.items()},
        "password": store.password(oid) if unmasked else _ASTERISKS,
        "email": store.email(oid) or None,
    }


def shown_id(settings: SandboxSettings, number: int) -> int | str:
    """An id as it is answered."""
    return str(number) if settings.has("account-id-is-text") else number


def get_settings(office: Office, visit: Visit) -> Given:
    return Given(document=account_document(office, visit.oid))


def update_settings(office: Office, visit: Visit) -> Given:
    """Merchant, e-mail, password and ids are not changed here, whatever is sent for them."""
    form = filled(office, visit)
    office.ledger.set_record(visit.oid, form)
    _write_base(office, visit.oid, form)
    return Given(document=account_document(office, visit.oid))


def delete_settings(office: Office, visit: Visit) -> Given:
    """For good. The orders stay with the merchant, and with the e-mail address."""
    office.shop.store.drop(visit.oid)
    if visit.cart is not None:
        visit.cart.oid = None
    return Given(204)


def register(office: Office, visit: Visit) -> Given:
    """A new customer, who cannot log in before the link in the mail was followed."""
    settings = office.shop.settings
    if visit.customer is not None:
        raise Refusal(400, "Log out first to register.")
    if not settings.profiles:
        raise Refusal(400, "This merchant does not allow customer profiles.")
    form = filled(office, visit)
    if form["merchantId"] != settings.merchant_id:
        raise Refusal(400, "Invalid merchantId specified.")
    redirect = visit.query.get("redirectUrl", "")
    if redirect and redirect not in settings.redirects:
        raise Refusal(400, "The redirectUrl is not configured for this merchant.")
    oid = _new_customer(office, form)
    token = office.shop.tokens.next_text()
    office.ledger.register(token, Registration(oid, form["email"], redirect))
    office.outbox.post(form["email"], "validation", token=token, redirect_url=redirect)
    if settings.has("account-register-message-only"):
        return Given(document={"message": _MESSAGE})
    return Given(document={**account_document(office, oid), "message": _MESSAGE})


def validate(office: Office, token: str) -> Document:
    """Follow the link of a registration: from now on its owner can log in.

    Orders that were left behind under the e-mail address, when a customer of that address was deleted, become
    the new account's. There are no others to assign: every order of the sandbox belongs to somebody.

    Raises:
        Refusal: 400, there is no such token, it was used, or the customer is gone.
    """
    registration = office.ledger.validate(token)
    if registration is None or registration.oid not in office.shop.store:
        raise Refusal(400, "no registration waits for this token")
    adopt(office.shop, registration.oid, registration.email)
    return {"validated": registration.oid, "redirect_url": registration.redirect}


def _new_customer(office: Office, form: Document) -> int:
    shop = office.shop
    sent = {key: form[name] for name, key in _BASE_FIELDS.items() if form.get(name)}
    try:
        # An address is one customer's, whatever the quirks of `/rest/v2` are.
        oid = insert(
            shop.behind_the_counter(), {"email": form["email"], "password": form["password"], **sent}
        )
    except Refusal:
        raise Refusal(400, "myAccount.email is already registered.") from None
    with shop.store.changing(oid) as record:
        if record.modified_s is not None:
            shop.store.touch(record, BY_CUSTOMER)
    office.ledger.set_record(oid, form)
    return oid


def _write_base(office: Office, oid: int, form: Document) -> None:
    sent = {key: form.get(name) for name, key in _BASE_FIELDS.items()}
    with office.shop.store.changing(oid) as record:
        kept = {name: held for name, held in record.base.items() if name not in sent}
        record.base = {**kept, **{key: text for key, text in sent.items() if text}}
        office.shop.store.touch(record, BY_CUSTOMER)
