"""The shipped doubles: virtual time that neither spins nor hangs, connections that deliver in order."""

import asyncio
import time
from collections.abc import Callable

import aiohttp
import pytest
from aiohttp import web

from ucsync.testing import Cut, MemoryServer, MemoryTransport, VirtualClock, VirtualLoop, run_virtual


def test_a_year_passes_at_once() -> None:
    async def main() -> float:
        for _ in range(365):
            await asyncio.sleep(86_400)
        return VirtualClock().monotonic()

    assert run_virtual(main()) == pytest.approx(365 * 86_400)


def test_after_more_than_a_year_the_clock_still_jumps_from_timer_to_timer() -> None:
    """A clock that is finer than its figures would creep: look, jump by nothing, and look again."""

    async def main() -> int:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        await asyncio.sleep(400 * 86_400 + 0.1)
        jumps = 0

        def counted(seconds: float, jump: Callable[[float], None] = loop.jump) -> None:
            nonlocal jumps
            jumps += 1
            jump(seconds)

        loop.jump = counted  # type: ignore[method-assign]  # to count, not to change
        before_s = loop.time()
        for number in range(1000):
            await asyncio.sleep(0.1 + number / 7e5)
        assert loop.time() - before_s == pytest.approx(100 + 499_500 / 7e5)
        return jumps

    assert run_virtual(main()) <= 1010


def test_a_deadlock_after_work_in_a_thread_is_an_error_too() -> None:
    async def main() -> None:
        await asyncio.to_thread(time.strftime, "%Y")
        await asyncio.sleep(86_400)
        await asyncio.Event().wait()

    for in_turn in (False, True):
        with pytest.raises(RuntimeError, match="deadlock"):
            run_virtual(main(), in_turn=in_turn)


def test_in_turn_work_in_a_thread_is_done_before_anything_else_happens() -> None:
    async def main() -> list[str]:
        events: list[str] = []

        def work() -> None:
            sum(range(1_000_000))  # takes real time, in which another task could get on
            events.append("work")

        async def other() -> None:
            for _ in range(3):
                events.append("other")
                await asyncio.sleep(0)

        await asyncio.gather(asyncio.to_thread(work), other())
        return events

    assert run_virtual(main(), in_turn=True) == ["work", "other", "other", "other"]


def test_what_work_in_a_thread_raises_arrives_in_turn() -> None:
    async def main() -> None:
        await asyncio.to_thread(int, "none")

    with pytest.raises(ValueError, match="none"):
        run_virtual(main(), in_turn=True)


def test_each_connection_may_be_cut_by_itself_or_refused() -> None:
    async def main() -> list[str]:
        application = web.Application()
        application.router.add_get("/", answered)
        cuts: list[Cut | None] = [Cut(), Cut(after_to_client=10), None, Cut(after_to_server=5), Cut()]
        outcomes = []

        def next_cut() -> Cut:
            cut = cuts.pop(0)
            if cut is None:
                raise ConnectionRefusedError
            return cut

        async with (
            MemoryServer(application) as server,
            aiohttp.ClientSession(connector=server.connector(each=next_cut)) as session,
        ):
            for _ in range(5):
                try:
                    async with session.post("http://localhost/") as answer:
                        outcomes.append(str(answer.status))
                except aiohttp.ClientError as fault:
                    outcomes.append(type(fault.__cause__ or fault).__name__)
        return outcomes

    async def answered(_: web.Request) -> web.Response:
        return web.Response(text="hello")

    assert run_virtual(main()) == [
        "405", "ConnectionResetError", "ConnectionRefusedError", "ConnectionResetError", "405",
    ]  # fmt: skip


def test_a_deadlock_is_an_error() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="deadlock"):
        run_virtual(main())


def test_work_in_a_thread_stops_the_clock() -> None:
    async def main() -> tuple[str, float]:
        timer = asyncio.create_task(asyncio.sleep(5))
        found = await asyncio.to_thread(time.strftime, "%Y")
        at_s = asyncio.get_running_loop().time()
        await timer
        return found, at_s

    found, at_s = run_virtual(main())
    assert found.isdecimal()
    assert at_s == 0


class Collector(asyncio.Protocol):
    """Keeps what it is given, and the end."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.ended = False

    def data_received(self, data: bytes) -> None:
        self.got.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True


def test_bytes_arrive_in_order_however_reading_is_paused() -> None:
    async def main() -> None:
        writer, reader = (MemoryTransport(lambda size: size) for _ in range(2))
        collector = Collector()
        writer.join(Collector(), reader)
        reader.join(collector, writer)
        reader.pause_reading()
        writer.write(b"1")
        await asyncio.sleep(0)
        writer.write(b"2")
        reader.resume_reading()
        writer.write(b"3")
        await asyncio.sleep(1)
        reader.pause_reading()
        writer.write(b"4")
        writer.close()
        await asyncio.sleep(1)
        assert b"".join(collector.got) == b"1234"
        assert collector.ended

    run_virtual(main())
