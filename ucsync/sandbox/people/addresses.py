"""The parts ``billing`` and ``shipping``: rows made from up to four addresses of a person.

A twin has its original's rows under its own oids. Of the 32 draws of the topic, four addresses
take six each; the rest decide which of them become rows.
"""

from typing import Any

from ucsync.sandbox.people.documents import BILLING, SHIPPING, Document, child_oid, present
from ucsync.sandbox.people.draws import Draws, Source
from ucsync.sandbox.people.identity import (
    identity,
    is_trade,
    modified_of,
    names_of,
    original_of,
    place_of,
    written_names_of,
)
from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.people.places import City, Pattern, Place

_TOPIC = b"address"
_DRAWS_PER_ADDRESS = 6
_BILLING_ROWS, _BILLING_DEFAULT = 24, 25
_SHIPPING_ROWS, _SHIPPING_DEFAULT, _SHIPPING_FIRST = 26, 27, 28

_ROWS_OF_BILLING = (0,) * 4 + (1,) * 38 + (2,) * 18 + (3,) * 4
_ROWS_OF_SHIPPING = (0,) * 12 + (1,) * 40 + (2,) * 10 + (3,) * 2
_TITLES = ("Owner", "Purchasing Manager", "Dr.", "Office Manager", "Head Buyer")


def billing(source: Source, oid: int) -> list[Document]:
    """The billing rows, one of them the default."""
    original = original_of(source, oid)
    draws = source.draws(_TOPIC, original)
    count = _ROWS_OF_BILLING[draws[_BILLING_ROWS] % 64]
    if not count:
        return []
    rows = _Rows(source, oid, original, draws)
    default = draws[_BILLING_DEFAULT] % count
    return [rows.billing(index, index == default) for index in range(count)]


def shipping(source: Source, oid: int) -> list[Document]:
    """The shipping rows, one of them the default; the first is mostly the first billing address."""
    original = original_of(source, oid)
    draws = source.draws(_TOPIC, original)
    count = _ROWS_OF_SHIPPING[draws[_SHIPPING_ROWS] % 64]
    if not count:
        return []
    rows = _Rows(source, oid, original, draws)
    default = draws[_SHIPPING_DEFAULT] % count
    first = draws[_SHIPPING_FIRST] % 4 // 3
    return [rows.shipping(index, first + index, index == default) for index in range(count)]


class _Rows:
    """What the rows of one customer have in common."""

    __slots__ = ("company", "draws", "family", "given", "modified_s", "oid", "place", "title")

    def __init__(self, source: Source, oid: int, original: int, draws: Draws) -> None:
        person = identity(source, original)
        own = person if original == oid else identity(source, oid)
        self.oid = oid
        self.draws = draws
        self.place: Place = place_of(person)
        self.given, self.family = written_names_of(person)
        self.modified_s = modified_of(own)
        trade = is_trade(person)
        _, (house, _) = names_of(person)
        self.company = self.place.company % house if trade else None
        self.title = _TITLES[draws[31] % len(_TITLES)] if trade and draws[31] % 3 == 0 else None

    def billing(self, index: int, default: bool) -> Document:
        keys = {"customer_billing_oid": child_oid(self.oid, BILLING, index)}
        return self._row(index, keys, {"default_billing": default}, {})

    def shipping(self, index: int, address: int, default: bool) -> Document:
        keys = {"customer_shipping_oid": child_oid(self.oid, SHIPPING, index)}
        return self._row(address, {}, {"default_shipping": default}, keys)

    def _row(self, address: int, before: Document, default: Document, after: Document) -> Document:
        """The fields in the order of the model: by name, the differing ones where they belong."""
        at = _DRAWS_PER_ADDRESS * address
        city_n, street_n, house_n, postal_n, phone_n, used_n = self.draws[at : at + 6]
        place = self.place
        city = place.cities[city_n % len(place.cities)]
        day, day_e164 = _phone(city, phone_n) if phone_n % 8 else (None, None)
        evening, evening_e164 = _phone(city, street_n) if used_n % 8 == 1 else (None, None)
        fields: dict[str, Any] = {
            "address1": place.streets[street_n % len(place.streets)] % (1 + house_n % 299),
            "address2": place.unit % (1 + used_n % 90) if used_n % 5 == 0 else None,
            "city": city.name,
            "company": self.company,
            "country_code": place.country,
            **before,
            "customer_profile_oid": self.oid,
            **after,
            "day_phone": day,
            "day_phone_e164": day_e164,
            **default,
            "evening_phone": evening,
            "evening_phone_e164": evening_e164,
            "first_name": self.given,
            "last_name": self.family,
            "last_used_dts": eastern_text(self.modified_s) if house_n % 4 else None,
            "postal_code": _filled(city.postal, postal_n),
            "state_region": city.region,
            "tax_county": city.county,
            "title": self.title,
        }
        return present(fields)


def _filled(pattern: Pattern, number: int) -> str | None:
    return pattern.text % (number % pattern.numbers) if pattern.text else None


def _phone(city: City, number: int) -> tuple[str, str]:
    """As the customer typed it, and in E.164."""
    pattern = city.phone_abroad if number % 3 == 0 else city.phone_local
    digits = number // 24 % pattern.numbers
    return pattern.text % digits, city.phone_e164.text % digits
