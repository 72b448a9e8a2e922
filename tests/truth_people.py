"""What counts of a customer as the sandbox knows them, in plain Python: `tests.truth` adds it up.

No SQL, no lake, and nothing of the warehouse: the same rules, written down a second time.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

Document = Mapping[str, Any]

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)", re.ASCII)
_WIDE = Context(prec=80)


def each_sign(change: Callable[[str], str], text: str) -> str:
    """Upper or lower case sign by sign, so that no sign becomes two and none depends on its neighbours."""
    return "".join(changed if len(changed := change(sign)) == 1 else sign for sign in text)


def lower(text: str) -> str:
    return each_sign(str.lower, text.replace("İ", "i"))


def upper(text: str) -> str:
    return each_sign(str.upper, text)


def read_instant(text: object) -> datetime | None:
    """An instant with an offset, in UTC; None for what is none."""
    if not isinstance(text, str) or _INSTANT.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def exact(value: object) -> Decimal:
    """An amount of money to four digits after the point."""
    return Decimal(str(value)).quantize(Decimal("0.0001"), ROUND_HALF_UP, _WIDE)


def text_of(row: Mapping[str, Any], name: str) -> str:
    return str(row.get(name) or "").strip(" ")


@dataclass(slots=True)
class Person:
    """What counts of one customer."""

    oid: int
    month: str
    country: str
    region: str | None
    orders: int
    total: Decimal
    last: datetime | None
    marketing: bool | None
    no_mail: bool
    member: bool
    tier: str | None
    points: int
    name: str | None
    email: str | None
    keys: tuple[str | None, ...]
    wrong: set[str]
    segment: str = ""


def address_of(document: Document) -> Mapping[str, Any] | None:
    """The default billing address, else the first; without any the same of shipping."""
    for part in ("billing", "shipping"):
        rows = document.get(part) or []
        marked = [row for row in rows if row.get(f"default_{part}")]
        if rows:
            return (marked or rows)[0]  # type: ignore[no-any-return]  # JSON
    return None


POSTAL = {
    "US": r"[0-9]{5}(-?[0-9]{4})?",
    "CA": r"[A-Z][0-9][A-Z]-?[0-9][A-Z][0-9]",
    "GB": r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}",
    "NL": r"[0-9]{4}[A-Z]{2}",
    "JP": r"[0-9]{3}-?[0-9]{4}",
    **dict.fromkeys(("DE", "FR", "ES", "IT"), r"[0-9]{5}"),
    **dict.fromkeys(("AU", "NZ", "AT", "CH"), r"[0-9]{4}"),
}


def person_of(document: Document, taken_at: datetime) -> Person:
    """One customer, with all that looks wrong but what takes the others to see."""
    row = address_of(document)
    wrong: set[str] = set()
    summary, loyalty = document.get("orders_summary") or {}, document.get("loyalty") or {}
    signed = _signup(document.get("signup_dts"), taken_at, wrong)
    country, region, keys = _address(row, wrong)
    count, total = summary.get("order_count") or 0, exact(summary.get("total") or 0)
    first, last = (read_instant(summary.get(f"{end}_order_dts")) for end in ("first", "last"))
    if _contradict(count, total, first, last):
        wrong.add("orders_contradict")
    if last is not None and last > taken_at + DAY:
        wrong.add("order_future")
    if total < 0:
        wrong.add("total_negative")
    marketing = (document.get("privacy") or {}).get("marketing")
    activity = document.get("activity") or {}
    no_mail = bool(document.get("do_not_send_mail")) or bool(activity.get("global_unsubscribed"))
    if marketing and no_mail:
        wrong.add("consent_contradicts")
    tier = text_of(loyalty, "loyalty_tier_name")
    told = [loyalty.get(name) for name in ("current_points", "pending_points", "loyalty_tier_name")]
    named = " ".join(filter(None, (text_of(row or {}, "first_name"), text_of(row or {}, "last_name"))))
    return Person(
        oid=document["customer_profile_oid"],
        month=signed.strftime("%Y-%m") if signed else "",
        country=country,
        region=region,
        orders=max(count, 0),
        total=total,
        last=last,
        marketing=marketing,
        no_mail=no_mail,
        member=any(value is not None for value in told),
        tier=tier if tier and "@" not in tier else None,
        points=loyalty.get("current_points") or 0,
        name=named or text_of(row or {}, "company") or None,
        email=document.get("email") or None,
        keys=(mailbox_of(text_of(document, "email"), wrong), *keys),
        wrong=wrong,
    )


def _signup(text: object, taken_at: datetime, wrong: set[str]) -> datetime | None:
    instant = read_instant(text)
    if instant is None:
        wrong.add("signup_unreadable" if text else "signup_missing")
    elif not EARLIEST <= instant <= taken_at + DAY:
        wrong.add("signup_implausible")
        return None
    return instant


def _address(row: Mapping[str, Any] | None, wrong: set[str]) -> tuple[str, str | None, list[str | None]]:
    """Country, region, and what tells telephones and people apart."""
    if row is None:
        wrong.add("no_address")
        return "", None, [None, None]
    told, region = upper(text_of(row, "country_code")), upper(text_of(row, "state_region"))
    country = told if re.fullmatch("[A-Z]{2}", told) else ""
    if not told:
        wrong.add("country_missing")
    elif not country:
        wrong.add("country_malformed")
    postal = upper((row.get("postal_code") or "").replace(" ", ""))
    if country in POSTAL and not postal:
        wrong.add("postal_missing")
    elif country in POSTAL and not re.fullmatch(POSTAL[country], postal):
        wrong.add("postal_malformed")
    phone = text_of(row, "day_phone_e164") or text_of(row, "day_phone")
    digits = re.sub("[^0-9]", "", phone)
    fits = 7 <= len(digits) <= 15
    if phone and not fits:
        wrong.add("phone_malformed")
    first, last = lower(text_of(row, "first_name")), lower(text_of(row, "last_name"))
    if not (first or last or text_of(row, "company")):
        wrong.add("no_name")
    person = "\n".join((first, last, country, postal)) if first and last and postal else None
    is_code = re.fullmatch("[A-Z]{2}", region) or region in ("ACT", "NSW", "QLD", "TAS", "VIC")
    return country, region if is_code else None, [digits if fits else None, person]


def _contradict(count: int, total: Decimal, first: datetime | None, last: datetime | None) -> bool:
    if count > 0:
        return first is None or last is None or first > last
    return count < 0 or total != 0 or first is not None or last is not None


def mailbox_of(email: str, wrong: set[str]) -> str | None:
    """What is the same for all spellings of an address that reach one mailbox."""
    if not email:
        wrong.add("no_email")
        return None
    local, _, domain = lower(email).rpartition("@")
    labels = domain.split(".")
    if not local or "@" in local or len(labels) < 2 or not all(labels) or re.search(r"[ \t-\r]", email):
        wrong.add("email_malformed")
        return None
    plain = local.split("+")[0]
    if domain in ("gmail.com", "googlemail.com"):
        return plain.replace(".", "") + "@gmail.com"
    return f"{plain or lower(email)}@{domain}"


def people_of(documents: Iterable[Document], taken_at: datetime) -> list[Person]:
    """All of them, with what only shows beside the others."""
    people = [person_of(document, taken_at) for document in documents]
    for place, check in enumerate(("email_twice", "phone_twice", "person_twice")):
        seen = Counter(person.keys[place] for person in people)
        for person in people:
            if person.keys[place] is not None and seen[person.keys[place]] > 1:
                person.wrong.add(check)
    buyers = [person for person in people if person.orders]
    dates = sorted(person.last for person in buyers if person.last)
    counts, totals = sorted(each.orders for each in buyers), sorted(each.total for each in buyers)
    newer = _over(dates)
    fewer, less = _under(counts), _under(totals)
    for person in people:
        size = len(buyers)
        if not person.orders:
            person.segment = "No orders"
            continue
        r = 5 - 5 * newer[person.last] // size if person.last else 1
        f, m = 1 + 5 * fewer[person.orders] // size, 1 + 5 * less[person.total] // size
        person.segment = segment_of(person.orders, r, f, m)
    return people


def _under(ascending: Sequence[Any]) -> dict[Any, int]:
    """How many are less than each."""
    found: dict[Any, int] = {}
    for place, value in enumerate(ascending):
        found.setdefault(value, place)
    return found


def _over(ascending: Sequence[Any]) -> dict[Any, int]:
    """How many are more than each."""
    return {value: len(ascending) - 1 - place for place, value in enumerate(ascending)}


def segment_of(orders: int, r: int, f: int, m: int) -> str:
    """Where a buyer belongs."""
    if orders == 1:
        return {5: "New", 4: "New", 3: "Promising", 2: "Hibernating", 1: "Lost"}[r]
    if r >= 4:
        often = "Champions" if m >= 4 else "Loyal"
        return often if f >= 4 else "Potential loyalists"
    if r == 3:
        return "Loyal" if f >= 4 else "Need attention"
    return "Cannot lose" if f >= 4 and m >= 4 else "At risk"
