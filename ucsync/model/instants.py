"""Instants as UltraCart writes them: ISO-8601, seconds, numeric offset (fact sheet §2.9)."""

from datetime import UTC, datetime


def format_instant(instant: datetime) -> str:
    """`2026-11-22T03:15:00+00:00`: in UTC, to the second, rounded down.

    Args:
        instant: aware; rounding down makes a `_since` ask for a little more, never for less.

    Raises:
        ValueError: the instant has no time zone, or lies beyond the calendar in UTC.
    """
    if instant.utcoffset() is None:
        raise ValueError("an instant needs a time zone, e.g. datetime(..., tzinfo=UTC)")
    return _in_utc(instant).replace(microsecond=0).isoformat()


def parse_instant(text: str) -> datetime:
    """The instant that UltraCart wrote, in UTC.

    Raises:
        ValueError: no ISO-8601 date and time, or no offset.
    """
    instant = datetime.fromisoformat(text)
    if instant.utcoffset() is None:
        raise ValueError("an instant without an offset")
    return _in_utc(instant)


def _in_utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise ValueError("an instant beyond the calendar, e.g. datetime.min west of Greenwich") from None
