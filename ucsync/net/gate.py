"""The gate before the server: shut while the server wants to be left alone, paced, and counting."""

import asyncio
from collections.abc import Awaitable, Callable

from ucsync.model import Clock, Outcome, RateLimited, ServerFault
from ucsync.model.errors import CallFailed
from ucsync.net.pacing import Pacer
from ucsync.net.settings import ClientSettings
from ucsync.ultracart import Answer, Request

Send = Callable[[Request], Awaitable[Answer]]


class Gate:
    """Lets attempts through; what the server asks of one caller is kept by all.

    Attributes:
        attempts: how many it has let through, repetitions included: what was spent of the quota at
            most, as far as this client goes (an attempt that found no server is counted too).
    """

    def __init__(self, inner: Send, settings: ClientSettings, clock: Clock, pacer: Pacer) -> None:
        self._inner = inner
        self._settings = settings
        self._clock = clock
        self._pacer = pacer
        self._shut_until_s = self._quiet_until_s = clock.monotonic()
        self.attempts = 0

    async def send(self, request: Request) -> Answer:
        """One attempt, when it may leave.

        Raises:
            RateLimited: without sending (`outcome` NOT_SENT), when the server has asked for a wait
                beyond the retry policy's total; `wait_s` says how long it still is.
            CallFailed: as `inner` does.
        """
        await self._open(request)
        await self._pacer.acquire()
        self.attempts += 1
        try:
            return await self._inner(request)
        except CallFailed as failure:
            self._heed(failure)
            raise
        except asyncio.CancelledError:
            self._be_quiet()
            raise

    def _heed(self, failure: CallFailed) -> None:
        if isinstance(failure, (RateLimited, ServerFault)):
            until_s = self._clock.monotonic() + (failure.wait_s or 0.0)
            self._shut_until_s = max(self._shut_until_s, until_s)
        if failure.outcome is Outcome.UNKNOWN:
            self._be_quiet()

    def _be_quiet(self) -> None:
        """The server may still be at work on what was given up: leave it alone for a moment."""
        self._quiet_until_s = self._clock.monotonic() + self._settings.pause_after_loss_s

    async def _open(self, request: Request) -> None:
        while (left_s := max(self._shut_until_s, self._quiet_until_s) - self._clock.monotonic()) > 0:
            shut_s = self._shut_until_s - self._clock.monotonic()
            if shut_s > self._settings.retry.total_s:
                raise _still_limited(request, shut_s)
            await self._clock.sleep(left_s)


def _still_limited(request: Request, left_s: float) -> RateLimited:
    text = f"not sent: the server asked to wait, {left_s:.0f} s of it are left"
    limited = RateLimited(request.operation.operation_id, text, status=429)
    limited.wait_s, limited.outcome, limited.status = left_s, Outcome.NOT_SENT, None
    return limited
