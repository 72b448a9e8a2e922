"""One card a customer: what changes, before and after."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from ucsync.dashboard.lines import HELD_BACK, PLANNED, REJECTED, Line
from ucsync.dashboard.markup import Markup, element, joined
from ucsync.model.pushes import Rejected, StepState

#: States as people read them; a plan's first, then those of its push.
STATE_WORDS: Final[Mapping[str, str]] = {
    PLANNED: "to be sent",
    HELD_BACK: "held back",
    REJECTED: "rejected",
    StepState.WAITING.value: "waiting",
    StepState.SENT.value: "outcome not known",
    StepState.LANDED.value: "landed",
    StepState.ALREADY.value: "was so already",
    StepState.REFUSED.value: "refused",
    StepState.CONFLICT.value: "conflict",
    StepState.DIVERGED.value: "diverged",
    StepState.DROPPED.value: "dropped",
}

#: Actions as people read them.
ACTION_WORDS: Final[Mapping[str, str]] = {
    "update": "update",
    "insert": "new customer",
    "merge": "merge",
    "delete": "delete",
    "store_credit": "store credit",
    "cashback": "cashback",
    "email_lists": "e-mail lists",
}

# Two texts are marked where they differ if so much of the longer one is common to both.
_ALIKE: Final = 0.4
_NAMES_MAX: Final = 12
_PLAIN: Final = ("merge", "delete")


def card(lines: Sequence[Line]) -> Markup:
    """The card of one customer.

    Args:
        lines: of this customer, at least one.
    """
    first = lines[0]
    email = next((line.customer for line in lines if line.customer), None)
    rows = sorted({row for line in lines for row in line.rows})
    oid = "new" if first.oid is None else f"No. {first.oid}"
    worth = next((line.worth for line in lines if line.worth is not None), None)
    facts = [oid, *([f"worth {worth:,f}"] if worth is not None else []), *_rows_named(rows)]
    head = element(
        "h3",
        element("bdi", email or (f"Customer {first.oid}" if first.oid is not None else "New customer")),
        element("span", " · ".join(facts), class_="facts"),
    )
    titles = element("tr", *(element("th", title, scope="col") for title in ("Field", "Before", "After", "")))
    table = element(
        "table", element("thead", titles, class_="quiet"), element("tbody", *(_row(line) for line in lines))
    )
    return element("article", head, table)


def rejected_row(row: Rejected) -> Markup:
    """A row of the table of rejected rows."""
    return element(
        "tr",
        element("td", f"{row.row:,}", class_="number"),
        element("td", element("bdi", row.key)),
        element("td", row.column or "the whole row", class_=None if row.column else "nothing"),
        element("td", row.problem),
        data_state=REJECTED,
    )


def _rows_named(rows: Sequence[int]) -> list[str]:
    if not rows:
        return []
    more = f" and {len(rows) - _NAMES_MAX} more" if len(rows) > _NAMES_MAX else ""
    return [("row " if len(rows) == 1 else "rows ") + ", ".join(map(str, rows[:_NAMES_MAX])) + more]


def _row(line: Line) -> Markup:
    before, after = _told(line) if line.action in _PLAIN else _pair(line.before, line.after)
    action = None if line.action == "update" else ACTION_WORDS.get(line.action, line.action)
    state = element("span", STATE_WORDS.get(line.state, line.state), class_=f"state {line.state}")
    reason = element("span", line.reason, class_="reason") if line.reason else None
    deed = element("span", action, class_=f"deed {line.action}") if action else None
    return element(
        "tr",
        element("th", element("bdi", line.label), deed, scope="row", title=line.path),
        element("td", before, class_="before"),
        element("td", after, class_="after cleared" if line.cleared else "after"),
        element("td", state, reason, class_="where"),
        data_action=line.action,
        data_field=line.field,
        data_state=line.state,
    )


def _told(line: Line) -> tuple[Markup, Markup]:
    """Both sides of a deed in words, which are nothing that is written."""
    return element("bdi", _plain(line.before)), element("strong", _plain(line.after))


def _pair(before: Any, after: Any) -> tuple[Markup, Markup]:
    """Both sides of a change; two texts that are alike are marked where they differ."""
    if isinstance(before, str) and isinstance(after, str):
        head = _in_common(before, after)
        tail = _in_common(before[head:][::-1], after[head:][::-1])
        if head + tail >= _ALIKE * max(len(before), len(after)):
            return _marked(before, head, tail, "del"), _marked(after, head, tail, "ins")
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        return _value(before, "del", "not there"), _value(after, "ins", "taken away")
    return _value(before, "del", "empty"), _value(after, "ins", "becomes empty")


def _in_common(one: str, other: str) -> int:
    """Length of the start that both have."""
    unlike = (place for place, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
    return next(unlike, min(len(one), len(other)))


def _marked(text: str, head: int, tail: int, name: str) -> Markup:
    end = len(text) - tail
    middle = element(name, text[head:end]) if head < end else None
    return element("bdi", text[:head], middle, text[end:])


def _value(value: Any, name: str, nothing: str) -> Markup:
    if value is None:
        return element("span", nothing, class_="nothing")
    if value == {}:
        return element(name, "there")
    if isinstance(value, Mapping):
        named = (joined(element("dt", _spaced(key)), element("dd", element("bdi", _plain(held))))
                 for key, held in value.items() if held is not None)  # fmt: skip
        return element("dl", *named)
    return element("bdi", element(name, _plain(value)))


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return str(value)


def _spaced(name: str) -> str:
    return name.replace("_", " ")
