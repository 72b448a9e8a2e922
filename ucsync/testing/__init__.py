"""For tests of code that uses ucsync: virtual time, HTTP without sockets, and faults from a seed.

`run_virtual` runs a coroutine in a loop whose clock jumps to the next timer instead of waiting, so a
simulated day takes as long as its work. `MemoryConnector` joins aiohttp's client to an aiohttp
application by two in-memory transports: real HTTP parsers at both ends, no socket, and the connection
can be cut at any byte. A `FaultPlan` says beforehand what goes wrong; together with a seed the same run
happens again, event for event, and `shrunk` finds the few faults that made it fail.

Owns time, connections and faults of tests. Never imports what it tests.
"""

from ucsync.testing.fault_plans import (
    CLOCK,
    CUT_ANSWER,
    CUT_REQUEST,
    FILE,
    REFUSED,
    REQUEST,
    Fault,
    FaultPlan,
    cut_of,
    shrunk,
)
from ucsync.testing.memory_http import Cut, MemoryConnector, MemoryServer, MemoryTransport
from ucsync.testing.virtual_time import START, VirtualClock, VirtualLoop, run_virtual

__all__ = [
    "CLOCK",
    "CUT_ANSWER",
    "CUT_REQUEST",
    "FILE",
    "REFUSED",
    "REQUEST",
    "START",
    "Cut",
    "Fault",
    "FaultPlan",
    "MemoryConnector",
    "MemoryServer",
    "MemoryTransport",
    "VirtualClock",
    "VirtualLoop",
    "cut_of",
    "run_virtual",
    "shrunk",
]
