"""The layers around the transport, put together in one place.

From the outside in: the lane; retries; the gate; decoding; the transport. The lane is outermost, so that
a request that is repeated keeps its turn, and the time it may take is counted from its turn on. The gate
is inside the retries, because every attempt has to pass it and needs a grant of the budget, which the
gate takes last. Decoding is inside the gate, because a 429 has to be understood there. Each attempt is
logged where it is decoded: operation, status, size and time, never a path, a query or a body.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from ucsync.model import Clock
from ucsync.net.budget import Budget
from ucsync.net.gate import Gate
from ucsync.net.lane import Lane
from ucsync.net.pacing import Pacer
from ucsync.net.retrying import Retrying
from ucsync.net.settings import ClientSettings
from ucsync.net.transport import Send, Transport
from ucsync.ultracart import Answer, Request, decode

_log = logging.getLogger("ucsync.net")


@dataclass(frozen=True, slots=True)
class Stack:
    """The outermost layer to call, and the gate, which knows how much was sent."""

    send: Send
    gate: Gate


def stack(
    transport: Transport,
    settings: ClientSettings,
    clock: Clock,
    pacer: Pacer,
    budget: Budget,
    chance: Callable[[], float],
) -> Stack:
    """All that stands between a client and its transport."""

    async def attempt(request: Request) -> Answer:
        started_s = clock.monotonic()
        raw = await transport.send(request)
        elapsed_s = clock.monotonic() - started_s
        name = request.operation.operation_id
        _log.info("%s: %d, %d bytes, %.3f s", name, raw.status, len(raw.body), elapsed_s)
        answer = decode(request, raw)
        if answer.warning:
            _log.warning("%s: answered with a warning", name)
        return answer

    gate = Gate(attempt, clock, pacer, budget, pause_after_loss_s=settings.pause_after_loss_s)
    retrying = Retrying(gate, settings.retry, clock, chance)
    return Stack(Lane(retrying.send, settings.in_flight_max).send, gate)
