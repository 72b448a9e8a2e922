"""How the customers of a merchant are asked for: by getCustomers, or by a query of the configuration."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from ucsync.model import BadRequest, NotFound
from ucsync.net import UltraCart
from ucsync.ultracart.listing import Listing, listing_of
from ucsync.ultracart.scanning import BY_OID, Ask

_NO_FILTERS: Final[Mapping[str, datetime]] = {}


class Beginning(NamedTuple):
    """What one row tells before anything is read.

    Attributes:
        total: customers that the server counts, None when it tells none.
        server_time: its clock, None likewise.
        merchant_id: the vendor's id of the merchant, None without a customer.
    """

    total: int | None
    server_time: datetime | None
    merchant_id: str | None


class Lister:
    """Asks one merchant's server for pages and single customers.

    Args:
        client: of the merchant.
        expansions: parts wanted.
        query: filters of getCustomersByQuery; None reads with getCustomers.
    """

    def __init__(
        self, client: UltraCart, expansions: Sequence[str], query: Mapping[str, object] | None
    ) -> None:
        self._client = client
        self._expansions = expansions
        self._query = query

    @property
    def requests_sent(self) -> int:
        """By the client, repetitions included."""
        return self._client.requests_sent

    async def page(
        self, ask: Ask, since: datetime | None, filters: Mapping[str, datetime] = _NO_FILTERS
    ) -> tuple[Listing, bytes]:
        """One page, and its body as it came.

        Args:
            filters: more than those of the configuration.

        Raises:
            CallFailed: as the client does.
        """
        return await self._ask(ask, since, self._expansions, self._narrowed(filters))

    async def begin(self) -> Beginning:
        """What there is to read, by a page of one row without any parts.

        Raises:
            CallFailed: as the client does.
        """
        page, _ = await self._ask(Ask(0, 1, None), None, (), self._query)
        ids = [row.merchant_id for row in page.rows if type(row.merchant_id) is str]
        return Beginning(page.total, page.server_time, ids[0] if ids else None)

    async def oid_at(self, offset: int) -> int | None:
        """Whose place in the list ordered by oid this is, by a page of one row; None beyond the end.

        Raises:
            CallFailed: as the client does.
        """
        try:
            page, _ = await self._ask(Ask(offset, 1, BY_OID), None, (), self._query)
        except BadRequest as refusal:
            if complaint(refusal) != "offset":
                raise
            return None
        return page.oids[0] if page.oids else None

    async def count(self, window: Mapping[str, datetime]) -> int | None:
        """How many customers match, by a page of one row; None when the server names no total.

        Args:
            window: filters more than those of the configuration, e.g. `signup_dts_start`.
        """
        page, _ = await self._ask(Ask(0, 1, None), None, (), self._narrowed(window))
        return page.total

    async def oids(self, ask: Ask, window: Mapping[str, datetime]) -> Listing:
        """One page without any parts, of those that match."""
        page, _ = await self._ask(ask, None, (), self._narrowed(window))
        return page

    async def customer(self, oid: int) -> dict[str, Any] | None:
        """One customer with all parts wanted, None when the server has it no more.

        Raises:
            CallFailed: as the client does. A 400 that names the oid is the other way to say that there is
                no such customer (fact sheet §10), and no failure.
        """
        try:
            return dict(await self._client.get_customer(oid, expand=self._expansions))
        except NotFound:
            return None
        except BadRequest as refusal:
            if "customer_profile_oid" not in _words(refusal):
                raise
            return None

    def _narrowed(self, filters: Mapping[str, datetime]) -> Mapping[str, object] | None:
        return {**(self._query or {}), **filters} if filters else self._query

    async def _ask(
        self, ask: Ask, since: datetime | None, expand: Sequence[str], query: Mapping[str, object] | None
    ) -> tuple[Listing, bytes]:
        paging: dict[str, object] = {
            "_limit": ask.limit,
            "_offset": ask.offset,
            "_since": since,
            "_sort": ask.sort,
            "_expand": list(expand) or None,
        }
        if query is None:
            answer = await self._client.call("getCustomers", {}, paging, look=True)
        else:
            body = {name: _on_the_wire(held) for name, held in query.items()}
            answer = await self._client.call("getCustomersByQuery", {}, paging, body, look=True)
        return listing_of(answer.payload, answer.result_set, answer.server_time), answer.raw


def complaint(failure: BadRequest) -> str | None:
    """Whether a 400 is about the "sort", the "limit" or else the "offset", by the server's own words; None
    when they do not tell. It only decides what is tried first."""
    words = _words(failure)
    named = [name for name in ("sort", "limit") if name in words]
    if not named and "offset" in words:
        return "offset"
    return named[0] if len(named) == 1 else None


def _words(failure: BadRequest) -> str:
    return f"{failure.words.user_message} {failure.words.developer_message}".lower()


def _on_the_wire(held: object) -> object:
    return held.isoformat() if isinstance(held, datetime) else held
