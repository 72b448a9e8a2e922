"""The budget as an argument: what grants each attempt before it leaves.

Answers at once and never waits itself: the gate does the waiting, so that whoever waits can be let go,
and nothing is taken by one who is not there any more.
"""

from typing import Protocol

from ucsync.model.errors import CallFailed
from ucsync.plan.quota import Grant, Wait


class Budget(Protocol):
    """Grants requests.

    Attributes:
        keeps_waits: whether a wait that the server asks for with a 429 is kept in `take`, by all who
            share the budget; then it is not the client's to keep, and costs no time to repeat.
    """

    @property
    def keeps_waits(self) -> bool: ...

    def take(self) -> Grant | Wait:
        """A grant for one attempt that leaves now, or how long to wait before asking again.

        Raises:
            QuotaSpent: there is none, and this caller does not want to wait.
            StorageFailed: the book cannot be written, so nothing may leave.
        """
        ...

    def settle(self, grant: Grant, failure: CallFailed | None) -> None:
        """An attempt is over; never raises, so that its answer is not lost.

        Args:
            grant: of that attempt.
            failure: how it failed, or None. What a 429 says of limits and waits is learned from it.
        """
        ...


class NoBudget:
    """Grants everything; the client itself keeps the waits that the server asks for."""

    @property
    def keeps_waits(self) -> bool:
        """No."""
        return False

    def take(self) -> Grant | Wait:
        """Always a grant."""
        return Grant(0)

    def settle(self, grant: Grant, failure: CallFailed | None) -> None:
        """Nothing to note."""
