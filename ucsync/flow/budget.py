"""The client's budget, kept in the quota book: what is granted, awaited and learned there."""

from collections.abc import Callable, Iterator
from typing import Final

from ucsync.model import Outcome, QuotaSpent, RateLimited, StorageFailed
from ucsync.model.errors import CallFailed
from ucsync.plan.quota import Allowance, Grant, Lane, Wait, unnamed_wait_s
from ucsync.plan.settings import OnQuota
from ucsync.store.quota_book import QuotaBook

#: Who waits asks again so often: another run may have learned something, a clock may have been put right.
ASK_AGAIN_S: Final = 300.0

#: A wait that the server asks for is not "the quota is spent" up to so many seconds.
SHORT_WAIT_S: Final = 60.0


class BookedBudget:
    """Grants from a quota book, for one lane. Used by one client at a time.

    A request that failed before it reached the server is given back; one of which no answer came stays
    open, because the server may count it yet. A 429 teaches the limit that it names, and its wait holds
    for everybody who uses the book. Where it names a limit and no wait, somebody else must be using the
    key: the book is shut for the time in which a slot gets free, ten times as long each time in a row.

    Args:
        book: of the client's application; its `answer_s_max` is longer than the client's deadline.
        lane: what the requests are for.
        on_quota: "wait" for what is spent, or "stop" with QuotaSpent.
        on_wait: told of each wait before it begins; it may be told of one again.
        own: a book of these requests alone, with a limit of its own; a request needs a grant of both.
        short_s: by "stop", so many seconds are waited for all the same.
    """

    def __init__(
        self,
        book: QuotaBook,
        lane: Lane,
        *,
        on_quota: OnQuota = "wait",
        on_wait: Callable[[Wait], None] = lambda wait: None,
        own: QuotaBook | None = None,
        short_s: float = 0.0,
    ) -> None:
        self._book = book
        self._lane = lane
        self._stops = on_quota == "stop"
        self._on_wait = on_wait
        self._own = own
        self._own_grants: dict[Grant, Grant] = {}
        self._short_s = short_s
        self._refusals = 0
        self._fault: StorageFailed | None = None

    @property
    def keeps_waits(self) -> bool:
        """Yes: in the book."""
        return True

    def take(self) -> Grant | Wait:
        """See `Budget`; a wait is at most `ASK_AGAIN_S`, then it is time to ask again.

        Raises:
            QuotaSpent: by "stop", until when nothing is granted.
            StorageFailed: the book cannot be written, or could not be when the last request was settled.
        """
        if self._fault is not None:
            raise self._fault
        taken = self._taken()
        if isinstance(taken, Grant):
            return taken
        short_s = SHORT_WAIT_S if taken.limit is None else self._short_s
        if self._stops and taken.seconds > short_s:
            raise QuotaSpent(_told(taken), until=taken.until)
        self._on_wait(taken)
        return Wait(min(taken.seconds, ASK_AGAIN_S), taken.until, taken.limit)

    def settle(self, grant: Grant, failure: CallFailed | None) -> None:
        """See `Budget`. When the book cannot be written, the next `take` says so; until then the request
        counts as long as it can."""
        try:
            for book, granted in self._granted(grant):
                if failure is None or failure.status is not None:
                    book.settle(granted)
                elif failure.outcome is Outcome.NOT_SENT:
                    book.give_back(granted)
            if isinstance(failure, RateLimited):
                self._learn(failure)
            else:
                self._refusals = 0
        except StorageFailed as fault:
            self._fault = fault

    def _taken(self) -> Grant | Wait:
        """Of the own book first: what the common one then refuses is given back there."""
        if self._own is None:
            return self._book.try_take(self._lane)
        own = self._own.try_take(self._lane)
        if isinstance(own, Wait):
            return own
        taken = self._book.try_take(self._lane)
        if isinstance(taken, Wait):
            self._own.give_back(own)
        else:
            self._own_grants[taken] = own
        return taken

    def _granted(self, grant: Grant) -> Iterator[tuple[QuotaBook, Grant]]:
        """The grants of which one was made."""
        yield self._book, grant
        own = self._own_grants.pop(grant, None)
        if self._own is not None and own is not None:
            yield self._own, own

    def _learn(self, refusal: RateLimited) -> None:
        self._refusals += 1
        named = refusal.limit is not None and self._book.learn(*refusal.limit)
        if refusal.wait_s:
            self._book.shut(refusal.wait_s)
        elif named and refusal.limit is not None:
            self._book.shut(unnamed_wait_s(Allowance(*refusal.limit), self._refusals))


def _told(wait: Wait) -> str:
    until = f"{wait.until:%Y-%m-%d %H:%M:%S} UTC"
    if wait.limit is None:
        return f"the server asked to be left alone until {until}"
    return f"{wait.limit.requests} requests in {wait.limit.seconds} s are used up until {until}"
