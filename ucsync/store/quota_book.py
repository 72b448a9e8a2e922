"""The quota book: every request of an application, granted before it leaves and kept across runs.

One book serves all processes that share the state; each grant is one transaction. The book has its own
time: it runs with the wall clock, stands still while that is set back, and never goes back itself. So a
clock that is set back frees nothing, and what passes from there on counts.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from ucsync.model import Clock
from ucsync.plan.calendar import Standing
from ucsync.plan.quota import (
    REQUESTS_MAX,
    SECOND_US,
    SECONDS_MAX,
    Allowance,
    Grant,
    Lane,
    Past,
    Rules,
    Spent,
    Wait,
    forecast_us,
    in_force,
    next_us,
    used,
)
from ucsync.store.database import Database, Transaction

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_US: Final = 86_400 * SECOND_US

#: Figures of the book stay far below this; what is beyond it was damaged.
_FIGURE_MAX: Final = 2**60

#: More time than this at once frees no more.
_STEP_US_MAX: Final = 2 * SECONDS_MAX * SECOND_US

#: A limit that the server named is believed for so long after it did: it may have been raised since.
LEARNED_DAYS: Final = 30

#: No wait that a server asks for is longer (the client does not believe in longer ones either).
_SHUT_MAX_US: Final = _DAY_US

#: Answers are kept for a day at least, because a limit may yet be learned; old ones are dropped at
#: every so many new ones.
_KEPT_US: Final = Allowance(1, 86_400).window_us
_DROP_EVERY: Final = 256

#: What is not known counts as so many requests at most where each is listed.
_UNKNOWN_MAX: Final = 100_000


@dataclass(slots=True)
class _Page:
    """What the book says of one application, within one transaction.

    Attributes:
        transaction: that it is in.
        application: whose page it is.
        own_us: the book's time.
        shift_us: the wall clock's epoch time less that.
        shut_until_us: nothing may leave before.
        answers: number of the newest answer; they are numbered without a gap, in order of time.
        tickets: number of the newest grant.
        unknown_us: what was answered before this instant of the book's time is not known, because the state
            was lost: as many requests as any limit grants are taken to have been, at that instant. 0 when
            it is known.
    """

    transaction: Transaction
    application: str
    own_us: int
    shift_us: int
    shut_until_us: int
    answers: int
    tickets: int
    unknown_us: int

    def wall(self, own_us: int) -> datetime:
        """An instant of the book's time as the clock will show it."""
        return _EPOCH + timedelta(microseconds=own_us + self.shift_us)

    def answered_at(self, number: int) -> int | None:
        """When the answer of a number came, None when it is long ago or never was."""
        row = self.transaction.row(
            "SELECT at_us FROM quota_answered WHERE application = ? AND number = ?", self.application, number
        )
        return None if row is None else int(row[0])

    def add_answer(self, at_us: int) -> None:
        """One more answer, which is never earlier than the one before it."""
        newest_us = self.answered_at(self.answers)
        at_us = at_us if newest_us is None else max(at_us, min(newest_us, self.own_us))
        self.answers += 1
        self.transaction.put("quota_answered", self.application, self.answers, at_us)

    def unanswered(self) -> int:
        """How many requests are under way; those that cannot be any more are answers from now on."""
        rows = self.transaction.rows(
            "SELECT latest_us, ticket FROM quota_unanswered WHERE application = ? ORDER BY latest_us",
            self.application,
        )
        over = [(latest_us, ticket) for latest_us, ticket in rows if latest_us <= self.own_us]
        for latest_us, ticket in over:
            self.strike(ticket)
            self.add_answer(latest_us)
        return len(rows) - len(over)

    def strike(self, ticket: int) -> None:
        """A grant is no longer open."""
        self.transaction.drop("quota_unanswered", self.application, ticket)

    def past(self) -> Past:
        """As the arithmetic wants it."""
        unanswered = self.unanswered()
        return Past(
            unanswered, lambda nth: self.answered_at(self.answers + 1 - nth) or self.unknown_us or None
        )

    def answered_us(self, limits: Iterable[Allowance]) -> list[int]:
        """All answers that are still known, in order; before them those that may have been, as far as any of
        these limits asks for them."""
        asking = [limit for limit in limits if self.unknown_us > self.own_us - limit.window_us]
        unknown = max((limit.requests for limit in asking), default=0)
        rows = self.transaction.rows(
            "SELECT at_us FROM quota_answered WHERE application = ? ORDER BY number", self.application
        )
        known = [min(int(at_us), self.own_us) for (at_us,) in rows]
        return [self.unknown_us] * min(unknown, _UNKNOWN_MAX) + known


class QuotaBook:
    """The book of one application, in a database that others may use at the same time.

    Args:
        database: where it is kept.
        application: names it; never the key itself.
        rules: the limits as configured, and what the lanes leave of them.
        clock: read within each transaction, so that processes agree on the order of instants.
        answer_s_max: an answer comes within so many seconds of its grant, or never. A grant whose
            process died counts as answered that late.

    Every method raises StorageFailed when the database does.
    """

    def __init__(
        self, database: Database, application: str, rules: Rules, clock: Clock, *, answer_s_max: float = 120.0
    ) -> None:
        self._database = database
        self._application = application
        self._rules = rules
        self._clock = clock
        self._answer_us_max = _microseconds(answer_s_max)

    def try_take(self, lane: Lane) -> Grant | Wait:
        """A grant for one request, on the disk before it is returned; or how long to wait for one."""
        with self._page("taking from the quota") as page:
            wait = self._wait(page, lane)
            if wait is not None:
                return wait
            page.tickets += 1
            latest_us = page.own_us + self._answer_us_max
            page.transaction.put("quota_unanswered", self._application, page.tickets, latest_us)
            return Grant(page.tickets)

    def wait(self, lane: Lane) -> Wait | None:
        """How long until a grant can be had, without taking one; None when there is one now."""
        with self._page("reading the quota book") as page:
            return self._wait(page, lane)

    def settle(self, grant: Grant) -> None:
        """Its request is answered now, whatever the answer; call it once."""
        with self._page("settling a request") as page:
            page.strike(grant.ticket)
            page.add_answer(page.own_us)
            if page.answers % _DROP_EVERY == 0:
                self._drop_old(page)

    def give_back(self, grant: Grant) -> None:
        """Its request never reached the server: it costs nothing."""
        with self._page("giving a request back") as page:
            page.strike(grant.ticket)

    def learn(self, requests: int, seconds: int) -> bool:
        """The server refused by a limit; the smaller of this and the configured one holds from now on.

        For the length of its window its slots are then taken one by one, see `Rules.strained`.

        Returns:
            Whether it can be one; a figure that would hold everything up for good is not believed.
        """
        if not _can_be_a_limit(requests, seconds):
            return False
        with self._page("learning a limit") as page:
            page.transaction.put("quota_learned", self._application, seconds, requests, page.own_us)
        return True

    def shut(self, seconds: float) -> None:
        """The server wants to be left alone for so long: no grant to anybody before that."""
        with self._page("heeding the server") as page:
            until_us = page.own_us + min(_microseconds(seconds), _SHUT_MAX_US)
            page.shut_until_us = max(page.shut_until_us, until_us)

    def spent(self, lane: Lane) -> tuple[Spent, ...]:
        """What is used of each limit in force, and when a lane's next request may leave."""
        with self._page("reading the quota book") as page:
            rules, past = self._in_force(page), page.past()
            found = []
            for limit, permitted in rules.permitted(lane):
                leaves_us, _ = next_us(replace(rules, limits=(limit,)), lane, past, page.own_us)
                taken = used(limit, page.answered_us([limit]), past.unanswered, page.own_us)
                found.append(Spent(limit, taken, permitted, page.wall(leaves_us)))
            return tuple(found)

    def forecast(self, requests: int, lane: Lane, each_s: float) -> datetime:
        """When the last of so many requests would be answered, if a run began now.

        Args:
            requests: sent one after the other, and nobody else sends any.
            lane: theirs.
            each_s: a request takes so long.
        """
        with self._page("reading the quota book") as page:
            rules, past = self._in_force(page), page.past()
            answered_us = [*page.answered_us(rules.limits), *[page.own_us] * past.unanswered]
            start_us = max(page.own_us, min(page.shut_until_us, page.own_us + _SHUT_MAX_US))
            each_us = _microseconds(each_s)
            return page.wall(forecast_us(requests, rules, lane, answered_us, start_us, each_us))

    def standing(self) -> Standing:
        """All that a calendar of the days to come has to know; see there."""
        with self._page("reading the quota book") as page:
            rules, unanswered = self._in_force(page), page.unanswered()
            answered_us = [*page.answered_us(rules.limits), *[page.own_us] * unanswered]
            start_us = max(page.own_us, min(page.shut_until_us, page.own_us + _SHUT_MAX_US))
            return Standing(
                now=page.wall(start_us),
                rules=rules,
                answered=tuple(page.wall(at_us) for at_us in answered_us),
            )

    @contextmanager
    def _page(self, what: str) -> Iterator[_Page]:
        """The application's page at the present instant; what is changed on it is kept."""
        with self._database.transaction(what) as transaction:
            now_us = _epoch_us(self._clock.now())
            row = transaction.row(
                "SELECT own_us, seen_us, shut_until_us, answers, tickets, unknown_us FROM quota_books"
                " WHERE application = ?",
                self._application,
            )
            if row is None or not all(type(figure) is int and 0 <= figure < _FIGURE_MAX for figure in row):
                unknown = transaction.row("SELECT before_us FROM quota_unknown")
                row = (now_us, now_us, 0, 0, 0, 0 if unknown is None else min(now_us, unknown[0]))
            own_us, seen_us, shut_until_us, answers, tickets, unknown_us = row
            own_us += min(max(0, now_us - seen_us), _STEP_US_MAX)
            page = _Page(
                transaction, self._application, own_us, now_us - own_us, shut_until_us, answers, tickets,
                unknown_us,
            )  # fmt: skip
            yield page
            transaction.put(
                "quota_books", self._application, own_us, now_us, page.shut_until_us, page.answers,
                page.tickets, unknown_us,
            )  # fmt: skip

    def _wait(self, page: _Page, lane: Lane) -> Wait | None:
        leaves_us, limit = next_us(self._in_force(page), lane, page.past(), page.own_us)
        shut_until_us = min(page.shut_until_us, page.own_us + _SHUT_MAX_US)
        if shut_until_us > leaves_us:
            leaves_us, limit = shut_until_us, None
        if leaves_us <= page.own_us:
            return None
        return Wait((leaves_us - page.own_us) / SECOND_US, page.wall(leaves_us), limit)

    def _in_force(self, page: _Page) -> Rules:
        rows = page.transaction.rows(
            "SELECT requests, seconds, at_us FROM quota_learned"
            " WHERE application = ? AND at_us BETWEEN ? AND ?",
            self._application, page.own_us - LEARNED_DAYS * _DAY_US, page.own_us,
        )  # fmt: skip
        refusals = {
            Allowance(requests, seconds): at_us
            for requests, seconds, at_us in rows
            if _can_be_a_limit(requests, seconds)
        }
        strained = tuple(limit for limit, at_us in refusals.items() if page.own_us - at_us < limit.window_us)
        return Rules(in_force(self._rules.limits, refusals), self._rules.reserves, strained)

    def _drop_old(self, page: _Page) -> None:
        """What no limit asks for any more."""
        kept_us = max([_KEPT_US, *(limit.window_us for limit in self._in_force(page).limits)])
        old = page.transaction.rows(
            "SELECT number FROM quota_answered WHERE application = ? AND at_us <= ?",
            self._application, page.own_us - kept_us,
        )  # fmt: skip
        for (number,) in old:
            page.transaction.drop("quota_answered", self._application, number)


def _can_be_a_limit(requests: int, seconds: int) -> bool:
    return 1 <= requests <= REQUESTS_MAX and 1 <= seconds <= SECONDS_MAX


def _epoch_us(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _microseconds(seconds: float) -> int:
    return round(seconds * SECOND_US)
