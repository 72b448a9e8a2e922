"""The shipped doubles: virtual time that neither spins nor hangs, connections that deliver in order."""

import asyncio
import time

import pytest

from ucsync.testing import MemoryTransport, VirtualClock, run_virtual


def test_a_year_passes_at_once() -> None:
    async def main() -> float:
        for _ in range(365):
            await asyncio.sleep(86_400)
        return VirtualClock().monotonic()

    assert run_virtual(main()) == pytest.approx(365 * 86_400)


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
