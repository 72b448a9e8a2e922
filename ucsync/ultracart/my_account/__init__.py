"""UltraCart's MyAccount API, the customers' half, as data and pure functions.

Owns the table of its operations, the models' fields, what may be sent and why not, requests, answers, the
session that two cookies carry, its forms of dates and money. Never does: async, files, clocks, logging,
sockets. Words: a session is a cart that may be logged in; protected is what needs a login; a twin is the text
beside a money field; a page is one answer of a paged list; odd is a value that its model does not foresee.
"""

from ucsync.ultracart.my_account.answers import AccountAnswer, Paging, decode_account
from ucsync.ultracart.my_account.dates import (
    format_day,
    format_day_and_time,
    parse_day,
    parse_day_and_time,
    parse_iso,
)
from ucsync.ultracart.my_account.money import MONEY_PAIRS, Money, money_of
from ucsync.ultracart.my_account.operations import ACCOUNT_OPERATIONS, AccountOperation
from ucsync.ultracart.my_account.requests import AccountRequest, build_account
from ucsync.ultracart.my_account.session import Credentials, Session

__all__ = [
    "ACCOUNT_OPERATIONS",
    "MONEY_PAIRS",
    "AccountAnswer",
    "AccountOperation",
    "AccountRequest",
    "Credentials",
    "Money",
    "Paging",
    "Session",
    "build_account",
    "decode_account",
    "format_day",
    "format_day_and_time",
    "money_of",
    "parse_day",
    "parse_day_and_time",
    "parse_iso",
]
