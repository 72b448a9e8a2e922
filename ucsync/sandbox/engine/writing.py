"""insertCustomer, updateCustomer, deleteCustomer.

Everything is decided before the first change, so that a refused request changed nothing.
"""

from collections.abc import Mapping
from typing import Any, Final

from ucsync.sandbox.engine import children
from ucsync.sandbox.engine.checking import admit
from ucsync.sandbox.engine.parameters import expansions_of
from ucsync.sandbox.engine.points import settled_loyalty
from ucsync.sandbox.engine.records import BASE_FIELDS, CUSTOMER, LISTS, Record, blank_part
from ucsync.sandbox.engine.rendering import customer, empty, envelope
from ucsync.sandbox.engine.shop import Call, Shop, email_holders, path_customer
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.reply import Document, Refusal, Reply
from ucsync.ultracart.fields import Kind
from ucsync.ultracart.operations import PARTS
from ucsync.ultracart.records import OWN_OIDS

_NAME: Final = "customer"  # the vendor's name of the body, in messages
_NOT_KEPT: Final = ("password", "send_signup_notification")
_WRITABLE_PARTS: Final = tuple(name for name in PARTS if not CUSTOMER.fields[name].read_only)
_WARNING: Final = {
    "warning_code": "sandbox-warning",
    "warning_message": "The profile was saved; this warning is a quirk of the sandbox.",
}


def insert_customer(shop: Shop, call: Call) -> Reply:
    expansions = expansions_of(call, shop.settings)
    return _written(shop, call, insert(shop, call.body), expansions)


def update_customer(shop: Shop, call: Call) -> Reply:
    oid = path_customer(shop, call)
    expansions = expansions_of(call, shop.settings)
    _check_oid_in_body(shop, oid, call.body)
    update(shop, oid, call.body)
    return _written(shop, call, oid, expansions)


def delete_customer(shop: Shop, call: Call) -> Reply:
    shop.store.drop(path_customer(shop, call))
    return empty(shop)


def insert(shop: Shop, body: object) -> int:
    """A new customer. Raises Refusal when it cannot be."""
    identified = isinstance(body, Mapping) and body.get(OWN_OIDS["Customer"]) is not None
    if identified and shop.settings.has("read-only-is-400"):
        raise Refusal(400, "customer.customer_profile_oid is read-only.")
    sent = admit(shop.settings, CUSTOMER, _NAME, body)
    if sent.get("email") is not None or not shop.settings.has("email-optional"):
        _check_email(shop, sent.get("email"), None)
    oid, now_s = shop.store.new_oid(), shop.clock.now_s()
    shop.store.add(oid, _new_record(shop, oid, sent, now_s))
    return oid


def update(shop: Shop, oid: int, body: object) -> None:
    """Change a live customer. Raises Refusal when it cannot be, and then nothing is changed."""
    sent = admit(shop.settings, CUSTOMER, _NAME, body)
    if shop.settings.has("put-null-ignored"):
        sent = {name: held for name, held in sent.items() if held is not None}
    if sent.get("do_not_send_mail", ...) is None:
        del sent["do_not_send_mail"]  # null means no change (fact sheet §4)
    if "email" in sent:
        _check_email(shop, sent["email"], oid)
    if shop.settings.has("put-absent-clears"):
        sent |= {name: None for name in _WRITABLE_PARTS if name not in sent}
    parts = _parts(
        shop, oid, sent, {name: shop.store.part(oid, name) for name in _WRITABLE_PARTS if name in sent}
    )
    with shop.store.changing(oid) as record:
        record.base = _scalars(record.base, sent)
        record.parts = {**record.parts, **parts}
        if "password" in sent:
            record.password = sent["password"]
        shop.store.touch(record)


def _new_record(shop: Shop, oid: int, sent: Document, now_s: int) -> Record:
    flags = (name for name in BASE_FIELDS if CUSTOMER.fields[name].kind is Kind.FLAG)
    base: Document = dict.fromkeys((name for name in flags if name not in _NOT_KEPT), False)
    assigned = {
        "customer_profile_oid": oid,
        "merchant_id": shop.settings.merchant_id,
        "signup_dts": eastern_text(now_s),
    }
    blank = {name: blank_part(name) for name in sent if name in PARTS}
    record = Record(
        inserted=True,
        base={**_scalars(base, sent), **assigned},
        password=sent.get("password"),
        signup_s=now_s,
        modified_s=None,
        wishlist=[],
        credit=[],
        parts=_parts(shop, oid, sent, blank),
    )
    if not shop.settings.has("insert-unmodified"):
        shop.store.touch(record)
    return record


def _scalars(base: Document, sent: Mapping[str, Any]) -> Document:
    """The base scalars after an update: given ones replace, nulls clear, absent ones stay."""
    changed = dict(base)
    for name in BASE_FIELDS:
        if name not in sent or name in _NOT_KEPT:
            continue
        if sent[name] is None:
            changed.pop(name, None)
        else:
            changed[name] = sent[name]
    return changed


def _parts(shop: Shop, oid: int, sent: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """The parts that `sent` changes, as they are afterwards."""
    hand = children.Hand(shop.settings, oid, shop.clock.now_s(), shop.store.new_child_oid)
    changed: dict[str, Any] = {}
    for name, before in held.items():
        field, path = CUSTOMER.fields[name], f"{_NAME}.{name}"
        if name not in LISTS:
            changed[name] = children.fields(hand, field, before, sent[name], path)
        elif sent[name] is None:
            changed[name] = []
        else:
            changed[name] = children.rows(hand, field, before, sent[name], path)
    if "loyalty" in changed:
        changed["loyalty"] = settled_loyalty(held["loyalty"], changed["loyalty"], f"{_NAME}.loyalty")
    return changed


def _check_email(shop: Shop, email: str | None, own_oid: int | None) -> None:
    """Non-empty, and unique whatever its case; an @ is not asked for (fact sheet §10)."""
    if email is None or not email.strip():
        raise Refusal(400, "customer.email is missing and is required.")
    if shop.settings.has("email-strict") and "@" not in email:
        raise Refusal(400, "customer.email is not a valid address.")
    others = [oid for oid in email_holders(shop, email) if oid != own_oid]
    if others and not shop.settings.has("email-shared"):
        raise Refusal(400, "customer.email is already used by another customer")


def _check_oid_in_body(shop: Shop, oid: int, body: object) -> None:
    # By default the path wins (fact sheet §10).
    if not shop.settings.has("oid-mismatch-is-400") or not isinstance(body, Mapping):
        return
    if body.get(OWN_OIDS["Customer"]) not in (None, oid):
        raise Refusal(400, "customer.customer_profile_oid is not that of the path.")


def _written(shop: Shop, call: Call, oid: int, expansions: tuple[str, ...]) -> Reply:
    fields: Document = {"customer": customer(shop, oid, expansions)}
    if shop.settings.has("warn-on-write"):
        fields["warning"] = dict(_WARNING)
    return envelope(shop, call, fields)
