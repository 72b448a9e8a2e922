"""The vocabulary of ucsync: outcomes, the one error tree, secrets, the clock as a protocol.

Owns the nouns that every other room speaks. Never does I/O, reads a clock or logs; imports nothing
but the standard library.
"""

from ucsync.model.clock import Clock
from ucsync.model.errors import (
    AnswerUnusable,
    ApplicationDisabled,
    BadRequest,
    ConfigurationInvalid,
    ConnectionLost,
    InvalidRequest,
    NotFound,
    Outcome,
    RateLimited,
    ServerFault,
    UcsyncError,
    Unauthorised,
)
from ucsync.model.instants import format_instant, parse_instant
from ucsync.model.secret import Secret

__all__ = [
    "AnswerUnusable",
    "ApplicationDisabled",
    "BadRequest",
    "Clock",
    "ConfigurationInvalid",
    "ConnectionLost",
    "InvalidRequest",
    "NotFound",
    "Outcome",
    "RateLimited",
    "Secret",
    "ServerFault",
    "UcsyncError",
    "Unauthorised",
    "format_instant",
    "parse_instant",
]
