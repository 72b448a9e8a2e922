"""The sandbox's customers: invented people, each a pure function of (seed, oid, merchant).

Owns: who the customers are before anybody changes them - names, addresses, purchases, loyalty,
e-mail addresses and their inverse - in the wire form of the Customer model; and what only the
customer's portal shows of them: the particulars of orders, cases and reviews, as plain values.
Never: remembers a customer, reads a clock or a file, draws from a global generator, answers a
request, or knows what was changed since (that is the sandbox's ledger of changes).

Words: a *document* is a JSON object in wire form (str, int, bool, Decimal, list, dict; absent
instead of null, no floats); a *part* is what one name in ``_expand`` adds to it; a *twin* is a
second profile of a person who already has one; *draws* are the integers made from one digest.
"""

from ucsync.sandbox.people.catalogue import ITEMS, Item
from ucsync.sandbox.people.correspondence import CUSTOMER, Correspondence, Written
from ucsync.sandbox.people.documents import Document, money
from ucsync.sandbox.people.opinions import Opinion, opinion_number
from ucsync.sandbox.people.order_details import OrderDetails
from ucsync.sandbox.people.population import PARTS, Population
from ucsync.sandbox.people.purchases import ORDERS_MAX, Purchases

__all__ = [
    "CUSTOMER",
    "ITEMS",
    "ORDERS_MAX",
    "PARTS",
    "Correspondence",
    "Document",
    "Item",
    "Opinion",
    "OrderDetails",
    "Population",
    "Purchases",
    "Written",
    "money",
    "opinion_number",
]
