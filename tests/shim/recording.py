"""A run without a fault, recorded: what there was, what was done, and what there is."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.shim.disk import Disk, tree_of
from tests.shim.operations import Detail, Kind, Operation, Shim, read_log
from tests.shim.scenes import Tried
from tests.shim.seeing import Seen, names_in


@dataclass(frozen=True)
class Recording:
    """What a sound run is.

    Attributes:
        disk: before it.
        log: what was done.
        stages: what a reader finds before it, after each rename, and after it.
        names: of all that there is after it.
        code: how it ended.
    """

    disk: Disk
    log: Sequence[Operation]
    stages: Sequence[Seen]
    names: frozenset[str]
    code: int

    @property
    def new(self) -> Seen:
        """What a reader finds after it."""
        return self.stages[-1]

    @property
    def labels(self) -> list[str]:
        """Of the operations, in their order; marks are none."""
        return [one.label for one in self.log if one.kind is not Kind.MARK]

    @property
    def publishing(self) -> range:
        """The places in the log from the first operation on the lake to the last."""
        touched = [at for at, one in enumerate(self.log) if _is_of_lake(one)]
        return range(touched[0], touched[-1] + 1)


def record(tried: Tried, shim: Shim, place: Path) -> Recording:
    """Run a scene in `place`, as it was prepared there.

    Raises:
        AssertionError: the files that are there afterwards are not those that the recorded operations
            make, so some operation was not seen; or they are not as they must be.
    """
    before, log = Disk(place), place.with_name(f"{place.name}.log")
    with shim.watching(place, log, detail=Detail.CONTENTS):
        code = tried.act(place, shim.mark)
    operations = read_log(log, place)
    disk, stages = copy.deepcopy(before), [Seen.of(before.now())]
    for operation in operations:
        disk.do(operation)
        if operation.kind is Kind.RENAME and Seen.of(disk.now()) != stages[-1]:
            stages.append(Seen.of(disk.now()))
    after = tree_of(place)
    assert disk.now() == after, f"{tried.name}: not every operation was seen"
    names = frozenset(names_in(place))
    assert [*tried.wrong(place), *tried.untrue(place)] == [], tried.name
    return Recording(before, operations, [*stages, Seen.of(after)], names, code)


def _is_of_lake(operation: Operation) -> bool:
    return operation.path.startswith("lake/") and not operation.path.endswith(".lock")
