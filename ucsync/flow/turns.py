"""Whose turn it is: one run at a time for an application and for a merchant, and a backfill last of all.

A backfill lives for days. It has locks of its own for its whole life, and those of a run only while it
works. A run that finds these held while a backfill lives takes the turn, which is a lock, too, and waits:
the backfill looks for that before each request and makes way. All of it is the operating system's, so
whoever dies leaves nothing in the way.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ucsync.flow.stopping import Stop
from ucsync.model import Busy, Clock
from ucsync.store import hold, is_held

#: Seconds between two looks at locks that others hold: at first, as a backfill makes way after a page; and
#: once that has taken longer.
POLL_S: Final = 0.25
POLL_LATER_S: Final = 2.0
_AT_FIRST_S: Final = 10.0

#: A run waits so many seconds at most for a backfill to make way: that is the request under way with its
#: repetitions, or the publication of a window.
YIELD_S_MAX: Final = 600.0

#: Whoever looks whether a lock is held holds it for a moment: so often is it tried anew.
_TRIES: Final = 4


@dataclass(frozen=True, slots=True)
class Turns:
    """The locks of one merchant and its application.

    Attributes:
        locks: `<state>/locks`.
        lake: `<lake>/<merchant>`; its lock is for those who share a lake and no state.
        application: names the key without telling it.
        merchant: its name in the configuration.
        clock: for waiting.
    """

    locks: Path
    lake: Path
    application: str
    merchant: str
    clock: Clock

    @property
    def wanted(self) -> bool:
        """Whether a run waits for a backfill to make way."""
        return any(is_held(self.locks, name) for name in self._names("turn"))

    @contextmanager
    def now(self) -> Iterator[None]:
        """Hold the locks of a run.

        Raises:
            Busy: another run holds one of them; no request was sent.
            StorageFailed: the disk refuses.
        """
        run = [f"application-{self.application}", f"merchant-{self.merchant}"]
        with hold(self.locks, run), hold(self.lake, ["run"]):
            yield

    @asynccontextmanager
    async def in_turn(self, stop: Stop) -> AsyncIterator[None]:
        """Hold the locks of a run, once a backfill that holds them has made way.

        Raises:
            Busy: another run holds one of them, or the backfill did not make way for `YIELD_S_MAX`.
            Stopped: asked to, while waiting.
            StorageFailed: the disk refuses.
        """
        began_s = self.clock.monotonic()
        with ExitStack() as held:
            with ExitStack() as turn:
                while not self._entered(held, began_s):
                    with suppress(Busy):  # it has it already, or one that goes first has
                        turn.enter_context(hold(self.locks, self._names("turn")))
                    waited_s = self.clock.monotonic() - began_s
                    await stop.rest(self.clock, POLL_S if waited_s < _AT_FIRST_S else POLL_LATER_S)
            yield

    @asynccontextmanager
    async def backfill(self, stop: Stop) -> AsyncIterator[None]:
        """Hold the locks of a backfill, for its whole life.

        Raises:
            Busy: another backfill lives; no request was sent.
            StorageFailed: the disk refuses.
        """
        with ExitStack() as held:
            for left in reversed(range(_TRIES)):
                try:
                    held.enter_context(hold(self.locks, self._names("backfill")))
                    break
                except Busy:
                    if not left:
                        raise
                    await stop.rest(self.clock, POLL_S)
            yield

    def _entered(self, held: ExitStack, began_s: float) -> bool:
        """Whether the locks of a run are held now; Busy when there is no point in waiting for them."""
        try:
            held.enter_context(self.now())
        except Busy:
            if self.clock.monotonic() - began_s >= YIELD_S_MAX:
                raise
            if any(is_held(self.locks, name) for name in self._names("backfill")):
                return False
            held.enter_context(self.now())  # a backfill may have ended just now
        return True

    def _names(self, kind: str) -> list[str]:
        return [f"{kind}-{self.application}", f"{kind}-{self.merchant}"]
