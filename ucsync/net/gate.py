"""The gate before the server: shut while the server wants to be left alone, paced, counting, and only
for those who have a grant."""

import asyncio
from typing import Generic, TypeGuard

from ucsync.model import Clock, InvalidRequest, Outcome, RateLimited, ServerFault
from ucsync.model.errors import CallFailed
from ucsync.net.budget import Budget
from ucsync.net.pacing import Pacer
from ucsync.net.transport import A, Outgoing, Q, Send
from ucsync.plan.quota import Grant, Wait


class Turn:
    """The time of one request, its repetitions included. Waiting for quota is left out of it.

    Args:
        clock: measures.
        total_s: no attempt leaves after so many seconds.
    """

    def __init__(self, clock: Clock, total_s: float) -> None:
        self._clock = clock
        self._total_s = total_s
        self._started_s = clock.monotonic()

    def elapsed_s(self) -> float:
        """Seconds since it began."""
        return self._clock.monotonic() - self._started_s

    def end_s(self) -> float:
        """No attempt leaves after this, by the clock's `monotonic`."""
        return self._started_s + self._total_s

    def leave_out(self, seconds: float) -> None:
        """So many seconds that have just passed do not count."""
        self._started_s += seconds


class Gate(Generic[Q, A]):
    """Lets attempts through; what the server asks of one caller is kept by all.

    Attributes:
        attempts: how many it has let through, repetitions included: what was spent of the quota at
            most, as far as this client goes (an attempt that found no server is counted too).
    """

    def __init__(
        self, inner: Send[Q, A], clock: Clock, pacer: Pacer, budget: Budget, *, pause_after_loss_s: float
    ) -> None:
        self._inner = inner
        self._clock = clock
        self._pacer = pacer
        self._budget = budget
        self._pause_after_loss_s = pause_after_loss_s
        self._shut_until_s = self._quiet_until_s = clock.monotonic()
        self._closed = asyncio.Event()
        self.attempts = 0

    async def send(self, request: Q, turn: Turn) -> A:
        """One attempt, when it may leave.

        Args:
            request: what to send.
            turn: the request's time; what is waited for quota is left out of it.

        Raises:
            RateLimited: without sending (`outcome` NOT_SENT), when the server has asked for a wait
                beyond the turn's end; `wait_s` says how long it still is.
            InvalidRequest: the client was left meanwhile.
            QuotaSpent, StorageFailed: the budget gives no grant; nothing was sent.
            CallFailed: as `inner` does.
        """
        grant = await self._admitted(request, turn)
        self.attempts += 1
        try:
            answer = await self._inner(request)
        except CallFailed as failure:
            self._heed(failure)
            self._budget.settle(grant, failure)
            raise
        except asyncio.CancelledError:
            self._be_quiet()  # the grant stays open: the server may still count the request
            raise
        self._budget.settle(grant, None)
        return answer

    def kept_s(self, failure: CallFailed) -> float:
        """Seconds of the wait that a failure asks for which are kept by the budget, before the next grant."""
        return (failure.wait_s or 0.0) if self._is_kept(failure) else 0.0

    async def rest(self, seconds: float) -> None:
        """Wait, but no longer than the client is open."""
        ends = (self._clock.sleep(seconds), self._closed.wait())
        waits = [asyncio.ensure_future(end) for end in ends]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def quiet_left_s(self) -> float:
        """Seconds for which the server is left alone after a request of unknown outcome."""
        return max(0.0, self._quiet_until_s - self._clock.monotonic())

    def close(self) -> None:
        """Let nothing through any more, and everything that waits go."""
        self._closed.set()

    async def _admitted(self, request: Q, turn: Turn) -> Grant:
        """The grant comes last: who has it, leaves."""
        while True:
            await self._open(request, turn)
            await self._pacer.acquire()
            self._check_open(request)
            taken = self._budget.take()
            if not isinstance(taken, Wait):
                return taken
            began_s = self._clock.monotonic()
            await self.rest(taken.seconds)
            turn.leave_out(self._clock.monotonic() - began_s)

    def _is_kept(self, failure: CallFailed) -> TypeGuard[RateLimited]:
        return isinstance(failure, RateLimited) and self._budget.keeps_waits

    def _heed(self, failure: CallFailed) -> None:
        if isinstance(failure, (RateLimited, ServerFault)) and not self._is_kept(failure):
            until_s = self._clock.monotonic() + (failure.wait_s or 0.0)
            self._shut_until_s = max(self._shut_until_s, until_s)
        if failure.outcome is Outcome.UNKNOWN:
            self._be_quiet()

    def _be_quiet(self) -> None:
        """The server may still be at work on what was given up: leave it alone for a moment."""
        self._quiet_until_s = self._clock.monotonic() + self._pause_after_loss_s

    async def _open(self, request: Q, turn: Turn) -> None:
        while True:
            self._check_open(request)
            now_s = self._clock.monotonic()
            left_s = max(self._shut_until_s, self._quiet_until_s) - now_s
            if left_s <= 0:
                return
            if self._shut_until_s > turn.end_s():
                raise _still_limited(request, self._shut_until_s - now_s)
            await self.rest(left_s)

    def _check_open(self, request: Q) -> None:
        if self._closed.is_set():
            wrong = ("client", "left while this request waited for its turn")
            raise InvalidRequest(request.operation.operation_id, (wrong,))


def _still_limited(request: Outgoing, left_s: float) -> RateLimited:
    text = f"not sent: the server asked to wait, {left_s:.0f} s of it are left"
    limited = RateLimited(request.operation.operation_id, text, status=None)
    limited.wait_s = left_s
    return limited
