"""Whose turn it is: a backfill makes way for everybody, and nobody who dies is in anybody's way."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable

import pytest

from ucsync.flow import Stop
from ucsync.flow.turns import POLL_LATER_S, POLL_S, YIELD_S_MAX, Turns
from ucsync.model import Busy, Stopped
from ucsync.testing import VirtualClock, run_virtual

#: Holds what it is told until it is killed.
OTHER = """
import asyncio, sys
from pathlib import Path
from ucsync.flow import Stop
from ucsync.flow.turns import Turns
from ucsync.net import SystemClock

async def main():
    folder = Path(sys.argv[1])
    turns = Turns(folder / "locks", folder / "lake", "app", "shop", SystemClock())
    if sys.argv[2] == "backfill":
        async with turns.backfill(Stop()):
            with turns.now():
                print("held", flush=True)
                sys.stdin.read()
    else:
        asyncio.get_running_loop().call_soon(print, "asked")
        async with turns.in_turn(Stop()):
            pass

asyncio.run(main())
"""


def turns_in(folder: Path, merchant: str = "shop", application: str = "app") -> Turns:
    return Turns(folder / "locks", folder / merchant, application, merchant, VirtualClock())


def now_s() -> float:
    return asyncio.get_running_loop().time()


@contextmanager
def another(folder: Path, part: str) -> Iterator[Popen[bytes]]:
    process = Popen([executable, "-u", "-c", OTHER, folder, part], stdin=PIPE, stdout=PIPE)
    with process:
        yield process


async def stints(turns: Turns, until: Callable[[], bool]) -> None:
    """As a backfill works: it looks each second whether others want their turn."""
    async with turns.backfill(Stop()):
        while not until():
            with suppress(Busy), turns.now():
                await one_stint(turns, until)
            await asyncio.sleep(POLL_S)


async def one_stint(turns: Turns, until: Callable[[], bool]) -> None:
    while True:
        await asyncio.sleep(1)
        if turns.wanted or until():
            return


def test_a_run_that_finds_no_backfill_is_told_at_once_that_another_run_is_at_it(tmp_path: Path) -> None:
    async def main() -> None:
        turns = turns_in(tmp_path)
        with turns.now(), pytest.raises(Busy, match="another run holds application-app"):
            async with turns.in_turn(Stop()):
                pass
        assert now_s() == 0

    run_virtual(main())


@pytest.mark.parametrize(
    ("merchant", "application"), [("shop", "app"), ("other", "app"), ("shop", "new-key")],
    ids=["same", "same application", "same merchant"],
)  # fmt: skip
def test_a_backfill_makes_way_for_whoever_needs_one_of_its_locks(
    tmp_path: Path, merchant: str, application: str
) -> None:
    async def main() -> None:
        ended = False

        working = asyncio.ensure_future(stints(turns_in(tmp_path), lambda: ended))
        for _ in range(2):
            await asyncio.sleep(10.3)
            before_s = now_s()
            async with turns_in(tmp_path, merchant, application).in_turn(Stop()):
                assert now_s() - before_s <= 1 + POLL_S
                await asyncio.sleep(20)
        ended = True
        await working

    run_virtual(main())


def test_several_runs_take_their_turns_one_after_the_other(tmp_path: Path) -> None:
    async def main() -> None:
        ended, at_work, most = False, 0, 0

        async def run(merchant: str) -> None:
            nonlocal at_work, most
            async with turns_in(tmp_path, merchant).in_turn(Stop()):
                at_work += 1
                most = max(most, at_work)
                await asyncio.sleep(60)
                at_work -= 1

        working = asyncio.ensure_future(stints(turns_in(tmp_path), lambda: ended))
        await asyncio.sleep(5)
        await asyncio.gather(run("shop"), run("one"), run("two"))
        assert most == 1
        assert now_s() < 5 + 3 * (60 + POLL_LATER_S + 1) + 1
        ended = True
        await working

    run_virtual(main())


def test_a_backfill_that_does_not_make_way_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    async def main() -> None:
        turns = turns_in(tmp_path)
        async with turns.backfill(Stop()):
            with turns.now(), pytest.raises(Busy):
                async with turns_in(tmp_path).in_turn(Stop()):
                    pass
            assert YIELD_S_MAX <= now_s() <= YIELD_S_MAX + 1
            assert not turns.wanted

    run_virtual(main())


def test_who_waits_for_its_turn_stops_as_soon_as_asked(tmp_path: Path) -> None:
    async def main() -> None:
        turns, stop = turns_in(tmp_path), Stop()
        asyncio.get_running_loop().call_later(30, stop.ask, 143)
        async with turns.backfill(Stop()):
            with turns.now(), pytest.raises(Stopped) as stopped:
                async with turns_in(tmp_path).in_turn(stop):
                    pass
            assert (now_s(), stopped.value.exit_code) == (30, 143)
            assert not turns.wanted

    run_virtual(main())


def test_a_second_backfill_is_told_that_there_is_one(tmp_path: Path) -> None:
    async def main() -> None:
        async with turns_in(tmp_path).backfill(Stop()):
            with pytest.raises(Busy, match="backfill-shop"):
                async with turns_in(tmp_path, application="new-key").backfill(Stop()):
                    pass
            assert now_s() <= 1
            async with turns_in(tmp_path, "other", "other").backfill(Stop()):
                pass

    run_virtual(main())


def test_kill_9_of_a_backfill_or_of_who_waits_for_it_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    turns = turns_in(tmp_path)
    with ExitStack() as ended:
        backfill = ended.enter_context(another(tmp_path, "backfill"))
        assert backfill.stdout is not None
        assert backfill.stdout.readline() == b"held\n"
        waiter = ended.enter_context(another(tmp_path, "run"))
        assert waiter.stdout is not None
        assert waiter.stdout.readline() == b"asked\n"
        assert turns.wanted
        waiter.kill()
        waiter.wait()
        assert not turns.wanted
        with pytest.raises(Busy), turns.now():
            pass
        backfill.kill()
        backfill.wait()
        with turns.now():
            assert not turns.wanted
