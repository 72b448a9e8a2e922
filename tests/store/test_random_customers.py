"""Random customers with random wrong values in random places: nothing is lost and nothing is bent."""

import json
import os
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.odd_values import NEVER_KEPT, VALUES
from tests.store.pages import decode, listed, page
from tests.ultracart.strategies import documents
from ucsync.ultracart.fields import Field, Kind, Model
from ucsync.ultracart.models import MODELS

CUSTOMER = Model("Customer", {n: field for n, field in MODELS["Customer"].fields.items() if n != "password"})
EXAMPLES = 2_000 if os.environ.get("UCSYNC_DEEP") else 60
SMALL_VALUES = sorted(VALUES.keys() - {"10 MB", "100,000 levels"})


class Verbatim(bytes):
    """A value as it stands in a page."""


def written(value: Any) -> bytes:
    """JSON, numbers by their digits."""
    if isinstance(value, Verbatim):
        return value
    if isinstance(value, Decimal):
        return str(value).encode()
    if isinstance(value, dict):
        return b"{" + b",".join(written(name) + b":" + written(held) for name, held in value.items()) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(written, value)) + b"]"
    return json.dumps(value).encode()


def places(value: Any, path: str = "") -> Iterator[tuple[Any, Any, str]]:
    """Where a value may be put into a document: the container, the key, and the path; new keys too."""
    if isinstance(value, dict):
        for name in [*value, "brand_new"]:
            step = f"{path}.{name}" if path else name
            yield value, name, step
            yield from places(value.get(name), step)
    if isinstance(value, list):
        for index, held in enumerate(value):
            yield value, index, f"{path}[{index}]"
            yield from places(held, f"{path}[{index}]")


@st.composite
def odd_customers(draw: st.DrawFn, oid: int) -> tuple[bytes, str | None]:
    """The text of a customer, and the path of the odd value in it, None when there is none."""
    customer = {**draw(documents(CUSTOMER)), "customer_profile_oid": oid}
    if not draw(st.booleans()):
        return written(customer), None
    found = [place for place in places(customer) if "orders" not in place[2] and "quotes" not in place[2]]
    container, key, path = draw(st.sampled_from(found))
    container[key] = Verbatim(VALUES[draw(st.sampled_from(SMALL_VALUES))])
    return written(customer), path


def same(value: Any, held: Any, field: Field | None, model: Model | None) -> bool:
    """Whether a column holds what the page says, told by Python's own reading of both."""
    if value is None or held is None:
        return value is held
    if isinstance(value, list):
        inner = Field("", field.item or Kind.OBJECT, model=model) if field else None
        return len(value) == len(held) and all(
            same(a, b, inner, model) for a, b in zip(value, held, strict=True)
        )
    if model:
        return all(same(value.get(n), held[n], inner, inner.model) for n, inner in model.fields.items())
    kind = field.kind if field else Kind.OPAQUE
    if kind is Kind.OPAQUE:
        return bool(json.loads(held) == value)
    if kind is Kind.INSTANT:
        return bool(datetime.fromisoformat(value) == held)
    if kind is Kind.NUMBER:
        return not isinstance(value, bool | str) and Decimal(value) == held
    return type(value) is type(held) and value == held


def unknown(value: Any, model: Model | None, path: str = "") -> Iterator[tuple[str, Any]]:
    """The members of a document that its model does not have."""
    for name, held in value.items() if isinstance(value, dict) and model else ():
        step = f"{path}.{name}" if path else name
        field = model.fields.get(name) if model else None
        if field is None:
            yield step, held
        elif isinstance(held, list):
            for index, element in enumerate(held):
                yield from unknown(element, field.model, f"{step}[{index}]")
        else:
            yield from unknown(held, field.model, step)


def read(raw: bytes) -> Any:
    """Python's own reading; numbers that it cannot hold stay as their digits."""
    return json.loads(raw, parse_int=number, parse_float=number)


def number(digits: str) -> int | Decimal | str:
    try:
        return int(digits) if digits.lstrip("-").isdigit() else Decimal(digits)
    except (ValueError, ArithmeticError):
        return digits


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.tuples(*(odd_customers(oid) for oid in range(1, 5))))
def test_every_row_is_exact_or_set_aside_with_its_path(drawn: tuple[tuple[bytes, str | None], ...]) -> None:
    decoded = decode(page([raw for raw, _ in drawn[:2]]), page([raw for raw, _ in drawn[2:]]))
    asides = {(aside.page - 1) * 2 + aside.row: aside for aside in decoded.asides}
    held = [index for index in range(4) if index not in asides]
    assert len(held) == decoded.rows.num_rows, "every row is in one place, once"
    for index, aside in asides.items():
        raw, path = drawn[index]
        assert path is not None, f"nothing is wrong with this row: {aside.reason}"
        assert aside.reason.startswith(path)
        assert aside.raw == raw
    for index, found in zip(held, listed(decoded), strict=True):
        value = read(drawn[index][0])
        extras = found.pop("_extras")
        assert same(value, found, None, CUSTOMER)
        kept = dict(unknown(value, CUSTOMER))
        assert (read(extras) if extras else {}) == kept


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(odd_customers(1), min_size=1, max_size=4))
def test_a_row_reads_the_same_whatever_stands_beside_it(drawn: list[tuple[bytes, str | None]]) -> None:
    """The fast way and the exact way give the same Arrow: a row that is no object forces the latter."""
    rows = [raw for raw, _ in drawn]
    together = decode(page(rows))
    beside = decode(page([*rows, b"[]"]))
    apart = decode(*(page([raw]) for raw in rows))
    assert together.rows.equals(beside.rows)
    assert together.rows.equals(apart.rows)
    reasons = [aside.reason for aside in together.asides]
    assert (
        reasons == [aside.reason for aside in beside.asides][:-1] == [aside.reason for aside in apart.asides]
    )


def test_the_values_that_are_never_kept_are_values() -> None:
    assert VALUES.keys() >= NEVER_KEPT
