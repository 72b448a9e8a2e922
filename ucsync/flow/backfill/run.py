"""Carry a backfill to its end: stint after stint, with pauses in which nobody is kept out."""

from datetime import datetime, timedelta
from typing import Final

from ucsync.flow.backfill.backfill_result import BackfillResult, BackfillWishes
from ucsync.flow.backfill.meter import Meter
from ucsync.flow.backfill.shift import Shift, StintOver, StintStop, Why
from ucsync.flow.backfill.stint import Going, Stint
from ucsync.flow.budget import ASK_AGAIN_S
from ucsync.flow.fleet import without_words
from ucsync.flow.turns import POLL_S
from ucsync.model import (
    AnswerUnusable,
    Busy,
    ConnectionLost,
    Misused,
    QuotaSpent,
    RateLimited,
    ServerFault,
    UcsyncError,
)
from ucsync.model.errors import CallFailed

#: What passes by itself, as a rule.
PASSING: Final = (ConnectionLost, ServerFault, AnswerUnusable, RateLimited)
#: Minutes until the server is tried again, after each further failure in a row; then always the last.
PATIENCE_MIN: Final = (1, 5, 15, 30, 60)
#: After so many failures in a row, without a page between them, it gives up.
FAILURES_MAX: Final = 12
#: Seconds between two looks whether another run is done.
BUSY_POLL_S: Final = 1.0


async def backfill(shift: Shift, wishes: BackfillWishes) -> BackfillResult:
    """Bring in all customers that are asked for, beside other runs, for as long as it takes.

    The locks of a run are held during a stint only. A stint ends when another run wants its turn, when the
    quota is spent, when the server is away, when it is time to pause; what was read is kept each time.

    Args:
        shift: of the merchant; the caller holds the locks of a backfill.
        wishes: what is asked for; one that is under way is gone on with.

    Returns:
        What it came to; when it is paused, run it again.

    Raises:
        Stopped: asked to.
        Guarded, Misused: a person must decide, or asks for what cannot be.
        CallFailed: the server says no, or was away too often in a row.
        QuotaSpent, Busy: spent quota, or another run, has left no time even to begin.
        StorageFailed: the disk is full or failing, or the state cannot be used.
    """
    return await _Run(shift, wishes).to_its_end()


class _Run:
    """From one start of the command to its end."""

    def __init__(self, shift: Shift, wishes: BackfillWishes) -> None:
        self._shift = shift
        self._wishes = wishes
        self._going = Going(wishes)
        self._meter = Meter(shift.watcher)
        self._why: UcsyncError | None = None
        self._failures = self._pages_then = 0
        self._is_over = self._makes_way = False
        self._started_s = shift.clock.monotonic()

    async def to_its_end(self) -> BackfillResult:
        while not self._is_late():
            try:
                await self._stint()
                return self._result(None)
            except StintOver as over:
                if over.why is Why.TURN:
                    self._make_way(Busy("another run went first; no request was sent"))
            except Busy as busy:
                self._make_way(busy)
                await self._shift.stop.rest(self._shift.clock, BUSY_POLL_S)
                continue
            except QuotaSpent as spent:
                self._why = spent
                if not self._wishes.waits:
                    return self._result(spent.until)
            except PASSING as failure:
                await self._after(failure)
            await self._until_free()
        return self._result(None)

    async def _stint(self) -> None:
        shift = self._shift
        stop = StintStop(shift, self._wishes.until)
        async with shift.open(stop, self._meter) as place:
            self._makes_way = False
            before = place.lister.requests_sent
            try:
                await Stint(place, self._going, stop, self._meter).work()
            finally:
                shift.tally.requests += place.lister.requests_sent - before

    def _make_way(self, busy: Busy) -> None:
        """Said once, however often it has to be tried."""
        if not self._makes_way:
            self._shift.watcher.on_turn()
        self._makes_way, self._why = True, busy

    async def _after(self, failure: CallFailed) -> None:
        """Be patient with the server.

        Raises:
            CallFailed: the same, where that does not help or is not wanted.
        """
        self._failures = 1 if self._meter.pages > self._pages_then else self._failures + 1
        self._pages_then, self._why = self._meter.pages, failure
        lasts = isinstance(failure, AnswerUnusable) and not failure.passing
        if lasts or not self._wishes.waits or self._failures >= FAILURES_MAX:
            raise failure
        minutes = PATIENCE_MIN[min(self._failures, len(PATIENCE_MIN)) - 1]
        until = self._shift.clock.now() + timedelta(minutes=minutes)
        self._shift.watcher.on_outage(until, without_words(failure))
        end_s = self._shift.clock.monotonic() + minutes * 60
        while (left_s := end_s - self._shift.clock.monotonic()) > 0 and not self._is_late(until):
            await self._shift.stop.rest(self._shift.clock, min(left_s, ASK_AGAIN_S))

    async def _until_free(self) -> None:
        """Until no other run wants its turn, and the quota permits a request."""
        shift = self._shift
        while not self._is_late():
            if shift.turns.wanted:
                await shift.stop.rest(shift.clock, POLL_S)
                continue
            wait = shift.wait() if self._wishes.waits else None
            if wait is None or self._is_late(wait.until):
                return
            shift.watcher.on_wait(wait.until)
            await shift.stop.rest(shift.clock, min(wait.seconds, ASK_AGAIN_S))

    def _is_late(self, then: datetime | None = None) -> bool:
        """Whether it is time to pause, now or because nothing will be done before `then`."""
        until = self._wishes.until
        if until is not None and (then or self._shift.clock.now()) >= until:
            self._is_over = True
        return self._is_over

    def _result(self, paused_until: datetime | None) -> BackfillResult:
        """How far it is, whatever other runs have published meanwhile.

        Raises:
            QuotaSpent, Busy, CallFailed: it was not even begun, for this reason.
        """
        going = self._going
        if going.lake is None or going.backfill is None:
            raise self._why or Misused("the time to pause had come before it began")
        receipt = going.lake.current()
        if receipt is None:
            raise AssertionError("a backfill begins with a snapshot")
        told = receipt.backfill
        own = going.backfill if told is None or told.backfill != going.backfill.backfill else told
        return BackfillResult(
            merchant=self._shift.merchant,
            backfill=own,
            receipt=receipt,
            path=str(going.lake.path_of(receipt.snapshot)),
            requests=self._shift.tally.requests,
            seconds=self._shift.clock.monotonic() - self._started_s,
            paused_until=paused_until,
            notes=tuple(going.told),
        )
