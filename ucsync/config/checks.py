"""What a setting may hold: one small function a kind, each saying how to mend what it finds.

A value is shown only when it is a number; text may be a key or somebody's name in the wrong place.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from typing import Final

from ucsync.config.lines import KeyPath
from ucsync.model import ConfigurationInvalid
from ucsync.net import api_address
from ucsync.ultracart import EXPANSIONS
from ucsync.ultracart.check import body_faults, shown_name
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.operations import EXPANSIONS_UNDOCUMENTED

EXPANSIONS_KNOWN: Final = (*EXPANSIONS, *EXPANSIONS_UNDOCUMENTED)
QUERY_MODEL: Final = MODELS["CustomerQuery"]
#: What a push can change: fields of a customer, `part.field` of parts, and what has operations of its own.
FIELD_NAMES: Final = (
    *(
        name
        for field in MODELS["Customer"].fields.values()
        for name in (
            field.name,
            *(f"{field.name}.{below}" for below in (field.model.fields if field.model else ())),
        )
    ),
    "store_credit", "cashback", "email_lists",
)  # fmt: skip
#: Parts whose elements have names, so that one of them may be meant: `properties.vat_id`.
_NAMED: Final = ("cc_emails.", "pricing_tiers.", "properties.", "tags.")
_DIGITS_SHOWN_MAX: Final = 20
_MERCHANT_ID = re.compile(r"[A-Za-z0-9]{0,5}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a value, or with what is `below` it, and how to mend it."""

    text: str
    below: KeyPath = ()


Check = Callable[[object], Iterator[Problem]]


def whole(low: int, high: int) -> Check:
    """A whole number, bounds included."""
    wanted = f"a whole number from {low} to {high}"

    def check(value: object) -> Iterator[Problem]:
        if type(value) is not int:
            yield Problem(f"expected {wanted}, found {_found(value)}")
        elif not low <= value <= high:
            side = f"below {low}" if value < low else f"above {high}"
            yield Problem(f"{_shown(value)} is {side}; write {wanted}")

    return check


def number(low: float, high: float, unit: str) -> Check:
    """A number that may have a fraction, bounds included."""
    wanted = f"{unit} from {low} to {high}"

    def check(value: object) -> Iterator[Problem]:
        if not isinstance(value, int | float) or isinstance(value, bool):
            yield Problem(f"expected {wanted}, found {_found(value)}")
        elif not low <= value <= high:  # true of nan
            yield Problem(f"{_shown(value)} is out of bounds; write {wanted}")

    return check


def seconds(value: object) -> Iterator[Problem]:
    """More than none and less than a day."""
    wanted = "seconds above 0 and below 86400"
    if not isinstance(value, int | float) or isinstance(value, bool):
        yield Problem(f"expected {wanted}, found {_found(value)}")
    elif not 0 < value < 86_400:
        yield Problem(f"{_shown(value)} is out of bounds; write {wanted}")


def flag(value: object) -> Iterator[Problem]:
    """true or false."""
    if type(value) is not bool:
        yield Problem(f"expected true or false, without quotes, found {_found(value)}")


def text(value: object) -> Iterator[Problem]:
    """Text that is not empty."""
    if not isinstance(value, str) or not value:
        yield Problem(f'expected text in "quotes", found {_found(value)}')


def one_of(*choices: str) -> Check:
    """One of a few words."""
    wanted = ", ".join(choices)

    def check(value: object) -> Iterator[Problem]:
        if value not in choices:
            yield Problem(f"expected one of {wanted}{_nearest(value, choices)}")

    return check


def server(value: object) -> Iterator[Problem]:
    """An address that a key may be sent to."""
    yield from (problems := list(text(value)))
    try:
        if not problems:
            api_address(str(value))
    except ConfigurationInvalid as fault:
        yield Problem(str(fault))


def merchant_id(value: object) -> Iterator[Problem]:
    """What UltraCart calls a merchant, or nothing."""
    if not isinstance(value, str):
        yield Problem(f'expected text in "quotes", found {_found(value)}')
    elif not _MERCHANT_ID.fullmatch(value):
        yield Problem('not 1 to 5 letters or digits; write it as UltraCart shows it, e.g. "DEMO"')


def variable(value: object) -> Iterator[Problem]:
    """The name of an environment variable."""
    yield from (problems := list(text(value)))
    if not problems and not _VARIABLE.fullmatch(str(value)):
        yield Problem(
            "not the name of an environment variable; if it is the key itself, it must not be in this file"
        )


def folder(value: object) -> Iterator[Problem]:
    """A folder of this machine."""
    yield from (problems := list(text(value)))
    if problems:
        return
    if not str(value).isprintable():
        yield Problem("holds characters that no name of a folder should have")
    elif "://" in str(value):
        yield Problem('an address; write a folder of this machine, e.g. "lake"')


def expansions(value: object) -> Iterator[Problem]:
    """Names for `_expand`."""
    if not isinstance(value, list):
        yield Problem(f'expected a list of names, e.g. ["billing", "tags"], found {_found(value)}')
        return
    for position, name in enumerate(value):
        if not isinstance(name, str):
            yield Problem(f"expected a name, found {_found(name)}", (position,))
        elif name not in EXPANSIONS_KNOWN:
            near = _nearest(name, EXPANSIONS_KNOWN)
            known = f"; there are {', '.join(EXPANSIONS_KNOWN)}"
            yield Problem(f"no expansion {shown_name(name)}{near}{known}", (position,))


def names(value: object) -> Iterator[Problem]:
    """A list of texts, perhaps empty."""
    if not isinstance(value, list):
        yield Problem(f'expected a list of names in "quotes", found {_found(value)}')
        return
    for position, name in enumerate(value):
        if not isinstance(name, str) or not name.strip():
            yield Problem(f'expected a name in "quotes", found {_found(name)}', (position,))


def field_names(value: object) -> Iterator[Problem]:
    """A list of fields of a customer, those of a part as `part.field`, a property as `properties.NAME`."""
    yield from (problems := list(names(value)))
    if problems or not isinstance(value, list):
        return
    for position, name in enumerate(value):
        if name not in FIELD_NAMES and not name.startswith(_NAMED):
            yield Problem(f"no such field of a customer{_nearest(name, FIELD_NAMES)}", (position,))


def query(value: object) -> Iterator[Problem]:
    """Filters as the vendor's CustomerQuery has them."""
    if not isinstance(value, dict):
        yield Problem(f"expected a section of filters, found {_found(value)}")
        return
    if not value:
        yield Problem("holds no filter; write one, or leave the section out to read every customer")
    for name, held in value.items():
        if name not in QUERY_MODEL.fields:
            near = _nearest(name, tuple(QUERY_MODEL.fields))
            known = near or (
                "; a setting of the merchant belongs above this section, filters are "
                + ", ".join(QUERY_MODEL.fields)
            )
            yield Problem(f"no such filter{known}", (name,))
            continue
        for fault in body_faults(QUERY_MODEL, {name: held}, "query"):
            position = re.search(r"\[(\d+)\]$", fault.path)
            below = (name, int(position[1])) if position else (name,)
            mend = "; put it in quotes" if isinstance(held, date | time) else ""
            yield Problem(fault.problem + mend, below)


def unknown(name: str, known: Sequence[str]) -> str:
    """What to say of a name that is none of `known`."""
    if near := _nearest(name, known):
        return f"no such setting{near}"
    if re.search("key|token|secret|password", name, re.IGNORECASE):
        return "no such setting; a key is not kept in this file: say where it is with key_file or another"
    return f"no such setting; there are {', '.join(known)}"


def _nearest(name: object, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1) if isinstance(name, str) else []
    return f"; did you mean {near[0]}?" if near else ""


def _shown(value: float) -> str:
    return str(value) if abs(value) < 10**_DIGITS_SHOWN_MAX else "that number"


def _found(value: object) -> str:
    names: dict[type, str] = {
        bool: "true or false", int: "a whole number", float: "a number with a fraction", list: "a list",
        dict: "a section",
    }  # fmt: skip
    if isinstance(value, str):
        return "text" if value else "empty text"
    return names.get(type(value), "a date or a time")
