"""Read every customer once, page by page, and count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ucsync.model import Clock
from ucsync.net import UltraCart
from ucsync.ultracart import LIMIT_MAX, Page


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading.

    Attributes:
        pages: pages read, the least number of requests.
        requests: requests sent, repetitions included.
        customers: rows on them.
        distinct: different customer_profile_oids among those.
        announced: the server's total on the first page, None when it names none.
        body_bytes: bytes of JSON, uncompressed.
        seconds: from the first request to the last row.
    """

    pages: int
    requests: int
    customers: int
    distinct: int
    announced: int | None
    body_bytes: int
    seconds: float


async def read(
    client: UltraCart,
    clock: Clock,
    *,
    expand: Sequence[str] = (),
    limit: int = LIMIT_MAX,
    on_page: Callable[[Page], None] = lambda page: None,
) -> Reading:
    """Read all customers of a merchant by plain paging.

    Args:
        client: of the merchant.
        clock: measures.
        expand: parts wanted.
        limit: page size, 1 to 200.
        on_page: called with each page as it comes.

    Raises:
        UcsyncError: as `UltraCart.pages` does.
    """
    started_s, sent_before = clock.monotonic(), client.requests_sent
    pages = rows = body_bytes = 0
    oids: set[int | None] = set()
    announced: int | None = None
    async for page in client.pages(limit=limit, expand=expand):
        announced = page.total_records if pages == 0 else announced
        pages, rows, body_bytes = pages + 1, rows + len(page.customers), body_bytes + len(page.raw)
        oids.update(customer.get("customer_profile_oid") for customer in page.customers)
        on_page(page)
    requests, seconds = client.requests_sent - sent_before, clock.monotonic() - started_s
    return Reading(pages, requests, rows, len(oids), announced, body_bytes, seconds)
