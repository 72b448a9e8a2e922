"""What a customer must be like to be listed."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ucsync.sandbox.engine.store import Store
from ucsync.sandbox.reply import Document
from ucsync.sandbox.settings import SandboxSettings

_ADDRESSES: Final = ("billing", "shipping")
_ADDRESS_FIELDS: Final = (
    *("first_name", "last_name", "company", "city", "state", "postal_code"),
    *("country_code", "day_phone", "evening_phone"),
)

#: Filter names of getCustomers and CustomerQuery, with where the texts are (fact sheet §1.1).
TEXT_FILTERS: Final[Mapping[str, str]] = {
    "email": "email",
    "qb_class": "qb_class",
    "quickbooks_code": "qb_code",
    "pricing_tier_name": "pricing_tiers.name",
    **{
        f"{part}_{name}": f"{part}.{'state_region' if name == 'state' else name}"
        for part in _ADDRESSES
        for name in _ADDRESS_FIELDS
    },
}


@dataclass(frozen=True, slots=True)
class Match:
    """How texts are compared; UNKNOWN at the vendor's (fact sheet §1.1)."""

    part: str = "whole"  # or "start" or "anywhere"
    any_case: bool = True

    def fits(self, sought: str, held: str) -> bool:
        if self.any_case:
            sought, held = sought.lower(), held.lower()
        if self.part == "whole":
            return sought == held
        return held.startswith(sought) if self.part == "start" else sought in held


WHOLE: Final = Match()
ANYWHERE: Final = Match("anywhere")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One of `values` (all of them, if `every`) has to match a text at one of the `places`.

    Of addresses any row may have it, or the default one only.
    """

    places: tuple[str, ...]
    values: tuple[str | int, ...]
    match: Match = WHOLE
    every: bool = False
    default_only: bool = False

    def test(self, store: Store) -> Callable[[int], bool]:
        """Whether a customer fits, made ready for many of them."""
        if self.match == WHOLE and not self.every:
            sought = frozenset(map(_lower, self.values))  # `emails` may be long
            return lambda oid: not sought.isdisjoint(map(_lower, self._held(store, oid)))
        return lambda oid: self._fits(self._held(store, oid))

    def _held(self, store: Store, oid: int) -> list[str | int]:
        return [text for place in self.places for text in _held(store, oid, place, self.default_only)]

    def _fits(self, held: list[str | int]) -> bool:
        hits = (any(self._same(value, text) for text in held) for value in self.values)
        return all(hits) if self.every else any(hits)

    def _same(self, sought: str | int, held: str | int) -> bool:
        if isinstance(sought, str) and isinstance(held, str):
            return self.match.fits(sought, held)
        return sought == held


@dataclass(frozen=True, slots=True)
class Window:
    """Customers whose instant is from `low_s` to `high_s`, both included; None is no bound.

    `attribute` is an order of the store: `signup`, `modified` or `touched`.
    """

    attribute: str
    low_s: int | None = None
    high_s: int | None = None

    def test(self, store: Store) -> Callable[[int], bool]:
        """Whether a customer's instant is in the window."""
        at = {"signup": store.signup_s, "modified": store.modified_s, "touched": store.touched_s}[
            self.attribute
        ]
        return lambda oid: self._holds(at(oid))

    def _holds(self, at_s: int | None) -> bool:
        if at_s is None:
            return False
        return (self.low_s is None or at_s >= self.low_s) and (self.high_s is None or at_s <= self.high_s)


def match_of(settings: SandboxSettings) -> Match:
    """How text filters compare under these settings."""
    part = "whole"
    if settings.has("filter-prefix"):
        part = "start"
    if settings.has("filter-contains"):
        part = "anywhere"
    return Match(part, any_case=not settings.has("filter-case-sensitive"))


def criteria_of(filters: Mapping[str, Any], settings: SandboxSettings) -> Iterator[Criterion]:
    """The criteria of a checked CustomerQuery, or of the query parameters of the same names.

    A blank filter counts as not given, and so does a blank among several values: which is UNKNOWN,
    and how the vendor's own clients, that send every parameter of a form, could work at all.
    """
    match = match_of(settings)
    told = {name: _told(held) for name, held in filters.items()}
    given = {name: held for name, held in told.items() if held not in (None, "", [])}
    default_only = settings.has("address-default-only")
    yield from _email_criteria(given, match, settings.has("emails-intersect"))
    for name, place in TEXT_FILTERS.items():
        if name in given and name != "email":
            yield Criterion((place,), (given[name],), match, default_only=default_only)
    if "pricing_tier_oid" in given:
        yield Criterion(("pricing_tiers.pricing_tier_oid",), (given["pricing_tier_oid"],))
    if "all_tags" in given:
        yield Criterion(("tags.tag_value",), tuple(given["all_tags"]), match, every=True)
    if "any_tags" in given:
        yield Criterion(("tags.tag_value",), tuple(given["any_tags"]), match)


def _email_criteria(given: Mapping[str, Any], match: Match, intersect: bool) -> Iterator[Criterion]:
    # `emails` works with or without `email`; as a union by default (fact sheet §10).
    one = (given["email"],) if "email" in given else ()
    many = tuple(given.get("emails", ()))
    lists = [one, many] if intersect else [(*one, *many)]
    yield from (Criterion(("email",), values, match) for values in lists if values)


def default_row(rows: list[Document], flag: str) -> list[Document]:
    """Of a customer's addresses the one flagged as the default, or else the first; [] when there is none."""
    return [row for row in rows if row.get(flag)][:1] or rows[:1]


def _told(held: Any) -> Any:
    return [value for value in held if value != ""] if isinstance(held, list) else held


def _held(store: Store, oid: int, place: str, default_only: bool) -> Iterable[str | int]:
    """What is there to compare with: `billing.city` is the city of every billing row."""
    part, dot, name = place.partition(".")
    if dot:
        rows = store.part(oid, part)
        if default_only and part in _ADDRESSES:
            rows = default_row(rows, f"default_{part}")
        return [row[name] for row in rows if name in row]
    if place == "email":
        return [email] if (email := store.email(oid)) else []
    base = store.base(oid)
    return [base[place]] if place in base else []


def _lower(held: str | int) -> str | int:
    return held.lower() if isinstance(held, str) else held
