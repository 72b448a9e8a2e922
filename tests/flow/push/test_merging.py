"""The merge protocol: twice confirmed, archived, kept apart by blockers, verified, and capped by the day."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.flow.push.handmade import PLAIN, WIDE, Counter, at_the_counter, confirmed, merge, tag
from ucsync.model import Guarded
from ucsync.model.pushes import StepState
from ucsync.plan.push_settings import PushSettings
from ucsync.store.merges import merges_of


def buyers(counter: Counter, count: int) -> list[int]:
    """Customers with orders and tags, and without store credit."""
    return [oid for oid in counter.oids if {"orders_summary", "tags"} <= counter.truth(oid).keys()][:count]


def test_a_merge_wants_both_confirmations_and_says_what_to_type(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        plan = counter.plan(merge(*counter.oids[:2]))
        short = plan.digest[:8]
        tries: list[dict[str, Any]] = [{}, {"confirm": short}, {"confirm_merges": f"{short}:1"}]
        for wishes in tries:
            with pytest.raises(Guarded, match=f"--confirm {short} --confirm-merges {short}:1"):
                await counter.apply(plan, **wishes)
        assert counter.wire.sent == []

    at_the_counter(scenario, tmp_path)


def test_a_merge_is_archived_done_by_oid_verified_and_recorded_in_the_lake(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        survivor, absorbed = buyers(counter, 2)
        orders = sum(counter.truth(oid)["orders_summary"]["order_count"] for oid in (survivor, absorbed))
        plan = counter.plan(
            merge(survivor, absorbed), replace(counter.update(survivor, tag("merged")), rests_on=(1,))
        )
        with counter.unchanged_but(survivor, absorbed):
            result = await counter.apply(plan, **confirmed(plan))
        assert result.exit_code == 0, result.problems
        assert counter.truth(survivor)["orders_summary"]["order_count"] == orders
        assert {"tag_value": "merged"} in counter.truth(survivor)["tags"]
        assert counter.known(absorbed) == {}
        assert merges_of(counter.shop.lake) == {absorbed: survivor}
        assert sorted(counter.archived(plan, 1)) == sorted((survivor, absorbed))
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path)


def test_blocked_customers_are_not_merged_and_what_rests_on_it_is_dropped(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        a, b, c, d, e, f = counter.oids[:6]
        counter.merchant.update(b, {"tags": [{"tag_value": "Subscriber"}]})
        counter.merchant.update(c, {"properties": [{"name": "stripe_id", "value": "x"}]})
        client = counter.shop.house.client
        for oid in (e, f):
            await client.add_customer_store_credit(oid, {"amount": Decimal("5.00")})
        plan = counter.plan(
            merge(a, b), merge(c, d), merge(e, f), replace(counter.update(a, terms="Net 33"), rests_on=(1,))
        )
        result = await counter.apply(plan, **confirmed(plan))
        refused = StepState.REFUSED
        assert counter.states(plan) == [refused, refused, refused, StepState.DROPPED]
        assert [problem.reason for problem in result.problems] == [
            f"customer {b} has the tag 'subscriber'",
            f"customer {c} has the property 'stripe_id'",
            "both customers have store credit",
            "it rests on step 1, which is refused",
        ]
        assert counter.wire.count("mergeCustomer") == 0

    push = replace(PLAIN, blocking_tags=("subscriber",), blocking_properties=("stripe_id",))
    at_the_counter(scenario, tmp_path, push=push)


def test_a_merge_of_somebody_who_is_gone_is_left_to_a_person(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        a, b, c, d = counter.oids[:4]
        plan = counter.plan(merge(a, b), merge(c, d))
        counter.merchant.delete(b)
        counter.merchant.delete(c)
        result = await counter.apply(plan, **confirmed(plan))
        assert counter.states(plan) == [StepState.CONFLICT, StepState.CONFLICT]
        assert [problem.reason for problem in result.problems] == [
            f"customer {b} is not there any more", f"customer {c} is not there any more",
        ]  # fmt: skip
        assert counter.wire.count("mergeCustomer") == 0

    at_the_counter(scenario, tmp_path)


def test_a_merge_that_loses_something_halts_the_push_and_is_recorded_all_the_same(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        a, b, c, d = buyers(counter, 4)
        counter.merchant.update(b, {"tags": [{"tag_value": "only here"}]})
        plan = counter.plan(merge(a, b), merge(c, d))
        result = await counter.apply(plan, **confirmed(plan))
        assert result.exit_code == 4
        assert "lacks" in str(result.halted)
        assert "tags" in str(result.halted)
        assert counter.states(plan) == [StepState.LANDED, StepState.WAITING]
        assert merges_of(counter.shop.lake) == {b: a}
        with pytest.raises(Guarded, match="was halted"):
            await counter.apply(plan)
        assert counter.wire.count("mergeCustomer") == 1

    at_the_counter(scenario, tmp_path, quirks=frozenset({"merge-drops-children"}))


def test_a_merge_whose_answer_was_lost_is_verified_by_the_archive(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        a, b = buyers(counter, 2)
        counter.merchant.update(b, {"tags": [{"tag_value": "only here"}]})
        plan = counter.plan(merge(a, b))
        counter.wire.before = lambda asked, oid: "lost-answer" if asked == "mergeCustomer" else ""
        result = await counter.apply(plan, **confirmed(plan))
        assert (result.exit_code, counter.states(plan)) == (4, [StepState.LANDED])

    at_the_counter(scenario, tmp_path, quirks=frozenset({"merge-drops-children"}))


def test_the_daily_cap_pauses_merges_lets_the_rest_go_on_and_says_when_they_can(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oids = counter.oids
        clock = counter.shop.house.clock
        merges = [
            merge(survivor, absorbed) for survivor, absorbed in zip(oids[:10:2], oids[1:10:2], strict=True)
        ]
        first = counter.plan(merges[0])
        assert (await counter.apply(first, **confirmed(first))).exit_code == 0
        began = clock.now()
        await clock.sleep(3600)
        plan = counter.plan(*merges[1:], counter.update(oids[12], terms="Net 33"))
        result = await counter.apply(plan, **confirmed(plan))
        landed = StepState.LANDED
        assert counter.states(plan) == [landed, landed, StepState.WAITING, StepState.WAITING, landed]
        assert result.exit_code == 76
        assert result.paused_until is not None
        assert abs(result.paused_until - began - timedelta(hours=24)) < timedelta(minutes=2)
        await clock.sleep((result.paused_until - clock.now()).total_seconds())
        later = await counter.apply(plan)
        assert (later.exit_code, later.counts[StepState.LANDED]) == (76, 4)
        assert later.paused_until is not None
        await clock.sleep((later.paused_until - clock.now()).total_seconds())
        assert (await counter.apply(plan)).exit_code == 0
        assert counter.shop.disagreements() == []

    at_the_counter(scenario, tmp_path, push=replace(PLAIN, limits=replace(WIDE, merges_per_day=3)))


def test_the_first_ten_merges_that_were_verified_are_noted(tmp_path: Path) -> None:
    async def scenario(counter: Counter) -> None:
        oids = counter.oids
        plan = counter.plan(*(merge(a, b) for a, b in zip(oids[:22:2], oids[1:22:2], strict=True)))
        result = await counter.apply(plan, **confirmed(plan))
        assert result.exit_code == 0, result.problems
        assert any("first 10 merges" in note for note in result.notes)

    at_the_counter(scenario, tmp_path, push=PushSettings(limits=WIDE, block_two_credits=False))
