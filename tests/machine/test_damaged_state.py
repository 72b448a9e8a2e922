"""A state that is damaged between two runs: the next one says so in a line, and spends nothing on it."""

import asyncio
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.flow.backfill.yard import NAME, Yard, in_yard
from ucsync.flow import Stop, Watcher
from ucsync.flow.progress import BackfillProgress, Progress
from ucsync.model import Stopped
from ucsync.store.database import FILE_NAME

DEEP = "UCSYNC_DEEP" in os.environ
CUSTOMERS = 60
LIMITS = {"requests_per_hour": 100, "requests_per_day": 1000}
#: That are there when a run is stopped.
PAGES = 3


def flip(path: Path, seed: int) -> None:
    """A byte that is not zero."""
    content = bytearray(path.read_bytes())
    written = [place for place, byte in enumerate(content) if byte]
    content[Random(seed).choice(written)] ^= 0xFF  # noqa: S311  (a test's choice)
    path.write_bytes(content)


def cut(path: Path, seed: int) -> None:
    """Half of it is gone."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // (2 + seed)])


async def a_day(yard: Yard, damage: Callable[[Path], None]) -> tuple[int, tuple[str, ...], int]:
    """A first sync, a day, damage to the state, and the next sync: its requests, its notes, and what of the
    quota is used after it."""
    await yard.sync()
    merchant = yard.sandbox.merchant
    for oid in list(merchant.oids())[::9]:
        merchant.update(oid, {"business_notes": "called"})
    await asyncio.sleep(1800)
    damage(yard.folder / "state")
    before = yard.requests
    result = await yard.sync()
    assert result.exit_code == 0
    assert yard.disagreements() == []
    async with yard.workplace() as place:
        return yard.requests - before, result.notes, place.ledger.spent()[0].used


@cache
def a_sound_day() -> tuple[int, tuple[str, ...], int]:
    """The same without damage."""
    return in_yard(lambda yard: a_day(yard, lambda state: None), CUSTOMERS, sync=LIMITS)


@pytest.mark.parametrize("seed", range(40 if DEEP else 2))
@pytest.mark.parametrize("name", [FILE_NAME, f"{FILE_NAME}-redo"])
@pytest.mark.parametrize("harm", [flip, cut])
def test_a_damaged_database_costs_no_request_and_forgets_none(
    name: str, harm: Callable[[Path, int], None], seed: int
) -> None:
    async def damaged(yard: Yard) -> tuple[int, tuple[str, ...], int]:
        return await a_day(yard, lambda state: harm(state / name, seed))

    requests, notes, used = in_yard(damaged, CUSTOMERS, sync=LIMITS)
    assert (requests, used) == (a_sound_day()[0], a_sound_day()[2])
    assert len(notes) <= 1
    assert all("nothing is lost" in note for note in notes)
    assert notes or name != FILE_NAME or harm is flip


class StopAt(Watcher):
    """Asks to stop once so many pages are there."""

    def __init__(self, stop: Stop, page: int) -> None:
        self._stop = stop
        self._left = page

    def on_scan(self, progress: Progress) -> None:
        """See `Watcher`."""
        self._count()

    def on_backfill(self, progress: BackfillProgress) -> None:
        """See `Watcher`."""
        self._count()

    def _count(self) -> None:
        self._left -= 1
        if not self._left:
            self._stop.ask()


async def cut_off(yard: Yard, verb: str, damage: Callable[[Path], None]) -> tuple[int, tuple[str, ...]]:
    """A run that is stopped in the middle, damage to what it has staged, and a run that goes on: requests of
    both, and what was said."""
    verbs: dict[str, tuple[Callable[..., Any], str]] = {
        "sync": (yard.sync, "staging"),
        "backfill": (yard.backfill, "windows"),
    }
    (run, kept), stop = verbs[verb], Stop()
    with pytest.raises(Stopped):
        await run(stop=stop, watcher=StopAt(stop, PAGES))
    [scan] = (yard.folder / "state" / kept / NAME).iterdir()
    damage(scan)
    result = await run()
    assert result.exit_code == 0
    assert yard.disagreements() == []
    return yard.requests, result.notes


@cache
def a_sound_end(verb: str) -> tuple[int, tuple[str, ...]]:
    """The same without damage."""
    return in_yard(lambda yard: cut_off(yard, verb, lambda scan: None), CUSTOMERS)


@pytest.mark.parametrize("seed", range(40 if DEEP else 1))
@pytest.mark.parametrize(("name", "lost"), [("000002.json.zst", PAGES - 1), ("scan.json", PAGES)])
@pytest.mark.parametrize("verb", ["sync", "backfill"])
def test_damaged_pages_are_read_again_and_no_others(verb: str, name: str, lost: int, seed: int) -> None:
    async def damaged(yard: Yard) -> tuple[int, tuple[str, ...]]:
        return await cut_off(yard, verb, lambda scan: flip(scan / name, seed))

    requests, notes = in_yard(damaged, CUSTOMERS)
    assert requests == a_sound_end(verb)[0] + lost
    assert sum("dropped" in note or "discarded" in note for note in notes) == 1


@pytest.mark.parametrize("verb", ["backfill", "reconcile"])
def test_whatever_run_comes_first_tells_of_the_damage_once(verb: str) -> None:
    async def scenario(yard: Yard) -> None:
        await yard.sync()
        cut(yard.folder / "state" / FILE_NAME, 0)
        done = (await yard.reconcile()).synced if verb == "reconcile" else await yard.backfill()
        notes = done.notes
        assert sum("nothing is lost" in note for note in notes) == 1
        assert not any("nothing is lost" in note for note in (await yard.sync()).notes)

    in_yard(scenario, CUSTOMERS)
