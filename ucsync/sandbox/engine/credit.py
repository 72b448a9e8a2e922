"""Store credit: a ledger of grants, and what it comes to at the server's now (fact sheet §4)."""

from collections.abc import Iterable
from operator import itemgetter
from typing import Any, Final

from ucsync.sandbox.engine import amounts
from ucsync.sandbox.engine.checking import admitted
from ucsync.sandbox.engine.instants import DAY_S
from ucsync.sandbox.engine.rendering import envelope
from ucsync.sandbox.engine.shop import Call, Shop, changing_children, path_customer
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.reply import Document, Refusal, Reply

_EXPIRING_WITHIN_S: Final = 30 * DAY_S
_DESCRIPTION_MAX: Final = 50  # of CustomerStoreCreditLedgerEntry; the request declares none


def get_customer_store_credit(shop: Shop, call: Call) -> Reply:
    oid = path_customer(shop, call)
    credit = _credit(shop.store.credit(oid), shop.clock.now_s())
    return envelope(shop, call, {"customer_store_credit": credit})


def add_customer_store_credit(shop: Shop, call: Call) -> Reply:
    oid = path_customer(shop, call)
    row = _granted(admitted(shop, call), shop.clock.now_s())
    with changing_children(shop, oid) as record:
        record.credit = [*record.credit, row]
    return envelope(shop, call)


def _granted(request: Document, now_s: int) -> Document:
    name = "store_credit_request"
    if request.get("amount") is None:
        raise Refusal(400, f"{name}.amount is missing and is required.")
    amount = amounts.cents(request["amount"], f"{name}.amount")
    if amount <= 0:
        raise Refusal(400, f"{name}.amount must be a positive amount.")
    vesting = amounts.days(request.get("vesting_days"), f"{name}.vesting_days")
    expiration = amounts.days(request.get("expiration_days"), f"{name}.expiration_days")
    row: Document = {"amount": amount, "entry_s": now_s, "vesting_s": now_s + vesting * DAY_S}
    if request.get("description"):
        row["description"] = request["description"][:_DESCRIPTION_MAX]
    if expiration:  # zero or null: never
        row["expiration_s"] = now_s + expiration * DAY_S
    return row


def _credit(rows: list[Document], now_s: int) -> Document:
    def expires(row: Document, within_s: int) -> bool:
        return bool(row.get("expiration_s", now_s + within_s + 1) <= now_s + within_s)

    def vested(row: Document) -> bool:
        return bool(row["vesting_s"] <= now_s)

    live = [row for row in rows if vested(row) and not expires(row, 0)]
    coming = [row for row in rows if not vested(row)]
    return {
        "available": _sum(live),
        "expiring": _sum(row for row in live if expires(row, _EXPIRING_WITHIN_S)),
        "future_ledgers": _future(rows, now_s),
        "past_ledgers": [_entry(row, "entry_s") for row in rows if row["entry_s"] <= now_s],
        "total": _sum(rows),
        "vesting": _sum(coming),
    }


def _sum(rows: Iterable[Document]) -> Any:
    return amounts.total([row["amount"] for row in rows])


def _future(rows: list[Document], now_s: int) -> list[Document]:
    """What will vest and what will expire, soonest first."""
    moves = [
        (row[key], {"action": action, **_entry(row, key)})
        for row in rows
        for key, action in (("vesting_s", "Vesting"), ("expiration_s", "Expiring"))
        if row.get(key, 0) > now_s
    ]
    return [entry for _, entry in sorted(moves, key=itemgetter(0))]


def _entry(row: Document, at: str) -> Document:
    names = ("amount", "description", "reference_order_id")
    return {**{name: row[name] for name in names if name in row}, "entry_dts": eastern_text(row[at])}
