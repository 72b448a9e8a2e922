"""The table of planted bugs says what is so: each can be planted, and the tests that it names are there."""

import ast
from functools import cache
from pathlib import Path

from tests.planted.__main__ import planted
from tests.planted.plants import Plant
from tests.planted.table import PLANTS
from tests.ward import ROOT

#: So many kinds of mistakes, at least, has the suite been shown to see.
LEAST = 30


@cache
def names_in(path: Path) -> frozenset[str]:
    """The names of the tests in a file; those of a class behind its name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = {node.name for node in tree.body if isinstance(node, functions)}
    # a state machine is a test by an assignment
    found |= {target.id for node in tree.body if isinstance(node, ast.Assign)
              for target in node.targets if isinstance(target, ast.Name)}  # fmt: skip
    return frozenset(found)


def faults_of(plant: Plant) -> list[str]:
    """What is wrong with a line of the table."""
    try:
        text = planted(plant, (ROOT / plant.file).read_text(encoding="utf-8"))
        ast.parse(text)
    except (OSError, ValueError, SyntaxError) as fault:
        return [f"{plant.name}: {fault}"]
    wrong = [] if plant.tests else [f"{plant.name}: no test"]
    for test in plant.tests:
        file, _, name = test.partition("::")
        function = name.partition("[")[0].partition("::")[0]
        if not (ROOT / file).is_file() or function not in names_in(ROOT / file):
            wrong.append(f"{plant.name}: there is no {test}")
    return wrong


def test_every_bug_can_be_planted_and_every_test_that_sees_it_is_there() -> None:
    assert [fault for plant in PLANTS for fault in faults_of(plant)] == []


def test_no_two_bugs_have_the_same_name_and_there_are_enough() -> None:
    assert len({plant.name for plant in PLANTS}) == len(PLANTS) >= LEAST


def test_what_cannot_be_planted_is_noticed() -> None:
    plant = PLANTS[0]
    twice = Plant("twice", "nothing", plant.file, "import", "export", plant.tests)
    gone = Plant(
        "gone", "nothing", plant.file, plant.old, plant.new, ("tests/planted/test_table.py::test_x",)
    )
    assert "not 1" in faults_of(twice)[0]
    assert "there is no" in faults_of(gone)[0]
