"""The other side for a year: a sandbox whose faults are planned and whose answers change their shape."""

from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Final, Self

from tests.watch import KEY
from ucsync.sandbox import SANDBOX, Sandbox, SandboxSettings, make_application
from ucsync.sandbox.merchant import Merchant
from ucsync.sandbox.reply import Document, Reply
from ucsync.sandbox.settings import FAULTS, Limit
from ucsync.testing import REFUSED, Cut, Fault, MemoryConnector, MemoryServer, VirtualClock, cut_of

CUSTOMERS: Final = 44
LATENCY_S: Final = 0.2
HOURLY: Final = 60
DAILY: Final = 500


class ChangingMerchant(Merchant):
    """Answers with fields that nobody has heard of, or without some that there were.

    Attributes:
        more: fields have come.
        fewer: fields have gone, or hold nothing any more.
    """

    more = False
    fewer = False

    def perform(self, *asked: Any, **named: Any) -> Reply:
        """See `Merchant`."""
        reply = super().perform(*asked, **named)
        if reply.document is None or not (self.more or self.fewer):
            return reply
        document = dict(reply.document)
        if isinstance(document.get("customers"), list):
            document["customers"] = [self._changed(one) for one in document["customers"]]
        if isinstance(document.get("customer"), dict):
            document["customer"] = self._changed(document["customer"])
        return Reply(reply.status, document, reply.headers)

    def truth(self, oid: int) -> Document | None:
        """See `Merchant`; as it is answered now."""
        found = super().truth(oid)
        return None if found is None else self._changed(found)

    def _changed(self, customer: Mapping[str, Any]) -> Document:
        found = dict(customer)
        if self.more:
            oid = found["customer_profile_oid"]
            found["consent"] = {"source": "web", "rank": oid % 7, "kinds": ["mail", "text"][: oid % 3]}
            if found.get("billing"):
                found["billing"] = [{**row, "geo": str(oid % 5)} for row in found["billing"]]
        if self.fewer:
            found.pop("terms", None)
            found["sales_rep_code"] = None
        return found


class Server:
    """An async context manager.

    Attributes:
        sandbox: what is behind it.
        merchant: its customers.
        connections: asked for so far, those that were refused included.
    """

    def __init__(self, seed: int) -> None:
        limits = (Limit(HOURLY, 3600), Limit(DAILY, 86_400))
        settings = SandboxSettings(
            customers=CUSTOMERS, seed=seed, key=KEY, limits=limits, sliding_window=bool(seed % 2),
            latency_s=LATENCY_S,
        )  # fmt: skip
        application = make_application(settings, VirtualClock())
        self.sandbox: Sandbox = application[SANDBOX]
        self.merchant = ChangingMerchant(settings, self.sandbox.clock)
        self.sandbox.merchant = self.merchant
        self.connections = 0
        self._cuts: list[tuple[str, Cut]] = []
        self._refused = 0
        self._memory = MemoryServer(application)
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self._memory)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def connector(self, each: Any) -> MemoryConnector:
        """A way here; see `MemoryConnector`."""
        return self._memory.connector(each=each)

    def connected(self, fault: Fault | None) -> Cut:
        """The next connection, with the fault that its request meets."""
        self.connections += 1
        what = "" if fault is None else fault.what
        self.sandbox.faults = {what: 1.0} if what in FAULTS else {}
        self._refused += what == REFUSED
        cut = cut_of(fault)
        if fault is not None:
            self._cuts.append((fault.what, cut))
        return cut

    @property
    def faults(self) -> Counter[str]:
        """Those that requests really met, by name."""
        met = Counter(self.sandbox.counters.faults)
        met.update({REFUSED: self._refused} if self._refused else {})
        met.update(what for what, cut in self._cuts if cut.broken)
        return met
