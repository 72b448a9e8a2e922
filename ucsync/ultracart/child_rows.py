"""How the parts of a customer are made, to whoever changes them: objects, and rows with oids or names."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ucsync.model.pushes import NEW_ROW
from ucsync.ultracart.fields import Kind
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.newer import parts_beyond
from ucsync.ultracart.records import OWN_OIDS, Record

#: The field by which people know a row; it has no other name in a change.
_KEYS: Final = {
    "cc_emails": "email", "pricing_tiers": "name", "properties": "name", "tags": "tag_value",
}  # fmt: skip


#: What the server moves by itself, now or whenever somebody buys, reviews or reads mail.
MOVED: Final = {
    "activity": {"activity"},
    "last_modified_by": {"last_modified_by"},
    "last_modified_dts": {"last_modified_dts"},
    "orders_summary": {"orders_summary"},
    "quotes_summary": {"quotes_summary"},
    "billing": {"day_phone_e164", "evening_phone_e164", "last_used_dts"},
    "shipping": {"day_phone_e164", "evening_phone_e164", "last_used_dts"},
    "cards": {"last_used_dts"},
    "loyalty": {"current_points", "pending_points", "internal_gift_certificate_balance"},
    "privacy": {"last_update_dts"},
    "reviewer": {
        "average_overall_rating", "first_review", "last_review", "number_helpful_review_votes", "rank",
        "reviews_contributed",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a customer.

    Attributes:
        name: of the field.
        rows: whether it is a list, else it is an object.
        own: the field with the oid by which the server knows a row, None where there is none.
        key: the field by which people know a row, None where they know it by its oid.
        writable: names of the fields that can be sent.
    """

    name: str
    rows: bool
    own: str | None
    key: str | None
    writable: frozenset[str]

    def sent(self, row: Record) -> Record:
        """Of a row, what is sent back: its own oid, and what can be written."""
        return {name: held for name, held in row.items() if name in self.writable or name == self.own}

    def fields(self, row: Record) -> Record:
        """Of a row or an object, what can be written of it."""
        return {name: held for name, held in row.items() if name in self.writable}

    def beside_key(self, row: Record) -> Record:
        """The same without the name of the row."""
        return {name: held for name, held in row.items() if name in self.writable and name != self.key}

    def check_sendable(self, record: Record) -> None:
        """Whether the part of a customer can be sent back and lose nothing.

        Raises:
            ValueError: it cannot; in one line why.
        """
        if self.name in parts_beyond(record):
            raise ValueError(
                f"{self.name} holds fields that this version of ucsync does not know, and would lose them if "
                "it were sent back; a newer version may know them"
            )
        # Without its oid a row would be taken for a new one. A tier is known by its name as well.
        known_by = {self.own, self.key} if self.name == "pricing_tiers" else {self.own}
        if self.own is not None and any(known_by.isdisjoint(row) for row in record.get(self.name, ())):
            raise ValueError(
                f"the server has not said the oid of a row of {self.name}, which so cannot be kept"
            )

    def name_of(self, row: Record) -> int | str:
        """By which a change knows a row: its name or its oid, `NEW_ROW` when it has none yet."""
        named: int | str | None = row.get((self.own if self.key is None else self.key) or "")
        return NEW_ROW if named is None else named


def _parts() -> Iterator[Part]:
    for field in MODELS["Customer"].fields.values():
        if field.model is not None:
            writable = {inner.name for inner in field.model.fields.values() if not inner.read_only}
            own = OWN_OIDS.get(field.model.name)
            if field.name == "pricing_tiers":  # the merchant's oid for the tier of that name
                own = "pricing_tier_oid"
            rows, key = field.kind is Kind.ARRAY, _KEYS.get(field.name)
            yield Part(field.name, rows, own, key, frozenset(writable - {own}))


#: Every part by name.
CUSTOMER_PARTS: Final = {part.name: part for part in _parts()}
