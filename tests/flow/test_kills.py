"""A whole sync is killed at every change it makes on disk, and loses power there; then it goes on."""

import json
import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from shutil import copytree
from signal import SIGKILL
from typing import Any, TypeVar

import pytest

from tests.flow.mortal import POINTS, SCENES, Death, published
from tests.store.books import quick_folder
from tests.store.faulty import DEADLY, How
from tests.ward import Ward

T = TypeVar("T")

DEEP = "UCSYNC_DEEP" in os.environ
LIVES = 200 if DEEP else 8
#: Of each answer where a run dies by the clock.
LATENCY_S = 1.0
#: Every so many changes; the deep run takes each. A later run does much of what a first one does.
STEPS = dict.fromkeys(SCENES, 1) if DEEP else {"first": 2, "incremental": 3, "full": 3}
#: What a full disk refuses first.
GROWING = ("create", "write", "link", *(("sync", "make_folder") if DEEP else ()))
#: Trials in one process.
HEAP = 10


@dataclass
class Lab:
    """What a trial needs.

    Attributes:
        sound: of each scene, what a run without a fault comes to.
    """

    ward: Ward
    folder: Path
    sound: dict[str, dict[str, Any]]
    numbers: Iterator[int]

    def place(self, scene: str) -> Path:
        """A new folder, as it is before a run."""
        return copytree(self.folder / scene, self.folder / f"trial-{next(self.numbers)}")

    def call(self, task: str, *arguments: object) -> dict[str, Any]:
        """A task that comes to its end."""
        told: dict[str, Any] = self.ward.run(f"tests.flow.mortal:{task}", *arguments).told
        return told

    def calls(self, task: str, trials: Sequence[Sequence[object]]) -> list[dict[str, Any]]:
        """The same for many."""
        heaps = [(task, trials[first : first + HEAP]) for first in range(0, len(trials), HEAP)]
        told = self.side_by_side(lambda *heap: self.ward.run("tests.flow.mortal:each", *heap).told, heaps)
        return [one for heap in told for one in heap]

    def killed(
        self, place: Path, scene: str, death: Death, late_s: float = 0, latency_s: float = 0
    ) -> tuple[bool, dict[str, Any]]:
        """A run that dies, or comes to its end before; whether it was killed, and how far it came."""
        task = "tests.flow.mortal:be_mortal"
        told = {**asdict(death), "how": death.how.name}
        ended = self.ward.run(task, str(place), scene, told, late_s, latency_s)
        assert ended.code in (0, -SIGKILL), ended.err
        return ended.code != 0, json.loads(ended.out)

    def published(self, place: Path, scene: str) -> bool:
        """Whether a new snapshot is in its place."""
        return published(place) > published(self.folder / scene)

    def changes(self, scene: str) -> list[tuple[int, str]]:
        """The changes on disk of a sound run: number and kind."""
        return [(at, kind) for at, (kind, _) in enumerate(self.sound[scene]["operations"], 1)]

    def side_by_side(self, work: Callable[..., T], trials: Iterable[tuple[Any, ...]]) -> list[T]:
        """Every trial, on two cores."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda trial: work(*trial), trials))


@pytest.fixture(scope="module")
def lab(ward: Ward) -> Iterator[Lab]:
    with quick_folder() as folder:
        made = Lab(ward, folder, {}, count())
        for scene in SCENES:
            made.call("prepare", str(folder / scene), scene)
            made.sound[scene] = made.call("go_on", str(made.place(scene)), scene, 0)
        yield made


@dataclass(frozen=True)
class Left:
    """What a run has left that came to a bad end.

    Attributes:
        spent: requests so far.
        done: whether a new snapshot is in its place.
    """

    place: Path
    scene: str
    spent: int
    done: bool


def converge(lab: Lab, all_left: Sequence[Left], kills: int = 1) -> None:
    """One more run each makes the lake equal to the truth, at the price of one page for each kill."""
    after = lab.calls("go_on", [(str(left.place), left.scene, 600) for left in all_left])
    for left, told in zip(all_left, after, strict=True):
        check(lab, left, told, kills)


def check(lab: Lab, left: Left, told: dict[str, Any], kills: int = 1) -> None:
    floor = lab.sound[left.scene]["requests"]
    assert told["wrong"] == []
    assert told["proof"] == "proven"
    assert told["notice"] is None, "the state database is sound"
    if left.done:  # so the last run was one of its own
        assert left.spent <= floor + kills
        assert told["requests"] <= floor
    else:
        assert floor <= left.spent + told["requests"] <= floor + kills
        assert told["scanned"] <= left.spent + told["requests"]
    sent = left.spent + told["requests"] + lab.sound["first"]["requests"] * SCENES[left.scene].later
    assert sent <= told["used"] <= sent + kills, "no request is missing in the quota book"


@pytest.mark.parametrize("scene", SCENES)
def test_a_run_killed_at_any_change_on_disk_goes_on_and_refetches_at_most_a_page(
    lab: Lab, scene: str
) -> None:
    # before a change is after the one before it
    deaths = [Death(How.SHORT if kind == "write" else How.KILL, at) for at, kind in lab.changes(scene)]
    deaths = [*deaths[:: STEPS[scene]], Death(How.DIE_AFTER, len(deaths))]
    if DEEP:
        deaths = [Death(how, at) for at, _ in lab.changes(scene) for how in DEADLY]
    converge(lab, lab.side_by_side(lambda death: killed(lab, scene, death), [(death,) for death in deaths]))


@pytest.mark.parametrize("scene", SCENES)
def test_a_run_killed_around_any_request_is_in_the_quota_book(lab: Lab, scene: str) -> None:
    requests = lab.sound[scene]["requests"]
    asked = range(1, requests + 1) if DEEP else (1, requests)
    deaths = [(Death(asked=number, point=point),) for number in asked for point in POINTS]
    converge(lab, lab.side_by_side(lambda death: killed(lab, scene, death), deaths))


def killed(lab: Lab, scene: str, death: Death) -> Left:
    place = lab.place(scene)
    dead, told = lab.killed(place, scene, death)
    assert dead
    return Left(place, scene, told["requests"], lab.published(place, scene))


@pytest.mark.parametrize("scene", SCENES)
def test_a_power_loss_at_any_change_on_disk_costs_at_most_a_page(lab: Lab, scene: str) -> None:
    kinds = ["", *(kind for _, kind in lab.changes(scene))]
    # what is on the disk for good changes with a sync only
    moments = [at for at, kind in enumerate(kinds[:-1], 1) if DEEP or kind in ("sync", "sync_folder")]
    trials = [(str(lab.place(scene)), scene, at) for at in moments[:: STEPS[scene]]]
    met = lab.calls("lose_power", trials)
    for (place, _, _), told in zip(trials, met, strict=True):
        done = told["published"] > published(lab.folder / scene)
        check(lab, Left(Path(place), scene, told["spent"], done), told)
    assert any(told["lost"] for told in met)


def test_a_run_killed_again_and_again_at_random_moments_comes_to_its_end(lab: Lab) -> None:
    def life(seed: int) -> int:
        chance = random.Random(seed)  # noqa: S311  (the same lives each time)
        scene = chance.choice(list(SCENES))
        place, spent, kills = lab.place(scene), 0, 0
        while not lab.published(place, scene):
            dead, told = lab.killed(place, scene, random_death(lab, scene, chance), 60.0 * kills, LATENCY_S)
            spent += told["requests"]
            kills += dead
        converge(lab, [Left(place, scene, spent, done=True)], kills)
        return kills

    kills = lab.side_by_side(life, [(seed,) for seed in range(LIVES)])
    assert sum(kills) > LIVES


def random_death(lab: Lab, scene: str, chance: random.Random) -> Death:
    if chance.random() < 0.5:
        return Death(after_s=chance.uniform(0, lab.sound[scene]["requests"] * LATENCY_S))
    how = chance.choice([How.KILL, How.SHORT, How.DIE_AFTER])
    return Death(how, chance.randint(1, len(lab.changes(scene))))


@pytest.mark.parametrize("scene", SCENES)
def test_a_full_or_failing_disk_is_told_the_old_snapshot_stands_and_the_next_run_converges(
    lab: Lab, scene: str
) -> None:
    faults = [
        (how, at, kind)
        for at, kind in lab.changes(scene)
        for how in (How.ENOSPC, How.EIO)
        if (kind in GROWING if how is How.ENOSPC else DEEP or at % 4 == 0)
    ]
    faults = faults[:: STEPS[scene]]
    trials = [(str(lab.place(scene)), scene, how.name, at) for how, at, _ in faults]
    met = lab.calls("meet_a_fault", trials)
    for (how, at, kind), told in zip(faults, met, strict=True):
        assert told["old_stands"], (how, at)
        assert told["code"] == 74, (how, at, kind)
        assert (told["wrong"], told["proof"], told["notice"]) == ([], "proven", None), (how, at)
    said = " ".join(told["failure"] for told in met)
    assert "staging a page: No space left on device" in said
    assert "publishing a snapshot: " in said
    assert str(lab.folder) not in said
