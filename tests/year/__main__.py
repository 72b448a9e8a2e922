"""`python -m tests.year SEED`: one year, or a part of one, from the command line."""

import argparse
import logging
import sys
from dataclasses import replace
from pathlib import Path

from tests.year.replay import lacking, lived, smaller, story, table, told
from tests.year.script import NIGHTS, Script
from ucsync.testing import FaultPlan


def main() -> int:
    """Exit code 0, or 1 when something was not as it should be."""
    parser = argparse.ArgumentParser(prog="python -m tests.year", description="A year of bad nights.")
    parser.add_argument("seed", type=int)
    parser.add_argument("--nights", type=int, default=NIGHTS, help="a shorter year has the same in it")
    parser.add_argument("--until", type=int, help="end after this night")
    parser.add_argument("--plan", type=Path, help="faults from a file instead of the seed's own")
    parser.add_argument("--shrink", action="store_true", help="look for the few faults that make it fail")
    parser.add_argument("--story", action="store_true", help="a line for each night")
    parser.add_argument("--events", type=Path, help="write all events to this file")
    asked = parser.parse_args()
    logging.disable(logging.ERROR)  # retries are what a year is full of
    script = Script.drawn(asked.seed, asked.nights)
    if asked.plan is not None:
        script = replace(script, plan=FaultPlan.from_json(asked.plan.read_text(encoding="utf-8")))
    if asked.until is not None:
        script = script.until(asked.until)
    year = lived(script, asked.events)
    if asked.story:
        sys.stdout.write(f"{story(year)}\n")
    if year.failure is None:
        missing = lacking(year) if len(script.nights) == NIGHTS else []
        sys.stdout.write("\n".join([table(year), *(f"lacking: {what}" for what in missing), ""]))
        return 1 if missing else 0
    sys.stdout.write(f"{told(year)}\n")
    if asked.shrink:
        few = smaller(year, lambda plan, fails: _say(len(plan.faults), fails=fails))
        sys.stdout.write(f"with {len(few.faults)} faults it still fails:\n{few.to_json()}\n")
    return 1


def _say(faults: int, *, fails: bool) -> None:
    sys.stderr.write(f"{faults} faults: {'fails, too' if fails else 'another outcome'}\n")


if __name__ == "__main__":
    sys.exit(main())
