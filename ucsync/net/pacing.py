"""A pace within a second."""

from typing import Protocol

from asyncio_throttle.throttler import Throttler


class Pacer(Protocol):
    """Spaces requests."""

    async def acquire(self) -> None:
        """Return when the next request may leave."""
        ...


class ThrottlePacer:
    """At most so many requests in any second, by asyncio-throttle.

    It polls and reads the real clock, so under a virtual clock another pacer has its place.
    """

    def __init__(self, requests_per_s: int) -> None:
        self._throttler = Throttler(rate_limit=requests_per_s, period=1.0)

    async def acquire(self) -> None:
        """Return when the next request may leave."""
        await self._throttler.acquire()  # type: ignore[no-untyped-call]  # the library has no types


class NoPacer:
    """No pace at all."""

    async def acquire(self) -> None:
        """Return at once."""
