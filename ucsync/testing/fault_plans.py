"""Fault plans: what goes wrong in a test, decided before it begins, and small enough to be read.

A plan is a plain value. It is drawn from a seed, written down when a test fails, read back to play the
same faults again, and made smaller while the test still fails.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from typing import Final, Self

from ucsync.testing.memory_http import Cut

#: What a fault may befall.
REQUEST: Final = "request"
FILE: Final = "file"
CLOCK: Final = "clock"

#: Faults of a connection, beside those that a server has by name.
REFUSED: Final = "refused"
CUT_REQUEST: Final = "cut-request"
CUT_ANSWER: Final = "cut-answer"

#: Requests end before this byte, and the heads of answers do.
_HEAD_BYTES: Final = 300
#: An answer that is cut is cut before this byte, if it is as long.
_ANSWER_BYTES: Final = 4096

_SPAN: Final = 2**53


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that goes wrong.

    Attributes:
        run: in which run of the test, from 1.
        where: REQUEST, FILE or CLOCK.
        at: the how-manieth request of the run, or change to its files, from 1; a clock steps before
            the request of this number, with 0 before the run.
        what: of a request: REFUSED, CUT_REQUEST, CUT_ANSWER, or a name that the server knows; of a
            file: how the operation fails; of a clock: any word.
        figure: the bytes that still arrive, or the seconds of the step; else 0.
    """

    run: int
    where: str
    at: int
    what: str
    figure: int = 0


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """All that goes wrong in a test.

    Attributes:
        seed: of which it, and whatever else the test draws, was made.
        faults: in order of run, kind and number; there is one at most at each place.
    """

    seed: int
    faults: tuple[Fault, ...]

    @classmethod
    def drawn(cls, seed: int, rates: Mapping[str, float], *, runs: Sequence[int], requests: int) -> Self:
        """Faults of requests, drawn from the seed.

        Args:
            seed: the same one gives the same plan in every process.
            rates: how likely a request meets each fault; together at most 1.
            runs: the numbers of the runs that meet any.
            requests: of each run so many may be faulted.
        """
        faults = []
        for run in runs:
            for at in range(1, requests + 1):
                what = _pick(rates, _draw(seed, "what", run, at))
                if what is not None:
                    figure = _byte(what, _draw(seed, "which", run, at), _draw(seed, "byte", run, at))
                    faults.append(Fault(run, REQUEST, at, what, figure))
        return cls(seed, tuple(sorted(faults)))

    def also(self, faults: Sequence[Fault]) -> "FaultPlan":
        """With these, which go before those that are at their places already."""
        placed = {(one.run, one.where, one.at): one for one in (*self.faults, *faults)}
        return FaultPlan(self.seed, tuple(sorted(placed.values())))

    def of(self, run: int, where: str) -> dict[int, Fault]:
        """What befalls requests, files or the clock in a run, by `at`."""
        return {one.at: one for one in self.faults if (one.run, one.where) == (run, where)}

    def until(self, run: int) -> "FaultPlan":
        """Without what comes after this run."""
        return FaultPlan(self.seed, tuple(one for one in self.faults if one.run <= run))

    def to_json(self) -> str:
        """One line, for `from_json`."""
        rows = [[one.run, one.where, one.at, one.what, one.figure] for one in self.faults]
        return json.dumps({"seed": self.seed, "faults": rows}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What `to_json` wrote. Raises ValueError when it is anything else."""
        found = json.loads(text)
        try:
            faults = [Fault(*row) for row in found["faults"]]
            plan = cls(found["seed"], tuple(sorted(faults)))
        except (TypeError, KeyError) as fault:
            raise ValueError(f"no fault plan: {fault}") from None
        figures = [plan.seed, *chain.from_iterable((one.run, one.at, one.figure) for one in faults)]
        words = chain.from_iterable((one.where, one.what) for one in faults)
        if {type(figure) for figure in figures} != {int} or {type(word) for word in words} - {str}:
            raise ValueError("no fault plan: a figure or a word is of another kind")
        return plan


def cut_of(fault: Fault | None) -> Cut:
    """What befalls the connection of a request, for `MemoryConnector(each=...)`.

    Raises:
        ConnectionRefusedError: the fault is that there is none.
    """
    if fault is None:
        return Cut()
    if fault.what == REFUSED:
        raise ConnectionRefusedError
    return Cut(
        after_to_server=fault.figure if fault.what == CUT_REQUEST else None,
        after_to_client=fault.figure if fault.what == CUT_ANSWER else None,
    )


def shrunk(plan: FaultPlan, fails: Callable[[FaultPlan], bool], *, trials_max: int = 500) -> FaultPlan:
    """A smaller plan with which the test still fails: mostly the few faults that matter.

    Leaves out ever smaller pieces (Zeller's ddmin), until no single fault can be left out any more, or
    the trials are used up.

    Args:
        plan: one with which it fails.
        fails: runs the test; whether it failed in the same way. It has to be deterministic.
        trials_max: how often it is run at most.
    """
    kept, pieces, trials = list(plan.faults), 1, 0
    while kept and pieces <= len(kept) and trials < trials_max:
        size = -(-len(kept) // pieces)
        for start in range(0, len(kept), size):
            rest = kept[:start] + kept[start + size :]
            trials += 1
            if fails(FaultPlan(plan.seed, tuple(rest))):
                kept, pieces = rest, max(pieces - 1, 1)
                break
            if trials == trials_max:
                break
        else:
            if size == 1:
                break
            pieces = min(2 * pieces, len(kept))
    return FaultPlan(plan.seed, tuple(kept))


def _pick(rates: Mapping[str, float], figure: float) -> str | None:
    edge = 0.0
    for name in sorted(rates):
        edge += rates[name]
        if figure < edge:
            return name
    return None


def _byte(what: str, which: float, figure: float) -> int:
    """Where a connection is cut: in half of all cases in what every message has, else anywhere."""
    if what == CUT_REQUEST or (what == CUT_ANSWER and which < 0.5):
        return int(figure * _HEAD_BYTES)
    return int(figure * _ANSWER_BYTES) if what == CUT_ANSWER else 0


def _draw(seed: int, *topic: object) -> float:
    """A figure in [0, 1) that belongs to this topic."""
    digest = blake2b(":".join(map(str, (seed, *topic))).encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / _SPAN
