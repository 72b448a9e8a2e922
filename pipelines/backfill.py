"""The backfill job: bring in everything of every merchant, one JSON line each, beside the nightly runs.

Run by hand, by cron or a systemd timer: `python pipelines/backfill.py [ucsync.toml [06:00 [6000/day]]]`.
With a time of day it pauses then; with a budget it sends no more requests than that. Started again it goes
on where it was, and where every customer is there already it does nothing; so a timer may start it every
evening. Its exit code is that of
`ucsync backfill`: 0 done, 3 done but not proven, 4 a person must decide, 75 it runs already, 76 paused,
others a failure.
"""

import json
import sys
from pathlib import Path

from ucsync import UcsyncError, backfill_now, worst_exit_code


def main(arguments: list[str]) -> int:
    """Backfill until the time of day, print, and return the exit code."""
    config, until, budget = (*arguments, None, None, None)[:3]
    try:
        ended = backfill_now(
            None if config is None else Path(config), until=until, budget=budget, if_needed=True
        )
    except UcsyncError as failure:
        sys.stderr.write(f"ucsync: {failure}\n")
        return failure.exit_code
    for one in ended:
        sys.stdout.write(json.dumps(one.document()) + "\n")
    return worst_exit_code(ended)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
