"""The gate before the server: shut while the server wants to be left alone, paced, and counting."""

import asyncio

from ucsync.model import Clock, InvalidRequest, Outcome, RateLimited, ServerFault
from ucsync.model.errors import CallFailed
from ucsync.net.pacing import Pacer
from ucsync.net.transport import Send
from ucsync.ultracart import Answer, Request


class Gate:
    """Lets attempts through; what the server asks of one caller is kept by all.

    Attributes:
        attempts: how many it has let through, repetitions included: what was spent of the quota at
            most, as far as this client goes (an attempt that found no server is counted too).
    """

    def __init__(self, inner: Send, clock: Clock, pacer: Pacer, *, pause_after_loss_s: float) -> None:
        self._inner = inner
        self._clock = clock
        self._pacer = pacer
        self._pause_after_loss_s = pause_after_loss_s
        self._shut_until_s = self._quiet_until_s = clock.monotonic()
        self._closed = asyncio.Event()
        self.attempts = 0

    async def send(self, request: Request, end_s: float) -> Answer:
        """One attempt, when it may leave.

        Args:
            request: what to send.
            end_s: by the clock's `monotonic`; no attempt leaves after it.

        Raises:
            RateLimited: without sending (`outcome` NOT_SENT), when the server has asked for a wait
                beyond `end_s`; `wait_s` says how long it still is.
            InvalidRequest: the client was left meanwhile.
            CallFailed: as `inner` does.
        """
        await self._open(request, end_s)
        await self._pacer.acquire()
        self._check_open(request)
        self.attempts += 1
        try:
            return await self._inner(request)
        except CallFailed as failure:
            self._heed(failure)
            raise
        except asyncio.CancelledError:
            self._be_quiet()
            raise

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

    def _heed(self, failure: CallFailed) -> None:
        if isinstance(failure, (RateLimited, ServerFault)):
            until_s = self._clock.monotonic() + (failure.wait_s or 0.0)
            self._shut_until_s = max(self._shut_until_s, until_s)
        if failure.outcome is Outcome.UNKNOWN:
            self._be_quiet()

    def _be_quiet(self) -> None:
        """The server may still be at work on what was given up: leave it alone for a moment."""
        self._quiet_until_s = self._clock.monotonic() + self._pause_after_loss_s

    async def _open(self, request: Request, end_s: float) -> None:
        while True:
            self._check_open(request)
            now_s = self._clock.monotonic()
            left_s = max(self._shut_until_s, self._quiet_until_s) - now_s
            if left_s <= 0:
                return
            if self._shut_until_s > end_s:
                raise _still_limited(request, self._shut_until_s - now_s)
            await self.rest(left_s)

    def _check_open(self, request: Request) -> None:
        if self._closed.is_set():
            wrong = ("client", "left while this request waited for its turn")
            raise InvalidRequest(request.operation.operation_id, (wrong,))


def _still_limited(request: Request, left_s: float) -> RateLimited:
    text = f"not sent: the server asked to wait, {left_s:.0f} s of it are left"
    limited = RateLimited(request.operation.operation_id, text, status=None)
    limited.wait_s = left_s
    return limited
