"""Who a customer is: name, place, e-mail address, lifetime, how often they bought.

All of it comes from one digest, whose 32 draws are used as follows (other topics have their own):
0 place, 1 culture, 2 given, 3 family, 4 gaps in the name, 5-8 sign-up, 9-11 last change,
12-13 orders, 14 trade or consumer, 15 no e-mail, 16 its spelling, 17 its domain.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from ucsync.sandbox.people.draws import Draws, Source, wide
from ucsync.sandbox.people.names import Name
from ucsync.sandbox.people.places import PLACE_BY_DRAW, Place
from ucsync.sandbox.people.tokens import TOKEN_LENGTH, oid_of, scramble, token_of

FIRST_OID = 1_000_001

_TOPIC = b"identity"
_SIGNUP_FROM_S = int(datetime(2012, 1, 1, 5, tzinfo=UTC).timestamp())
_SIGNUP_SPAN_S = int(datetime(2025, 12, 31, tzinfo=UTC).timestamp()) - _SIGNUP_FROM_S
_END_S = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
_DAY_S = 86_400
_PLACES = len(PLACE_BY_DRAW)

_DOMAINS = (
    *("example.com",) * 8,
    *("example.org",) * 3,
    *("example.net",) * 3,
    "mail.example",
    "post.example",
    "correo.example",
    "firma.example",
    "shop.example",
    "uni.example",
)
_SPELLINGS = ("{}.{}.{}", "{}_{}_{}", "{}-{}-{}", "{}.{}+{}", "{}{}.{}")

# In every block of 33 neighbours one is a second profile of somebody; which is 3 % of them.
_BLOCK = 33
_TWIN_AT = 32

# (per thousand customers, fewest orders, how many counts from there): most buy once or twice.
_ORDER_BANDS = (
    (260, 0, 1),
    (370, 1, 1),
    (140, 2, 1),
    (80, 3, 1),
    (50, 4, 2),
    (55, 6, 5),
    (30, 11, 10),
    (11, 21, 30),
    (4, 51, 150),
)
_ORDERS_BY_DRAW = tuple((low, span) for weight, low, span in _ORDER_BANDS for _ in range(weight))


class Lifetime(NamedTuple):
    """Epoch seconds between which all that is told of a customer happened."""

    signup_s: int
    modified_s: int


def identity(source: Source, oid: int) -> Draws:
    """The draws that the functions below read."""
    own = source.draws(_TOPIC, oid)
    return _long_known(own) if oid in source.order_counts else own


def _long_known(own: Draws) -> Draws:
    """The same person with a lifetime of nine years or more, which has room for many orders.

    Signed up in the first eighth of the time there is; changed, and in the last quarter of what remains.
    """
    first, second = own[5] & 0x1FFF, own[7] & 0x1FFF
    return (*own[:5], first, own[6], second, own[8], own[9] | 0xC000, own[10], own[11] | 1, *own[12:])


def original_of(source: Source, oid: int) -> int:
    """The oid whose name and address this customer has: an earlier one for a twin, else its own.

    The original does not depend on how many customers there are, so it is never a later one.
    """
    block, position = divmod(oid - FIRST_OID, _BLOCK)
    if position != _TWIN_AT:
        return oid
    mixed = scramble(block, source.salt())
    return FIRST_OID + mixed % (block + 1) * _BLOCK + mixed % _TWIN_AT


def place_of(person: Draws) -> Place:
    """The country somebody lives in."""
    return PLACE_BY_DRAW[person[0] % _PLACES]


def names_of(person: Draws) -> tuple[Name, Name]:
    """Given and family name."""
    cultures = PLACE_BY_DRAW[person[0] % _PLACES].cultures
    culture = cultures[person[1] % len(cultures)]
    given, family = culture.given, culture.family
    return given[person[2] % len(given)], family[person[3] % len(family)]


def written_names_of(person: Draws) -> tuple[str | None, str | None]:
    """Given and family name as the rows show them; either may be missing."""
    (given, _), (family, _) = names_of(person)
    gap = person[4] % 256
    return (given if gap else None), (None if 1 <= gap <= 6 else family)


def is_trade(person: Draws) -> bool:
    """Whether this is a business that buys wholesale; one in eight."""
    return person[14] % 8 == 0


def signup_of(own: Draws) -> int:
    """Epoch seconds; the later of two instants, so that every year has more than the one before."""
    first, second = own[5] << 16 | own[6], own[7] << 16 | own[8]
    return _SIGNUP_FROM_S + ((first if first > second else second) * _SIGNUP_SPAN_S >> 32)


def modified_of(own: Draws) -> int:
    """Epoch seconds; one in eight customers was never changed since sign-up."""
    signup_s = signup_of(own)
    if own[11] % 8 == 0:
        return signup_s
    return signup_s + (wide(own, 9) * (_END_S - signup_s) >> 32)


def lifetime_of(own: Draws) -> Lifetime:
    """Both ends at once."""
    return Lifetime(signup_of(own), modified_of(own))


def order_count_of(source: Source, oid: int, own: Draws) -> int:
    """How many orders there are: as many as are given for the customer, else drawn.

    Drawn ones are at most one for each day of the lifetime.
    """
    given = source.order_counts.get(oid)
    return _drawn_count(own) if given is None else given


def _drawn_count(own: Draws) -> int:
    low, span = _ORDERS_BY_DRAW[own[12] % len(_ORDERS_BY_DRAW)]
    if low == 0:
        return 0
    signup_s, modified_s = lifetime_of(own)
    return min(low + own[13] % span, 1 + (modified_s - signup_s) // _DAY_S)


def email_of(source: Source, oid: int) -> str:
    """The e-mail address, unique whatever its case; '' for one customer in two hundred."""
    own = source.draws(_TOPIC, oid)
    original = original_of(source, oid)
    person = own if original == oid else source.draws(_TOPIC, original)
    return email_from(source, oid, own, person)


def email_from(source: Source, oid: int, own: Draws, person: Draws) -> str:
    """``email_of`` for who has the draws of the customer and of its original at hand."""
    if own[15] % 200 == 0:
        return ""
    (_, given), (_, family) = names_of(person)
    style = own[16]
    if style % 16 == 0:
        given, family = given.capitalize(), family.capitalize()
    local = _SPELLINGS[style % 5].format(given, family, token_of(oid, source.salt()))
    return f"{local}@{_DOMAINS[own[17] % len(_DOMAINS)]}"


def oid_of_email(source: Source, email: str) -> int | None:
    """The number in the address's token; the caller checks that it is that customer's address."""
    local, _, _ = email.partition("@")
    return oid_of(local[-TOKEN_LENGTH:], source.salt())
