"""A reader of an account that is a dictionary: what it answers, and what goes wrong, is written down."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from tests.store.faulty import QuickFiles
from ucsync.dashboard.account_page import account_page
from ucsync.flow.account_export import Desk, export_account
from ucsync.flow.stopping import Stop
from ucsync.model import NotFound, Secret
from ucsync.model.accounts import AccountBook, AccountExport
from ucsync.store import Files
from ucsync.store.account_archive import Archive
from ucsync.store.written import Written
from ucsync.testing import VirtualClock, run_virtual
from ucsync.ultracart.my_account import ACCOUNT_OPERATIONS, AccountAnswer, Credentials, Paging

OID: Final = 1_000_007
EMAIL: Final = "Ruth.Okafor@example.com"
PASSWORD: Final = "cobalt-heron-44"
START: Final = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)

Document = dict[str, Any]


def order(number: int, **more: Any) -> Document:
    """An invented order; a year and more lie between the first and the last of a few hundred."""
    day = datetime(2023, 1, 1, 12, tzinfo=UTC) + timedelta(days=number)
    return {
        "orderId": f"DEMO-{number:06d}", "merchantId": "DEMO", "customerProfileId": OID,
        "creationDate": day.isoformat(), "creationDateFormatted": f"{day:%d-%b-%Y}", "status": "Completed",
        "total": 19.95, "totalFormatted": "$19.95", "subtotal": 19.95, "subtotalFormatted": "$19.95",
        "cardType": "VISA", "cardNumber": "************1111", "trackingNumbers": [], "orderCase": None,
        "items": [{"itemId": "BALL", "description": "A ball", "quantity": 1, "totalCostFormatted": "$19.95"}],
        **more,
    }  # fmt: skip


@dataclass
class Bureau:
    """The truth about one account, and a reader of it.

    Attributes:
        account, shipping, billing, cards, orders, not_reviewed, reviews, wishlist: newest first.
        tracking, cases, messages: by order id; forms by item id.
        headers: whether lists are counted.
        spoil: may raise instead of an answer, or answer other bytes; told operation, path, query.
        meanwhile: done after each answer; told how many there were.
        asked: operations in the order in which they were asked for, with path and query.
    """

    account: Document = field(default_factory=lambda: {
        "merchantId": "DEMO", "customerProfileId": OID, "firstName": "Ruth", "lastName": "Okafor",
        "email": "ruth.okafor@example.com", "password": "********", "city": "Springfield",
    })  # fmt: skip
    shipping: list[Document] = field(
        default_factory=lambda: [{"id": 5, "firstName": "Ruth", "city": "Springfield"}]
    )
    billing: list[Document] = field(default_factory=list)
    cards: list[Document] = field(default_factory=lambda: [
        {"id": 9, "cardType": "VISA", "cardNumber": "************1111", "cardExpMonth": 4}
    ])  # fmt: skip
    orders: list[Document] = field(default_factory=list)
    tracking: dict[str, list[Document]] = field(default_factory=dict)
    cases: dict[str, Document] = field(default_factory=dict)
    messages: dict[str, list[Document]] = field(default_factory=dict)
    not_reviewed: list[Document] = field(
        default_factory=lambda: [{"itemId": "BALL", "item": {"description": "A ball"}}]
    )
    reviews: list[Document] = field(default_factory=lambda: [
        {"reviewOid": 3, "itemId": "BAT", "overall": 5, "title": "Good", "review": "It hits."}
    ])  # fmt: skip
    forms: dict[str, Document] = field(
        default_factory=lambda: {"BAT": {"itemId": "BAT", "nickname": "ruthie"}}
    )
    wishlist: list[Document] = field(
        default_factory=lambda: [{"wishlistOid": 8, "itemId": "CAP", "priority": 4}]
    )
    headers: bool = True
    spoil: Callable[[str, Document, Document], bytes | None] = lambda *_: None
    meanwhile: Callable[["Bureau", int], None] = lambda *_: None
    asked: list[tuple[str, Document, Document]] = field(default_factory=list)

    @property
    def requests_sent(self) -> int:
        return len(self.asked)

    async def call(
        self,
        operation_id: str,
        path: Mapping[str, object] | None = None,
        query: Mapping[str, object] | None = None,
    ) -> AccountAnswer:
        given = (dict(path or {}), dict(query or {}))
        self.asked.append((operation_id, *given))
        body = self.spoil(operation_id, *given)
        value, paging = (
            self._value(operation_id, *given)
            if body is None
            else (json.loads(body), self._counted(operation_id))
        )
        answer = AccountAnswer(
            operation=ACCOUNT_OPERATIONS[operation_id], status=200, value=value,
            raw=json.dumps(value).encode() if body is None else body, server_time=None, paging=paging, odd=(),
        )  # fmt: skip
        self.meanwhile(self, len(self.asked))
        return answer

    def times(self, operation: str) -> int:
        """How often something was asked for."""
        return sum(one == operation for one, _, _ in self.asked)

    def _value(self, operation: str, path: Document, query: Document) -> tuple[Any, Paging | None]:
        whole = {
            "getSettings": self.account, "getShippingAddresses": self.shipping,
            "getBillingAddresses": self.billing, "getCreditCards": self.cards,
        }  # fmt: skip
        if operation in whole:
            return whole[operation], None
        if operation in _PAGED:
            return self._page(operation, query)
        held: dict[str, tuple[dict[str, Any], Any]] = {
            "getOrderTracking": (self.tracking, []), "getOrderCase": (self.cases, {}),
            "getOrderCaseMessages": (self.messages, None), "getReview": (self.forms, None),
        }  # fmt: skip
        rows, otherwise = held[operation]
        value = rows.get(next(iter(path.values())), otherwise)
        if value is None:
            raise NotFound(operation, "404: not there", status=404)
        return value, None

    def _page(self, operation: str, query: Document) -> tuple[Any, Paging | None]:
        rows: list[Document] = getattr(self, _PAGED[operation])
        year = str(query.get("_filterTime", "")).removeprefix("year-")
        rows = [row for row in rows if not year or row["creationDate"].startswith(year)]
        size, number = int(query["pageSize"]), int(query["pageNumber"])
        pages = -(-len(rows) // size)
        paging = Paging(size, number, len(rows), pages) if self.headers else None
        return rows[size * (number - 1) : size * number], paging

    def _counted(self, operation: str) -> Paging | None:
        rows = getattr(self, _PAGED[operation]) if operation in _PAGED else None
        return None if rows is None else Paging(10, 1, len(rows), -(-len(rows) // 10))


_PAGED: Final = {
    "getOrders": "orders", "getNotReviewedYet": "not_reviewed", "getReviews": "reviews",
    "getWishlist": "wishlist",
}  # fmt: skip


def desk_of(reader: Any, folder: Path, files: Files | None = None, **more: Any) -> Desk:
    """To export into `folder / "out"`."""
    used = files or QuickFiles()
    return replace(
        Desk(
            reader=reader, credentials=Credentials(EMAIL, Secret(PASSWORD)),
            archive=Archive(used, Written(used, folder / "state" / "written" / "shop"), folder / "out"),
            merchant="shop", merchant_id="DEMO", clock=VirtualClock(), stop=Stop(), watch=lambda *_: None,
            version="0.0", page=_page,
        ),
        **more,
    )  # fmt: skip


def exported(reader: Any, folder: Path, files: Files | None = None, **more: Any) -> AccountExport:
    """One run of an export."""

    async def main() -> AccountExport:
        return await export_account(desk_of(reader, folder, files, **more))

    return run_virtual(main())


def _page(book: AccountBook) -> Iterable[str]:
    return account_page(book)
