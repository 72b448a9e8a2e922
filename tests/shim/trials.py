"""What the warmed process does: runs meet one fault each, and what is there afterwards is judged.

For each fault the scene is copied, run until the operation at which the fault strikes, looked at as a
reader would who comes before anybody has mended anything, and run again without a fault.
"""

import os
import shutil
import sys
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from signal import SIGKILL
from typing import Any, Final

from tests.shim.faults import Fault, Pair, a_few, every, stands_for
from tests.shim.operations import KILLS, Kind, Shim, read_log
from tests.shim.recording import record
from tests.shim.scenes import SCENES, Tried
from tests.shim.seeing import names_in, seen
from tests.shim.synced import ENDED

Told = dict[str, Any]

#: How a child ends that meets a bug.
_BUG: Final = 9


@dataclass
class Trial:
    """What came of one fault.

    Attributes:
        fault: that was to be met.
        met: the operation at which it was; None when the run did not come so far.
        code: how the run ended, None when it was killed.
        marks: what it had said before.
        wrong: whatever must not be.
    """

    fault: Fault
    met: str | None = None
    code: int | None = None
    marks: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def meet(folder: str, scenes: list[str], later_s: float, all_of_them: bool) -> list[Told]:
    """Every fault in these scenes, or a few such that each kind has its turn in one of them.

    Args:
        folder: for copies.
        later_s: what has met a fault is run again so much later.

    Returns:
        Of each scene its name, the labels of its operations, and its trials.
    """
    told, covered = [], set[Pair]()
    for name in scenes:
        workshop = _Workshop(SCENES[name], Path(folder) / name.replace(" ", "-"), later_s)
        labels = workshop.recording.labels
        faults = every(labels) if all_of_them else a_few(labels, covered)
        covered |= {pair for fault in faults for pair in stands_for(fault, labels)}
        trials = [asdict(workshop.tried(fault)) for fault in faults]
        told.append({"scene": name, "labels": labels, "trials": trials})
    return told


class _Workshop:
    """Where one scene is tried."""

    def __init__(self, tried: Tried, folder: Path, later_s: float) -> None:
        self._tried = tried
        self._folder = folder
        self._later_s = later_s
        self._shim = Shim()
        folder.mkdir()
        tried.prepare(folder / "base")
        sound = shutil.copytree(folder / "base", folder / "sound")
        self.recording = record(tried, self._shim, sound)

    def tried(self, fault: Fault) -> Trial:
        """What comes of one fault."""
        trial = Trial(fault)
        place = shutil.copytree(self._folder / "base", self._folder / f"{fault.how.name}-{fault.at}")
        log = self._folder / "log"
        self._meet(trial, place, log)
        operations = read_log(log, place)
        trial.met = next((one.label for one in operations if one.met), None)
        trial.marks = [one.path for one in operations if one.kind is Kind.MARK]
        trial.wrong += self._amiss(trial, place)
        trial.wrong += self._lost(trial, place)
        trial.wrong += self._again(place)
        shutil.rmtree(place)
        return trial

    def _meet(self, trial: Trial, place: Path, log: Path) -> None:
        how, at = trial.fault.how, trial.fault.at
        if how not in KILLS:
            with self._shim.watching(place, log, how, at):
                trial.code = self._run(place)
            trial.wrong += ["it ended with a traceback"] if trial.code == _BUG else []
            return
        child = os.fork()
        if child == 0:
            with self._shim.watching(place, log, how, at):
                os._exit(self._run(place))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        trial.wrong += [] if code == -SIGKILL else [f"it was not killed, but ended with {code}"]

    def _run(self, place: Path) -> int:
        try:
            return self._tried.act(place, self._shim.mark)
        except BaseException:  # noqa: BLE001  (whatever it is, it is to be told)
            traceback.print_exc(file=sys.stderr)
            return _BUG

    def _amiss(self, trial: Trial, place: Path) -> list[str]:
        """What a reader must not find."""
        found, sound = seen(place), self.recording
        wrong = found.other_than(sound.stages)
        if f"{ENDED} {sound.code}" in trial.marks and found != sound.new:
            wrong.append("it said that all went well, and it did not")
        return wrong

    def _lost(self, trial: Trial, place: Path) -> list[str]:
        """What was said and does not stand. Looking sets right what it finds, so a copy is looked at."""
        if all(mark.startswith(ENDED) for mark in trial.marks):
            return []
        copy = shutil.copytree(place, self._folder / "copy")
        lost = self._tried.lost(copy, trial.marks)
        shutil.rmtree(copy)
        return lost

    def _again(self, place: Path) -> list[str]:
        """One more run comes to the truth."""
        code = self._tried.act(place, lambda text: None, self._later_s)
        wrong = [] if code == self.recording.code else [f"run again, it ended with {code}"]
        wrong += [f"left: {name}" for name in sorted(names_in(place) - self.recording.names)]
        same = seen(place) == self.recording.new  # to the byte, and that was found right
        return [*wrong, *self._tried.wrong(place), *([] if same else self._tried.untrue(place))]
