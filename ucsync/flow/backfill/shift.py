"""What a backfill works with between its stints, and how a stint is ended."""

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

from ucsync.flow.progress import Watcher
from ucsync.flow.stopping import Stop
from ucsync.flow.turns import Turns
from ucsync.flow.workplace import Workplace
from ucsync.model import Clock, Stopped
from ucsync.plan import Wait

T = TypeVar("T")


@dataclass(slots=True)
class Tally:
    """How many requests the stints of a run have sent."""

    requests: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """All that a backfill of one merchant needs for days.

    Attributes:
        merchant: its name in the configuration.
        open: makes the workplace of a stint and holds the locks of a run; raises Busy while another run
            has them. Its budget does not wait.
        turns: tells whether another run waits for them.
        wait: how long until the quota permits a request, None when it does now; takes none, holds nothing.
        clock: ours.
        stop: ends the backfill.
        watcher: is told how it goes.
        tally: of what was sent.
    """

    merchant: str
    open: Callable[[Stop, Watcher], AbstractAsyncContextManager[Workplace]]
    turns: Turns
    wait: Callable[[], Wait | None]
    clock: Clock
    stop: Stop
    watcher: Watcher
    tally: Tally = field(default_factory=Tally)


class Why(Enum):
    """Why a stint ends before its work is done."""

    TURN = "another run waits for its turn"
    UNTIL = "it is time to pause"


class StintOver(Stopped):
    """A stint ends here; what was fetched is staged."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class StintStop(Stop):
    """The wish to stop, as a stint sees it: before each request it also looks whether others go first.

    Args:
        shift: of the backfill.
        until: when to pause; None for never.
    """

    def __init__(self, shift: Shift, until: datetime | None) -> None:
        super().__init__()
        self._shift = shift
        self._until = until

    @property
    def asked(self) -> bool:
        """Whether the whole backfill is to end."""
        return self._shift.stop.asked

    def check(self) -> None:
        """Raises Stopped when the whole backfill is to end."""
        self._shift.stop.check()

    def make_way(self) -> None:
        """Raises StintOver when another run waits for its turn."""
        if self._shift.turns.wanted:
            raise StintOver(Why.TURN)

    def ask(self, exit_code: int = Stopped.exit_code) -> None:
        """End the whole backfill soon."""
        self._shift.stop.ask(exit_code)

    async def rest(self, clock: Clock, seconds: float) -> None:
        """See `Stop`."""
        await self._shift.stop.rest(clock, seconds)

    async def unless(self, work: Coroutine[Any, Any, T]) -> T:
        """See `Stop`.

        Raises:
            Stopped: the whole backfill is to end.
            StintOver: it is time to pause, or another run waits; the work was never begun.
        """
        try:
            why = self._why()
        except BaseException:  # a disk that does not let it look for others
            work.close()
            raise
        if why is not None:
            work.close()
            raise StintOver(why)
        return await self._shift.stop.unless(work)

    def _why(self) -> Why | None:
        if self._until is not None and self._shift.clock.now() >= self._until:
            return Why.UNTIL
        return Why.TURN if self._shift.turns.wanted else None
