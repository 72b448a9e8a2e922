"""One running sandbox: the merchant, its clock, what may be changed meanwhile, what is counted."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from ucsync.model import Clock
from ucsync.sandbox.clock import ServerClock
from ucsync.sandbox.merchant import Merchant
from ucsync.sandbox.my_account import Portal
from ucsync.sandbox.settings import SandboxSettings


@dataclass(slots=True)
class Counters:
    """What happened since the start or the last reset.

    Attributes:
        requests: every request to either API, whatever became of it.
        answered: by HTTP status.
        unanswered: connections broken or held without a whole answer.
        in_flight: of the application, now; survives a reset.
        in_flight_most: at once, those included that were refused for it.
        too_many: requests answered 429, by cause: `concurrency`, `rate`, `fault`.
        acting_later: requests that met the fault `late` and are not acted on yet; survives a reset.
        faults: done, by name.
        churn: done, by name.
    """

    requests: int = 0
    answered: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    in_flight: int = 0
    in_flight_most: int = 0
    too_many: Counter[str] = field(default_factory=Counter)
    acting_later: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    churn: Counter[str] = field(default_factory=Counter)

    def reset(self) -> None:
        """Begin anew, with the requests that are in flight now."""
        self.requests = self.unanswered = 0
        self.in_flight_most = self.in_flight
        for tally in (self.answered, self.too_many, self.faults, self.churn):
            tally.clear()

    def document(self) -> dict[str, object]:
        """All of it as JSON has it; statuses are text, as keys of an object must be."""
        return {
            "requests": self.requests,
            "answered": {str(status): count for status, count in sorted(self.answered.items())},
            "unanswered": self.unanswered,
            "in_flight": self.in_flight,
            "in_flight_most": self.in_flight_most,
            "too_many": {cause: self.too_many[cause] for cause in ("concurrency", "rate", "fault")},
            "acting_later": self.acting_later,
            "faults": dict(sorted(self.faults.items())),
            "churn": dict(sorted(self.churn.items())),
        }


class Sandbox:
    """What the application, the control API and a test share.

    Attributes:
        settings: as started with; never change.
        clock: the server's, which may be moved.
        merchant: the customers.
        portal: what they do with their own accounts.
        faults: rates in force, by the names in `FAULTS`; may be replaced at any time.
        churn: the same by the names in `CHURN`.
        disabled: whether the application is switched off (410).
        number: how many requests to either API there were; a reset of the counters does not touch it.
        closing: set when the server shuts down, to let go of stalled requests.
    """

    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self.settings = settings
        self.real_clock = clock
        self.clock = ServerClock(clock)
        self.merchant = Merchant(settings, self.clock)
        self.portal = Portal(self.merchant.shop)
        self.counters = Counters()
        self.faults: Mapping[str, float] = dict(settings.faults)
        self.churn: Mapping[str, float] = dict(settings.churn)
        self.disabled = False
        self.number = 0
        self.closing = asyncio.Event()

    def arrive(self) -> int:
        """Count a request to the API. Returns its number, from 1."""
        self.number += 1
        self.counters.requests += 1
        return self.number


#: Where a made application keeps its `Sandbox`.
SANDBOX: Final = web.AppKey("sandbox", Sandbox)
