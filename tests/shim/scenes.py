"""Everything that is tried: each a run that changes files, and what must be true after it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from tests.flow.mortal import SCENES as DAYS
from tests.shim.backfilled import Backfilling
from tests.shim.pushed import Journaling, Landing
from tests.shim.stored import Keeping, Mending, Pruning, Publishing
from tests.shim.synced import Mark, Syncing
from tests.shim.warehoused import Warehousing


class Tried(Protocol):
    """A run that may meet a fault."""

    @property
    def name(self) -> str:
        """Of the scene."""
        ...

    def prepare(self, folder: Path) -> None:
        """Make the folder, and what there is before the run."""
        ...

    def act(self, folder: Path, mark: Mark, late_s: float = 0) -> int:
        """One run, the way a process does it; its exit code. Run again, it goes on."""
        ...

    def wrong(self, folder: Path) -> list[str]:
        """What is not as it must be, outside of the lake, once a run has come to its end."""
        ...

    def untrue(self, folder: Path) -> list[str]:
        """What is not as it must be in the lake then."""
        ...

    def behind(self, folder: Path) -> list[str]:
        """What the program finds wrong in the lake at any time, before anybody has mended anything."""
        ...

    def lost(self, folder: Path, marks: Sequence[str]) -> list[str]:
        """What was said to be done, and is there no more."""
        ...


_ALL: Final[tuple[Tried, ...]] = (
    *(Syncing(day) for day in DAYS.values()),
    Publishing("publish", [(1, 2), (6, -1)]),  # one part is taken over
    Publishing("publish sorted", [(6, 1), (4, 1), (5, 1), (3, 1), (7, -1)]),  # it is sorted on disk
    Pruning(),
    Mending(),
    Keeping("state"),
    Keeping("state damaged", damaged=True),
    Journaling(),
    Landing(),
    Backfilling(),
    Warehousing(),
)

SCENES: Final = {scene.name: scene for scene in _ALL}
