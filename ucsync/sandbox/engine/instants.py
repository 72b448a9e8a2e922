"""Instants as they come in, as they are kept (epoch seconds), and as they go out."""

import re
from datetime import UTC, datetime
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.settings import SandboxSettings

DAY_S: Final = 86_400
_EASTERN: Final = ZoneInfo("America/New_York")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FORM: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)?", re.ASCII)
# Outside of these the zone's rules give offsets with seconds, or a year of five digits.
_KEPT_FROM: Final = datetime(1901, 1, 1, tzinfo=UTC)
_KEPT_UNTIL: Final = datetime(9000, 1, 1, tzinfo=UTC)


def read_instant(text: str, settings: SandboxSettings) -> datetime:
    """The instant in UTC; without an offset it is Eastern time (fact sheet §10).

    Raises:
        ValueError: no date and time in ISO-8601 (a `+` that was not encoded arrives as a space).
    """
    if _FORM.fullmatch(text) is None:
        raise ValueError("not an ISO-8601 instant")
    if text.endswith("Z") and settings.has("z-is-400"):
        raise ValueError("an instant with Z")
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        if settings.has("zoneless-is-400"):
            raise ValueError("an instant without an offset")
        instant = instant.replace(tzinfo=UTC if settings.has("zoneless-utc") else _EASTERN)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant beyond the calendar") from None


def kept_text(text: str, settings: SandboxSettings) -> str:
    """An instant of a body as it is kept: Eastern time, to the second (fact sheet §2.9).

    Raises:
        ValueError: it cannot be kept.
    """
    instant = read_instant(text, settings)
    if not _KEPT_FROM <= instant < _KEPT_UNTIL:
        raise ValueError("an instant that cannot be kept")
    return eastern_text(int(instant.timestamp()))


def epoch_s(text: str) -> int:
    """The epoch seconds of an instant that the sandbox itself wrote."""
    return int(datetime.fromisoformat(text).timestamp())


def exact_s(instant: datetime) -> Fraction:
    """Epoch seconds with their fraction, exactly: the bounds of a window may fall between seconds."""
    since = instant - _EPOCH
    return since.days * DAY_S + since.seconds + Fraction(since.microseconds, 1_000_000)


def utc_text(text: str, suffix: str) -> str:
    """An instant that the sandbox wrote, in UTC, with `+00:00` or `Z` at its end."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat().removesuffix("+00:00") + suffix
