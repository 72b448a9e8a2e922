"""mergeCustomer: one profile takes over what another had, and the other is gone (fact sheet §5)."""

from collections.abc import Mapping
from typing import Any, Final

from ucsync.sandbox.engine import amounts
from ucsync.sandbox.engine.cashback import with_certificate
from ucsync.sandbox.engine.checking import admitted
from ucsync.sandbox.engine.children import distinct
from ucsync.sandbox.engine.instants import epoch_s
from ucsync.sandbox.engine.parameters import expansions_of
from ucsync.sandbox.engine.points import countable
from ucsync.sandbox.engine.records import BASE_FIELDS, CUSTOMER, Record
from ucsync.sandbox.engine.rendering import empty
from ucsync.sandbox.engine.shop import Call, Shop, email_holders, missing, path_customer
from ucsync.sandbox.engine.store import LEFT_BEHIND, Store
from ucsync.sandbox.reply import Document, Refusal, Reply

#: Stated by the vendor to move over; the rest is the sandbox's choice (fact sheet §5, §10).
_STATED: Final = (*LEFT_BEHIND, "software_entitlements")
_CHOSEN: Final = (
    *("attachments", "billing", "cards", "cc_emails", "loyalty", "pricing_tiers", "properties"),
    *("shipping", "tags"),
)


def merge_customer(shop: Shop, call: Call) -> Reply:
    survivor = path_customer(shop, call)
    expansions_of(call, shop.settings)  # accepted, yet nothing is returned
    merge(shop, survivor, _absorbed(shop, survivor, admitted(shop, call)))
    return empty(shop)


def merge(shop: Shop, survivor: int, absorbed: int) -> None:
    """Both are live. Raises Refusal when they are one, or have more points than can be counted."""
    if survivor == absorbed:
        raise Refusal(400, "customer cannot be merged into itself.")
    store, settings = shop.store, shop.settings
    drops = settings.has("merge-drops-children")
    names = _STATED if drops else (*_STATED, *_CHOSEN)
    parts = {
        name: _joined(name, store.part(survivor, name), store.part(absorbed, name), survivor)
        for name in names
    }
    fills = _fills(store, survivor, absorbed) if settings.has("merge-fills") else {}
    wishes = [] if drops else _pointed(store.wishlist(absorbed), survivor)
    credit = [] if drops else store.credit(absorbed)
    moved = store.origins(absorbed)
    store.drop(absorbed, orders_move=True)
    with store.changing(survivor) as record:
        record.base = {**record.base, **fills}
        record.parts = {**record.parts, **parts}
        record.absorbed = (*record.absorbed, *moved)
        record.wishlist = [*record.wishlist, *wishes]
        record.credit = sorted([*record.credit, *credit], key=_entered)
        _touch(shop, record)


def adopt(shop: Shop, oid: int, email: str) -> None:
    """What deleted customers of this e-mail address left behind becomes a live customer's."""
    store = shop.store
    for left in store.take_left(email):
        parts = {name: _joined(name, store.part(oid, name), left.parts[name], oid) for name in LEFT_BEHIND}
        with store.changing(oid) as record:
            record.parts = {**record.parts, **parts}
            record.absorbed = (*record.absorbed, *left.origins)


def _touch(shop: Shop, record: Record) -> None:
    if not shop.settings.has("merge-does-not-touch"):
        shop.store.touch(record)


def _absorbed(shop: Shop, survivor: int, body: Mapping[str, Any]) -> int:
    """Who is absorbed: by oid or e-mail; by both only if they name the same customer."""
    oid, email = body.get("customer_profile_oid"), body.get("email")
    if oid is None and not email:
        raise Refusal(400, "customer.customer_profile_oid or customer.email is missing and is required.")
    if oid is not None and oid not in shop.store:
        raise missing(shop, "customer.customer_profile_oid")
    holders = email_holders(shop, email) if email else []
    if email and not holders:
        raise missing(shop, "customer.email")
    if oid is None:
        # Where addresses may be shared, the other one of that address is meant.
        return next((holder for holder in holders if holder != survivor), survivor)
    if holders and oid not in holders:
        raise Refusal(400, "customer.email is not that of customer.customer_profile_oid.")
    return int(oid)


def _joined(name: str, ours: Any, theirs: Any, survivor: int) -> Any:
    """One part of both."""
    if name.endswith("_summary"):
        return _summary(ours, theirs)
    if name == "loyalty":
        return _loyalty(ours, theirs, survivor)
    if name in ("orders", "quotes"):
        return sorted([*ours, *theirs], key=_created, reverse=True)
    if name == "properties":
        taken = {row.get("name") for row in ours}
        return [*ours, *(row for row in theirs if row.get("name") not in taken)]
    if name in ("tags", "pricing_tiers"):
        return distinct([*ours, *theirs])
    return [*ours, *_without_default(ours, _pointed(theirs, survivor), f"default_{name}")]


def _created(order: Document) -> int:
    return epoch_s(order["creation_dts"]) if "creation_dts" in order else 0


def _entered(row: Document) -> int:
    at_s: int = row["entry_s"]
    return at_s


def _pointed(rows: list[Document], oid: int) -> list[Document]:
    """Rows under their own oids, but those of another customer now."""
    return [{**row, "customer_profile_oid": oid} if "customer_profile_oid" in row else row for row in rows]


def _without_default(ours: list[Document], theirs: list[Document], flag: str) -> list[Document]:
    if not any(row.get(flag) for row in ours):
        return theirs
    return [{**row, flag: False} if row.get(flag) else row for row in theirs]


def _summary(ours: Document, theirs: Document) -> Document:
    """Counts and totals added, the first of the first and the last of the last instants."""
    joined: Document = {}
    for name in {**ours, **theirs}:
        both = [summary[name] for summary in (ours, theirs) if name in summary]
        if name.startswith("first_"):
            joined[name] = min(both, key=epoch_s)
        elif name.startswith("last_"):
            joined[name] = max(both, key=epoch_s)
        else:
            joined[name] = sum(both)
    return joined


def _loyalty(ours: Document, theirs: Document, survivor: int) -> Document:
    """Points, ledgers and cashback of both; the tier is the survivor's, if it has an account."""
    if not theirs:
        return ours
    joined = {**theirs, **ours}
    if ours:
        tier = [name for name in joined if name.startswith("loyalty_tier_") and name not in ours]
        joined = {name: held for name, held in joined.items() if name not in tier}
    for name in ("current_points", "pending_points"):
        if name in joined:
            joined[name] = countable(ours.get(name, 0) + theirs.get(name, 0), f"customer.loyalty.{name}")
    for name in ("ledger_entries", "redemptions"):
        if name in joined:
            joined[name] = [*ours.get(name, []), *theirs.get(name, [])]
    return _with_certificates(joined, ours, theirs, survivor)


def _with_certificates(joined: Document, ours: Document, theirs: Document, survivor: int) -> Document:
    held, moved = ours.get("internal_gift_certificate"), theirs.get("internal_gift_certificate")
    certificate = held or moved
    if not certificate:
        return joined
    oid = certificate["gift_certificate_oid"]
    entries = [
        {**row, "gift_certificate_oid": oid}
        for each in (held, moved)
        if each
        for row in each["ledger_entries"]
    ]
    balance = amounts.total([row["amount"] for row in entries])
    whole = {**certificate, "customer_profile_oid": survivor, "ledger_entries": entries}
    return with_certificate(joined, whole, balance)


def _fills(store: Store, survivor: int, absorbed: int) -> Document:
    """The absorbed's scalars where the survivor has none."""
    ours, theirs = store.base(survivor), store.base(absorbed)
    return {
        name: theirs[name]
        for name in BASE_FIELDS
        if name in theirs and name not in ours and not CUSTOMER.fields[name].read_only
    }
