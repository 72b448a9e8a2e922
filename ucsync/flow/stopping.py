"""Being asked to stop: the page under way is finished, then the run leaves."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from ucsync.model import Clock, Stopped

T = TypeVar("T")

#: Seconds that a request under way gets to finish.
GRACE_S: Final = 7.0


class Stop:
    """A wish to stop, made once; seen by everything that works for a run."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._exit_code = Stopped.exit_code

    @property
    def asked(self) -> bool:
        """Whether the run is to end; may be read from any thread."""
        return self._asked.is_set()

    def ask(self, exit_code: int = Stopped.exit_code) -> None:
        """End the run soon; call it in the event loop's thread.

        Args:
            exit_code: of the error that the run ends with.
        """
        self._exit_code = exit_code
        self._asked.set()

    def check(self) -> None:
        """Raises Stopped when the run is to end."""
        if self.asked:
            stopped = Stopped("stopped as asked; what was fetched is kept")
            stopped.exit_code = self._exit_code
            raise stopped

    async def rest(self, clock: Clock, seconds: float) -> None:
        """Wait for so many seconds.

        Raises:
            Stopped: as soon as the run is to end.
        """
        self.check()
        waits = (asyncio.ensure_future(clock.sleep(seconds)), asyncio.ensure_future(self._asked.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        self.check()

    async def unless(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` comes to; when asked to stop it has `GRACE_S` left, then it is given up.

        Raises:
            Stopped: it was given up, or never begun.
        """
        if self.asked:
            work.close()
            self.check()
        task, wish = asyncio.ensure_future(work), asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait((task, wish), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                await asyncio.wait((task,), timeout=GRACE_S)
            if not task.done():
                self.check()
            return task.result()
        finally:
            wish.cancel()
            task.cancel()
            await asyncio.gather(task, wish, return_exceptions=True)
