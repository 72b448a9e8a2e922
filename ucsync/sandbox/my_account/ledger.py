"""What an account has that no customer of `/rest/v2` has: kept beside the engine's store.

The address of record, names of countries as they were written, whole card numbers, who has yet to prove that
an e-mail address is theirs. Oids are never used twice, so what is kept of somebody who is gone does no harm.
"""

from typing import Final, NamedTuple

from ucsync.sandbox.engine import Shop
from ucsync.sandbox.my_account.countries import NAMES, code_of
from ucsync.sandbox.reply import Document

#: Fields that the portal's addresses share with those of `/rest/v2`, by the portal's names; no country.
SHARED: Final = {
    "company": "company",
    "firstName": "first_name",
    "lastName": "last_name",
    "address1": "address1",
    "address2": "address2",
    "city": "city",
    "state": "state_region",
    "postalCode": "postal_code",
    "title": "title",
    "dayPhone": "day_phone",
    "eveningPhone": "evening_phone",
}


class Number(NamedTuple):
    """A card number, and the mask that `/rest/v2` has for it."""

    mask: str
    digits: str


class Registration(NamedTuple):
    """An account, the e-mail address that is to be proven, and where its owner is led to afterwards."""

    oid: int
    email: str
    redirect: str


class Ledger:
    """By oids: of customers, of address rows, of cards."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._records: dict[int, Document] = {}
        self._countries: dict[int, str] = {}
        self._numbers: dict[int, Number] = {}
        self._registrations: dict[str, Registration] = {}

    # the address of record

    def record(self, oid: int) -> Document:
        """The account's own address. Until its owner writes one it is the default billing address that the
        customer had at the beginning, because the population has no other (INFERRED)."""
        if oid in self._records:
            return self._records[oid]
        rows = self._shop.store.born_part(oid, "billing")
        row = next((row for row in rows if row.get("default_billing")), rows[0] if rows else {})
        country = NAMES.get(row.get("country_code", ""))
        return {**{name: row.get(key) for name, key in SHARED.items()}, "country": country}

    def set_record(self, oid: int, fields: Document) -> None:
        """Replace it: what is not given is not there afterwards."""
        self._records[oid] = {name: fields.get(name) or None for name in (*SHARED, "country")}

    # countries

    def country(self, row_oid: int, code: str | None) -> str | None:
        """The country of an address row as its owner wrote it, as long as `/rest/v2` has not changed it."""
        written = self._countries.get(row_oid)
        if written is not None and code_of(written) == code:
            return written
        return NAMES.get(code or "", code)

    def set_country(self, row_oid: int, written: str) -> str | None:
        """Keep a country as written; the code for `/rest/v2`, None for what is no country."""
        self._countries[row_oid] = written
        return code_of(written)

    # card numbers

    def number(self, card_id: int, mask: str) -> str | None:
        """The number that was given for a card, as long as it has the mask of then."""
        held = self._numbers.get(card_id)
        return held.digits if held is not None and held.mask == mask else None

    def set_number(self, card_id: int, mask: str, digits: str) -> None:
        """Keep a number, to know it again."""
        self._numbers[card_id] = Number(mask, digits)

    # registrations

    def register(self, token: str, registration: Registration) -> None:
        """Somebody registered, and has to follow the link with this token."""
        self._registrations[token] = registration

    def is_validated(self, oid: int) -> bool:
        """Whether there is no link to be followed any more."""
        return all(waiting.oid != oid for waiting in self._registrations.values())

    def validate(self, token: str) -> Registration | None:
        """The link was followed; None when there is no such one, or it was used before."""
        return self._registrations.pop(token, None)
