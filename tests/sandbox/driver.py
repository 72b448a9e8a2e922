"""A merchant to talk to without HTTP, under a clock that a test moves."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias
from urllib.parse import urlencode

from ucsync.sandbox.clock import ServerClock
from ucsync.sandbox.merchant import Merchant
from ucsync.sandbox.reply import Document, Reply
from ucsync.sandbox.settings import SandboxSettings
from ucsync.ultracart.operations import OPERATIONS


class StandingClock:
    """Always the same instant; the ServerClock over it is what a test moves."""

    def now(self) -> datetime:
        return datetime(2026, 6, 1, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        return None


class Driver:
    """Speaks to one Merchant in the words of the API."""

    def __init__(self, settings: SandboxSettings) -> None:
        self.clock = ServerClock(StandingClock())
        self.merchant = Merchant(settings, self.clock)

    def send(
        self,
        operation_id: str,
        *,
        oid: object = None,
        wish: object = None,
        address: str = "",
        host: str = "",
        body: object = None,
        form: Mapping[str, str] | None = None,
        raw_query: str | None = None,
        **query: object,
    ) -> Reply:
        """One request; keywords but the named ones are query parameters."""
        path = {
            "customer_profile_oid": str(oid),
            "customer_wishlist_item_oid": str(wish),
            "email": address,
            "storefront_host_name": host,
        }
        pairs = [(name, str(held)) for name, held in query.items()]
        raw = urlencode(pairs) if raw_query is None else raw_query
        return self.merchant.perform(OPERATIONS[operation_id], path, pairs, raw, body, form or {})

    def answer(self, operation_id: str, **request: Any) -> Document:
        """The document of a request that must succeed."""
        reply = self.send(operation_id, **request)
        assert reply.status == 200, reply.document
        assert reply.document is not None
        assert "error" not in reply.document
        return reply.document

    def status(self, operation_id: str, **request: Any) -> int:
        return self.send(operation_id, **request).status

    def complaint(self, operation_id: str, **request: Any) -> str:
        """What a request that must be refused with 400 is told."""
        reply = self.send(operation_id, **request)
        assert reply.status == 400, reply.document
        assert reply.document is not None
        message: str = reply.document["error"]["user_message"]
        assert reply.headers["UC-REST-ERROR"] == message
        return message

    def customer(self, oid: int, expand: str = "") -> Document:
        customer: Document = self.answer("getCustomer", oid=oid, _expand=expand)["customer"]
        return customer

    def insert(self, **fields: Any) -> int:
        """A customer with an address of its own, unless one is given."""
        body = {"email": f"person-{self.merchant.count()}@example.com", **fields}
        oid: int = self.answer("insertCustomer", body=body)["customer"]["customer_profile_oid"]
        return oid

    def update(self, oid: int, expand: str = "", **fields: Any) -> Document:
        """The customer as updateCustomer answers it."""
        answer = self.answer("updateCustomer", oid=oid, body=fields, _expand=expand)
        customer: Document = answer["customer"]
        return customer

    def listed(self, operation_id: str = "getCustomers", **request: Any) -> list[int]:
        """The oids on one page."""
        rows = self.answer(operation_id, **request)["customers"]
        return [row["customer_profile_oid"] for row in rows]

    def paged(self, operation_id: str = "getCustomers", *, limit: int, **request: Any) -> list[int]:
        """The oids of all pages, following next_offset."""
        found: list[int] = []
        offset: int | None = 0
        while offset is not None:
            answer = self.answer(operation_id, _limit=limit, _offset=offset, **request)
            found += [row["customer_profile_oid"] for row in answer["customers"]]
            result_set = answer["metadata"]["result_set"]
            assert result_set["more"] == ("next_offset" in result_set)
            offset = result_set.get("next_offset")
        return found


Open: TypeAlias = Callable[..., Driver]
