"""The dashboards: build warehouse and dashboard of every merchant anew, one JSON line each.

Run by cron or systemd after the nightly job: `python pipelines/dashboard.py [ucsync.toml [NAME]...]`,
without names for all merchants. It sends no request. A warehouse that is of the current snapshot already is
used as it is. Its exit code is the worst of all: 0 written, 2 no snapshot yet, 74 a damaged lake or a full
disk, 75 another build is under way, 78 the configuration, or `ucsync[dashboard]` is not installed.
"""

import json
import sys
from pathlib import Path

from ucsync import UcsyncError, build_dashboards, worst_exit_code


def main(arguments: list[str]) -> int:
    """Build, print, and return the exit code."""
    config, names = (Path(arguments[0]) if arguments else None), arguments[1:]
    try:
        ended = build_dashboards(config, names)
    except UcsyncError as failure:
        sys.stderr.write(f"ucsync: {failure}\n")
        return failure.exit_code
    for one in ended:
        sys.stdout.write(json.dumps(one.document()) + "\n")
    return worst_exit_code(ended)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
