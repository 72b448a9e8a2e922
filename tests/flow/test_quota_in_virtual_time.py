"""The whole client over the sandbox with its limits on, granted by the book: virtual days in seconds."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from tests.store.books import open_database, quick_folder
from tests.watch import KEY
from ucsync import ClientSettings, Secret, SimpleKey, UltraCart
from ucsync.flow.budget import BookedBudget
from ucsync.model import ConnectionLost, Outcome, QuotaSpent, RateLimited, StorageFailed
from ucsync.net import AiohttpTransport
from ucsync.plan.quota import Allowance, Grant, Lane, Rules, Wait
from ucsync.sandbox import SANDBOX, SandboxSettings, make_application
from ucsync.sandbox.settings import Limit
from ucsync.store.database import FILE_NAME, Database
from ucsync.store.quota_book import QuotaBook
from ucsync.testing import MemoryServer, VirtualClock, run_virtual

QUICK = ClientSettings(requests_per_s=None)
OID = 1_000_001


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as found:
        yield found


def book_in(database: Database, *limits: tuple[int, int]) -> QuotaBook:
    rules = Rules(tuple(Allowance(*limit) for limit in limits))
    return QuotaBook(database, "demo", rules, VirtualClock())


@dataclass
class Place:
    """A sandbox, and as many runs against it as are wanted, one after the other or at once."""

    folder: Path
    limits: tuple[tuple[int, int], ...]
    more: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        wanted: dict[str, object] = {"customers": 20, "key": KEY, "in_flight_max": 3, "latency_s": 0.3}
        limits = tuple(Limit(*limit) for limit in self.more.pop("limits", self.limits))  # type: ignore[attr-defined]  # a tuple of pairs
        settings = SandboxSettings(**{**wanted, **self.more, "limits": limits})  # type: ignore[arg-type]  # checked by the settings
        application = make_application(settings, VirtualClock())
        self.sandbox = application[SANDBOX]
        self.memory = MemoryServer(application)

    @asynccontextmanager
    async def run(
        self,
        lane: Lane = Lane.PUSH,
        on_quota: Literal["wait", "stop"] = "wait",
        waits: list[Wait] | None = None,
    ) -> AsyncIterator[UltraCart]:
        with open_database(self.folder) as database:
            book = book_in(database, *self.limits)
            heard: list[Wait] = [] if waits is None else waits
            budget = BookedBudget(book, lane, on_quota=on_quota, on_wait=heard.append)
            async with self.client(budget) as client:
                yield client

    @asynccontextmanager
    async def client(self, budget: BookedBudget | None = None) -> AsyncIterator[UltraCart]:
        credential = SimpleKey(Secret(KEY))
        transport = AiohttpTransport("http://localhost", credential, QUICK, connector=self.memory.connector())
        async with UltraCart(
            credential, transport=transport, settings=QUICK, clock=VirtualClock(), budget=budget,
            chance=lambda: 0.5,
        ) as client:  # fmt: skip
            yield client

    def refused(self) -> int:
        return self.sandbox.counters.too_many["rate"]

    def answered(self) -> int:
        return self.sandbox.counters.answered[200]


def now_s() -> float:
    return asyncio.get_running_loop().time()


@pytest.mark.parametrize("sliding", [True, False], ids=["window", "bucket"])
def test_two_runs_at_once_with_restarts_are_never_refused_and_use_what_is_permitted(
    folder: Path, sliding: bool
) -> None:
    limits = ((60, 600), (300, 7200))
    place = Place(folder, limits, {"sliding_window": sliding})

    async def work(lane: Lane, until_s: float, patience_s: float) -> None:
        while now_s() < until_s:
            async with place.run(lane) as client:
                try:
                    async with asyncio.timeout(patience_s):  # a run that is stopped, at any moment
                        while now_s() < until_s:
                            await client.get_customer(OID)
                except TimeoutError:
                    pass

    async def main() -> None:
        async with place.memory:
            until_s = 2.6 * 7200  # the third burst of the day's limit is over by then
            await asyncio.gather(work(Lane.PUSH, until_s, 777.7), work(Lane.NIGHTLY, until_s, 1234.5))

    run_virtual(main())
    assert place.refused() == 0
    assert place.answered() >= 0.98 * 3 * 300


def test_a_night_goes_on_by_itself_when_the_hour_is_used_up(folder: Path) -> None:
    async def main() -> list[Wait]:
        place, waits = Place(folder, ((20, 3600),)), list[Wait]()
        async with place.memory, place.run(waits=waits) as client:
            for _ in range(45):
                await client.get_customer(OID)
            assert 7200 < now_s() < 7300
            assert client.requests_sent == place.answered() == 45
            assert place.refused() == 0
        return waits

    waits = run_virtual(main())
    assert {wait.limit for wait in waits} == {Allowance(20, 3600)}
    assert len(waits) < 60  # asks again every few minutes, not all the time


def test_a_run_that_does_not_want_to_wait_is_told_until_when_it_would_have_to(folder: Path) -> None:
    async def main() -> None:
        place = Place(folder, ((20, 3600),))
        async with place.memory, place.run(on_quota="stop") as client:
            for _ in range(20):
                await client.get_customer(OID)
            with pytest.raises(QuotaSpent, match="20 requests in 3600 s are used up until 2026") as caught:
                await client.get_customer(OID)
            left_s = (caught.value.until - VirtualClock().now()).total_seconds()
            assert 3580 < left_s < 3604
            assert client.requests_sent == 20
            assert caught.value.exit_code == 76
            await asyncio.sleep(left_s)
            await client.get_customer(OID)
        assert place.refused() == 0

    run_virtual(main())


@pytest.mark.parametrize(
    "quirks", [frozenset(), frozenset({"no-retry-after"}), frozenset({"refused-counts"})]
)
@pytest.mark.parametrize("sliding", [True, False], ids=["window", "bucket"])
def test_a_key_that_somebody_else_uses_too_is_waited_for_and_the_server_is_not_pestered(
    folder: Path, quirks: frozenset[str], sliding: bool
) -> None:
    place = Place(folder, ((40, 3600),), {"quirks": quirks, "sliding_window": sliding})

    async def main() -> None:
        async with place.memory:
            async with place.client() as stranger:
                for _ in range(35):
                    await stranger.get_customer(OID)
            async with place.run() as client:
                for _ in range(30):
                    await client.get_customer(OID)
                assert client.requests_sent <= 30 + 5

    run_virtual(main())
    assert place.answered() == 65
    assert 1 <= place.refused() <= 5


def test_a_smaller_limit_than_configured_is_learned_from_the_first_refusal_and_remembered(
    folder: Path,
) -> None:
    place = Place(folder, ((1000, 3600),), {"limits": ((10, 600),), "sliding_window": True})

    async def main() -> None:
        async with place.memory:
            for _ in range(3):
                async with place.run() as client:
                    for _ in range(15):
                        await client.get_customer(OID)

    run_virtual(main())
    assert place.answered() == 45
    assert place.refused() == 1
    with open_database(folder) as database:
        [(requests, seconds)] = database.rows("asking", "SELECT requests, seconds FROM quota_learned")
    assert (requests, seconds) == (10, 600)


def test_a_wait_that_the_server_asks_for_holds_the_next_run_up_too(folder: Path) -> None:
    place = Place(folder, ((1000, 3600),), {"limits": ((10, 600),), "sliding_window": True})

    async def main() -> None:
        async with place.memory:
            with pytest.raises(TimeoutError):
                async with place.run() as client, asyncio.timeout(60):
                    while True:
                        await client.get_customer(OID)
            assert place.refused() == 1
            async with place.run() as client:
                await client.get_customer(OID)
            assert now_s() > 590
            assert place.refused() == 1

    run_virtual(main())


def lost(outcome: Outcome) -> ConnectionLost:
    return ConnectionLost("getCustomers", "lost", outcome=outcome)


def limited(limit: tuple[int, int] | None, wait_s: float | None) -> RateLimited:
    failure = RateLimited("getCustomers", "429", status=429)
    failure.limit, failure.wait_s = limit, wait_s
    return failure


def test_what_never_reached_the_server_costs_nothing_and_what_may_have_counts(folder: Path) -> None:
    async def main() -> None:
        with open_database(folder) as database:
            budget = BookedBudget(book_in(database, (2, 3600)), Lane.PUSH)
            for _ in range(5):
                grant = budget.take()
                assert isinstance(grant, Grant)
                budget.settle(grant, lost(Outcome.NOT_SENT))
            for _ in range(2):
                grant = budget.take()
                assert isinstance(grant, Grant)
                budget.settle(grant, lost(Outcome.UNKNOWN))
            assert isinstance(budget.take(), Wait)

    run_virtual(main())


def test_refusals_without_a_wait_are_waited_out_longer_each_time_until_an_answer_comes(folder: Path) -> None:
    async def main() -> list[float]:
        waits = []
        with open_database(folder) as database:
            budget = BookedBudget(book_in(database, (1000, 3600)), Lane.PUSH)
            for failure in [limited((1000, 3600), None)] * 4 + [None, limited((1000, 3600), None)]:
                grant = budget.take()
                assert isinstance(grant, Grant)
                budget.settle(grant, failure)
                taken = budget.take()
                if isinstance(taken, Wait):
                    waits.append((taken.until - VirtualClock().now()).total_seconds())
                    await asyncio.sleep(waits[-1])
                else:
                    budget.settle(taken, None)
        return waits

    assert run_virtual(main()) == pytest.approx([3.6, 36, 360, 3600, 3.6, 3.6], rel=0.002)


def test_a_short_wait_that_the_server_asks_for_is_no_spent_quota(folder: Path) -> None:
    async def main() -> None:
        with open_database(folder) as database:
            budget = BookedBudget(book_in(database, (1000, 3600)), Lane.PUSH, on_quota="stop")
            grant = budget.take()
            assert isinstance(grant, Grant)
            budget.settle(grant, limited(None, 1.0))  # two requests at once, say
            taken = budget.take()
            assert isinstance(taken, Wait)
            assert taken.seconds == 1
            await asyncio.sleep(1)
            grant = budget.take()
            assert isinstance(grant, Grant)
            budget.settle(grant, limited((1000, 3600), 1800.0))
            with pytest.raises(QuotaSpent, match="left alone until"):
                budget.take()

    run_virtual(main())


def test_a_wait_is_asked_about_again_after_some_minutes(folder: Path) -> None:
    async def main() -> None:
        with open_database(folder) as database:
            budget = BookedBudget(book_in(database, (1, 3600)), Lane.PUSH)
            grant = budget.take()
            assert isinstance(grant, Grant)
            budget.settle(grant, None)
            taken = budget.take()
            assert isinstance(taken, Wait)
            assert taken.seconds == 300
            assert taken.until == VirtualClock().now() + timedelta(seconds=3603.6)

    run_virtual(main())


def test_a_book_that_cannot_be_written_does_not_lose_the_answer_but_stops_the_next_request(
    folder: Path,
) -> None:
    async def main() -> None:
        with open_database(folder) as database, closing(sqlite3.connect(folder / FILE_NAME)) as holder:
            database.rows("waiting less", "PRAGMA busy_timeout=10")
            budget = BookedBudget(book_in(database, (1000, 3600)), Lane.PUSH)
            grant = budget.take()
            assert isinstance(grant, Grant)
            holder.execute("BEGIN IMMEDIATE")
            budget.settle(grant, None)
            holder.execute("ROLLBACK")
            with pytest.raises(StorageFailed, match="settling a request"):
                budget.take()

    run_virtual(main())
