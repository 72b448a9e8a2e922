"""The shim does at an operation what it is told to, sees every other one, and none twice."""

from pathlib import Path

import pytest

from tests.shim.operations import How, Kind, why_not
from tests.shim.warm import Warm

pytestmark = pytest.mark.skipif(why_not() is not None, reason=str(why_not()))

#: What `plain:work` does, in its order.
WORK = [
    Kind.MKDIR, Kind.CREATE, Kind.WRITE, Kind.WRITE, Kind.SYNC, Kind.RENAME, Kind.SYNC_FOLDER, Kind.LINK,
    Kind.RESIZE, Kind.CHMOD, Kind.EMPTY, Kind.UNLINK, Kind.UNLINK, Kind.RMDIR,
]  # fmt: skip


def test_it_sees_every_operation_by_whatever_name_it_is_called(warm: Warm, folder: Path) -> None:
    assert warm.task("plain:seen", str(folder)) == [kind.name for kind in WORK]


def test_a_process_dies_before_or_after_an_operation_or_in_the_middle_of_a_write(
    warm: Warm, folder: Path
) -> None:
    fates = {
        (How.KILL_BEFORE, 4): "one", (How.KILL_AFTER, 4): "onetwo", (How.SHORT, 4): "onet",
        (How.KILL_AFTER, 3): "one",
    }  # fmt: skip
    assert warm.task("plain:killed", str(folder), list(fates)) == list(fates.values())


def test_a_full_disk_takes_half_of_a_write_and_nothing_after_it_but_lets_things_go(
    warm: Warm, folder: Path
) -> None:
    told = warm.task("plain:refused", str(folder), How.FULL)
    assert told == ["2 of 4", "ENOSPC", "ENOSPC", "ENOSPC", "ENOSPC", "removed"]


def test_a_failing_disk_fails_once(warm: Warm, folder: Path) -> None:
    told = warm.task("plain:refused", str(folder), How.FAIL)
    assert told == ["EIO", "4 of 4", "made", "linked", "made", "removed"]


def test_what_is_elsewhere_is_left_alone(warm: Warm, folder: Path) -> None:
    assert warm.task("plain:elsewhere", str(folder)) == []
