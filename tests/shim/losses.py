"""What a power loss may leave of a recorded run, and whether that is as it must be.

The states of the disk are those of `tests.shim.disk`, at every moment of the run. Of each it is asked what
a reader finds before anybody has mended anything, what of that which was promised is there, and what the
next run makes of it.
"""

import copy
import random
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from tests.shim.disk import Change, Disk, Left, Tree, lay_out
from tests.shim.operations import Kind
from tests.shim.recording import Recording
from tests.shim.scenes import Tried
from tests.shim.seeing import Seen, names_in
from tests.shim.synced import ENDED

#: Of each moment, beside the states that are made by rule.
_RANDOM: Final = 4

Legal = Callable[[Disk], Iterator[Tree]]


@dataclass(frozen=True)
class State:
    """One state of the disk after a power loss.

    Attributes:
        after: the operation before it, by its place in the log.
        marks: what the run had said by then.
    """

    after: int
    marks: tuple[str, ...]
    tree: Tree


def states(recording: Recording, moments: Iterable[int], legal: Legal) -> Iterator[State]:
    """The different states at these moments, which are places in the log."""
    disk, known, wanted = copy.deepcopy(recording.disk), set[int](), set(moments)
    marks: list[str] = []
    for at, operation in enumerate(recording.log):
        disk.do(operation)
        if operation.kind is Kind.MARK:
            marks.append(operation.path)
        for tree in legal(disk) if at in wanted else ():
            digest = hash((*marks, *tree.items()))
            if digest not in known:
                known.add(digest)
                yield State(at, tuple(marks), tree)


def all_legal(disk: Disk) -> Iterator[Tree]:
    """Every state: each change of names kept or not, with each file in every way."""
    for choice in product((True, False), repeat=len(disk.changes)):
        kept = [change for change, keeps in zip(disk.changes, choice, strict=True) if keeps]
        unsynced = disk.unsynced(kept)
        for left in product(Left, repeat=len(unsynced)):
            yield disk.after(kept, dict(zip(unsynced, left, strict=True)))


def some_legal(disk: Disk) -> Iterator[Tree]:
    """States that are made by rule, and a few by chance, the same each time.

    Names: all kept, none, each beginning of them, each one alone, all but each one. Contents: all files in
    the same way, each one alone in every way while the others are whole, or while nothing is left of them.
    """
    changes, chance = disk.changes, random.Random(0)  # noqa: S311  (no secret)
    names: list[Sequence[Change]] = [changes[:end] for end in range(len(changes) + 1)]
    names += [[one] for one in changes]
    names += [[other for other in changes if other is not one] for one in changes]
    for kept in names:
        for left in _contents(disk.unsynced(kept)):
            yield disk.after(kept, left)
    for _ in range(_RANDOM):
        some = [change for change in changes if chance.random() < 0.5]
        yield disk.after(some, {number: chance.choice(list(Left)) for number in disk.unsynced(some)})


def _contents(unsynced: Sequence[int]) -> Iterator[dict[int, Left]]:
    yield from (dict.fromkeys(unsynced, left) for left in (Left if unsynced else [Left.ALL]))
    for one, left, others in product(unsynced, Left, (Left.ALL, Left.NOTHING)):
        yield {**dict.fromkeys(unsynced, others), one: left}


class Judge:
    """Says what is wrong with a state, in words; of a right one there is nothing to say."""

    def __init__(self, tried: Tried, recording: Recording, folder: Path) -> None:
        """`folder` is for copies."""
        self._tried = tried
        self._recording = recording
        self._folder = folder
        self._known: dict[int, list[str]] = {}

    def seen_wrong(self, state: State) -> list[str]:
        """What a reader finds that is not the old or the new; the old, when the run had said it was done."""
        found = Seen.of(state.tree)
        wrong = found.other_than(self._recording.stages)
        if f"{ENDED} {self._recording.code}" in state.marks and found != self._recording.new:
            wrong.append("what was reported done is gone")
        return wrong

    def lost(self, state: State) -> list[str]:
        """What was said to be done, and is not there any more."""
        if all(mark.startswith(ENDED) for mark in state.marks):
            return []
        place = self._folder / "lost"
        lay_out(state.tree, place)
        lost = self._tried.lost(place, state.marks)
        shutil.rmtree(place)
        return lost

    def wrong(self, state: State, later_s: float) -> list[str]:
        """All that, what the program itself finds, and what its next run makes of it."""
        place = self._folder / "state"
        lay_out(state.tree, place)
        wrong = self.seen_wrong(state) + self._read(state, place) + self.lost(state)
        code = self._tried.act(place, lambda text: None, later_s)
        wrong += [] if code == self._recording.code else [f"the next run ended with {code}"]
        wrong += [f"left: {name}" for name in sorted(names_in(place) - self._recording.names)]
        wrong += [*self._tried.wrong(place), *self._tried.untrue(place)]
        shutil.rmtree(place)
        return wrong

    def _read(self, state: State, place: Path) -> list[str]:
        """By the program; the same lake is looked at once."""
        lake = hash(tuple(item for item in state.tree.items() if item[0].startswith("lake")))
        if lake not in self._known:
            self._known[lake] = self._tried.behind(place)
        return self._known[lake]
