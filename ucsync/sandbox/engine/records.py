"""What is remembered of a customer that was changed or inserted."""

from dataclasses import dataclass, field
from typing import Any, Final

from ucsync.sandbox.reply import Document
from ucsync.ultracart.fields import Kind
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.operations import PARTS

CUSTOMER: Final = MODELS["Customer"]

#: The scalars of a customer that are answered always (fact sheet §3).
BASE_FIELDS: Final = tuple(name for name in CUSTOMER.fields if name not in PARTS)

#: The parts that are lists; the others are objects.
LISTS: Final = frozenset(name for name in PARTS if CUSTOMER.fields[name].kind is Kind.ARRAY)


@dataclass(slots=True)
class Record:
    """One customer's own state; what is absent from `parts` is still as the population has it.

    Attributes are replaced, never changed inside: answers hold references to them. `absorbed` are the oids
    whose orders, cases and reviews came here with a merge.
    """

    inserted: bool
    base: Document
    password: str | None
    signup_s: int
    modified_s: int | None
    wishlist: list[Document]
    credit: list[Document]
    absorbed: tuple[int, ...] = ()
    parts: dict[str, Any] = field(default_factory=dict)

    @property
    def email(self) -> str:
        held: str = self.base.get("email", "")
        return held


def blank_part(name: str) -> Any:
    """The part of a customer that has nothing there."""
    if name == "orders_summary":
        return {"order_count": 0, "total": 0}
    return [] if name in LISTS else {}
