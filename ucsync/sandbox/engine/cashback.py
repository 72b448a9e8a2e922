"""adjustInternalCertificate: the cashback balance, which only its ledger moves (fact sheet §4)."""

from decimal import Decimal
from typing import Final

from ucsync.sandbox.engine import amounts
from ucsync.sandbox.engine.checking import admitted
from ucsync.sandbox.engine.rendering import envelope
from ucsync.sandbox.engine.shop import Call, Shop, changing_children, path_customer
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.reply import Document, Refusal, Reply

_NAME: Final = "adjust_internal_certificate_request"
_DESCRIPTION_MAX: Final = 50


def adjust_internal_certificate(shop: Shop, call: Call) -> Reply:
    oid = path_customer(shop, call)
    request = admitted(shop, call)
    amount = _amount(shop, request)
    loyalty = shop.store.part(oid, "loyalty")
    certificate = loyalty.get("internal_gift_certificate") or _new_certificate(shop, oid)
    balance = amounts.total([row["amount"] for row in certificate["ledger_entries"]]) + amount
    if balance < 0:
        raise Refusal(400, f"{_NAME}.adjustment_amount would make the balance negative.")
    entry = _entry(shop, request, amount, certificate["gift_certificate_oid"])
    entries = [*certificate["ledger_entries"], entry]
    changed = with_certificate(loyalty, {**certificate, "ledger_entries": entries}, balance)
    with changing_children(shop, oid) as record:
        record.parts = {**record.parts, "loyalty": changed}
    return envelope(shop, call, {"adjustment_amount": amount, "balance_amount": balance})


def with_certificate(loyalty: Document, certificate: Document, balance: Decimal) -> Document:
    """The loyalty part with this internal certificate and what is derived from it."""
    return {
        **loyalty,
        "internal_gift_certificate": {**certificate, "remaining_balance": balance},
        "internal_gift_certificate_balance": str(balance),  # a string on the wire
        "internal_gift_certificate_oid": certificate["gift_certificate_oid"],
    }


def _amount(shop: Shop, request: Document) -> Decimal:
    if request.get("adjustment_amount") is None:
        raise Refusal(400, f"{_NAME}.adjustment_amount is required and was missing")
    amount = amounts.cents(request["adjustment_amount"], f"{_NAME}.adjustment_amount")
    if amount < 0 and shop.settings.has("negative-cashback-is-400"):
        raise Refusal(400, f"{_NAME}.adjustment_amount must be a positive amount.")
    return amount


def _entry(shop: Shop, request: Document, amount: Decimal, certificate_oid: int) -> Document:
    # The days are checked and have no further effect: a ledger entry has no place for them.
    amounts.days(request.get("vesting_days"), f"{_NAME}.vesting_days")
    amounts.days(request.get("expiration_days"), f"{_NAME}.expiration_days")
    entry: Document = {
        "amount": amount,
        "entry_dts": request.get("entry_dts") or eastern_text(shop.clock.now_s()),
        "gift_certificate_ledger_oid": shop.store.new_child_oid(),
        "gift_certificate_oid": certificate_oid,
    }
    if request.get("description"):
        entry["description"] = _description(shop, request["description"])
    if request.get("order_id"):
        entry["reference_order_id"] = request["order_id"]
    return entry


def _description(shop: Shop, text: str) -> str:
    """At most 50 characters, which the vendor says in prose only (fact sheet §4)."""
    if len(text) > _DESCRIPTION_MAX and not shop.settings.has("overlong-cut"):
        raise Refusal(400, f"{_NAME}.description is longer than {_DESCRIPTION_MAX} characters.")
    return text[:_DESCRIPTION_MAX]


def _new_certificate(shop: Shop, oid: int) -> Document:
    gift_certificate_oid = shop.store.new_child_oid()
    certificate: Document = {
        "activated": True,
        "code": f"IGC{gift_certificate_oid}",
        "customer_profile_oid": oid,
        "deleted": False,
        "gift_certificate_oid": gift_certificate_oid,
        "internal": True,
        "ledger_entries": [],
        "merchant_id": shop.settings.merchant_id,
        "original_balance": Decimal("0.00"),
    }
    if email := shop.store.email(oid):
        certificate["email"] = email
    return certificate
