"""Answers are lost before, after and long before the server acts, and others work on the same customers.

Every write that acts is judged by a witness, and in the end every customer by a plain model: no change of
the CRM's is lost, nothing is done twice, and nobody's edit that had been read is overwritten.
"""

import os
from dataclasses import replace
from random import Random
from statistics import median
from typing import Final

import pytest

from tests.flow.push.asks import FIELDS, MERGES, PEOPLE, Ask, ask, can, tags
from tests.flow.push.others import Trouble
from tests.flow.push.rig import DONE, UNSTOPPED, Rig, on_a_rig
from tests.flow.push.wire import AFTER, BEFORE, LATE, Quiet
from ucsync.model.pushes import Action, StepState

DEEP = bool(os.environ.get("UCSYNC_DEEP"))
SEEDS: Final = 200 if DEEP else 2
POINTS: Final = {"before it acted": BEFORE, "after it acted": AFTER, "acting late": LATE}

#: A canary cannot tell what others do within its round trip from what the server does by itself.
UNWATCHED: Final = replace(UNSTOPPED, canary_rows=0)

at_each_point = pytest.mark.parametrize("point", POINTS, ids=lambda point: point.replace(" ", "-"))


def wishes(rig: Rig, chance: Random, oids: list[int]) -> list[Ask]:
    """One to three fields of each; some get money, one goes."""
    asks = []
    for oid in oids[1:]:
        now = rig.now(oid)
        columns = [column for column in FIELDS if can(now, column)]
        cells = {column: f"{column} {oid % 100}" for column in chance.sample(columns, chance.randint(1, 3))}
        if "Untag" in cells:
            cells["Untag"] = chance.choice(tags(now))
        sums = {column: "12.50" for column in ("Credit", "Cashback") if chance.random() < 0.2}
        asks.append(ask(oid, now, **cells, **sums))
    return [*asks, ask(oids[0], rig.now(oids[0]), Do="delete")]


@at_each_point
def test_no_change_is_lost_and_nobody_is_overwritten_whose_edit_was_read(point: str) -> None:
    ages: list[float] = []

    async def scenario(rig: Rig) -> None:
        chance = Random(f"{point} {seed}")  # noqa: S311  (a test's choice)
        oids = chance.sample(rig.oids, 10)
        plan = await rig.plan(wishes(rig, chance, oids))
        rig.wire.follow(Trouble(rig, rig.oids, chance, points=[POINTS[point]]))
        await rig.finish(plan, read_first=bool(seed % 4 == 3))
        rig.wire.follow(Quiet())
        await rig.judge()
        ages.extend(loss.age_s for loss in rig.witness.losses)

    for seed in range(SEEDS):
        on_a_rig(scenario, seed=seed, push=UNWATCHED)
    said = f", in a window of {median(ages):.2f} s, at most {max(ages):.2f} s" if ages else ""
    print(f"{point}: {len(ages)} edits could not be seen{said}")  # noqa: T201  (measured)


@at_each_point
def test_customers_are_merged_once_and_keep_what_both_had(point: str) -> None:
    async def scenario(rig: Rig) -> None:
        chance = Random(f"{point} {seed}")  # noqa: S311  (a test's choice)
        oids = chance.sample(rig.oids, 8)
        pairs = list(zip(oids[::2], oids[1::2], strict=True))
        orders = {keep: sum(orders_of(rig, oid) for oid in (keep, drop)) for keep, drop in pairs}
        asks = [Ask(keep, {"Keep": str(keep), "Drop": str(drop)}) for keep, drop in pairs]
        plan = await rig.plan(asks, MERGES)
        rig.wire.follow(Trouble(rig, [], chance, points=[POINTS[point]]))
        await rig.finish(plan)
        rig.wire.follow(Quiet())
        await rig.judge()
        assert {one.state for one in rig.steps(plan)} == {StepState.LANDED}
        assert {keep: orders_of(rig, keep) for keep, _ in pairs} == orders
        # who is gone is named last; a survivor need not have gained anything
        absorbed = [oids[-1] for operation, oids in rig.witness.acted if operation == "mergeCustomer"]
        assert sorted(absorbed) == sorted(drop for _, drop in pairs)
        assert [sent for sent in rig.wire.sent if sent.operation == "insertCustomer"] == []

    for seed in range(SEEDS):
        on_a_rig(scenario, seed=seed, push=replace(UNSTOPPED, block_two_credits=False))


def orders_of(rig: Rig, oid: int) -> int:
    """How many orders a customer has by their summary."""
    return int(rig.now(oid).get("orders_summary.order_count", 0))


@at_each_point
@pytest.mark.parametrize("quirk", ["", "email-shared"])
def test_a_new_customer_is_there_once_even_where_e_mails_may_be_shared(point: str, quirk: str) -> None:
    async def scenario(rig: Rig) -> None:
        chance = Random(f"{point} {seed}")  # noqa: S311  (a test's choice)
        asks = [
            Ask(None, {"Email": f"new-{number}@crm.example", "Terms": "Net 45", "Tag": "crm", "City": "Ulm"})
            for number in range(5)
        ]
        before = set(rig.oids)
        plan = await rig.plan(asks, PEOPLE)
        rig.wire.follow(Trouble(rig, [], chance, points=[POINTS[point]]))
        await rig.finish(plan)
        rig.wire.follow(Quiet())
        await rig.judge()
        assert {one.step.action for one in rig.steps(plan)} == {Action.INSERT}
        assert {one.state for one in rig.steps(plan)} <= set(DONE)
        born = [rig.now(oid) for oid in rig.oids if oid not in before]
        assert sorted(one["email"] for one in born) == sorted(one.cells["Email"] for one in asks)
        assert all(one["terms"] == "Net 45" and 'tags["crm"]' in one for one in born)

    for seed in range(SEEDS):
        on_a_rig(scenario, seed=seed, quirks=frozenset({quirk} - {""}))
