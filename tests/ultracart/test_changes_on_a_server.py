"""Bodies of updates given to the sandbox's own engine: it does what the changes say, or its answer tells."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.sandbox.lab import HandClock
from tests.ultracart.some_changes import Case, cases
from ucsync.model.pushes import Change, Standing
from ucsync.sandbox.clock import ServerClock
from ucsync.sandbox.merchant import Merchant
from ucsync.sandbox.settings import SandboxSettings
from ucsync.ultracart import OPERATIONS, PARTS
from ucsync.ultracart.changes import (
    after_changes,
    in_effect,
    restoring,
    reversed_change,
    standing,
    unplanned,
    update_body,
)
from ucsync.ultracart.codec import decode_json, encode_json
from ucsync.ultracart.records import Record, record_of

EXACT = [
    (),
    ("read-only-is-400",),
    ("unknown-child-inserts",),
    ("z-is-400",),
    ("send-nulls",),
    ("timestamps-z",),
]
PARTIAL = [("put-array-merge",), ("put-null-ignored",)]
HARMFUL = [("put-array-append",), ("put-absent-clears",)]


class Server:
    """An engine with one customer to write to."""

    def __init__(self, quirks: tuple[str, ...], seed: int) -> None:
        made = SandboxSettings(customers=40, seed=seed, quirks=frozenset(quirks))
        self._merchant = Merchant(made, ServerClock(HandClock()))
        self._oid = list(self._merchant.oids())[seed % 40]

    def _asked(self, operation_id: str, body: Any) -> Record:
        reply = self._merchant.perform(
            OPERATIONS[operation_id], {"customer_profile_oid": str(self._oid)},
            [("_expand", ",".join(PARTS))], "", body, {},
        )  # fmt: skip
        assert reply.status == 200, reply.document
        assert reply.document is not None
        return record_of(decode_json(encode_json(reply.document["customer"])))

    def read(self) -> Record:
        return self._asked("getCustomer", None)

    def update(self, record: Record, changes: list[Change]) -> Record:
        body = update_body(record, changes)
        return self._asked("updateCustomer", decode_json(encode_json(body))) if body else self.read()


def thorough(examples: int) -> settings:
    """As many different customers and changes as it says, and no time spent on making a failure small."""
    return settings(
        max_examples=examples,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def drawn(data: st.DataObject, quirks: tuple[str, ...]) -> tuple[Server, Case]:
    server = Server(quirks, data.draw(st.integers(0, 400)))
    return server, data.draw(cases(st.just(server.read())).filter(_is_kept))


def _is_kept(case: Case) -> bool:
    """Whether the server keeps what is asked for: instants to the second, properties until they expire."""
    instants = [
        value
        for change in case.changes
        for name, value in _values(change)
        if name == "expiration_dts" and value is not None
    ]
    return all("2027" < value < "8999" for value in instants)


def _values(change: Change) -> list[tuple[str | None, Any]]:
    if isinstance(change.after, dict):
        return list(change.after.items())
    return [(change.field, change.after)]


def by_quirks(groups: Sequence[tuple[str, ...]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("quirks", groups, ids=lambda quirks: "+".join(quirks) or "default")


@by_quirks(EXACT)
@thorough(40)
@given(data=st.data())
def test_the_server_does_what_the_changes_say_and_nothing_else(
    quirks: tuple[str, ...], data: st.DataObject
) -> None:
    server, case = drawn(data, quirks)
    after = server.update(case.record, case.changes)
    assert standing(after, case.changes) is Standing.THERE
    assert unplanned(case.record, after, case.changes) == []


@by_quirks(EXACT)
@thorough(40)
@given(data=st.data())
def test_what_was_done_can_be_taken_back_and_put_back(quirks: tuple[str, ...], data: st.DataObject) -> None:
    server, case = drawn(data, quirks)
    made = [change for change in case.changes if not in_effect(case.record, change)]
    after = server.update(case.record, made)
    back = server.update(after, [reversed_change(change, after) for change in made])
    assert restoring(case.record, back) == []
    again = server.update(back, made)
    assert restoring(case.record, server.update(again, restoring(case.record, again))) == []


@by_quirks(PARTIAL)
@thorough(50)
@given(data=st.data())
def test_a_server_that_does_less_says_so_in_its_answer(quirks: tuple[str, ...], data: st.DataObject) -> None:
    server, case = drawn(data, quirks)
    after = server.update(case.record, case.changes)
    told = unplanned(case.record, after, case.changes)
    assert (standing(after, case.changes) is Standing.THERE) is (told == [])
    kept = [change for change in case.changes if change.after is not None and change.field is None]
    assert all(in_effect(after, change) for change in kept)


@by_quirks(HARMFUL)
@thorough(40)
@given(data=st.data())
def test_a_server_that_does_harm_is_found_out_by_the_comparison(
    quirks: tuple[str, ...], data: st.DataObject
) -> None:
    server, case = drawn(data, quirks)
    assume(standing(case.record, case.changes) is not Standing.THERE)
    after = server.update(case.record, case.changes)
    told = unplanned(case.record, after, case.changes)
    amiss = restoring(after_changes(case.record, case.changes), after)
    assert told or not amiss


def test_an_append_that_doubles_addresses_is_found_out_and_taken_back() -> None:
    server = Server(("put-array-append",), 3)
    before = server.read()
    oid = before["billing"][0]["customer_billing_oid"]
    change = Change("billing", oid, "city", before["billing"][0].get("city"), "Elsewhere")
    after = server.update(before, [change])
    assert len(after["billing"]) == 2 * len(before["billing"])
    told = unplanned(before, after, [change])
    assert [difference.after is not None for difference in told].count(True) >= len(before["billing"])
    assert standing(after, [change]) is Standing.UNTOUCHED
    assert {change.part for change in restoring(before, after)} == {"billing"}


def test_a_wipe_of_what_was_not_sent_is_found_out() -> None:
    server = Server(("put-absent-clears",), 5)
    before = server.read()
    change = Change("tax_id", None, None, before.get("tax_id"), "T-1")
    told = unplanned(before, server.update(before, [change]), [change])
    assert {"billing", "shipping"} <= {difference.path.partition("[")[0] for difference in told}
