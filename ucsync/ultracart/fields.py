"""How a model is declared, and the field table that is read from the declaration.

A model is a `TypedDict`, so that a customer stays what came over the wire: absent keys stay absent,
unknown keys stay in, and a type checker knows the rest. The marks in `Annotated` carry what a type
cannot say: lengths, direction, age.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints, is_typeddict


class Kind(Enum):
    """What a field may hold on the wire."""

    TEXT = "a string"
    INSTANT = "a string (ISO-8601 with offset)"
    INT32 = "an integer of 32 bits"
    INT64 = "an integer of 64 bits"
    NUMBER = "a number"
    FLAG = "true or false"
    OBJECT = "an object"
    ARRAY = "a list"
    OPAQUE = "an object of any shape"


@dataclass(frozen=True, slots=True)
class Max:
    """At most `length` UTF-16 units: the vendor declares the figure, not the unit (INFERRED)."""

    length: int


@dataclass(frozen=True, slots=True)
class Min:
    """At least `length` UTF-16 units, where there is a text at all."""

    length: int


@dataclass(frozen=True, slots=True)
class Between:
    """A number from `low` to `high`, both included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class OneOf:
    """Only these values."""

    values: tuple[str, ...]

    def __init__(self, *values: str) -> None:
        object.__setattr__(self, "values", values)


@dataclass(frozen=True, slots=True)
class Since:
    """The vendor's SDK version that first had the field."""

    sdk: str


class Direction(Enum):
    """Which way a field travels when not both ways."""

    READ_ONLY = "answered, ignored when sent"
    WRITE_ONLY = "sent, never answered"


class Mark(Enum):
    """What the MyAccount page's columns say of a field."""

    REQUIRED = "must be there"
    ASSIGNED = "Yes*: always answered by the server, never made up by a client"
    PORTAL_ONLY = "in the vendor's portal alone, not in its page"


class Edit(Enum):
    """The column Edit/Update of the MyAccount page."""

    YES = "can be changed"
    NO = "stays as the server has it"
    INSERT = "taken on insert alone"


class Form(Enum):
    """How the MyAccount API writes an instant or a day as text."""

    ISO = "ISO-8601"
    DAY_AND_TIME = "dd MMM yyyy HH:mm:ss"
    DAY = "DD-MMM-YYYY"


READ_ONLY: Final = Direction.READ_ONLY
WRITE_ONLY: Final = Direction.WRITE_ONLY

Text = Annotated[str | None, Kind.TEXT]
Instant = Annotated[str | None, Kind.INSTANT]
Int32 = Annotated[int | None, Kind.INT32]
Int64 = Annotated[int | None, Kind.INT64]
Number = Annotated[Decimal | int | None, Kind.NUMBER]
Flag = Annotated[bool | None, Kind.FLAG]
Order = Annotated[dict[str, Any], Kind.OPAQUE]
Anything = Annotated[dict[str, Any] | None, Kind.OPAQUE]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a model.

    `item` is the kind of each element of an ARRAY; `model` the shape of an OBJECT, or of an ARRAY's
    elements. `max_length` and `min_length` count UTF-16 units. What follows `since` only fields of the
    MyAccount API have.
    """

    name: str
    kind: Kind
    item: Kind | None = None
    model: "Model | None" = None
    max_length: int | None = None
    choices: tuple[str, ...] = ()
    read_only: bool = False
    write_only: bool = False
    since: str | None = None
    required: bool = False
    assigned: bool = False
    portal_only: bool = False
    edit: Edit | None = None
    form: Form | None = None
    min_length: int | None = None
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A named shape with its fields by name, in the order of their declaration."""

    name: str
    fields: Mapping[str, Field]


@cache
def read_model(declaration: type) -> Model:
    """The field table of a `TypedDict` declared in `ucsync.ultracart.models`.

    The vendor's `Error` and `Warning` are declared with the suffix `Detail`, because Python has
    names of its own for them.
    """
    hints = get_type_hints(declaration, include_extras=True)
    fields = {name: _field(name, hint) for name, hint in hints.items()}
    return Model(declaration.__name__.removesuffix("Detail"), MappingProxyType(fields))


def _field(name: str, hint: Any) -> Field:
    marks = getattr(hint, "__metadata__", ())
    kind, item, model = _shape(hint)
    bounds = next((m for m in marks if isinstance(m, Between)), None)
    return Field(
        name=name,
        kind=kind,
        item=item,
        model=model,
        max_length=next((m.length for m in marks if isinstance(m, Max)), None),
        choices=next((m.values for m in marks if isinstance(m, OneOf)), ()),
        read_only=READ_ONLY in marks,
        write_only=WRITE_ONLY in marks,
        since=next((m.sdk for m in marks if isinstance(m, Since)), None),
        required=Mark.REQUIRED in marks,
        assigned=Mark.ASSIGNED in marks,
        portal_only=Mark.PORTAL_ONLY in marks,
        edit=next((m for m in marks if isinstance(m, Edit)), None),
        form=next((m for m in marks if isinstance(m, Form)), None),
        min_length=next((m.length for m in marks if isinstance(m, Min)), None),
        minimum=bounds.low if bounds else None,
        maximum=bounds.high if bounds else None,
    )


def _shape(hint: Any) -> tuple[Kind, Kind | None, Model | None]:
    """Kind, kind of the elements, model: of a hint such as `list[CustomerTag] | None`."""
    marks = getattr(hint, "__metadata__", ())
    kind = next((mark for mark in marks if isinstance(mark, Kind)), None)
    if kind is not None:
        return kind, None, None
    bare = _without_none(get_args(hint)[0] if get_origin(hint) is Annotated else hint)
    if is_typeddict(bare):
        return Kind.OBJECT, None, read_model(bare)
    if get_origin(bare) is list:
        element = get_args(bare)[0]
        if element is str:
            return Kind.ARRAY, Kind.TEXT, None
        item, _, model = _shape(element)
        return Kind.ARRAY, item, model
    raise TypeError(f"no field can be declared as {hint!r}")


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in (Union, UnionType):
        return hint
    (bare,) = (arg for arg in get_args(hint) if arg is not NoneType)
    return bare
