"""Orders placed meanwhile, which both APIs see at once: for the lab, since neither of them can place one."""

from decimal import Decimal
from typing import Final

from ucsync.sandbox.engine.instants import epoch_s
from ucsync.sandbox.my_account.desk import Placed
from ucsync.sandbox.my_account.office import Office
from ucsync.sandbox.my_account.parties import preferred
from ucsync.sandbox.people import ORDERS_MAX
from ucsync.sandbox.reply import Document, Refusal

_NAMED: Final = ("country_code", "first_name", "last_name")
_WHO: Final = "customer_profile_oid"


def place(office: Office, wish: Document) -> Document:
    """What the control API asks for: `{"customer_profile_oid": 1000001}`.

    Returns:
        The id of the order under `placed`.

    Raises:
        Refusal: 400, nobody is named who is there.
    """
    oid = wish.get(_WHO)
    if len(wish) != 1 or type(oid) is not int or oid not in office.shop.store:
        raise Refusal(400, f"place must hold {_WHO} alone, of a customer that is there")
    return {"placed": place_order(office, oid)}


def place_order(office: Office, oid: int) -> str:
    """A live customer buys something now. Returns the order's id.

    It goes to whom the customer's default addresses name, and it counts as modifying the customer.
    """
    store, now_s = office.shop.store, office.shop.clock.now_s()
    billing = preferred(store.part(oid, "billing"), "default_billing")
    shipping = preferred(store.part(oid, "shipping"), "default_shipping")
    number = office.desk.next_number(oid)
    name: Document = {key: billing[key] for key in _NAMED if key in billing}
    document = store.people.placed_order(oid, number, now_s, name)
    orders, summary = store.part(oid, "orders"), store.part(oid, "orders_summary")
    office.desk.place(oid, Placed(number, now_s, store.email(oid), billing, shipping or billing))
    with store.changing(oid) as record:
        kept = max(ORDERS_MAX, len(orders))
        record.parts = {
            **record.parts,
            # The server's clock may have been put back to before the newest of them.
            "orders": sorted([document, *orders], key=_created_s, reverse=True)[:kept],
            "orders_summary": _with(summary, document),
        }
        store.touch(record, "checkout")
    order_id: str = document["order_id"]
    return order_id


def _created_s(order: Document) -> int:
    return epoch_s(order["creation_dts"])


def _with(summary: Document, order: Document) -> Document:
    """The summary of one order more."""
    total: Decimal = order["summary"]["total"]["value"]
    at_dts = order["creation_dts"]
    return {
        "first_order_dts": min(at_dts, summary.get("first_order_dts", at_dts), key=epoch_s),
        "last_order_dts": max(at_dts, summary.get("last_order_dts", at_dts), key=epoch_s),
        "order_count": summary["order_count"] + 1,
        "total": summary["total"] + total,
    }
