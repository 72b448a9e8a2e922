"""Windows by time over customers who come, change and go between and within them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.flow.window_reader import NOW, Reader, begun, check_chain
from tests.ultracart.moving_list import Server, churn, people
from ucsync.model import By
from ucsync.ultracart.listing import RowKey
from ucsync.ultracart.scanning import BY_EMAIL, SORTS

DAY_S = 86_400


@dataclass
class Times:
    """When customers signed up or were modified last, as a server goes by it."""

    by: By
    signed_up: Mapping[int, int]
    start_counts: bool
    end_counts: bool

    def among(self, filters: Mapping[str, datetime]) -> Callable[[RowKey], bool]:
        """Whom the filters leave."""
        name = "last_modified_dts" if self.by is By.MODIFIED else "signup_dts"
        assert filters.keys() <= {f"{name}_start", f"{name}_end"}
        start, end = (filters.get(f"{name}_{bound}") for bound in ("start", "end"))
        least = None if start is None else int(start.timestamp()) + (not self.start_counts)
        most = None if end is None else int(end.timestamp()) - (not self.end_counts)

        def is_among(row: RowKey) -> bool:
            at = row.last_modified_dts if self.by is By.MODIFIED else self.signed_up.get(row.oid or 0)
            if at is None:  # who signs up meanwhile, does so now
                return most is None
            return (least is None or at >= least) and (most is None or at <= most)

        return is_among


#: When customers came, as shares of the last thirty years; most of them, a merchant's ways.
HISTORIES: dict[str, Callable[[Random], float]] = {
    "evenly": lambda chance: chance.random(),
    "more and more": lambda chance: chance.random() ** 0.2,
    "all on one day": lambda chance: 0.5 + chance.random() / 11_000,
    "all at once": lambda chance: 0.5,
    "none for years": lambda chance: chance.choice([0.02, 0.98]) + chance.random() / 100,
    "before all": lambda chance: chance.random() - 0.5,
}


@given(
    by=st.sampled_from([By.MODIFIED, By.SIGNUP]), seed=st.integers(0, 2**32), count=st.integers(0, 300),
    newest_first=st.booleans(), history=st.sampled_from(sorted(HISTORIES)), busy=st.booleans(),
    sorts=st.sampled_from([SORTS, (BY_EMAIL, None), (None,)]), killed=st.sampled_from([0, 0.05]),
    start_counts=st.booleans(), end_counts=st.booleans(), says_total=st.booleans(), says_more=st.booleans(),
)  # fmt: skip
def test_by_time_whoever_does_not_change_is_on_a_page_whatever_others_do(
    by: By, seed: int, count: int, newest_first: bool, history: str, busy: bool,
    sorts: tuple[str | None, ...], killed: float, start_counts: bool, end_counts: bool, says_total: bool,
    says_more: bool,
) -> None:  # fmt: skip
    server, times = merchant(seed, count, by, HISTORIES[history], start_counts, end_counts)
    server.sorts, server.says_total, server.says_more = sorts, says_total, says_more
    server.change = churn(seed, 0.2, 0.3, 0.2) if busy else server.change
    before = dict(server.rows)
    reader = Reader(server, 20, 3, killed, among=times.among, seed=seed)
    backfill = reader.through(begun(server, by=by, newest_first=newest_first))
    check_chain(reader.pieces, newest_first=newest_first)
    stayed = {oid for oid, row in before.items() if server.rows.get(oid) == row}
    assert stayed <= reader.seen
    reasons = {reason for piece in reader.pieces for reason in piece.reasons}
    if sorts != (None,):  # who came behind the reader and has gone since can only be counted
        assert all(busy and reason.startswith("the server counts") for reason in reasons)
    assert backfill.windows <= 40 + count // 10


def merchant(
    seed: int, count: int, by: By, history: Callable[[Random], float], start_counts: bool, end_counts: bool
) -> tuple[Server, Times]:
    """Customers of thirty years; who changes is modified now."""
    chance, now_s = Random(seed), int(NOW.timestamp())  # noqa: S311  (a test's history)
    ages = {oid: now_s - int((1 - history(chance)) * 30 * 365 * DAY_S) for oid in range(1, count + 1)}
    rows = {oid: RowKey(oid, row.email, ages[oid]) for oid, row in people(count).items()}
    return Server(rows, modified=now_s), Times(by, ages, start_counts, end_counts)


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("history", ["evenly", "more and more", "none for years"])
def test_by_time_windows_come_to_the_size_that_is_meant(history: str, newest_first: bool) -> None:
    server, times = merchant(1, 4000, By.SIGNUP, HISTORIES[history], True, True)
    reader = Reader(server, 40, 8, among=times.among)
    backfill = reader.through(begun(server, by=By.SIGNUP, newest_first=newest_first))
    assert reader.proven
    assert max(piece.read.rows for piece in reader.pieces) <= 2 * 320 + 1
    assert backfill.requests + reader.counted <= 1.02 * 4000 / 40 + 3 * backfill.windows
    assert 4000 / 320 - 1 <= backfill.windows <= 3 * 4000 / 320


def test_by_time_a_span_that_is_asked_for_is_all_that_is_read() -> None:
    low, high = int(NOW.timestamp()) - 900 * DAY_S, int(NOW.timestamp()) - 300 * DAY_S
    for newest in (True, False):
        server, times = merchant(1, 2000, By.MODIFIED, HISTORIES["evenly"], True, False)
        reader = Reader(server, 20, 3, among=times.among)
        backfill = reader.through(begun(server, by=By.MODIFIED, newest_first=newest, low=low, high=high))
        within = {oid for oid, row in server.rows.items() if low <= row.last_modified_dts < high}
        assert within <= reader.seen
        assert len(reader.seen) <= len(within) + 1
        assert {piece.read.low for piece in reader.pieces} >= {low}
        assert {piece.read.high for piece in reader.pieces} >= {high}
        assert not backfill.whole


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("start_counts", [True, False])
@pytest.mark.parametrize("end_counts", [True, False])
def test_by_time_nobody_falls_between_two_windows(
    newest_first: bool, start_counts: bool, end_counts: bool
) -> None:
    """Customers at each bound and a second beside it; whether bounds count is the server's choice."""
    empty = Reader(Server({}))
    empty.through(begun(empty.server, by=By.SIGNUP, newest_first=newest_first))
    bounds = {piece.window.low for piece in empty.pieces} - {None}
    moments = sorted(bound + beside for bound in bounds if bound for beside in (-1, 0, 1))
    server = Server(people(len(moments)))
    times = Times(By.SIGNUP, dict(enumerate(moments, start=1)), start_counts, end_counts)
    reader = Reader(server, 20, 3, among=times.among)
    reader.through(begun(server, by=By.SIGNUP, newest_first=newest_first))
    assert bounds == {piece.window.low for piece in reader.pieces} - {None}
    assert reader.seen == set(server.rows)


@pytest.mark.parametrize(("by", "sorts"), [(By.SIGNUP, (BY_EMAIL, None)), (By.MODIFIED, SORTS)])
def test_by_time_who_changes_behind_the_reader_is_read_again_and_so_counted(
    by: By, sorts: tuple[str | None, ...]
) -> None:
    """In the order of e-mails the last one comes to be the first; by time of change an old customer comes
    into the newest window. Without a second look the server would count more than were read."""
    server, times = merchant(1, 400, by, HISTORIES["more and more"], True, True)
    before = dict(server.rows)

    def change(server: Server) -> None:
        if len(server.asked) % 4 == 0:
            last = max(server.rows.values(), key=lambda row: str(row.email))
            server.touch(last.customer_profile_oid, f"000000-{server.modified}@example.test")

    server.sorts, server.change = sorts, change
    reader = Reader(server, 20, 50, among=times.among)
    reader.through(begun(server, by=by))
    assert reader.proven
    assert {oid for oid, row in before.items() if server.rows[oid] == row} <= reader.seen
