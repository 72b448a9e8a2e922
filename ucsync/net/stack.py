"""The layers around the transport, put together in one place.

From the outside in: the lane; retries; the gate; decoding; the transport. The lane is outermost, so that
a request that is repeated keeps its turn, and the time it may take is counted from its turn on; for the
same reason a login that a request turns out to need has its place just within the lane. The gate
is inside the retries, because every attempt has to pass it and needs a grant of the budget, which the
gate takes last. Decoding is inside the gate, because a 429 has to be understood there. Each attempt is
logged where it is decoded: operation, status, size and time, never a path, a query or a body. Both APIs
go through the same layers; each brings its own transport and decoding.
"""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from ucsync.model import Clock
from ucsync.net.budget import Budget, NoBudget
from ucsync.net.clock import SystemClock
from ucsync.net.gate import Gate
from ucsync.net.lane import Lane
from ucsync.net.pacing import NoPacer, Pacer, ThrottlePacer
from ucsync.net.retrying import Retrying
from ucsync.net.settings import ClientSettings
from ucsync.net.transport import A, Carrier, Q, Send
from ucsync.ultracart import Answer, RawAnswer, Request
from ucsync.ultracart import decode as decode_answer

_log = logging.getLogger("ucsync.net")


@dataclass(frozen=True, slots=True)
class Stack(Generic[Q, A]):
    """The outermost layer to call, and the gate, which knows how much was sent."""

    send: Send[Q, A]
    gate: Gate[Q, A]


def stack(
    transport: Carrier[Q],
    decode: Callable[[Q, RawAnswer], A],
    settings: ClientSettings,
    *,
    clock: Clock | None = None,
    pacer: Pacer | None = None,
    budget: Budget | None = None,
    chance: Callable[[], float] | None = None,
    within: Callable[[Send[Q, A]], Send[Q, A]] | None = None,
) -> Stack[Q, A]:
    """All that stands between a client and its transport.

    Args:
        transport: sends once.
        decode: from a request and its answer as it came to a value, or the right error.
        settings: bounds on time, size, concurrency and repetition.
        clock: time and waiting.
        pacer: spaces requests; by default as `settings.requests_per_s` says.
        budget: grants each attempt; by default nothing limits them.
        chance: draws evenly from [0, 1) for the jitter of retries.
        within: what stands between the lane and the repetitions, made around what it sends through.
    """
    clock, per_s = clock or SystemClock(), settings.requests_per_s
    pacer = pacer or (NoPacer() if per_s is None else ThrottlePacer(per_s))

    async def attempt(request: Q) -> A:
        started_s = clock.monotonic()
        raw = await transport.send(request)
        elapsed_s = clock.monotonic() - started_s
        name = request.operation.operation_id
        _log.info("%s: %d, %d bytes, %.3f s", name, raw.status, len(raw.body), elapsed_s)
        return decode(request, raw)

    gate = Gate(attempt, clock, pacer, budget or NoBudget(), pause_after_loss_s=settings.pause_after_loss_s)
    retrying = Retrying(gate, settings.retry, clock, chance or random.Random().random)  # noqa: S311  (jitter)
    inner = retrying.send if within is None else within(retrying.send)
    return Stack(Lane(inner, settings.in_flight_max).send, gate)


def customer_answer(request: Request, raw: RawAnswer) -> Answer:
    """What an answer of the Customer API holds; a warning in it is logged, without its text.

    Raises:
        CallFailed: as `decode` does.
    """
    answer = decode_answer(request, raw)
    if answer.warning:
        _log.warning("%s: answered with a warning", request.operation.operation_id)
    return answer
