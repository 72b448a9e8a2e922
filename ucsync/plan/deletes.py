"""How many customers may vanish from the lake without a person's word."""

from typing import Final

from ucsync.model import Guarded
from ucsync.plan.settings import SyncSettings

#: Customers missing from a full scan are read one by one to make sure, when they are at most so many.
CONFIRM_MAX: Final = 20


def deletes_allowed(rows: int, settings: SyncSettings) -> int:
    """The larger of the share and the count, but never more than half of a small lake.

    Args:
        rows: in the lake before.
        settings: `deletes_max_percent`, `deletes_max_count`.
    """
    share = int(rows * settings.deletes_max_percent / 100)
    return max(share, min(settings.deletes_max_count, rows // 2))


def guard_deletes(
    missing: int, rows: int, settings: SyncSettings, accepted: int | None, merchant: str, verb: str = "sync"
) -> None:
    """Stops a mass deletion for a person to confirm.

    Args:
        missing: customers of the lake that the server has no more.
        rows: in the lake before.
        accepted: so many are expected, as the user says; None when nothing was said.
        merchant: its name in the configuration.
        verb: of the command that is running.

    Raises:
        Guarded: more than may go.
    """
    allowed = deletes_allowed(rows, settings) if accepted is None else accepted
    if missing > allowed:
        raise Guarded(
            f"{merchant}: {missing} of {rows} customers are no longer on the server, and {allowed} may go "
            "without a word; nothing was published. If they are meant to be gone, run "
            f"`ucsync {verb} {merchant} --accept-deletes {missing}`{_after(verb)}"
        )


def _after(verb: str) -> str:
    if verb == "reconcile":
        return ""
    restart = "; `--restart` reads everything anew" if verb == "sync" else ""
    return f", which reads nothing again{restart}"
