"""How the values of an account read: names of fields, addresses, days, tables of them."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from ucsync.dashboard.markup import Markup, element, joined
from ucsync.model.accounts import Seen

#: Heading of a column, and whether figures stand in it.
Column = tuple[str, bool]

_HUMP: Final = re.compile(r"(?<=[a-z])(?=[A-Z0-9])")
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*", re.DOTALL)
_DEPTH_MAX: Final = 4


def value_of(seen: Seen, name: str) -> Any:
    """Of a field; None where what was answered is no object, or has no such field."""
    return seen.document.get(name) if isinstance(seen.document, dict) else None


def text_of(seen: Seen, name: str) -> str:
    """Of a field, whatever it holds; "" where it holds nothing."""
    return told(value_of(seen, name))


def told(value: Any, depth: int = 0) -> str:
    """A value as people read it."""
    if value is None or depth > _DEPTH_MAX:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value:f}" if abs(value.adjusted()) < 30 else f"{value}"
    if isinstance(value, list):
        return "; ".join(filter(None, (told(one, depth + 1) for one in value)))
    if isinstance(value, dict):
        pairs = ((label_of(name), told(one, depth + 1)) for name, one in value.items())
        return ", ".join(f"{name}: {text}" for name, text in pairs if text)
    return f"{value}".strip()


def label_of(name: str) -> str:
    """`dayPhone` as `day phone`."""
    return _HUMP.sub(" ", name).lower()


def day_of(seen: Seen, name: str) -> str:
    """An instant as the API writes it for people, else its day."""
    shown = text_of(seen, f"{name}Formatted")
    if shown:
        return shown
    iso = text_of(seen, name)
    return iso[:16].replace("T", " ") if _ISO_DAY.fullmatch(iso) else iso


def pairs_of(seen: Seen, names: Iterable[str]) -> Markup:
    """Fields with their values; empty ones are left out."""
    held = ((label_of(name).capitalize(), text_of(seen, name)) for name in names)
    found = [
        node
        for name, text in held
        if text
        for node in (element("dt", name), element("dd", element("bdi", text)))
    ]
    return element("dl", *found, class_="pairs") if found else element("p", "Nothing.", class_="nothing")


def place_of(seen: Seen, prefix: str = "") -> Markup:
    """An address as it stands on an envelope.

    Args:
        seen: that has its fields.
        prefix: of their names: `shipTo` of an order's.
    """

    def text(name: str) -> str:
        return text_of(seen, f"{prefix}{name[0].upper()}{name[1:]}" if prefix else name)

    lines = [
        " ".join(filter(None, (text("title"), text("firstName"), text("lastName")))),
        text("company"),
        text("address1"),
        text("address2"),
        " ".join(filter(None, (text("city"), text("state"), text("postalCode")))),
        text("country"),
        *(phone for phone in (text("dayPhone"), text("eveningPhone")) if phone),
    ]
    held = [element("div", element("bdi", line)) for line in lines if line]
    return joined(*held) if held else element("p", "Nothing.", class_="nothing")


def sheet_of(title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Markup:
    """A table; where there are no rows, a word that says so."""
    if not rows:
        return element("p", "None.", class_="nothing")
    kinds = ["number" if figures else None for _, figures in columns]
    heads = (
        element("th", name, scope="col", class_=kind) for (name, _), kind in zip(columns, kinds, strict=True)
    )
    body = (
        element(
            "tr",
            element("th", element("bdi", cells[0]), scope="row"),
            *(
                element("td", element("bdi", cell), class_=kind)
                for cell, kind in zip(cells[1:], kinds[1:], strict=True)
            ),
        )
        for cells in rows
    )
    table = element("table", element("thead", element("tr", *heads)), element("tbody", *body))
    return element("div", table, class_="sheet", role="region", aria_label=title, tabindex="0")
