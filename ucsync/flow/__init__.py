"""What ucsync does, verb by verb: sync, reconcile, examine; each for one merchant, or several side by side.

Owns the order of steps. Never prints, parses flags or reads configuration. Words: a course is where a
scan stands, a workplace is all that belongs to one merchant during a run.
"""

from ucsync.flow.agreement import disagreements
from ucsync.flow.budget import BookedBudget
from ucsync.flow.examine import Examination, examine
from ucsync.flow.fleet import Ended, Errand, Result, in_full, run_side_by_side, worst, worst_exit_code
from ucsync.flow.ledger import Ledger
from ucsync.flow.listing import Lister
from ucsync.flow.progress import Progress, Watcher
from ucsync.flow.reconcile import Price, ReconcileResult, reconcile
from ucsync.flow.stopping import Stop
from ucsync.flow.sync import SyncResult, Wishes, sync
from ucsync.flow.workplace import Workplace

__all__ = [
    "BookedBudget",
    "Ended",
    "Errand",
    "Examination",
    "Ledger",
    "Lister",
    "Price",
    "Progress",
    "ReconcileResult",
    "Result",
    "Stop",
    "SyncResult",
    "Watcher",
    "Wishes",
    "Workplace",
    "disagreements",
    "examine",
    "in_full",
    "reconcile",
    "run_side_by_side",
    "sync",
    "worst",
    "worst_exit_code",
]
