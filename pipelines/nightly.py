"""The nightly job: sync every merchant of the configuration, one JSON line each.

Run by cron or a systemd timer: `python pipelines/nightly.py [ucsync.toml]`. Its exit code is that of
`ucsync sync`: 0 done, 3 look at the receipt, 4 a person must decide, others a failure.
"""

import json
import sys
from pathlib import Path

from ucsync import UcsyncError, sync_now, worst_exit_code


def main(arguments: list[str]) -> int:
    """Sync, print, and return the exit code."""
    try:
        ended = sync_now(Path(arguments[0]) if arguments else None)
    except UcsyncError as failure:
        sys.stderr.write(f"ucsync: {failure}\n")
        return failure.exit_code
    for one in ended:
        sys.stdout.write(json.dumps(one.document()) + "\n")
    return worst_exit_code(ended)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
