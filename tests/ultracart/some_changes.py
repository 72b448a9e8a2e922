"""Customers in canonical form, and changes that can be made to them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.ultracart.strategies import TEXT, scalars
from ucsync.model.pushes import NEW_ROW, Change
from ucsync.sandbox.people.commerce import PRICING_TIERS
from ucsync.ultracart.changes import NEVER_CLEARED, PUSHED_PARTS, UNSEEN, held_at
from ucsync.ultracart.child_rows import CUSTOMER_PARTS, Part
from ucsync.ultracart.fields import Field, Kind
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.records import OWN_OIDS, Record, record_of

FIELDS = MODELS["Customer"].fields
BASE = [name for name, field in FIELDS.items() if field.model is None and not field.read_only]
SETTLED = [name for name in BASE if name not in (*NEVER_CLEARED, *UNSEEN)]
OBJECTS = [name for name in PUSHED_PARTS if not CUSTOMER_PARTS[name].rows]
ADDRESSES = ["billing", "shipping"]
KEYED = ["cc_emails", "pricing_tiers", "properties", "tags"]
_NAMES = st.sampled_from(["vip", "VIP", "news", "+", "77", "wholesale", "ø"])
_TIERS = [name for _, name in PRICING_TIERS]


def field_of(part: str, name: str) -> Field:
    model = FIELDS[part].model
    assert model is not None
    return model.fields[name]


def values(field: Field) -> st.SearchStrategy[Any]:
    """Canonical values of a scalar field, nothing among them never."""

    def canonical(value: Any) -> Any:
        document = {"properties": [{"expiration_dts": value}]}
        return record_of(document)["properties"][0]["expiration_dts"]

    found = scalars(field).filter(lambda value: value != "")
    return found.map(canonical) if field.kind is Kind.INSTANT else found


def names_in(part: str) -> st.SearchStrategy[str]:
    return st.sampled_from(_TIERS) if part == "pricing_tiers" else _NAMES


@st.composite
def rows(draw: st.DrawFn, part: Part, first_oid: int) -> list[Record]:
    """Rows as a server would answer them: with oids, and names that differ."""
    found: list[Record] = []
    names = draw(st.lists(names_in(part.name), max_size=3, unique=True))
    for number, name in enumerate(names):
        row = draw(fields(part))
        if part.key is not None:
            row[part.key] = name
        if part.own is not None:
            row[part.own] = first_oid + number
        if part.name in ADDRESSES:
            row |= {"title": name, "customer_profile_oid": 5, "last_used_dts": "2026-11-01T00:00:00+00:00"}
        found.append(row)
    return found


@st.composite
def fields(draw: st.DrawFn, part: Part) -> Record:
    """Some fields of an object or a row that can be written, but for the name of a row."""
    writable = sorted(part.writable - {part.key})
    chosen = draw(st.lists(st.sampled_from(writable), max_size=3, unique=True)) if writable else []
    return {name: draw(values(field_of(part.name, name))) for name in chosen}


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Customers as they are read, with every part that can be pushed and some that cannot."""
    base = draw(st.lists(st.sampled_from(SETTLED), max_size=4, unique=True))
    record: Record = {name: draw(values(FIELDS[name])) for name in base}
    record |= {
        "customer_profile_oid": 5,
        "email": "ann@example.com",
        "signup_dts": "2020-02-02T02:02:02-05:00",
    }
    record["cards"] = [{OWN_OIDS["CustomerCard"]: 9, "card_number": "XXXX1111"}]
    for place, name in enumerate((*OBJECTS, *ADDRESSES, *KEYED)):
        part = CUSTOMER_PARTS[name]
        held = draw(rows(part, 100 * (place + 1)) if part.rows else fields(part))
        if held:
            record[name] = held
    return record_of(record)


@dataclass(frozen=True)
class Case:
    """A customer, and changes to them that no two are about one place."""

    record: Record
    changes: list[Change]


def cases(given_records: st.SearchStrategy[Record], size: int = 5) -> st.SearchStrategy[Case]:
    """Customers with changes whose `before` is what they hold."""

    @st.composite
    def case(draw: st.DrawFn) -> Case:
        record = draw(given_records)
        found: dict[tuple[Any, ...], Change] = {}
        for _ in range(draw(st.integers(1, size))):
            change = draw(_KINDS[draw(st.sampled_from(sorted(_KINDS)))](record))
            if change is not None and not _clashes(change, found.values()):
                found[change.part, change.row, change.field] = change
        return Case(record, list(found.values()))

    return case()


def _clashes(change: Change, others: Any) -> bool:
    """Whether another change is about the same row as a whole, or this one about a row they change in."""
    return any(
        other.part == change.part
        and (other.row == change.row or change.part == "cc_emails")  # known by its oid and by its name
        and (None in (other.field, change.field) or (other.row, other.field) == (change.row, change.field))
        for other in others
    )


def _at(record: Record, part: str, row: Any, field: str | None, after: Any) -> Change:
    change = Change(part, row, field, None, after)
    return Change(part, row, field, held_at(record, change), after)


@st.composite
def _base(draw: st.DrawFn, record: Record) -> Change:
    name = draw(st.sampled_from(SETTLED))
    return _at(record, name, None, None, draw(st.none() | values(FIELDS[name])))


@st.composite
def _of_object(draw: st.DrawFn, record: Record) -> Change:
    part = CUSTOMER_PARTS[draw(st.sampled_from(OBJECTS))]
    name = draw(st.sampled_from(sorted(part.writable)))
    return _at(record, part.name, None, name, draw(st.none() | values(field_of(part.name, name))))


@st.composite
def _of_row(draw: st.DrawFn, record: Record) -> Change | None:
    part = CUSTOMER_PARTS[draw(st.sampled_from([*ADDRESSES, "properties", "cc_emails"]))]
    held = record.get(part.name)
    if not held:
        return None
    row = draw(st.sampled_from(held))
    name = draw(st.sampled_from(sorted(part.writable - {part.key, f"default_{part.name}"})))
    known = row[part.key or ""] if part.name == "properties" else row[part.own or ""]
    return _at(record, part.name, known, name, draw(st.none() | values(field_of(part.name, name))))


@st.composite
def _named(draw: st.DrawFn, record: Record) -> Change:
    part = CUSTOMER_PARTS[draw(st.sampled_from(KEYED))]
    there = [row[part.key or ""] for row in record.get(part.name, [])]
    name = draw(names_in(part.name) | st.sampled_from(there) if there else names_in(part.name))
    change = _at(record, part.name, name, None, None)
    after = draw(fields(part)) if change.before is None else None
    return Change(part.name, name, None, change.before, after)


@st.composite
def _new_address(draw: st.DrawFn, record: Record) -> Change:
    name = draw(st.sampled_from(ADDRESSES))
    title = draw(TEXT.filter(lambda text: text != "" and len(text.encode("utf-16-le")) <= 100))
    return Change(name, NEW_ROW, None, None, {"title": f"new {title}", "city": "Bern"})


@st.composite
def _gone_address(draw: st.DrawFn, record: Record) -> Change | None:
    part = CUSTOMER_PARTS[draw(st.sampled_from(ADDRESSES))]
    held = record.get(part.name)
    if not held:
        return None
    row = draw(st.sampled_from(held))
    return Change(part.name, row[part.own or ""], None, part.fields(row), None)


_KINDS: dict[str, Callable[[Record], st.SearchStrategy[Change | None]]] = {
    "base": _base, "object": _of_object, "row": _of_row, "named": _named, "new": _new_address,
    "gone": _gone_address,
}  # fmt: skip
