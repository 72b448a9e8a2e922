"""A year from the outside: lived in a folder of its own, summed up, and, when it fails, told so that anybody
can see it fail again."""

import gc
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.store.books import quick_folder
from tests.year.diary import Diary
from tests.year.machine import KILLS
from tests.year.morning import Tally, YearFailed
from tests.year.script import CHANGES, KILL_EVERY, NIGHTS, ROUGH, Script
from tests.year.year import Year
from ucsync.testing import FaultPlan, run_virtual, shrunk

#: A year with fewer faulted requests is too good a year.
FAULTED_LEAST: Final = 0.10
#: Nights on which the lake was compared and equal, of all.
QUIET_LEAST: Final = 0.3


@dataclass(frozen=True)
class Lived:
    """What became of a year.

    Attributes:
        script: how it was to go.
        tally: what was in it, as far as it came.
        events, digest: how many there were, and their hash.
        newest: the last of them.
        failure: None when all was as it should be.
    """

    script: Script
    tally: Tally
    events: int
    digest: str
    newest: tuple[str, ...]
    failure: YearFailed | None


def lived(script: Script, events: Path | None = None) -> Lived:
    """Live a year.

    Args:
        script: how it goes.
        events: a file for all of its events.
    """
    diary, failure = Diary(events), None
    with quick_folder() as folder, rarely_collected():
        year = Year(script, folder, diary)
        try:
            run_virtual(year.live(), in_turn=True)
        except YearFailed as failed:
            failure = failed
        finally:
            diary.close()
    return Lived(script, year.tally, diary.events, diary.digest(), tuple(diary.newest), failure)


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Looking for garbage in circles, of which there is little, is an eighth of a year's time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    yield
    gc.set_threshold(*before)


def lacking(year: Lived) -> list[str]:
    """What should have been in a whole year, and was not: a plan that is never carried out proves nothing."""
    tally, nights = year.tally, len(year.script.nights)
    deaths = sum(count for what, count in tally.met.items() if what in KILLS)
    held = {
        f"{nights} nights": tally.nights == nights == NIGHTS,
        "quiet nights": tally.quiet >= QUIET_LEAST * nights,
        "faulted requests": tally.faulted >= FAULTED_LEAST * tally.requests,
        "a kill every seventh night": tally.ended["killed"] == nights // KILL_EVERY,
        "two deaths of the backfill": tally.backfill["killed"] == 2,
        "each death": deaths == nights // KILL_EVERY + 2 and tally.met.keys() >= KILLS,
        "every kind of fault": ROUGH.keys() <= tally.met.keys(),
        "refused operations": tally.met["EIO"] > 0,
        "one full disk": tally.met["ENOSPC"] == 1,
        "four wrong clocks, and put right": tally.met["step"] == 8,
        "both clock changes": tally.gaps_h == {24.0: nights - 3, 23.0: 1, 25.0: 1},
        "four changes of shape": tally.changes == dict.fromkeys(CHANGES, 1),
        "three spent quotas": tally.paused == tally.resumed == 3,
        "a backfill of three days": tally.backfill["0"] == 1 and tally.backfill_days > 2,
        "windows": tally.snapshots["window"] >= 3,
        "every kind of work": min(
            tally.acts[kind] for kind in ("insert", "update", "delete", "merge", "move")
        )
        > 0,
    }
    return [name for name, there in held.items() if not there]


def table(year: Lived) -> str:
    """What was in a year, as lines."""
    tally = year.tally
    share = tally.faulted / max(1, tally.requests)
    rows: list[tuple[str, object]] = [
        ("seed", year.script.seed),
        ("nights", tally.nights),
        ("quiet, and compared equal", tally.quiet),
        ("hours between nights", _told(tally.gaps_h)),
        ("requests", tally.requests),
        ("faulted", f"{tally.faulted} ({share:.1%})"),
        ("nightly runs ended", _told(tally.ended)),
        ("snapshots", _told(tally.snapshots)),
        ("faults", _told(tally.met)),
        ("changes of shape", _told(tally.changes)),
        ("quota spent, gone on with", f"{tally.paused}, {tally.resumed}"),
        ("backfill", f"{tally.backfill_days:.1f} days; ended {_told(tally.backfill)}"),
        ("the merchant's people", _told(tally.acts)),
        ("events", year.events),
        ("hash", year.digest),
    ]
    return "\n".join(f"{name:<26} {held}" for name, held in rows)


def story(year: Lived) -> str:
    """Each night and how it ended, a line each."""
    faults = Counter(fault.run for fault in year.script.plan.faults)
    lines = zip(year.script.nights, year.tally.story, strict=False)
    return "\n".join(
        f"{night!s:<60} {faults[night.number]:2} faults planned; {ended}" for night, ended in lines
    )


def told(year: Lived) -> str:
    """A failed year, with all that is needed to see it fail again."""
    assert year.failure is not None
    script, night = year.script, year.failure.night
    again = f"python -m tests.year {script.seed} --nights {script.whole} --until {night}"
    return "\n".join([
        f"seed {script.seed}, {year.failure}",
        *year.newest,
        f"again:   {again}",
        f"smaller: {again} --shrink",
        f"or with this plan: {again} --plan FILE",
        script.plan.until(night).to_json(),
    ])  # fmt: skip


def smaller(year: Lived, on_trial: Callable[[FaultPlan, bool], None] = lambda plan, fails: None) -> FaultPlan:
    """The few faults with which a year fails in the same way.

    Args:
        on_trial: told of each plan that was tried, and whether the year failed with it, too.
    """
    assert year.failure is not None
    script, failure = year.script.until(year.failure.night), year.failure

    def fails(plan: FaultPlan) -> bool:
        other = lived(replace(script, plan=plan)).failure
        alike = other is not None and (other.night, str(other)) == (failure.night, str(failure))
        on_trial(plan, alike)
        return alike

    return shrunk(script.plan, fails)


def _told(counts: dict[object, int] | dict[str, int] | dict[float, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items(), key=lambda one: str(one[0])))
