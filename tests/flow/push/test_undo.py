"""A push is taken back field by field, and what others have done since stays."""

import os
import random

import pytest

from tests.flow.push.asks import PEOPLE, Ask, ask
from tests.flow.push.rig import Rig, on_a_rig
from tests.flow.push.undos import EDITED, ELSEWHERE, everybody, plain, random_asks, undo, undo_and_apply
from ucsync.model import Misused
from ucsync.model.pushes import Limits, StepState
from ucsync.plan.push_settings import PushSettings

DEEP = bool(os.environ.get("UCSYNC_DEEP"))


async def _pushed_edited_and_undone(rig: Rig, rows: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  (a test's)
    before = dict(everybody(rig))
    asks = random_asks(rig, chance.sample(rig.oids, rows), chance)
    plan = await rig.plan(asks)
    assert (await rig.apply(plan)).exit_code in (0, 3)
    assert rig.steps(plan, StepState.LANDED)

    expected, kept = dict(before), set()
    for one in asks:
        oid = one.oid or 0
        for field in (*EDITED, *ELSEWHERE):
            if chance.random() < 0.15:
                rig.edit(oid, **{field: f"by hand {oid}"})
                expected[oid] = {**expected[oid], field: f"by hand {oid}"}
                if field in one.effect.after and one.effect.after[field] != before[oid].get(field):
                    kept.add((oid, field))

    planned, result = await undo_and_apply(rig, plan)
    assert {(one.oid, one.change.path) for one in planned.kept} == kept
    assert planned.planned.plan.header.undoes == plan.id
    assert planned.planned.plan.header.queued == len(kept)
    assert planned.exit_code == (3 if kept else 0)
    assert (planned.impossible, planned.rebuild) == ((), None)
    assert {state for state, count in result.counts.items() if count} == {StepState.LANDED}
    assert everybody(rig) == expected
    assert rig.shop.disagreements() == []


def test_a_long_push_is_taken_back_but_for_what_was_edited_since_which_is_listed() -> None:
    rows = 500 if DEEP else 120
    on_a_rig(lambda rig: _pushed_edited_and_undone(rig, rows, 1), rows + 100)


@pytest.mark.parametrize("seed", range(60 if DEEP else 3))
def test_whoever_edits_what_in_between_nothing_of_theirs_is_lost(seed: int) -> None:
    on_a_rig(lambda rig: _pushed_edited_and_undone(rig, 30, seed + 100), 40)


def test_an_undo_costs_one_request_for_each_customer_and_planning_it_only_the_refresh() -> None:
    async def scenario(rig: Rig) -> None:
        asks = [ask(oid, rig.now(oid), Terms="Net 2026") for oid in rig.oids]
        plan = await rig.plan(asks)
        await rig.apply(plan)
        counters = rig.shop.house.sandbox.counters
        counters.reset()
        planned = await undo(rig, plan)
        assert planned.requests == counters.requests < 5
        assert planned.planned.plan.header.price.requests["updateCustomer"] == len(asks)
        counters.reset()
        again = await undo(rig, plan, refresh=False)
        assert (again.requests, counters.requests) == (0, 0)
        assert "not refreshed" in " ".join(again.planned.plan.header.notes)
        assert [step.changes for step in again.planned.plan.steps()] == [
            step.changes for step in planned.planned.plan.steps()
        ]

    on_a_rig(scenario)


def test_what_was_taken_back_is_not_taken_back_again_and_an_undo_can_be_undone() -> None:
    async def scenario(rig: Rig) -> None:
        oid = rig.oids[3]
        before = plain(rig.now(oid))
        plan = await rig.plan([ask(oid, rig.now(oid), Terms="Net 30", Tag="crm", Segment="gold")])
        await rig.apply(plan)
        pushed = plain(rig.now(oid))
        planned, _ = await undo_and_apply(rig, plan)
        assert plain(rig.now(oid)) == before
        again = await undo(rig, plan)
        assert (again.planned.plan.header.steps, again.planned.plan.header.equal) == ({}, 1)
        await undo_and_apply(rig, planned.planned.plan)
        assert plain(rig.now(oid)) == pushed

    on_a_rig(scenario)


def test_what_was_never_sent_is_not_taken_back_and_what_waits_is_said() -> None:
    async def scenario(rig: Rig) -> None:
        one, other = rig.oids[2], rig.oids[5]
        plan = await rig.plan([ask(one, rig.now(one), Terms="A"), ask(other, rig.now(other), Terms="B")])
        rig.edit(one, terms="by hand")
        assert (await rig.apply(plan)).counts[StepState.CONFLICT] == 1
        rig.edit(one, terms="A")  # as the push would have it, yet it was somebody else
        planned = await undo(rig, plan)
        assert [step.oid for step in planned.planned.plan.steps()] == [other]
        assert planned.kept == ()

    on_a_rig(scenario)


def test_of_what_is_in_doubt_and_what_waits_a_person_is_told() -> None:
    async def scenario(rig: Rig) -> None:
        one, other = rig.oids[2], rig.oids[5]
        plan = await rig.plan([ask(one, rig.now(one), Terms="A"), ask(other, rig.now(other), Terms="B")])
        now = rig.shop.house.clock.now()
        with rig.shop.database() as database:
            pushes = rig.shop.place(database).pushes
        with pushes.begin(plan, now) as journal:
            journal.intend(1, {"terms": "A"}, now)
        planned = (await undo(rig, plan)).planned.plan
        assert list(planned.steps()) == [], "it has not acted, as far as can be seen"
        told = " ".join(planned.header.notes)
        assert "of 1 steps nobody knows yet what came of them" in told
        assert f"1 steps of push {plan.id} were not sent" in told

    on_a_rig(scenario)


def test_guards_hold_for_an_undo_too() -> None:
    async def scenario(rig: Rig) -> None:
        oid = next(oid for oid in rig.oids if "business_notes" not in rig.now(oid))
        plan = await rig.plan([ask(oid, rig.now(oid), Notes="new")])
        await rig.apply(plan)
        planned = await undo(rig, plan, limits=Limits(customers_max=0, percent_max=0))
        assert planned.exit_code == 4
        assert "1 of 16 customers would change, 0 may" in planned.planned.plan.header.tripped[0]

    on_a_rig(scenario)


def test_an_unknown_push_costs_nothing() -> None:
    async def scenario(rig: Rig) -> None:
        rig.shop.house.sandbox.counters.reset()
        with pytest.raises(Misused, match="there is no push 20260101T000000Z-00000000"):
            await undo(rig, "20260101T000000Z-00000000")
        assert rig.shop.house.sandbox.counters.requests == 0

    on_a_rig(scenario)


def test_whoever_is_gone_or_has_lost_the_address_is_said() -> None:
    async def scenario(rig: Rig) -> None:
        one, other, third = rig.oids[1], rig.oids[2], rig.oids[4]
        was = rig.now(other)["email"]
        plan = await rig.plan(
            [ask(one, rig.now(one), Terms="A"), ask(other, rig.now(other), Mail="new@x.test")]
        )
        await rig.apply(plan)
        rig.remove(one)
        rig.edit(third, email=was)
        await rig.shop.sync(full=True)
        planned = await undo(rig, plan)
        (gone,) = planned.impossible
        assert "not there any more" in gone.why
        (kept,) = planned.kept
        assert (kept.oid, kept.reason) == (other, f"customer {third} has the e-mail address by now")
        assert list(planned.planned.plan.steps()) == []
        assert planned.planned.rejects is not None

    on_a_rig(scenario)


@pytest.mark.parametrize("deleting", [False, True], ids=["by default", "when asked for"])
def test_new_customers_stay_by_default_and_whenever_something_has_happened_to_them(deleting: bool) -> None:
    async def scenario(rig: Rig) -> None:
        there = set(rig.oids)
        emails = [f"new{place}@example.test" for place in range(3)]
        asks = [Ask(None, {"Email": email, "Terms": "Net 30", "City": "Ulm"}) for email in emails]
        plan = (await rig.planned(asks, PEOPLE)).plan
        assert (await rig.apply(plan)).counts[StepState.LANDED] == 3
        edited = max(rig.oids)
        rig.edit(edited, fax="1")
        planned, _ = await undo_and_apply(rig, plan, delete_inserted=deleting)
        new = set(rig.oids) - there
        assert (len(new), edited in new) == ((1, True) if deleting else (3, True))
        assert len(planned.impossible) == len(new)
        assert rig.shop.disagreements() == []

    on_a_rig(scenario)


def test_what_the_canary_found_unplanned_is_taken_back_as_well() -> None:
    async def scenario(rig: Rig) -> None:
        oid = next(
            oid for oid in rig.oids
            if any(path.startswith("tags[") for path in rig.now(oid))
            and not any(path.startswith(("cards", "software", "loyalty", "attach")) for path in rig.now(oid))
        )  # fmt: skip
        before = plain(rig.now(oid))
        plan = await rig.plan([ask(oid, rig.now(oid), Terms="Net 30")])
        result = await rig.apply(plan)
        assert result.halted is not None
        assert "what was not planned has changed" in result.halted
        assert not any(path.startswith(("tags", "billing", "shipping")) for path in rig.now(oid))
        await undo_and_apply(rig, plan)
        now = plain(rig.now(oid))
        assert {path: held for path, held in now.items() if "[" not in path or path.startswith("tags")} == {
            path: held for path, held in before.items() if "[" not in path or path.startswith("tags")
        }
        for part in ("billing", "shipping"):  # they come back under other oids
            assert _values(now, part) == _values(before, part)

    on_a_rig(scenario, 60, PushSettings(trouble_percent_max=100), quirks=frozenset({"put-absent-clears"}))


def _values(customer: dict[str, object], part: str) -> list[str]:
    return sorted(
        f"{path.rpartition('.')[2]}={held}"
        for path, held in customer.items()
        if path.startswith(part) and not path.endswith(("_oid", "last_used_dts"))
    )
