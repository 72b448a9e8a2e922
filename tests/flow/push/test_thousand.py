"""A fifth of all customers is changed: what it costs, and that it is done for good."""

import os
from typing import Any

from tests.flow.push.asks import Ask, ask, can
from tests.flow.push.rig import Rig, on_a_rig
from tests.flow.push.witness import changed, leaves
from ucsync.flow import disagreements
from ucsync.model.pushes import Limits, StepState
from ucsync.plan.push_settings import PushSettings

DEEP = bool(os.environ.get("UCSYNC_DEEP"))
CUSTOMERS = 5000 if DEEP else 1500
CHANGED = CUSTOMERS // 5
#: Canaries and the refresh, whatever is changed.
BESIDES = 10


def asks_of(rig: Rig) -> list[Ask]:
    """Every fifth customer's terms; of those with a default address its city, and a tag."""
    asks = []
    for oid in rig.oids[:: CUSTOMERS // CHANGED]:
        now = rig.now(oid)
        cells = {"Terms": f"Net {oid % 90}"}
        if can(now, "City"):
            cells |= {"City": f"New {oid % 7}", "Tag": "crm 2026"}
        asks.append(ask(oid, now, **cells))
    return asks


def test_a_push_costs_little_more_than_a_request_a_customer_and_is_in_the_lake_at_once() -> None:
    async def scenario(rig: Rig) -> None:
        counters, asks, before = rig.shop.house.sandbox.counters, asks_of(rig), truths(rig)

        counters.reset()
        refresh = (await rig.shop.sync()).requests
        counters.reset()
        planned = await rig.planned(asks, limits=Limits())
        assert counters.requests <= refresh, "a plan spends the refresh, and nothing else"
        assert not any(sent.writes for sent in rig.wire.sent)
        assert planned.exit_code == 0
        assert planned.plan.header.touched == CHANGED

        counters.reset()
        result = await rig.apply(planned.plan)
        assert result.exit_code == 0
        assert result.counts[StepState.LANDED] == CHANGED
        assert result.requests == counters.requests <= 1.01 * CHANGED + BESIDES
        assert planned.plan.header.price.total >= counters.requests
        now, shop = truths(rig), rig.shop
        assert not_as_planned(asks, before, now) == []
        differing = disagreements(shop.lake, shop.receipt, shop.settings, now.values())
        assert differing == [], "the answers are in the lake, without another sync"
        assert shop.receipt.snapshot == result.snapshot

        for again in (planned.plan, (await rig.planned(asks)).plan):
            assert again is planned.plan or again.header.equal == CHANGED
            rig.wire.sent = []
            assert (await rig.apply(again)).exit_code == 0
            assert rig.wire.sent == [], "nothing is sent twice"

    on_a_rig(scenario, CUSTOMERS, PushSettings(), watched=False)


def truths(rig: Rig) -> dict[int, Any]:
    """Every customer as the sandbox has it."""
    return {oid: rig.merchant.truth(oid) for oid in rig.oids}


def not_as_planned(asks: list[Ask], before: dict[int, Any], after: dict[int, Any]) -> list[int]:
    """The customers of whom anything is not as it was, or as it was to be."""
    wanted, wrong = {one.oid: one.effect for one in asks}, []
    for oid, truth in after.items():
        if oid not in wanted:
            wrong += [oid] if truth != before[oid] else []
            continue
        now = leaves(truth)
        if not (changed(leaves(before[oid]), now) <= wanted[oid].after.keys() and wanted[oid].there(now)):
            wrong.append(oid)
    return wrong
