"""The client: one coroutine an operation, each a thin line over its row of the table."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self, Unpack, cast

from ucsync.model import Clock, ConfigurationInvalid, InvalidRequest
from ucsync.net.aiohttp_transport import AiohttpTransport
from ucsync.net.budget import Budget
from ucsync.net.pacing import Pacer
from ucsync.net.settings import PRODUCTION, ClientSettings
from ucsync.net.stack import customer_answer, stack
from ucsync.net.transport import Transport
from ucsync.ultracart import (
    LIMIT_MAX,
    OPERATIONS,
    Answer,
    Credential,
    CustomerFilters,
    Page,
    build,
    page_of,
)
from ucsync.ultracart import models as m


class UltraCart:
    """UltraCart's Customer API for one application (API key) at one server.

    An async context manager, entered once. Its coroutines may be called from any number of tasks of one
    event loop: they take turns, at most `settings.in_flight_max` requests are under way. A write is
    repeated only where it is known to have done nothing. Answers are dictionaries as they came over
    the wire, checked against the vendor's models: absent keys stay absent, unknown ones stay in,
    numbers with a fraction are `Decimal`, instants are the vendor's text (`parse_instant` reads it).

    Every coroutine raises:
        InvalidRequest: an argument does not fit; nothing was sent.
        BadRequest, NotFound, Unauthorised, ApplicationDisabled, RateLimited: UltraCart said no.
        ServerFault, ConnectionLost, AnswerUnusable: no answer to rely on. After a write `outcome`
            says whether the server may have acted.

    Args:
        credential: `SimpleKey(Secret(...))` or `BearerToken(Secret(...))`.
        server: scheme, host and port; UltraCart's own by default.
        settings: bounds on time, size, concurrency and repetition.
        transport: what sends, instead of aiohttp to `server`.
        clock: time and waiting.
        pacer: spaces requests; by default as `settings.requests_per_s` says.
        budget: grants each attempt, or raises QuotaSpent; by default nothing limits them.
        chance: draws evenly from [0, 1) for the jitter of retries.

    Source: fact sheet §1 (operations), §2 (wire).
    """

    def __init__(
        self,
        credential: Credential,
        *,
        server: str | None = None,
        settings: ClientSettings | None = None,
        transport: Transport | None = None,
        clock: Clock | None = None,
        pacer: Pacer | None = None,
        budget: Budget | None = None,
        chance: Callable[[], float] | None = None,
    ) -> None:
        if not hasattr(credential, "header"):  # an untyped caller may pass text
            raise ConfigurationInvalid("the credential is not a SimpleKey or BearerToken around a Secret")
        if server is not None and transport is not None:
            raise ConfigurationInvalid("give a server or a transport: a transport has its own")
        settings = settings or ClientSettings()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._masked = frozenset({credential.header()[1], credential.secret.reveal()})
        self._transport = transport or AiohttpTransport(
            PRODUCTION if server is None else server, credential, settings
        )
        self._stack = stack(
            self._transport,
            customer_answer,
            settings,
            clock=clock,
            pacer=pacer,
            budget=budget,
            chance=chance,
        )

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop = None
        self._stack.gate.close()
        await self._transport.close()

    @property
    def requests_sent(self) -> int:
        """How many requests this client has sent or tried to, repetitions included."""
        return self._stack.gate.attempts

    async def call(
        self,
        operation_id: str,
        path: dict[str, object] | None = None,
        query: dict[str, object] | None = None,
        body: object = None,
        *,
        look: bool = False,
    ) -> Answer:
        """Any operation by the vendor's name, with all that its answer says.

        Args:
            operation_id: e.g. `getCustomersByQuery`.
            path, query: parameters under the vendor's names; instants as aware datetimes.
            body: what the operation's body model describes.
            look: of a page of customers, see no more than `listing.look_at` does.
        """
        if self._loop is not asyncio.get_running_loop():
            wrong = ("client", "not open in this event loop; use `async with UltraCart(...)`")
            raise InvalidRequest(operation_id, (wrong,))
        operation = OPERATIONS.get(str(operation_id))
        if operation is None:
            raise InvalidRequest("", (("operation", f"none of {', '.join(OPERATIONS)}"),))
        request = build(operation, path, query, body)
        return await self._stack.send(replace(request, masked=request.masked | self._masked, look=look))

    async def _payload(
        self, operation_id: str, path: dict[str, object], query: dict[str, object] | None = None,
        body: object = None,
    ) -> Any:  # fmt: skip
        return (await self.call(operation_id, path, query, body)).payload

    # Reading customers

    async def get_customer(self, customer_profile_oid: int, *, expand: Sequence[str] = ()) -> m.Customer:
        """One customer; `expand` names the parts wanted (see `EXPANSIONS`)."""
        path = _oid(customer_profile_oid)
        return cast(m.Customer, await self._payload("getCustomer", path, _expand(expand)))

    async def get_customer_by_email(self, email: str, *, expand: Sequence[str] = ()) -> m.Customer:
        """One customer by e-mail address."""
        path: dict[str, object] = {"email": email}
        return cast(m.Customer, await self._payload("getCustomerByEmail", path, _expand(expand)))

    async def get_customers(
        self,
        *,
        limit: int | None = None,
        offset: int | None = None,
        since: datetime | None = None,
        sort: str | None = None,
        expand: Sequence[str] = (),
        **filters: Unpack[CustomerFilters],
    ) -> Page:
        """One page of the customers that match all filters.

        Args:
            limit: rows at most, 1 to 200; the vendor's default is 100.
            offset: rows to skip.
            since: only those created or modified since.
            sort: comma list of names, each with an optional `+` or `-`; only `email` is evidenced.
            expand: parts wanted.
            filters: see `CustomerFilters`.
        """
        query = {**filters, **_paging(limit, offset, since, sort, expand)}
        return page_of(await self.call("getCustomers", {}, query), offset, limit)

    async def get_customers_by_query(
        self,
        customer_query: m.CustomerQuery,
        *,
        limit: int | None = None,
        offset: int | None = None,
        since: datetime | None = None,
        sort: str | None = None,
        expand: Sequence[str] = (),
    ) -> Page:
        """One page of the customers that match a query; paging as in `get_customers`."""
        query = _paging(limit, offset, since, sort, expand)
        answer = await self.call("getCustomersByQuery", {}, query, customer_query)
        return page_of(answer, offset, limit)

    async def search_customers(
        self,
        search_string: str | None = None,
        *,
        signup_dts_start: datetime | None = None,
        signup_dts_end: datetime | None = None,
        limit: int | None = None,
        offset: int | None = None,
        since: datetime | None = None,
        sort: str | None = None,
        expand: Sequence[str] = (),
    ) -> Page:
        """One page out of the vendor's cache: never write back what it yields (§1.1)."""
        query = {
            "search_string": search_string,
            "signup_dts_start": signup_dts_start,
            "signup_dts_end": signup_dts_end,
            **_paging(limit, offset, since, sort, expand),
        }
        return page_of(await self.call("searchCustomers", {}, query), offset, limit)

    async def get_customers_for_data_tables(
        self, *, expand: Sequence[str] = ()
    ) -> m.DataTablesServerSideResponse:
        """The vendor's helper for its own tables; how to page it is not documented."""
        payload = await self._payload("getCustomersForDataTables", {}, _expand(expand))
        return cast(m.DataTablesServerSideResponse, payload)

    async def pages(
        self,
        customer_query: m.CustomerQuery | None = None,
        *,
        limit: int = LIMIT_MAX,
        offset: int = 0,
        since: datetime | None = None,
        sort: str | None = None,
        expand: Sequence[str] = (),
        **filters: Unpack[CustomerFilters],
    ) -> AsyncIterator[Page]:
        """Page after page to the end, of getCustomersByQuery when a query is given, else of
        getCustomers with filters.

        Plain offset paging: a customer deleted or merged away meanwhile moves all behind it, and one
        that lives may be skipped without any error. For a merchant at rest it is complete.
        """
        if customer_query is not None and filters:
            raise InvalidRequest("getCustomersByQuery", (("filters", "put them into the query"),))
        following: int | None = offset
        while following is not None:
            if customer_query is None:
                page = await self.get_customers(
                    limit=limit, offset=following, since=since, sort=sort, expand=expand, **filters
                )
            else:
                page = await self.get_customers_by_query(
                    customer_query, limit=limit, offset=following, since=since, sort=sort, expand=expand
                )
            yield page
            following = page.next_offset

    async def customers(
        self,
        customer_query: m.CustomerQuery | None = None,
        *,
        limit: int = LIMIT_MAX,
        since: datetime | None = None,
        sort: str | None = None,
        expand: Sequence[str] = (),
        **filters: Unpack[CustomerFilters],
    ) -> AsyncIterator[m.Customer]:
        """Customer after customer; the same as `pages`, `limit` being the page size."""
        async for page in self.pages(
            customer_query, limit=limit, since=since, sort=sort, expand=expand, **filters
        ):
            for customer in page.customers:
                yield customer

    # Writing customers

    async def insert_customer(self, customer: m.Customer, *, expand: Sequence[str] = ()) -> m.Customer:
        """Create a customer; the answer holds the parts that `expand` names."""
        payload = await self._payload("insertCustomer", {}, _expand(expand), customer)
        return cast(m.Customer, payload)

    async def update_customer(
        self, customer_profile_oid: int, customer: m.Customer, *, expand: Sequence[str] = ()
    ) -> m.Customer:
        """Change what `customer` names. A list that is sent short may lose its rows (§4)."""
        path = _oid(customer_profile_oid)
        payload = await self._payload("updateCustomer", path, _expand(expand), customer)
        return cast(m.Customer, payload)

    async def delete_customer(self, customer_profile_oid: int) -> None:
        """Delete a customer for good."""
        await self.call("deleteCustomer", _oid(customer_profile_oid))

    async def merge_customer(self, customer_profile_oid: int, absorb: m.CustomerMergeRequest) -> None:
        """Merge another profile into this one; the other is deleted and nothing brings it back (§5)."""
        await self.call("mergeCustomer", _oid(customer_profile_oid), None, absorb)

    async def update_customer_email_lists(
        self, customer_profile_oid: int, list_changes: m.CustomerEmailListChanges
    ) -> m.CustomerEmailListChanges:
        """Join and leave e-mail lists."""
        path = _oid(customer_profile_oid)
        payload = await self._payload("updateCustomerEmailLists", path, None, list_changes)
        return cast(m.CustomerEmailListChanges, payload)

    # Store credit and cashback

    async def get_customer_store_credit(self, customer_profile_oid: int) -> m.CustomerStoreCredit:
        """Store credit in sums and movements."""
        payload = await self._payload("getCustomerStoreCredit", _oid(customer_profile_oid))
        return cast(m.CustomerStoreCredit, payload)

    async def add_customer_store_credit(
        self, customer_profile_oid: int, store_credit_request: m.CustomerStoreCreditAddRequest
    ) -> None:
        """Add store credit, a positive `amount`."""
        await self.call("addCustomerStoreCredit", _oid(customer_profile_oid), None, store_credit_request)

    async def adjust_internal_certificate(
        self, customer_profile_oid: int, request: m.AdjustInternalCertificateRequest
    ) -> m.AdjustInternalCertificateResponse:
        """Change the cashback balance by `adjustment_amount`."""
        path = _oid(customer_profile_oid)
        payload = await self._payload("adjustInternalCertificate", path, None, request)
        return cast(m.AdjustInternalCertificateResponse, payload)

    # Wish lists

    async def get_customer_wish_list(self, customer_profile_oid: int) -> list[m.CustomerWishListItem]:
        """The whole wish list; the vendor does not page it."""
        payload = await self._payload("getCustomerWishList", _oid(customer_profile_oid))
        return cast(list[m.CustomerWishListItem], payload)

    async def get_customer_wish_list_item(
        self, customer_profile_oid: int, customer_wishlist_item_oid: int
    ) -> m.CustomerWishListItem:
        """One wished item."""
        path = _oid(customer_profile_oid, customer_wishlist_item_oid)
        return cast(m.CustomerWishListItem, await self._payload("getCustomerWishListItem", path))

    async def insert_wish_list_item(
        self, customer_profile_oid: int, wishlist_item: m.CustomerWishListItem
    ) -> m.CustomerWishListItem:
        """Add a wished item; it needs `merchant_item_oid`."""
        path = _oid(customer_profile_oid)
        payload = await self._payload("insertWishListItem", path, None, wishlist_item)
        return cast(m.CustomerWishListItem, payload)

    async def update_wish_list_item(
        self,
        customer_profile_oid: int,
        customer_wishlist_item_oid: int,
        wishlist_item: m.CustomerWishListItem,
    ) -> m.CustomerWishListItem:
        """Change a wished item."""
        path = _oid(customer_profile_oid, customer_wishlist_item_oid)
        payload = await self._payload("updateWishListItem", path, None, wishlist_item)
        return cast(m.CustomerWishListItem, payload)

    async def delete_wish_list_item(self, customer_profile_oid: int, customer_wishlist_item_oid: int) -> None:
        """Take an item off the wish list."""
        await self.call("deleteWishListItem", _oid(customer_profile_oid, customer_wishlist_item_oid))

    # Lookups, verification, magic links

    async def get_customer_editor_values(self) -> m.CustomerEditorValues:
        """What the drop-downs of a profile editor offer."""
        return cast(m.CustomerEditorValues, await self._payload("getCustomerEditorValues", {}))

    async def get_customer_email_lists(self) -> list[m.EmailList]:
        """Every e-mail list of every storefront, not those of one customer (§9)."""
        return cast(list[m.EmailList], await self._payload("getCustomerEmailLists", {}))

    async def search_customer_profile_values(self, lookup_request: m.LookupRequest) -> list[m.KeyValue]:
        """Values that match; said to find customer tags only."""
        payload = await self._payload("searchCustomerProfileValues", {}, None, lookup_request)
        return cast(list[m.KeyValue], payload)

    async def get_email_verification_token(self, token_request: m.EmailVerifyTokenRequest) -> str:
        """A token to verify an e-mail address with; needs the customer's password."""
        return cast(str, await self._payload("getEmailVerificationToken", {}, None, token_request))

    async def validate_email_verification_token(
        self, validation_request: m.EmailVerifyTokenValidateRequest
    ) -> bool:
        """Whether a token is valid: the `success` of the answer (§4)."""
        answer = await self.call("validateEmailVerificationToken", {}, None, validation_request)
        return bool(answer.value["success"])

    async def get_magic_link(self, customer_profile_oid: int, storefront_host_name: str) -> str:
        """A link that logs the customer in at a storefront: as good as a password."""
        path = {**_oid(customer_profile_oid), "storefront_host_name": storefront_host_name}
        return cast(str, await self._payload("getMagicLink", path))


def _oid(customer_profile_oid: int, customer_wishlist_item_oid: int | None = None) -> dict[str, object]:
    path: dict[str, object] = {"customer_profile_oid": customer_profile_oid}
    if customer_wishlist_item_oid is not None:
        path["customer_wishlist_item_oid"] = customer_wishlist_item_oid
    return path


def _expand(expand: Sequence[str]) -> dict[str, object]:
    return {"_expand": expand or None}


def _paging(
    limit: int | None, offset: int | None, since: datetime | None, sort: str | None, expand: Sequence[str]
) -> dict[str, object]:
    return {"_limit": limit, "_offset": offset, "_since": since, "_sort": sort, **_expand(expand)}
