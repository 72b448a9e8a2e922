"""The rules by which one of several customers is chosen: who survives a merge, whose address is kept."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import Final

from ucsync.ultracart.fields import Kind, Model
from ucsync.ultracart.models import MODELS


class Preference(Enum):
    """Whose value wins; a customer without one never does."""

    MOST = "most"
    LEAST = "least"
    LATEST = "latest"
    EARLIEST = "earliest"


@dataclass(frozen=True, slots=True)
class SurvivorRule:
    """One rule.

    Attributes:
        preference: which value wins.
        path: names from the customer down to the value: `("orders_summary", "order_count")`.
    """

    preference: Preference
    path: tuple[str, ...]


_RULE = re.compile(r"(most|least|latest|earliest)\s+([a-z0-9_.]+)", re.ASCII)
_NUMBERS: Final = (Kind.INT32, Kind.INT64, Kind.NUMBER)
_OF_TIME: Final = (Preference.LATEST, Preference.EARLIEST)


def parse_survivor_rule(text: str) -> SurvivorRule:
    """A rule as a mapping has it: `most orders_summary.order_count`, `earliest signup_dts`.

    Raises:
        ValueError: no such rule; in one line why, and what may have been meant.
    """
    shape = _RULE.fullmatch(text.strip())
    if shape is None:
        raise ValueError("not a rule; write most, least, latest or earliest, and a field")
    preference, name = Preference(shape[1]), shape[2]
    of_time = preference in _OF_TIME
    known = [path for path, timed in _ordered().items() if timed is of_time]
    if name not in known:
        within = [path for path in known if path.endswith(f".{name}")]
        near = within or get_close_matches(name, known, n=1)
        more = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise ValueError(f"no {'instant' if of_time else 'number'} of a customer; {more}")
    return SurvivorRule(preference, tuple(name.split(".")))


@cache
def _ordered() -> dict[str, bool]:
    """Every single value that can be compared, by its path, and whether it is an instant."""
    return dict(_below(MODELS["Customer"], ""))


def _below(model: Model, before: str) -> list[tuple[str, bool]]:
    found = []
    for name, field in model.fields.items():
        path = f"{before}{name}"
        if field.kind in _NUMBERS and not name.endswith("_oid"):
            found.append((path, False))
        elif field.kind is Kind.INSTANT or name == "signup_dts":  # declared as text, holds an instant (§2.9)
            found.append((path, True))
        elif field.kind is Kind.OBJECT and field.model and not before:
            found += _below(field.model, f"{path}.")
    return found
