"""Values that fit a model, and values that do not."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ucsync.ultracart.check import text_length
from ucsync.ultracart.fields import Field, Kind, Model

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
INSTANTS = (
    st.datetimes(timezones=st.timezones())
    .filter(lambda at: 1 < at.year < 9998)
    .map(lambda at: at.replace(microsecond=0, fold=0))
)
JSON_OBJECTS = st.dictionaries(
    TEXT, st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT, max_size=3
)


def _instant_text(at: Any) -> str:
    offset = at.utcoffset()
    return str(at.replace(tzinfo=None).isoformat()) + _offset_text(int(offset.total_seconds()) // 60)


def _offset_text(minutes: int) -> str:
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def scalars(field: Field) -> st.SearchStrategy[Any]:
    """What may be sent in a scalar field."""
    if field.choices:
        return st.sampled_from(field.choices)
    longest = field.max_length if field.max_length is not None else 12
    return {
        Kind.TEXT: TEXT.filter(lambda text: text_length(text) <= longest),
        Kind.INSTANT: INSTANTS.map(_instant_text),
        Kind.INT32: st.integers(-(2**31), 2**31 - 1),
        Kind.INT64: st.integers(-(2**63), 2**63 - 1),
        Kind.NUMBER: st.decimals(-(10**12), 10**12, places=2) | st.integers(-(10**12), 10**12),
        Kind.FLAG: st.booleans(),
        Kind.OPAQUE: JSON_OBJECTS,
    }[field.kind]


def values(field: Field) -> st.SearchStrategy[Any]:
    """What may be sent in any field."""
    if field.kind is Kind.ARRAY:
        element = (
            documents(field.model) if field.model else scalars(Field(field.name, field.item or Kind.OPAQUE))
        )
        return st.lists(element, max_size=2)
    return documents(field.model) if field.model else scalars(field)


def documents(model: Model) -> st.SearchStrategy[dict[str, Any]]:
    """Documents that fit a model: any fields, nulls among them."""
    names = st.lists(st.sampled_from(sorted(model.fields)), max_size=4, unique=True)
    return names.flatmap(
        lambda chosen: st.fixed_dictionaries(
            {name: st.none() | values(model.fields[name]) for name in chosen}
        )
    )


#: Anything a Python caller might hand in by mistake.
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals(allow_nan=True)
    | st.text(st.characters(), max_size=8)
    | st.binary(max_size=4)
    | st.just(Decimal("1E+999"))
    | st.builds(object)
    | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.tuples(inner)
        | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=2)
    ),
    max_leaves=6,
)
