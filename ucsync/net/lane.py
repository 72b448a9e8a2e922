"""One application's way to its server: so many requests at a time, paced, held back when told to.

UltraCart answers 429 to a second request in flight (fact sheet §2.8), so everything that one client
sends passes here, and a wait that the server asks of one caller is kept by all.
"""

import asyncio
from collections.abc import Awaitable, Callable

from ucsync.model import Clock, ConnectionLost, Outcome, RateLimited
from ucsync.net.pacing import Pacer
from ucsync.net.settings import ClientSettings
from ucsync.ultracart import Answer, Request

Send = Callable[[Request], Awaitable[Answer]]


class Lane:
    """Lets requests through in the order in which they came.

    Attributes:
        sent: how many it has let through, repetitions included: what was spent of the quota, as far
            as this client goes.
    """

    def __init__(self, inner: Send, settings: ClientSettings, clock: Clock, pacer: Pacer) -> None:
        self._inner = inner
        self._settings = settings
        self._clock = clock
        self._pacer = pacer
        self._slots = asyncio.Semaphore(settings.in_flight_max)
        self._held_until = clock.monotonic()
        self.sent = 0

    async def send(self, request: Request) -> Answer:
        """Send when it is this request's turn.

        Raises:
            RateLimited: without sending, when the server has asked for a wait beyond the retry
                policy's total; `wait_s` says how long it still is.
            CallFailed: as `inner` does.
        """
        async with self._slots:
            await self._open(request)
            await self._pacer.acquire()
            self.sent += 1
            try:
                return await self._inner(request)
            except RateLimited as refused:
                self._hold(refused.wait_s or 0.0)
                raise
            except ConnectionLost as lost:
                if lost.outcome is Outcome.UNKNOWN:
                    self._hold(self._settings.pause_after_loss_s)
                raise
            except asyncio.CancelledError:
                self._hold(self._settings.pause_after_loss_s)
                raise

    def _hold(self, seconds: float) -> None:
        self._held_until = max(self._held_until, self._clock.monotonic() + seconds)

    async def _open(self, request: Request) -> None:
        while (left_s := self._held_until - self._clock.monotonic()) > 0:
            if left_s > self._settings.retry.total_s:
                raise _still_limited(request, left_s)
            await self._clock.sleep(left_s)


def _still_limited(request: Request, left_s: float) -> RateLimited:
    text = f"not sent: the server asked to wait, {left_s:.0f} s of it are left"
    limited = RateLimited(request.operation.operation_id, text, status=429)
    limited.wait_s = left_s
    return limited
