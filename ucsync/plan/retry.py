"""Whether a failed request may be sent again, and when.

The formula is full jitter: a wait drawn evenly between nothing and an exponentially growing bound.
A wait that the server asks for comes first, and jitter on top of it.
"""

from dataclasses import dataclass

from ucsync.model import AnswerUnusable, ConnectionLost, Outcome, RateLimited, ServerFault
from ucsync.model.errors import CallFailed


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Bounds on repeating.

    Attributes:
        attempts_max: how often a request is sent at most, the first time included.
        total_s: seconds from the first attempt after which no further one starts.
        first_wait_s: the bound of the first wait; it doubles with each attempt.
        wait_max_s: where that bound stops growing.
    """

    attempts_max: int = 5
    total_s: float = 300.0
    first_wait_s: float = 1.0
    wait_max_s: float = 60.0

    def may_repeat(self, failure: CallFailed, *, safe: bool) -> bool:
        """Whether sending again can help and cannot harm.

        Args:
            failure: how the last attempt ended.
            safe: the operation only reads. A write is repeated only when the server is known not to
                have acted: nothing was sent, or it answered 429.
        """
        if isinstance(failure, RateLimited):
            return True
        if isinstance(failure, ConnectionLost):
            return safe or failure.outcome is Outcome.NOT_SENT
        if isinstance(failure, AnswerUnusable):
            return safe and failure.passing
        return safe and isinstance(failure, ServerFault)

    def wait_s(self, failure: CallFailed, attempt: int, chance: float) -> float:
        """Seconds to wait after the attempt of this number (1, 2 …).

        Args:
            failure: how it ended; it may carry a wait that the server asks for, which is then the least.
            attempt: its number.
            chance: drawn evenly from [0, 1).
        """
        doubled = self.first_wait_s * 2.0 ** min(attempt - 1, 32)
        jitter = chance * min(self.wait_max_s, doubled)
        asked = failure.wait_s if isinstance(failure, (RateLimited, ServerFault)) else None
        return (asked or 0.0) + jitter

    def ends(self, attempt: int, elapsed_s: float, wait_s: float) -> bool:
        """Whether no further attempt follows, `elapsed_s` after the first began."""
        return attempt >= self.attempts_max or elapsed_s + wait_s > self.total_s
