"""What a column of a change set can be about: a field of a customer, a list, or a sum of money.

| written | is |
| --- | --- |
| `tax_id` | a field of the customer |
| `tax_codes.taxjar_customer_id` | a field of a part that is one object |
| `billing[default].city`, `shipping[default].city` | a field of the default address; there may be none yet |
| `billing[customer_billing_oid=@Column].city` | of the address whose own oid is in another column |
| `billing[title="Warehouse"].city` | of the address whose field says so |
| `cc_emails[label="Accounts"].email` | the same of a cc e-mail |
| `properties.NAME`, `properties["any name"]` | the value of a property |
| `tags`, `pricing_tiers`, `cc_emails`, `email_lists` | names: set, added or removed |
| `store_credit`, `cashback` | an amount that is given |
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import Final

from ucsync.ultracart.check import scalar_problem
from ucsync.ultracart.fields import Field, Kind, Model
from ucsync.ultracart.models import MODELS


class PickBy(Enum):
    """How a child row is found."""

    DEFAULT = "default"
    OID = "own oid, from a column"
    FIELD = "a field that equals a value"


@dataclass(frozen=True, slots=True)
class Pick:
    """Which child row is meant.

    Attributes:
        by: how it is found.
        field: whose value tells: `default_billing`, `customer_billing_oid`, `title`.
        value: of FIELD: what it has to equal.
        column: of OID: where the oid stands.
    """

    by: PickBy
    field: str
    value: str | None = None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What a column is about.

    Attributes:
        text: as written.
        part: the customer's field of that name (`tax_id`, `billing`, `tags`), or `email_lists`,
            `store_credit`, `cashback`.
        pick: of a row in a list of addresses or cc e-mails, else None.
        key: name of a property, else None.
        field: within an object or a row; None for base fields, lists by name, properties and sums.
        leaf: what a cell has to fit: the field itself; of a list the field that names its elements.
    """

    text: str
    part: str
    pick: Pick | None
    key: str | None
    field: str | None
    leaf: Field

    @property
    def is_list(self) -> bool:
        """Whether a cell holds names, to be set, added or removed."""
        return self.part in LISTS and self.field is None

    @property
    def is_sum(self) -> bool:
        """Whether a cell is an amount that is given: twice is twice as much."""
        return self.part in SUMS

    @property
    def insert_only(self) -> bool:
        """Whether it can be given to a new customer only."""
        return self.part in _INSERT_ONLY


CUSTOMER: Final = MODELS["Customer"]
SUMS: Final = ("store_credit", "cashback")
LISTS: Final = ("tags", "pricing_tiers", "cc_emails", "email_lists")

#: Whose rows have an oid of their own, by which, and the flag of the default one.
_OWN_OID: Final = {
    "billing": "customer_billing_oid",
    "shipping": "customer_shipping_oid",
    "cc_emails": "customer_profile_email_oid",
}
_DEFAULT_FLAG: Final = {"billing": "default_billing", "shipping": "default_shipping"}
#: By which field the elements of a list are named.
_NAMED_BY: Final = {"tags": "tag_value", "pricing_tiers": "name", "cc_emails": "email"}
#: What the server makes itself, or keeps books on; a push never writes them.
_NEVER: Final = (
    "activity", "attachments", "cards", "loyalty", "orders", "orders_summary", "quotes", "quotes_summary",
    "software_entitlements",
)  # fmt: skip
#: The first is answered by no operation, the second is heard at creation only (fact sheet §3).
_INSERT_ONLY: Final = ("password", "send_signup_notification")

_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_TARGET = re.compile(rf'(\w+)(?:\[((?:[^"\[\]]|{_QUOTED})*)\])?(?:\.(.+))?', re.ASCII | re.DOTALL)
_PICK = re.compile(rf"\s*(\w+)\s*=\s*(@?)\s*({_QUOTED}|.*?)\s*", re.ASCII | re.DOTALL)


def parse_target(text: str) -> Target:
    """What `text` names; the table above says how.

    Raises:
        ValueError: nothing that a push can write; in one line why, and what may have been meant.
    """
    shape = _TARGET.fullmatch(text)
    if shape is None:
        raise ValueError(f"not written as a target is{_near(text)}")
    part, pick, field = shape.groups()
    if part in SUMS or part == "email_lists":
        _none_of(part, pick, field)
        kind = Kind.NUMBER if part in SUMS else Kind.TEXT
        return Target(text, part, None, None, None, Field(part, kind))
    known = _written_part(text, part)
    if known.model is None:
        _none_of(part, pick, field)
        return Target(text, part, None, None, None, known)
    if part == "properties":
        return _property(text, known.model, pick, field)
    if known.kind is Kind.OBJECT:
        return _of_an_object(text, known, pick, field)
    if part in _NAMED_BY and pick is None and field is None:
        return Target(text, part, None, None, None, known.model.fields[_NAMED_BY[part]])
    return _of_a_row(text, known, pick, field)


def default_row(part: str) -> str | None:
    """`billing[default]` for `billing`; None for what has no default row."""
    return f"{part}[default]" if part in _DEFAULT_FLAG else None


def writable_fields(part: Field) -> tuple[str, ...]:
    """The names of a part's fields that a push can write, in the model's order."""
    fields = part.model.fields if part.model else {}
    return tuple(name for name, field in fields.items() if not field.read_only)


def _none_of(part: str, pick: str | None, field: str | None) -> None:
    if pick is not None or field is not None:
        raise ValueError(f"{part} has neither rows nor fields; write {part} alone")


def _written_part(text: str, part: str) -> Field:
    if part in _NEVER:
        raise ValueError(f"{part} is never written by a push")
    known = CUSTOMER.fields.get(part)
    if known is None:
        raise ValueError(f"no such target{_near(text)}")
    if known.read_only:
        raise ValueError(f"{part} is only read; the server ignores it when it is sent")
    return known


def _property(text: str, model: Model, pick: str | None, field: str | None) -> Target:
    if pick is not None and field is None and re.fullmatch(_QUOTED, pick.strip(), re.DOTALL):
        name = _unquoted(pick.strip())
    elif pick is None and field is not None and not re.search(r'[.\[\]"]', field):
        name = field
    else:
        raise ValueError('name one property: properties.NAME, or properties["NAME"] for a name with dots')
    if problem := _name_problem(model.fields["name"], name):
        raise ValueError(f"the property's name is {problem}")
    return Target(text, "properties", None, name, None, model.fields["value"])


def _of_an_object(text: str, part: Field, pick: str | None, field: str | None) -> Target:
    if pick is not None:
        raise ValueError(f"{part.name} is one object and has no rows; write {part.name}.{field or 'FIELD'}")
    return Target(text, part.name, None, None, field, _leaf(part, field))


def _of_a_row(text: str, part: Field, pick: str | None, field: str | None) -> Target:
    if part.name not in _OWN_OID:
        raise ValueError(f"{part.name} is a list of names; write {part.name} alone")
    if pick is None:
        row = default_row(part.name) or f'{part.name}[label="Accounts"]'
        example = _leaf(part, field or writable_fields(part)[0]).name
        raise ValueError(f"{part.name} has rows: say which, e.g. {row}.{example}")
    row_pick = _read_pick(part, pick)
    leaf = _leaf(part, field)
    if field == row_pick.field:
        raise ValueError(f"the row is found by its {field}, which therefore cannot be changed")
    return Target(text, part.name, row_pick, None, field, leaf)


def _leaf(part: Field, name: str | None) -> Field:
    """A field of a part that can be written."""
    fields = part.model.fields if part.model else {}
    known = writable_fields(part)
    if name is None:
        raise ValueError(f"name a field of {part.name}: {', '.join(known)}")
    if name not in fields:
        near = get_close_matches(name, known, n=1)
        more = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise ValueError(f"{part.name} has no such field; {more}")
    if fields[name].read_only:
        raise ValueError(f"{name} of {part.name} is only read; the server ignores it when it is sent")
    return fields[name]


def _read_pick(part: Field, pick: str) -> Pick:
    own, flag = _OWN_OID[part.name], _DEFAULT_FLAG.get(part.name)
    if pick.strip() == "default" and flag:
        return Pick(PickBy.DEFAULT, flag)
    shape = _PICK.fullmatch(pick)
    if shape is None:
        label = "title" if flag else "label"
        ways = [
            f"{part.name}[{way}]"
            for way in (f"{own}=@Column", f'{label}="…"', *(["default"] if flag else []))
        ]
        raise ValueError(f"say which row: {', '.join(ways)}")
    field, from_column, value = shape.groups()
    if value.startswith('"'):
        value = _unquoted(value)
    elif not from_column:
        raise ValueError(f'put the value in quotes: {part.name}[{field}="…"]')
    if not from_column:
        return Pick(PickBy.FIELD, field, value=_checked_value(part, field, value))
    if field != own or not value:
        raise ValueError(f"only a row's own oid is taken from a column: {part.name}[{own}=@Column]")
    return Pick(PickBy.OID, own, column=value)


def _checked_value(part: Field, field: str, value: str) -> str:
    fields = part.model.fields if part.model else {}
    texts = [name for name in writable_fields(part) if fields[name].kind is Kind.TEXT]
    if field not in texts:
        raise ValueError(f"a row is found by its own oid or by one of {', '.join(texts)}")
    if problem := _name_problem(fields[field], value):
        raise ValueError(f"the value of {field} is {problem}")
    return value


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        raise ValueError("the text in quotes holds an escape that JSON does not know") from None


def _name_problem(leaf: Field, name: str) -> str | None:
    return scalar_problem(leaf, name) if name.strip() else "empty"


def _near(text: str) -> str:
    """What may have been meant, in words; a field that stands in a part is found without the part's name."""
    wanted = re.sub(r"\[.*\]", "", text)
    for field, targets in _by_field().items():
        if wanted == field:
            return f"; did you mean {' or '.join(targets[:2])}?"
    bare = {re.sub(r"\[.*\]", "", known): known for known in _known()}
    near = get_close_matches(wanted.lower().replace(" ", "_"), [*bare, *_by_field()], n=1)
    if not near:
        return "; pipelines/mappings/reference.toml shows what there is"
    return f"; did you mean {bare[near[0]] if near[0] in bare else _by_field()[near[0]][0]}?"


@cache
def _known() -> tuple[str, ...]:
    """Every target that needs no name of the merchant's own."""
    return tuple(_known_targets())


@cache
def _by_field() -> dict[str, list[str]]:
    """The same, those within a part by the names of their fields."""
    found: dict[str, list[str]] = {}
    for target in _known():
        if "." in target:
            found.setdefault(target.rpartition(".")[2], []).append(target)
    return found


def _known_targets() -> Iterator[str]:
    for part, field in CUSTOMER.fields.items():
        if field.read_only or part in _NEVER:
            continue
        if field.model is None or part in _NAMED_BY:
            yield part
        elif part == "properties":
            yield "properties.NAME"
        else:
            row = default_row(part) or part
            flag = _DEFAULT_FLAG.get(part)
            yield from (f"{row}.{name}" for name in writable_fields(field) if name != flag)
    yield from ("email_lists", *SUMS)
