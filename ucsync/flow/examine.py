"""Ask a server one question and see whether all is well."""

from dataclasses import dataclass

from ucsync.flow.listing import Lister
from ucsync.model import Clock
from ucsync.ultracart.scanning import Ask


@dataclass(frozen=True, slots=True)
class Examination:
    """What one request for one customer showed.

    Attributes:
        customers: the server's total, None when it names none.
        seconds: the request took.
        clock_ahead_s: how far the server's clock is ahead of ours (behind when negative), to the
            second of the Date header; None when it sent none.
    """

    customers: int | None
    seconds: float
    clock_ahead_s: float | None


async def examine(lister: Lister, clock: Clock) -> Examination:
    """Spend one request on a page of one customer.

    Raises:
        UcsyncError: what is wrong: Unauthorised, ApplicationDisabled, ConnectionLost …
    """
    started_s = clock.monotonic()
    page, _ = await lister.page(Ask(0, 1, None), None)
    seconds = clock.monotonic() - started_s
    ahead_s = None if page.server_time is None else (page.server_time - clock.now()).total_seconds()
    return Examination(page.total, seconds, ahead_s)
