"""The vocabulary of ucsync: outcomes, the one error tree, secrets, the clock as a protocol.

Owns the nouns that every other room speaks. Never does I/O, reads a clock or logs; imports nothing
but the standard library.
"""

from ucsync.model.backfills import Backfill, By, Window, WindowRead
from ucsync.model.clock import Clock
from ucsync.model.errors import (
    AnswerUnusable,
    ApplicationDisabled,
    BadRequest,
    Busy,
    ConfigurationInvalid,
    ConnectionLost,
    DatabaseRefused,
    Guarded,
    InputUnusable,
    InvalidRequest,
    LoginRefused,
    Misused,
    NotFound,
    Outcome,
    QuotaSpent,
    RateLimited,
    ServerFault,
    SessionExpired,
    Stopped,
    StorageFailed,
    UcsyncError,
    Unauthorised,
)
from ucsync.model.figures import Figures, QuotaUse, Sheet
from ucsync.model.instants import format_instant, parse_instant
from ucsync.model.privacy import Hashing, Tier
from ucsync.model.receipts import ASIDE_MAX, FileEntry, PassReport, Receipt, Rewritten
from ucsync.model.scans import PageNote, Pass, Proof, ScanHeader, ScanKind
from ucsync.model.secret import Secret

__all__ = [
    "ASIDE_MAX",
    "AnswerUnusable",
    "ApplicationDisabled",
    "Backfill",
    "BadRequest",
    "Busy",
    "By",
    "Clock",
    "ConfigurationInvalid",
    "ConnectionLost",
    "DatabaseRefused",
    "Figures",
    "FileEntry",
    "Guarded",
    "Hashing",
    "InputUnusable",
    "InvalidRequest",
    "LoginRefused",
    "Misused",
    "NotFound",
    "Outcome",
    "PageNote",
    "Pass",
    "PassReport",
    "Proof",
    "QuotaSpent",
    "QuotaUse",
    "RateLimited",
    "Receipt",
    "Rewritten",
    "ScanHeader",
    "ScanKind",
    "Secret",
    "ServerFault",
    "SessionExpired",
    "Sheet",
    "Stopped",
    "StorageFailed",
    "Tier",
    "UcsyncError",
    "Unauthorised",
    "Window",
    "WindowRead",
    "format_instant",
    "parse_instant",
]
