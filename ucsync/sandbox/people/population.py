"""The front of the room: any customer of a population, on demand."""

from collections.abc import Callable, Mapping
from typing import Any

from ucsync.sandbox.people import (
    activity,
    addresses,
    commerce,
    correspondence,
    identity,
    loyalty,
    opinions,
    order_details,
    profile,
    purchases,
    relations,
)
from ucsync.sandbox.people.documents import CHILD_OIDS_PER_CUSTOMER, Document
from ucsync.sandbox.people.draws import Source
from ucsync.sandbox.people.instants import eastern_text

_INT32_MAX = 2_147_483_647
COUNT_MAX = (_INT32_MAX + 1) // CHILD_OIDS_PER_CUSTOMER - identity.FIRST_OID
"""So that the oids of the last customer's rows are int32."""

_BUILDERS: dict[str, Callable[[Source, int], Any]] = {
    "attachments": relations.attachments,
    "billing": addresses.billing,
    "cards": commerce.cards,
    "cc_emails": relations.cc_emails,
    "loyalty": loyalty.loyalty,
    "orders_summary": purchases.orders_summary,
    "pricing_tiers": commerce.pricing_tiers,
    "privacy": relations.privacy,
    "properties": relations.properties,
    "quotes_summary": purchases.quotes_summary,
    "reviewer": relations.reviewer,
    "shipping": addresses.shipping,
    "software_entitlements": commerce.software_entitlements,
    "tags": relations.tags,
    "tax_codes": commerce.tax_codes,
    "activity": activity.activity,
    "edi": relations.edi,
    "orders": purchases.orders,
    "quotes": purchases.quotes,
}

PARTS = tuple(_BUILDERS)
"""The 15 documented names of ``_expand``, then the four undocumented ones."""


class Population:
    """``count`` invented customers of one merchant; holds nothing about any of them.

    Everything is a pure function of (seed, oid, merchant_id, the number of orders given for the
    oid): it does not depend on ``count``, on what was asked before, on the process or on the
    version of Python. Every answer is a new
    object that the caller may change. Asking about an oid that is not in the population is the
    caller's mistake; it is not looked for.
    """

    FIRST_OID = identity.FIRST_OID

    def __init__(
        self, *, seed: int, count: int, merchant_id: str, orders: Mapping[int, int] | None = None
    ) -> None:
        """``orders`` gives single customers, by oid, a number of orders; they sign up early.

        Raises ValueError for a count outside 0..COUNT_MAX.
        """
        if not 0 <= count <= COUNT_MAX:
            raise ValueError(f"count must be 0..{COUNT_MAX}, not {count}")
        self._oids = range(self.FIRST_OID, self.FIRST_OID + count)
        self._source = Source(seed, merchant_id, dict(orders or {}))

    @property
    def oids(self) -> range:
        """The oids of all customers."""
        return self._oids

    def __contains__(self, oid: int) -> bool:
        return oid in self._oids

    def email(self, oid: int) -> str:
        """The e-mail address, unique whatever its case; '' for about one customer in 200."""
        return identity.email_of(self._source, oid)

    def oid_of_email(self, email: str) -> int | None:
        """Whose address this is, whatever its case; None when it is nobody's."""
        # lower() first: it turns a few characters, such as the Kelvin sign, into ASCII ones.
        lowered = email.lower()
        oid = identity.oid_of_email(self._source, lowered) if lowered.isascii() else None
        if oid is None or oid not in self._oids:
            return None
        return oid if self.email(oid).lower() == lowered else None

    def signup_s(self, oid: int) -> int:
        """Epoch seconds in 2012..2025; each year has more than the one before."""
        return identity.signup_of(identity.identity(self._source, oid))

    def modified_s(self, oid: int) -> int:
        """Epoch seconds, not before ``signup_s``, before 2026."""
        return identity.modified_of(identity.identity(self._source, oid))

    def password(self, oid: int) -> str:
        """What the customer logs in with; part of no document."""
        return f"password-{oid}"

    def base(self, oid: int) -> Document:
        """The scalars of the Customer model, by name; never the password."""
        return profile.base(self._source, oid)

    def part(self, oid: int, name: str) -> Any:
        """One of PARTS: a list of rows or an object, empty when the customer has none.

        Raises KeyError for another name.
        """
        return _BUILDERS[name](self._source, oid)

    def wishlist(self, oid: int) -> list[Document]:
        """CustomerWishListItem rows by position; none for most."""
        return relations.wishlist(self._source, oid)

    def store_credit(self, oid: int) -> list[Document]:
        """Credits, oldest first; none for most. For the fields see ``commerce.store_credit``."""
        return commerce.store_credit(self._source, oid)

    # What the customer's portal shows and no part of the document does.

    def purchases(self, oid: int) -> purchases.Purchases:
        """All orders of a customer, of which ``orders`` shows the newest."""
        return purchases.orders_of(self._source, oid, identity.identity(self._source, oid))

    def order_id(self, oid: int, index: int, at_s: int) -> str:
        """What an order is called that was placed at ``at_s``; no two of a customer's are called the same."""
        return purchases.order_id_of(self._source, oid, index, eastern_text(at_s))

    def billing_name(self, oid: int) -> Document:
        """Who pays the orders of a customer: country_code, first_name, last_name; what is known of them."""
        return purchases.billing_name(self._source, oid)

    def order_stage(self, oid: int, index: int) -> str:
        """``current_stage`` of an order, be it drawn or placed since."""
        return purchases.order_stage(self._source, oid, self.purchases(oid), index)

    def placed_order(self, oid: int, index: int, at_s: int, billing: Document) -> Document:
        """An order placed since, as ``orders`` has them; see ``purchases.placed_order``."""
        return purchases.placed_order(self._source, oid, index, at_s, billing)

    def order_details(self, oid: int, index: int) -> order_details.OrderDetails:
        """Everything about an order but its items and sums."""
        return order_details.order_details_of(self._source, oid, index)

    def correspondence(self, oid: int, index: int, at_s: int) -> correspondence.Correspondence | None:
        """The case that is there from the start about an order that was drawn; None for most."""
        return correspondence.correspondence_of(self._source, oid, index, at_s)

    def opinions(self, oid: int) -> list[opinions.Opinion]:
        """The reviews that are there from the start; none for most."""
        return opinions.opinions_of(self._source, oid, self.purchases(oid))
