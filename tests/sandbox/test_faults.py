"""Faults and churn come from the seed and the number of the request, and from nothing else."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucsync.sandbox.churn import churn
from ucsync.sandbox.clock import ServerClock
from ucsync.sandbox.faults import churn_after, draw, draw_below, fault_at
from ucsync.sandbox.merchant import Merchant
from ucsync.sandbox.settings import CHURN, FAULTS, SandboxSettings


class StandingClock:
    """Always the same instant."""

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 3, 15, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        return None


def merchant_of(customers: int) -> Merchant:
    settings = SandboxSettings(customers=customers)
    return Merchant(settings, ServerClock(StandingClock()))


def survey(merchant: Merchant) -> Iterator[object]:
    for oid in merchant.oids():
        yield oid, merchant.truth(oid)


def test_a_draw_is_the_same_in_every_process() -> None:
    assert draw(1, "fault", 1) == 0.8274485802394379
    assert draw_below(10, 1, "survivor", 1) == 9


@given(st.integers(), st.text(max_size=8), st.integers(0), st.integers(1, 2_000_000))
def test_a_draw_stays_below_its_bound(seed: int, topic: str, number: int, bound: int) -> None:
    assert 0 <= draw(seed, topic, number) < 1
    assert 0 <= draw_below(bound, seed, topic, number) < bound


@pytest.mark.parametrize("name", FAULTS)
def test_a_rate_of_one_is_every_request_and_of_none_no_request(name: str) -> None:
    assert {fault_at({name: 1.0}, 7, number) for number in range(1, 200)} == {name}
    assert {fault_at({name: 0.0}, 7, number) for number in range(1, 200)} == {None}


def test_faults_come_as_often_as_their_rates_say() -> None:
    rates = {"500": 0.1, "reset": 0.05, "stall": 0.01}
    met = Counter(fault_at(rates, 3, number) for number in range(1, 20_001))
    assert met["500"] == pytest.approx(2000, rel=0.1)
    assert met["reset"] == pytest.approx(1000, rel=0.15)
    assert met["stall"] == pytest.approx(200, rel=0.3)


def test_faults_and_churn_are_drawn_apart() -> None:
    both = [
        (fault_at({"500": 0.5}, 1, number), churn_after({"insert": 0.5}, 1, number))
        for number in range(1, 400)
    ]
    assert len(set(both)) == 4


@pytest.mark.parametrize("kind", CHURN)
def test_churn_of_one_seed_leaves_the_same_customers_every_time(kind: str) -> None:
    one, other = merchant_of(12), merchant_of(12)
    for number in range(1, 6):
        assert churn(one, {kind: 1.0}, 4, number) == churn(other, {kind: 1.0}, 4, number) == kind
    assert list(survey(one)) == list(survey(other))
    assert one.count() == 12 + {"insert": 5, "update": 0, "delete": -5, "merge": -5}[kind]


@pytest.mark.parametrize("kind", ["update", "delete", "merge"])
def test_churn_does_nothing_when_nobody_is_left(kind: str) -> None:
    merchant = merchant_of(0)
    assert churn(merchant, {kind: 1.0}, 1, 1) is None
    assert merchant.count() == 0


def test_the_last_two_customers_can_merge_and_the_last_one_cannot() -> None:
    merchant = merchant_of(2)
    assert churn(merchant, {"merge": 1.0}, 1, 1) == "merge"
    assert churn(merchant, {"merge": 1.0}, 1, 2) is None
    assert churn(merchant, {"delete": 1.0}, 1, 3) == "delete"
    assert churn(merchant, {"insert": 1.0}, 1, 4) == "insert"
    assert merchant.count() == 1


def test_churn_changes_one_note_whatever_an_update_does_under_a_quirk() -> None:
    settings = SandboxSettings(customers=3, quirks=frozenset({"put-absent-clears", "email-strict"}))
    merchant = Merchant(settings, ServerClock(StandingClock()))
    before = {oid: merchant.truth(oid) or {} for oid in merchant.oids()}
    for number in range(1, 9):
        assert churn(merchant, {"update": 1.0}, 1, number) == "update"
    changed = {
        name
        for oid, was in before.items()
        for name, held in (merchant.truth(oid) or {}).items()
        if was.get(name) != held
    }
    assert changed == {"business_notes", "last_modified_by", "last_modified_dts"}


def test_without_rates_nothing_changes() -> None:
    merchant = merchant_of(3)
    before = list(survey(merchant))
    assert churn(merchant, {}, 1, 1) is None
    assert list(survey(merchant)) == before
