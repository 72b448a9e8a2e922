"""Sending again, by tenacity, as the retry policy decides."""

import logging
from collections.abc import Callable
from typing import Generic

from tenacity import AsyncRetrying, RetryCallState

from ucsync.model import Clock
from ucsync.model.errors import CallFailed
from ucsync.net.gate import Gate, Turn
from ucsync.net.transport import A, Q
from ucsync.plan import RetryPolicy
from ucsync.ultracart import Retry

_log = logging.getLogger("ucsync.net")


class Retrying(Generic[Q, A]):
    """Repeats what may be repeated; time, waiting and chance are the caller's.

    Args:
        gate: every attempt passes it, and the waits between them are its.
        policy: the bounds.
        clock: measures the total; what is waited for quota is left out of it.
        chance: draws evenly from [0, 1), for the jitter.
    """

    def __init__(
        self, gate: Gate[Q, A], policy: RetryPolicy, clock: Clock, chance: Callable[[], float]
    ) -> None:
        self._gate = gate
        self._policy = policy
        self._clock = clock
        self._chance = chance

    async def send(self, request: Q) -> A:
        """The answer of the first attempt that succeeds.

        Raises:
            CallFailed: how the last attempt ended. When an earlier attempt of a write is not known to
                have done nothing, there was no later one.
        """
        turn = Turn(self._clock, self._policy.total_s)
        safe = request.operation.retry is Retry.SAFE

        def may_repeat(state: RetryCallState) -> bool:
            failure = _failure_of(state)
            return failure is not None and self._policy.may_repeat(failure, safe=safe)

        def wait_s(state: RetryCallState) -> float:
            failure = _failure_of(state)
            assert failure is not None  # noqa: S101  (tenacity waits only after `may_repeat`)
            wait_s = self._policy.wait_s(failure, state.attempt_number, self._chance())
            return wait_s - self._gate.kept_s(failure)

        def ends(state: RetryCallState) -> bool:
            least_s = max(state.upcoming_sleep, self._gate.quiet_left_s())
            return self._policy.ends(state.attempt_number, turn.elapsed_s(), least_s)

        retrying = AsyncRetrying(
            sleep=self._gate.rest,
            stop=ends,
            wait=wait_s,
            retry=may_repeat,
            before_sleep=_log_wait,
            reraise=True,
        )
        return await retrying(self._gate.send, request, turn)


def _failure_of(state: RetryCallState) -> CallFailed | None:
    raised = state.outcome.exception() if state.outcome is not None else None
    return raised if isinstance(raised, CallFailed) else None


def _log_wait(state: RetryCallState) -> None:
    _log.warning("attempt %d failed (%s); next in %.1f s", state.attempt_number, _failure_of(state),
                 state.upcoming_sleep)  # fmt: skip
