"""Which snapshots keep their full state: the newest of each day, week and month, so many back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class KeepPolicy:
    """How far back full states are kept.

    Attributes:
        daily: so many days that have a snapshot keep their newest one.
        weekly: likewise weeks (from Monday, ISO).
        monthly: likewise months.
    """

    daily: int = 7
    weekly: int = 5
    monthly: int = 12


def to_keep(instants: Iterable[datetime], policy: KeepPolicy) -> set[datetime]:
    """Those of `instants` that the policy keeps; days, weeks and months are UTC's.

    Periods without a snapshot do not count, so an installation that was off for a year loses nothing
    on its return, and a clock that runs ahead prunes nothing.
    """
    newest_first = sorted(set(instants), reverse=True)
    spans: tuple[tuple[int, Callable[[datetime], object]], ...] = (
        (policy.daily, lambda instant: instant.date()),
        (policy.weekly, lambda instant: instant.isocalendar()[:2]),
        (policy.monthly, lambda instant: (instant.year, instant.month)),
    )
    kept: set[datetime] = set()
    for periods, period_of in spans:
        newest: dict[object, datetime] = {}
        for instant in newest_first:
            newest.setdefault(period_of(instant.astimezone(UTC)), instant)
        kept.update(list(newest.values())[:periods])
    return kept
