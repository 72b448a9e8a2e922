"""The server's clock: real, shifted, or stopped and moved by hand."""

from datetime import UTC, datetime, timedelta

from ucsync.model import Clock


class ServerClock:
    """Reads the clock it is given, plus what it was moved by; may be stopped.

    Moving it moves the quota, the timestamps and the lifetimes of tokens together.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shift = timedelta(0)
        self._stopped_at: datetime | None = None

    def now(self) -> datetime:
        """The server's instant, aware, in UTC."""
        return (self._stopped_at or self._clock.now()) + self._shift

    def now_s(self) -> int:
        """The same as whole epoch seconds, as timestamps have them."""
        return int(self.now().timestamp())

    def move(self, seconds: float) -> None:
        """Put the clock forward, or back when negative."""
        self._shift += timedelta(seconds=seconds)

    def set_to(self, instant: datetime) -> None:
        """Put the clock to an aware instant."""
        self._shift += instant.astimezone(UTC) - self.now()

    def stop(self) -> None:
        """From now on only `move` and `set_to` change it."""
        self._stopped_at = self._stopped_at or self._clock.now()

    def run(self) -> None:
        """Let a stopped clock run on from where it stands."""
        if self._stopped_at is not None:
            standing = self.now()
            self._stopped_at = None
            self.set_to(standing)
