"""An UltraCart to test against: the other side of the wire, with everything that can go wrong there.

Owns the merchant's customers and what the server does with them (`merchant`), their own accounts
(`my_account`), the HTTP shell around both (`application`: routes, keys, limits, faults, churn, the control
API under `/sandbox/`), and every question about the real server that nobody answers, as a switch (`QUIRKS`).

Never imports ucsync's client side, so that both can be wrong only independently; never reads or writes
a file; waits and tells time only by the clock it is given.
"""

from ucsync.sandbox.application import make_application
from ucsync.sandbox.clock import ServerClock
from ucsync.sandbox.quirks import QUIRKS
from ucsync.sandbox.serving import serve
from ucsync.sandbox.settings import (
    CHURN,
    FAULTS,
    Limit,
    SandboxSettings,
    parse_limits,
    parse_orders,
    parse_rates,
)
from ucsync.sandbox.state import SANDBOX, Sandbox

__all__ = [
    "CHURN",
    "FAULTS",
    "QUIRKS",
    "SANDBOX",
    "Limit",
    "Sandbox",
    "SandboxSettings",
    "ServerClock",
    "make_application",
    "parse_limits",
    "parse_orders",
    "parse_rates",
    "serve",
]
