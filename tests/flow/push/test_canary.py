"""The first updates are compared in every field, and a server that does more than was planned is stopped."""

from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from tests.flow.push.handmade import PLAIN, Counter, at_the_counter, once, tag
from tests.store.faulty import Killed
from ucsync.model import Guarded
from ucsync.model.pushes import StepState
from ucsync.plan.push_settings import PushSettings
from ucsync.store import DiskFiles
from ucsync.ultracart.codec import decode_json

CANARY = replace(PLAIN, canary_rows=3)


def with_parts(counter: Counter, count: int) -> list[int]:
    """Customers with an address, a tag, and something in the other parts."""
    found = [oid for oid in counter.oids if {"billing", "tags", "shipping"} <= counter.truth(oid).keys()]
    assert len(found) >= count
    return found[:count]


def test_the_first_updates_are_read_before_and_kept(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oids = counter.oids[:5]
        before = {oid: counter.merchant.truth(oid)["business_notes"] for oid in oids if
                  "business_notes" in counter.merchant.truth(oid)}  # fmt: skip
        plan = counter.plan(*(counter.update(oid, business_notes="called") for oid in oids))
        result = await counter.apply(plan)
        assert result.exit_code == 0
        assert (counter.wire.count("getCustomer"), counter.wire.count("updateCustomer")) == (3, 5)
        kept = [counter.archived(plan, number) for number in range(1, 6)]
        assert [list(held) for held in kept] == [[oids[0]], [oids[1]], [oids[2]], [], []]
        for held in kept[:3]:
            for oid, document in held.items():
                assert decode_json(document).get("business_notes") == before.get(oid)
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path, push=CANARY)


@pytest.mark.parametrize("quirk", ["put-absent-clears", "put-array-append", "put-array-merge"])
def test_a_server_that_changes_what_was_not_planned_is_stopped_at_the_first_update(
    quirk: str, tmp_path: Path
) -> None:
    async def scenario(counter: Counter) -> None:
        oids = with_parts(counter, 4)
        label = counter.known(oids[0])["tags"][0]["tag_value"]
        steps = [counter.update(oids[0], tag(label, gone=True), terms="Net 33")]
        steps += [counter.update(oid, terms="Net 33") for oid in oids[1:]]
        plan = counter.plan(*steps)
        with counter.unchanged_but(oids[0]):
            result = await counter.apply(plan)
            assert (result.exit_code, result.halted is not None) == (4, True)
            assert counter.states(plan)[1:] == [StepState.WAITING] * 3
            sent = len(counter.wire.sent)
            with pytest.raises(Guarded, match="was halted") as refused:
                await counter.apply(plan)
            assert str(result.halted) in str(refused.value)
            with pytest.raises(Guarded, match="was halted"):
                await counter.go_on(plan.id, retry=True)
            assert len(counter.wire.sent) == sent
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path, push=CANARY, quirks=frozenset({quirk}))


def test_a_server_that_ignores_nulls_is_stopped_when_a_field_was_to_be_cleared(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oid, other = counter.oids[:2]
        counter.merchant.update(oid, {"terms": "Net 33"})
        await counter.shop.sync()
        plan = counter.plan(counter.update(oid, terms=None), counter.update(other, terms="Net 33"))
        result = await counter.apply(plan)
        assert result.halted == "step 1: the server did not take terms"
        assert counter.states(plan) == [StepState.REFUSED, StepState.WAITING]

    at_the_counter(scenario, tmp_path, push=CANARY, quirks=frozenset({"put-null-ignored"}))


def test_beyond_the_canaries_a_value_that_the_server_does_not_take_is_refused(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oid = counter.oids[0]
        counter.merchant.update(oid, {"terms": "Net 33"})
        await counter.shop.sync()
        plan = counter.plan(counter.update(oid, terms=None), counter.update(counter.oids[1], terms="Net 33"))
        result = await counter.apply(plan)
        assert counter.states(plan) == [StepState.REFUSED, StepState.LANDED]
        assert result.problems[0].reason == "the server did not take terms"
        assert counter.wire.count("getCustomer") == 1  # read back before it is said
        half = counter.plan(counter.update(oid, terms=None, business_notes="called"))
        await counter.apply(half)
        assert counter.states(half) == [StepState.DIVERGED]

    at_the_counter(scenario, tmp_path, push=PLAIN, quirks=frozenset({"put-null-ignored"}))


def test_a_canary_whose_answer_was_lost_does_not_count_as_one(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan = counter.plan(*(counter.update(oid, terms="Net 33") for oid in counter.oids[:6]))
        left = ["lost-answer", "lost-answer"]
        counter.wire.before = lambda asked, _: left.pop() if asked == "updateCustomer" and left else ""
        assert (await counter.apply(plan)).exit_code == 0
        # two are lost and read back, three are read before, the last is trusted
        assert (counter.wire.count("getCustomer"), counter.wire.count("updateCustomer")) == (2 + 2 + 3, 6)

    at_the_counter(scenario, tmp_path, push=CANARY)


def test_an_edit_that_the_refresh_has_not_seen_is_found_by_the_canary_before_it_is_sent(
    tmp_path: Path,
) -> None:
    async def scenario(counter: Counter) -> None:
        oid = counter.oids[0]
        plan = counter.plan(counter.update(oid, terms="Net 33"))

        def edit(operation: str, _: int | None) -> None:
            if operation == "getCustomers":
                counter.merchant.update(oid, {"terms": "Net 90"})

        counter.wire.after = edit
        assert (await counter.apply(plan)).exit_code == 3
        assert counter.states(plan) == [StepState.CONFLICT]
        assert counter.truth(oid)["terms"] == "Net 90"
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path, push=CANARY)


def test_too_many_troubles_halt_a_push_and_a_retry_that_mends_them_goes_on(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oids = counter.oids
        plan = counter.plan(*(counter.update(oid, terms="Net 33") for oid in oids))
        broken = set(oids[:18:6])
        counter.wire.before = lambda asked, oid: "500" if asked == "getCustomer" and oid in broken else ""
        result = await counter.apply(plan, read_first=True)
        assert result.exit_code == 4
        assert str(result.halted).startswith("3 of 20 steps tried were refused")
        with pytest.raises(Guarded, match="3 of 20"):
            await counter.apply(plan)
        counter.wire.before = lambda asked, oid: ""
        again = await counter.go_on(plan.id, retry=True)
        assert (again.exit_code, again.counts[StepState.LANDED]) == (0, len(oids))
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path, push=PushSettings(limits=PLAIN.limits, canary_rows=0))


@pytest.mark.parametrize("quirk", ["put-array-append", "put-array-merge", "put-null-ignored"])
def test_the_first_change_of_each_kind_is_a_canary_too(quirk: str, tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oids = with_parts(counter, 7)
        for oid in oids[4:]:
            counter.merchant.update(oid, {"business_notes": "to be cleared"})
        await counter.shop.sync()
        steps = [counter.update(oid, terms="Net 33") for oid in oids[:4]]
        for oid in oids[4:]:
            label = counter.known(oid)["tags"][0]["tag_value"]
            steps.append(counter.update(oid, tag(label, gone=True), business_notes=None))
        plan = counter.plan(*steps)
        with counter.unchanged_but(*oids[:5]):
            result = await counter.apply(plan)
        assert result.exit_code == 4
        assert str(result.halted).startswith("step 5: ")
        assert counter.states(plan)[5:] == [StepState.WAITING] * 2

    at_the_counter(scenario, tmp_path, push=CANARY, quirks=frozenset({quirk}))


def test_each_kind_of_change_costs_one_read_and_no_more(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oids = with_parts(counter, 9)
        plan = counter.plan(
            *(counter.update(oid, terms="Net 33") for oid in oids[:4]),
            *(counter.update(oid, tag("vip"), terms="Net 33") for oid in oids[4:]),
        )
        assert (await counter.apply(plan)).exit_code == 0
        assert counter.wire.count("getCustomer") == 3 + 1

    at_the_counter(scenario, tmp_path, push=CANARY)


def test_what_is_in_doubt_when_a_push_is_halted_is_settled_and_nothing_else_is_sent(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oids = with_parts(counter, 4)
        plan = counter.plan(*(counter.update(oid, terms="Net 33") for oid in oids))
        counter.wire.before = once("reset", "updateCustomer")
        result = await counter.apply(plan)
        assert result.exit_code == 4
        assert counter.states(plan) == [
            StepState.WAITING, StepState.LANDED, StepState.WAITING, StepState.WAITING,
        ]  # fmt: skip
        assert counter.wire.count("updateCustomer") == 2
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path, push=CANARY, quirks=frozenset({"put-absent-clears"}))


def test_a_push_that_dies_while_it_is_halted_stays_halted(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oids = with_parts(counter, 4)
        plan = counter.plan(*(counter.update(oid, terms="Net 33") for oid in oids))

        class Dying(DiskFiles):
            """A disk on which nothing can be published once the harm is done."""

            def create(self, path: Path) -> BinaryIO:
                """See `Files`."""
                if counter.wire.count("updateCustomer") and "building" in path.parts:
                    raise Killed
                return super().create(path)

        sound = counter.shop
        counter.shop = replace(sound, files=Dying())
        with pytest.raises(Killed):
            await counter.apply(plan)
        counter.shop = sound
        with pytest.raises(Guarded, match="what was not planned has changed"):
            await counter.apply(plan)
        assert counter.wire.count("updateCustomer") == 1
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path, push=CANARY, quirks=frozenset({"put-absent-clears"}))
