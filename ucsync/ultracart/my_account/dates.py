"""Dates as the MyAccount API writes them: ISO-8601, and the two forms meant to be shown (§4).

Names of months are English in every locale, and are read in any case.
"""

import re
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

#: Where no offset is written, the time is UltraCart's own (INFERRED: the page says ISO-8601 and no more).
ZONE: Final = ZoneInfo("America/New_York")

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_ISO = re.compile(
    rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}(:[0-5][0-9]([.,][0-9]{{1,6}}0{{0,3}})?)?"
    r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)?"
)
_DAY_AND_TIME = re.compile(rf"([0-9]{{2}}) ([A-Za-z]{{3}}) ([0-9]{{4}}) {_CLOCK}:([0-5][0-9])")
_DAY = re.compile(r"([0-9]{2})-([A-Za-z]{3})-([0-9]{4})")


def parse_iso(text: str) -> datetime:
    """The instant that a field of ISO form holds, in UTC.

    Raises:
        ValueError: it is no date with a time, is finer than a microsecond, or lies beyond the calendar.
    """
    if _ISO.fullmatch(text) is None:
        raise ValueError("not an ISO-8601 date and time")
    instant = datetime.fromisoformat(text)
    try:
        return (instant if instant.tzinfo else instant.replace(tzinfo=ZONE)).astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant beyond the calendar") from None


def parse_day_and_time(text: str) -> datetime:
    """The local time in `22 Nov 2026 03:15:00`; it has no zone, and is given none.

    Raises:
        ValueError: it is not written so.
    """
    found = _DAY_AND_TIME.fullmatch(text)
    if found is None:
        raise ValueError("not a date and time as in 22 Nov 2026 03:15:00")
    day, month, year, hour, minute, second = found.groups()
    return datetime(int(year), _month(month), int(day), int(hour), int(minute), int(second))


def parse_day(text: str) -> date:
    """The day in `22-Nov-2026`.

    Raises:
        ValueError: it is not written so.
    """
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError("not a day as in 22-Nov-2026")
    day, month, year = found.groups()
    return date(int(year), _month(month), int(day))


def format_day_and_time(at: datetime) -> str:
    """`22 Nov 2026 03:15:00`, of the time as `at` has it."""
    return f"{at.day:02} {_MONTHS[at.month - 1].title()} {at.year:04} {at:%H:%M:%S}"


def format_day(day: date) -> str:
    """`22-Nov-2026`."""
    return f"{day.day:02}-{_MONTHS[day.month - 1].title()}-{day.year:04}"


def _month(name: str) -> int:
    return _MONTHS.index(name.lower()) + 1
