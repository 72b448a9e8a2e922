"""One application's way to its server: so many requests at a time, in the order in which they came.

UltraCart answers 429 to a second request in flight (fact sheet §2.8). A request keeps its place while
it waits to be repeated: what made it fail would most likely meet the next one too.
"""

import asyncio
from typing import Generic

from ucsync.net.transport import A, Q, Send


class Lane(Generic[Q, A]):
    """Takes turns; `inner` is everything that one request needs, its repetitions included."""

    def __init__(self, inner: Send[Q, A], in_flight_max: int) -> None:
        self._inner = inner
        self._turns = asyncio.Semaphore(in_flight_max)

    async def send(self, request: Q) -> A:
        """Send when it is this request's turn. Raises what `inner` raises."""
        async with self._turns:
            return await self._inner(request)
