"""Proofs that somebody is a customer: verification tokens and magic links (fact sheet §4)."""

from typing import Final

from ucsync.sandbox.engine.checking import admitted
from ucsync.sandbox.engine.rendering import envelope
from ucsync.sandbox.engine.shop import Call, Shop, email_holders, path_customer
from ucsync.sandbox.reply import Document, Refusal, Reply

_STOREFRONTS: Final = ("www", "shop")


def get_email_verification_token(shop: Shop, call: Call) -> Reply:
    request = admitted(shop, call)
    email = _required(request, "token_request", "email")
    password = _required(request, "token_request", "password")
    for oid in email_holders(shop, email):
        if shop.store.password(oid) == password:
            return envelope(shop, call, {"token": shop.tokens.issue(oid, shop.clock.now_s())})
    # A wrong address is not told from a wrong password.
    if shop.settings.has("wrong-password-is-200"):
        return envelope(shop, call)
    raise Refusal(400, "Invalid email or password specified.")


def validate_email_verification_token(shop: Shop, call: Call) -> Reply:
    """The verdict is `success` alone; a false one comes without an error object."""
    token = _required(admitted(shop, call), "validation_request", "token")
    oid = shop.tokens.redeem(token, shop.clock.now_s())
    return Reply(200, {"metadata": {}, "success": oid is not None and oid in shop.store})


def get_magic_link(shop: Shop, call: Call) -> Reply:
    path_customer(shop, call)
    merchant, host = shop.settings.merchant_id.lower(), call.path["storefront_host_name"]
    if host.lower() not in {f"{name}.{merchant}.example" for name in _STOREFRONTS}:
        raise Refusal(400, "Invalid storefront_host_name specified.")
    return envelope(shop, call, {"url": f"https://{host.lower()}/magic-link/{shop.tokens.next_text()}"})


def _required(request: Document, body_name: str, name: str) -> str:
    held: str | None = request.get(name)
    if not held:
        raise Refusal(400, f"{body_name}.{name} is missing and is required.")
    return held
