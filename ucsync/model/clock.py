"""Time as an argument."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """What the rest of ucsync knows of time; a test hands in one that it moves itself."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since some point, never going back."""
        ...

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Wait for so many seconds."""
        ...
