"""Rows are compared column by column; the judge compares them as Python values."""

from decimal import Decimal

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from ucsync.store.comparing import differing

INNER = pa.struct([("at", pa.timestamp("us", "UTC"))])
SCHEMA = pa.schema(
    [
        ("oid", pa.int32()),
        ("how", pa.string()),
        ("text", pa.string()),
        ("money", pa.decimal128(38, 9)),
        ("tags", pa.list_(pa.string())),
        (
            "part",
            pa.struct([("flag", pa.bool_()), ("inner", pa.struct([("at", pa.timestamp("us", "UTC"))]))]),
        ),
        ("lists", pa.list_(pa.struct([("number", pa.int64()), ("texts", pa.list_(pa.string()))]))),
    ]
)

TEXTS = st.sampled_from(["", "a", "b"]) | st.none()
ROWS = st.fixed_dictionaries(
    {
        "oid": st.integers(1, 2),
        "how": TEXTS,
        "text": TEXTS,
        "money": st.sampled_from([Decimal("1.5"), Decimal("1.500000001")]) | st.none(),
        "tags": st.lists(TEXTS, max_size=2) | st.none(),
        "part": st.fixed_dictionaries(
            {"flag": st.booleans() | st.none(), "inner": st.fixed_dictionaries({"at": st.none()}) | st.none()}
        )
        | st.none(),
        "lists": st.lists(
            st.fixed_dictionaries(
                {"number": st.integers(0, 1) | st.none(), "texts": st.lists(TEXTS, max_size=2) | st.none()}
            )
            | st.none(),
            max_size=2,
        )
        | st.none(),
    }
)


@given(st.lists(st.tuples(ROWS, ROWS, st.booleans()), max_size=12), st.integers(0, 2))
@settings(max_examples=100, deadline=None)
def test_a_row_differs_when_any_of_its_values_does(
    pairs: list[tuple[dict[str, object], dict[str, object], bool]], cut: int
) -> None:
    rows = [(old, old if same else new) for old, new, same in pairs]
    old = pa.Table.from_pylist([pair[0] for pair in rows], SCHEMA).slice(cut)
    new = pa.concat_tables([pa.Table.from_pylist([pair[1]], SCHEMA) for pair in rows] or [old]).slice(cut)
    left_out = {"how": None}
    found = differing(old, new, leave_out=frozenset(left_out)).to_pylist()
    assert found == [one | left_out != other | left_out for one, other in rows[cut:]]
