"""Instants as the portal writes them: Eastern time, which no source says (fact sheet §7)."""

from datetime import datetime
from typing import Final

from ucsync.sandbox.people.instants import eastern_text
from ucsync.sandbox.settings import SandboxSettings

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def iso(settings: SandboxSettings, at_s: int) -> str:
    """`2025-11-02T15:30:00-05:00`; under `account-dates-zoneless` without the offset."""
    text = eastern_text(at_s)
    return text[:19] if settings.has("account-dates-zoneless") else text


def day_and_time(at_s: int) -> str:
    """`02 Nov 2025 15:30:00`."""
    at = _local(at_s)
    return f"{at.day:02d} {_MONTHS[at.month - 1]} {at.year} {at:%H:%M:%S}"


def day(at_s: int) -> str:
    """`02-Nov-2025`, as orders have it."""
    at = _local(at_s)
    return f"{at.day:02d}-{_MONTHS[at.month - 1]}-{at.year}"


def _local(at_s: int) -> datetime:
    return datetime.fromisoformat(eastern_text(at_s))
