"""Runs that share a quota book, event by event, against the sandbox's own count of requests.

A run asks the book, sends what is granted, settles the answer and asks again. The server counts a
request somewhere between its grant and its answer, by a sliding window and by a leaky bucket at once;
both must let it in. Now and then a run is killed while a request is under way, which may still arrive,
and another one begins.
"""

import heapq
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.store.books import HandClock, book_of, open_database
from ucsync.plan.quota import Grant, Lane, Wait
from ucsync.sandbox.limits import Exceeded, Quota
from ucsync.sandbox.settings import Limit

LATE_S = 119.0  # a request of a killed run arrives no later


@dataclass
class Traffic:
    """So many runs on one book, until so many requests were answered.

    Attributes:
        counted: requests that the server let in.
        refused: those that it answered 429.
        kills: runs that were killed.
        asked: how often the book was asked.
    """

    folder: Path
    limits: tuple[tuple[int, int], ...]
    lanes: tuple[Lane, ...]
    seed: int
    answer_s: tuple[float, float] = (0.1, 1.0)
    kill_rate: float = 0.0
    counted: int = 0
    refused: int = 0
    kills: int = 0
    asked: int = 0
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  (no secret)
        limits = tuple(Limit(*limit) for limit in self.limits)
        self.servers = [Quota(limits, sliding_window=kind) for kind in (True, False)]
        self.databases = [open_database(self.folder) for _ in self.lanes]
        self.books = [book_of(database, self.clock, *self.limits) for database in self.databases]
        self.now_us = 0
        self.agenda: list[tuple[int, int, Callable[[], None]]] = []
        self.events = 0

    def play(self, requests: int) -> None:
        """Let it run until the server has let in so many."""
        for run in range(len(self.lanes)):
            self._later(0, lambda run=run: self._ask(run))  # type: ignore[misc]  # binds this `run`
        while self.counted < requests:
            at_us, _, event = heapq.heappop(self.agenda)
            self.clock.move((at_us - self.now_us) / 1_000_000)
            self.now_us = at_us
            event()
        for database in self.databases:
            database.close()

    def _later(self, seconds: float, event: Callable[[], None]) -> None:
        self.events += 1
        heapq.heappush(self.agenda, (self.now_us + round(seconds * 1_000_000), self.events, event))

    def _ask(self, run: int) -> None:
        self.asked += 1
        taken = self.books[run].try_take(self.lanes[run])
        if isinstance(taken, Wait):
            assert taken.seconds > 0
            self._later(taken.seconds, lambda: self._ask(run))
        elif self.chance.random() < self.kill_rate:
            self._kill(run)
        else:
            answer_s = self.chance.uniform(*self.answer_s)
            self._later(answer_s * self.chance.random(), self._arrive)
            self._later(answer_s, lambda: self._answer(run, taken))

    def _arrive(self) -> None:
        for server in self.servers:
            self.refused += isinstance(server.take(self.now_us / 1_000_000), Exceeded)
        self.counted += 1

    def _answer(self, run: int, grant: Grant) -> None:
        self.books[run].settle(grant)
        self._ask(run)

    def _kill(self, run: int) -> None:
        self.kills += 1
        if self.chance.random() < 0.5:
            self._later(self.chance.uniform(0, LATE_S), self._arrive)
        self.databases[run].close()
        self.databases[run] = open_database(self.folder)
        self.books[run] = book_of(self.databases[run], self.clock, *self.limits)
        self._later(self.chance.uniform(0, 30), lambda: self._ask(run))

    def permitted(self) -> int:
        """What the sliding windows let in at most in the time that has passed: everything as soon as it
        may, answered in no time at all."""
        limits = tuple(Limit(*limit) for limit in self.limits)
        server, at_s, count = Quota(limits, sliding_window=True), 0.0, 0
        while at_s <= self.now_us / 1_000_000:
            taken = server.take(at_s)
            if isinstance(taken, Exceeded):
                at_s += taken.wait_s
            else:
                count += 1
        return count
