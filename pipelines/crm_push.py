"""CRM changes into UltraCart: plan what an export asks for, and apply it unless a person has to look first.

Run by cron or a systemd timer: `python pipelines/crm_push.py contacts.csv [hubspot.toml [ucsync.toml]]`.
It prints one JSON line for the plan and one for the push, without anybody's data. Exit codes are those of
`ucsync push`: 0 done, 3 rows are left for a person (`ucsync push show` tells which), 4 nothing was sent
because a guard, a merge or a deletion wants a person's word, 76 the quota is spent: the next run makes a
newer plan, which takes over what was not sent.
"""

import json
import sys
from pathlib import Path

from ucsync import Pusher, UcsyncError


def main(arguments: list[str]) -> int:
    """Plan, apply, print, and return the exit code."""
    changes, *more = map(Path, arguments)
    mapping, config = (*more, None, None)[:2]
    try:
        pusher = Pusher(config, on_quota="stop")
        plan = pusher.plan(changes, mapping=mapping)
        tell(plan.document())
        if plan.exit_code not in (0, 3):
            return plan.exit_code
        result = pusher.apply(plan.plan.path)
        tell(result.document())
    except UcsyncError as failure:
        sys.stderr.write(f"ucsync: {failure}\n")
        return failure.exit_code
    return result.exit_code or plan.exit_code


def tell(document: dict[str, object]) -> None:
    """One line on stdout."""
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
