"""UltraCart's Customer API as data and pure functions.

Owns the operation table, the models' fields, checking values against them, building requests,
decoding answers and following pages. Never does: async, files, clocks, logging, sockets.
Words: an operation is a row of the table, a part is a field that needs an expansion, a page is one
answer of a list operation.
"""

from ucsync.ultracart.answers import Answer, RawAnswer, decode
from ucsync.ultracart.credentials import BearerToken, Credential, SimpleKey
from ucsync.ultracart.filters import CustomerFilters
from ucsync.ultracart.operations import EXPANSIONS, LIMIT_MAX, OPERATIONS, PARTS, Operation, Retry
from ucsync.ultracart.paging import Page, page_of
from ucsync.ultracart.requests import Request, build

__all__ = [
    "EXPANSIONS",
    "LIMIT_MAX",
    "OPERATIONS",
    "PARTS",
    "Answer",
    "BearerToken",
    "Credential",
    "CustomerFilters",
    "Operation",
    "Page",
    "RawAnswer",
    "Request",
    "Retry",
    "SimpleKey",
    "build",
    "decode",
    "page_of",
]
