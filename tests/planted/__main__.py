"""Plant the bugs one at a time, and see whether the suite notices."""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from shutil import copytree, ignore_patterns
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.planted.plants import Plant
from tests.planted.table import PLANTS
from tests.ward import ROOT

#: Nothing that is tested takes so long.
ENOUGH_S: Final = 600
#: How pytest ends: with all passed, with some failed.
PASSED: Final = 0
FAILED: Final = 1
SURVIVED: Final = "SURVIVED"
#: Columns of the table where there is no terminal that says how many it has.
WIDTH: Final = 170
_LEFT_OUT: Final = (".git", ".venv", "__pycache__", ".*_cache", ".hypothesis", "*.egg-info", "build", "dist")


@dataclass(frozen=True, slots=True)
class Found:
    """What came of a planted bug.

    Attributes:
        by: the test that saw it, None when it survived.
        seeds: how many were tried.
    """

    plant: Plant
    by: str | None
    seeds: int
    seconds: float


class Tree:
    """A copy of the tree, for one bug at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = copytree(ROOT, folder, ignore=ignore_patterns(*_LEFT_OUT))

    def found(self, plant: Plant) -> Found:
        """Plant it, run its tests, and take it out again."""
        began_s, seed = time.monotonic(), 0
        file = self._folder / plant.file
        sound = file.read_text(encoding="utf-8")
        file.write_text(planted(plant, sound), encoding="utf-8")
        try:
            by = None
            while by is None and seed < plant.seeds:
                seed += 1
                by = self._seen(plant, seed)
        finally:
            file.write_text(sound, encoding="utf-8")
        return Found(plant, by, seed, time.monotonic() - began_s)

    def unsound(self, tests: Sequence[str]) -> list[str]:
        """Those of these that fail though nothing is planted."""
        done = self._run(tests, 1, {})
        return [] if done.returncode == PASSED else _failed(done.stdout) or [done.stdout + done.stderr]

    def _seen(self, plant: Plant, seed: int) -> str | None:
        done = self._run(("-x", *plant.tests), seed, dict(plant.environment))
        if done.returncode == PASSED:
            return None
        names = _failed(done.stdout)
        if done.returncode != FAILED or not names:  # they do not even begin: a typing error, no bug
            raise RuntimeError(f"{plant.name}: the tests could not be run\n{done.stdout}{done.stderr}")
        return names[0]

    def _run(
        self, arguments: Sequence[str], seed: int, environment: dict[str, str]
    ) -> subprocess.CompletedProcess[str]:
        options = ("-q", "-p", "no:cacheprovider", f"--randomly-seed={seed}")
        return subprocess.run(
            [sys.executable, "-B", "-m", "pytest", *options, *arguments], cwd=self._folder,
            capture_output=True, text=True, check=False, timeout=ENOUGH_S,
            env={**os.environ, **environment, "PYTHONPATH": str(self._folder)},
        )  # fmt: skip


def _failed(said: str) -> list[str]:
    """The tests that failed, by what pytest said at its end."""
    return re.findall(r"^(?:FAILED|ERROR) (\S+::\S+)", said, re.MULTILINE)


def planted(plant: Plant, text: str) -> str:
    """The text of its file with the bug in it.

    Raises:
        ValueError: what it replaces is not there, or more than once.
    """
    if text.count(plant.old) != 1:
        raise ValueError(f"{plant.name}: {text.count(plant.old)} places in {plant.file}, not 1")
    return text.replace(plant.old, plant.new)


def search(plants: Sequence[Plant]) -> tuple[list[str], list[Found]]:
    """The tests that fail without any bug, and what came of each; as many at a time as there are cores."""
    trees: SimpleQueue[Tree] = SimpleQueue()
    talk = Console(stderr=True)

    def one(plant: Plant) -> Found:
        tree = trees.get()
        try:
            found = tree.found(plant)
        finally:
            trees.put(tree)
        talk.print(f"{plant.name}: {found.by or SURVIVED}")
        return found

    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        for number in range(os.cpu_count() or 1):
            trees.put(Tree(Path(folder) / str(number)))
        sound = trees.get()
        unsound = sound.unsound(sorted({test for plant in plants for test in plant.tests}))
        trees.put(sound)
        return unsound, list(pool.map(one, plants))


def show(unsound: Sequence[str], found: Sequence[Found]) -> None:
    """The table."""
    table = Table(title=f"{len(found)} planted bugs")
    for heading in ("bug", "breaks", "caught by", "seeds", "s"):
        table.add_column(heading, overflow="fold", justify="right" if heading in ("seeds", "s") else "left")
    for one in found:
        by = SURVIVED if one.by is None else one.by.rpartition("::")[2]
        table.add_row(one.plant.name, one.plant.breaks, by, str(one.seeds), f"{one.seconds:.1f}")
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(table)
    survivors = sum(one.by is None for one in found)
    console.print(f"{len(found) - survivors} caught, {survivors} survived")
    for test in unsound:
        console.print(f"fails without any bug, too: {test}")


def main() -> int:
    """The exit code: 1 when a bug survives, or the tests fail without one."""
    parser = argparse.ArgumentParser(prog="python -m tests.planted", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="of bugs; all when none is given")
    names = parser.parse_args().names
    unknown = set(names) - {plant.name for plant in PLANTS}
    if unknown:
        parser.error(f"no such bug: {', '.join(sorted(unknown))}")
    unsound, found = search([plant for plant in PLANTS if not names or plant.name in names])
    show(unsound, found)
    return int(bool(unsound) or any(one.by is None for one in found))


if __name__ == "__main__":
    sys.exit(main())
