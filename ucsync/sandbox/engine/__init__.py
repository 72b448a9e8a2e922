"""The sandbox's engine: what UltraCart would do with a merchant's customers.

Owns: the customers as they are now (the population and what was changed since), their orders and
windows, every operation of the API as a plain function, and what each quirk changes in it.
Never: speaks HTTP, waits, reads a clock of its own or draws anything; knows keys, quotas or faults.

Words: a *record* is a customer that was changed or inserted; a *listing* is oids in an order, of
which a stretch can be had cheaply; a *window* bounds an instant, a *criterion* a text; a *refusal*
is an answer of 400 or 404; *UNKNOWN* is what no source says of the real server (the fact sheet,
`customer_api.md`, §10 chooses, and `ucsync.sandbox.quirks` lists the other choices).
"""

from ucsync.sandbox.engine.actions import ACTIONS
from ucsync.sandbox.engine.cards import numbered
from ucsync.sandbox.engine.instants import epoch_s
from ucsync.sandbox.engine.merging import adopt, merge
from ucsync.sandbox.engine.phones import with_e164
from ucsync.sandbox.engine.rendering import envelope, finished, truth
from ucsync.sandbox.engine.shop import (
    Call,
    Missing,
    Shop,
    changing_children,
    email_holders,
    missing,
)
from ucsync.sandbox.engine.writing import insert, update

__all__ = [
    "ACTIONS",
    "Call",
    "Missing",
    "Shop",
    "adopt",
    "changing_children",
    "email_holders",
    "envelope",
    "epoch_s",
    "finished",
    "insert",
    "merge",
    "missing",
    "numbered",
    "truth",
    "update",
    "with_e164",
]
