"""A list of customers that others work on while it is read: a model of a server, one request at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from random import Random

from ucsync.ultracart.listing import Listing, RowKey
from ucsync.ultracart.scanning import BY_EMAIL, BY_OID, SORTS, Ask

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Server:
    """A list of customers that answers pages; every switch is a way in which a real one may differ."""

    rows: dict[int, RowKey]
    own_order: Callable[[RowKey], object] = lambda row: row.customer_profile_oid
    sorts: tuple[str | None, ...] = SORTS
    ignores_unknown_sort: bool = False
    limit_max: int = 200
    clamps: bool = False
    echoes_limit: bool = True
    says_more: bool = True
    says_total: bool = True
    counts: Callable[[int], int | None] = lambda count: count
    past_end_is_400: bool = False
    lie: Callable[["Server", Listing], Listing] = lambda server, page: page
    change: Callable[["Server"], None] = lambda server: None
    modified: int = 0
    asked: list[Ask] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.newest = max(self.rows, default=0)

    def answer(self, ask: Ask, among: Callable[[RowKey], bool] | None = None) -> Listing | str:
        """A page of those among whom is asked, or what a 400 complains of."""
        self.asked.append(ask)
        self.change(self)
        if ask.sort not in self.sorts and not self.ignores_unknown_sort:
            return "sort"
        if ask.limit > self.limit_max and not self.clamps:
            return "limit"
        order = self.own_order if ask.sort not in self.sorts else ORDERS.get(ask.sort, self.own_order)
        rows = sorted(filter(among, self.rows.values()) if among else self.rows.values(), key=order)  # type: ignore[arg-type]  # keys of one kind
        if ask.offset > len(rows) and self.past_end_is_400:
            return "offset"
        limit = min(ask.limit, self.limit_max)
        page = rows[ask.offset : ask.offset + limit]
        honest = Listing(
            rows=page,
            offset=ask.offset,
            limit=limit if self.echoes_limit else None,
            count=len(page),
            more=ask.offset + limit < len(rows) if self.says_more else None,
            total=self.counts(len(rows)) if self.says_total else None,
            server_time=NOW,
        )
        return self.lie(self, honest)

    def touch(self, oid: int, email: str) -> None:
        """Modify a customer."""
        self.modified += 1
        self.newest = max(self.newest, oid)
        self.rows[oid] = RowKey(oid, email, self.modified)


ORDERS: dict[str | None, Callable[[RowKey], object]] = {
    BY_OID: attrgetter("customer_profile_oid"),
    BY_EMAIL: attrgetter("email"),
}


def newest_first(row: RowKey) -> object:
    return (-row.last_modified_dts, row.customer_profile_oid)


def by_chance(row: RowKey) -> object:
    """An order that has nothing to do with anything, but stays."""
    return Random(row.customer_profile_oid).random()  # noqa: S311  (a test's order)


def people(count: int, step: int = 1) -> dict[int, RowKey]:
    """E-mails in another order than oids; `step` leaves oids between them free."""
    oids = range(step, step * count + 1, step)
    return {oid: RowKey(oid, f"{(oid * 7919) % 100_003:06d}@example.test", 0) for oid in oids}


def churn(seed: int, insert: float, update: float, delete: float) -> Callable[[Server], None]:
    """What may happen before each answer. Updates change the e-mail, so that rows move in that order."""
    chance = Random(seed)  # noqa: S311  (a test's churn)

    def change(server: Server) -> None:
        if chance.random() < insert:
            server.touch(server.newest + 1, f"{chance.randrange(100_003):06d}@example.test")
        if server.rows and chance.random() < update:
            server.touch(chance.choice(list(server.rows)), f"{chance.randrange(100_003):06d}@example.test")
        if server.rows and chance.random() < delete:
            del server.rows[chance.choice(list(server.rows))]

    return change
