"""Any file operation of a run fails, or is its last: the old or the new stands, and the next run goes on."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.shim.faults import Fault, every, stands_for
from tests.shim.operations import KILLS, How, why_not
from tests.shim.scenes import SCENES
from tests.shim.warm import Warm

DEEP = "UCSYNC_DEEP" in os.environ
pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

#: Together they do every kind of operation on every kind of file; the quick ones come first.
FEW = [
    "staging", "prune", "state", "state damaged", "journal", "sync first", "publish", "publish sorted",
]  # fmt: skip
#: A run of these takes long, and does the same to its files over and over.
LONG = ["warehouse"]
#: After a fault the next run comes so much later. At once it often makes the same bytes, which need no look.
LATER_S = 600.0 if DEEP else 0.0

#: Where a fault may do no harm: SQLite can spare some operations on its files, and the redo logs may lag.
SPARED = ("database", "journal", "lock", "state", "pushes")


@pytest.mark.parametrize("scenes", [[name] for name in SCENES] if DEEP else [FEW], ids=" ".join)
def test_a_fault_at_any_operation_leaves_the_old_or_the_new_and_the_next_run_makes_it_right(
    warm: Warm, folder: Path, scenes: list[str]
) -> None:
    told = warm.task("trials:meet", str(folder), scenes, LATER_S, DEEP and scenes != LONG)
    wanted, covered = set(), set()
    for scene in told:
        labels, faults = scene["labels"], [fault_of(trial) for trial in scene["trials"]]
        for trial, fault in zip(scene["trials"], faults, strict=True):
            check(trial, fault, labels[fault.at - 1])
        wanted |= {pair for fault in every(labels) for pair in stands_for(fault, labels)}
        covered |= {pair for fault in faults for pair in stands_for(fault, labels)}
    assert covered == wanted
    assert len(wanted) > 10


def fault_of(trial: dict[str, Any]) -> Fault:
    return Fault(trial["fault"]["at"], How(trial["fault"]["how"]))


def check(trial: dict[str, Any], fault: Fault, label: str) -> None:
    """It struck where it was to, was told, and did no harm."""
    assert trial["met"] == label, fault
    assert trial["wrong"] == [], (label, fault)
    if fault.how in KILLS:
        assert trial["code"] is None
    elif label.partition(" ")[2].startswith(SPARED):
        assert trial["code"] in (0, 74), (label, fault)
    else:
        assert trial["code"] == 74, (label, fault)
