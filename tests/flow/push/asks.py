"""What a CRM asks for in a change set, and the effect that a plain model expects of it."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.flow.push.witness import OWN_OIDS, Effect, Leaves, rows_of

CLEAR: Final = "(none)"

#: How the columns below are read.
MAPPING: Final = f"""
[match]
by = "customer_profile_oid"
column = "Id"

[cells]
clear = "{CLEAR}"

[actions]
delete = true
column = "Do"

[columns]
"Terms" = "terms"
"Notes" = "business_notes"
"City" = "billing[default].city"
"Street" = "shipping[default].address1"
"Tag" = {{ to = "tags", mode = "add" }}
"Untag" = {{ to = "tags", mode = "remove" }}
"Segment" = "properties.segment"
"TaxJar" = "tax_codes.taxjar_customer_id"
"Credit" = "store_credit"
"Cashback" = "cashback"
"Mail" = "email"
"List" = {{ to = "email_lists", mode = "add" }}
"""

#: The same for people who may be new.
PEOPLE: Final = f"""
[match]
by = "email"
column = "Email"

[cells]
clear = "{CLEAR}"

[actions]
insert = true

[columns]
"Terms" = "terms"
"Tag" = {{ to = "tags", mode = "add" }}
"City" = "billing[default].city"
"""

#: Who is to become one.
MERGES: Final = """
[match]
by = "customer_profile_oid"
column = "Keep"

[merge]
survivor = "Keep"
absorbed = "Drop"
"""

_PLAIN: Final[Mapping[str, str]] = {
    "Terms": "terms", "Notes": "business_notes", "TaxJar": "tax_codes.taxjar_customer_id", "Mail": "email",
}  # fmt: skip
_ADDRESSES: Final[Mapping[str, tuple[str, str]]] = {
    "City": ("billing", "city"), "Street": ("shipping", "address1"),
}  # fmt: skip
#: Columns that are about one customer's fields, in which any text may stand.
FIELDS: Final = ("Terms", "Notes", "TaxJar", *_ADDRESSES, "Tag", "Untag", "Segment")


@dataclass(frozen=True)
class Ask:
    """One row of a change set.

    Attributes:
        oid: of the customer, None for a new one.
        cells: by column.
        effect: what is to come of it.
    """

    oid: int | None
    cells: Mapping[str, str] = field(default_factory=dict)
    effect: Effect = field(default_factory=Effect)


def ask(oid: int, now: Leaves, **cells: str) -> Ask:
    """What these cells want of a customer who is as `now`."""
    after: Leaves = {}
    rows: list[tuple[str, Leaves]] = []
    for column, text in cells.items():
        value = None if text == CLEAR else text
        if column in _PLAIN:
            after[_PLAIN[column]] = value
        elif column in _ADDRESSES:
            part, name = _ADDRESSES[column]
            after[f"{part}[{default_row(now, part)}].{name}"] = value
        elif column in ("Tag", "Untag"):
            after[f'tags["{text}"]'] = True if column == "Tag" else None
        elif column == "Segment":
            _segment(now, value, after, rows)
    sums = ("loyalty.",) if "Cashback" in cells else ()
    before = {path: now[path] for path in after if path in now}
    gone = cells.get("Do") == "delete"
    effect = Effect(before=before, after=after, rows=tuple(rows), sums=sums, gone=gone)
    return Ask(oid, {"Id": str(oid), **cells}, effect)


def _segment(now: Leaves, value: Any, after: Leaves, rows: list[tuple[str, Leaves]]) -> None:
    for row in rows_of(now, "properties"):
        if row["name"] == "segment":
            after[f"properties[{row[OWN_OIDS['properties']]}].value"] = value
            return
    if value is not None:
        rows.append(("properties", {"name": "segment", "value": value}))


def default_row(now: Leaves, part: str) -> int:
    """The own oid of the default address; KeyError when the customer has none that is."""
    rows = rows_of(now, part)
    chosen = [row for row in rows if row.get(f"default_{part}")] or (rows if len(rows) == 1 else [])
    if not chosen:
        raise KeyError(part)
    oid: int = chosen[0][OWN_OIDS[part]]
    return oid


def can(now: Leaves, column: str) -> bool:
    """Whether a cell in that column names one field of this customer."""
    if column in _ADDRESSES:
        part = _ADDRESSES[column][0]
        rows = rows_of(now, part)
        return len(rows) == 1 or any(row.get(f"default_{part}") for row in rows)
    return column != "Untag" or bool(tags(now))


def tags(now: Leaves) -> list[str]:
    """A customer's."""
    return [path.removeprefix('tags["').removesuffix('"]') for path in now if path.startswith("tags[")]


def write_csv(path: Path, columns: Sequence[str], asks: Sequence[Ask]) -> Path:
    """The change set as a CRM exports it; cells that an ask has not are empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(one.cells for one in asks)
    return path
