"""An event loop in virtual time, and the clock that goes with it."""

import asyncio
import selectors
import threading
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

T = TypeVar("T")

START: Final = datetime(2026, 3, 1, 7, 0, tzinfo=UTC)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time: nothing ready means jump to the next timer.

    No timer and nothing ready is a deadlock, and an error. While work runs in the loop's threads,
    virtual time stands still.

    Args:
        in_turn: what is given to the loop's threads is done before anything else happens, so that
            several simulated processes in one loop do the same things in the same order each time.
    """

    def __init__(self, *, in_turn: bool = False) -> None:
        self._virtual_s = 0.0
        self._in_turn = in_turn
        self.jobs = 0
        self._jumping = _JumpingSelector(self)
        super().__init__(self._jumping)
        # a finer resolution stalls: at large times the next timer is not reachable by addition
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual_s

    def run_in_executor(  # type: ignore[override]  # looser than asyncio's stubs, and the same at run time
        self, executor: Any, func: Any, *args: Any
    ) -> "asyncio.Future[Any]":
        """As any loop, but counting, so that time waits for it."""
        done = threading.Event()

        def job() -> Any:
            try:
                return func(*args)
            finally:
                done.set()

        future = super().run_in_executor(executor, job)
        self.jobs += 1
        future.add_done_callback(self._job_done)
        if self._in_turn:
            done.wait()
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ASYNC109  (asyncio's)
        """As any loop; its threads end in real time."""
        self.jobs += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self.jobs -= 1

    def _job_done(self, _future: object) -> None:
        self.jobs -= 1

    def jump(self, seconds: float) -> None:
        """Put the clock forward."""
        self._virtual_s += seconds


class _JumpingSelector(selectors.DefaultSelector):
    """Polls, and where it would have waited moves the loop's clock instead."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(None if self._loop.jobs and timeout != 0 else 0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise RuntimeError("deadlock: every task waits, and no timer is set")
        self._loop.jump(timeout)
        return ready


def run_virtual(main: Coroutine[Any, Any, T], *, in_turn: bool = False) -> T:
    """Run a coroutine in a new loop of virtual time, to its end; `in_turn` as in `VirtualLoop`."""
    with asyncio.Runner(loop_factory=partial(VirtualLoop, in_turn=in_turn)) as runner:
        return runner.run(main)


class VirtualClock:
    """The running loop's time as a `Clock`: instants count from `start`.

    A thread that the loop has started sees the time of the loop in which the clock was asked last.
    """

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._loop: asyncio.AbstractEventLoop | None = None

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Virtual seconds."""
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:
            if self._loop is None:
                raise
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Let so much virtual time pass."""
        await asyncio.sleep(seconds)
