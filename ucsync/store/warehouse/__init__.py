"""The warehouse: one DuckDB file of a merchant, built from the lake for analysts and their tools.

Owns the tiers' rules, hashes and their key, history, orders and cases, the views of `sql/*.sql`, how a file
is built and opened. Never changes the lake or asks a server. Words: the line is the chain of snapshots that
history is told from; a version is a customer as they were for a while; whatever is hidden stays out of the
file.
"""

from ucsync.store.warehouse.building import Blueprint, built, pieces_of, put_in_place
from ucsync.store.warehouse.hashing import key_of
from ucsync.store.warehouse.opening import (
    LAYOUT,
    About,
    Warehouse,
    about_warehouse,
    open_warehouse,
    receipt_digest,
    warehouse_path,
)
from ucsync.store.warehouse.projecting import Shown

__all__ = [
    "LAYOUT",
    "About",
    "Blueprint",
    "Shown",
    "Warehouse",
    "about_warehouse",
    "built",
    "key_of",
    "open_warehouse",
    "pieces_of",
    "put_in_place",
    "receipt_digest",
    "warehouse_path",
]
