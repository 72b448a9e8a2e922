from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ultracart.strategies import documents
from ucsync.sandbox.people import Population
from ucsync.store.decoding import Decoder, StagedBody
from ucsync.ultracart import PARTS
from ucsync.ultracart.codec import decode_json, encode_json
from ucsync.ultracart.models import MODELS
from ucsync.ultracart.records import record_of, same

CUSTOMER = MODELS["Customer"]
MODIFIED = "last_modified_dts"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def from_the_lake(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    body = encode_json({"customers": documents})
    rows = Decoder("scan").decode([StagedBody(1, body, NOW)]).rows
    found: list[dict[str, Any]] = rows.to_pylist()
    return found


def test_an_answer_and_the_row_that_the_lake_has_of_it_are_one_record() -> None:
    population = Population(seed=4, count=300, merchant_id="DEMO")
    whole = [
        population.base(oid) | {name: population.part(oid, name) for name in PARTS} for oid in population.oids
    ]
    rows = from_the_lake(whole)
    assert [record_of(row) for row in rows] == [record_of(document) for document in whole]


@given(st.lists(documents(CUSTOMER), max_size=3))
def test_so_are_answers_of_every_shape(given: list[dict[str, Any]]) -> None:
    shaped = [one | {"customer_profile_oid": number} for number, one in enumerate(given, 1)]
    for row in from_the_lake(shaped):
        document = decode_json(encode_json(shaped[row["customer_profile_oid"] - 1]))
        assert record_of(row) == record_of(document)


@given(documents(CUSTOMER))
def test_a_record_is_its_own_record_and_can_be_sent(document: dict[str, Any]) -> None:
    record = record_of(document)
    assert record_of(record) == record
    assert record_of(decode_json(encode_json(record))) == record


@given(documents(CUSTOMER))
def test_nothing_empty_is_in_a_record(document: dict[str, Any]) -> None:
    def check(value: Any) -> None:
        assert value is not None
        assert value not in ("", [], {}) or value is False or value == 0
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            check(inner)

    for value in record_of(document).values():
        check(value)


def test_what_is_given_stays_as_it_is_and_is_not_shared() -> None:
    row = {"city": "Bern", "company": None}
    document = {"billing": [row]}
    record = record_of(document)
    record["billing"][0]["city"] = "Basel"
    assert document == {"billing": [{"city": "Bern", "company": None}]}


@pytest.mark.parametrize(
    ("name", "value", "held"),
    [
        pytest.param(MODIFIED, "2016-08-11T16:14:46-04:00", "2016-08-11T20:14:46+00:00", id="offset"),
        pytest.param(MODIFIED, "2016-08-11T16:14:46.5Z", "2016-08-11T16:14:46.500000+00:00", id="Z"),
        pytest.param(MODIFIED, datetime(2016, 8, 11, tzinfo=UTC), "2016-08-11T00:00:00+00:00", id="row"),
        pytest.param(MODIFIED, "yesterday", "yesterday", id="no instant"),
        pytest.param(MODIFIED, "0001-01-01T00:00:00+09:00", "0001-01-01T00:00:00+09:00", id="beyond"),
        pytest.param("signup_dts", "2016-08-11T16:14:46-04:00", "2016-08-11T16:14:46-04:00", id="text"),
        pytest.param("minimum_subtotal", Decimal("3.500000000"), Decimal("3.5"), id="decimal"),
        pytest.param("minimum_subtotal", Decimal("100.000000000"), 100, id="whole"),
        pytest.param("minimum_subtotal", Decimal("-0E-9"), 0, id="zero"),
        pytest.param("minimum_subtotal", 0, 0, id="int zero"),
        pytest.param("minimum_subtotal", Decimal("1E+999999"), Decimal("1E+999999"), id="wide"),
        pytest.param("tax_exempt", False, False, id="false"),
        pytest.param("tax_id", " ", " ", id="blank"),
    ],
)  # fmt: skip
def test_values_have_one_form(name: str, value: Any, held: Any) -> None:
    record = record_of({name: value})
    assert record == {name: held}
    assert type(record[name]) is type(held)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"tax_id": None}, id="null"),
        pytest.param({"tax_id": ""}, id="empty"),
        pytest.param({"tags": []}, id="no rows"),
        pytest.param({"tags": [None, {}, {"tag_value": ""}]}, id="empty rows"),
        pytest.param({"tax_codes": {"taxjar_customer_id": None}}, id="empty object"),
        pytest.param({"loyalty": {"internal_gift_certificate": {"ledger_entries": [{}]}}}, id="deep"),
        pytest.param({"password": "secret"}, id="write-only"),
        pytest.param({"orders": [{"order_id": "1"}], "quotes": ['{"a":1}']}, id="no shape"),
    ],
)
def test_what_is_nothing_is_left_out(document: dict[str, Any]) -> None:
    assert record_of(document) == {}


def test_fields_of_a_newer_server_stand_in_a_record_by_their_paths_as_in_the_lake() -> None:
    document = {
        "customer_profile_oid": 7, "nickname": "x", "a b": 1,
        "billing": [None, {"city": "Ulm", "floor": Decimal("3.50"), "é.": None}],
        "tax_codes": {"more": {"a": []}},
    }  # fmt: skip
    found = record_of(document)["_extras"]
    assert found == {
        "nickname": "x", '["a b"]': 1, "billing[1].floor": Decimal("3.5"), 'billing[1]["é."]': None,
        "tax_codes.more": {"a": []},
    }  # fmt: skip
    (row,) = from_the_lake([document])
    assert record_of(row) == record_of(document)
    assert record_of(record_of(document)) == record_of(document)


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        pytest.param(None, False, True, id="absent flag"),
        pytest.param(Decimal("3.0"), 3, True, id="number"),
        pytest.param(None, 0, False, id="zero"),
        pytest.param("a", "A", False, id="case"),
        pytest.param(None, True, False, id="true"),
    ],
)
def test_only_an_absent_flag_is_another_value(one: Any, other: Any, are_same: bool) -> None:
    assert same(one, other) is are_same
    assert same(other, one) is are_same
