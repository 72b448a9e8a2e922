"""The way to the sandbox, on which a script decides what befalls each request and who comes between."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from tests.flow.push.witness import Sight, Witness
from ucsync.model import Clock
from ucsync.net.transport import Transport
from ucsync.sandbox import Sandbox
from ucsync.ultracart import RawAnswer, Request
from ucsync.ultracart.codec import decode_json

#: The three points at which an answer is lost, and how each comes to pass.
BEFORE: Final = ("reset", "500", "503-html", "html")
AFTER: Final = ("lost-answer", "truncate", "garbage")
LATE: Final = ("late",)

#: Of a request on its way to the server.
LATENCY_S: Final = 0.25
#: Of which a refresh is made.
_LISTS: Final = ("getCustomers", "getCustomersByQuery")


@dataclass
class Sent:
    """One request.

    Attributes:
        number: since the script was given, from 1.
        operation: the vendor's name.
        oid: of the customer in the path, else None.
        body: decoded; None when there is none.
        fault: that it meets, "" for none.
    """

    number: int
    operation: str
    oid: int | None
    body: Any
    writes: bool
    fault: str = ""

    @property
    def oids(self) -> tuple[int, ...]:
        """Whom it names."""
        absorbed = self.body.get("customer_profile_oid") if self.operation == "mergeCustomer" else None
        return tuple(oid for oid in (self.oid, absorbed) if oid is not None)


class Script(Protocol):
    """What happens beside a push."""

    def before(self, sent: Sent) -> str:
        """Just before a request reaches the server: others may act; the fault that it meets."""
        ...

    def after(self, sent: Sent) -> None:
        """When the client has its answer, or has none: others may act."""
        ...


class Quiet:
    """Nothing happens."""

    def before(self, sent: Sent) -> str:
        """No fault."""
        return ""

    def after(self, sent: Sent) -> None:
        """Nobody."""


@dataclass
class Scripted:
    """A script of two functions."""

    at: Callable[[Sent], str] = lambda sent: ""
    then: Callable[[Sent], None] = lambda sent: None

    def before(self, sent: Sent) -> str:
        """See `Script`."""
        return self.at(sent)

    def after(self, sent: Sent) -> None:
        """See `Script`."""
        self.then(sent)


@dataclass
class _Late:
    due_s: float
    sent: Sent
    sight: Sight


@dataclass
class Wire:
    """A transport to the sandbox; all that acts there passes the witness.

    Attributes:
        sent: every request under the script, in order.
    """

    inner: Transport
    sandbox: Sandbox
    clock: Clock
    witness: Witness
    script: Script = field(default_factory=Quiet)
    sent: list[Sent] = field(default_factory=list)
    _late: list[_Late] = field(default_factory=list)
    _listing_since_s: float | None = None

    def begin(self) -> None:
        """Another run: what it lists first begins a refresh."""
        self._listing_since_s = None

    def follow(self, script: Script) -> None:
        """From now on, counting from 1."""
        self.script = script
        self.sent = []

    async def send(self, request: Request) -> RawAnswer:
        """See `Transport.send`."""
        asked_s = self.clock.monotonic()
        await self.clock.sleep(LATENCY_S)
        sent = self._noted(request)
        self.settle()
        sent.fault = self.script.before(sent)
        self.settle()
        sight = self.witness.sight_of(sent.oids)
        self.sandbox.faults = {sent.fault: 1.0} if sent.fault else {}
        try:
            answer = await self.inner.send(request)
        finally:
            self.sandbox.faults = {}
            self._witness(sent, sight)
            self.script.after(sent)
        self._show(sent, answer, asked_s + LATENCY_S)
        return answer

    async def close(self) -> None:
        """See `Transport.close`."""
        await self.inner.close()

    def settle(self) -> None:
        """Those requests that have acted late, until now."""
        now_s = self.clock.monotonic()
        due = [one for one in self._late if one.due_s <= now_s]
        self._late = [one for one in self._late if one.due_s > now_s]
        for one in due:
            self.witness.written(one.sent.operation, one.sent.oids, one.sight, one.due_s)

    def _noted(self, request: Request) -> Sent:
        body = decode_json(request.body) if request.body else None
        operation = request.operation
        writes = operation.scope == "customer_write"
        sent = Sent(len(self.sent) + 1, operation.operation_id, request.oid, body, writes)
        self.sent.append(sent)
        return sent

    def _witness(self, sent: Sent, sight: Sight) -> None:
        if not sent.writes:
            return
        now_s = self.clock.monotonic()
        if sent.fault in LATE:
            self._late.append(_Late(now_s + self.sandbox.settings.late_s, sent, sight))
        else:
            self.witness.written(sent.operation, sent.oids, sight, now_s)

    def _show(self, sent: Sent, answer: RawAnswer, asked_s: float) -> None:
        """Whom the client has been told of."""
        if sent.operation not in _LISTS:
            self._listing_since_s = None
        try:
            value = decode_json(answer.body) if answer.body else {}
        except ValueError:
            return
        if isinstance(value, Mapping) and answer.status == 200:
            if sent.operation in _LISTS:
                self._listing_since_s = asked_s if self._listing_since_s is None else self._listing_since_s
                self.witness.refresh(self._listing_since_s)
            for customer in (*(value.get("customers") or ()), *filter(None, [value.get("customer")])):
                self.witness.show(customer, asked_s)
