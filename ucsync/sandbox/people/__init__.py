"""The sandbox's customers: invented people, each a pure function of (seed, oid, merchant).

Owns: who the customers are before anybody changes them - names, addresses, purchases, loyalty,
e-mail addresses and their inverse - in the wire form of the Customer model.
Never: remembers a customer, reads a clock or a file, draws from a global generator, answers a
request, or knows what was changed since (that is the sandbox's ledger of changes).

Words: a *document* is a JSON object in wire form (str, int, bool, Decimal, list, dict; absent
instead of null, no floats); a *part* is what one name in ``_expand`` adds to it; a *twin* is a
second profile of a person who already has one; *draws* are the integers made from one digest.
"""

from ucsync.sandbox.people.documents import Document
from ucsync.sandbox.people.population import PARTS, Population

__all__ = ["PARTS", "Document", "Population"]
