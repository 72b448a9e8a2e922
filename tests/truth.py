"""What a dashboard has to show, added up in plain Python from customers as the sandbox knows them.

No SQL, no lake, and nothing of the warehouse: the same figures, thought out a second time.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

from tests.sandbox.driver import StandingClock
from tests.store.samples import DRAFT
from tests.truth_people import Document, Person, people_of
from ucsync.model import Figures, QuotaUse, Receipt, ScanKind, Sheet, Tier
from ucsync.model.figures import MEASURES
from ucsync.sandbox.clock import ServerClock
from ucsync.sandbox.merchant import Merchant
from ucsync.sandbox.people import PARTS
from ucsync.sandbox.settings import SandboxSettings

COUNTRIES = 12
CELLS = 27_000
REGION_CUSTOMERS = 5
TOP = 20
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)

SEGMENTS = {
    "Champions": "order often, spend most, and have ordered lately",
    "Loyal": "order often; the last order is not long ago",
    "Potential loyalists": "have come back, and have ordered lately",
    "New": "have ordered once, lately",
    "Promising": "have ordered once, not long ago",
    "Need attention": "have come back; the last order was some time ago",
    "At risk": "have come back; the last order was long ago",
    "Cannot lose": "ordered often and spent most, long ago",
    "Hibernating": "have ordered once, long ago",
    "Lost": "have ordered once, longest ago",
    "No orders": "have not ordered yet",
}

CHECKS = {
    "no_email": "no e-mail address",
    "email_malformed": "an e-mail address that cannot be one",
    "email_twice": "the mailbox of another customer: the same but for case, +tags or the dots of Gmail",
    "no_address": "neither a billing nor a shipping address",
    "no_name": "an address without a name or a company",
    "country_missing": "an address without a country",
    "country_malformed": "a country that is no code of two letters",
    "postal_missing": "no postal code in a country where everybody has one",
    "postal_malformed": "a postal code that is none of its country",
    "phone_malformed": "a telephone number of less than 7 or more than 15 digits",
    "phone_twice": "the telephone number of another customer",
    "person_twice": "name, country and postal code of another customer",
    "signup_missing": "no instant of sign-up",
    "signup_unreadable": "an instant of sign-up that is none",
    "signup_implausible": "signed up before 1990, or later than the snapshot was taken",
    "orders_contradict": "number, total and dates of orders contradict one another",
    "order_future": "the last order is later than the snapshot was taken",
    "total_negative": "has spent less than nothing",
    "consent_contradicts": "agreed to marketing, and is not to be mailed",
}

#: Which customers a measure counts; those that are added up are told apart in `measures_of`.
COUNTED: Mapping[str, Callable[[Person, datetime], object]] = {
    "customers": lambda person, now: True,
    "buyers": lambda person, now: person.orders >= 1,
    "repeat_buyers": lambda person, now: person.orders >= 2,
    "orders_1": lambda person, now: person.orders == 1,
    "orders_2": lambda person, now: person.orders == 2,
    "orders_3_4": lambda person, now: person.orders in (3, 4),
    "orders_5_9": lambda person, now: person.orders in range(5, 10),
    "orders_10": lambda person, now: person.orders >= 10,
    "spent_0_50": lambda person, now: person.orders and person.total < 50,
    "spent_50_100": lambda person, now: person.orders and 50 <= person.total < 100,
    "spent_100_250": lambda person, now: person.orders and 100 <= person.total < 250,
    "spent_250_500": lambda person, now: person.orders and 250 <= person.total < 500,
    "spent_500_1000": lambda person, now: person.orders and 500 <= person.total < 1000,
    "spent_1000": lambda person, now: person.orders and person.total >= 1000,
    "active_90": lambda person, now: person.orders and is_newer(person.last, now, 90),
    "active_365": lambda person, now: person.orders and is_newer(person.last, now, 365),
    "opted_in": lambda person, now: person.marketing is True,
    "opted_out": lambda person, now: person.marketing is False,
    "no_mail": lambda person, now: person.no_mail,
    "loyalty_members": lambda person, now: person.member,
}
ADDED: Mapping[str, Callable[[Person], int]] = {
    "orders": lambda person: person.orders,
    "revenue_e4": lambda person: e4(person.total),
    "points": lambda person: person.points,
}


def e4(amount: Decimal) -> int:
    """Ten-thousandths."""
    return int(amount.scaleb(4, Context(prec=60)))


def is_newer(instant: datetime | None, now: datetime, days: int) -> bool:
    return instant is not None and instant >= now - timedelta(days=days)


def measures_of(people: Sequence[Person], now: datetime) -> list[int]:
    """In the order of `MEASURES`."""
    return [
        sum(map(ADDED[name], people))
        if name in ADDED
        else sum(1 for person in people if COUNTED[name](person, now))
        for name in MEASURES
    ]


def sheet(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Sheet:
    """Of rows."""
    listed = list(rows)
    return Sheet(tuple(columns), tuple(tuple(row[place] for row in listed) for place in range(len(columns))))


def cube_of(people: Sequence[Person], shown: Sequence[str], now: datetime) -> Sheet:
    """By segment, then country, then month."""
    cells: dict[tuple[int, int, str], list[Person]] = defaultdict(list)
    segments, countries = list(SEGMENTS), [*shown, "*", ""]
    for person in people:
        country = countries.index(folded(person.country, shown))
        cells[segments.index(person.segment), country, person.month].append(person)
    rows = [
        (month, countries[country], segments[segment], *measures_of(cells[segment, country, month], now))
        for segment, country, month in sorted(cells)
    ]
    return sheet(("month", "country", "segment", *MEASURES), rows)


def folded(country: str, shown: Sequence[str]) -> str:
    return country if country in (*shown, "") else "*"


def shown_countries(people: Sequence[Person]) -> list[str]:
    """Those with most customers; fewer where there are many months."""
    seen = Counter(person.country for person in people if person.country)
    months = len({person.month for person in people}) or 1
    shown = min(COUNTRIES, max(1, CELLS // (len(SEGMENTS) * months) - 2))
    return sorted(seen, key=lambda country: (-seen[country], country))[:shown]


def regions_of(people: Sequence[Person], shown: Sequence[str], now: datetime) -> Sheet:
    """Those of few customers are nowhere in particular."""
    sizes = Counter((person.country, person.region) for person in people)
    cells: dict[tuple[str, str | None], list[Person]] = defaultdict(list)
    for person in people:
        named = person.country in shown and sizes[person.country, person.region] >= REGION_CUSTOMERS
        none = not person.country and sizes["", person.region] >= REGION_CUSTOMERS
        region = person.region if named or none else None
        cells[folded(person.country, shown), region].append(person)
    places = [MEASURES.index(name) for name in ("customers", "buyers", "revenue_e4")]
    rows: list[Any] = [
        (*cell, *(measures_of(held, now)[place] for place in places)) for cell, held in cells.items()
    ]
    rows.sort(key=lambda row: (-row[2], row[0], row[1] is None, row[1] or ""))
    return sheet(("country", "region", "customers", "buyers", "revenue_e4"), rows)


def tiers_of(people: Iterable[Person]) -> Sheet:
    """Of the members."""
    points: dict[str | None, list[int]] = defaultdict(list)
    for person in people:
        if person.member:
            points[person.tier].append(person.points)
    rows = [(tier, len(held), sum(held)) for tier, held in points.items()]
    rows.sort(key=lambda row: (-row[1], row[0] is None, row[0] or ""))
    return sheet(("tier", "customers", "points"), rows)


def changes_of(receipts: Iterable[Receipt], merged: Mapping[str, int]) -> Sheet:
    """By day, of all snapshots but the first."""
    days: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for told in receipts:
        away = merged.get(told.snapshot, 0)
        counts = (told.inserted, told.updated, told.deleted - away, away)
        if told.parent is not None and any(counts):
            day = days[told.finished_at.astimezone(UTC).strftime("%Y-%m-%d")]
            day[:] = [sum(pair) for pair in zip(day, counts, strict=True)]
    rows = [(day, *days[day]) for day in sorted(days)]
    return sheet(("day", "inserted", "updated", "deleted", "merged"), rows)


def syncs_of(receipts: Iterable[Receipt]) -> Sheet:
    """A row a snapshot."""
    names = (
        "snapshot", "at", "kind", "proof", "rows", "requests", "requests_floor", "seconds", "quarantined",
    )  # fmt: skip
    rows = [
        (
            told.snapshot,
            told.finished_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            told.kind.value,
            told.proof.value,
            told.rows,
            told.requests,
            told.requests_floor,
            max(int((told.finished_at - told.started_at) // timedelta(seconds=1)), 0),
            told.quarantined,
        )
        for told in receipts
    ]
    return sheet(names, rows)


def top_of(people: Iterable[Person], tier: Tier) -> Sheet:
    """Who has spent most."""
    most = sorted((each for each in people if each.orders), key=lambda person: (-person.total, person.oid))
    names = ["customer_profile_oid", "country", "segment", "orders", "revenue_e4", "last_order"]
    rows: list[list[str | int | None]] = []
    for each in most[:TOP]:
        last = each.last.date().isoformat() if each.last else None
        rows.append([each.oid, each.country, each.segment, each.orders, e4(each.total), last])
        if tier.shows_people:
            rows[-1] += [each.name, each.email]
    return sheet([*names, "name", "email"] if tier.shows_people else names, rows)


def figures_of(
    documents: Iterable[Document],
    receipts: Sequence[Receipt],
    *,
    built_at: datetime | None = None,
    tier: Tier = Tier.STANDARD,
    stale_after_h: float = 26,
    merged: Mapping[str, int] | None = None,
    quota: tuple[QuotaUse, ...] | None = None,
    parts: Collection[str] = PARTS,
) -> Figures:
    """What has to be shown.

    Args:
        documents: every customer with every part, in wire form: `Shop.truth()`.
        receipts: of all snapshots, oldest first; the last one is of these customers.
        built_at: of the warehouse; without it when the snapshot was taken.
        tier: of the warehouse.
        stale_after_h: as configured.
        merged: by snapshot, how many of its deleted customers a push had merged into others.
        quota: as looked at.
        parts: those that the lake has: the expansions of its settings.
    """
    told = receipts[-1]
    missing = {name for name in PARTS if name not in parts}
    kept = [{name: document[name] for name in document.keys() - missing} for document in documents]
    people = people_of(kept, told.finished_at)
    shown = shown_countries(people)
    wrong = Counter(check for person in people for check in person.wrong)
    return Figures(
        merchant=told.merchant,
        tier=tier,
        snapshot=told.snapshot,
        taken_at=told.finished_at,
        watermark=told.watermark,
        proof=told.proof.value,
        reasons=told.reasons,
        built_at=built_at or told.finished_at,
        stale_after_h=stale_after_h,
        customers=len(people),
        cube=cube_of(people, shown, told.finished_at),
        segments=sheet(("segment", "meaning"), SEGMENTS.items()),
        regions=regions_of(people, shown, told.finished_at),
        tiers=tiers_of(people),
        changes=changes_of(receipts, merged or {}),
        syncs=syncs_of(receipts),
        quality=sheet(
            ("check", "meaning", "customers"),
            [(check, meaning, wrong[check]) for check, meaning in CHECKS.items()],
        ),
        top=top_of(people, tier),
        quota=quota,
    )


def sample_figures(customers: int = 400, seed: int = 1, tier: Tier = Tier.STANDARD) -> Figures:
    """Of an invented merchant, with a month of nights behind it; 0 and 1 customers are fine, too."""
    settings = SandboxSettings(customers=max(customers, 1), seed=seed)
    merchant = Merchant(settings, ServerClock(StandingClock()))
    documents = [merchant.truth(oid) or {} for oid in merchant.oids()][:customers]
    used = ((1000, 3600, 40), (10_000, 86_400, 815))
    quota = tuple(QuotaUse(requests=most, seconds=span, used=spent) for most, span, spent in used)
    return figures_of(documents, nights(customers), tier=tier, quota=quota)


def nights(customers: int, count: int = 30) -> list[Receipt]:
    """Receipts of a month, the last at noon."""
    return [
        replace(
            DRAFT,
            snapshot=f"{(NOON - timedelta(days=count - night - 1)).strftime('%Y%m%dT%H%M%SZ')}-{night:08x}",
            parent=None if night == 0 else "before",
            kind=ScanKind.INCREMENTAL if night % 7 else ScanKind.FULL,
            finished_at=NOON - timedelta(days=count - night - 1),
            started_at=NOON - timedelta(days=count - night - 1, seconds=90 + night % 5 * 40),
            watermark=NOON - timedelta(days=count - night - 1, seconds=390),
            rows=customers,
            inserted=customers if night == 0 else customers * (3 + night % 4) // 400,
            updated=0 if night == 0 else customers * (20 + night * 7 % 13) // 400,
            deleted=0 if night % 7 else min(customers, night) // 4,
            quarantined=1 if night == 11 else 0,
            requests=6 + night % 3 + (0 if night % 7 else 40),
            requests_floor=5 + (0 if night % 7 else 36),
        )
        for night in range(count)
    ]
