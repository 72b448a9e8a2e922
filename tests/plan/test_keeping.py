"""The keep policy as arithmetic."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ucsync.plan.keeping import KeepPolicy, to_keep

INSTANTS = st.sets(
    st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 1), timezones=st.just(UTC)), max_size=60
)
POLICIES = st.builds(KeepPolicy, *(st.integers(0, 6) for _ in range(3)))


def nights(count: int) -> list[datetime]:
    last = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
    return [last - timedelta(days=back) for back in range(count)]


def test_a_year_of_nights_keeps_a_week_of_days_five_weeks_and_twelve_months() -> None:
    kept = sorted(to_keep(nights(365), KeepPolicy()), reverse=True)
    days = [instant.date() for instant in kept]
    assert days[:7] == [date(2026, 11, 22) - timedelta(days=back) for back in range(7)]
    sundays = [date(2026, 11, 15), date(2026, 11, 8), date(2026, 11, 1), date(2026, 10, 25)]
    ends_of_months = [
        date(2026, 10, 31), date(2026, 9, 30), date(2026, 8, 31), date(2026, 7, 31), date(2026, 6, 30),
        date(2026, 5, 31), date(2026, 4, 30), date(2026, 3, 31), date(2026, 2, 28), date(2026, 1, 31),
        date(2025, 12, 31),
    ]  # fmt: skip
    assert set(days[7:]) == {*sundays, *ends_of_months}


@given(instants=INSTANTS, policy=POLICIES)
def test_each_of_the_last_periods_keeps_its_newest_and_nothing_else_is_kept(
    instants: set[datetime], policy: KeepPolicy
) -> None:
    days = {(i.year, i.month, i.day) for i in instants}
    weeks = {i.isocalendar()[:2] for i in instants}
    months = {(i.year, i.month) for i in instants}
    expected = {max(i for i in instants if (i.year, i.month, i.day) == d) for d in last(days, policy.daily)}
    expected |= {max(i for i in instants if i.isocalendar()[:2] == w) for w in last(weeks, policy.weekly)}
    expected |= {max(i for i in instants if (i.year, i.month) == m) for m in last(months, policy.monthly)}
    assert to_keep(instants, policy) == expected


def last(periods: Iterable[tuple[int, ...]], count: int) -> list[tuple[int, ...]]:
    return sorted(periods, reverse=True)[:count]


@given(instants=INSTANTS, policy=POLICIES)
def test_pruning_again_prunes_no_more(instants: set[datetime], policy: KeepPolicy) -> None:
    kept = to_keep(instants, policy)
    assert to_keep(kept, policy) == kept


@given(instants=INSTANTS.filter(bool))
def test_the_newest_is_kept_by_any_policy_that_keeps_one(instants: set[datetime]) -> None:
    assert to_keep(instants, KeepPolicy(1, 0, 0)) == {max(instants)}
    assert to_keep(instants, KeepPolicy(0, 0, 0)) == set()
