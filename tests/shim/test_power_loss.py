"""The power is lost at any moment of a run: whatever the disk has kept of it is old or new, and goes on."""

import os
from pathlib import Path

import pytest

from tests.shim.operations import why_not
from tests.shim.scenes import SCENES
from tests.shim.warm import Warm

DEEP = "UCSYNC_DEEP" in os.environ
pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

#: Of the states of the publish step, and of a whole run, so many are run again; readers see all.
TRIED_MAX = 100_000 if DEEP else 12
TRIED_OF_A_RUN_MAX = 1500
#: Where a run takes long.
TRIED_OF_MAX = {"warehouse": 60}

NOT_WHOLE = "is neither the old nor the new one"
PAGE = "a page is lost"
STATE = "ucsync.db was damaged"
#: What goes wrong without a sync: what each is for.
ESSENTIAL = {
    "sync part": NOT_WHOLE,
    "sync changes": NOT_WHOLE,
    "sync receipt": NOT_WHOLE,
    "sync_folder full state": NOT_WHOLE,
    "sync_folder snapshot": NOT_WHOLE,
    "sync_folder snapshots": "CURRENT names a snapshot that is not there",
    "sync CURRENT.next": "CURRENT says",
    "sync_folder lake": "what was reported done is gone",
}
#: The same for what the state and staging promise.
PROMISED = {
    "sync page": PAGE,
    "sync scan header": PAGE,
    "sync_folder scan": PAGE,
    "sync_folder staging": PAGE,
    "sync database log": STATE,
    "sync_folder state": STATE,
    "sync database": STATE,
}
#: Without these something is left lying about that the next run removes.
TIDY = {"sync_folder building"}


def test_in_every_state_of_the_publish_step_a_reader_finds_the_old_or_the_new_and_the_next_run_goes_on(
    warm: Warm, folder: Path
) -> None:
    told = warm.task("outages:lose_power", str(folder), "sync incremental", TRIED_MAX, True)
    assert told["wrong"] == []
    assert told["states"] > 200
    assert told["tried"] == told["states"] or not DEEP


@pytest.mark.parametrize("scene", SCENES if DEEP else ["staging", "prune"])  # else thousands of runs
def test_at_every_moment_of_a_run_what_is_left_is_sound_keeps_what_was_promised_and_goes_on(
    warm: Warm, folder: Path, scene: str
) -> None:
    tried_max = TRIED_OF_MAX.get(scene, TRIED_OF_A_RUN_MAX)
    told = warm.task("outages:lose_power", str(folder), scene, tried_max, False)
    assert told["wrong"] == []
    assert told["states"] >= told["tried"] > 10


def test_a_sync_that_is_not_called_is_noticed(warm: Warm, folder: Path) -> None:
    wanted = {**ESSENTIAL, **PROMISED} if DEEP else ESSENTIAL
    labels = [] if DEEP else list(ESSENTIAL)
    told: dict[str, list[str]] = warm.task("outages:forget_to_sync", str(folder), "sync incremental", labels)
    assert {label for label, wrong in told.items() if not wrong} == (TIDY if DEEP else set())
    assert told.keys() - TIDY == wanted.keys()
    for label, wrong in wanted.items():
        assert any(wrong in one for one in told[label]), (label, told[label])
