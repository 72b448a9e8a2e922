"""What the warmed process does when the power is lost: states of a recorded run are made and judged."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.shim.losses import Judge, State, all_legal, some_legal, states
from tests.shim.operations import Kind, Shim
from tests.shim.recording import Recording, record
from tests.shim.scenes import SCENES

Told = dict[str, Any]

#: The next run comes so much later.
_LATER_S: Final = 600.0
#: So many complaints tell enough.
_TOLD_MAX: Final = 20


def lose_power(folder: str, scene: str, tried_max: int, publishing: bool) -> Told:
    """Every state of a run, or of its publishing, before the eyes of a reader; some, or all, are run again.

    Args:
        tried_max: so many are run again at most, evenly spread.
        publishing: every legal state of that step; else of each moment of the run those made by rule.

    Returns:
        How many states there were, how many were run again, and what was wrong.
    """
    recording, judge = _recorded(folder, scene)
    moments = recording.publishing if publishing else range(len(recording.log))
    count, every, kept, wrong = 0, 1, list[State](), list[str]()
    for state in states(recording, moments, all_legal if publishing else some_legal):
        wrong += _complaints(recording, state, judge.seen_wrong(state))
        kept += [] if count % every else [state]
        count += 1
        if len(kept) > tried_max:
            kept, every = kept[::2], 2 * every
    for state in kept:
        wrong += _complaints(recording, state, judge.wrong(state, _LATER_S))
    return {"states": count, "tried": len(kept), "wrong": wrong[:_TOLD_MAX]}


def forget_to_sync(folder: str, scene: str, labels: list[str]) -> dict[str, list[str]]:
    """What goes wrong when a sync was never called, for each of these labels; [] for nothing.

    With no labels for every sync of the scene.
    """
    recording, judge = _recorded(folder, scene)
    of_syncs = [one.label for one in recording.log if one.kind in (Kind.SYNC, Kind.SYNC_FOLDER)]
    return {label: _without(recording, judge, label) for label in labels or dict.fromkeys(of_syncs)}


def _recorded(folder: str, scene: str) -> tuple[Recording, Judge]:
    work, tried = Path(folder), SCENES[scene]
    tried.prepare(work / "sound")
    recording = record(tried, Shim(), work / "sound")
    return recording, Judge(tried, recording, work)


def _complaints(recording: Recording, state: State, wrong: list[str]) -> list[str]:
    operation = recording.log[state.after]
    after = operation.path if operation.kind is Kind.MARK else operation.label
    return [f"after {state.after} ({after}), having said {state.marks}: {one}" for one in wrong]


def _without(recording: Recording, judge: Judge, label: str) -> list[str]:
    log = [one for one in recording.log if one.kind is Kind.MARK or one.label != label]
    assert len(log) < len(recording.log), f"there is no {label}"
    return next(_noticed(replace(recording, log=log), judge), [])


def _noticed(recording: Recording, judge: Judge) -> Iterator[list[str]]:
    """First what a reader finds, which is quick, then what was promised."""
    marks = [at for at, one in enumerate(recording.log) if one.kind is Kind.MARK]
    for state in states(recording, [*recording.publishing, *marks[-1:]], some_legal):
        if wrong := judge.seen_wrong(state):
            yield wrong
    for state in states(recording, marks, some_legal):
        if wrong := judge.lost(state):
            yield wrong
