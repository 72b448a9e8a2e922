"""A customer whose every text that `standard` hides has one and the same mark in it."""

from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from tests.store.warehouse.nights import Document, Nights, people
from ucsync.model import Tier
from ucsync.store.schema import CUSTOMER
from ucsync.store.warehouse.privacy import RULES, is_shown

#: In each text of the canary; no hash, and no word of anybody else, has it.
MARK: Final = "qanari"


def canary() -> Document:
    """A customer who has written the mark into every text that `standard` hides."""
    (document,) = people(1)
    for name in CUSTOMER.names:
        if name not in ("customer_profile_oid", "_observed_at", "_scan", "_extras", "orders", "quotes"):
            document[name] = _marked(CUSTOMER.field(name).type, name, document.get(name))
    document |= {"orders": [{"note": f"{MARK} ordered"}], "quotes": [{"note": f"{MARK} asked"}]}
    return document | {"nickname_of_old": f"{MARK} the old"}


def _marked(type_: Any, path: str, held: Any) -> Any:
    if pa.types.is_list(type_):
        return [_marked(type_.value_type, path, item) for item in held or [None]]
    if pa.types.is_struct(type_):
        inner = {of.name: _marked(of.type, f"{path}.{of.name}", (held or {}).get(of.name)) for of in type_}
        return {name: value for name, value in inner.items() if value is not None}
    hidden = path in RULES and not is_shown(RULES[path], Tier.STANDARD)
    return f"{MARK}@{path}.example" if hidden else held


def marked_nights(folder: Path) -> Nights:
    """A lake where they are, were otherwise before, and one like them is gone."""
    made, document = Nights(folder), canary()
    gone = document | {"customer_profile_oid": 7}
    made.publish([document, gone, *people(20)[1:]])
    made.publish([document | {"business_notes": f"{MARK} is new", "email": f"{MARK}@new.example"}], gone=[7])
    return made
