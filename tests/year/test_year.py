"""A year of bad nights: whatever goes wrong, every quiet morning the lake is what the server has."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.year.replay import lacking, lived, table, told
from tests.year.script import NIGHTS, Script
from ucsync.testing import REFUSED, REQUEST, Fault, FaultPlan

DEEP = bool(os.environ.get("UCSYNC_DEEP"))
SEEDS = range(1, 21) if DEEP else range(1, 2)
#: A shorter year has all kinds of nights sooner; of that so many nights are lived.
WHOLE, LIVED = (NIGHTS, NIGHTS) if DEEP else (60, 14)


@pytest.fixture(autouse=True)
def no_trifles() -> Iterator[None]:
    """What libraries say for those who mend them is a hundred thousand lines a year."""
    logging.disable(logging.DEBUG)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_year_of_bad_nights_the_lake_is_what_the_server_has(seed: int) -> None:
    year = lived(Script.drawn(seed))
    assert year.failure is None, told(year)
    assert lacking(year) == [], table(year)


def test_a_seed_is_the_same_year_in_every_process() -> None:
    """In this one and in another one, whose sets and dictionaries of names are in other orders."""
    other = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    done = subprocess.run(
        [sys.executable, "-m", "tests.year", "5", "--nights", str(WHOLE), "--until", str(LIVED)],
        env={**os.environ, "PYTHONHASHSEED": other}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    year = lived(Script.drawn(5, WHOLE).until(LIVED))
    assert year.failure is None, told(year)
    assert done.stdout == f"{table(year)}\n", done.stderr
    assert year.digest in done.stdout


def outage(script: Script) -> Script:
    """The same year until an early calm night, which ends in an outage that should not be."""
    night = next(night for night in script.nights[2:] if night.calm and night.left is None)
    refused = [Fault(night.number, REQUEST, at, REFUSED) for at in range(1, 40)]
    return replace(script, plan=script.plan.also(refused)).until(night.number)


def test_a_failing_year_tells_how_to_see_it_fail_again() -> None:
    failed = lived(outage(Script.drawn(3)))
    assert failed.failure is not None
    *_, again, smaller, _, plan = (text := told(failed)).splitlines()
    night = failed.failure.night
    assert f"seed 3, night {night}: a calm night ended with 69" in text
    assert again == f"again:   python -m tests.year 3 --nights {NIGHTS} --until {night}"
    assert smaller.endswith("--shrink")
    repeated = lived(replace(failed.script, plan=FaultPlan.from_json(plan)))
    assert str(repeated.failure) == str(failed.failure)
    assert repeated.digest == failed.digest
