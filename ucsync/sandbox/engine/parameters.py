"""The query parameters of the list operations, read strictly (fact sheet §2.5 to §2.7, §10)."""

import re
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor
from typing import Final
from urllib.parse import unquote_plus

from ucsync.sandbox.engine.filters import Window
from ucsync.sandbox.engine.instants import exact_s, read_instant
from ucsync.sandbox.engine.selection import BY_OID, INSTANTS, SortKey
from ucsync.sandbox.engine.shop import Call
from ucsync.sandbox.reply import Refusal
from ucsync.sandbox.settings import SandboxSettings
from ucsync.ultracart.fields import Kind
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.operations import (
    EXPANSIONS,
    EXPANSIONS_UNDOCUMENTED,
    INT32_MAX,
    LIMIT_DEFAULT,
    LIMIT_MAX,
)

_INTEGER: Final = re.compile(r"-?\d{1,15}", re.ASCII)
_CAPPED: Final = 100

#: What `_sort` takes; of the customer list only `email` is evidenced (fact sheet §2.6).
SORT_NAMES: Final = frozenset({
    *("email", BY_OID.name, *INSTANTS),
    *(
        f"{part}.{name}"
        for part, model in (("billing", "CustomerBilling"), ("shipping", "CustomerShipping"))
        for name, field in MODELS[model].fields.items()
        if field.kind not in (Kind.ARRAY, Kind.OBJECT)
    ),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Paging:
    """Which stretch of a list: at most `limit` from the zero-based `offset`."""

    limit: int
    offset: int


def paging_of(call: Call, settings: SandboxSettings) -> Paging:
    """Raises Refusal for what the server would not take."""
    largest = _CAPPED if settings.has("limit-cap-100") else LIMIT_MAX
    default = min(LIMIT_DEFAULT, largest)
    limit = _integer(call, "_limit", default, settings)
    if limit == 0 and settings.has("limit-zero-is-default"):
        limit = default
    if limit > largest and settings.has("limit-clamped"):
        limit = largest
    if not 1 <= limit <= largest:
        raise Refusal(400, f"_limit must be between 1 and {largest}.")
    offset = _integer(call, "_offset", 0, settings)
    if not 0 <= offset <= INT32_MAX:
        raise Refusal(400, "_offset must not be negative.")
    return Paging(limit, offset)


def sort_of(call: Call, settings: SandboxSettings) -> tuple[SortKey, ...]:
    """The sort keys, up to the one that settles everything."""
    text = call.parameter("_sort")
    if not text:
        return _default_sort(settings)
    if _raw_plus(call.raw_query) and not settings.has("sort-plus-accepted"):
        raise Refusal(400, "_sort holds a + that was not encoded.")
    keys = [key for piece in text.split(",") if (key := _sort_key(piece, settings)) is not None]
    names = [key.name for key in keys]
    end = names.index(BY_OID.name) + 1 if BY_OID.name in names else len(keys)
    # of those alike in every key, oids ascend anyway
    kept = keys[: end - 1] if keys[end - 1 : end] == [BY_OID] and end > 1 else keys[:end]
    return tuple(kept) or _default_sort(settings)


def expansions_of(call: Call, settings: SandboxSettings) -> tuple[str, ...]:
    """The parts to answer; unknown names are ignored unless a quirk minds them."""
    known: tuple[str, ...] = EXPANSIONS
    if not settings.has("expand-documented-only"):
        known = (*EXPANSIONS, *EXPANSIONS_UNDOCUMENTED)
    names = [name for name in (call.parameter("_expand") or "").split(",") if name]
    if settings.has("expand-unknown-is-400") and not set(names) <= {*EXPANSIONS, *EXPANSIONS_UNDOCUMENTED}:
        raise Refusal(400, "_expand holds an unknown name.")
    return tuple(name for name in known if name in names)


def since_of(call: Call, settings: SandboxSettings) -> Window | None:
    """The window that `_since` opens (fact sheet §7)."""
    text = call.parameter("_since")
    if not text:
        return None
    at_s = exact_s(_instant(text, "_since", settings))
    low_s = floor(at_s) + 1 if settings.has("since-exclusive") else ceil(at_s)
    return Window("touched", low_s=low_s)


def window_of(
    attribute: str, name: str, start: str | None, end: str | None, settings: SandboxSettings
) -> Window | None:
    """The window that `<name>_start` and `<name>_end` make, blank ones being no bound."""
    low_s = high_s = None
    if start:
        at_s = exact_s(_instant(start, f"{name}_start", settings))
        low_s = floor(at_s) + 1 if settings.has("windows-start-exclusive") else ceil(at_s)
    if end:
        at_s = exact_s(_instant(end, f"{name}_end", settings))
        high_s = ceil(at_s) - 1 if settings.has("windows-exclusive") else floor(at_s)
    return Window(attribute, low_s, high_s) if start or end else None


def integer(text: str, name: str) -> int:
    """A decimal integer of 32 bits. Raises Refusal."""
    if _INTEGER.fullmatch(text) is None or abs(int(text)) > INT32_MAX:
        raise Refusal(400, f"{name} must be an integer.")
    return int(text)


def _integer(call: Call, name: str, default: int, settings: SandboxSettings) -> int:
    text = call.parameter(name)
    if text is None:
        return default
    if settings.has("bad-paging-ignored") and (_INTEGER.fullmatch(text) is None or int(text) < 0):
        return default
    return integer(text, name)


def _default_sort(settings: SandboxSettings) -> tuple[SortKey, ...]:
    if settings.has("order-by-email"):
        return (SortKey("email"),)
    if settings.has("order-last-modified"):
        return (SortKey("last_modified_dts", descending=True),)
    return (BY_OID,)


def _sort_key(piece: str, settings: SandboxSettings) -> SortKey | None:
    """A name with `+`, `-` or nothing before it; None for one that a quirk ignores."""
    if piece.startswith(" ") and settings.has("sort-plus-accepted"):
        piece = "+" + piece[1:]
    name = piece[1:] if piece[:1] in ("+", "-") else piece
    if name in _sort_names(settings):
        return SortKey(name, descending=piece.startswith("-"))
    if settings.has("sort-unknown-ignored"):
        return None
    raise Refusal(400, "_sort holds an improper sort attribute.")


def _sort_names(settings: SandboxSettings) -> frozenset[str]:
    if settings.has("sort-refused"):
        return frozenset()
    return frozenset({"email"}) if settings.has("sort-email-only") else SORT_NAMES


def _raw_plus(raw_query: str) -> bool:
    pieces = (piece.partition("=") for piece in raw_query.split("&"))
    return any("+" in held for name, _, held in pieces if unquote_plus(name) == "_sort")


def _instant(text: str, name: str, settings: SandboxSettings) -> datetime:
    try:
        return read_instant(text, settings)
    except ValueError:
        raise Refusal(400, f"{name} is not a valid date and time.") from None
