"""Ask a server one question and see whether all is well."""

from dataclasses import dataclass

from ucsync.model import Clock
from ucsync.net import UltraCart


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


async def examine(client: UltraCart, clock: Clock) -> Examination:
    """Spend one request on getCustomers with `_limit=1`.

    Raises:
        UcsyncError: what is wrong: Unauthorised, ApplicationDisabled, ConnectionLost …
    """
    started_s = clock.monotonic()
    page = await client.get_customers(limit=1)
    seconds = clock.monotonic() - started_s
    ahead_s = None
    if page.server_time is not None:
        ahead_s = (page.server_time - clock.now()).total_seconds()
    return Examination(page.total_records, seconds, ahead_s)
