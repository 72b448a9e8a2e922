"""ucsync: the customers of an UltraCart merchant, read in bulk and written back with care.

This is the front door. The whole error tree is in `ucsync.model`, the vendor's models are in
`ucsync.ultracart.models`.
"""

from ucsync.app import sync_now
from ucsync.backfilling import backfill_now
from ucsync.dashboards import build_dashboards
from ucsync.flow import Ended, SyncResult, worst_exit_code
from ucsync.model import (
    BadRequest,
    ConnectionLost,
    NotFound,
    Outcome,
    RateLimited,
    Secret,
    UcsyncError,
    parse_instant,
)
from ucsync.net import ClientSettings, UltraCart
from ucsync.pushing import Pusher
from ucsync.ultracart import EXPANSIONS, BearerToken, SimpleKey

__all__ = [
    "EXPANSIONS",
    "BadRequest",
    "BearerToken",
    "ClientSettings",
    "ConnectionLost",
    "Ended",
    "NotFound",
    "Outcome",
    "Pusher",
    "RateLimited",
    "Secret",
    "SimpleKey",
    "SyncResult",
    "UcsyncError",
    "UltraCart",
    "backfill_now",
    "build_dashboards",
    "parse_instant",
    "sync_now",
    "worst_exit_code",
]
