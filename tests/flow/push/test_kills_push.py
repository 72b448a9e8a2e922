"""A push is killed wherever journal, server or disk change; gone on with, it does the rest, and once."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from shutil import copytree
from signal import SIGKILL
from typing import Any, Final, TypeVar

import pytest

from tests.flow.push.mortal_push import HOUR_S, Death
from tests.store.books import quick_folder
from tests.ward import Ward

T = TypeVar("T")

DEEP = bool(os.environ.get("UCSYNC_DEEP"))
#: After a death the next start comes so much later.
AGAIN_S: Final = 600.0
#: Before a request that acts late has acted.
SOON_S: Final = 5.0
#: Trials in one process.
HEAP: Final = 8
#: Changes of the journal, and on the disk, at which a run dies: every so many.
EVERY: Final = 1 if DEEP else 9
EVERY_ON_DISK: Final = 1 if DEEP else 37


@dataclass
class Lab:
    """What a trial needs.

    Attributes:
        sound: what a push comes to that nobody kills.
        passed: how many changes of each kind it has.
    """

    ward: Ward
    folder: Path
    sound: dict[str, Any]
    passed: dict[str, int]
    numbers: Iterator[int]

    def place(self) -> Path:
        """A new folder, as it is before the push."""
        return copytree(self.folder / "prepared", self.folder / f"trial-{next(self.numbers)}")

    def run(self, task: str, *arguments: object) -> Any:
        """A task that comes to its end."""
        return self.ward.run(f"tests.flow.push.mortal_push:{task}", *arguments).told

    def killed(self, death: Death) -> Path:
        """Where a run has died."""
        place = self.place()
        told = {name: held for name, held in asdict(death).items() if name != "passed"}
        ended = self.ward.run("tests.flow.push.mortal_push:die", str(place), told, HOUR_S)
        assert ended.code == -SIGKILL, (death, ended.err)
        return place

    def side_by_side(self, work: Callable[..., T], trials: Iterable[tuple[Any, ...]]) -> list[T]:
        """Every trial, on two cores."""
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda trial: work(*trial), trials))

    def check(self, deaths: Sequence[Death], later_s: float) -> None:
        """Each dies; gone on with, each comes to what the sound one came to, every step done once."""
        places = self.side_by_side(self.killed, [(death,) for death in deaths])
        trials = [[str(place), HOUR_S + later_s] for place in places]
        heaps = [(trials[first : first + HEAP],) for first in range(0, len(trials), HEAP)]
        told = [one for heap in self.side_by_side(lambda heap: self.run("each", heap), heaps) for one in heap]
        for death, one in zip(deaths, told, strict=True):
            assert one["wrong"] == [], death
            assert one["deeds"] == self.sound["deeds"], death
            assert one["customers"] == self.sound["customers"], death
            assert one["history"] == self.sound["history"], death
            assert one["code"] == 0, death


@pytest.fixture(scope="module")
def lab(ward: Ward) -> Iterator[Lab]:
    with quick_folder() as folder:
        made = Lab(ward, folder, {}, {}, count())
        made.run("prepare", str(folder / "prepared"))
        place = str(made.place())
        made.passed = made.run("die", place, {}, HOUR_S)["passed"]
        made.sound = made.run("go_on", place, HOUR_S + AGAIN_S)
        yield made


def test_a_push_that_nobody_kills_does_every_step_once(lab: Lab) -> None:
    assert lab.sound["wrong"] == []
    assert set(lab.sound["deeds"].values()) == {1}
    assert len(lab.sound["history"]) == 4  # one came, one went, one was merged, into whom
    done = {deed.partition(" ")[0] for deed in lab.sound["deeds"]}
    assert done == {
        "updateCustomer", "insertCustomer", "mergeCustomer", "deleteCustomer", "addCustomerStoreCredit",
        "adjustInternalCertificate", "updateCustomerEmailLists",
    }  # fmt: skip


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_change_of_its_journal_it_does_the_rest_and_nothing_twice(
    lab: Lab, after: bool
) -> None:
    lab.check(
        [Death("journal", at, after) for at in range(1 + after, lab.passed["journal"] + 1, EVERY)], AGAIN_S
    )


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_around_any_write_it_does_the_rest_and_nothing_twice(lab: Lab, after: bool) -> None:
    lab.check([Death("write", at, after) for at in range(1 + after, lab.passed["write"] + 1, EVERY)], AGAIN_S)


def test_killed_at_any_change_on_the_disk_it_does_the_rest_and_nothing_twice(lab: Lab) -> None:
    lab.check([Death("disk", at) for at in range(1, lab.passed["disk"] + 1, EVERY_ON_DISK)], AGAIN_S)


def test_killed_while_a_write_is_still_to_act_it_waits_until_that_has_acted(lab: Lab) -> None:
    """And started again before it has."""
    writes = range(1, lab.passed["write"] + 1, EVERY)
    lab.check([Death("write", at, after=True, fault="late", fault_at=at) for at in writes], SOON_S)
