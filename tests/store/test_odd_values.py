"""Every kind of JSON value in every kind of column."""

import json
from typing import Any

import pytest

from tests.store.odd_values import EXACT, NEVER_KEPT, VALUES
from tests.store.pages import decode, listed, page, row
from ucsync.store.decoding import Decoded
from ucsync.ultracart.fields import Kind

#: A column of each kind at the top level and nested: what stands around a value, and its path.
COLUMNS: list[tuple[Kind, bytes, str]] = [
    (Kind.TEXT, b'"fax":%s', "fax"),
    (Kind.TEXT, b'"billing":[{},{"city":%s}]', "billing[1].city"),
    (Kind.INT32, b'"maximum_item_count":%s', "maximum_item_count"),
    (Kind.INT32, b'"billing":[{"customer_billing_oid":%s}]', "billing[0].customer_billing_oid"),
    (Kind.INT64, b'"activity":{"activities":[{"ts":%s}]}', "activity.activities[0].ts"),
    (Kind.NUMBER, b'"minimum_subtotal":%s', "minimum_subtotal"),
    (
        Kind.NUMBER,
        b'"loyalty":{"internal_gift_certificate":{"ledger_entries":[{"amount":%s}]}}',
        "loyalty.internal_gift_certificate.ledger_entries[0].amount",
    ),
    (Kind.FLAG, b'"allow_cod":%s', "allow_cod"),
    (Kind.FLAG, b'"privacy":{"marketing":%s}', "privacy.marketing"),
    (Kind.INSTANT, b'"last_modified_dts":%s', "last_modified_dts"),
    (Kind.INSTANT, b'"properties":[{"expiration_dts":%s}]', "properties[0].expiration_dts"),
    (Kind.OPAQUE, b'"orders":[%s]', "orders[0]"),
]
PLACES = pytest.mark.parametrize(("kind", "around", "path"), COLUMNS, ids=[path for _, _, path in COLUMNS])
NAMES = pytest.mark.parametrize("name", VALUES)


def among_others(odd: bytes) -> Decoded:
    """A row with something odd between two good ones, which always go on."""
    decoded = decode(page([row(1, b'"fax":"one"'), row(2, odd), row(3, b'"fax":"three"')]))
    held = {found["customer_profile_oid"]: found for found in listed(decoded)}
    assert (held[1]["fax"], held[3]["fax"]) == ("one", "three")
    return decoded


def is_set_aside(decoded: Decoded, odd: bytes, path: str, name: str) -> None:
    (aside,) = decoded.asides
    assert decoded.rows.num_rows == 2
    assert (aside.page, aside.row, aside.raw) == (1, 1, row(2, odd))
    if name == "100,000 levels":  # not even parsed
        assert (aside.oid, aside.reason) == (None, "nests deeper than 100 levels")
    else:
        assert aside.oid == 2
        assert aside.reason.startswith(f"{path}: ") or aside.reason.startswith((f"{path}.", f"{path}["))
        assert len(aside.reason) < 200, "the value is not in it"


def value_at(found: Any, path: str) -> Any:
    for step in path.replace("]", "").replace("[", ".").split("."):
        found = found[int(step)] if step.isdigit() else found[step]
    return found


@NAMES
@PLACES
def test_a_value_is_exact_or_its_row_is_set_aside(kind: Kind, around: bytes, path: str, name: str) -> None:
    odd = around % VALUES[name]
    decoded = among_others(odd)
    if name == "null" or name in EXACT[kind]:
        found = value_at(listed(decoded)[1], path)
        assert found == (None if name == "null" else EXACT[kind][name])
        assert decoded.asides == ()
    else:
        is_set_aside(decoded, odd, path, name)


@NAMES
@pytest.mark.parametrize(
    ("around", "path"),
    [
        (b'"privacy":%s', "privacy"),
        (b'"loyalty":{"internal_gift_certificate":%s}', "loyalty.internal_gift_certificate"),
    ],
)
def test_only_an_object_goes_where_an_object_belongs(around: bytes, path: str, name: str) -> None:
    odd = around % VALUES[name]
    decoded = among_others(odd)
    if name not in ("null", "{}", "object"):
        is_set_aside(decoded, odd, path, name)
        return
    found = listed(decoded)[1]
    held = value_at(found, path)
    assert held is None if name == "null" else set(held.values()) == {None}
    assert found["_extras"] == (
        f'{{"{path}.zzz":{{"yyy":[1.50,18446744073709551616]}}}}' if name == "object" else None
    )


@NAMES
@pytest.mark.parametrize(
    ("around", "path"), [(b'"tags":%s', "tags"), (b'"activity":{"metrics":%s}', "activity.metrics")]
)
def test_only_a_list_goes_where_a_list_belongs(around: bytes, path: str, name: str) -> None:
    odd = around % VALUES[name]
    decoded = among_others(odd)
    if name in ("null", "[]"):
        assert value_at(listed(decoded)[1], path) == (None if name == "null" else [])
    else:
        is_set_aside(decoded, odd, path, name)


@NAMES
@pytest.mark.parametrize(
    ("around", "path"),
    [
        (b'"new":%s', "new"),
        (b'"billing":[{},{"new":%s}]', "billing[1].new"),
        (b'"privacy":{"new":%s}', "privacy.new"),
    ],
)
def test_a_new_field_is_kept_as_it_came(around: bytes, path: str, name: str) -> None:
    odd = around % VALUES[name]
    decoded = among_others(odd)
    if name in NEVER_KEPT:
        is_set_aside(decoded, odd, path, name)
        return
    text = listed(decoded)[1]["_extras"]
    start = f'{{"{path}":'
    assert text.startswith(start)
    assert text.endswith("}")
    assert as_written(text[len(start) : -1]) == as_written(VALUES[name].decode())


def as_written(text: str) -> object:
    """JSON with its numbers by their digits and its names in their order."""
    return json.loads(
        text, parse_int=lambda digits: ("number", digits), parse_float=lambda digits: ("number", digits),
        object_pairs_hook=list,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("twice", "path"),
    [
        (b'"fax":null,"fax":"a"', "fax"),
        (b'"fax":"a","\\u0066ax":"a"', "fax"),
        (b'"billing":[{"city":"a","city":"b"}]', "billing[0].city"),
        (b'"tags":[],"tags":[]', "tags"),
        (b'"new":1,"new":2', "new"),
        (b'"privacy":{"new":1,"new":1}', "privacy.new"),
    ],
)
def test_a_field_given_twice_has_no_exact_value(twice: bytes, path: str) -> None:
    decoded = among_others(twice)
    assert decoded.asides[0].reason == f"{path}: given twice"


@pytest.mark.parametrize("odd", [b"null", b"3", b'"a"', b"[]", b"true", b"NaN"])
def test_a_row_that_is_no_object_is_set_aside_wherever_it_stands(odd: bytes) -> None:
    for rows in ([odd, row(1)], [row(1), odd], [odd]):
        decoded = decode(page(rows))
        assert decoded.rows.num_rows == len(rows) - 1
        assert [(aside.row, aside.oid, aside.raw) for aside in decoded.asides] == [
            (rows.index(odd), None, odd)
        ]
        assert decoded.asides[0].reason.endswith(", not an object")


@pytest.mark.parametrize(
    "oid",
    [
        b"", b'"customer_profile_oid":null', b'"customer_profile_oid":0', b'"customer_profile_oid":-4',
        b'"customer_profile_oid":2147483648', b'"customer_profile_oid":"5"', b'"customer_profile_oid":5.0',
        b'"customer_profile_oid":5,"customer_profile_oid":6',
    ],
)  # fmt: skip
def test_a_row_without_a_clear_oid_is_set_aside(oid: bytes) -> None:
    decoded = decode(page([row(1), b"{" + oid + b"}", row(3)]))
    assert decoded.rows["customer_profile_oid"].to_pylist() == [1, 3]
    (aside,) = decoded.asides
    assert aside.oid is None
    assert aside.reason.startswith("customer_profile_oid: ")
