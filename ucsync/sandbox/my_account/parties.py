"""Who pays for an order, and who receives it."""

from typing import NamedTuple

from ucsync.sandbox.engine import Shop
from ucsync.sandbox.my_account.desk import Entry
from ucsync.sandbox.reply import Document


class Parties(NamedTuple):
    """Both as REST v2 has addresses; ``email`` may be ''."""

    email: str
    billing: Document
    shipping: Document


def parties_of(shop: Shop, entry: Entry) -> Parties:
    """Those of an order, as they were when it was placed; what the customer changes later is not in it."""
    if entry.placed is not None:
        return Parties(entry.placed.email, entry.placed.billing, entry.placed.shipping)
    people = shop.store.people
    billing = preferred(people.part(entry.origin, "billing"), "default_billing")
    shipping = preferred(people.part(entry.origin, "shipping"), "default_shipping")
    billing = billing or people.billing_name(entry.origin)
    return Parties(people.email(entry.origin), billing, shipping or billing)


def preferred(rows: list[Document], flag: str) -> Document:
    """The default address, else the first; {} when there is none."""
    return next((row for row in rows if row.get(flag)), rows[0] if rows else {})
